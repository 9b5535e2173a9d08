"""Whether the ledger adds up, asked of the rows themselves; for the command and for tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from models.base import db
from models.hours import CreditedSpan, Entry, Proposal
from models.volunteers import Volunteer
from volunteer.hours.queries import Reversal, is_effective
from volunteer.hours.rules import DAY_LARGEST_MINUTES, EntryKind, ProposalState


class LedgerFault(StrEnum):
    """What can be wrong, as an operator reads it."""

    SPAN_MISSING = "an effective entry does not cover its time"
    SPAN_STALE = "a reversed entry still covers time"
    SPANS_OVERLAP = "two entries of one person cover the same time"
    REVERSAL_DIFFERS = "a reversal differs from what it reverses"
    DAY_TOO_LONG = "a day is longer than twelve hours or less than nothing"
    DERIVATION_DIFFERS = "the minutes are not those of the derivation"
    PROPOSAL_DIFFERS = "an effective proposal differs from its entry"
    REPLACED_COUNTS = "a correction took effect beside what it replaces"


@dataclass(frozen=True, slots=True)
class Found:
    """One fault and where it is: the public id of an entry or proposal, or a volunteer's number and the day."""

    fault: LedgerFault
    where: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the check saw: how many rows, how many effective minutes, and every fault."""

    entries: int
    minutes: int
    faults: tuple[Found, ...]


def check_ledger() -> Ledger:
    """Check sums against the rows that give them, the time they cover, and reversals against what they reverse."""
    entries, minutes = db.session.execute(select(func.count(Entry.id), func.coalesce(func.sum(Entry.minutes), 0))).one()
    return Ledger(entries, int(minutes), tuple(_faults()))


def _faults() -> Iterator[Found]:
    questions = {
        LedgerFault.SPAN_MISSING: _credits_without_their_span(),
        LedgerFault.SPAN_STALE: _spans_without_effective_credit(),
        LedgerFault.SPANS_OVERLAP: _overlapping_spans(),
        LedgerFault.REVERSAL_DIFFERS: _reversals_that_differ(),
        LedgerFault.DERIVATION_DIFFERS: _derivations_that_differ(),
        LedgerFault.PROPOSAL_DIFFERS: _proposals_that_differ(),
        LedgerFault.REPLACED_COUNTS: _replaced_that_count(),
    }
    for fault, query in questions.items():
        yield from (Found(fault, where) for where in db.session.scalars(query))
    for number, day in db.session.execute(_long_days()):
        yield Found(LedgerFault.DAY_TOO_LONG, f"{number} {day:%Y-%m-%d}")


def _credits_without_their_span() -> Select[Any]:
    its_span = and_(
        CreditedSpan.entry_id == Entry.id,
        CreditedSpan.volunteer_id == Entry.volunteer_id,
        CreditedSpan.started_at == Entry.started_at,
        CreditedSpan.ended_at == Entry.ended_at,
    )
    return (
        select(Entry.public_id)
        .outerjoin(CreditedSpan, its_span)
        .where(is_effective(), CreditedSpan.entry_id.is_(None))
        .order_by(Entry.id)
    )


def _spans_without_effective_credit() -> Select[Any]:
    return (
        select(Entry.public_id)
        .join(CreditedSpan, CreditedSpan.entry_id == Entry.id)
        .where(~is_effective())
        .order_by(Entry.id)
    )


def _overlapping_spans() -> Select[Any]:
    other = aliased(CreditedSpan)
    return (
        select(Entry.public_id)
        .join(CreditedSpan, CreditedSpan.entry_id == Entry.id)
        .join(
            other,
            and_(
                other.volunteer_id == CreditedSpan.volunteer_id,
                other.entry_id > CreditedSpan.entry_id,
                other.started_at < CreditedSpan.ended_at,
                other.ended_at > CreditedSpan.started_at,
            ),
        )
        .distinct()
        .order_by(Entry.public_id)
    )


def _reversals_that_differ() -> Select[Any]:
    same = ("volunteer_id", "shift_id", "organization_id", "served_on", "started_at", "ended_at", "source")
    return (
        select(Reversal.public_id)
        .join(Entry, Entry.id == Reversal.reverses_id)
        .where(
            or_(
                Entry.kind != EntryKind.CREDIT,
                Reversal.minutes != -Entry.minutes,
                *(getattr(Reversal, name) != getattr(Entry, name) for name in same),
            )
        )
        .order_by(Reversal.id)
    )


def _derivations_that_differ() -> Select[Any]:
    return (
        select(Entry.public_id)
        .where(Entry.kind == EntryKind.CREDIT, Entry.derivation["minutes"].as_string().cast(Integer) != Entry.minutes)
        .order_by(Entry.id)
    )


def _proposals_that_differ() -> Select[Any]:
    return (
        select(Proposal.public_id)
        .outerjoin(Entry, Entry.id == Proposal.entry_id)
        .where(
            Proposal.state == ProposalState.EFFECTIVE,
            or_(
                Entry.id.is_(None),
                Entry.kind != Proposal.kind,
                Entry.volunteer_id != Proposal.volunteer_id,
                func.abs(Entry.minutes) != Proposal.minutes,
            ),
        )
        .order_by(Proposal.id)
    )


def _replaced_that_count() -> Select[Any]:
    return (
        select(Proposal.public_id)
        .join(Entry, Entry.id == Proposal.replaces_id)
        .where(Proposal.state == ProposalState.EFFECTIVE, is_effective())
        .order_by(Proposal.id)
    )


def _long_days() -> Select[Any, Any]:
    return (
        select(Volunteer.number, Entry.served_on)
        .join(Volunteer, Volunteer.id == Entry.volunteer_id)
        .group_by(Volunteer.number, Entry.served_on)
        .having(or_(func.sum(Entry.minutes) > DAY_LARGEST_MINUTES, func.sum(Entry.minutes) < 0))
        .order_by(Volunteer.number, Entry.served_on)
    )
