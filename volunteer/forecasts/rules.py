"""What a forecast says: expected value and range against the standard, and what more activities would do."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from volunteer.forecasts.courses import Standing
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import FIRST_YEAR, LAST_YEAR, ONE_DAY, month_end
from volunteer.kernel.ratio import MINUTES_PER_HOUR, thousands
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, Measurement, Unit, measure

CODES = (IndicatorCode.REGISTERED_SHARE, IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD)
"""The indicators that have a course; the survey's has none."""
TOO_LITTLE = N_("数据不够，不预测：至少要有 5 个注册志愿者、半年的记录，全市至少有一个整年的服务")
YEAR_IS_OVER = N_("今年已经结束")
MOST_MONTHS_AHEAD = 11
SHORT_HISTORY = N_("记录不满两年，区间放宽到一倍半")


def material_ends(as_of: date) -> list[date]:
    """Return the days that material periods end on after a day, of its month and of eleven more, none without sense.

    Further ahead it would not be known what drops out of the twelve months.
    """
    if not FIRST_YEAR <= as_of.year < LAST_YEAR:
        return []
    ends = [month_end(as_of)]
    while len(ends) <= MOST_MONTHS_AHEAD:
        ends.append(month_end(ends[-1] + ONE_DAY))
    return [day for day in ends if day > as_of]


class Verdict(StrEnum):
    """What a forecast says of the standard at the year's end."""

    WILL_MEET = "will_meet"
    WILL_MISS = "will_miss"
    OPEN = "open"
    NONE = "none"

    @property
    def label(self) -> str:
        """Return the verdict in a word, a Chinese msgid."""
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.WILL_MEET: N_("预计达标"),
    Verdict.WILL_MISS: N_("预计不达标"),
    Verdict.OPEN: N_("看不准"),
    Verdict.NONE: N_("不预测"),
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """One indicator of one area at the end of the year or of a material period, as seen from the end of `as_of`.

    `expected` measures the expected figures exactly as a real figure is measured, so that it has value, threshold and
    gap; None where nothing is forecast, and `reason` then says why. `low` and `high` are in the indicator's unit
    (shares of one, hours a head) and hold 80 of 100 times. `note` says what makes the range wider than usual.
    """

    code: IndicatorCode
    as_of: date
    ends_on: date
    expected: Measurement | None
    low: Fraction | None = None
    high: Fraction | None = None
    reason: Words | None = None
    note: Words | None = None

    @property
    def verdict(self) -> Verdict:
        """Return the verdict: open where the range holds the threshold, none without a value or a threshold."""
        if self.expected is None or self.low is None or self.high is None or self.expected.threshold is None:
            return Verdict.NONE
        if self.low >= self.expected.threshold:
            return Verdict.WILL_MEET
        return Verdict.WILL_MISS if self.high < self.expected.threshold else Verdict.OPEN

    @property
    def verdict_words(self) -> Words:
        """Return the verdict for a cell of a table: 预计达标, 预计差 12 人, 看不准, or why there is none."""
        if self.verdict is not Verdict.WILL_MISS or self.expected is None or self.expected.short_gap is None:
            return self.reason if self.verdict is Verdict.NONE and self.reason else Words(self.verdict.label)
        if INDICATORS[self.code].unit is Unit.HOURS:
            return Words(N_("预计人均差 %(each)s 小时"), {"each": self.expected.short_gap.params["each"]})
        return Words(N_("预计差 %(count)s 人"), {"count": self.expected.short_gap.params["count"]})

    @property
    def range_words(self) -> Words | None:
        """Return the range as shown, rounded down as every figure is; None where nothing is forecast."""
        if self.low is None or self.high is None:
            return None
        unit = INDICATORS[self.code].unit
        return Words(N_("%(low)s 到 %(high)s"), {"low": unit.value_text(self.low), "high": unit.value_text(self.high)})


@dataclass(frozen=True, slots=True)
class Expected:
    """All that is expected of one area at the year's end, and how it stands now."""

    now: Standing
    end: Standing
    figures: Figures

    def figures_at(self, standing: Standing) -> Figures:
        """Return the area's figures with other persons and minutes."""
        return replace(self.figures, registered=standing.registered, active=standing.active, minutes=standing.minutes)


def forecast(
    code: IndicatorCode,
    expected: Expected,
    bounds: tuple[float, float],
    threshold: Fraction | None,
    *,
    as_of: date,
    note: Words | None = None,
    until: date | None = None,
) -> Forecast:
    """Return the forecast of one indicator; `bounds` as made by Ranges.around, in the indicator's unit.

    The range is cut to what is possible: nothing that has happened is undone, and no share is above all. `until` is
    the last day of twelve months that go on, out of which what has happened drops; without it the year's end is meant.
    """
    measured = measure(INDICATORS[code], expected.figures_at(expected.end), threshold)
    ends_on = until or date(as_of.year, 12, 31)
    if measured.value is None:
        return Forecast(code, as_of, ends_on, None, reason=measured.explanation)
    low, high = (max(Fraction(0), Fraction(bound).limit_denominator(10**6)) for bound in bounds)
    low = low if until else max(low, _done_already(code, expected))
    if code is IndicatorCode.ACTIVE_SHARE:
        high = min(high, Fraction(1))
    low, high = min(low, measured.value), max(high, measured.value)
    return Forecast(code, as_of, ends_on, measured, low, high, note=note)


def _done_already(code: IndicatorCode, expected: Expected) -> Fraction:
    """Return what the indicator is at least, by what has happened, with as many registered as are expected."""
    if code is IndicatorCode.REGISTERED_SHARE:
        return Fraction(0)
    kept = expected.figures_at(expected.now._replace(registered=expected.end.registered))
    return measure(INDICATORS[code], kept, None).value or Fraction(0)


MOST_ACTIVITIES, MOST_PEOPLE, MOST_HOURS = 1_000, 10_000, 8


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Activities on top of the expected course: how many, people each, hours each, and how many of 100 are new to it.

    New are people who are registered and have not served this year.
    """

    activities: int
    people: int
    hours: Fraction
    new_percent: int

    def applied(self, expected: Expected, days: int) -> Expected:
        """Return what is expected with these activities in the days that are left.

        Of the new people some would have served anyway by the year's end; only the others add to the active. No more
        come to an activity than are registered, nobody new is counted whom the area does not have, and no more hours
        than all of them may be credited with on as many days.
        """
        now, end = expected.now, expected.end
        attendances = self.activities * min(self.people, end.registered)
        idle_now, idle_end = end.registered - now.active, end.registered - end.active
        brought = min(Fraction(attendances * self.new_percent, 100), Fraction(max(0, idle_now)))
        more = brought * Fraction(idle_end, idle_now) if idle_now > 0 else Fraction(0)
        minutes = min(int(attendances * self.hours * MINUTES_PER_HOUR), _most_minutes(end, days))
        changed = Standing(end.registered, end.active + int(more), end.minutes + minutes)
        return replace(expected, end=changed)

    def limits(self, expected: Expected, days: int) -> list[Words]:
        """Return what of these activities cannot be counted, and why."""
        end, found = expected.end, []
        if self.people > end.registered:
            msgid = N_("到时候预计注册 %(count)s 人，每场最多按这么多人算")
            found.append(Words(msgid, {"count": thousands(end.registered)}))
        if self.activities * min(self.people, end.registered) * self.hours * MINUTES_PER_HOUR > _most_minutes(
            end, days
        ):
            msgid = N_("一个人一天最多算 %(hours)s 小时，剩下 %(days)s 天排不下这么多，只算到最多")
            found.append(Words(msgid, {"hours": str(MOST_HOURS), "days": str(days)}))
        return found


def _most_minutes(end: Standing, days: int) -> int:
    return end.registered * days * MOST_HOURS * MINUTES_PER_HOUR


def what_if(activities: int, people: int, hours: Fraction, new_percent: int) -> WhatIf:
    """Return activities to try out; raise Invalid on the field that is out of bounds."""
    for field, value, most, msgid in (
        ("activities", activities, MOST_ACTIVITIES, N_("场数填 1 到 %(most)s")),
        ("people", people, MOST_PEOPLE, N_("每场人数填 1 到 %(most)s")),
    ):
        if not 1 <= value <= most:
            raise Invalid(msgid, field=field, most=thousands(most))
    if not 0 < hours <= MOST_HOURS:
        raise Invalid(
            N_("每场小时数填大于 0、不超过 %(most)s 的数，一天最多算 8 小时"), field="hours", most=str(MOST_HOURS)
        )
    if not 0 <= new_percent <= 100:
        raise Invalid(N_("新参加的人占比填 0 到 100"), field="new_percent")
    return WhatIf(activities, people, hours, new_percent)
