"""The printed code of a shift: a sheet for the wall, and what scanning it opens.

A printed code has no time, so a picture of it works anywhere: what it brings in waits for a second person.
"""

from flask import render_template
from flask.typing import ResponseReturnValue

from volunteer.checkin import codes, rules, scans
from volunteer.checkin.desk import bp, keys, own_shift, shift_of
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.web.access import access
from volunteer.web.addresses import public_address
from volunteer.web.words import say


@bp.get("/checkin/shifts/<shift_id>/poster")
@access(Permission.RUN_SHIFTS)
def show_poster(shift_id: str) -> ResponseReturnValue:
    """Show the sheet to print, where the organizer of the shift allows one."""
    card = own_shift(shift_id)
    rules.may_use(Method.POSTER, card.facts).require()
    sides = [(phase, _picture(card, phase)) for phase in Direction]
    day = clock.local_day(card.plan.starts_at)
    return render_template("checkin/show_poster.html", card=card, day=day, sides=sides)


def _picture(card: ShiftCard, phase: Direction) -> str:
    token = codes.make_poster_code(keys("code"), shift=card.public_id, phase=phase)
    address = public_address("checkin.open_poster", token=token)
    return qr_svg(address, title=say(phase.label))


@bp.get("/p/<token>")
@access(Permission.PUBLIC)
def open_poster(token: str) -> ResponseReturnValue:
    """Keep the moment of this scan for this browser, unless the shift takes no printed code any more."""
    now = clock.now()
    code = None
    try:
        code = codes.read_poster_code(keys("code"), token, now)
        rules.may_use(Method.POSTER, shift_of(code.shift).facts).require()
    except Refusal as refusal:
        return scans.refuse(refusal, now, code)
    return scans.hold(code, now, Method.POSTER)
