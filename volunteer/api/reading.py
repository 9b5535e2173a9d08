"""From the figures to answers: everything is read through metrics, so that one number has one source."""

from datetime import date
from fractions import Fraction

from flask_babel import gettext as _

from models.areas import Area
from models.base import db
from models.metrics import FigureState
from models.surveys import SurveyResult
from volunteer.api.answers import (
    AreaAnswer,
    AreaIndicators,
    BasisAnswer,
    EditionAnswer,
    Estimate,
    Exact,
    ForecastAnswer,
    ForecastsAnswer,
    IndicatorAnswer,
    IndicatorsAnswer,
    SurveyAnswer,
    SurveysAnswer,
    TrendAnswer,
    TrendPointAnswer,
    WindowAnswer,
    estimate,
    exact,
)
from volunteer.forecasts import queries as forecast_queries
from volunteer.forecasts.rules import Forecast, Verdict
from volunteer.kernel.ratio import ratio
from volunteer.kernel.text import Words
from volunteer.metrics import queries
from volunteer.metrics.comparisons import Compared
from volunteer.metrics.discretion import discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.editions import Edition
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement, TrendPoint, Unit
from volunteer.metrics.small_cells import WHY
from volunteer.metrics.year_before import Comparisons, compared
from volunteer.surveys.queries import results_of
from volunteer.surveys.rules import LEAST_CELL, wilson
from volunteer.web.words import say


def figures_version() -> int:
    """Return the version of the figures, 0 before anything was taken in."""
    state = db.session.get(FigureState, 1)
    return state.version if state else 0


def indicators(area: Area, basis: Basis, *, with_children: bool) -> IndicatorsAnswer:
    """Return the indicators of an area and, where asked for, of those right below it."""
    report = discretion(basis).on_report(queries.report(area, basis))
    before = compared(report, is_veiled=True, with_children=with_children)
    children = tuple(_measured(one, before) for one in report.children) if with_children else ()
    return IndicatorsAnswer(basis_answer(basis), _measured(report.whole, before), children)


def trend(area: Area, basis: Basis, code: IndicatorCode) -> TrendAnswer:
    """Return one indicator of an area on thirteen days, or none of them where they would tell of single people."""
    counts, edition = queries.series(area, basis), basis.edition
    is_told = code is IndicatorCode.SUPPORT_SHARE or discretion(basis).allows_series(area, counts)
    standard = edition.standards.get(code) if edition else None
    indicator = INDICATORS[code]
    points = queries.trend_of(counts, code, basis, basis.total) if is_told else ()
    return TrendAnswer(
        basis=basis_answer(basis),
        area=area_answer(area, parent_of(area)),
        code=code,
        name=say(standard.label if standard else indicator.name),
        unit=indicator.unit,
        numerator_unit=indicator.numerator_unit,
        denominator_unit=indicator.denominator_unit,
        edition=_edition(edition),
        threshold=_exact(indicator.unit, edition.threshold(code) if edition else None),
        is_suppressed=not is_told,
        points=tuple(_point(point) for point in points),
    )


def forecasts(area: Area, basis: Basis) -> ForecastsAnswer:
    """Return what an area's indicators are expected to be at the year's end; none where the figure is not told."""
    seen = forecast_queries.outlook_of(area, basis.as_of, total=basis.total)
    hidden = discretion(basis).on_area(queries.report_over(area, (), basis).whole).measurements
    told = tuple(_forecast(one, hidden[code].is_hidden) for code, one in seen.whole.forecasts.items())
    ends_on = next(iter(seen.whole.forecasts.values())).ends_on
    return ForecastsAnswer(area_answer(area, parent_of(area)), seen.as_of, ends_on, seen.total, told)


def surveys(area: Area, on: date) -> SurveysAnswer:
    """Return the results of an area's own surveys up to a day, the latest first."""
    found = results_of([area.id], on)[area.id]
    return SurveysAnswer(area_answer(area, parent_of(area)), tuple(_survey(one) for one in found))


def area_answer(area: Area, parent: str | None) -> AreaAnswer:
    """Return an area and the code of the one above."""
    return AreaAnswer(area.code, area.name, area.level, parent)


def parent_of(area: Area) -> str | None:
    """Return the code of the area right above now; None for the city."""
    return area.lineage.rpartition("/")[0].rpartition("/")[2] or None


def basis_answer(basis: Basis) -> BasisAnswer:
    """Return what figures rest on."""
    fresh = queries.freshness()
    days = WindowAnswer(basis.window.kind, basis.window.first_on, basis.window.last_on)
    return BasisAnswer(basis.as_of, days, basis.total, figures_version(), fresh.applied_at, fresh.waiting)


def _measured(one: AreaReport, before: Comparisons) -> AreaIndicators:
    then = before.get(one.area.id, {})
    indicators = tuple(_indicator(found, one.edition, then.get(code)) for code, found in one.measurements.items())
    return AreaIndicators(area_answer(one.area, parent_of(one.area)), _edition(one.edition), indicators)


def _edition(edition: Edition | None) -> EditionAnswer | None:
    if edition is None:
        return None
    return EditionAnswer(edition.name, edition.series, edition.effective_from, edition.effective_to)


def _indicator(measured: Measurement, edition: Edition | None, before: Compared | None) -> IndicatorAnswer:
    indicator = measured.indicator
    standard = edition.standards.get(indicator.code) if edition else None
    return IndicatorAnswer(
        code=indicator.code,
        name=say(standard.label if standard else indicator.name),
        unit=indicator.unit,
        numerator=measured.numerator,
        numerator_unit=indicator.numerator_unit,
        denominator=measured.denominator,
        denominator_unit=indicator.denominator_unit,
        value=_exact(indicator.unit, measured.value),
        threshold=_exact(indicator.unit, measured.threshold),
        is_met=measured.is_met,
        year_before=_exact(indicator.unit, before.value_then if before and measured.value is not None else None),
        grade=edition.grade(indicator.code, measured.value) if edition else None,
        clause=say(standard.clause) if standard and standard.clause else None,
        is_suppressed=measured.is_hidden,
        note=_note(measured),
    )


def _note(measured: Measurement) -> str | None:
    """Return what must be said beside a value, or why there is none."""
    words: list[Words] = [*([measured.explanation] if measured.value is None else []), *measured.remarks]
    return _("；").join(say(one) for one in words) or None


def _point(point: TrendPoint) -> TrendPointAnswer:
    one = point.measurement
    return TrendPointAnswer(point.day, one.numerator, one.denominator, _exact(one.indicator.unit, one.value))


def _forecast(one: Forecast, is_hidden: bool) -> ForecastAnswer:
    unit = INDICATORS[one.code].unit
    expected = None if is_hidden or one.expected is None else one.expected
    low, high = (None, None) if expected is None else (one.low, one.high)
    why = [words for words in (one.reason, one.note) if words]
    return ForecastAnswer(
        code=one.code,
        name=say(INDICATORS[one.code].name),
        expected=_estimate(unit, expected.value if expected else None),
        low=_estimate(unit, low),
        high=_estimate(unit, high),
        threshold=_exact(unit, expected.threshold if expected else None),
        verdict=Verdict.NONE if is_hidden else one.verdict,
        is_suppressed=is_hidden,
        note=say(WHY) if is_hidden else _("；").join(map(say, why)) or None,
    )


def _estimate(unit: Unit, value: Fraction | None) -> Estimate | None:
    return None if value is None else estimate(unit, max(value, Fraction()))


def _survey(result: SurveyResult) -> SurveyAnswer:
    """Return a result; fewer answers than LEAST_CELL tell of these people, not of an area."""
    is_told = result.valid_answers >= LEAST_CELL
    low, high = (is_told and wilson(result.supporting, result.valid_answers)) or (None, None)
    return SurveyAnswer(
        held_on=result.held_on,
        is_official=result.is_official,
        supporting=result.supporting if is_told else None,
        valid_answers=result.valid_answers if is_told else None,
        share=_exact(Unit.PERCENT, ratio(result.supporting, result.valid_answers) if is_told else None),
        low=_exact(Unit.PERCENT, low),
        high=_exact(Unit.PERCENT, high),
        is_suppressed=not is_told,
        source=result.source,
    )


def _exact(unit: Unit, value: Fraction | None) -> Exact | None:
    return None if value is None else exact(unit, value)
