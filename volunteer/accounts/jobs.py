"""What runs by the clock in this room."""

from sqlalchemy import delete

from models.accounts import Attempt
from models.base import db
from volunteer.accounts.rules import LONGEST_WINDOW
from volunteer.kernel import clock


def forget_old_attempts() -> None:
    """Delete the counts of windows that are over."""
    db.session.execute(delete(Attempt).where(Attempt.window_starts_at < clock.now() - LONGEST_WINDOW))
