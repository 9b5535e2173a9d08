"""What the pages of the figures share: their addresses, the choices at the top, the head of a page, the files."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.metrics import FigureForm
from models.areas import Area
from volunteer.areas import overview
from volunteer.areas.moves import moves_of
from volunteer.areas.queries import area_by_code
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.speech import say_minutes
from volunteer.kernel.text import N_, Words
from volunteer.metrics import queries
from volunteer.metrics.discretion import Discretion, discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.metrics.parts import Dimension
from volunteer.metrics.queries import Report
from volunteer.metrics.ranking import weakest
from volunteer.metrics.rules import INDICATORS, Indicator, IndicatorCode, Unit
from volunteer.metrics.small_cells import REMARK
from volunteer.web.access import principal, require_at
from volunteer.web.words import say

bp = Blueprint("metrics", __name__, url_prefix="/metrics")

AREA = "/areas/<string(minlength=6, maxlength=12):code>"
INDICATOR = f"<any({', '.join(IndicatorCode)}):indicator>"
FILE = "<any(csv, xlsx):kind>"


@bp.app_template_filter()
def hours_and_minutes(minutes: int) -> str:
    """Return minutes exactly: 1,234 小时 5 分."""
    return say(say_minutes(minutes))


bp.add_app_template_global(weakest)


@bp.app_template_filter()
def counted(number: int, indicator: Indicator) -> str:
    """Return a numerator in its own words: persons, answers, or time."""
    return hours_and_minutes(number) if indicator.unit is Unit.HOURS else indicator.count_text(number)


def area_or_refuse(code: str, permission: Permission = Permission.READ_FIGURES) -> Area:
    """Return the area of an address; to who has no right to it there is none."""
    area = area_by_code(code)
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    require_at(permission, Scope(area.lineage))
    return area


def basis_of(form: FigureForm, area: Area) -> Basis | None:
    """Return what was chosen, or None after putting what is wrong on its field."""
    if not form.validate():
        return None
    try:
        kind, total = WindowKind(form.window.data), Total(form.total.data)
        return queries.basis_for(form.as_of.data, kind, total, today=clock.today(), area=area)
    except Invalid as error:
        form.blame(error)
        return None


def basis_or_refuse(area: Area) -> Basis:
    """Return what was chosen for a file; raise Invalid where it makes no sense."""
    form = FigureForm(clock.today())
    basis = basis_of(form, area)
    if basis is None:
        raise Invalid(N_("日期、统计期或口径不对，请回到页面重新选择"))
    return basis


def unclear(area: Area, form: FigureForm, more: Sequence[str] = ()) -> ResponseReturnValue:
    """Return the page of a choice that makes no sense, with what is wrong on its field; `more` are other fields."""
    return render_template("metrics/unclear.html", area=area, form=form, more=more), 422


def frame(area: Area, form: FigureForm) -> dict[str, Any]:
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
        "moves": moves_of(area),
    }


def may_send(area: Area) -> bool:
    """Return whether the reader may send orders to what lies below an area."""
    return principal().may_at(Permission.SEND_ORDERS, Scope(area.lineage))


def veil(area: Area, basis: Basis) -> Discretion | None:
    """Return what is not shown to the reader of an area, or None for one who may see its people by name."""
    if principal().may_at(Permission.READ_PEOPLE, Scope(area.lineage)):
        return None
    return discretion(basis)


def report_for_reader(area: Area, basis: Basis) -> Report:
    """Return the report of an area as the reader may see it."""
    return veiled(queries.report(area, basis), veil(area, basis))


def veiled(report: Report, hidden: Discretion | None) -> Report:
    """Return a report without what is not shown."""
    return hidden.on_report(report) if hidden else report


def remarks_of(report: Report) -> list[Words]:
    """Return what is to be said below a table: other editions, and that something is not shown."""
    rows = (report.whole, *report.children)
    is_veiled = any(one.is_hidden for row in rows for one in row.measurements.values())
    return [*report.otherwise_measured(), *([Words(REMARK)] if is_veiled else [])]


def doors_from(area: Area, address: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return where the figures of an area lead to, as words and addresses; rooms that are not there are left out."""
    has_areas_below = area.level is not AreaLevel.COMMUNITY
    doors: list[tuple[str, str, Mapping[str, Any]]] = [
        *([(_("排名"), "metrics.rank", address)] if has_areas_below else []),
        *((say(one.label), "metrics.show_parts", {**address, "dimension": one.value}) for one in Dimension),
        (_("当天和现在"), "metrics.show_day", address),
        (_("预测"), "forecasts.show", {}),
        *([(_("地图"), "maps.show", {})] if has_areas_below else []),
    ]
    there = current_app.view_functions
    return [(words, url_for(name, code=area.code, **parts)) for words, name, parts in doors if name in there]
