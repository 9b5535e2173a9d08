"""Verdicts, what is missing in persons and activities, and what more activities would do."""

from datetime import date
from fractions import Fraction

import pytest

from volunteer.forecasts.courses import Standing
from volunteer.forecasts.rules import Expected, Forecast, Verdict, WhatIf, forecast, what_if
from volunteer.kernel.errors import Invalid
from volunteer.metrics.rules import Figures, IndicatorCode

REGISTERED, ACTIVE, HOURS = (
    IndicatorCode.REGISTERED_SHARE,
    IndicatorCode.ACTIVE_SHARE,
    IndicatorCode.HOURS_PER_HEAD,
)
NOVEMBER = date(2026, 11, 22)
THRESHOLDS = {REGISTERED: Fraction(1, 10), ACTIVE: Fraction(7, 10), HOURS: Fraction(25)}
END = Standing(95, 60, 130_000)


def expected(end: Standing = END) -> Expected:
    now = Standing(90, 50, 120_000)
    return Expected(now, end, Figures(population=1_000, registered=now.registered))


def told(code: IndicatorCode, low: float, high: float, one: Expected | None = None) -> Forecast:
    return forecast(code, one or expected(), (low, high), THRESHOLDS[code], as_of=NOVEMBER)


@pytest.mark.parametrize(
    ("code", "low", "high", "verdict", "words"),
    [
        (REGISTERED, 0.093, 0.097, Verdict.WILL_MISS, "预计差 5 人"),
        (REGISTERED, 0.093, 0.101, Verdict.OPEN, "看不准"),
        (ACTIVE, 0.6, 0.69, Verdict.WILL_MISS, "预计差 7 人"),
        (HOURS, 22, 24, Verdict.WILL_MISS, "预计人均差 2.20 小时"),
        (HOURS, 22, 25, Verdict.OPEN, "看不准"),
    ],
)
def test_a_verdict_is_given_only_where_the_whole_range_agrees(
    code: IndicatorCode, low: float, high: float, verdict: Verdict, words: str
) -> None:
    one = told(code, low, high)
    assert one.verdict is verdict
    assert str(one.verdict_words) == words


def test_a_range_at_the_threshold_meets_it() -> None:
    one = told(ACTIVE, 0.70, 0.9, expected(end=Standing(100, 80, 130_000)))
    assert one.verdict is Verdict.WILL_MEET
    assert str(one.verdict_words) == "预计达标"


def test_what_happened_already_is_the_least_and_all_the_most() -> None:
    one = told(ACTIVE, 0.1, 1.7)
    assert (one.low, one.high) == (Fraction(50, 95), Fraction(1))
    hours = told(HOURS, 3, 40)
    assert hours.low == Fraction(120_000, 60 * 95)


def test_the_range_always_holds_the_expected_value() -> None:
    one = told(ACTIVE, 0.66, 0.68)
    assert one.low is not None
    assert one.high is not None
    assert one.low <= Fraction(60, 95) <= one.high


def test_without_residents_there_is_no_forecast_and_the_page_says_why() -> None:
    one = forecast(REGISTERED, Expected(Standing(90), Standing(95), Figures()), (0, 1), Fraction(1, 10), as_of=NOVEMBER)
    assert one.verdict is Verdict.NONE
    assert str(one.verdict_words) == "还没有建成区常住人口数据"


def test_two_more_saturdays_of_thirty_people_add_their_hours_and_some_of_the_new() -> None:
    changed = WhatIf(2, 30, Fraction(3), 20).applied(expected(), 39).end
    # 12 new people; of the 45 who have not served 35 are expected never to: 12 × 35 / 45 = 9.
    assert changed == Standing(95, 60 + 9, 130_000 + 2 * 30 * 180)


def test_no_more_come_than_are_registered_nor_more_hours_than_days_hold() -> None:
    crowd = WhatIf(1, 10_000, Fraction(2), 0)
    assert crowd.applied(expected(), 39).end.minutes == 130_000 + 95 * 120
    assert [str(one) for one in crowd.limits(expected(), 39)] == ["到时候预计注册 95 人，每场最多按这么多人算"]
    endless = WhatIf(1_000, 95, Fraction(8), 0)
    assert endless.applied(expected(), 39).end.minutes == 130_000 + 95 * 39 * 480
    assert "剩下 39 天排不下" in str(endless.limits(expected(), 39)[0])
    assert WhatIf(2, 30, Fraction(3), 20).limits(expected(), 39) == []


def test_more_new_people_than_there_are_idle_ones_cannot_come() -> None:
    changed = WhatIf(100, 50, Fraction(1), 100).applied(expected(), 39).end
    assert changed.active == changed.registered == 95


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ((0, 30, Fraction(2), 20), "activities"),
        ((1_001, 30, Fraction(2), 20), "activities"),
        ((2, 0, Fraction(2), 20), "people"),
        ((2, 30, Fraction(0), 20), "hours"),
        ((2, 30, Fraction(9), 20), "hours"),
        ((2, 30, Fraction(2), 101), "new_percent"),
    ],
)
def test_a_senseless_try_is_refused_on_its_field(given: tuple[int, int, Fraction, int], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        what_if(*given)
    assert refused.value.field == field
