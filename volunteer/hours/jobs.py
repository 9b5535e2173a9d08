"""What runs by the clock in this room."""

import logging
from collections.abc import Callable, Iterable

from models.base import db
from volunteer.hours import operations, overdue, queries, stars
from volunteer.kernel import clock, workdays

log = logging.getLogger(__name__)

STAR_BATCHES = 20


def end_public_notices() -> None:
    """Let minutes take effect whose public notice is over, each by itself."""
    today = clock.today()
    _each("public notice", queries.notices_over(today), lambda one: operations.finish_notice(one, today))


def settle_stars() -> None:
    """Bring stars in step with the ledger, batch by batch, each by itself; what is left waits for the next run."""
    stars.spread_scale()
    db.session.commit()
    for _batch in range(STAR_BATCHES):
        looked_at = stars.settle_due()
        db.session.commit()
        if not looked_at:
            return


def look_after_deadlines() -> None:
    """Remind organizations of what they have not settled, and tell the office what is late; each by itself."""
    today = clock.today()
    if not workdays.knows(today.year):
        log.warning("no calendar of days off for %d: Monday to Friday are taken for working days", today.year)
    found = overdue.organizations_to_look_at(clock.now())
    _each("deadlines of organization", found, lambda one: overdue.look_after(one, today))


def _each(what: str, row_ids: Iterable[int], act: Callable[[int], None]) -> None:
    """Do a thing for each row in a transaction of its own: one that fails keeps nobody waiting, and fails the run."""
    failed = []
    for row_id in row_ids:
        try:
            act(row_id)
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("%s %d failed; the others go on", what, row_id)
            failed.append(row_id)
    if failed:
        raise RuntimeError(f"{len(failed)} failed: {what} {failed[:5]}")
