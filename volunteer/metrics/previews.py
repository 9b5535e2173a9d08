"""What figures become before something is changed: a community that moves, populations that are set."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.areas.population_rules import PopulationChange, PopulationRow
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import tree_on
from volunteer.kernel.periods import WindowKind
from volunteer.metrics import queries
from volunteer.metrics.edition_queries import editions_for, editions_with
from volunteer.metrics.facts import Deltas, Total, add_up
from volunteer.metrics.populations import Population
from volunteer.metrics.queries import AreaReport, Counted

_UPPER_LEVELS = (AreaLevel.CITY, AreaLevel.DISTRICT)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an area's indicators are, and what they become."""

    before: AreaReport
    after: AreaReport

    @property
    def area(self) -> Area:
        """The area."""
        return self.before.area


@dataclass(frozen=True, slots=True)
class YearProspects:
    """What the figures of a year become, read as of a day of it; without any where the year is still to come."""

    year: int
    as_of: date
    prospects: Sequence[Prospect]


def of_move(community: Area, to_street: Area, today: date) -> list[Prospect]:
    """Return what today's figures become in both streets, and in both districts where they differ.

    By the calendar year and all service. What the community has done comes along, so the city stays as it is.
    """
    above = [_above(community), to_street]
    districts = [_above(street) for street in above]
    sides = [(above[0], -1), (above[1], 1)]
    if districts[0].id != districts[1].id:
        sides += [(districts[0], -1), (districts[1], 1)]
    own = queries.counted_alone(community, today)
    return [_prospect(area, today, own.facts, own.population, sign) for area, sign in sides]


def of_populations(changes: Iterable[PopulationChange], today: date) -> list[YearProspects]:
    """Return what the shares of registered volunteers become in the city and in each district that is touched.

    Of the present year as of today, of one that is over as of its last day.
    """
    by_year: defaultdict[int, list[PopulationChange]] = defaultdict(list)
    for change in changes:
        by_year[change.row.year].append(change)
    return [_of_year(year, by_year[year], today) for year in sorted(by_year)]


@dataclass(frozen=True, slots=True)
class ChoiceProspects:
    """What becomes of verdicts when an area is measured by another series: figures of a day, editions of another.

    `untouched` counts the areas asked for that keep their edition.
    """

    as_of: date
    since: date
    prospects: Sequence[Prospect]
    untouched: int

    @property
    def lost(self) -> int:
        """Return how many indicators were met and are not any more."""
        return self._turned(was=True)

    @property
    def won(self) -> int:
        """Return how many indicators were not met and are."""
        return self._turned(was=False)

    def _turned(self, *, was: bool) -> int:
        pairs = [(one.before.measurements, one.after.measurements) for one in self.prospects]
        return sum(
            before[code].is_met is was and after[code].is_met is (not was) for before, after in pairs for code in before
        )


def of_choice(area: Area, series: str, since: date, below: Iterable[Area], today: date) -> ChoiceProspects:
    """Return how an area and those `below` that change with it stand by what a series asks, with today's figures.

    By the editions of today, or of the day from which the choice holds where that is later.
    """
    areas, on = [area, *below], max(since, today)
    former = editions_for(areas, on)
    later = editions_with(areas, on, area, series, since)
    changed = [one for one in areas if former[one.id] != later[one.id]]
    found = []
    for one in changed:
        basis = queries.basis_for(today, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=today, area=one)
        now = queries.counted_alone(one, today)
        sides = (queries.measured(one, now, replace(basis, edition=by[one.id])) for by in (former, later))
        found.append(Prospect(*sides))
    return ChoiceProspects(today, since, found, len(areas) - len(changed))


def _of_year(year: int, changes: Sequence[PopulationChange], today: date) -> YearProspects:
    if year > today.year:
        return YearProspects(year, date(year, 1, 1), ())
    as_of = today if year == today.year else date(year, 12, 31)
    tree = tree_on(as_of)
    query = select(Area).where(Area.code.in_([change.row.code for change in changes]))
    communities = {area.code: tree.lineage_of(area) for area in db.session.scalars(query)}
    gained: defaultdict[str, Population] = defaultdict(Population)
    for change in changes:
        step = _difference(change)
        for code in communities[change.row.code].split("/"):
            gained[code] = Population(*map(sum, zip(gained[code], step, strict=True)))
    # One figure is followed up the whole way; of a file the city and its districts are told.
    levels = tuple(AreaLevel) if len(communities) == 1 else _UPPER_LEVELS
    upper = select(Area).where(Area.code.in_(gained), Area.level.in_(levels)).order_by(Area.code)
    areas = db.session.scalars(upper).all()
    return YearProspects(year, as_of, [_prospect(area, as_of, Deltas(), gained[area.code], 1) for area in areas])


def _difference(change: PopulationChange) -> Population:
    parts = zip(_counts(change.row), _counts(change.before), strict=True)
    return Population(*(after - before for after, before in parts))


def _counts(row: PopulationRow | None) -> Population:
    if row is None:
        return Population()
    return Population(0, 1, row.residents, 0) if row.is_built_up else Population(0, 0, 0, 1)


def _prospect(area: Area, as_of: date, facts: Deltas, population: Population, sign: int) -> Prospect:
    basis = queries.basis_for(as_of, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=as_of, area=area)
    now = queries.counted_alone(area, as_of)
    moved = Deltas(*(sign * number for number in facts))
    there = Population(*(one + sign * other for one, other in zip(now.population, population, strict=True)))
    then: Counted = replace(now, facts=add_up([now.facts, moved]), population=there)
    return Prospect(queries.measured(area, now, basis), queries.measured(area, then, basis))


def _above(area: Area) -> Area:
    return db.session.get_one(Area, area.parent_id)
