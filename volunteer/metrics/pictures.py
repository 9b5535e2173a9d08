"""The dashboard's pictures: a small trend in each tile and a large one, their numbers in words beside them."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext as _
from markupsafe import Markup

from volunteer.kernel.periods import WindowKind
from volunteer.kernel.speech import say_month
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import Counted, trend_of
from volunteer.metrics.rules import INDICATORS, IndicatorCode, TrendPoint, Unit
from volunteer.web import charts
from volunteer.web.words import say

Trends = Mapping[Total, Sequence[TrendPoint]]


def trends(
    counts: Sequence[tuple[date, Counted]], code: IndicatorCode, basis: Basis, totals: Sequence[Total]
) -> Trends:
    """Return an indicator's trend by some totals; by the chosen one alone where the totals make no difference."""
    told = totals if INDICATORS[code].is_windowed else (basis.total,)
    return {total: trend_of(counts, code, basis, total) for total in told}


def sparklines(counts: Sequence[tuple[date, Counted]], basis: Basis) -> dict[IndicatorCode, Markup]:
    """Return the small trend of each indicator; empty where nothing is known."""
    return {
        code: charts.sparkline([_height(point) for point in points], restart=_restart(code, basis, points))
        for code in INDICATORS
        for points in [trend_of(counts, code, basis, basis.total)]
    }


def trend_chart(area_name: str, code: IndicatorCode, basis: Basis, by_total: Trends) -> Markup:
    """Return the large trend of one indicator, the chosen total first; empty where nothing is known at all."""
    indicator = INDICATORS[code]
    order = sorted(by_total, key=lambda total: total is not basis.total)
    series = [
        (say(total.label) if len(by_total) > 1 else "", [_height(point) for point in by_total[total]])
        for total in order
    ]
    if all(value is None for _name, values in series for value in values):
        return Markup()
    points = by_total[order[0]]
    threshold = basis.edition.threshold(code) if basis.edition else None
    restart = _restart(code, basis, points)
    words = indicator.unit.threshold_text(threshold) if threshold is not None else ""
    return charts.line_chart(
        series,
        [_month(point.day) for point in points],
        None if threshold is None else _scaled(indicator.unit, threshold),
        title=_("%(area)s：%(name)s，近 13 个月", area=area_name, name=say(indicator.name)),
        desc=say(points[-1].measurement.explanation),
        restart=None if restart is None else (restart, _("1 月 1 日重新累计")),
        unit="%" if indicator.unit is Unit.PERCENT else "",
        threshold_label=_(
            "标准 %(threshold)s",
            threshold=f"{words} {say(indicator.unit.suffix) if indicator.unit.suffix else ''}".strip(),
        ),
    )


def _restart(code: IndicatorCode, basis: Basis, points: Sequence[TrendPoint]) -> int | None:
    """Return at which point of a trend the count begins anew: of this year's window on 1 January."""
    if not INDICATORS[code].is_windowed or basis.window.kind is not WindowKind.CALENDAR_YEAR:
        return None
    return next((at for at in range(1, len(points)) if points[at].day.year != points[at - 1].day.year), None)


def _height(point: TrendPoint) -> float | None:
    value = point.measurement.value
    return None if value is None else _scaled(point.measurement.indicator.unit, value)


def _scaled(unit: Unit, value: object) -> float:
    return float(value) * (100 if unit is Unit.PERCENT else 1)  # type: ignore[arg-type]


def _month(day: date) -> str:
    return say(say_month(day.month))
