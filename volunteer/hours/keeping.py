"""Why a person cannot be erased yet: minutes that somebody else still has to decide about."""

from sqlalchemy import exists, select

from models.base import db
from models.hours import Proposal
from volunteer.hours.queries import STANDING
from volunteer.kernel.text import N_, Words


def why_hours_keep(volunteer_id: int) -> Words | None:
    """Return why minutes stand against erasing this volunteer, or None."""
    waits = select(exists().where(Proposal.volunteer_id == volunteer_id, Proposal.state.in_(STANDING)))
    if db.session.scalar(waits):
        return Words(N_("还有时长在等确认或公示，等有了结果再来注销"))
    return None
