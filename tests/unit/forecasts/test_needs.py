"""What is missing: to reach the standard, to be sure of it, by the week, and whether it can be had at all."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from tests.unit.forecasts.test_rules import ACTIVE, HOURS, NOVEMBER, REGISTERED, expected, told
from volunteer.forecasts.courses import Standing
from volunteer.forecasts.needs import Aim, Best, Need, Pace, best_of, needs
from volunteer.forecasts.rules import forecast
from volunteer.metrics.rules import IndicatorCode

PACE = Pace(Fraction(150), Fraction(8))
MET = Standing(95, 60, 150_000)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (REGISTERED, Need(REGISTERED, Aim.EXPECTED, persons=5, weeks=6)),
        # 7 of 10 of 95 are 66.5: 67 persons, 7 more; 1 activity of 8.
        (ACTIVE, Need(ACTIVE, Aim.EXPECTED, persons=7, weeks=6, activities=1)),
        # 25 h of 95 persons are 142,500 min: 12,500 more, 84 times 150 min, 11 activities of 8.
        (HOURS, Need(HOURS, Aim.EXPECTED, persons=84, weeks=6, activities=11)),
    ],
)
def test_what_is_missing_is_told_in_persons_and_activities_rounded_up(code: IndicatorCode, found: Need) -> None:
    assert needs(told(code, 0, 1 if code is not HOURS else 30), expected(), PACE)[0] == found


def test_where_one_cannot_be_sure_it_is_told_what_reaches_the_standard_and_what_makes_it_sure() -> None:
    first, second = needs(told(HOURS, 22, 27), expected(), PACE)
    # The lower end lacks 3 h a head of 95: 17,100 min, 114 times 150.
    assert [(one.aim, one.persons, one.activities) for one in (first, second)] == [
        (Aim.EXPECTED, 84, 11),
        (Aim.SURE, 114, 15),
    ]
    assert str(first.words) == "还需 6 周共 84 人次，约每周 14 人次，约 11 场活动"
    assert str(second.words) == "要有把握，还需 6 周共 114 人次，约每周 19 人次，约 15 场活动"


def test_where_the_expected_value_meets_the_standard_it_is_still_told_what_makes_it_sure() -> None:
    one = expected(end=MET)
    (only,) = needs(told(HOURS, 24, 28, one), one, PACE)
    assert (only.aim, only.persons) == (Aim.SURE, 38)
    assert needs(told(HOURS, 25, 28, one), one, PACE) == []


def test_what_makes_it_sure_takes_the_lower_end_there_and_one_less_does_not() -> None:
    one = told(HOURS, 22, 27)
    sure = needs(one, expected(), PACE)[1]
    for persons, is_sure in ((sure.persons, True), (sure.persons - 1, False)):
        by = Fraction(persons * 150, 60 * 95)
        assert (one.low is not None and one.low + by >= 25) is is_sure


@pytest.mark.parametrize(
    ("persons", "weeks", "words"),
    [
        (1, 6, "还需 6 周共新注册 1 人"),
        (2, 6, "还需 6 周共新注册 2 人，约 3 周 1 人"),
        (3, 6, "还需 6 周共新注册 3 人，约两周 1 人"),
        (4, 6, "还需 6 周共新注册 4 人，约每周 1 人"),
        (7, 6, "还需 6 周共新注册 7 人，约每周 1 人"),
        (13, 6, "还需 6 周共新注册 13 人，约每周 2 人"),
        (1_234, 6, "还需 6 周共新注册 1,234 人，约每周 206 人"),
        (3, 1, "还需 1 周内新注册 3 人"),
    ],
)
def test_the_rhythm_is_the_nearest_to_the_sum(persons: int, weeks: int, words: str) -> None:
    assert str(Need(REGISTERED, Aim.EXPECTED, persons, weeks).words) == words


def test_nothing_is_told_without_a_pace_or_a_day_that_is_left() -> None:
    assert needs(told(HOURS, 0, 30), expected(), None) == []
    last_day = forecast(HOURS, expected(), (0, 30), Fraction(25), as_of=date(2026, 12, 31))
    assert needs(last_day, expected(), PACE) == []


def test_more_than_ever_came_in_as_many_days_is_hardly_within_reach() -> None:
    def doubt(most: Standing) -> str | None:
        found = needs(told(HOURS, 0, 30), expected(), PACE, Best(most, [date(2026, 4, 8)] * 3))[0].doubt
        return str(found) if found else None

    # 12,500 min are missing and 10,000 expected: 22,500.
    assert doubt(Standing(0, 0, 22_500)) is None
    assert doubt(Standing(0, 0, 22_499)) == (
        "很难够到：连同预计的，39 天要 375 小时；近一年最多的 39 天是 374 小时（2026 年 3 月 1 日至 4 月 8 日）"
    )


def test_nobody_comes_for_the_first_time_who_is_not_there() -> None:
    crowded = expected(end=Standing(95, 60, 130_000))
    found = needs(told(ACTIVE, 0.6, 0.9), crowded, PACE)
    assert [one.doubt for one in found] == [None, None]
    (first, *_) = needs(forecast(ACTIVE, crowded, (0.5, 0.9), Fraction(1001, 1000), as_of=NOVEMBER), crowded, PACE)
    assert str(first.doubt) == "够不着：到时候还没参加过的预计只剩 35 人"


def test_the_best_days_in_a_row_are_those_in_which_most_was_added() -> None:
    start = date(2026, 3, 1)
    steps = {start + timedelta(days=number): Standing(1, number % 2, 60) for number in range(10)}
    steps[date(2026, 6, 1)] = Standing(-3, 9, 0)
    found = best_of(steps, 5, NOVEMBER)
    assert found is not None
    assert found.most == Standing(5, 9, 300)
    assert found.until == [date(2026, 3, 5), date(2026, 6, 1), date(2026, 3, 5)]
    assert best_of({}, 5, NOVEMBER) is None
    assert best_of({date(2024, 1, 1): Standing(9, 9, 9)}, 5, NOVEMBER) == Best(Standing(), [NOVEMBER] * 3)
