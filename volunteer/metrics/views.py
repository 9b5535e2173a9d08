"""The office's dashboard: the city, each area down to the people behind a number, and what explains each number."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.metrics import FigureForm
from models.areas import Area
from volunteer.areas import overview
from volunteer.areas.queries import area_by_code
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.ratio import MINUTES_PER_HOUR, thousands
from volunteer.kernel.tables import Table, csv_bytes, xlsx_bytes
from volunteer.kernel.text import N_
from volunteer.metrics import people_queries, pictures, queries
from volunteer.metrics.documents import AreaMeasurements, Basis, indicator_table, people_table, trend_table
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import AreaReport, Report
from volunteer.metrics.rules import INDICATORS, Indicator, IndicatorCode, Unit
from volunteer.notices.queries import unread_count
from volunteer.signals.queries import open_signals
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.paging import page_number
from volunteer.web.words import say

bp = Blueprint("metrics", __name__, url_prefix="/metrics")

AREA = "/areas/<string(minlength=6, maxlength=12):code>"
INDICATOR = f"<any({', '.join(IndicatorCode)}):indicator>"
FILE = "<any(csv, xlsx):kind>"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


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
    return _show(_area(code))


@bp.get(f"{AREA}/{INDICATOR}")
@access(Permission.READ_FIGURES)
def explain(code: str, indicator: str) -> ResponseReturnValue:
    """Show what one number is made of, what is left out, and the list behind it."""
    area, chosen, form = _area(code), IndicatorCode(indicator), FigureForm(clock.today())
    basis = _basis(form, area)
    if basis is None:
        return _unclear(area, form)
    report = queries.report(area, basis)
    return render_template(
        "metrics/explain.html",
        code=chosen,
        measurement=report.whole.measurements[chosen],
        by_total=_by_total(report.whole, basis),
        population_sources=queries.population_sources(area, basis.window.last_on),
        **_frame(area, form),
        **_below(report),
    )


@bp.get(f"{AREA}/table.{FILE}")
@access(Permission.READ_FIGURES)
def download_table(code: str, kind: str) -> ResponseReturnValue:
    """Hand out the table of an area and what lies right below it, in the order of the page."""
    area = _area(code)
    report = queries.report(area, _basis_or_refuse(area))
    rows = [_row(child) for child in report.sorted_children(request.args.get("sort", ""))]
    title = _("%(area)s志愿服务指标", area=area.name)
    table = indicator_table(
        title, rows, _row(report.whole), report.basis, remarks=report.otherwise_measured(), speak=say
    )
    return _file(table, kind)


@bp.get(f"{AREA}/people.{FILE}")
@access(Permission.READ_PEOPLE)
def download_people(code: str, kind: str) -> ResponseReturnValue:
    """Hand out the list of a community's registered volunteers."""
    area = _area(code, Permission.READ_PEOPLE)
    basis = _basis_or_refuse(area)
    if area.level is not AreaLevel.COMMUNITY:
        raise NotFound(N_("名单按社区（村）下载"))
    title = _("%(area)s注册志愿者", area=area.name)
    return _file(people_table(title, people_queries.everybody(area, basis), basis, speak=say), kind)


@bp.get(f"{AREA}/{INDICATOR}/trend.{FILE}")
@access(Permission.READ_FIGURES)
def download_trend(code: str, indicator: str, kind: str) -> ResponseReturnValue:
    """Hand out the days of one indicator's trend."""
    area, chosen = _area(code), IndicatorCode(indicator)
    basis = _basis_or_refuse(area)
    points = queries.trend_of(queries.series(area, basis), chosen, basis, basis.total)
    title = _("%(area)s：%(name)s", area=area.name, name=say(INDICATORS[chosen].name))
    return _file(trend_table(title, points, INDICATORS[chosen], basis, speak=say), kind)


def _show(area: Area) -> ResponseReturnValue:
    form = FigureForm(clock.today())
    basis = _basis(form, area)
    if basis is None:
        return _unclear(area, form)
    report, counts = queries.report(area, basis), queries.series(area, basis)
    code = _trend_code()
    by_total = pictures.trends(counts, code, basis)
    return render_template(
        "metrics/show_area.html",
        sparklines=pictures.sparklines(counts, basis),
        trend_code=code,
        trend_totals=list(by_total),
        trend_rows=list(zip(*by_total.values(), strict=True)),
        chart=pictures.trend_chart(area.name, code, basis, by_total),
        pending=queries.pending_organizations(area),
        odd=_signals_to_judge(area),
        unread=unread_count(own_id()),
        **_frame(area, form),
        **_below(report),
    )


def _signals_to_judge(area: Area) -> int:
    """Return how many signals of the area wait for the reader's verdict, 0 for a reader who may not judge there."""
    return open_signals(area) if principal().may_at(Permission.JUDGE_SIGNALS, Scope(area.lineage)) else 0


@bp.app_template_filter()
def hours_and_minutes(minutes: int) -> str:
    """Return minutes exactly, so that the rows of a table add up: 1,234 小时 5 分."""
    whole, rest = divmod(minutes, MINUTES_PER_HOUR)
    if not rest:
        return _("%(hours)s 小时", hours=thousands(whole))
    return _("%(hours)s 小时 %(minutes)s 分", hours=thousands(whole), minutes=rest)


@bp.app_template_filter()
def counted(number: int, indicator: Indicator) -> str:
    """Return a numerator in its own words: persons, answers, or time."""
    return hours_and_minutes(number) if indicator.unit is Unit.HOURS else indicator.count_text(number)


def _area(code: str, permission: Permission = Permission.READ_FIGURES) -> Area:
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    require_at(permission, Scope(area.lineage))
    return area


def _basis(form: FigureForm, area: Area) -> Basis | None:
    """Return what was chosen, or None after putting what is wrong on its field."""
    if not form.validate():
        return None
    try:
        kind, total = WindowKind(form.window.data), Total(form.total.data)
        return queries.basis_for(form.as_of.data, kind, total, today=clock.today(), area=area)
    except Invalid as error:
        form.blame(error)
        return None


def _basis_or_refuse(area: Area) -> Basis:
    form = FigureForm(clock.today())
    basis = _basis(form, area)
    if basis is None:
        raise Invalid(N_("日期、统计期或口径不对，请回到页面重新选择"))
    return basis


def _unclear(area: Area, form: FigureForm) -> ResponseReturnValue:
    return render_template("metrics/unclear.html", area=area, form=form), 422


def _frame(area: Area, form: FigureForm) -> dict[str, Any]:
    """Return what the head of every page shows: where the reader is, what is chosen, how fresh the figures are."""
    lineages = principal().lineages(Permission.READ_FIGURES)
    return {
        "area": area,
        "form": form,
        "address": form.address,
        "above": overview.path_to(area, lineages)[:-1],
        "starts": overview.areas_starting_at(lineages) if len(lineages) > 1 else [],
        "freshness": queries.freshness(),
        "indicators": INDICATORS,
    }


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


def _by_total(whole: AreaReport, basis: Basis) -> dict[Total, AreaReport]:
    return {total: queries.measured(whole.area, whole.counted, replace(basis, total=total)) for total in Total}


def _trend_code() -> IndicatorCode:
    typed = request.args.get("trend", "")
    return IndicatorCode(typed) if typed in set(IndicatorCode) else IndicatorCode.ACTIVE_SHARE


def _row(one: AreaReport) -> AreaMeasurements:
    return AreaMeasurements(one.area.name, list(one.measurements.values()))


def _file(table: Table, kind: str) -> Response:
    response = make_response(csv_bytes(table) if kind == "csv" else xlsx_bytes(table, clock.now()))
    response.headers["Content-Type"] = TYPES[kind]
    # A header line holds Latin letters alone; the name as people read it goes beside it, encoded (RFC 6266).
    name = {"filename": f"figures.{kind}", "filename*": f"UTF-8''{quote(f'{table.title}.{kind}')}"}
    response.headers.set("Content-Disposition", "attachment", **name)
    return response
