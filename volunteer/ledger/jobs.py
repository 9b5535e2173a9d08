"""What runs by the clock in this room."""

from models.base import db
from volunteer.kernel import clock
from volunteer.ledger import marks, operations


def take_in() -> None:
    """Let everything that is due become leaves, batch by batch."""
    while operations.take_in():
        db.session.commit()


def sign() -> None:
    """Sign the tree if it grew, and keep the note as the mark once it is committed."""
    checkpoint = operations.sign_checkpoint(clock.now())
    db.session.commit()
    if checkpoint is not None:
        marks.keep_mark(checkpoint.note)
