"""What runs by the clock in this room."""

from models.base import db
from volunteer.kernel import clock
from volunteer.ledger import marks, operations


def open_tree() -> None:
    """Open the tree if nobody did and write its first mark; by an operator's command alone, never by the clock."""
    is_new = operations.open_tree()
    db.session.commit()
    if is_new:
        marks.begin_mark()
        db.session.rollback()


def take_in() -> None:
    """Let everything that is due become leaves, batch by batch, and keep the mark up with them."""
    while operations.take_in():
        db.session.commit()
        marks.renew_mark()
        db.session.rollback()


def sign() -> None:
    """Sign the tree if it grew, and keep the note as the mark once it is committed."""
    checkpoint = operations.sign_checkpoint(clock.now())
    db.session.commit()
    if checkpoint is not None:
        marks.keep_mark(checkpoint.note)
        db.session.rollback()
