"""What the scheduler does about surveys."""

import logging

from models.base import db
from volunteer.kernel.errors import Conflict
from volunteer.surveys import campaigns
from volunteer.surveys.campaigns import Unreadable
from volunteer.web.transactions import by_itself

log = logging.getLogger(__name__)


def freeze_those_due() -> None:
    """Record what was found three days after a campaign's last day; each campaign in a transaction of its own.

    Raises RuntimeError at the end where one could not be frozen, so that the run is marked as failed: the others are.
    """
    failed = 0
    for campaign_id in campaigns.due_ids():
        try:
            by_itself(lambda campaign_id=campaign_id: campaigns.freeze_due(campaign_id))  # type: ignore[misc]
        except Unreadable:
            failed += 1  # logged with its survey; the office decides, tomorrow's run tries again
        except Conflict:
            continue  # somebody froze it in this moment
        except Exception:
            db.session.rollback()
            log.exception("survey %s cannot be frozen", campaign_id)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} surveys could not be frozen")


def mix() -> None:
    """Take the order of arrival out of how the day's answers and tickets lie in the database."""
    campaigns.mix()
