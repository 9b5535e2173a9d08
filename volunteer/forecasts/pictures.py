"""The picture of a forecast: what came so far, what is expected, its range, and the standard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import sqrt

from flask_babel import gettext as _
from markupsafe import Markup

from volunteer.forecasts.courses import Standing
from volunteer.forecasts.queries import Outlook
from volunteer.kernel.speech import say_month, say_month_and_day
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.queries import basis_for, series
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Unit, measure
from volunteer.web import charts
from volunteer.web.words import say


@dataclass(frozen=True, slots=True)
class Stop:
    """One day of the course: what came, or what is expected with its range; in the indicator's unit."""

    day: date
    came: Fraction | None = None
    expected: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None


def stops_of(outlook: Outlook, code: IndicatorCode, hidden: Discretion | None) -> list[Stop]:
    """Return the days of a year or of twelve months: month ends and the day one stands on, then those to come.

    None at all where the trend of the area is not shown to the reader.
    On the way the range opens with the root of the time, as it does in the back-test.
    """
    forecast, expected = outlook.whole.forecasts[code], outlook.whole.expected
    area, as_of = outlook.whole.area, outlook.as_of
    basis = basis_for(as_of, outlook.window, outlook.total, today=as_of, area=area)
    stops: list[Stop] = []
    counts = series(area, basis)
    if hidden is not None and not hidden.allows_series(area, counts):
        return stops
    for day, counted in counts:
        if day.year == as_of.year or outlook.seen.until:
            read = counted.figures(outlook.window, outlook.total)
            stops.append(Stop(day, came=measure(INDICATORS[code], read, None).value))
    if forecast.expected is None or forecast.expected.value is None or expected is None or not stops:
        return stops
    here = stops[-1].came
    stops[-1] = Stop(as_of, here, here, here, here)
    below, above = forecast.expected.value - (forecast.low or 0), (forecast.high or 0) - forecast.expected.value
    more = [after - before for after, before in zip(expected.end, outlook.course[-1][1], strict=True)]
    for day, standing in outlook.course:
        if day <= as_of:
            continue
        # What is tried out on top comes evenly over the time that is left.
        way = Fraction((day - as_of).days, (forecast.ends_on - as_of).days)
        there = Standing(*(number + int(extra * way) for number, extra in zip(standing, more, strict=True)))
        value = measure(INDICATORS[code], expected.figures_at(there), None).value or Fraction(0)
        open_by = Fraction(sqrt(way)).limit_denominator(1000)
        low, high = max(Fraction(0), value - below * open_by), value + above * open_by
        stops.append(
            Stop(day, None, value, low, min(high, Fraction(1)) if code is IndicatorCode.ACTIVE_SHARE else high)
        )
    return stops


def chart_of(outlook: Outlook, code: IndicatorCode, stops: Sequence[Stop]) -> Markup:
    """Return the picture of one indicator; empty where nothing is known."""
    if not any(one.came is not None or one.expected is not None for one in stops):
        return Markup()
    indicator, forecast = INDICATORS[code], outlook.whole.forecasts[code]
    threshold = forecast.expected.threshold if forecast.expected else None
    words = indicator.unit.threshold_text(threshold) if threshold is not None else ""
    suffix = say(indicator.unit.suffix) if indicator.unit.suffix else ""
    has_course = any(one.expected is not None for one in stops)
    lines = [(_("实际"), [_height(indicator.unit, one.came) for one in stops])]
    if has_course:
        lines.append((_("预计"), [_height(indicator.unit, one.expected) for one in stops]))
    return charts.line_chart(
        lines,
        [_label(one.day, outlook.as_of) for one in stops],
        _height(indicator.unit, threshold),
        title=_("%(area)s：%(name)s的预测", area=outlook.whole.area.name, name=say(indicator.name)),
        desc=_described(outlook, code),
        unit="%" if indicator.unit is Unit.PERCENT else "",
        threshold_label=_("标准 %(threshold)s", threshold=f"{words} {suffix}".strip()),
        band=[_pair(indicator.unit, one) for one in stops] if has_course else (),
    )


def _described(outlook: Outlook, code: IndicatorCode) -> str:
    one = outlook.whole.forecasts[code]
    if one.expected is None or one.range_words is None:
        return say(one.verdict_words)
    return _(
        "预计 %(value)s，区间 %(range)s，%(verdict)s",
        value=one.expected.value_text,
        range=say(one.range_words),
        verdict=say(one.verdict_words),
    )


def _pair(unit: Unit, one: Stop) -> tuple[float, float] | None:
    low, high = _height(unit, one.low), _height(unit, one.high)
    return None if low is None or high is None else (low, high)


def _height(unit: Unit, value: Fraction | None) -> float | None:
    return None if value is None else float(value) * (100 if unit is Unit.PERCENT else 1)


def _label(day: date, as_of: date) -> str:
    return say(say_month_and_day(day)) if day == as_of else say(say_month(day.month))
