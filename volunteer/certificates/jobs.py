"""What runs by the clock in this room."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from models.base import db
from volunteer.certificates import batch_operations, batch_queries
from volunteer.certificates.press import open_press

log = logging.getLogger(__name__)

MOST_OF_A_BATCH = 100
MOST_TROUBLES = 3


def run_batches() -> None:
    """Go on with every running batch: one transaction a certificate, then the book where none is left to issue.

    One that cannot be kept now waits for the next time and keeps nobody behind it from theirs; three are the database.
    """
    troubles = 0
    for item_id in batch_queries.items_waiting(MOST_OF_A_BATCH):
        press = open_press()
        try:
            batch_operations.issue_item(item_id, press)
            db.session.commit()
        except (SQLAlchemyError, OSError):
            db.session.rollback()
            troubles += 1
            if troubles == MOST_TROUBLES:
                raise
            log.exception("item %s of a certificate batch waits for the next time", item_id)
        db.session.expunge_all()
    _finish_batches()


def _finish_batches() -> None:
    for batch_id in batch_queries.batches_to_finish():
        fonts = open_press().fonts
        try:
            batch_operations.finish_batch(batch_id, fonts)
            db.session.commit()
        except Exception:
            # One book that cannot be drawn keeps no other batch from being finished.
            db.session.rollback()
            log.exception("the book of certificate batch %s waits for the next time", batch_id)
