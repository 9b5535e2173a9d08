from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import (
    WindowKind,
    calendar_year_end,
    month_end,
    month_start,
    rolling_year_end,
    trend_days,
    window,
)

DAY = timedelta(days=1)
days = st.dates(date(1999, 1, 1), date(2033, 12, 31))


@pytest.mark.parametrize(
    ("kind", "as_of", "first_on", "last_on"),
    [
        (WindowKind.CALENDAR_YEAR, date(2026, 11, 22), date(2026, 1, 1), date(2026, 11, 22)),
        (WindowKind.CALENDAR_YEAR, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1)),
        (WindowKind.ROLLING_YEAR, date(2026, 11, 22), date(2025, 11, 23), date(2026, 11, 22)),
        (WindowKind.ROLLING_YEAR, date(2025, 12, 31), date(2025, 1, 1), date(2025, 12, 31)),
        (WindowKind.ROLLING_YEAR, date(2024, 2, 28), date(2023, 3, 1), date(2024, 2, 28)),
        (WindowKind.ROLLING_YEAR, date(2024, 2, 29), date(2023, 3, 1), date(2024, 2, 29)),
        (WindowKind.ROLLING_YEAR, date(2025, 2, 27), date(2024, 2, 28), date(2025, 2, 27)),
        (WindowKind.ROLLING_YEAR, date(2025, 2, 28), date(2024, 3, 1), date(2025, 2, 28)),
        (WindowKind.MATERIAL, date(2026, 11, 22), date(2025, 11, 1), date(2026, 10, 31)),
        (WindowKind.MATERIAL, date(2026, 1, 31), date(2025, 1, 1), date(2025, 12, 31)),
        (WindowKind.MATERIAL, date(2024, 3, 1), date(2023, 3, 1), date(2024, 2, 29)),
        (WindowKind.MATERIAL, date(2025, 3, 31), date(2024, 3, 1), date(2025, 2, 28)),
    ],
)
def test_a_window_holds_the_days_its_kind_promises(kind, as_of, first_on, last_on):
    found = window(kind, as_of)

    assert (found.first_on, found.last_on, found.kind) == (first_on, last_on, kind)


@given(days)
@example(date(2024, 3, 1))
@example(date(2025, 3, 31))
def test_the_material_window_is_the_rolling_one_read_at_its_last_day_and_twelve_whole_months(as_of):
    material = window(WindowKind.MATERIAL, as_of)
    rolling = window(WindowKind.ROLLING_YEAR, material.last_on)

    assert (material.first_on, material.last_on) == (rolling.first_on, rolling.last_on)
    assert material.last_on == month_start(as_of) - DAY
    assert material.first_on.day == 1
    assert material.first_on.month == material.last_on.month % 12 + 1


@given(days, st.integers(-2, 800))
@example(date(2024, 2, 29), 364)
@example(date(2024, 2, 29), 365)
@example(date(2023, 3, 1), 365)
def test_a_day_counts_from_itself_until_the_end_of_its_year(served_on, later):
    as_of = served_on + timedelta(days=later)

    in_year = served_on in window(WindowKind.CALENDAR_YEAR, as_of)
    in_rolling = served_on in window(WindowKind.ROLLING_YEAR, as_of)

    assert in_year == (served_on <= as_of < calendar_year_end(served_on))
    assert in_rolling == (served_on <= as_of < rolling_year_end(served_on))


@given(days)
def test_a_rolling_year_never_moves_backwards_and_holds_365_or_366_days(as_of):
    today, tomorrow = (window(WindowKind.ROLLING_YEAR, day) for day in (as_of, as_of + DAY))

    assert today.first_on <= tomorrow.first_on
    assert (today.last_on - today.first_on).days + 1 in (365, 366)


def test_a_window_says_its_days_in_words_and_the_year_twice_only_when_it_changes():
    this_year = window(WindowKind.CALENDAR_YEAR, date(2026, 11, 22))
    rolling = window(WindowKind.ROLLING_YEAR, date(2026, 11, 22))

    assert str(this_year.words) == "2026 年 1 月 1 日至 11 月 22 日"
    assert str(rolling.words) == "2025 年 11 月 23 日至 2026 年 11 月 22 日"


@pytest.mark.parametrize("as_of", [date.min, date(1949, 12, 31), date(2200, 1, 1), date.max])
@pytest.mark.parametrize("kind", WindowKind)
def test_a_senseless_year_is_refused_on_its_field(kind, as_of):
    with pytest.raises(Invalid) as refusal:
        window(kind, as_of)

    assert refusal.value.field == "as_of"
    assert str(refusal.value.words) == "日期要在 1950 年到 2199 年之间"


@pytest.mark.parametrize("kind", WindowKind)
def test_every_kind_of_window_has_a_name_and_says_what_it_holds(kind):
    assert kind.label
    assert kind.explanation


@given(days)
def test_a_trend_reads_twelve_month_ends_and_then_the_day_itself(as_of):
    *earlier, last = trend_days(as_of)

    assert last == as_of
    assert len(earlier) == 12
    assert earlier == [month_end(day) for day in earlier]
    assert earlier[-1] + DAY == month_start(as_of)
    assert earlier[0].month == as_of.month
    assert all(month_end(before + DAY) == after for before, after in pairwise(earlier))


def test_a_month_ends_on_its_last_day():
    assert month_end(date(2024, 2, 1)) == date(2024, 2, 29)
    assert month_end(date(2100, 2, 28)) == date(2100, 2, 28)
    assert month_end(date(2026, 12, 31)) == date(2026, 12, 31)
