"""Twelve months that go on: what drops out of them is known, what comes is expected, and nothing to come is read."""

import random
from dataclasses import replace

from tests.unit.forecasts.towns import FIRST, even, rough, town
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.courses import MONTHS, Origin, Record, Standing
from volunteer.forecasts.forest import Ahead, Node, habits, standings
from volunteer.forecasts.rolling import look_round, run_rolling
from volunteer.forecasts.rules import CODES
from volunteer.metrics.rules import IndicatorCode

OCTOBER = Origin(2025 * MONTHS + 9)


def twelve_of(nodes: list[Node]) -> dict[int, Record]:
    """Return the last twelve months' minutes at each month's end; half of the registered served within them."""
    found = {}
    for node in nodes:
        record, ends = node.record, []
        for month in range(FIRST, FIRST + len(record.ends)):
            before = record.at(month // MONTHS * MONTHS - 1).minutes - record.at(month - MONTHS).minutes
            end = record.at(month)
            ends.append(Standing(end.registered, end.registered // 2, end.minutes + max(0, before)))
        found[node.id] = Record(FIRST, ends)
    return found


def ahead(nodes: list[Node], last: int) -> dict[int, Ahead]:
    twelve = {area_id: record.at(OCTOBER.month) for area_id, record in twelve_of(nodes).items()}
    learned = habits(nodes, OCTOBER.year)
    assert learned is not None
    return look_round(nodes, twelve, learned, OCTOBER, standings(nodes, OCTOBER.month), last)


def test_where_every_month_is_alike_the_twelve_months_stay_as_they_are() -> None:
    end = ahead(town(even), OCTOBER.month + 5)[100].end
    assert end == Standing(100, 50, 72_000)


def test_upper_areas_are_the_sums_of_their_communities() -> None:
    found = ahead(town(rough()), OCTOBER.month + 5)
    for month in range(6):
        parts = [found[100 + number].course[month] for number in range(4)]
        assert found[1].course[month] == Standing(*map(sum, zip(*parts, strict=True)))


def test_nothing_that_comes_later_is_read() -> None:
    dice, nodes = random.Random(2), town(rough())
    known = OCTOBER.month - FIRST + 1

    def disturbed(node: Node) -> Node:
        more = [Standing(dice.randint(1, 999), 1, dice.randint(1, 999_999)) for _ in node.record.ends[known:]]
        return Node(
            node.id, node.parent_id, node.level, Record(FIRST, [*node.record.ends[:known], *more]), node.residents
        )

    assert ahead([disturbed(node) for node in nodes], OCTOBER.month + 5) == ahead(nodes, OCTOBER.month + 5)


def test_each_trial_looks_as_far_and_ends_in_a_year_that_is_over() -> None:
    nodes = town(rough())
    trials = run_rolling(nodes, twelve_of(nodes), (2023, 2024, 2025), 3)
    assert {one.months_left for _, one in trials} == {3}
    # Of 2025 the last three months' ends look into a year that is not over; 2023 has no year before it.
    assert len(trials) == (12 + 9) * 7 * len(CODES)
    assert {ended for ended, _ in trials} == {2024, 2025}
    assert {one.level for _, one in trials} == {AreaLevel.CITY, AreaLevel.STREET, AreaLevel.COMMUNITY}


def test_a_trial_divides_by_the_residents_of_the_day_it_stands_on_and_what_came_by_those_of_its_end() -> None:
    def grown(nodes: list[Node]) -> list[Node]:
        return [replace(one, residents={**one.residents, 2025: 2 * one.residents[2025]}) for one in nodes]

    alike, other = (
        [
            one
            for ended, one in run_rolling(nodes, twelve_of(nodes), (2023, 2024, 2025), 3)
            if one.code is IndicatorCode.REGISTERED_SHARE and one.year == 2024 and ended == 2025
        ]
        for nodes in (town(rough()), grown(town(rough())))
    )
    assert alike
    for before, after in zip(alike, other, strict=True):
        assert (after.ours, after.line) == (before.ours, before.line)
        assert after.came == before.came / 2
