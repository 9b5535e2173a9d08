"""What runs by the clock in this room."""

from models.base import db
from volunteer.metrics import operations, queries


def take_in_changes() -> None:
    """Bring the figures up to date, batch by batch; does not even open a transaction when nothing waits."""
    if queries.has_waiting_changes():
        while operations.take_in_changes():
            db.session.commit()
