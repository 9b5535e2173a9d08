"""Signing up, cancelling, and what one has signed up for."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.signups import SignupForm
from models.activities import Shift
from models.base import db
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.kernel import clock
from volunteer.kernel.decisions import Decision
from volunteer.kernel.permissions import Permission
from volunteer.signups import operations, queries
from volunteer.signups.documents import CalendarEvent, ics
from volunteer.signups.rules import SignupStatus, eligibility
from volunteer.web.access import access, principal
from volunteer.web.addresses import public_address
from volunteer.web.downloads import file_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

bp = Blueprint("signups", __name__, url_prefix="/signups")


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Show what the account's volunteers have signed up for."""
    account_id, now = _account(), clock.now()
    return render_template(
        "signups/list_own.html",
        coming=queries.coming_of(account_id, now),
        past=paginate(db.session, queries.past_of(account_id, now), page_number()),
        now=now,
    )


@bp.route("/shifts/<shift_id>", methods=["GET", "POST"])
@access(Permission.OWN)
def ask(shift_id: str) -> ResponseReturnValue:
    """Ask who takes part in a shift; sign them up."""
    shift = queries.shift_by_public_id(shift_id)
    choices = _choices(shift)
    form = SignupForm()
    form.offer([(volunteer.public_id, volunteer.name) for volunteer, decision in choices if decision.allowed])
    ids = {volunteer.public_id: volunteer.id for volunteer, _decision in choices}
    signups = attempt(
        form,
        lambda: operations.sign_up(shift.id, [ids[one] for one in form.volunteers.data or []], account_id=_account()),
    )
    if signups is not None:
        flash(_told(signups), "success")
        return redirect(url_for("signups.list_own"))
    page = render_template("signups/ask.html", form=form, shift=shift, choices=choices)
    return page, 422 if form.is_submitted() else 200


@bp.post("/<signup_id>/cancel")
@access(Permission.OWN)
def cancel(signup_id: str) -> ResponseReturnValue:
    """Give back a place."""
    operations.cancel(queries.own_signup(signup_id, _account()), account_id=_account())
    flash(_("已取消报名"), "success")
    return redirect(url_for("signups.list_own"))


@bp.post("/<signup_id>/changes-seen")
@access(Permission.OWN)
def note_changes(signup_id: str) -> ResponseReturnValue:
    """Note that what changed has been read."""
    operations.note_changes_seen(queries.own_signup(signup_id, _account()))
    return redirect(url_for("signups.list_own"))


@bp.get("/<signup_id>/calendar.ics")
@access(Permission.OWN)
def show_calendar(signup_id: str) -> Response:
    """Give the shift as a file for the phone's calendar."""
    signup = queries.own_signup(signup_id, _account())
    shift, activity = signup.shift, signup.shift.activity
    event = CalendarEvent(
        uid=f"{signup.public_id}@{request.host.partition(':')[0]}",
        title=activity.title,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        made_at=signup.created_at,
        place=activity.place,
        description=activity.description,
        url=public_address("activities.show", public_id=activity.public_id),
        is_cancelled=signup.status is SignupStatus.CANCELLED,
    )
    return file_answer(ics(event), "text/calendar", f"{signup.public_id}.ics")


def _account() -> int:
    account_id = principal().account_id
    assert account_id is not None  # noqa: S101 — the door lets nobody else in
    return account_id


def _choices(shift: Shift) -> list[tuple[Volunteer, Decision]]:
    """Return the account's volunteers, each with the decision of the rules on this shift."""
    now = clock.now()
    volunteers = queries.own_volunteers(_account())
    people, held = queries.people_of(volunteers), queries.held_by([one.id for one in volunteers], now)
    offer = queries.offer_of(shift)
    return [(one, eligibility(people[one.id], offer, held.get(one.id, ()), now)) for one in volunteers]


def _told(signups: list[Signup]) -> str:
    if all(signup.status is SignupStatus.PLACED for signup in signups):
        return _("报名成功")
    return _("名额已满，已排进候补；有人取消会自动补上")
