"""Windows of time that a figure is read over, and the days that a trend is read on."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from volunteer.kernel.errors import Invalid
from volunteer.kernel.speech import say_date, say_month_and_day
from volunteer.kernel.text import N_, Words

FIRST_YEAR, LAST_YEAR = 1950, 2199
ONE_DAY = timedelta(days=1)


class WindowKind(StrEnum):
    """How the window of a yearly figure is cut; our decision, since the plan says only "a year"."""

    CALENDAR_YEAR = "calendar_year"
    ROLLING_YEAR = "rolling_year"
    MATERIAL = "material"

    @property
    def label(self) -> str:
        """Return the short name, a Chinese msgid."""
        return _LABELS[self]

    @property
    def explanation(self) -> str:
        """Return which days the window holds, a Chinese msgid."""
        return _EXPLANATIONS[self]


_LABELS = {
    WindowKind.CALENDAR_YEAR: N_("本年"),
    WindowKind.ROLLING_YEAR: N_("近 12 个月"),
    WindowKind.MATERIAL: N_("材料期"),
}
_EXPLANATIONS = {
    WindowKind.CALENDAR_YEAR: N_("从 1 月 1 日到所选日期"),
    WindowKind.ROLLING_YEAR: N_("到所选日期为止的 12 个月"),
    WindowKind.MATERIAL: N_("到所选日期的上月底为止的 12 个整月，各项数字都读到上月底"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first_on` to `last_on`, both inside. Every figure of the window is read as of `last_on`."""

    first_on: date
    last_on: date
    kind: WindowKind

    def __contains__(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on

    @property
    def words(self) -> Words:
        """Return the days in words: 2026 年 1 月 1 日至 11 月 22 日."""
        return days_in_words(self.first_on, self.last_on)


def window(kind: WindowKind, as_of: date) -> Window:
    """Return the window of that kind for a reader who stands at `as_of`.

    The material window is the year back from the month before the test (the plan's words); registrations, too, are
    read at its last day, so that numerator and denominator speak of the same day. Raises Invalid on a senseless year.
    """
    if not FIRST_YEAR <= as_of.year <= LAST_YEAR:
        raise Invalid(
            N_("日期要在 %(first)s 年到 %(last)s 年之间"),
            field="as_of",
            first=str(FIRST_YEAR),
            last=str(LAST_YEAR),
        )
    if kind is WindowKind.CALENDAR_YEAR:
        return Window(year_start(as_of), as_of, kind)
    last_on = as_of if kind is WindowKind.ROLLING_YEAR else month_start(as_of) - ONE_DAY
    return Window(_year_before(last_on + ONE_DAY), last_on, kind)


def _year_before(day: date) -> date:
    # 29 February falls back to 1 March, so that the twelve months ending with any month's last day are whole months.
    return date(day.year - 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def calendar_year_end(day: date) -> date:
    """Return the first day whose calendar-year window no longer holds `day`."""
    return date(day.year + 1, 1, 1)


def rolling_year_end(day: date) -> date:
    """Return the first day whose rolling window no longer holds `day`: a year later, 28 February for the 29th."""
    return date(day.year + 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def year_start(day: date) -> date:
    """Return 1 January of the day's year."""
    return date(day.year, 1, 1)


def month_start(day: date) -> date:
    """Return the first day of the day's month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def trend_days(as_of: date, months: int = 13) -> tuple[date, ...]:
    """Return `months` days, ascending: the ends of the months before `as_of`, then `as_of` itself.

    Thirteen by default: a year of change, with the same month of the year before to compare with.
    """
    days = [as_of]
    while len(days) < months:
        days.append(month_start(days[-1]) - ONE_DAY)
    return tuple(reversed(days))


def days_in_words(first_on: date, last_on: date) -> Words:
    """Return a span of days in words; the year is said twice only when it changes."""
    last = say_month_and_day(last_on) if first_on.year == last_on.year else say_date(last_on)
    return Words(N_("%(first)s至 %(last)s"), {"first": say_date(first_on), "last": last})
