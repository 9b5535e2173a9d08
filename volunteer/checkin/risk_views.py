"""The day before: who may not come, for the organizer to call."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from volunteer.checkin.desk import bp, own_shift
from volunteer.checkin.standings import outlook
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.web.access import access


@bp.get("/checkin/shifts/<shift_id>/at-risk")
@access(Permission.RUN_SHIFTS)
def list_at_risk(shift_id: str) -> ResponseReturnValue:
    """Show who may not come to a shift and why; once it has begun the roster says who did not."""
    card, now = own_shift(shift_id), clock.now()
    if now >= card.plan.starts_at:
        return redirect(url_for("checkin.show_roster", shift_id=card.public_id))
    return render_template("checkin/list_at_risk.html", card=card, outlook=outlook(card, now))
