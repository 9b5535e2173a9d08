"""The screen at the venue: the code of the moment, for coming or for going."""

from typing import Any

from flask import (
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from volunteer.checkin import codes, queries, rules
from volunteer.checkin.desk import bp, keys, milliseconds, own_shift
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.web.access import access
from volunteer.web.words import say


@bp.get("/checkin/shifts/<shift_id>/code")
@access(Permission.RUN_SHIFTS)
def show_code(shift_id: str) -> ResponseReturnValue:
    """Fill a screen with the code of the moment."""
    card = own_shift(shift_id)
    chosen = _chosen_phase()
    return render_template("checkin/show_code.html", card=card, chosen=chosen, told=_venue_code(card, chosen))


@bp.get("/checkin/shifts/<shift_id>/code/current")
@access(Permission.RUN_SHIFTS)
def renew_code(shift_id: str) -> ResponseReturnValue:
    """Tell the screen its next code."""
    return jsonify(_venue_code(own_shift(shift_id), _chosen_phase()))


def _venue_code(card: ShiftCard, chosen: Direction | None) -> dict[str, Any]:
    now = clock.now()
    phase = chosen or rules.phase_at(card.plan, now)
    step = codes.step_at(now)
    token = codes.make_code(keys("code"), shift=card.public_id, phase=phase, step=step)
    short = codes.short_code(keys("code"), shift=card.public_id, phase=phase, step=step)
    address = current_app.config["SETTINGS"].public_url + url_for("checkin.open_code", token=token)
    return {
        "picture": qr_svg(address, title=say(phase.label)),
        "phase": phase.value,
        "phase_label": say(phase.label),
        "digits": f"{short[:3]} {short[3:]}",
        "count": queries.count_present(card.id),
        "notice": say(notice) if (notice := rules.venue_notice(card.plan, now)) else "",
        "renews_in": milliseconds(codes.next_code_at(now) - now),
    }


def _chosen_phase() -> Direction | None:
    typed = request.args.get("phase", "")
    return Direction(typed) if typed in list(Direction) else None
