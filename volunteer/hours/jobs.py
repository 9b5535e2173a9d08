"""What runs by the clock in this room."""

import logging

from models.base import db
from volunteer.hours import operations, overdue, queries, stars
from volunteer.kernel import clock, workdays

log = logging.getLogger(__name__)

STAR_BATCHES = 20


def end_public_notices() -> None:
    """Let minutes take effect whose public notice is over, each by itself."""
    today = clock.today()
    for proposal_id in queries.notices_over(today):
        operations.finish_notice(proposal_id, today)
        db.session.commit()


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
    for organization_id in overdue.organizations_to_look_at(clock.now()):
        overdue.look_after(organization_id, today)
        db.session.commit()
