"""The lists behind an organization's numbers: what each one counts, the newest first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload, lazyload

from models.activities import Activity, Shift
from models.base import db
from models.hours import Entry, Objection, OverdueShift, Proposal
from models.organizations import Organization
from models.signals import Signal
from models.volunteers import Volunteer
from volunteer.hours.queries import PROPOSAL_WITH_SHIFT, WITH_SHIFT
from volunteer.hours.rules import PROPOSAL_STATE_LABELS, EntryKind
from volunteer.integrity.queries import Days, corrected, late
from volunteer.integrity.rules import OBJECTION_LABELS, SOURCES, Behind, late_words
from volunteer.kernel.clock import local_day
from volunteer.kernel.text import Words
from volunteer.signals.rules import oddity_of
from volunteer.web.paging import Page, paginate


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was counted: the day, at which activity, whose (None: nobody's), what is said of it.

    `minutes` is None where it is not about time; `endpoint` with `part` is its own page, "" for none.
    """

    on: date
    title: str
    person: Volunteer | None
    words: Words
    minutes: int | None
    endpoint: str
    part: Mapping[str, str]


def page_of(behind: Behind, organization: Organization, days: Days, number: int) -> Page[Row]:
    """Return one page of what a number of this organization counts."""
    select_rows, make_row = _LISTS[behind]
    page = paginate(db.session, select_rows(behind, organization.id, days), number)
    rows = [make_row(one, days) for one in page.items]
    return Page(rows, page.number, page.size, page.total)


def count(behind: Behind, organization: Organization, days: Days) -> int:
    """Return how many things a number of this organization counts."""
    query = _LISTS[behind][0](behind, organization.id, days).order_by(None)
    ids = query.options(lazyload("*")).with_only_columns(literal(1), maintain_column_froms=True)
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def rows_of(behind: Behind, organization: Organization, days: Days, step: int = 1_000) -> Iterator[Row]:
    """Yield everything that a number of this organization counts, some at a time and each once."""
    select_rows, make_row = _LISTS[behind]
    query, keys = select_rows(behind, organization.id, days), _KEYS[behind]
    found = db.session.scalars(query.limit(step)).all()
    while found:
        last = [getattr(found[-1], key.key) for key in keys]
        yield from [make_row(one, days) for one in found]
        found = db.session.scalars(query.where(tuple_(*keys) < last).limit(step)).all()


def _latest(behind: Behind) -> list[Any]:
    return [key.desc() for key in _KEYS[behind]]


def _entries(behind: Behind, organization_id: int, days: Days) -> Select[Any]:
    which = Entry.kind == EntryKind.REVERSAL if behind is Behind.REVERSALS else Entry.source.in_(SOURCES[behind])
    return (
        select(Entry)
        .options(*WITH_SHIFT)
        .where(Entry.organization_id == organization_id, Entry.served_on.between(days.first_on, days.last_on), which)
        .order_by(*_latest(behind))
    )


def _entry_row(one: Entry, days: Days) -> Row:
    said = Words("%(text)s", {"text": one.reason}) if one.reason else Words(one.source.label)
    return Row(
        one.served_on, one.shift.activity.title, one.volunteer, said, one.minutes, "hours.show_entry", _of_entry(one)
    )


def _of_entry(one: Entry | Proposal) -> dict[str, str]:
    return {"entry_id": one.public_id}


def _corrections(behind: Behind, organization_id: int, days: Days) -> Select[Any]:
    return (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .where(
            Proposal.organization_id == organization_id,
            *corrected(),
            Proposal.served_on.between(days.first_on, days.last_on),
        )
        .order_by(*_latest(behind))
    )


def _correction_row(one: Proposal, days: Days) -> Row:
    said = Words("%(text)s", {"text": one.reason}) if one.reason else Words(PROPOSAL_STATE_LABELS[one.state])
    return Row(
        one.served_on, one.shift.activity.title, one.volunteer, said, one.minutes, "hours.show_entry", _of_entry(one)
    )


def _objections(behind: Behind, organization_id: int, days: Days) -> Select[Any]:
    return (
        select(Objection)
        .options(joinedload(Objection.proposal).options(*PROPOSAL_WITH_SHIFT))
        .where(Objection.organization_id == organization_id, days.has(Objection.raised_at))
        .order_by(*_latest(behind))
    )


def _objection_row(one: Objection, days: Days) -> Row:
    on, about = local_day(one.raised_at), one.proposal
    title, said = about.shift.activity.title, Words(OBJECTION_LABELS[one.outcome])
    return Row(on, title, about.volunteer, said, about.minutes, "hours.show_entry", _of_entry(about))


def _overdue(behind: Behind, organization_id: int, days: Days) -> Select[Any]:
    return (
        select(OverdueShift)
        .options(joinedload(OverdueShift.shift).joinedload(Shift.activity))
        .where(OverdueShift.organization_id == organization_id, *late(days))
        .order_by(*_latest(behind))
    )


def _overdue_row(one: OverdueShift, days: Days) -> Row:
    until = local_day(one.settled_at) if one.settled_at else days.last_on
    return Row(one.due_on, one.shift.activity.title, None, late_words(one, until), None, "", {})


def _signals(behind: Behind, organization_id: int, days: Days) -> Select[Any]:
    return (
        select(Signal)
        .join(Signal.shift)
        .join(Shift.activity)
        .options(joinedload(Signal.shift).joinedload(Shift.activity), joinedload(Signal.volunteer))
        .where(Activity.organization_id == organization_id, days.has(Signal.seen_at))
        .order_by(*_latest(behind))
    )


def _signal_row(one: Signal, days: Days) -> Row:
    said = oddity_of(one.kind, one.facts).words
    title, part = one.shift.activity.title, {"signal_id": one.public_id}
    return Row(local_day(one.seen_at), title, one.volunteer, said, None, "signals.show", part)


_KEYS: Mapping[Behind, tuple[InstrumentedAttribute[Any], ...]] = {
    **dict.fromkeys((*SOURCES, Behind.REVERSALS), (Entry.served_on, Entry.id)),
    Behind.CORRECTIONS: (Proposal.served_on, Proposal.id),
    Behind.OBJECTIONS: (Objection.id,),
    Behind.OVERDUE: (OverdueShift.due_on, OverdueShift.shift_id),
    Behind.SIGNALS: (Signal.id,),
}
"""By what each list stands, from the last down; together they tell one row from every other."""

_Select = Callable[[Behind, int, Days], Select[Any]]
_Make = Callable[[Any, Days], Row]
_LISTS: Mapping[Behind, tuple[_Select, _Make]] = {
    **dict.fromkeys((*SOURCES, Behind.REVERSALS), (_entries, _entry_row)),
    Behind.CORRECTIONS: (_corrections, _correction_row),
    Behind.OBJECTIONS: (_objections, _objection_row),
    Behind.OVERDUE: (_overdue, _overdue_row),
    Behind.SIGNALS: (_signals, _signal_row),
}
