"""What is still missing, in things that people can organize: to reach the standard, to be sure of it, and if it can be.

A need is told twice where a range spans the standard: what takes the expected value there, and what takes the lower
end of the range there. Whether it is within reach is measured by the area itself: by the most that came in as many
days within the last year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from volunteer.forecasts.courses import NOTHING, Standing
from volunteer.forecasts.rules import Expected, Forecast, Verdict
from volunteer.kernel.periods import ONE_DAY, days_in_words
from volunteer.kernel.ratio import MINUTES_PER_HOUR, thousands
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import IndicatorCode

DAYS_A_WEEK = 7
HOURS = IndicatorCode.HOURS_PER_HEAD


@dataclass(frozen=True, slots=True)
class Pace:
    """What an activity was worth lately: minutes a person who came, persons an activity.

    `is_of_city`: the area had none of its own, these are the city's.
    """

    minutes_a_person: Fraction
    persons_an_activity: Fraction
    is_of_city: bool = False


class Aim(StrEnum):
    """What a need is to reach: that the expected value meets the standard, or that the range's lower end does."""

    EXPECTED = "expected"
    SURE = "sure"


@dataclass(frozen=True, slots=True)
class Best:
    """The most that was added in as many days as are left, each on its own, and the last day of those days."""

    most: Standing
    until: Sequence[date]

    def words(self, code: IndicatorCode, days: int) -> tuple[int, Words]:
        """Return how much it was, in persons or minutes, and when."""
        place = _PLACES[code]
        last_on = self.until[place]
        return self.most[place], days_in_words(last_on - timedelta(days=days) + ONE_DAY, last_on)


_PLACES = {IndicatorCode.REGISTERED_SHARE: 0, IndicatorCode.ACTIVE_SHARE: 1, HOURS: 2}


@dataclass(frozen=True, slots=True)
class Need:
    """What is still missing under the expected course; whole numbers, rounded up.

    `persons` to register, to activate, or to come once more (人次), within `weeks`, in `activities` (场) where an
    activity's worth is known. `doubt` says why it is hardly within reach, None where it is.
    """

    code: IndicatorCode
    aim: Aim
    persons: int
    weeks: int
    activities: int | None = None
    doubt: Words | None = None

    @property
    def words(self) -> Words:
        """Return the need in a sentence."""
        amount = {"weeks": str(self.weeks), "persons": thousands(self.persons)}
        told = {"amount": Words(_AMOUNTS[self.code][self.weeks > 1], amount)}
        pieces = N_("%(amount)s")
        if self.persons > 1 and self.weeks > 1:
            pieces, told = N_("%(amount)s，%(rhythm)s"), told | {"rhythm": self._rhythm}
        said = Words(pieces, told)
        if self.activities:
            said = Words(N_("%(amount)s，约 %(count)s 场活动"), {"amount": said, "count": thousands(self.activities)})
        return Words(_AIMS[self.aim], {"amount": said})

    @property
    def _rhythm(self) -> Words:
        """Return how much that is a week, or every how many weeks one: about, the sum alone is exact."""
        every, is_times = self.weeks // self.persons, self.code is HOURS
        if every < 2:
            params = {"count": thousands(floor(Fraction(self.persons, self.weeks) + Fraction(1, 2)))}
            return Words(N_("约每周 %(count)s 人次") if is_times else N_("约每周 %(count)s 人"), params)
        if every == 2:
            return Words(N_("约两周 1 人次") if is_times else N_("约两周 1 人"))
        params = {"weeks": str(every)}
        return Words(N_("约 %(weeks)s 周 1 人次") if is_times else N_("约 %(weeks)s 周 1 人"), params)


_AIMS = {Aim.EXPECTED: N_("还需 %(amount)s"), Aim.SURE: N_("要有把握，还需 %(amount)s")}
# By whether more than a week is left.
_AMOUNTS = {
    IndicatorCode.REGISTERED_SHARE: (N_("1 周内新注册 %(persons)s 人"), N_("%(weeks)s 周共新注册 %(persons)s 人")),
    IndicatorCode.ACTIVE_SHARE: (
        N_("1 周内让 %(persons)s 位还没参加过的人来一次"),
        N_("%(weeks)s 周共让 %(persons)s 位还没参加过的人来一次"),
    ),
    HOURS: (N_("1 周内 %(persons)s 人次"), N_("%(weeks)s 周共 %(persons)s 人次")),
}


def needs(one: Forecast, expected: Expected, pace: Pace | None, best: Best | None = None) -> list[Need]:
    """Return what is missing to the standard and what makes it sure; none where neither is, or no day is left.

    Hours need a `pace` to become persons; without any activity to judge by nothing is said of them.
    """
    measured = one.expected
    if measured is None or measured.value is None or one.low is None or one.verdict is Verdict.NONE:
        return []
    found = [(Aim.EXPECTED, measured.value), (Aim.SURE, one.low)]
    made = (_need(one, expected, aim, value, pace, best) for aim, value in found)
    told: list[Need] = []
    for need in made:
        if need and all(need.persons > other.persons for other in told):
            told.append(need)
    return told


def _need(
    one: Forecast, expected: Expected, aim: Aim, value: Fraction, pace: Pace | None, best: Best | None
) -> Need | None:
    """Return what takes a value to the standard; None where it is there."""
    days = (one.ends_on - one.as_of).days
    missing = missing_to_standard(one, value)
    if not days or missing <= 0 or (one.code is HOURS and pace is None):
        return None
    persons = ceil(missing / pace.minutes_a_person if one.code is HOURS and pace else missing)
    activities = None
    if pace is not None and one.code is not IndicatorCode.REGISTERED_SHARE:
        activities = ceil(persons / pace.persons_an_activity)
    weeks = ceil(Fraction(days, DAYS_A_WEEK))
    return Need(one.code, aim, persons, weeks, activities, _doubt(one.code, expected, ceil(missing), days, best))


def missing_to_standard(one: Forecast, value: Fraction) -> Fraction:
    """Return by how many persons or minutes a value in the indicator's unit lies below the standard; below 0 above."""
    measured = one.expected
    if measured is None or measured.threshold is None:
        return Fraction(0)
    return (measured.threshold - value) * measured.indicator.per * (measured.denominator or 0)


def _doubt(code: IndicatorCode, expected: Expected, missing: int, days: int, best: Best | None) -> Words | None:
    """Return why so much more is hardly to be had: nobody is left, or never so much came in so short a time."""
    end, now = expected.end, expected.now
    if code is IndicatorCode.ACTIVE_SHARE and missing > end.registered - end.active:
        params = {"count": thousands(end.registered - end.active)}
        return Words(N_("够不着：到时候还没参加过的预计只剩 %(count)s 人"), params)
    if best is None:
        return None
    place = _PLACES[code]
    wanted = missing + max(0, end[place] - now[place])
    most, when = best.words(code, days)
    if wanted <= most:
        return None
    per = MINUTES_PER_HOUR if code is HOURS else 1
    params = {"wanted": thousands(ceil(Fraction(wanted, per))), "most": thousands(most // per), "days": str(days)}
    return Words(_DOUBTS[code], params | {"when": when})


_DOUBTS = {
    IndicatorCode.REGISTERED_SHARE: N_(
        "很难够到：连同预计的，%(days)s 天要净增 %(wanted)s 人；近一年最多的 %(days)s 天净增 %(most)s 人（%(when)s）"
    ),
    IndicatorCode.ACTIVE_SHARE: N_(
        "很难够到：连同预计的，%(days)s 天要新来 %(wanted)s 人；近一年最多的 %(days)s 天新来 %(most)s 人（%(when)s）"
    ),
    HOURS: N_(
        "很难够到：连同预计的，%(days)s 天要 %(wanted)s 小时；近一年最多的 %(days)s 天是 %(most)s 小时（%(when)s）"
    ),
}


def best_of(steps: Mapping[date, Standing], days: int, as_of: date) -> Best | None:
    """Return the most of any `days` in a row within the year up to `as_of`; None without a day or a step.

    `steps` are what was added on each day, those on which nothing was may be absent.
    """
    if not steps or days <= 0:
        return None
    first = as_of - timedelta(days=364)
    run, most, until = NOTHING, NOTHING, [as_of] * len(NOTHING)
    for number in range(365):
        day = first + timedelta(days=number)
        left = steps.get(day - timedelta(days=days), NOTHING) if number >= days else NOTHING
        run = Standing(*(a + b - c for a, b, c in zip(run, steps.get(day, NOTHING), left, strict=True)))
        if number >= min(days, 365) - 1:
            for place, (now, before) in enumerate(zip(run, most, strict=True)):
                if now > before:
                    until[place], most = day, Standing(*(now if at == place else one for at, one in enumerate(most)))
    return Best(most, until)
