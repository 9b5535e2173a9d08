"""How a number compares with the one of a year before, as it shows."""

from datetime import date
from fractions import Fraction

import pytest

from volunteer.metrics.comparisons import Compared
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, Measurement, measure
from volunteer.metrics.year_before import same_day

HOURS, SHARE = IndicatorCode.HOURS_PER_HEAD, IndicatorCode.REGISTERED_SHARE
ON = date(2025, 11, 22)


def hours(minutes: int) -> Measurement:
    return measure(INDICATORS[HOURS], Figures(registered=100, minutes=minutes), Fraction(25))


def share(registered: int) -> Measurement:
    return measure(INDICATORS[SHARE], Figures(population=30_000, registered=registered), None)


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (hours(150_000), hours(138_000), "比去年同日多 2.00 小时"),
        (hours(138_000), hours(150_000), "比去年同日少 2.00 小时"),
        (share(3_000), share(2_700), "比去年同日高 1.00 个百分点"),
        (share(2_700), share(3_000), "比去年同日低 1.00 个百分点"),
        (share(3_000), share(3_000), "和去年同日一样"),
        (share(3_000), None, "去年同日没有数据"),
        (share(3_000), share(3_000).hidden(), "去年同日人数太少，不显示"),
    ],
)
def test_it_is_said_with_its_sign_in_words(now: Measurement, then: Measurement | None, words: str) -> None:
    assert str(Compared(now, then, ON).words) == words


def test_the_difference_is_that_of_the_numbers_as_they_show() -> None:
    # 10.00 % (10.0033) and 9.99 % (9.9966): 0.0067 points apart, 0.01 as they show.
    one = Compared(share(3_001), share(2_999), ON)
    assert (one.now.value_text, one.then and one.then.value_text) == ("10.00%", "9.99%")
    assert one.by == Fraction(1, 100)


def test_where_there_is_no_number_nothing_is_compared() -> None:
    assert Compared(share(3_000).hidden(), share(2_700), ON).words is None
    assert Compared(measure(INDICATORS[SHARE], Figures(), None), share(2_700), ON).words is None


def test_the_same_day_of_a_leap_year_is_the_last_of_february() -> None:
    assert same_day(date(2028, 2, 29)) == date(2027, 2, 28)
    assert same_day(date(2026, 11, 22)) == ON
