"""The volunteer's pages: scan, choice and answer; typed digits; one's own code."""

import secrets
from datetime import datetime
from typing import Any

from flask import (
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.checkin import EnterCodeForm, read_presence_answer
from models.base import db
from volunteer.accounts import guessing
from volunteer.accounts.queries import current_consent
from volunteer.accounts.rules import ConsentKind
from volunteer.checkin import codes, operations, queries, roster_views, venue_views
from volunteer.checkin.codes import Claim, VenueCode
from volunteer.checkin.desk import account_id, bp, keys, milliseconds, shift_of
from volunteer.checkin.operations import Asked, Recorded
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.speech import say_span
from volunteer.kernel.text import N_
from volunteer.web.access import RETURN_TO, access, principal
from volunteer.web.filters import clock_time
from volunteer.web.moulds import pour
from volunteer.web.transactions import attempt, keep_despite_refusal
from volunteer.web.words import say

CLAIM, BROWSER = "scan", "browser"
LONGEST_COOKIE = 400


__all__ = ["bp", "roster_views", "venue_views"]

# --- from the scan to the answer ---


@bp.get("/c/<token>")
@access(Permission.PUBLIC)
def open_code(token: str) -> ResponseReturnValue:
    """Keep the moment of this scan for this browser; asks nothing of the database."""
    now = clock.now()
    try:
        code = codes.read_code(keys("code"), token, now)
    except DomainError as refusal:
        return _refused(refusal)
    return _go_on_with(code, now, Method.VENUE_CODE)


@bp.get("/checkin/here")
@access(Permission.PUBLIC)
def choose_volunteer() -> ResponseReturnValue:
    """Say what was scanned, then ask who is present."""
    try:
        claim = _claim(request.cookies.get(_cookie(CLAIM), ""))
        card = shift_of(claim.shift)
    except DomainError as refusal:
        return _refused(refusal)
    who = principal().account_id
    if who is None:
        session[RETURN_TO] = url_for("checkin.choose_volunteer")
    return render_template(
        "checkin/choose_volunteer.html",
        card=card,
        claim=claim,
        token=request.cookies[_cookie(CLAIM)],
        candidates=queries.candidates(who, card.id) if who is not None else [],
        request_key=new_public_id(),
    )


@bp.post("/checkin/record")
@access(Permission.OWN)
def record() -> ResponseReturnValue:
    """Record who came or went by the scan that this browser holds."""
    phase = None
    try:
        answer = read_presence_answer(request.form)
        claim = _claim(answer.claim)
        phase = claim.phase
        recorded = operations.record_presence(
            Asked(
                volunteer=answer.volunteer,
                shift=claim.shift,
                direction=claim.phase,
                happened_at=claim.scanned_at,
                method=claim.method,
                account_id=account_id(),
                request_key=answer.request_key,
                station=claim.station,
                location=answer.location if answer.location and _agrees_to_location() else None,
            )
        )
    except DomainError as refusal:
        return _refused(refusal, phase)
    return _told(recorded)


def _agrees_to_location() -> bool:
    """Return whether the account's consent to keep places is in force; asked only when a place was sent."""
    return current_consent(account_id(), ConsentKind.LOCATION) is not None


def _told(recorded: Recorded) -> str:
    """Say what was recorded, on a whole screen."""
    told = {"name": recorded.name, "title": recorded.title, "time": clock_time(recorded.happened_at)}
    if recorded.direction is Direction.IN:
        return pour("checkin/recorded.html", {**told, "ends": clock_time(recorded.shift_ends_at)}, is_in=True)
    arrived = recorded.arrived_at and clock_time(recorded.arrived_at)
    return render_template("checkin/recorded.html", **told, arrived=arrived, derivation=recorded.derivation)


@bp.route("/checkin/enter", methods=["GET", "POST"])
@access(Permission.OWN)
def enter_code() -> ResponseReturnValue:
    """Take six digits from the venue's screen for a scan."""
    now = clock.now()
    cards = queries.shifts_around(account_id(), now)
    form = EnterCodeForm()
    form.shift.choices = [
        (card.public_id, f"{card.title} · {say(say_span(card.plan.starts_at, card.plan.last_ends_at, now))}")
        for card in cards
    ]
    if not form.is_submitted() and len(cards) == 1:
        form.shift.data = cards[0].public_id
    code = attempt(form, lambda: _typed_code(form, now))
    if code is not None:
        return _go_on_with(code, now, Method.TYPED_CODE)
    return render_template("checkin/enter_code.html", form=form, cards=cards), 422 if form.is_submitted() else 200


def _typed_code(form: EnterCodeForm, now: datetime) -> VenueCode:
    subject = guessing.subject_of(keys("index"), "short_code", str(account_id()))
    claim = guessing.claim_try("short_code", subject, codes.SHORT_CODE_LIMIT, now)
    keep_despite_refusal()
    code = codes.read_any_short_code(keys("code"), form.short_code.data, now, shift=form.shift.data)
    guessing.forgive(claim)
    return code


def _go_on_with(code: VenueCode, scanned_at: datetime, method: Method) -> Response:
    browser = _browser() or secrets.token_urlsafe(16)
    claim = codes.make_claim(keys("claim"), code, scanned_at, browser, method)
    response = make_response(redirect(url_for("checkin.choose_volunteer")))
    for name, value in ((CLAIM, claim), (BROWSER, browser)):
        response.set_cookie(
            _cookie(name),
            value,
            max_age=codes.CLAIM_LIFE,
            secure=current_app.config["SETTINGS"].production,
            httponly=True,
            samesite="Lax",
        )
    response.headers["Cache-Control"] = "no-store"
    return response


def _claim(token: str) -> Claim:
    browser = _browser()
    if not token or not browser:
        raise Invalid(N_("这里没有刚才的扫码，请对着现场屏幕扫一次"))
    return codes.read_claim(keys("claim"), token, clock.now(), browser)


def _browser() -> str:
    held = request.cookies.get(_cookie(BROWSER), "")
    return held if 20 <= len(held) <= LONGEST_COOKIE else ""


def _cookie(name: str) -> str:
    return f"__Host-{name}" if current_app.config["SETTINGS"].production else name


def _refused(refusal: DomainError, phase: Direction | None = None) -> ResponseReturnValue:
    """Say what is wrong and what to do now, on a whole screen."""
    db.session.rollback()
    has_claim = phase is not None
    return render_template("checkin/refused.html", refusal=refusal, phase=phase, has_claim=has_claim), refusal.status


# --- the volunteer's own code ---


@bp.get("/checkin/my-code")
@access(Permission.OWN)
def show_personal_code() -> ResponseReturnValue:
    """Show a code of one's own for an organizer to scan, new before the last one ends."""
    people = queries.own_volunteers(account_id())
    chosen = next(
        (one for one in people if one.public_id == request.args.get("volunteer")), people[0] if people else None
    )
    told = _personal_code(chosen.public_id) if chosen else {}
    return render_template("checkin/show_personal_code.html", people=people, chosen=chosen, told=told)


@bp.get("/checkin/my-code/<volunteer_id>/current")
@access(Permission.OWN)
def renew_personal_code(volunteer_id: str) -> ResponseReturnValue:
    """Tell the page its next code."""
    if all(one.public_id != volunteer_id for one in queries.own_volunteers(account_id())):
        raise NotFound(N_("没有找到这个页面"))
    return jsonify(_personal_code(volunteer_id))


def _personal_code(volunteer: str) -> dict[str, Any]:
    token = codes.make_personal_code(keys("code"), volunteer, clock.now())
    return {"picture": qr_svg(token, title=_("个人码")), "renews_in": milliseconds(codes.PERSONAL_CODE_RENEWED)}
