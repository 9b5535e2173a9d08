"""The facts against a recount by the plain definitions: who is registered where, who served in the window, how long."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from volunteer.areas.standing import Move, Stay, stays
from volunteer.kernel.periods import WindowKind, window
from volunteer.metrics.facts import (
    Deltas,
    Grain,
    Service,
    Spell,
    Tally,
    Total,
    add_up,
    at,
    contributions,
    difference,
    fold,
    grains,
    prefix_cover,
    shift,
)

AREAS = (1, 2, 3)
LINEAGE = {1: [Stay(1), Stay(10), Stay(100)], 2: [Stay(2), Stay(10), Stay(100)], 3: [Stay(3), Stay(20), Stay(100)]}
FIRST, LAST = date(2022, 6, 1), date(2026, 6, 30)

days = st.one_of(
    st.dates(FIRST, LAST),
    st.sampled_from(
        [
            date(2023, 2, 28),
            date(2024, 2, 28),
            date(2024, 2, 29),
            date(2024, 3, 1),
            date(2023, 12, 31),
            date(2024, 1, 1),
        ]
    ),
)
services = st.builds(Service, days, st.sampled_from([0, 1, 60, 125, 480]), st.booleans())


@st.composite
def spell_lists(draw: st.DrawFn) -> list[Spell]:
    """Registrations in turn: with gaps, moves on the same day, empty ones, and the last one open or not."""
    bounds = sorted(draw(st.lists(days, min_size=0, max_size=6)))
    spells = [
        Spell(draw(st.sampled_from(AREAS)), since, until) for since, until in pairwise(bounds) if draw(st.booleans())
    ]
    if bounds and draw(st.booleans()):
        spells.append(Spell(draw(st.sampled_from(AREAS)), bounds[-1], None))
    return draw(st.permutations(spells))


volunteers = st.tuples(spell_lists(), st.lists(services, max_size=8))
cities = st.lists(volunteers, max_size=4)


def residence(spells: list[Spell], on: date) -> int | None:
    return next((s.area_id for s in spells if s.since <= on and (s.until is None or on < s.until)), None)


def recount(city: list[tuple[list[Spell], list[Service]]], area_ids: tuple[int, ...], on: date) -> Deltas:
    residents = [served for spells, served in city if residence(spells, on) in area_ids]
    numbers = {"registered": len(residents)}
    for name, kind in (("year", WindowKind.CALENDAR_YEAR), ("rolling", WindowKind.ROLLING_YEAR)):
        days_of_window = window(kind, on)
        for total in ("strict", "all"):
            counted = [
                [s.minutes for s in served if s.served_on in days_of_window and (total == "all" or s.is_strict)]
                for served in residents
            ]
            numbers[f"active_{name}_{total}"] = sum(any(minutes) for minutes in counted)
            numbers[f"minutes_{name}_{total}"] = sum(map(sum, counted))
    return Deltas(**numbers)


def steps_of(city: list[tuple[list[Spell], list[Service]]]) -> dict[tuple[int, date], Deltas]:
    tally = Tally()
    for spells, served in city:
        tally.add(spells, served)
    return {(area_id, day): deltas for area_id, day, deltas in tally.steps()}


@given(volunteers, days)
@example(([Spell(1, FIRST, None)], [Service(date(2024, 2, 29), 60, True)]), date(2025, 2, 27))
@example(([Spell(1, FIRST, None)], [Service(date(2024, 2, 29), 60, True)]), date(2025, 2, 28))
@example(([Spell(1, FIRST, None)], [Service(date(2024, 2, 28), 60, True)]), date(2025, 2, 28))
def test_the_steps_of_one_volunteer_up_to_a_day_equal_a_recount_of_that_day(volunteer, on):
    steps = contributions(*volunteer)

    for area_id in AREAS:
        assert at(steps, on, {area_id}) == recount([volunteer], (area_id,), on)
    assert at(steps, on) == recount([volunteer], AREAS, on)


@given(cities, days)
def test_the_steps_of_many_volunteers_add_up_to_a_recount_in_every_area(city, on):
    steps = steps_of(city)

    for area_id in AREAS:
        assert at(steps, on, {area_id}) == recount(city, (area_id,), on)


@given(cities, days)
def test_the_stored_rows_that_cover_a_day_sum_to_a_recount_at_every_level_of_the_city(city, on):
    facts = fold(steps_of(city), LINEAGE)

    for area_id, communities in {1: (1,), 3: (3,), 10: (1, 2), 20: (3,), 100: AREAS}.items():
        assert read(facts, area_id, on) == recount(city, communities, on)


def read(facts: dict[tuple[int, Grain, date], Deltas], area_id: int, on: date) -> Deltas:
    return add_up(
        deltas
        for (area, grain, first_on), deltas in facts.items()
        for stretch in prefix_cover(on)
        if area == area_id and grain is stretch.grain and stretch.first_on <= first_on <= stretch.last_on
    )


# Streets 10 and 11 are of district 1000, street 20 of 2000, all of city 9000.
CHAINS = {10: (10, 1000, 9000), 11: (11, 1000, 9000), 20: (20, 2000, 9000)}


@st.composite
def moved_trees(draw: st.DrawFn) -> list[Move]:
    """Moves of the communities 1 and 2, each from where the one before has put it."""
    moves, stands = [], {1: 10, 2: 20}
    for day in sorted(draw(st.sets(days, max_size=4))):
        area_id = draw(st.sampled_from((1, 2)))
        to_parent = draw(st.sampled_from([street for street in CHAINS if street != stands[area_id]]))
        moves.append(Move(area_id, stands[area_id], to_parent, day))
        stands[area_id] = to_parent
    return moves


def dated(moves: list[Move]) -> dict[int, list[Stay]]:
    stands = {1: 10, 2: 20, 3: 11} | {move.area_id: move.to_parent_id for move in moves}
    return {
        one: stays(one, stands[one], [move for move in reversed(moves) if move.area_id == one], CHAINS) for one in AREAS
    }


@given(cities, moved_trees(), days)
def test_figures_of_every_level_are_those_of_the_tree_of_the_day(city, moves, on):
    facts = fold(steps_of(city), dated(moves))
    stood = {1: 10, 2: 20, 3: 11} | {move.area_id: move.to_parent_id for move in moves if move.effective_on <= on}

    for upper in (10, 11, 20, 1000, 2000, 9000):
        below = tuple(one for one in AREAS if upper in CHAINS[stood[one]])
        assert read(facts, upper, on) == recount(city, below, on)
    for one in AREAS:
        assert read(facts, one, on) == recount(city, (one,), on)


@given(cities, moved_trees())
def test_a_community_takes_its_figures_along_when_it_moves(city, moves):
    steps, last = steps_of(city), moves[-1].area_id if moves else 1
    before, after = dated(moves[:-1]), dated(moves)
    of_last = {key: deltas for key, deltas in steps.items() if key[0] == last}

    moved = shift(of_last, {last: before[last]}, {last: after[last]})

    rows = [*fold(steps, before).items(), *moved.items()]
    sums = {key: add_up(deltas for found, deltas in rows if found == key) for key, _ in rows}
    assert {key: deltas for key, deltas in sums.items() if any(deltas)} == fold(steps, after)
    assert not {area_id for area_id, _, _ in moved} & {last, 9000}


def test_time_below_a_district_is_one_stay_whatever_street_it_was():
    moves = [Move(1, 10, 11, date(2024, 5, 1)), Move(1, 11, 20, date(2025, 3, 1)), Move(1, 20, 10, date(2026, 1, 1))]

    found = stays(1, 10, moves, CHAINS)
    assert found[0] == Stay(1)
    assert set(found[1:]) == {
        Stay(10, None, date(2024, 5, 1)),
        Stay(11, date(2024, 5, 1), date(2025, 3, 1)),
        Stay(1000, None, date(2025, 3, 1)),
        Stay(20, date(2025, 3, 1), date(2026, 1, 1)),
        Stay(2000, date(2025, 3, 1), date(2026, 1, 1)),
        Stay(9000),
        Stay(10, date(2026, 1, 1)),
        Stay(1000, date(2026, 1, 1)),
    }
    assert len(found) == 9


@given(cities)
def test_a_rebuild_stores_what_the_steps_fold_into_and_no_row_of_nothing(city):
    tally = Tally()
    for spells, served in city:
        tally.add(spells, served)

    facts = list(tally.facts(LINEAGE))
    stored = {(area_id, grain, first_on): deltas for area_id, grain, first_on, deltas in facts}

    assert stored == fold(steps_of(city), LINEAGE)
    assert len(stored) == len(facts)
    assert all(any(deltas) for deltas in stored.values())


@given(volunteers, volunteers)
def test_a_difference_turns_the_old_steps_into_the_new(before, after):
    old, new = contributions(*before), contributions(*after)
    tally = Tally()
    for steps in (old, difference(new, old)):
        for (area_id, day), deltas in steps.items():
            tally.add_step(area_id, day, deltas)

    assert {(area_id, day): deltas for area_id, day, deltas in tally.steps()} == new
    assert difference(new, new) == {}


@given(volunteers, st.randoms())
def test_the_order_in_which_rows_are_read_changes_nothing(volunteer, chance):
    spells, served = (chance.sample(rows, len(rows)) for rows in volunteer)

    assert contributions(spells, served) == contributions(*volunteer)


@given(days)
def test_every_step_up_to_a_day_is_read_once_and_none_after_it(on):
    cover = prefix_cover(on)
    nearby = (on + timedelta(days=offset) for offset in range(-430, 430))

    for day in nearby:
        times_read = sum(
            grain is stretch.grain and stretch.first_on <= first_on <= stretch.last_on
            for grain, first_on in grains(day)
            for stretch in cover
        )
        assert times_read == (day <= on), day


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 1, 31), date(2026, 12, 31)])
def test_a_day_is_read_from_few_rows(on):
    rows = {row for offset in range(1461) for row in grains(on - timedelta(days=offset))}

    read = [
        row
        for row in rows
        for stretch in prefix_cover(on)
        if row[0] is stretch.grain and stretch.first_on <= row[1] <= stretch.last_on
    ]

    assert len(read) <= 4 + 11 + 31


def test_a_volunteer_who_moves_takes_the_service_of_the_year_along():
    moved_on = date(2024, 7, 1)
    steps = contributions(
        [Spell(1, date(2024, 1, 10), moved_on), Spell(2, moved_on, None)], [Service(date(2024, 3, 5), 90, True)]
    )

    day_before, same_day = moved_on - timedelta(days=1), moved_on
    assert at(steps, day_before, {1}).minutes_year_all == 90
    assert at(steps, same_day, {1}) == Deltas()
    assert at(steps, same_day, {2}) == Deltas(1, 1, 1, 1, 1, 90, 90, 90, 90)


@pytest.mark.parametrize(
    ("again_on", "active"), [(date(2025, 1, 9), 1), (date(2025, 1, 10), 1), (date(2025, 1, 11), 0)]
)
def test_a_single_day_without_service_in_the_rolling_year_is_a_day_not_active(again_on, active):
    services = [Service(date(2024, 1, 10), 60, True), Service(again_on, 60, True)]
    steps = contributions([Spell(1, date(2024, 1, 1), None)], services)

    assert at(steps, date(2025, 1, 9)).active_rolling_strict == 1
    assert at(steps, date(2025, 1, 10)).active_rolling_strict == active
    assert at(steps, date(2025, 1, 11)).active_rolling_strict == 1


def test_nobody_counts_while_not_registered():
    left_on = date(2024, 5, 1)
    steps = contributions([Spell(1, date(2024, 2, 1), left_on)], [Service(date(2024, 1, 20), 60, True)])

    assert at(steps, date(2024, 1, 31)) == Deltas()
    assert at(steps, date(2024, 2, 1)).active_year_all == 1
    assert at(steps, left_on) == Deltas()


def test_a_credit_reversed_in_full_is_as_if_it_had_never_been():
    spells = [Spell(1, date(2024, 1, 1), None)]

    assert contributions(spells, [Service(date(2024, 3, 5), 0, True)]) == contributions(spells, [])


def test_manual_service_counts_in_the_inclusive_total_only():
    steps = contributions([Spell(1, date(2024, 1, 1), None)], [Service(date(2024, 3, 5), 30, False)])

    found = at(steps, date(2024, 3, 5))
    assert (found.active_year_strict, found.active_year_all) == (0, 1)
    assert (found.minutes_rolling_strict, found.minutes_rolling_all) == (0, 30)


def test_each_window_and_total_reads_its_own_figure():
    numbers = Deltas(*range(9))

    assert numbers.active(WindowKind.CALENDAR_YEAR, Total.STRICT) == numbers.active_year_strict
    assert numbers.active(WindowKind.CALENDAR_YEAR, Total.INCLUSIVE) == numbers.active_year_all
    assert numbers.active(WindowKind.ROLLING_YEAR, Total.STRICT) == numbers.active_rolling_strict
    assert numbers.active(WindowKind.MATERIAL, Total.INCLUSIVE) == numbers.active_rolling_all
    assert numbers.minutes(WindowKind.CALENDAR_YEAR, Total.STRICT) == numbers.minutes_year_strict
    assert numbers.minutes(WindowKind.CALENDAR_YEAR, Total.INCLUSIVE) == numbers.minutes_year_all
    assert numbers.minutes(WindowKind.ROLLING_YEAR, Total.STRICT) == numbers.minutes_rolling_strict
    assert numbers.minutes(WindowKind.MATERIAL, Total.INCLUSIVE) == numbers.minutes_rolling_all


def test_figures_of_a_large_city_do_not_run_into_each_other():
    tally = Tally()
    large = Deltas(*(sign * 10**15 for sign in (1, -1, 1, -1, 1, -1, 1, -1, -1)))
    tally.add_step(1, FIRST, large)
    tally.add_step(1, FIRST, Deltas(*([-1] * 9)))

    assert [deltas for *_, deltas in tally.steps()] == [Deltas(*(number - 1 for number in large))]


def test_no_rows_add_up_to_nothing():
    assert add_up([]) == Deltas()


@pytest.mark.parametrize(
    "spells",
    [
        [Spell(1, date(2024, 1, 1), None), Spell(2, date(2024, 5, 1), None)],
        [Spell(1, date(2024, 1, 1), date(2024, 5, 2)), Spell(2, date(2024, 5, 1), None)],
        [Spell(1, date(2024, 5, 1), date(2024, 4, 30))],
    ],
)
def test_registrations_that_overlap_or_run_backwards_are_refused(spells):
    with pytest.raises(ValueError, match="overlap or run backwards"):
        contributions(spells, [])


def test_an_entry_that_nets_below_nothing_is_refused():
    with pytest.raises(ValueError, match="nets -30 minutes"):
        contributions([Spell(1, FIRST, None)], [Service(date(2024, 3, 5), -30, True)])
