"""What waits for a volunteer: ends to tell, answers to read, and why something was not recorded; of a whole family."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from models.activities import Shift
from models.base import db
from models.hours import Entry, EntryQuestion, Proposal
from models.volunteers import Volunteer
from volunteer.hours.awaiting import Forgotten, forgotten_of_volunteers
from volunteer.hours.queries import LOOK_BACK, PROPOSAL_WITH_SHIFT
from volunteer.hours.rules import EntryKind, ProposalState


@dataclass(frozen=True, slots=True)
class ForVolunteers:
    """What is left to do, each with one action; what was read and said so is not there."""

    forgotten: list[Forgotten]
    answered: Sequence[EntryQuestion]
    returned: Sequence[Proposal]

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.forgotten) + len(self.answered) + len(self.returned)


def awaiting_of_volunteers(volunteers: Sequence[Volunteer], now: datetime) -> ForVolunteers:
    """Return what waits for these volunteers, of the last 90 days."""
    ids = [volunteer.id for volunteer in volunteers]
    since = now - LOOK_BACK
    forgotten = forgotten_of_volunteers(ids)
    told_again = [one.event_id for one in forgotten]
    return ForVolunteers(forgotten, _answered(ids, since), _returned(ids, since, told_again))


def _answered(volunteer_ids: list[int], since: datetime) -> Sequence[EntryQuestion]:
    query = (
        select(EntryQuestion)
        .options(
            joinedload(EntryQuestion.volunteer),
            joinedload(EntryQuestion.correction),
            joinedload(EntryQuestion.entry).joinedload(Entry.shift).joinedload(Shift.activity),
            joinedload(EntryQuestion.proposal).joinedload(Proposal.shift).joinedload(Shift.activity),
        )
        .where(
            EntryQuestion.volunteer_id.in_(volunteer_ids),
            EntryQuestion.answered_at >= since,
            EntryQuestion.seen_at.is_(None),
        )
    )
    return db.session.scalars(query.order_by(EntryQuestion.answered_at, EntryQuestion.id)).all()


def _returned(volunteer_ids: list[int], since: datetime, told_again: list[int]) -> Sequence[Proposal]:
    """Return what was sent back, without what gave way to a correction and the ends that are to be told again."""
    gave_way = select(EntryQuestion.id).where(
        EntryQuestion.proposal_id == Proposal.id, EntryQuestion.correction_id.is_not(None)
    )
    query = (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .where(
            Proposal.volunteer_id.in_(volunteer_ids),
            Proposal.kind == EntryKind.CREDIT,
            Proposal.state == ProposalState.RETURNED,
            func.coalesce(Proposal.checked_at, Proposal.made_at) >= since,
            Proposal.seen_at.is_(None),
            ~exists(gave_way),
            or_(Proposal.presence_event_id.is_(None), Proposal.presence_event_id.not_in(told_again)),
        )
    )
    return db.session.scalars(query.order_by(Proposal.id)).all()
