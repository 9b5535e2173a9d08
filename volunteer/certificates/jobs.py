"""What runs by the clock in this room."""

from models.base import db
from volunteer.certificates import batch_operations, batch_queries
from volunteer.certificates.press import open_press

MOST_OF_A_BATCH = 100


def run_batches() -> None:
    """Go on with every running batch: one transaction a certificate, then the book where none is left to issue."""
    for item_id in batch_queries.items_waiting(MOST_OF_A_BATCH):
        batch_operations.issue_item(item_id, open_press())
        db.session.commit()
        db.session.expunge_all()
    for batch_id in batch_queries.batches_to_finish():
        batch_operations.finish_batch(batch_id, open_press().fonts)
        db.session.commit()
