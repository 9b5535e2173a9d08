"""Times and numbers as people say them, in Asia/Shanghai: 今天 14:00, 周六 9:00–11:30, 11 月 3 日."""

from datetime import date, datetime, timedelta

from volunteer.kernel.clock import local_day, to_local
from volunteer.kernel.text import N_, Words

MINUTES_AN_HOUR = 60

_WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
_NEXT_WEEKDAYS = (N_("下周一"), N_("下周二"), N_("下周三"), N_("下周四"), N_("下周五"), N_("下周六"), N_("下周日"))
_MONTHS = (
    *(N_("1 月"), N_("2 月"), N_("3 月"), N_("4 月"), N_("5 月"), N_("6 月")),
    *(N_("7 月"), N_("8 月"), N_("9 月"), N_("10 月"), N_("11 月"), N_("12 月")),
)
_NEAR_DAYS = {-1: N_("昨天"), 0: N_("今天"), 1: N_("明天")}


def say_day(day: date, today: date) -> Words:
    """Return a day in words: 昨天, 今天, 明天; a weekday until next week ends; else the date, with another year."""
    distance = (day - today).days
    if distance in _NEAR_DAYS:
        return Words(_NEAR_DAYS[distance])
    weeks_ahead = (_monday(day) - _monday(today)).days // 7
    if distance > 0 and weeks_ahead <= 1:
        return Words((_WEEKDAYS, _NEXT_WEEKDAYS)[weeks_ahead][day.weekday()])
    return say_date(day) if day.year != today.year else say_month_and_day(day)


def say_last_day(day: date, today: date) -> Words:
    """Return a day by its date, however near: a deadline is read on other days than it was told; with another year."""
    return say_date(day) if day.year != today.year else say_month_and_day(day)


def say_date(day: date) -> Words:
    """Return a day with its year: 2026 年 11 月 3 日."""
    return Words(N_("%(year)d 年 %(date)s"), {"year": day.year, "date": say_month_and_day(day)})


def say_month_and_day(day: date) -> Words:
    """Return a day without its year: 11 月 3 日."""
    return Words(N_("%(month)s %(day)d 日"), {"month": say_month(day.month), "day": day.day})


def say_month(number: int) -> Words:
    """Return the month with that number from 1, as 11 月."""
    return Words(_MONTHS[number - 1])


def say_clock(moment: datetime) -> str:
    """Return the wall time: 9:05."""
    local = to_local(moment)
    return f"{local.hour}:{local.minute:02d}"


def say_time(moment: datetime, now: datetime) -> Words:
    """Return a moment in words: 今天 14:00, 11 月 3 日 9:00."""
    return Words(N_("%(day)s %(time)s"), {"day": say_day(local_day(moment), local_day(now)), "time": say_clock(moment)})


def say_clock_span(starts_at: datetime, ends_at: datetime) -> Words:
    """Return a span without its first day: 9:00–11:30, 22:00–次日 2:00."""
    times = {"start": say_clock(starts_at), "end": say_clock(ends_at)}
    days = (local_day(ends_at) - local_day(starts_at)).days
    if days == 0:
        return Words(N_("%(start)s–%(end)s"), times)
    if days == 1:
        return Words(N_("%(start)s–次日 %(end)s"), times)
    return Words(N_("%(start)s–第 %(count)d 天 %(end)s"), {**times, "count": days + 1})


def say_span(starts_at: datetime, ends_at: datetime, now: datetime) -> Words:
    """Return a span in words: 周六 9:00–11:30, 今天 22:00–次日 2:00."""
    return Words(
        N_("%(day)s %(time)s"),
        {"day": say_day(local_day(starts_at), local_day(now)), "time": say_clock_span(starts_at, ends_at)},
    )


def thousands(number: int) -> str:
    """Return a whole number with separators: 1,234."""
    return f"{number:,}"


def hours_text(minutes: int) -> str:
    """Return minutes as hours to 0.01, rounded down (towards zero for a reversal), by integers alone: 750 → 12.50."""
    whole, rest = divmod(abs(minutes), MINUTES_AN_HOUR)
    sign = "-" if minutes < 0 else ""
    return f"{sign}{whole:,}.{rest * 100 // MINUTES_AN_HOUR:02d}"


def say_minutes(minutes: int) -> Words:
    """Return minutes exactly, so that the rows of a table add up: 1,234 小时 5 分."""
    whole, rest = divmod(minutes, MINUTES_AN_HOUR)
    if not rest:
        return Words(N_("%(hours)s 小时"), {"hours": thousands(whole)})
    return Words(N_("%(hours)s 小时 %(minutes)s 分"), {"hours": thousands(whole), "minutes": rest})


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
