"""Which days a reader means who looks for an activity."""

from datetime import date, timedelta
from enum import StrEnum

from volunteer.kernel.text import N_


class When(StrEnum):
    """Which days a reader looks for activities on."""

    ANY = "any"
    TODAY = "today"
    WEEK = "week"
    WEEKEND = "weekend"
    DAY = "day"


WHEN_LABELS = {
    When.ANY: N_("全部"),
    When.TODAY: N_("今天"),
    When.WEEK: N_("本周"),
    When.WEEKEND: N_("周末"),
    When.DAY: N_("选一天"),
}
_SUNDAY = 6


def days_meant(when: When, today: date, chosen: date | None = None) -> tuple[date, date] | None:
    """Return the first and last day that `when` means, None for any day. A week ends on Sunday; `chosen` is for DAY."""
    sunday = today + timedelta(days=_SUNDAY - today.weekday())
    if when is When.TODAY:
        return today, today
    if when is When.WEEK:
        return today, sunday
    if when is When.WEEKEND:
        return max(today, sunday - timedelta(days=1)), sunday
    return (chosen, chosen) if when is When.DAY and chosen else None
