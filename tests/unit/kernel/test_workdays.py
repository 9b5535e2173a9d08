"""Working days with 调休."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.workdays import add_working_days, is_working_day, knows, statutory_days, subtract_working_days

days = st.dates(date(2018, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),  # a Saturday worked for 国庆
        (date(2025, 1, 26), True),  # a Sunday worked for 春节
    ],
)
def test_days_off_and_make_up_days_are_known(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_years_without_a_notice_work_from_monday_to_friday() -> None:
    assert is_working_day(date(2035, 10, 8))
    assert not is_working_day(date(2035, 10, 6))


@pytest.mark.parametrize(
    ("year", "days"),
    [  # what the law gives, by the calendar of the Purple Mountain Observatory
        (2027, "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03"),
        (2028, "01-01 01-25 01-26 01-27 01-28 04-04 05-01 05-02 05-28 10-01 10-02 10-03"),  # 中秋 on 3 October
        (2033, "01-01 01-30 01-31 02-01 02-02 04-04 05-01 05-02 06-01 09-08 10-01 10-02 10-03"),  # a leap month late
    ],
)
def test_the_days_off_by_law_are_known_without_a_notice(year: int, days: str) -> None:
    assert statutory_days(year) == {date.fromisoformat(f"{year}-{day}") for day in days.split()}
    assert not any(is_working_day(day) for day in statutory_days(year))


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_notice_gives_the_days_of_the_law(year: int) -> None:
    assert knows(year)
    assert not any(is_working_day(day) for day in statutory_days(year))


def test_years_beyond_the_tables_of_the_moon_keep_their_fixed_days() -> None:
    assert len(statutory_days(2150)) == 6
    assert is_working_day(date(2150, 4, 6))


@pytest.mark.parametrize(("month", "day"), [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)])
def test_holidays_of_a_fixed_day_are_days_off_in_every_year(month: int, day: int) -> None:
    """Each of them would be a working day of some year if only Saturday and Sunday counted."""
    years = range(2030, 2045)
    assert any(date(year, month, day).weekday() < 5 for year in years)
    assert not any(is_working_day(date(year, month, day)) for year in years)


def test_a_deadline_may_lie_in_a_year_without_a_notice() -> None:
    assert add_working_days(date(2034, 12, 29), 10) == date(2035, 1, 15)  # 1 January is a Monday


def test_the_first_day_is_not_counted() -> None:
    assert add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)


@given(days, st.integers(1, 30))
def test_the_deadline_is_a_working_day_with_exactly_as_many_counted(day: date, count: int) -> None:
    end = add_working_days(day, count)
    assert is_working_day(end)
    assert sum(is_working_day(day + timedelta(days=n)) for n in range(1, (end - day).days + 1)) == count


@pytest.mark.parametrize("count", [0, -1])
def test_no_days_are_not_counted(count: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(date(2026, 11, 20), count)


@given(days, st.integers(1, 30))
def test_back_from_a_deadline_lies_the_working_day_from_which_it_was_counted(day: date, count: int) -> None:
    begin = subtract_working_days(day, count)
    assert is_working_day(begin)
    assert sum(is_working_day(begin + timedelta(days=n)) for n in range((day - begin).days)) == count


def test_it_is_known_whose_years_days_off_are_known() -> None:
    assert knows(2026)
    assert not knows(2035)
