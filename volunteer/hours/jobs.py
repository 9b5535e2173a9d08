"""What runs by the clock in this room."""

from models.base import db
from volunteer.hours import operations, queries
from volunteer.kernel import clock


def end_public_notices() -> None:
    """Let minutes take effect whose public notice is over, each by itself."""
    today = clock.today()
    for proposal_id in queries.notices_over(today):
        operations.finish_notice(proposal_id, today)
        db.session.commit()
