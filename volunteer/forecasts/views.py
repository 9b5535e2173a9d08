"""The page of a forecast: what will be, how sure that is, what is still missing, and what more activities would do."""

from dataclasses import replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.forecasts import ForecastForm, WhatIfForm
from models.areas import Area
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts import pictures, queries, urging
from volunteer.forecasts.documents import forecast_table
from volunteer.forecasts.queries import AreaForecast, Outlook
from volunteer.forecasts.rules import CODES, Forecast
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_
from volunteer.metrics.desk import FILE, area_or_refuse, basis_of, frame, veil
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import basis_for
from volunteer.metrics.rules import IndicatorCode
from volunteer.web.access import access, principal
from volunteer.web.downloads import table_answer
from volunteer.web.words import say

bp = Blueprint("forecasts", __name__, url_prefix="/forecasts")

AREA = "/<string(minlength=6, maxlength=12):code>"
# What one may try at once: two more Saturdays of 30 people.
EXAMPLE = {"activities": "2", "people": "30", "hours": "3", "new_percent": "20"}


@bp.get(AREA)
@access(Permission.READ_FIGURES)
def show(code: str) -> ResponseReturnValue:
    """Show what the indicators of an area will be at the end of the year, and what is still missing."""
    area, form, extra = area_or_refuse(code), ForecastForm(clock.today()), WhatIfForm()
    if basis_of(form, area) is None:
        return render_template("forecasts/unclear.html", area=area, form=form), 422
    (plain, hidden), tried = _outlook(area, form), extra.read()
    outlook = queries.try_out(plain, tried) if tried else plain
    chosen, sort = _chosen(), request.args.get("sort", "")
    stops = pictures.stops_of(outlook, chosen, hidden)
    known = queries.backtest_of(area, outlook)
    is_hidden = hidden is not None and bool(hidden.codes_of(area))
    page = render_template(
        "forecasts/show.html",
        outlook=outlook,
        plain=plain if tried else None,
        limits=tried.limits(plain.whole.expected, plain.days_left) if tried and plain.whole.expected else [],
        extra=extra,
        example=EXAMPLE,
        chosen=chosen,
        codes=CODES,
        stops=stops,
        chart=pictures.chart_of(outlook, chosen, stops),
        urged=urging.urged(outlook, chosen, hidden),
        # An order is about today's figures.
        may_order=outlook.as_of == clock.today() and principal().may_at(Permission.SEND_ORDERS, Scope(area.lineage)),
        children=outlook.sorted_children(sort),
        # How far off it was tells how much there is, where nothing else does.
        backtest=replace(known, own=()) if is_hidden or (hidden and not stops) else known,
        is_veiled=is_hidden or (hidden is not None and not stops),
        is_community=area.level is AreaLevel.COMMUNITY,
        sort=sort,
        **frame(area, form),
    )
    return page, 422 if extra.has_errors else 200


@bp.get(f"{AREA}/table.{FILE}")
@access(Permission.READ_FIGURES)
def download(code: str, kind: str) -> ResponseReturnValue:
    """Hand out the forecasts of an area and of what lies right below it, in the order of the page."""
    area, form = area_or_refuse(code), ForecastForm(clock.today())
    if basis_of(form, area) is None:
        raise Invalid(N_("日期或口径不对，请回到页面重新选择"))
    outlook, _hidden = _outlook(area, form)
    rows = [_row(one) for one in (*outlook.sorted_children(request.args.get("sort", "")), outlook.whole)]
    title = _("%(area)s的预测，到 %(day)s", area=area.name, day=say(say_date(outlook.ends_on)))
    return table_answer(forecast_table(title, rows, outlook.as_of, outlook.ends_on, outlook.total, speak=say), kind)


@bp.app_template_filter()
def mean_error(error: float, code: IndicatorCode) -> str:
    """Return a mean error as shown: in percentage points, or in hours a head."""
    return f"{error if code is IndicatorCode.HOURS_PER_HEAD else error * 100:.2f}"


def _outlook(area: Area, form: ForecastForm) -> tuple[Outlook, Discretion | None]:
    """Return what is forecast as the reader may see it, and what is not shown to them."""
    as_of, total = form.as_of.data, Total(form.total.data)
    found = queries.outlook_of(area, as_of, total=total, until=form.ends_on)
    hidden = veil(area, basis_for(as_of, found.window, total, today=as_of, area=area))
    return (queries.without_small(found, hidden) if hidden else found), hidden


def _chosen() -> IndicatorCode:
    typed = request.args.get("indicator", "")
    return IndicatorCode(typed) if typed in set(CODES) else IndicatorCode.HOURS_PER_HEAD


def _row(one: AreaForecast) -> tuple[str, list[Forecast]]:
    return one.area.name, [one.forecasts[code] for code in CODES]
