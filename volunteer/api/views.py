"""The doors of the interface, its description, and the office's page of tokens."""

from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from forms.metrics import FigureForm
from models.areas import Area
from models.base import db
from volunteer.api import queries, reading, token_views
from volunteer.api.answers import AreaPage, WrongParameter
from volunteer.api.desk import WrongParameters, answered, area_of_token, bp
from volunteer.api.documents import openapi
from volunteer.api.doors import DOOR_OF, DOORS, LARGEST_SIZE, PREFIX, USUAL_SIZE
from volunteer.api.rules import ProblemKind
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.metrics import queries as metrics
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode
from volunteer.web.access import access
from volunteer.web.addresses import public_origin
from volunteer.web.paging import LAST_PAGE, paginate
from volunteer.web.words import say

__all__ = ["bp", "token_views"]

V1 = PREFIX.removeprefix("/api")


@bp.get(V1 + DOOR_OF["list_areas"].rule)
@access(Permission.PUBLIC)
def list_areas() -> ResponseReturnValue:
    """Give the areas that the token reaches, page by page."""
    below = request.args.get("below", "")
    found = queries.areas_from(g.api_lineage, area_of_token(below) if below else None, _level())
    page = paginate(db.session, found, _number("page", 1, LAST_PAGE), _number("size", USUAL_SIZE, LARGEST_SIZE))
    areas = tuple(reading.area_answer(area, reading.parent_of(area)) for area in page.items)
    return answered(AreaPage(page.total, page.number, page.last, page.size, areas))


@bp.get(V1 + DOOR_OF["show_indicators"].rule)
@access(Permission.PUBLIC)
def show_indicators(code: str) -> ResponseReturnValue:
    """Give the indicators of an area, with those of the areas right below it where asked for."""
    area = area_of_token(code)
    basis = _basis(area)
    found = reading.indicators(area, basis, with_children=_truth("children"))
    return answered(found, found.basis.figures_version)


@bp.get(V1 + DOOR_OF["show_trend"].rule)
@access(Permission.PUBLIC)
def show_trend(code: str, indicator: str) -> ResponseReturnValue:
    """Give one indicator of an area on thirteen days."""
    area = area_of_token(code)
    found = reading.trend(area, _basis(area), IndicatorCode(indicator))
    return answered(found, found.basis.figures_version)


@bp.get(V1 + DOOR_OF["show_forecast"].rule)
@access(Permission.PUBLIC)
def show_forecast(code: str) -> ResponseReturnValue:
    """Give what an area's indicators are expected to be at the year's end."""
    area = area_of_token(code)
    return answered(reading.forecasts(area, _basis(area)), reading.figures_version())


@bp.get(V1 + DOOR_OF["list_surveys"].rule)
@access(Permission.PUBLIC)
def list_surveys(code: str) -> ResponseReturnValue:
    """Give the surveys of an area."""
    area = area_of_token(code)
    return answered(reading.surveys(area, _basis(area).as_of))


@bp.get(f"{V1}/openapi.json")
@access(Permission.PUBLIC)
def show_openapi() -> ResponseReturnValue:
    """Describe the interface for machines."""
    response = answered(_described())
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/")
@access(Permission.PUBLIC)
def show_description() -> ResponseReturnValue:
    """Describe the interface for the people who connect to it."""
    document = _described()
    return render_template(
        "api/show_description.html",
        document=document,
        doors=DOORS,
        prefix=PREFIX,
        schemas=document["components"]["schemas"],
        problems=list(ProblemKind),
        address=public_origin(),
    )


def _described() -> dict[str, Any]:
    return openapi(public_origin(), speak=say)


def _basis(area: Area) -> Basis:
    """Return what figures are asked for; raise WrongParameters with each that is wrong."""
    form = FigureForm(clock.today())
    if not form.validate():
        raise WrongParameters(
            tuple(WrongParameter(name, str(errors[0])) for name, errors in form.errors.items() if name)
        )
    kind, total = WindowKind(form.window.data), Total(form.total.data)
    return metrics.basis_for(form.as_of.data, kind, total, today=clock.today(), area=area)


def _level() -> AreaLevel | None:
    typed = request.args.get("level", "")
    if typed and typed not in set(AreaLevel):
        raise Invalid(N_("没有这一级，可以填 %(choices)s"), field="level", choices=", ".join(AreaLevel))
    return AreaLevel(typed) if typed else None


def _number(name: str, usual: int, most: int) -> int:
    typed = request.args.get(name, "") or str(usual)
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10 and 1 <= int(typed) <= most):
        raise Invalid(N_("要填 1 到 %(most)s 的整数"), field=name, most=most)
    return int(typed)


def _truth(name: str) -> bool:
    typed = request.args.get(name, "") or "false"
    if typed not in ("true", "false"):
        raise Invalid(N_("要填 true 或 false"), field=name)
    return typed == "true"
