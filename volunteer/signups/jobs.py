"""What runs by the clock in this room."""

from models.base import db
from volunteer.kernel import clock
from volunteer.signups import operations, queries


def move_up() -> None:
    """Let every line move that can; one transaction a shift, so that no lock is held while the next is asked for."""
    for shift_id in queries.shifts_with_room_and_waiting(clock.now()):
        operations.move_up([shift_id])
        db.session.commit()
