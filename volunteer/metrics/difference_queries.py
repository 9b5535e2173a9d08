"""What was known of a day at an earlier moment, and what has come to be known since."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area, AreaMove, PopulationChange
from models.base import db
from models.hours import Entry, Proposal
from models.volunteers import RegistrationEvent
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import is_at_or_below, tree_on
from volunteer.hours.rules import EntryKind
from volunteer.metrics import ledger, queries
from volunteer.metrics.differences import Cause, Change, changes, in_turn, minus, plus
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Deltas, contributions
from volunteer.metrics.populations import Population, populations_on
from volunteer.metrics.queries import AreaReport, Counted
from volunteer.metrics.snapshots import Shown, population_of, snapshot, thresholds_of
from volunteer.surveys.queries import results_of
from volunteer.surveys.rules import result_that_counts
from volunteer.volunteers.rules import RegistrationKind

_PEOPLE_AT_ONCE = 2_000
_LONGEST_WINDOW = timedelta(days=366)
_CAUSES = {
    RegistrationKind.REGISTERED: Cause.JOINED,
    RegistrationKind.RESUMED: Cause.JOINED,
    RegistrationKind.MOVED: Cause.MOVED,
    RegistrationKind.ENDED: Cause.ENDED,
}


@dataclass(frozen=True, slots=True)
class Compared:
    """An area on a day as it was shown then and as it is counted now, and what lies between.

    `population_changes` counts the communities whose population of that year was set anew since.
    """

    shown: Shown
    now: AreaReport
    changes: Sequence[Change]
    population_changes: int


@dataclass(frozen=True, slots=True)
class _Crossed:
    """What came into an area (or left it, below zero) with a community whose move was recorded later."""

    facts: Deltas
    population: Population


@dataclass(frozen=True, slots=True)
class _Late:
    """Rows that came after a moment and speak of days up to the day, by cause, with whose they are."""

    events: dict[Cause, set[int]]
    entries: dict[Cause, set[int]]
    volunteer_ids: set[int]


def compare(area: Area, basis: Basis, end_of_day: datetime) -> Compared:
    """Return what was shown for an area on the last day of the window and what is counted for it now.

    Where nothing was written down that night, what was known at `end_of_day` is worked out: from what is known now, by
    taking back whatever was recorded later.
    """
    day = basis.window.last_on
    now = queries.report_over(area, (), basis).whole
    kept = snapshot(area, day)
    since = kept.taken_at if kept else end_of_day
    late = _late(area, day, since)
    counted = _by_cause(area, day, late)
    rows = Counter({cause: len(ids) for of in (late.events, late.entries) for cause, ids in of.items()})
    crossed = _crossed(area, day, since)
    if crossed:
        rows[Cause.AREA_MOVED] = len(crossed)
        counted[Cause.AREA_MOVED] = plus(one.facts for one in crossed)
    then = kept or _worked_out(area, basis, now, counted, crossed, since)
    found = changes(counted, rows, minus(now.counted.facts, then.counted.facts))
    return Compared(then, now, found, _population_changes(area, day, since)[1])


def first_known_on() -> date | None:
    """Return the first day of which the ledgers know anything at all."""
    return db.session.scalar(select(func.min(RegistrationEvent.effective_on)))


def _late(area: Area, day: date, since: datetime) -> _Late:
    """Return what was recorded after a moment about people who were ever registered in the area."""
    tree = tree_on(day)
    here = (
        select(RegistrationEvent.volunteer_id)
        .join(Area, Area.id == RegistrationEvent.area_id)
        .where(tree.inside(tree.lineage_of(area)))
    )
    events: defaultdict[Cause, set[int]] = defaultdict(set)
    entries: defaultdict[Cause, set[int]] = defaultdict(set)
    volunteer_ids: set[int] = set()
    event = RegistrationEvent
    query = select(event.id, event.volunteer_id, event.kind).where(
        event.recorded_at > since, event.effective_on <= day, *_whose(area, event.volunteer_id.in_(here))
    )
    for event_id, volunteer_id, kind in db.session.execute(query):
        events[_CAUSES[kind]].add(event_id)
        volunteer_ids.add(volunteer_id)
    for entry_id, volunteer_id, cause in _late_entries(day, since, _whose(area, Entry.volunteer_id.in_(here))):
        entries[cause].add(entry_id)
        volunteer_ids.add(volunteer_id)
    return _Late(events, entries, volunteer_ids)


def _whose(area: Area, condition: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Return the condition that people are of the area; of the whole city everybody is."""
    return [] if area.parent_id is None else [condition]


def _late_entries(day: date, since: datetime, whose: Sequence[ColumnElement[bool]]) -> Iterator[tuple[int, int, Cause]]:
    """Yield (entry, volunteer, cause): a credit that replaces another and the reversal that goes with it correct it."""
    replaced = select(Proposal.replaces_id).where(Proposal.replaces_id.is_not(None), Proposal.entry_id.is_not(None))
    replacing = select(Proposal.entry_id).where(Proposal.replaces_id.is_not(None), Proposal.entry_id.is_not(None))
    is_correction = or_(Entry.id.in_(replacing), Entry.reverses_id.in_(replaced))
    query = select(Entry.id, Entry.volunteer_id, Entry.kind, is_correction).where(
        Entry.made_at > since, Entry.served_on.between(day - _LONGEST_WINDOW, day), *whose
    )
    for entry_id, volunteer_id, kind, corrects in db.session.execute(query):
        cause = Cause.REVERSED if kind is EntryKind.REVERSAL else Cause.LATE
        yield entry_id, volunteer_id, Cause.CORRECTED if corrects else cause


def _by_cause(area: Area, day: date, late: _Late) -> dict[Cause, Deltas]:
    """Return what each cause changed in the area's figures: told one after the other, volunteer by volunteer."""
    tree = tree_on(day)
    here = select(Area.id).where(Area.level == AreaLevel.COMMUNITY, tree.inside(tree.lineage_of(area)))
    communities = set(db.session.scalars(here))
    event_steps, entry_steps = dict(in_turn(late.events)), dict(in_turn(late.entries))
    # Made once: a copy for each person would cost the square of how many came late.
    all_events = frozenset(row for rows in late.events.values() for row in rows)
    all_entries = frozenset(row for rows in late.entries.values() for row in rows)
    sums: defaultdict[Cause, list[Deltas]] = defaultdict(list)
    people = sorted(late.volunteer_ids)
    for start in range(0, len(people), _PEOPLE_AT_ONCE):
        for record in ledger.records_of(people[start : start + _PEOPLE_AT_ONCE]).values():
            unknown_events, unknown_entries = all_events, all_entries
            before = _figures(record.without(unknown_events, unknown_entries), day, communities)
            for cause in Cause:
                if cause not in event_steps and cause not in entry_steps:
                    continue
                unknown_events = event_steps.get(cause, unknown_events)
                unknown_entries = entry_steps.get(cause, unknown_entries)
                after = _figures(record.without(unknown_events, unknown_entries), day, communities)
                sums[cause].append(minus(after, before))
                before = after
    return {cause: plus(many) for cause, many in sums.items()}


def _figures(record: ledger.Record, day: date, communities: set[int]) -> Deltas:
    steps = contributions(record.spells(), record.services())
    found = [deltas for (area_id, on), deltas in steps.items() if on <= day and area_id in communities]
    return plus(found)


def _worked_out(
    area: Area,
    basis: Basis,
    now: AreaReport,
    counted: dict[Cause, Deltas],
    crossed: Sequence[_Crossed],
    since: datetime,
) -> Shown:
    """Return what was known at a moment: what is known now, less what was recorded later."""
    day = basis.window.last_on
    surveys = [one for one in results_of([area.id], day)[area.id] if one.recorded_at <= since]
    facts = minus(now.counted.facts, plus(counted.values()))
    came = (_population_changes(area, day, since)[0], *(one.population for one in crossed))
    population = Population(*(have - sum(more) for have, *more in zip(now.counted.population, *came, strict=True)))
    then = Counted(facts, population, result_that_counts(surveys, day))
    name = now.edition.name if now.edition else ""
    return Shown(then, name, thresholds_of(now.edition), since, is_kept=False)


def _population_changes(area: Area, day: date, since: datetime) -> tuple[Population, int]:
    """Return what was added to an area's population since a moment, and in how many communities."""
    tree = tree_on(day)
    query = (
        select(PopulationChange)
        .join(Area, Area.id == PopulationChange.area_id)
        .where(
            PopulationChange.year == day.year,
            PopulationChange.recorded_at > since,
            tree.inside(tree.lineage_of(area)),
        )
        .order_by(PopulationChange.id)
    )
    first: dict[int, PopulationChange] = {}
    last: dict[int, PopulationChange] = {}
    for change in db.session.scalars(query):
        first.setdefault(change.area_id, change)
        last[change.area_id] = change
    added = Population()
    for area_id, change in last.items():
        was = first[area_id]
        before = population_of(None if was.residents_before is None else (was.residents_before, was.was_built_up))
        after = population_of((change.residents, change.is_built_up))
        added = Population(*(sum_ + new - old for sum_, new, old in zip(added, after, before, strict=True)))
    return added, len(last)


def _crossed(area: Area, day: date, since: datetime) -> list[_Crossed]:
    """Return the communities that a move recorded since a moment brought into an area or out of it by the day.

    Each as it was known at the moment, since what was told of its people later has a cause of its own.
    """
    street = aliased(Area)
    query = (
        select(Area, street.lineage)
        .join(AreaMove, AreaMove.area_id == Area.id)
        .join(street, street.id == AreaMove.from_parent_id)
        .where(AreaMove.recorded_at > since, AreaMove.effective_on <= day)
        .order_by(AreaMove.effective_on.desc())
    )
    tree = tree_on(day)
    # The earliest of a community's moves says where it was thought to stand; it comes last and wins.
    moved = {row[0]: row[1] for row in db.session.execute(query)}
    found = []
    for community, lineage in moved.items():
        upper = tree.lineage_of(area)
        side = is_at_or_below(tree.lineage_of(community), upper) - is_at_or_below(f"{lineage}/{community.code}", upper)
        if side and community.id != area.id:
            facts = queries.facts_at([community.id], day).get(community.id, Deltas())
            then = minus(facts, plus(_by_cause(community, day, _late(community, day, since)).values()))
            lived = populations_on([community], day, tree)[community.id]
            told = _population_changes(community, day, since)[0]
            population = Population(*(side * (have - more) for have, more in zip(lived, told, strict=True)))
            found.append(_Crossed(Deltas(*(side * count for count in then)), population))
    return found
