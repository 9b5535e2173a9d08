"""What runs by the clock in this room."""

from models.base import db
from volunteer.kernel import clock
from volunteer.tasks import operations, queries


def run_waiting() -> None:
    """Do all that waits, one task after the other."""
    while (task_id := queries.next_task_id(clock.now())) is not None:
        task = operations.claim(task_id)
        db.session.commit()
        if task is not None:
            operations.do(task)


def forget_old() -> None:
    """Clear away what ended long ago."""
    operations.forget_old()
