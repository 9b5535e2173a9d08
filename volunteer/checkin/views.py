"""The pages of this room by what they are for, and the volunteer's own code."""

from typing import Any

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer.checkin import (
    codes,
    everybody_views,
    poster_views,
    queries,
    resident_views,
    risk_views,
    roster_views,
    venue_views,
)
from volunteer.checkin.desk import bp, keys, milliseconds
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.text import N_
from volunteer.web.access import access, own_id

__all__ = ["bp", "everybody_views", "poster_views", "resident_views", "risk_views", "roster_views", "venue_views"]

# --- the volunteer's own code ---


@bp.get("/checkin/my-code")
@access(Permission.OWN)
def show_personal_code() -> ResponseReturnValue:
    """Show a code of one's own for an organizer to scan, new before the last one ends."""
    people = queries.own_volunteers(own_id())
    chosen = next(
        (one for one in people if one.public_id == request.args.get("volunteer")), people[0] if people else None
    )
    told = _personal_code(chosen.public_id) if chosen else {}
    return render_template("checkin/show_personal_code.html", people=people, chosen=chosen, told=told)


@bp.get("/checkin/my-code/<volunteer_id>/current")
@access(Permission.OWN)
def renew_personal_code(volunteer_id: str) -> ResponseReturnValue:
    """Tell the page its next code."""
    if all(one.public_id != volunteer_id for one in queries.own_volunteers(own_id())):
        raise NotFound(N_("没有找到这个页面"))
    return jsonify(_personal_code(volunteer_id))


def _personal_code(volunteer: str) -> dict[str, Any]:
    token = codes.make_personal_code(keys("code"), volunteer, clock.now())
    return {"picture": qr_svg(token, title=_("个人码")), "renews_in": milliseconds(codes.PERSONAL_CODE_RENEWED)}
