"""The screen at the venue: the code of the moment, for coming or for going."""

from datetime import datetime
from typing import Any

from flask import (
    jsonify,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer.checkin import codes, queries, rules
from volunteer.checkin.desk import bp, keys, milliseconds, own_shift
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.rules import Direction, PresenceState
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.text import Words
from volunteer.signups.rules import SignupStatus
from volunteer.web.access import access
from volunteer.web.addresses import public_address
from volunteer.web.words import say

# What a code cannot change by waiting: the screen then shows none.
_SHOWS_NO_CODE = frozenset({"cancelled", "not_published", "activity_closed"})


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
    """Tell the screen its next code; never kept on the way, since an old code is of no use."""
    answer = jsonify(_venue_code(own_shift(shift_id), _chosen_phase()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _venue_code(card: ShiftCard, chosen: Direction | None) -> dict[str, Any]:
    """Return the code of the present step, and in milliseconds how soon the next begins and this one ends.

    Spans, not times: a screen whose clock is wrong counts them by its own stopwatch.
    """
    now = clock.now()
    phase = chosen or rules.phase_at(card.plan, now)
    step, count = codes.step_at(now), queries.count_present(card.id)
    why_not, is_shown = _of_no_use(card, phase, count, now)
    return {
        "step": step,
        "phase": phase.value,
        "phase_label": say(phase.label),
        "cue": _("来了扫这个码") if phase is Direction.IN else _("要走了扫这个码"),
        "count": count,
        "notice": say(why_not) if why_not else "",
        "renews_in": milliseconds(codes.next_code_at(now) - now),
        "dies_in": milliseconds(codes.step_starts_at(step) + codes.CODE_LIFE - now),
        **(_code(card, phase, step) if is_shown else {"picture": "", "digits": ""}),
    }


def _code(card: ShiftCard, phase: Direction, step: int) -> dict[str, str]:
    token = codes.make_code(keys("code"), shift=card.public_id, phase=phase, step=step)
    short = codes.short_code(keys("code"), shift=card.public_id, phase=phase, step=step)
    address = public_address("checkin.open_code", token=token)
    return {"picture": qr_svg(address, title=say(phase.label)), "digits": f"{short[:3]} {short[3:]}"}


def _of_no_use(card: ShiftCard, phase: Direction, count: int, now: datetime) -> tuple[Words | None, bool]:
    """Return why the code is of no use now, None while it is, and whether it is shown all the same.

    Before the window it is, so that a screen can be set up; who is in may leave what was cancelled.
    """
    coming = rules.may_check_in(PresenceState(SignupStatus.PLACED), card.facts, now)
    is_over = coming.rule in _SHOWS_NO_CODE
    if phase is Direction.IN or (is_over and not count):
        return (None if coming.allowed else coming.reason), not is_over
    return rules.venue_notice(card.plan, now), True


def _chosen_phase() -> Direction | None:
    typed = request.args.get("phase", "")
    return Direction(typed) if typed in list(Direction) else None
