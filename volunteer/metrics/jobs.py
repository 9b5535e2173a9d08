"""What runs by the clock in this room."""

from models.base import db
from volunteer.kernel import clock
from volunteer.kernel.periods import ONE_DAY
from volunteer.metrics import operations, queries, snapshots


def take_in_changes() -> None:
    """Bring the figures up to date, batch by batch; does not even open a transaction when nothing waits."""
    if queries.has_waiting_changes():
        while operations.take_in_changes():
            db.session.commit()


def take_snapshots() -> None:
    """Write down what every area showed at the end of the day before, with all that had come in by now."""
    take_in_changes()
    snapshots.take_snapshots(clock.today() - ONE_DAY)
