"""Stars as rules over effective hours: the scale, what a total is worth, and which stars are given or taken back. Pure.

100, 300, 600, 1000 and 1500 hours are the usual steps of 志愿服务星级; that a higher scale takes no star back is our
decision: what was granted stands until a reversal takes the hours that it was granted for.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from volunteer.hours.rules import STAR_HOURS, StarAct, minutes_to_next_star, star_level
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_, Words
from volunteer.kernel.widths import narrow

MOST_LEVELS = 9
MOST_HOURS = 100_000
LONGEST_AHEAD = timedelta(days=3 * 366)
_APART = re.compile(r"[\s,;/，、；]+")

STAR_LABELS = (
    *(N_("一星志愿者"), N_("二星志愿者"), N_("三星志愿者"), N_("四星志愿者"), N_("五星志愿者")),
    *(N_("六星志愿者"), N_("七星志愿者"), N_("八星志愿者"), N_("九星志愿者")),
)


def star_words(level: int) -> Words:
    """Return the name of a level from 1 to 9: 三星志愿者."""
    return Words(STAR_LABELS[level - 1])


@dataclass(frozen=True, slots=True)
class Scale:
    """Hours for one star, two stars and so on, ascending, and the day from which they hold."""

    hours: tuple[int, ...]
    effective_on: date = date.min


DEFAULT_SCALE = Scale(STAR_HOURS)


def scale_on(scales: Iterable[Scale], day: date) -> Scale:
    """Return the scale in force on `day`: of those that have begun the latest, of one day's the one set last."""
    begun = [scale for scale in scales if scale.effective_on <= day]
    return max(reversed(begun), key=lambda scale: scale.effective_on, default=DEFAULT_SCALE)


def typed_hours(text: str, *, field: str = "hours") -> tuple[int, ...]:
    """Return the hours of a scale as typed, "100 300 600"; raise `Invalid` on `field`."""
    parts = [part for part in _APART.split(narrow(text).strip()) if part]
    if not parts:
        raise Invalid(N_("请填各星级的小时数，比如 100 300 600 1000 1500"), field=field)
    if len(parts) > MOST_LEVELS:
        raise Invalid(N_("最多 %(most)d 个星级，现在是 %(count)d 个"), field=field, most=MOST_LEVELS, count=len(parts))
    return check_hours([_whole(part, field) for part in parts], field=field)


def _whole(part: str, field: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", part):
        raise Invalid(N_("“%(typed)s”不是整数，请填整小时数"), field=field, typed=part[:20])
    return int(part)


def check_hours(hours: Sequence[int], *, field: str = "hours") -> tuple[int, ...]:
    """Return the hours of a scale: whole, 1 to 100000, each more than the one before; raise `Invalid` on `field`."""
    for level, one in enumerate(hours, start=1):
        if not 1 <= one <= MOST_HOURS:
            words = N_("%(star)s要 1 到 %(most)d 小时，现在是 %(hours)d")
            raise Invalid(words, field=field, star=star_words(level), most=MOST_HOURS, hours=one)
    for level, (lower, higher) in enumerate(pairwise(hours), start=2):
        if higher <= lower:
            words = N_("%(star)s的 %(hours)d 小时要比前一个星级的 %(before)d 多")
            raise Invalid(words, field=field, star=star_words(level), hours=higher, before=lower)
    return tuple(hours)


def check_begin(effective_on: date, today: date, *, field: str = "effective_on") -> None:
    """Raise `Invalid` on `field` unless a new scale begins on a future day within three years."""
    if effective_on <= today:
        raise Invalid(N_("新标准从明天或以后的一天起用，已经过去的日子照旧标准"), field=field)
    if effective_on > today + LONGEST_AHEAD:
        raise Invalid(N_("请填三年以内的日子"), field=field)


@dataclass(frozen=True, slots=True)
class StarChange:
    """A star to grant or to revoke: its level, and the hours for which it is or was granted."""

    act: StarAct
    level: int
    hours: int


def star_changes(standing: Mapping[int, int], minutes: int, scale: Scale) -> list[StarChange]:
    """Return what effective minutes change about the stars that stand: `standing` is hours granted for, by level.

    All levels up to the highest that is earned stand. A level is earned by the hours of the scale, or by those that it
    was granted for.
    """
    kept = [level for level, hours in standing.items() if minutes >= hours * 60]
    top = max(star_level(minutes, scale.hours), *kept, 0)
    revoked = [StarChange(StarAct.REVOKED, level, standing[level]) for level in sorted(standing) if level > top]
    granted = [
        StarChange(StarAct.GRANTED, level, hours)
        for level, hours in enumerate(scale.hours, start=1)
        if level <= top and level not in standing
    ]
    return revoked[::-1] + granted


@dataclass(frozen=True, slots=True)
class NextStar:
    """The star that comes next, and how many minutes are missing."""

    level: int
    minutes: int


def next_star(minutes: int, scale: Scale, level: int) -> NextStar | None:
    """Return what comes after the `level` that somebody has; None with all stars of the scale."""
    missing = minutes_to_next_star(minutes, scale.hours[level:])
    if missing is None:
        return None
    return NextStar(level + 1 + star_level(minutes, scale.hours[level:]), missing)
