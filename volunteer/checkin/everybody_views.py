"""Everybody on the list is here, or everybody has left: many recorded by hand at once, with a reason."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.checkin import EverybodyForm
from volunteer.checkin.desk import bp, own_shift
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.recording import record_everybody
from volunteer.checkin.roster import RosterRow, roster
from volunteer.checkin.rules import Attendance, Direction
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Permission
from volunteer.web.access import access, own_id

WHO_IS_MEANT = {
    Direction.IN: (Attendance.MISSING, Attendance.EXPECTED),
    Direction.OUT: (Attendance.IN,),
}


@bp.route("/checkin/shifts/<shift_id>/everybody-came", methods=["GET", "POST"])
@access(Permission.RUN_SHIFTS)
def record_everybody_in(shift_id: str) -> ResponseReturnValue:
    """Write down that those with a place who are missing are all here."""
    return _everybody(own_shift(shift_id), Direction.IN)


@bp.route("/checkin/shifts/<shift_id>/everybody-left", methods=["GET", "POST"])
@access(Permission.RUN_SHIFTS)
def record_everybody_out(shift_id: str) -> ResponseReturnValue:
    """Write down that those who are in have all left."""
    return _everybody(own_shift(shift_id), Direction.OUT)


def _everybody(card: ShiftCard, direction: Direction) -> ResponseReturnValue:
    """List whom it is about, ask why, record each, and say who could not be recorded."""
    people = _meant(card, direction)
    others = [row for row in people if row.account_id != own_id()]
    form = EverybodyForm(form_key=new_public_id(), people=[row.public_id for row in others])
    page = {"card": card, "direction": direction, "form": form, "now": clock.now()}
    if not form.validate_on_submit():
        own = [row for row in people if row.account_id == own_id()]
        told = render_template("checkin/record_everybody.html", people=others, own=own, **page)
        return told, 422 if form.is_submitted() else 200
    chosen = [row for row in people if row.public_id in form.people.data]
    done = record_everybody(
        card,
        chosen,
        direction,
        form.words(direction),
        account_id=own_id(),
        form_key=form.form_key.data,
    )
    said = _("已手工签到 %(count)s 人") if direction is Direction.IN else _("已手工签退 %(count)s 人")
    flash(said % {"count": len(done.recorded)}, "success")
    if done.refused:
        return render_template("checkin/everybody_refused.html", refused=done.refused, **page)
    return redirect(url_for("checkin.show_roster", shift_id=card.public_id))


def _meant(card: ShiftCard, direction: Direction) -> list[RosterRow]:
    """Return whom it is about, by name: of those who come, only people with a place."""
    rows = [row for row in roster(card, clock.now()).rows if row.attendance in WHO_IS_MEANT[direction]]
    return sorted(rows, key=lambda row: (row.name, row.id))
