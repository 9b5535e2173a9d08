"""A course goes on from what is known, adds up, undoes nothing, and never looks ahead."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.forecasts.towns import FIRST, even, rough, seasonal, town
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.backtests import run
from volunteer.forecasts.courses import MONTHS, Origin, Record, Standing
from volunteer.forecasts.forest import Ahead, Node, habits, has_enough, is_young, look_ahead, standings

MAY_2025 = Origin(2025 * MONTHS + 4)


def ahead_from(nodes: list[Node], origin: Origin) -> dict[int, Ahead]:
    learned = habits(nodes, origin.year)
    assert learned is not None
    return look_ahead(nodes, learned, origin, standings(nodes, origin.month))


def later_changed(nodes: list[Node], month: int) -> list[Node]:
    """Return the town with everything after a month made up anew."""
    return [
        replace(
            node,
            record=Record(
                node.record.first,
                [
                    one if node.record.first + place <= month else Standing(7, 5, 9 * place)
                    for place, one in enumerate(node.record.ends)
                ],
            ),
        )
        for node in nodes
    ]


def test_a_year_whose_months_are_all_alike_is_forecast_exactly() -> None:
    nodes = town(even)
    for place in range(MONTHS - 1):
        for area_id, ahead in ahead_from(nodes, Origin(2025 * MONTHS + place)).items():
            communities = {1: 4, 10: 2, 11: 2}.get(area_id, 1)
            assert ahead.end == Standing(100 * communities, 50 * communities, 72_000 * communities)


def test_a_season_that_comes_back_is_found_where_a_straight_line_is_far_off() -> None:
    nodes = town(seasonal)
    for node in nodes:
        came = node.record.at(MAY_2025.last_month).minutes
        expected = ahead_from(nodes, MAY_2025)[node.id].end.minutes
        line = node.record.at(MAY_2025.month).minutes * MONTHS / 5
        assert abs(expected - came) < abs(line - came) / 2


def test_the_parts_add_up_to_the_whole_in_every_month() -> None:
    ahead = ahead_from(town(rough()), MAY_2025)
    for upper, parts in ((1, (10, 11)), (10, (100, 101)), (11, (102, 103))):
        for place, whole in enumerate(ahead[upper].course):
            assert whole == Standing(*map(sum, zip(*(ahead[part].course[place] for part in parts), strict=True)))


def test_what_comes_later_changes_no_forecast() -> None:
    nodes = town(rough())
    assert ahead_from(nodes, MAY_2025) == ahead_from(later_changed(nodes, MAY_2025.month), MAY_2025)


def test_what_came_before_does() -> None:
    nodes = town(rough())
    for month in (MAY_2025.month - 1, 2024 * MONTHS + 6):
        assert ahead_from(nodes, MAY_2025) != ahead_from(later_changed(nodes, month), MAY_2025)


def test_a_trial_of_the_past_knows_nothing_of_the_years_after_it() -> None:
    nodes = town(rough())
    early = [one for one in run(nodes, (2024, 2025)) if one.year == 2024]
    assert early
    assert early == run(later_changed(nodes, 2025 * MONTHS - 1), (2024,))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 22), st.sampled_from((0.1, 0.5, 1.0)))
def test_no_forecast_undoes_what_happened_or_makes_more_active_than_registered(
    seed: int, months: int, passed: float
) -> None:
    nodes = town(rough(seed))
    origin = Origin(2024 * MONTHS + months, passed)
    learned = habits(nodes, origin.year)
    assert learned is not None
    nows = standings(nodes, origin.month)
    for area_id, ahead in look_ahead(nodes, learned, origin, nows).items():
        minutes = [nows[area_id].minutes, *(one.minutes for one in ahead.course)]
        active = [nows[area_id].active, *(one.active for one in ahead.course)]
        assert minutes == sorted(minutes)
        assert active == sorted(active)
        assert all(one.active <= one.registered for one in ahead.course)
        assert len(ahead.course) == origin.last_month - origin.month + 1


def test_without_a_whole_year_of_service_there_is_nothing_to_learn_from() -> None:
    nodes = town(rough())
    assert habits(nodes, 2023) is None
    assert habits(nodes, 2024) is not None
    assert habits([], 2025) is None


@pytest.mark.parametrize(
    ("registered", "months", "enough", "young"),
    [(4, 40, False, False), (5, 40, True, False), (50, 5, False, True), (50, 23, True, True)],
)
def test_few_people_or_months_are_not_enough(registered: int, months: int, enough: bool, young: bool) -> None:
    ends = [Standing()] * (41 - months) + [Standing(registered)] * months
    node = Node(1, None, AreaLevel.COMMUNITY, Record(FIRST, ends), {})
    origin = Origin(FIRST + 40)
    assert has_enough(node, origin, Standing(registered)) is enough
    assert is_young(node, origin) is young


def test_a_community_without_any_minutes_is_expected_to_give_none() -> None:
    def idle(community: int, place: int) -> tuple[int, int, int]:
        return (50, 0, 0) if community == 0 else rough(3)(community, place)

    end = ahead_from(town(idle), MAY_2025)[100].end
    assert end.minutes == 0
    assert end.active <= end.registered == 50
