"""Parts against the figures that they are parts of, at months' ends, for people who move below areas that move."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from volunteer.areas.standing import Stay
from volunteer.kernel.periods import month_end
from volunteer.metrics.facts import Deltas, Grain, Service, Spell, at, contributions, fold
from volunteer.metrics.parts import AGE_BANDS, Dimension, PartKey, PartTally, Person, Served, band_of, parts_at

FIRST = date(2023, 1, 1)
CITY, OLD, NEW = 100, 101, 102
MOVED_ON = date(2024, 5, 17)
# Community 1 came from one street to the other in the middle of a month; 2 and 3 stayed.
LINEAGE = {
    1: [Stay(1), Stay(OLD, None, MOVED_ON), Stay(CITY), Stay(NEW, MOVED_ON)],
    2: [Stay(2), Stay(OLD), Stay(CITY)],
    3: [Stay(3), Stay(NEW), Stay(CITY)],
}
days = st.integers(0, 1200).map(lambda count: FIRST + timedelta(days=count))
month_ends = days.map(month_end)


@st.composite
def people(draw: st.DrawFn) -> Person:
    """Return somebody with up to three registrations and some service for two organizations."""
    turns = sorted(draw(st.lists(days, min_size=2, max_size=4, unique=True)))
    ends = [*turns[1:-1], draw(st.sampled_from((turns[-1], None)))]
    spells = [
        Spell(draw(st.sampled_from((1, 2, 3))), since, until) for since, until in zip(turns[:-1], ends, strict=True)
    ]
    served = st.builds(
        Served,
        st.builds(Service, days, st.integers(0, 300), st.booleans()),
        st.sampled_from(("7", "8")),
        st.sampled_from(("elders", "traffic")),
    )
    return Person(draw(st.integers(1930, 2015)), spells, draw(st.lists(served, max_size=6)))


def stored_at(tally: PartTally, on: date) -> dict[tuple[int, PartKey], Deltas]:
    """Return what the stored rows of months and years sum up to at a month's end."""
    sums: defaultdict[tuple[int, PartKey], list[Deltas]] = defaultdict(list)
    for area_id, part, grain, first_on, deltas in tally.facts():
        ends_before = first_on.year < on.year if grain is Grain.YEAR else first_on.year == on.year and first_on <= on
        if ends_before:
            sums[area_id, part].append(deltas)
    found = {key: Deltas(*map(sum, zip(*many, strict=True))) for key, many in sums.items()}
    return {key: deltas for key, deltas in found.items() if any(deltas)}


def figures_at(person: Person, services: list[Service], on: date) -> dict[int, Deltas]:
    """Return what the machinery of the figures says of some of a person's service."""
    facts = fold(contributions(person.spells, services), LINEAGE)
    sums: defaultdict[int, list[Deltas]] = defaultdict(list)
    for (area_id, grain, day), deltas in facts.items():
        if grain is Grain.DAY and day <= on and area_id in (CITY, OLD, NEW):
            sums[area_id].append(deltas)
    return {area_id: Deltas(*map(sum, zip(*many, strict=True))) for area_id, many in sums.items()}


@settings(deadline=None)
@given(people(), month_ends)
def test_a_part_is_the_figure_of_the_service_that_belongs_to_it(person: Person, on: date) -> None:
    tally = PartTally(LINEAGE)
    tally.add(person)
    expected: dict[tuple[int, PartKey], Deltas] = {}
    for key in ("7", "8"):
        services = [one.service for one in person.served if one.organization == key]
        for area_id, deltas in figures_at(person, services, on).items():
            expected[area_id, PartKey(Dimension.ORGANIZATION, key)] = deltas._replace(registered=0)
    for area_id, deltas in figures_at(person, [one.service for one in person.served], on).items():
        expected[area_id, PartKey(Dimension.AGE, str(person.birth_year))] = deltas
        expected[area_id, PartKey(Dimension.COHORT, str(person.spells[0].since.year))] = deltas
    found = {key: deltas for key, deltas in stored_at(tally, on).items() if key[1].dimension is not Dimension.THEME}
    assert found == {key: deltas for key, deltas in expected.items() if any(deltas)}


@settings(deadline=None)
@given(st.lists(people(), max_size=4), month_ends)
def test_minutes_of_organizations_and_themes_and_everything_of_ages_add_up(many: list[Person], on: date) -> None:
    tally = PartTally(LINEAGE)
    for person in many:
        tally.add(person)
    found = stored_at(tally, on)
    for area_id in (CITY, OLD, NEW):
        of = {
            dimension: [
                deltas for (area, part), deltas in found.items() if (area, part.dimension) == (area_id, dimension)
            ]
            for dimension in Dimension
        }
        sums = {dimension: Deltas(*map(sum, zip(Deltas(), *rows, strict=True))) for dimension, rows in of.items()}
        assert sums[Dimension.AGE] == sums[Dimension.COHORT]
        assert sums[Dimension.ORGANIZATION][5:] == sums[Dimension.THEME][5:] == sums[Dimension.AGE][5:]


@settings(deadline=None)
@given(st.lists(people(), max_size=3), days)
def test_a_communitys_parts_are_exact_on_any_day(many: list[Person], on: date) -> None:
    found = parts_at([(one, 2023) for one in many], on, 2)
    whole = [
        at(contributions(one.spells, [two.service for two in one.served]), on, {2}) if one.spells else Deltas()
        for one in many
    ]
    ages = [deltas for part, deltas in found.items() if part.dimension is Dimension.AGE]
    assert Deltas(*map(sum, zip(Deltas(), *ages, strict=True))) == Deltas(*map(sum, zip(Deltas(), *whole, strict=True)))


@given(people())
def test_who_is_taken_away_again_leaves_nothing(person: Person) -> None:
    tally = PartTally(LINEAGE)
    tally.add(person)
    tally.add(person, sign=-1)
    assert list(tally.facts()) == []


@pytest.mark.parametrize(
    ("birth_year", "first"), [(2026, 0), (2030, 0), (2013, 0), (2012, 14), (2008, 18), (1966, 60), (1900, 70)]
)
def test_the_age_is_that_of_the_year(birth_year: int, first: int) -> None:
    assert band_of(birth_year, date(2026, 1, 1)).first == first
    assert [band.last for band in AGE_BANDS[:-1]] == [band.first - 1 for band in AGE_BANDS[1:]]
