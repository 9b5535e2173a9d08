"""Counting how organizations record: a few grouped statements for one, or for a city, and what is overdue."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import contains_eager

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.hours import Entry, Objection, OverdueShift, Proposal
from models.organizations import Organization
from models.signals import Signal
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.areas.overview import inside
from volunteer.areas.rules import AreaLevel
from volunteer.hours.rules import EntryKind, ObjectionOutcome, ProposalState
from volunteer.integrity.rules import Counts, Peers, Span, district_of, peers
from volunteer.kernel.clock import local_day, midnight
from volunteer.organizations.queries import SEEN_BY_ALL
from volunteer.signals.rules import Verdict

ONE_DAY = timedelta(days=1)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are counted, both inside, and the moments between which they lie."""

    first_on: date
    last_on: date

    @classmethod
    def of(cls, span: Span, today: date) -> "Days":
        """Return the days of a span that ends today."""
        return cls(span.first_on(today), today)

    def has(self, moment: Any) -> ColumnElement[bool]:
        """Return the condition that a moment lies in these days."""
        first, after = (midnight(day) for day in (self.first_on, self.last_on + ONE_DAY))
        condition: ColumnElement[bool] = (moment >= first) & (moment < after)
        return condition


@dataclass(frozen=True, slots=True)
class Place:
    """An organization and where it stands."""

    id: int
    public_id: str
    name: str
    lineage: str


@dataclass(frozen=True, slots=True)
class Counted:
    """An organization with what was counted."""

    place: Place
    counts: Counts


def counted_below(lineages: Iterable[str], days: Days) -> list[Counted]:
    """Return the organizations at or below these areas with their counts, by name."""
    query = (
        select(Organization.id, Organization.public_id, Organization.name, Area.lineage)
        .join(Area, Area.id == Organization.area_id)
        .where(inside(lineages), Organization.status.in_(SEEN_BY_ALL))
        .order_by(Organization.name, Organization.id)
    )
    places = [Place(*row) for row in db.session.execute(query)]
    counts = count([one.id for one in places], days)
    return [Counted(one, counts[one.id]) for one in places]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An organization beside those of its district and of the city."""

    counts: Counts
    district: Peers
    city: Peers


def compare(organization: Organization, days: Days) -> Comparison:
    """Count an organization and its peers: those that recorded enough in its district, and in the city."""
    lineage = organization.area.lineage
    everyone = counted_below([lineage.split("/")[0]], days)
    others = [one for one in everyone if one.place.id != organization.id]
    own = next((one.counts for one in everyone if one.place.id == organization.id), None)
    district = district_of(lineage)
    near = [one.counts for one in others if district_of(one.place.lineage) == district]
    counts = own if own is not None else count([organization.id], days)[organization.id]
    return Comparison(counts, peers(near), peers(one.counts for one in others))


# Counting


def count(organization_ids: Sequence[int], days: Days) -> dict[int, Counts]:
    """Return what each of these organizations recorded in these days."""
    found = {one: Counts() for one in organization_ids}
    # A city is summed in one go and sifted here: naming thousands of ids costs more than the sums.
    only = organization_ids[0] if len(organization_ids) == 1 else None
    for add in (_add_entries, _add_corrections, _add_objections, _add_shifts, _add_overdue, _add_signals):
        add(found, days, only)
    return found


def _rows(query: Select[*tuple[Any, ...]], organization: Any, only: int | None) -> Iterator[Any]:
    return iter(db.session.execute(query if only is None else query.where(organization == only)))


def _add_entries(found: Mapping[int, Counts], days: Days, only: int | None) -> None:
    is_credit = Entry.kind == EntryKind.CREDIT
    query = (
        select(
            Entry.organization_id,
            Entry.source,
            func.sum(Entry.minutes),
            func.sum(case((is_credit, 1), else_=0)),
            func.count(),
        )
        .where(Entry.served_on.between(days.first_on, days.last_on))
        .group_by(Entry.organization_id, Entry.source)
    )
    for organization_id, source, minutes, credits, rows in _rows(query, Entry.organization_id, only):
        if counts := found.get(organization_id):
            counts.minutes[source] = int(minutes)
            counts.credits += int(credits)
            counts.reversals += rows - int(credits)


def _add_corrections(found: Mapping[int, Counts], days: Days, only: int | None) -> None:
    query = (
        select(Proposal.organization_id, func.count())
        .where(*corrected(), Proposal.served_on.between(days.first_on, days.last_on))
        .group_by(Proposal.organization_id)
    )
    for organization_id, rows in _rows(query, Proposal.organization_id, only):
        if counts := found.get(organization_id):
            counts.corrections = rows


def corrected() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a proposal took effect in place of an entry."""
    # The last one is what the index over corrections is made for.
    return (
        Proposal.replaces_id.is_not(None),
        Proposal.state == ProposalState.EFFECTIVE,
        Proposal.state != ProposalState.RETURNED,
    )


def _add_objections(found: Mapping[int, Counts], days: Days, only: int | None) -> None:
    query = select(Objection.organization_id, Objection.outcome, Objection.answered_at, Objection.answer_by_on).where(
        days.has(Objection.raised_at)
    )
    for organization_id, outcome, answered_at, answer_by_on in _rows(query, Objection.organization_id, only):
        if counts := found.get(organization_id):
            counts.objections += 1
            counts.upheld += outcome is ObjectionOutcome.UPHELD
            counts.answered += answered_at is not None
            counts.due += answered_at is not None or answer_by_on < days.last_on
            counts.in_time += answered_at is not None and local_day(answered_at) <= answer_by_on


def _add_shifts(found: Mapping[int, Counts], days: Days, only: int | None) -> None:
    query = (
        select(Activity.organization_id, func.count())
        .select_from(Shift)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(days.has(Shift.ends_at), Shift.status != ShiftStatus.CANCELLED)
        .group_by(Activity.organization_id)
    )
    for organization_id, rows in _rows(query, Activity.organization_id, only):
        if counts := found.get(organization_id):
            counts.shifts = rows


def late(days: Days) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a shift came due in these days, and that it passed its day unsettled."""
    due = OverdueShift.due_on.between(days.first_on, days.last_on - ONE_DAY)
    return due, OverdueShift.escalated_at.is_not(None) | OverdueShift.settled_at.is_(None)


def _add_overdue(found: Mapping[int, Counts], days: Days, only: int | None) -> None:
    is_open = OverdueShift.settled_at.is_(None)
    query = (
        select(OverdueShift.organization_id, func.count(), func.sum(case((is_open, 1), else_=0)))
        .where(*late(days))
        .group_by(OverdueShift.organization_id)
    )
    for organization_id, rows, still in _rows(query, OverdueShift.organization_id, only):
        if counts := found.get(organization_id):
            counts.late, counts.still_late = rows, int(still)


def _add_signals(found: Mapping[int, Counts], days: Days, only: int | None) -> None:
    query = (
        select(Activity.organization_id, Signal.verdict, func.count())
        .select_from(Signal)
        .join(Shift, Shift.id == Signal.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(days.has(Signal.seen_at))
        .group_by(Activity.organization_id, Signal.verdict)
    )
    for organization_id, verdict, rows in _rows(query, Activity.organization_id, only):
        if counts := found.get(organization_id):
            counts.signals += rows
            counts.judged += 0 if verdict is None else rows
            counts.to_follow += rows if verdict is Verdict.FOLLOW_UP else 0


# Months


@dataclass(frozen=True, slots=True)
class Month:
    """The effective minutes of a calendar month by source; `first_on` is its first day."""

    first_on: date
    counts: Counts


def months(organization_id: int, today: date) -> list[Month]:
    """Return the twelve calendar months up to today's, each with the minutes served in it by source."""
    number = today.year * MONTHS + today.month - MONTHS
    firsts = [date((number + step) // MONTHS, (number + step) % MONTHS + 1, 1) for step in range(MONTHS)]
    found = {first: Month(first, Counts()) for first in firsts}
    rows = db.session.execute(
        select(Entry.served_on, Entry.source, func.sum(Entry.minutes))
        .where(Entry.organization_id == organization_id, Entry.served_on.between(firsts[0], today))
        .group_by(Entry.served_on, Entry.source)
    )
    for served_on, source, minutes in rows:
        month = found[served_on.replace(day=1)].counts.minutes
        month[source] = month.get(source, 0) + int(minutes)
    return list(found.values())


# What is overdue


@dataclass(frozen=True, slots=True)
class OverdueOrganization:
    """An organization with the shifts that it has not settled in time, the longest overdue first."""

    organization: Organization
    shifts: Sequence[OverdueShift]

    @property
    def due_on(self) -> date:
        """Return the day on which the oldest should have been settled."""
        return self.shifts[0].due_on


def overdue_below(lineages: Iterable[str], today: date) -> list[OverdueOrganization]:
    """Return what is unsettled after its tenth working day, by organization, the longest overdue first."""
    query = (
        select(OverdueShift)
        .join(OverdueShift.organization)
        .join(Organization.area)
        .join(OverdueShift.shift)
        .join(Shift.activity)
        .options(
            contains_eager(OverdueShift.organization).contains_eager(Organization.area),
            contains_eager(OverdueShift.shift).contains_eager(Shift.activity),
        )
        .where(inside(lineages), OverdueShift.settled_at.is_(None), OverdueShift.due_on < today)
        .order_by(OverdueShift.due_on, OverdueShift.shift_id)
    )
    by_organization: defaultdict[int, list[OverdueShift]] = defaultdict(list)
    for one in db.session.scalars(query):
        by_organization[one.organization_id].append(one)
    return [OverdueOrganization(of[0].organization, of) for of in by_organization.values()]


def area_choices(lineages: tuple[str, ...]) -> list[Area]:
    """Return the city, districts and streets at or below these areas, in the order of the tree."""
    offered = or_(Area.level != AreaLevel.COMMUNITY, Area.lineage.in_(lineages))
    return list(db.session.scalars(select(Area).where(inside(lineages), offered).order_by(Area.lineage)))
