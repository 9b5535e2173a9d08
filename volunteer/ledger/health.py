"""What a monitor asks of the tree."""

import socket

from sqlalchemy import select

from models.base import db
from models.scheduler import SchedulerLease
from volunteer.ledger import marks, queries

MOST_DUE = 50_000


def keeps_up() -> bool:
    """Return whether the tree is open, and rows become leaves about as fast as they are written."""
    try:
        return not queries.is_due(MOST_DUE) and not queries.lacks_opening()
    except Exception:
        return False
    finally:
        db.session.rollback()


def is_the_signed_one() -> bool:
    """Return whether what was signed before is still the beginning of the tree.

    The mark is kept where the scheduler runs: another host may have none.
    """
    try:
        return not marks.mark_fault(is_kept_here=_schedules_here())
    except Exception:
        return False
    finally:
        db.session.rollback()


def _schedules_here() -> bool:
    holder = db.session.scalar(select(SchedulerLease.holder).where(SchedulerLease.id == 1))
    return holder is not None and holder.partition(":")[0] == socket.gethostname()


CHECKS = {"ledger": keeps_up, "ledger_mark": is_the_signed_one}
