"""Working days of the mainland, with 调休.

Days off and make-up days come from the yearly notice of the State Council as kept by `chinese_calendar`. The notice
for a year appears late in the year before. For years that the library does not know, Monday to Friday work but for the
statutory days (全国年节及纪念日放假办法, art. 2, as in force since 1 January 2025), those by the moon and 清明 as
computed by `borax`; which weekends are worked and which day stands for one that falls on a weekend, nobody knows
before the notice.
"""

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
from borax.calendars.lunardate import LunarDate, TermUtils

_SATURDAY = 5
_DAY = timedelta(days=1)
_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
_BY_THE_MOON = ((5, 5), (8, 15))
_LAST_WITH_A_MOON = 2100


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Return whether people work on `day`."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the library's way to say that it has no data for the year
        return day.weekday() < _SATURDAY and day not in statutory_days(day.year)


@lru_cache(maxsize=64)
def statutory_days(year: int) -> frozenset[date]:
    """Return the thirteen days of a year that all citizens have off by law; fewer where two fall together.

    元旦 1, 春节 4 from the eve on, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆 3. After 2100 only those of a fixed date.
    """
    days = {date(year, month, day) for month, day in _FIXED}
    if year > _LAST_WITH_A_MOON:
        return frozenset(days)
    spring = LunarDate(year, 1, 1).to_solar_date()
    days |= {spring + count * _DAY for count in range(-1, 3)}
    days |= {LunarDate(year, month, day).to_solar_date() for month, day in _BY_THE_MOON}
    return frozenset({*days, TermUtils.day_start_from_term(year, "清明")})


def knows(year: int) -> bool:
    """Return whether the days off and the make-up days of `year` are known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def add_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after `day`, which itself is not counted; `count` is at least 1."""
    return _step(day, count, _DAY)


def working_days_after(day: date, until: date) -> int:
    """Return how many working days lie after `day` up to and with `until`."""
    return sum(is_working_day(day + timedelta(days=count)) for count in range(1, (until - day).days + 1))


def subtract_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day before `day`, which itself is not counted; `count` is at least 1."""
    return _step(day, count, -_DAY)


def _step(day: date, count: int, step: timedelta) -> date:
    if count < 1:
        raise ValueError("count at least one working day")
    while count:
        day += step
        count -= is_working_day(day)
    return day
