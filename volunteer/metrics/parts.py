"""The figures once more, in parts: by organization and theme of the service, by age and first year of the volunteer.

Kept by month and year alone, and above the communities alone: read as of a month's end. What a community's parts are
is counted from the few people in it whenever somebody asks, by the same steps.

A part of organizations or themes holds what the volunteer served there: minutes add up to the area's, people do not,
since who serves two is active in both. A part of ages or first years holds whole volunteers, and everything adds up.
The age is that of the year: the year of the day less the year of birth (our decision), so that it is kept by year of
birth and nobody changes the part in which they are kept.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from volunteer.areas.standing import Stay
from volunteer.kernel.periods import month_start, year_start
from volunteer.kernel.text import N_
from volunteer.metrics.facts import Deltas, Grain, Lineage, Service, Spell, Tally, unpack

_NEVER = date.max.toordinal()


class Dimension(StrEnum):
    """By what the figures are split, as addresses and rows call it."""

    ORGANIZATION = "organization"
    THEME = "theme"
    AGE = "age"
    COHORT = "cohort"

    @property
    def label(self) -> str:
        """Return what the pages call it, a Chinese msgid."""
        return _LABELS[self]

    @property
    def heading(self) -> str:
        """Return what stands above its column, a Chinese msgid."""
        return _HEADINGS[self]

    @property
    def holds_people(self) -> bool:
        """Return whether each volunteer is in one part alone, so that people add up as well."""
        return self in (Dimension.AGE, Dimension.COHORT)


_LABELS = {
    Dimension.ORGANIZATION: N_("按组织"),
    Dimension.THEME: N_("按主题"),
    Dimension.AGE: N_("按年龄"),
    Dimension.COHORT: N_("新注册"),
}
_HEADINGS = {
    Dimension.ORGANIZATION: N_("组织"),
    Dimension.THEME: N_("服务主题"),
    Dimension.AGE: N_("年龄"),
    Dimension.COHORT: N_("首次注册"),
}


class PartKey(NamedTuple):
    """One part: an organization by its number, a theme by its code, a year of birth, a year of first registration."""

    dimension: Dimension
    key: str


class Served(NamedTuple):
    """The service of one entry, and for whom and what it was."""

    service: Service
    organization: str
    theme: str


class Person(NamedTuple):
    """All of one volunteer that the parts are made of."""

    birth_year: int
    spells: Sequence[Spell]
    served: Sequence[Served]


Stored = tuple[int, PartKey, Grain, date, Deltas]  # area, part, grain (month or year), its first day, what changes
_Months = defaultdict[int, int]  # the first day of a month, as an ordinal → the packed sum of its steps


class _Branch(NamedTuple):
    """Communities that stood below the same areas at the same times; `is_own` is whatever the caller tells apart."""

    above: tuple[Stay, ...]
    is_own: bool


class PartTally:
    """The parts of many volunteers, summed, for the areas above the communities."""

    def __init__(self, lineage: Lineage, own: Container[int] | None = None) -> None:
        self._branches = {
            area_id: _Branch(tuple(stay for stay in of if stay.area_id != area_id), own is None or area_id in own)
            for area_id, of in lineage.items()
        }
        self._sums: defaultdict[tuple[_Branch, PartKey], _Months] = defaultdict(lambda: defaultdict(int))

    def add(self, person: Person, sign: int = 1, first_year: int | None = None) -> None:
        """Add one volunteer, or take them away (`sign` -1).

        `first_year` of registration is that of the spells given, unless they are not all there are.
        """
        if not person.spells:
            return
        for part, steps in _parts_of(person, first_year):
            for area_id, of_area in steps.items():
                sums = self._sums[self._branches[area_id], part]
                for day, packed in of_area.items():
                    sums[_month(day)] += sign * packed

    def facts(self, upper_ids: Container[int] | None = None, *, only_own: bool = False) -> Iterator[Stored]:
        """Yield what is to be stored of those areas, or of all above the communities; nothing that has cancelled."""
        sums: defaultdict[tuple[int, PartKey], _Months] = defaultdict(lambda: defaultdict(int))
        for (branch, part), months in self._sums.items():
            if branch.is_own or not only_own:
                for stay in branch.above:
                    if upper_ids is None or stay.area_id in upper_ids:
                        _count_during(stay, months, sums[stay.area_id, part])
        for (area_id, part), months in sorted(sums.items()):
            for (grain, first_on), packed in sorted(_by_grain(months).items()):
                if packed:
                    yield area_id, part, grain, first_on, unpack(packed)


def parts_at(people: Iterable[tuple[Person, int]], on: date, area_id: int) -> dict[PartKey, Deltas]:
    """Return the parts of one community as of any day, from everyone who was ever registered there.

    Each with the year in which they first registered anywhere.
    """
    day = on.toordinal()
    sums: defaultdict[PartKey, int] = defaultdict(int)
    for person, first_year in people:
        for part, steps in _parts_of(person, first_year):
            sums[part] += sum(packed for step, packed in steps.get(area_id, {}).items() if step <= day)
    return {part: unpack(packed) for part, packed in sums.items() if packed}


def _parts_of(
    person: Person, first_year: int | None = None
) -> Iterator[tuple[PartKey, Mapping[int, Mapping[int, int]]]]:
    if not person.spells:
        return
    whole = Tally()
    whole.add(person.spells, [one.service for one in person.served])
    year = first_year or min(spell.since for spell in person.spells).year
    yield PartKey(Dimension.COHORT, str(year)), whole.packed
    yield PartKey(Dimension.AGE, str(person.birth_year)), whole.packed
    groups: defaultdict[PartKey, list[Service]] = defaultdict(list)
    for service, organization, theme in person.served:
        groups[PartKey(Dimension.ORGANIZATION, organization)].append(service)
        groups[PartKey(Dimension.THEME, theme)].append(service)
    for part, services in groups.items():
        tally = Tally(counts_people=False)
        tally.add(person.spells, services)
        yield part, tally.packed


def _count_during(stay: Stay, months: Mapping[int, int], sums: _Months) -> None:
    """Add what an area counts during a stay; whole months are exact, for parts are read at a month's end."""
    since = _month(stay.since.toordinal()) if stay.since else 0
    until = _month(stay.until.toordinal()) if stay.until else _NEVER
    for month, packed in months.items():
        if month < until:
            sums[max(month, since)] += packed
            if until != _NEVER:
                sums[until] -= packed


def _by_grain(months: Mapping[int, int]) -> dict[tuple[Grain, date], int]:
    sums: defaultdict[tuple[Grain, date], int] = defaultdict(int)
    for month, packed in months.items():
        first_on = date.fromordinal(month)
        sums[Grain.MONTH, first_on] += packed
        sums[Grain.YEAR, year_start(first_on)] += packed
    return sums


@lru_cache(maxsize=8192)
def _month(day: int) -> int:
    return month_start(date.fromordinal(day)).toordinal()


class AgeBand(NamedTuple):
    """Ages from `first` to `last`, both inside; the last band is open."""

    first: int
    last: int | None


AGE_BANDS = (AgeBand(0, 13), AgeBand(14, 17), AgeBand(18, 39), AgeBand(40, 59), AgeBand(60, 69), AgeBand(70, None))


def band_of(birth_year: int, on: date) -> AgeBand:
    """Return the band of who was born in that year, as of a day."""
    age = max(0, on.year - birth_year)
    return next(band for band in AGE_BANDS if band.last is None or age <= band.last)
