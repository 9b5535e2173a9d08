"""A community comes under another street: what it changes on both sides is shown before it is stored."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.areas import MoveForm
from models.areas import Area, AreaMove
from volunteer.admin.desk import CODE, account_id, area_in_sight, bp, lineages
from volunteer.areas import moves, overview
from volunteer.areas.queries import full_name
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tables import check_reason
from volunteer.areas.tree import is_at_or_below
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.metrics import previews
from volunteer.web.access import access
from volunteer.web.transactions import attempt

EDIT = Permission.EDIT_AREAS


@bp.route(f"/areas/{CODE}/move", methods=["GET", "POST"])
@access(EDIT)
def move_area(code: str) -> ResponseReturnValue:
    """Ask where a community comes, from when and why, and show what becomes of both streets' figures."""
    area = _community(code)
    form = _form(area)
    street = attempt(form, lambda: _checked(area, form))
    if street is None:
        return _page("admin/move_area.html", area, form), 422 if form.is_submitted() else 200
    prospects = previews.of_move(area, street, clock.today())
    return _page("admin/preview_move.html", area, form, street=street, prospects=prospects)


@bp.post(f"/areas/{CODE}/move/confirm")
@access(EDIT)
def confirm_move(code: str) -> ResponseReturnValue:
    """Store the move that the reader has seen."""
    area = _community(code)
    form = _form(area)
    done = attempt(form, lambda: _move(area, form))
    if done is None:
        return _page("admin/move_area.html", area, form), 422
    flash(_("已调整%(name)s的隶属", name=area.name), "success")
    return redirect(url_for(".show_area", code=area.code))


def _move(area: Area, form: MoveForm) -> AreaMove:
    street = _checked(area, form)
    return moves.move_community(area, street, effective_on=form.day, reason=form.reason.data, account_id=account_id())


def _checked(area: Area, form: MoveForm) -> Area:
    """Return the street that was chosen; raise Invalid on the field that makes the move impossible."""
    street = area_in_sight(form.to_code.data, EDIT)
    moves.check(area, street, form.day)
    check_reason(form.reason.data)
    return street


def _community(code: str) -> Area:
    area = area_in_sight(code, EDIT)
    if area.level is not AreaLevel.COMMUNITY:
        raise NotFound(N_("只有社区（村）可以调整隶属"))
    return area


def _form(area: Area) -> MoveForm:
    """Return the form with the streets to choose: those below what the reader holds above the community."""
    above = tuple(one for one in lineages(EDIT) if is_at_or_below(area.lineage, one))
    return MoveForm(overview.street_choices(above), clock.today())


def _page(template: str, area: Area, form: MoveForm, **facts: object) -> str:
    path = overview.path_to(area, lineages(EDIT))
    here = full_name(area).rpartition(" ")[0]
    return render_template(template, area=area, path=path, here=here, form=form, today=clock.today(), **facts)
