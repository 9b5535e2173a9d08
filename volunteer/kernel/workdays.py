"""Working days of the mainland, with 调休.

Days off and make-up days come from the yearly notice of the State Council as kept by `chinese_calendar`. The notice
for a year appears late in the year before; for years that the library does not know, Monday to Friday work, but for
the holidays that stand on a fixed day each year (全国年节及纪念日放假办法, art. 2): 1 January, 1–2 May, 1–3 October.
"""

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

_SATURDAY = 5
_ALWAYS_OFF = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Return whether people work on `day`."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the library's way to say that it has no data for the year
        return day.weekday() < _SATURDAY and (day.month, day.day) not in _ALWAYS_OFF


def knows(year: int) -> bool:
    """Return whether the days off and the make-up days of `year` are known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def add_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after `day`, which itself is not counted; `count` is at least 1."""
    return _step(day, count, timedelta(days=1))


def working_days_after(day: date, until: date) -> int:
    """Return how many working days lie after `day` up to and with `until`."""
    return sum(is_working_day(day + timedelta(days=count)) for count in range(1, (until - day).days + 1))


def subtract_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day before `day`, which itself is not counted; `count` is at least 1."""
    return _step(day, count, timedelta(days=-1))


def _step(day: date, count: int, step: timedelta) -> date:
    if count < 1:
        raise ValueError("count at least one working day")
    while count:
        day += step
        count -= is_working_day(day)
    return day
