"""What a monitor asks of the tree."""

from models.base import db
from volunteer.ledger import marks, queries

MOST_DUE = 50_000


def keeps_up() -> bool:
    """Return whether rows become leaves about as fast as they are written."""
    try:
        return queries.count_due() < MOST_DUE
    except Exception:
        return False
    finally:
        db.session.rollback()


def is_the_signed_one() -> bool:
    """Return whether what was signed before is still the beginning of the tree."""
    try:
        return not marks.mark_fault()
    except Exception:
        return False
    finally:
        db.session.rollback()


CHECKS = {"ledger": keeps_up, "ledger_mark": is_the_signed_one}
