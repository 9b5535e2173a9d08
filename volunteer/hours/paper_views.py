"""Attendance on paper: bring a photo of the sheet, then type in what stands on it."""

from io import BytesIO
from typing import Any

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import SheetForm, SheetRowsForm
from models.hours import PaperSheet, Proposal
from volunteer.activities.queries import plan_of
from volunteer.hours import natural_persons, paper_queries, papers
from volunteer.hours.desk import MOST_WITH_PHOTO, bp, lefts, render_form, shift_choices, tell_proposed
from volunteer.hours.limits import TYPED_DAYS
from volunteer.hours.paper_queries import Expected
from volunteer.hours.rules import NOTICE_DAYS
from volunteer.kernel.clock import to_local
from volunteer.kernel.permissions import Permission
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, own_id, require_at
from volunteer.web.transactions import attempt

# Lines for people who are on no list.
BLANK_LINES = 5


@bp.route("/sheets/new", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def add_sheet() -> ResponseReturnValue:
    """Bring the photo of a signed sheet."""
    request.max_content_length = MOST_WITH_PHOTO
    shifts, choices = shift_choices()
    form = SheetForm(shifts=choices, data={"shift": request.args.get("shift", "")})

    def act() -> PaperSheet:
        return papers.add_sheet(shifts[form.shift.data], photo=form.photo.data.read(), account_id=own_id())

    sheet = attempt(form, act)
    if sheet is not None:
        flash(_("照片存好了，接着照表录入"), "done")
        return redirect(url_for("hours.enter_sheet", sheet_id=sheet.public_id))
    is_known = natural_persons.is_registered(own_id())
    known = {"is_known": is_known, "notice_days": NOTICE_DAYS, "typed_days": TYPED_DAYS, "lefts": lefts()}
    return render_form("hours/add_sheet.html", form, shifts=shifts, **known)


@bp.route("/sheets/<sheet_id>", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def enter_sheet(sheet_id: str) -> ResponseReturnValue:
    """Type in what stands on a sheet, its photo beside."""
    sheet = _sheet_for(sheet_id, Permission.CONFIRM_HOURS)
    people = paper_queries.people_expected(sheet.shift_id)
    form = SheetRowsForm(listed=[one.number for one in people], filled=_lines(sheet, people))

    def act() -> list[Proposal]:
        return papers.propose_paper(sheet, form.taken(), reason=form.reason.data, account_id=own_id())

    made = attempt(form, act)
    if made is not None:
        tell_proposed(made[0])
        return redirect(url_for("hours.list_awaiting"))
    return render_form(
        "hours/enter_sheet.html",
        form,
        sheet=sheet,
        people={one.number: one for one in people},
        recorded=[one for one in people if one.is_recorded],
        plan=plan_of(sheet.shift),
        notice_days=NOTICE_DAYS,
    )


def _lines(sheet: PaperSheet, people: list[Expected]) -> list[dict[str, Any]]:
    plan = plan_of(sheet.shift)
    planned = {"started_at": to_local(plan.starts_at).time(), "ended_at": to_local(plan.last_ends_at).time()}
    listed = [{"volunteer_number": one.number, "is_here": False, **planned} for one in people if not one.is_recorded]
    return listed + [dict(planned) for _line in range(BLANK_LINES)]


def _sheet_for(public_id: str, permission: Permission) -> PaperSheet:
    sheet = paper_queries.sheet_by_public_id(public_id)
    require_at(permission, scope_of(sheet.shift.activity.organization))
    return sheet


@bp.get("/sheets/<sheet_id>/picture")
@access(Permission.READ_ORGANIZATION)
def show_picture(sheet_id: str) -> ResponseReturnValue:
    """Return the photo of a sheet to those who read its organization; no cache may keep it."""
    sheet = _sheet_for(sheet_id, Permission.READ_ORGANIZATION)
    response = send_file(BytesIO(sheet.picture), mimetype="image/jpeg", download_name=f"{sheet.public_id}.jpg")
    response.headers["Cache-Control"] = "no-store"
    return response
