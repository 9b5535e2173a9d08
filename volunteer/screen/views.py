"""The wall's page, for who is signed in and for who has a pass, and the passes."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.screen import PassForm
from models.areas import Area
from volunteer.areas import overview
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics.desk import area_or_refuse
from volunteer.screen import board, passes, queries
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.addresses import public_address
from volunteer.web.transactions import attempt

bp = Blueprint("screen", __name__, url_prefix="/screen")

READ, MANAGE = Permission.READ_FIGURES, Permission.MANAGE_STAFF
CODE = "/<string(minlength=6, maxlength=12):code>"
USUAL_DAYS = 180


@bp.get("/")
@access(READ)
def show_first() -> ResponseReturnValue:
    """Open the wall's page of the area where the reader's sight begins."""
    starts = overview.areas_starting_at(principal().lineages(READ))
    if not starts:
        raise NotFound(N_("还没有区划，请先导入区划"))
    return redirect(url_for(".show", code=starts[0].code))


@bp.get(CODE)
@access(READ)
def show(code: str) -> ResponseReturnValue:
    """Show how an area stands, to be read from across the room."""
    area = area_or_refuse(code)
    may_pass = principal().may_at(MANAGE, Scope(area.lineage))
    return _show(area, leads_on=True, passes_href=url_for(".list_passes", code=code) if may_pass else "")


@bp.get("/wall/<string(minlength=30, maxlength=60):token>")
@access(Permission.PUBLIC)
def show_by_pass(token: str) -> ResponseReturnValue:
    """Show the same page to a computer that holds a pass; it leads nowhere else."""
    return _show(queries.area_of_pass(token, clock.today()), leads_on=False)


def _show(area: Area, *, leads_on: bool, passes_href: str = "") -> ResponseReturnValue:
    look = "light" if request.args.get("look") == "light" else "dark"
    shown = board.of(area, look=look)
    page = render_template("screen/show.html", board=shown, leads_on=leads_on, passes_href=passes_href, look=look)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route(f"{CODE}/passes", methods=["GET", "POST"])
@access(MANAGE)
def list_passes(code: str) -> ResponseReturnValue:
    """Show the passes of an area, and make one: its link is shown this once."""
    area = area_or_refuse(code, MANAGE)
    form = PassForm(ends_on=clock.today() + timedelta(days=USUAL_DAYS))
    made = attempt(form, lambda: _make(area, form))
    href = public_address("screen.show_by_pass", token=made) if made else ""
    if made:
        form = PassForm(formdata=None, ends_on=clock.today() + timedelta(days=USUAL_DAYS))
    page = render_template("screen/list_passes.html", area=area, form=form, href=href, **_passes(area))
    response = make_response(page, 422 if request.method == "POST" and not made else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _make(area: Area, form: PassForm) -> str:
    ends_on: Any = form.ends_on.data
    _held, token = passes.make_pass(area, name=form.name.data or "", ends_on=ends_on, account_id=own_id())
    return token


def _passes(area: Area) -> dict[str, Any]:
    return {"passes": queries.passes_of(area), "today": clock.today()}


@bp.post("/passes/<string(length=20):pass_id>/revoke")
@access(MANAGE)
def revoke_pass(pass_id: str) -> ResponseReturnValue:
    """End a pass at once."""
    held = queries.screen_pass(pass_id)
    require_at(MANAGE, Scope(held.area.lineage))
    passes.revoke_pass(held, account_id=own_id())
    flash(_("已停用“%(name)s”的链接", name=held.name), "success")
    return redirect(url_for(".list_passes", code=held.area.code))
