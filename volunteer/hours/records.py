"""Records as their volunteers read them: entries, and minutes on their way to become one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from models.activities import Shift
from models.base import db
from models.hours import Entry, EntryQuestion, Objection, PaperSheet, Proposal
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.hours.minutes import Derivation, Source, derivation_words
from volunteer.hours.queries import PROPOSAL_WITH_SHIFT, WITH_SHIFT, Reversal
from volunteer.hours.rules import Cause, EntryKind, EntryState, ProposalState
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_, Words


@dataclass(frozen=True, slots=True)
class Record:
    """An entry, or minutes on their way to become one, as its volunteer reads it.

    `reason` is what a person wrote: why it was typed in, returned or reversed. `questions` are its questions in order.
    `is_disputed`: somebody objected to it on public notice and nobody has answered.
    `replaces` is the entry that goes when this one comes; `correction` what is to come or came in place of this one.
    """

    public_id: str
    entry_id: int | None
    proposal_id: int | None
    state: EntryState
    minutes: int
    served_on: date
    started_at: datetime
    ended_at: datetime
    source: Source
    cause: Cause | None
    how: Words
    reason: str
    is_disputed: bool
    notice_until_on: date | None
    volunteer: Volunteer
    shift: Shift
    organization: Organization
    sheet: PaperSheet | None = None
    replaces: Entry | None = None
    correction: Proposal | None = None
    questions: tuple[EntryQuestion, ...] = ()

    @property
    def counted_minutes(self) -> int:
        """Return what the record adds to the totals."""
        return self.minutes if self.state is EntryState.EFFECTIVE else 0


@dataclass(frozen=True, slots=True)
class Month:
    """The records of one calendar month, the latest first, and the minutes that count."""

    month: int
    records: tuple[Record, ...]

    @property
    def minutes(self) -> int:
        """Return the sum of the rows."""
        return sum(record.counted_minutes for record in self.records)


def by_month(records: Iterable[Record]) -> list[Month]:
    """Return the records of one year cut by month, in the order in which they come."""
    cut = groupby(records, key=lambda record: record.served_on.month)
    return [Month(month, tuple(rows)) for month, rows in cut]


def records_of(volunteer_id: int, year: int) -> list[Record]:
    """Return all records of a volunteer in a calendar year, the latest first; a reversed one is there once."""
    first_on, last_on = date(year, 1, 1), date(year, 12, 31)
    return _records(
        and_(Entry.volunteer_id == volunteer_id, Entry.served_on.between(first_on, last_on)),
        and_(Proposal.volunteer_id == volunteer_id, Proposal.served_on.between(first_on, last_on)),
    )


def records_at(shift_id: int) -> list[Record]:
    """Return all records of a shift by the volunteers' names, each one's earliest first."""
    found = _records(Entry.shift_id == shift_id, Proposal.shift_id == shift_id)
    return sorted(found, key=lambda record: (record.volunteer.name, record.volunteer.id, record.started_at))


def record_by_public_id(public_id: str) -> Record:
    """Return one record; a proposal that took effect leads to its entry. Raise `NotFound` when there is none."""
    became = select(Proposal.entry_id).where(Proposal.public_id == public_id, Proposal.kind == EntryKind.CREDIT)
    found = _records(
        or_(Entry.public_id == public_id, Entry.id == became.scalar_subquery()), Proposal.public_id == public_id
    )
    if not found:
        raise NotFound(N_("没有找到这条记录"))
    return found[0]


def _records(entries: ColumnElement[bool], proposals: ColumnElement[bool]) -> list[Record]:
    credited = db.session.execute(
        select(Entry, Reversal, Proposal)
        .outerjoin(Reversal, Reversal.reverses_id == Entry.id)
        .outerjoin(Proposal, Proposal.entry_id == Entry.id)
        .options(*WITH_SHIFT, joinedload(Proposal.sheet), joinedload(Proposal.replaces))
        .where(Entry.kind == EntryKind.CREDIT, entries)
    ).all()
    waiting = db.session.scalars(
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .where(Proposal.kind == EntryKind.CREDIT, Proposal.state != ProposalState.EFFECTIVE, proposals)
    ).all()
    entry_ids = [entry.id for entry, _, _ in credited]
    asked = _questions_about(entry_ids, [proposal.id for proposal in waiting])
    corrections = _corrections_of(entry_ids)
    found = [_record_of_entry(*row, asked, corrections.get(row[0].id)) for row in credited]
    disputed = _disputed([proposal.id for proposal in waiting])
    found += [_record_of_proposal(one, asked, disputed) for one in waiting]
    return sorted(found, key=lambda record: (record.started_at, record.public_id), reverse=True)


def _questions_about(entry_ids: list[int], proposal_ids: list[int]) -> Sequence[EntryQuestion]:
    query = (
        select(EntryQuestion)
        .options(joinedload(EntryQuestion.correction))
        .where(or_(EntryQuestion.entry_id.in_(entry_ids), EntryQuestion.proposal_id.in_(proposal_ids)))
    )
    return db.session.scalars(query.order_by(EntryQuestion.id)).all()


def _disputed(proposal_ids: list[int]) -> set[int]:
    """Return which of these proposals wait for the answer to an objection."""
    query = select(Objection.proposal_id).where(
        Objection.proposal_id.in_(proposal_ids), Objection.answered_at.is_(None)
    )
    return set(db.session.scalars(query))


def _corrections_of(entry_ids: list[int]) -> dict[int, Proposal]:
    """Return what is to take, or took, the place of each of these entries."""
    query = select(Proposal).where(Proposal.replaces_id.in_(entry_ids), Proposal.state != ProposalState.RETURNED)
    return {one.replaces_id: one for one in db.session.scalars(query) if one.replaces_id is not None}


def _record_of_entry(
    entry: Entry,
    reversal: Entry | None,
    proposal: Proposal | None,
    asked: Sequence[EntryQuestion],
    correction: Proposal | None,
) -> Record:
    return Record(
        entry_id=entry.id,
        proposal_id=None,
        state=EntryState.EFFECTIVE if reversal is None else EntryState.REVERSED,
        cause=proposal.cause if proposal else None,
        reason=reversal.reason if reversal else entry.reason,
        is_disputed=False,
        notice_until_on=None,
        sheet=proposal.sheet if proposal else None,
        replaces=proposal.replaces if proposal else None,
        correction=correction,
        questions=tuple(question for question in asked if question.entry_id == entry.id),
        **_shared(entry),
    )


def _record_of_proposal(proposal: Proposal, asked: Sequence[EntryQuestion], disputed: Collection[int]) -> Record:
    return Record(
        entry_id=None,
        proposal_id=proposal.id,
        state=EntryState(proposal.state.value),
        cause=proposal.cause,
        reason=proposal.answer or proposal.reason,
        is_disputed=proposal.id in disputed,
        notice_until_on=proposal.notice_until_on,
        sheet=proposal.sheet,
        replaces=proposal.replaces,
        questions=tuple(question for question in asked if question.proposal_id == proposal.id),
        **_shared(proposal),
    )


def _shared(row: Entry | Proposal) -> dict[str, Any]:
    same = (
        "public_id",
        "minutes",
        "served_on",
        "started_at",
        "ended_at",
        "source",
        "volunteer",
        "shift",
        "organization",
    )
    return {
        **{name: getattr(row, name) for name in same},
        "how": derivation_words(Derivation.from_json(row.derivation)),
    }
