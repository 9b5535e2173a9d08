"""The office's dashboard: the city, each area down to the people behind a number, and what explains each number."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.metrics import FigureForm
from models.areas import Area
from volunteer.areas import overview
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics import (
    agenda,
    day_views,
    part_views,
    people_queries,
    pictures,
    queries,
    ranking_queries,
    ranking_views,
    year_before,
)
from volunteer.metrics.desk import (
    AREA,
    FILE,
    INDICATOR,
    area_or_refuse,
    basis_of,
    basis_or_refuse,
    bp,
    doors_from,
    frame,
    may_send,
    remarks_of,
    report_for_reader,
    unclear,
    veil,
    veiled,
)
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.documents import AreaMeasurements, Basis, indicator_table, people_table, trend_table
from volunteer.metrics.facts import Total
from volunteer.metrics.left_out_queries import left_out
from volunteer.metrics.queries import AreaReport, Counted, Report
from volunteer.metrics.ranking import subject
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.notices.queries import unread_count
from volunteer.signals.queries import open_signals
from volunteer.web.access import access, own_id, principal
from volunteer.web.downloads import table_answer
from volunteer.web.paging import page_number
from volunteer.web.words import say

__all__ = ["bp", "day_views", "part_views", "ranking_views"]


@bp.get("/")
@access(Permission.READ_FIGURES)
def show_dashboard() -> ResponseReturnValue:
    """Show the area where the reader's sight begins: the city, or a district."""
    starts = overview.areas_starting_at(principal().lineages(Permission.READ_FIGURES))
    if not starts:
        raise NotFound(N_("还没有区划，请先导入区划"))
    return _show(starts[0])


@bp.get(AREA)
@access(Permission.READ_FIGURES)
def show_area(code: str) -> ResponseReturnValue:
    """Show one area with what lies right below it; below a community its people."""
    return _show(area_or_refuse(code))


@bp.get(f"{AREA}/{INDICATOR}")
@access(Permission.READ_FIGURES)
def explain(code: str, indicator: str) -> ResponseReturnValue:
    """Show what one number is made of, what is left out, and the list behind it."""
    area, chosen, form = area_or_refuse(code), IndicatorCode(indicator), FigureForm(clock.today())
    basis = basis_of(form, area)
    if basis is None:
        return unclear(area, form)
    hidden = veil(area, basis)
    report = veiled(queries.report(area, basis), hidden)
    return render_template(
        "metrics/explain.html",
        code=chosen,
        measurement=report.whole.measurements[chosen],
        by_total=_by_total(report.whole, basis, hidden),
        before=year_before.compared(report, is_veiled=hidden is not None).get(area.id, {}).get(chosen),
        left_out=[] if hidden else left_out(area, chosen, basis),
        is_veiled=hidden is not None,
        population_sources=queries.population_sources(area, basis.window.last_on),
        **frame(area, form),
        **_below(report),
    )


@bp.get(f"{AREA}/table.{FILE}")
@access(Permission.READ_FIGURES)
def download_table(code: str, kind: str) -> ResponseReturnValue:
    """Hand out the table of an area and what lies right below it, in the order of the page."""
    area = area_or_refuse(code)
    report = report_for_reader(area, basis_or_refuse(area))
    before = year_before.compared(report, is_veiled=_is_veiled(area), with_children=True)
    rows = [_row(child, before) for child in report.sorted_children(request.args.get("sort", ""))]
    title = _("%(area)s志愿服务指标", area=area.name)
    table = indicator_table(
        title, rows, _row(report.whole, before), report.basis, remarks=remarks_of(report), speak=say
    )
    return table_answer(table, kind)


@bp.get(f"{AREA}/people.{FILE}")
@access(Permission.READ_PEOPLE)
def download_people(code: str, kind: str) -> ResponseReturnValue:
    """Hand out the list of a community's registered volunteers."""
    area = area_or_refuse(code, Permission.READ_PEOPLE)
    basis = basis_or_refuse(area)
    if area.level is not AreaLevel.COMMUNITY:
        raise NotFound(N_("名单按社区（村）下载"))
    title = _("%(area)s注册志愿者", area=area.name)
    return table_answer(people_table(title, people_queries.everybody(area, basis), basis, speak=say), kind)


@bp.get(f"{AREA}/{INDICATOR}/trend.{FILE}")
@access(Permission.READ_FIGURES)
def download_trend(code: str, indicator: str, kind: str) -> ResponseReturnValue:
    """Hand out the days of one indicator's trend."""
    area, chosen = area_or_refuse(code), IndicatorCode(indicator)
    basis = basis_or_refuse(area)
    points = queries.trend_of(_series(area, basis, veil(area, basis)), chosen, basis, basis.total)
    title = _("%(area)s：%(name)s", area=area.name, name=say(INDICATORS[chosen].name))
    return table_answer(trend_table(title, points, INDICATORS[chosen], basis, speak=say), kind)


def _show(area: Area) -> ResponseReturnValue:
    form = FigureForm(clock.today())
    basis = basis_of(form, area)
    if basis is None:
        return unclear(area, form)
    hidden = veil(area, basis)
    report, counts = veiled(queries.report(area, basis), hidden), _series(area, basis, hidden)
    code = _trend_code(report)
    by_total = pictures.trends(counts, code, basis, _totals_told(area, basis, hidden, counts))
    return render_template(
        "metrics/show_area.html",
        before=year_before.compared(report, is_veiled=hidden is not None).get(area.id, {}),
        sparklines=pictures.sparklines(counts, basis),
        trend_code=code,
        trend_totals=list(by_total),
        trend_rows=list(zip(*by_total.values(), strict=True)),
        chart=pictures.trend_chart(area.name, code, basis, by_total),
        pending=queries.pending_organizations(area),
        odd=_signals_to_judge(area),
        duties=agenda.duties(principal(), area),
        unread=unread_count(own_id()),
        doors=doors_from(area, form.address),
        may_send=may_send(area),
        laggards=() if area.level is AreaLevel.COMMUNITY else ranking_queries.laggards(area, basis, hidden),
        **frame(area, form),
        **_below(report),
    )


def _signals_to_judge(area: Area) -> int:
    """Return how many signals of the area wait for the reader's verdict, 0 for a reader who may not judge there."""
    return open_signals(area) if principal().may_at(Permission.JUDGE_SIGNALS, Scope(area.lineage)) else 0


def _below(report: Report) -> dict[str, Any]:
    """Return what lies behind the area's numbers: the areas below it, or a community's people."""
    area, sort = report.whole.area, request.args.get("sort", "")
    is_listed = area.level is AreaLevel.COMMUNITY and principal().may_at(Permission.READ_PEOPLE, Scope(area.lineage))
    return {
        "basis": report.basis,
        "report": report,
        "children": report.sorted_children(sort),
        "sort": sort,
        "is_community": area.level is AreaLevel.COMMUNITY,
        "page": people_queries.page_of_people(area, report.basis, page_number()) if is_listed else None,
    }


def _series(area: Area, basis: Basis, hidden: Discretion | None) -> list[tuple[date, Counted]]:
    """Return an area's last thirteen months as the reader may see them: nothing where a count on the way is small."""
    counts = queries.series(area, basis)
    return counts if hidden is None or hidden.allows_series(area, counts) else []


def _totals_told(
    area: Area, basis: Basis, hidden: Discretion | None, counts: Sequence[tuple[date, Counted]]
) -> list[Total]:
    """Return by which totals an area's trend may be shown beside that of the page, which is one of them."""
    if hidden is None or not counts:
        return list(Total)
    return [total for total in Total if total is basis.total or hidden.by(total).allows_series(area, counts)]


def _by_total(whole: AreaReport, basis: Basis, hidden: Discretion | None) -> dict[Total, AreaReport]:
    found = {total: queries.measured(whole.area, whole.counted, replace(basis, total=total)) for total in Total}
    return {total: hidden.by(total).on_area(one) for total, one in found.items()} if hidden else found


def _trend_code(report: Report) -> IndicatorCode:
    typed = request.args.get("trend", "")
    return IndicatorCode(typed) if typed in set(IndicatorCode) else subject(report.whole.measurements)


def _row(one: AreaReport, before: year_before.Comparisons) -> AreaMeasurements:
    compared = list(before[one.area.id].values()) if one.area.id in before else []
    return AreaMeasurements(one.area.name, list(one.measurements.values()), compared)


def _is_veiled(area: Area) -> bool:
    return not principal().may_at(Permission.READ_PEOPLE, Scope(area.lineage))
