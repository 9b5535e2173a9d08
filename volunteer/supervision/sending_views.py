"""Sending an order from an indicator that lags: what is known is filled in, and who would sign for it is told."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.supervision import OrderForm
from models.areas import Area
from models.organizations import Organization
from models.supervision import Order
from volunteer.areas.overview import areas_starting_at
from volunteer.areas.queries import area_by_code, full_name
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.queries import forecast_of
from volunteer.forecasts.rules import CODES
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Forbidden, NotFound
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_, Words
from volunteer.metrics import queries as metrics
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Unit
from volunteer.supervision import order_queries, orders, people
from volunteer.supervision.desk import bp, days_offered, number_of
from volunteer.supervision.order_rules import (
    USUAL_DEMANDS,
    Gap,
    gap_of,
    usual_title,
)
from volunteer.supervision.people import Handler
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.transactions import attempt
from volunteer.web.words import say

SEND = Permission.SEND_ORDERS
AREA = "area"


@bp.route("/orders/create", methods=["GET", "POST"])
@access(SEND)
def create() -> ResponseReturnValue:
    """Send an order about an indicator that an area lags behind in; what is typed begins with what is known."""
    typed = request.args.get(AREA, ""), request.args.get("indicator", "")
    if not all(typed) or typed[1] not in set(IndicatorCode):
        if request.method == "POST":
            raise NotFound(N_("督办从一项没有达标的指标发起：打开一个区划，点它的数字，再点“发督办”"))
        flash(_("督办从一项没有达标的指标发起：打开一个区划，点它的数字，再点“发督办”"), "needs")
        return redirect(url_for("metrics.show_dashboard"))
    area, issuer = _area_to_send_to(typed[0])
    basis = metrics.basis_for(clock.today(), WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=clock.today(), area=area)
    measurement = metrics.report(area, basis).whole.measurements[IndicatorCode(typed[1])]
    try:
        gap = gap_of(measurement, basis, _forecast(area, IndicatorCode(typed[1])))
    except Conflict as refused:
        return render_template(
            "supervision/no_gap.html", area=area, why=refused.words, measurement=measurement
        ), refused.status
    form = _order_form(area, gap)

    def act() -> Order:
        facts = orders.OrderTyped(title=form.title.data, demand=form.demand.data, working_days=form.working_days.data)
        organization = _addressee(area, form.addressee.data)
        return orders.send(issuer, area, organization, gap=gap, typed=facts, account_id=own_id())

    sent = attempt(form, act)
    if sent is not None:
        flash(_("%(number)s已发出，对方会收到通知", number=number_of(sent)), "success")
        return redirect(url_for(".show_order", order_id=sent.public_id))
    area, issuer = _area_to_send_to(typed[0])
    return render_template(
        "supervision/create_order.html",
        form=form,
        area=area,
        issuer=issuer,
        area_name=full_name(area),
        gap=gap,
        handler=_handler(issuer, area),
    ), 422 if form.is_submitted() else 200


def _area_to_send_to(code: str) -> tuple[Area, Area]:
    """Return an area and the office of the reader that sends orders there."""
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    require_at(SEND, Scope(area.lineage))
    for upper in areas_starting_at(principal().lineages(SEND)):
        if area.lineage == upper.lineage or area.lineage.startswith(upper.lineage + "/"):
            return area, upper
    raise Forbidden(N_("您能看到这里，但没有办这件事的权限"))


def _order_form(area: Area, gap: Gap) -> OrderForm:
    found = order_queries.organizations_in(area) if area.level in (AreaLevel.STREET, AreaLevel.COMMUNITY) else []
    addressees = [(AREA, _("%(area)s（区划）", area=area.name)), *((one.public_id, one.name) for one in found)]
    return OrderForm(
        addressees=addressees,
        days=days_offered(),
        data={
            "addressee": AREA,
            "title": say(usual_title(area.name, gap.indicator)),
            "demand": _(USUAL_DEMANDS[gap.indicator.code]),
        },
    )


def _addressee(area: Area, typed: str) -> Organization | None:
    if typed == AREA:
        return None
    return next(one for one in order_queries.organizations_in(area) if one.public_id == typed)


def _handler(issuer: Area, area: Area) -> Handler | Words:
    """Return who would sign for an order to an area, or why nobody would."""
    try:
        return people.handler_of(issuer, area, None, own_id())
    except Conflict as refused:
        return refused.words


def _forecast(area: Area, code: IndicatorCode) -> Words | None:
    """Return what the indicator is expected to be at the end of the year, where that is known."""
    if code not in CODES:
        return None
    forecast = forecast_of(area, code, clock.today())
    if forecast.expected is None or forecast.expected.value_text is None or forecast.range_words is None:
        return None
    told = {"value": forecast.expected.value_text, "range": forecast.range_words}
    if INDICATORS[code].unit is Unit.HOURS:
        return Words(N_("照现在的势头，年底预计 %(value)s 小时（%(range)s）"), told)
    return Words(N_("照现在的势头，年底预计 %(value)s（%(range)s）"), told)
