"""Times and numbers as people say them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.speech import say_clock_span, say_date, say_day, say_span, say_time, thousands

WEDNESDAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=LOCAL_ZONE)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL_ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 24), "昨天"),
        (date(2026, 11, 25), "今天"),
        (date(2026, 11, 26), "明天"),
        (date(2026, 11, 28), "周六"),
        (date(2026, 11, 29), "周日"),
        (date(2026, 11, 30), "下周一"),
        (date(2026, 12, 6), "下周日"),
        (date(2026, 12, 7), "12 月 7 日"),
        (date(2026, 11, 23), "11 月 23 日"),
        (date(2026, 1, 1), "1 月 1 日"),
        (date(2027, 1, 4), "2027 年 1 月 4 日"),
        (date(2025, 11, 25), "2025 年 11 月 25 日"),
    ],
)
def test_a_day_is_said_from_where_the_reader_stands(day: date, said: str) -> None:
    assert str(say_day(day, WEDNESDAY)) == said


def test_near_days_are_near_across_the_new_year() -> None:
    assert str(say_day(date(2027, 1, 1), date(2026, 12, 31))) == "明天"
    assert str(say_day(date(2027, 1, 8), date(2026, 12, 31))) == "下周五"


def test_a_moment_is_said_in_local_time() -> None:
    assert str(say_time(at(25, 14), NOW)) == "今天 14:00"
    assert str(say_time(datetime(2026, 11, 25, 16, 5, tzinfo=UTC), NOW)) == "明天 0:05"
    assert str(say_time(at(3, 9, month=11), NOW)) == "11 月 3 日 9:00"


def test_a_span_says_its_day_once() -> None:
    assert str(say_span(at(28, 9), at(28, 11, 30), NOW)) == "周六 9:00–11:30"
    assert str(say_span(at(25, 22), at(26, 2), NOW)) == "今天 22:00–次日 2:00"
    assert str(say_clock_span(at(25, 22), at(27, 2))) == "22:00–第 3 天 2:00"


def test_an_official_day_has_its_year() -> None:
    assert str(say_date(WEDNESDAY)) == "2026 年 11 月 25 日"


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(-800, 800))
def test_two_days_are_never_called_the_same(today: date, distance: int) -> None:
    said = str(say_day(today + timedelta(days=distance), today))
    assert said not in {str(say_day(today + timedelta(days=distance + n), today)) for n in (-7, -1, 1, 7)}


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (999, "999"), (1234, "1,234"), (-1234567, "-1,234,567")])
def test_numbers_have_separators(number: int, said: str) -> None:
    assert thousands(number) == said
