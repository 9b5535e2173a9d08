"""How an area stands, in one sentence; which indicator to look at; and who lags. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.rules import Verdict
from volunteer.kernel.text import N_, Words
from volunteer.metrics.ranking import weakest
from volunteer.metrics.rules import Measurement, Unit
from volunteer.surveys.rules import SELF_TEST

Key = TypeVar("Key")

LAGGING, FEWEST_REGISTERED = 3, 30
"""Fewer than thirty people are too few to be called behind: two of them more would change it. Our decision."""
LONGEST_UNCOUNTED = timedelta(minutes=10)
LONGEST_PASS = timedelta(days=366)

_COUNTS = (N_("零"), N_("一"), N_("两"), N_("三"), N_("四"))
_WHOLE_CITY = N_("全市")


class Mark(StrEnum):
    """How an indicator stands on the wall, each with a word, a shape and a colour."""

    MET = "met"
    SHORT = "short"
    NO_VERDICT = "no_verdict"
    NO_DATA = "no_data"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return _LABELS[self]


_LABELS = {
    Mark.MET: N_("达标"),
    Mark.SHORT: N_("未达标"),
    Mark.NO_VERDICT: N_("没有结论"),
    Mark.NO_DATA: N_("暂无数据"),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a value will be at the end of its period if things go on as now, in the unit of its indicator.

    `gap` is what will be missing then, where it is sure that the threshold will be missed.
    """

    expected: Fraction
    verdict: Verdict
    gap: Words | None = None


def short_name(name: str) -> str:
    """Return what people call an area: a community or a village without its committee."""
    for ending, kept in _COMMITTEES.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + kept
    return name


_COMMITTEES = {"社区居委会": "社区", "社区居民委员会": "社区", "村委会": "村", "村民委员会": "村"}


def mark(measurement: Measurement) -> Mark:
    """Return how an indicator stands."""
    if measurement.value is None:
        return Mark.NO_DATA
    if measurement.is_met is None:
        return Mark.NO_VERDICT
    return Mark.MET if measurement.is_met else Mark.SHORT


def headline(level: AreaLevel, name: str, measurements: Iterable[Measurement]) -> Words:
    """Return how many of the indicators are met: 全市志愿服务四项指标，三项达标。"""
    marks = [mark(one) for one in measurements]
    met, short = marks.count(Mark.MET), marks.count(Mark.SHORT)
    open_ones = len(marks) - met - short
    params = {"area": Words(_WHOLE_CITY) if level is AreaLevel.CITY else name}
    params |= {"all": _spoken(len(marks)), "met": _spoken(met), "short": _spoken(short), "open": _spoken(open_ones)}
    return Words(_headline(met, short, open_ones, nothing=all(one is Mark.NO_DATA for one in marks)), params)


def _headline(met: int, short: int, open_ones: int, *, nothing: bool) -> str:
    if nothing:
        return N_("%(area)s志愿服务%(all)s项指标，都还没有数据")
    if not met and not short:
        return N_("%(area)s志愿服务%(all)s项指标，现在都还没有结论")
    words = {
        (True, False, False): N_("%(area)s志愿服务%(all)s项指标，全部达标"),
        (False, True, False): N_("%(area)s志愿服务%(all)s项指标，都还没有达标"),
        (True, True, False): N_("%(area)s志愿服务%(all)s项指标，%(met)s项达标，%(short)s项未达标"),
        (True, False, True): N_("%(area)s志愿服务%(all)s项指标，%(met)s项达标，%(open)s项还没有结论"),
        (False, True, True): N_("%(area)s志愿服务%(all)s项指标，%(short)s项未达标，%(open)s项还没有结论"),
        (True, True, True): N_("%(area)s志愿服务%(all)s项指标，%(met)s项达标，%(short)s项未达标，%(open)s项还没有结论"),
    }
    return words[met > 0, short > 0, open_ones > 0]


def detail(measurements: Sequence[Measurement], outlook: Outlook | None = None) -> Words | None:
    """Return what is to be said of the weakest indicator, None where none is below its threshold.

    With an `outlook` of it: where it goes, too. What is missing today and what will be missing are told apart.
    """
    worst = weakest(measurements)
    if worst is None or worst.value is None or worst.short_gap is None:
        return None
    unit = worst.indicator.unit
    params = {"name": Words(worst.indicator.short_name), "value": _amount(unit, worst.value), "gap": worst.short_gap}
    is_alone = sum(mark(one) is Mark.SHORT for one in measurements) == 1
    now = Words(_NOW_ALONE if is_alone else _NOW, params)
    if outlook is None:
        return now
    told = {"now": now, "expected": _amount(unit, outlook.expected), "gap": outlook.gap}
    if outlook.verdict is Verdict.WILL_MISS and outlook.gap is None:
        return Words(_THEN[Verdict.NONE], told)
    return Words(_THEN[outlook.verdict], told)


_NOW_ALONE = N_("%(name)s %(value)s，现在%(gap)s")
_NOW = N_("差得最多的是%(name)s %(value)s，现在%(gap)s")
_THEN = {
    Verdict.WILL_MEET: N_("%(now)s，照现在的势头年底到 %(expected)s，可望达标"),
    Verdict.OPEN: N_("%(now)s，照现在的势头年底到 %(expected)s左右，能不能达标看不准"),
    Verdict.WILL_MISS: N_("%(now)s，照现在的势头年底到 %(expected)s，到时%(gap)s"),
    Verdict.NONE: N_("%(now)s，照现在的势头年底到 %(expected)s"),
}


def caveats(measurements: Iterable[Measurement]) -> list[Words]:
    """Return what must be said beside the sentence: which indicator rests on a self-test, or on too few answers."""
    found = []
    for one in measurements:
        name = Words(one.indicator.short_name)
        if one.is_self_test and one.value is not None:
            told = {"name": name, "value": _amount(one.indicator.unit, one.value)}
            found.append(Words(N_("%(name)s自测 %(value)s，不作正式依据"), told))
        others = [remark for remark in one.remarks if remark.msgid != SELF_TEST]
        found += [Words(N_("%(name)s：%(remark)s"), {"name": name, "remark": remark}) for remark in others]
    return found


def lagging(rows: Iterable[tuple[Key, Measurement]], registered: Mapping[Key, int]) -> list[Key]:
    """Return the three that are farthest below the threshold, the farthest first.

    Left out are those without a verdict, and those of fewer than thirty registered volunteers.
    """
    below = [
        (one.value or Fraction(), place, key)
        for place, (key, one) in enumerate(rows)
        if mark(one) is Mark.SHORT and registered.get(key, 0) >= FEWEST_REGISTERED
    ]
    return [key for _, _, key in sorted(below, key=lambda one: one[:2])[:LAGGING]]


def _amount(unit: Unit, value: Fraction) -> object:
    text = unit.value_text(value)
    return text if unit is Unit.PERCENT else Words(N_("%(hours)s 小时"), {"hours": text})


def _spoken(count: int) -> Words:
    return Words(_COUNTS[count])
