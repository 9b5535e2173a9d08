"""Why a person cannot be erased yet: minutes that somebody else still has to decide about."""

from sqlalchemy import exists, select

from models.base import db
from models.hours import EntryQuestion, Proposal
from volunteer.hours.queries import STANDING
from volunteer.kernel.text import N_, Words


def why_hours_keep(volunteer_id: int) -> Words | None:
    """Return why minutes stand against erasing this volunteer, or None."""
    waits = select(exists().where(Proposal.volunteer_id == volunteer_id, Proposal.state.in_(STANDING)))
    if db.session.scalar(waits):
        return Words(N_("还有时长在等确认或公示，等有了结果再来注销"))
    asked = exists().where(EntryQuestion.volunteer_id == volunteer_id, EntryQuestion.answered_at.is_(None))
    if db.session.scalar(select(asked)):
        return Words(N_("还有问组织的问题没有答复，等有了答复再来注销"))
    return None
