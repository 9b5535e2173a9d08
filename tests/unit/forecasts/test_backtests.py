"""The back-test tries every month's end, and the ranges made from it hold as often as they say."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from math import isclose

import pytest
from flask import Flask

from tests.unit.forecasts.towns import rough, town
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts import records
from volunteer.forecasts.backtests import Ranges, Trial, ranges_by_year, run, scores, values
from volunteer.forecasts.courses import Standing
from volunteer.forecasts.experience import MOST_KEPT, Experience, Tried, _found, learned_from
from volunteer.forecasts.rules import CODES
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

HOURS, ACTIVE = IndicatorCode.HOURS_PER_HEAD, IndicatorCode.ACTIVE_SHARE


def trial(
    error: float, *, area: int = 1, year: int = 2024, left: int = 6, level: AreaLevel = AreaLevel.COMMUNITY
) -> Trial:
    return Trial(area, level, ACTIVE, year, left, 0.5, 0.4, 0.9, 0.5 + error)


def many(spread: float, level: AreaLevel = AreaLevel.COMMUNITY, count: int = 400) -> list[Trial]:
    dice = random.Random(5)
    return [trial(dice.gauss(0, spread), area=number, level=level) for number in range(count)]


def test_every_month_end_of_every_year_with_one_before_it_is_tried_for_every_area_and_indicator() -> None:
    trials = run(town(rough()), (2023, 2024, 2025))
    assert {one.year for one in trials} == {2024, 2025}
    assert len(trials) == 2 * 11 * 7 * len(CODES)
    assert {one.months_left for one in trials} == set(range(1, 12))


def test_the_forecast_is_near_and_gets_nearer() -> None:
    trials = [one for one in run(town(rough()), (2024, 2025)) if one.code is HOURS]
    for one in scores(trials, ranges_by_year(trials)):
        assert one.is_best
    near, far = (
        [abs(one.ours - one.came) for one in trials if (one.months_left < 4) is is_near] for is_near in (True, False)
    )
    assert sum(near) / len(near) < sum(far) / len(far)


def test_mean_errors_are_those_of_the_three_ways() -> None:
    (score,) = scores([trial(0.1), trial(-0.1)], {2024: Ranges(())})
    assert isclose(score.ours, 0.1)
    assert isclose(score.last_year, (0.2 + 0.0) / 2)
    assert isclose(score.line, (0.3 + 0.5) / 2)
    assert (score.trials, score.tested) == (2, 0)


def test_a_range_of_many_years_holds_eighty_of_a_hundred_and_one_of_a_single_year_more() -> None:
    years = [one._replace(year=2000 + number % 20) for number, one in enumerate(many(0.05))]
    low, high = Ranges(years).around(AreaLevel.COMMUNITY, ACTIVE, 0.5, 6)
    inside = sum(low <= one.came <= high for one in many(0.05))
    assert 0.79 <= inside / 400 <= 0.85
    lower, higher = Ranges(many(0.05)).around(AreaLevel.COMMUNITY, ACTIVE, 0.5, 6)
    assert lower < low
    assert high < higher
    assert low < 0.5 < high


def test_a_range_is_wider_the_longer_the_year_still_is_and_for_short_histories() -> None:
    ranges = Ranges(many(0.05))

    def width(left: float, wider: float = 1) -> float:
        low, high = ranges.around(AreaLevel.COMMUNITY, ACTIVE, 0.5, left, wider=wider)
        return high - low

    assert width(0.2) < width(1) < width(3) < width(6) < width(11)
    assert isclose(width(6, 1.5), 1.5 * width(6))


def test_a_level_tried_on_few_areas_and_years_takes_the_errors_of_the_level_below() -> None:
    alone = [trial(0.001, level=AreaLevel.CITY, left=left) for left in range(1, 12)]
    ranges = Ranges([*alone, *many(0.05)])
    assert ranges.around(AreaLevel.CITY, ACTIVE, 0.5, 6) == ranges.around(AreaLevel.COMMUNITY, ACTIVE, 0.5, 6)


def test_where_nothing_was_tried_anything_is_possible() -> None:
    assert Ranges(()).is_empty
    assert Ranges(()).around(AreaLevel.CITY, ACTIVE, 0.5, 6) == (0, 1)
    assert Ranges(()).around(AreaLevel.CITY, HOURS, 20, 6) == (0, 40)


def test_a_range_is_tested_on_the_years_after_those_it_is_made_from() -> None:
    trials = [*many(0.05), *(one._replace(year=2025) for one in many(0.5))]
    (score,) = scores(trials, ranges_by_year(trials))
    assert score.tested == 400
    assert score.inside < 100


def test_values_are_absent_where_there_is_nothing_to_divide_by() -> None:
    assert values(Standing(0, 0, 0), None) == {}
    assert values(Standing(50, 25, 3_000), 500) == {IndicatorCode.REGISTERED_SHARE: 0.1, ACTIVE: 0.5, HOURS: 1.0}


def test_what_is_kept_of_trials_says_the_same_without_them() -> None:
    trials = run(town(rough()), (2023, 2024, 2025))
    whole, tried = Ranges(trials), Tried(trials, ranges_by_year(trials))
    found = learned_from(tried, range(1, 13))
    assert found.years == [2024, 2025]
    for level in AreaLevel:
        expected = scores([one for one in trials if one.level is level], tried.by_year)
        for one, other in zip(found.by_level.get(level, []), expected, strict=True):
            assert astuple(one)[2:5] == pytest.approx(astuple(other)[2:5])
            assert astuple(one)[:2] + astuple(one)[5:] == astuple(other)[:2] + astuple(other)[5:]
        for code in CODES:
            for left in (0.3, 1, 5.5, 11.3):
                assert found.ranges.around(level, code, 0.5, left) == whole.around(level, code, 0.5, left)
    assert found.by_area[100] == scores([one for one in trials if one.area_id == 100], tried.by_year)


def test_twelve_months_ahead_have_ranges_of_their_own() -> None:
    trials = [one._replace(months_left=12) for one in many(0.05)]
    low, high = Ranges(trials).around(AreaLevel.COMMUNITY, ACTIVE, 0.5, 11.3)
    assert 0.3 < low < high < 0.7


def test_a_process_keeps_so_many_and_makes_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app, made = Flask(__name__), []
    monkeypatch.setattr(records, "history_mark", lambda year, total: (1,))
    empty = learned_from(Tried((), {}), ())

    def ask(number: int) -> None:
        def make() -> Experience:
            made.append(number)
            return empty

        with app.app_context():
            assert _found((number,), 2026, Total.INCLUSIVE, make) is empty

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, [1] * 8))
    assert made == [1]
    for number in range(2, 3 * MOST_KEPT):
        ask(number)
    assert len(app.extensions["forecasts_experience"].kept) == MOST_KEPT
