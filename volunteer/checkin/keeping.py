"""Why a person cannot be erased yet: they are at a shift."""

from sqlalchemy import func, select

from models.base import db
from models.checkin import PresenceEvent
from volunteer.kernel.text import N_, Words


def why_presence_keeps(volunteer_id: int) -> Words | None:
    """Return why presence stands against erasing this volunteer, or None: who came and did not go is still there."""
    last = db.session.scalar(select(func.max(PresenceEvent.ordinal)).where(PresenceEvent.volunteer_id == volunteer_id))
    return Words(N_("现在还签着到，签退以后再来注销")) if last and last % 2 else None
