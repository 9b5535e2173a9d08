"""The pages of this room: the venue's code and roster for organizers; scan, choice and answer for volunteers."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
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

from forms.checkin import ByHandForm, EnterCodeForm, ScanForm, read_presence_answer
from models.base import db
from volunteer.accounts import guessing
from volunteer.accounts.queries import current_consent
from volunteer.accounts.rules import ConsentKind
from volunteer.checkin import operations, queries, rules
from volunteer.checkin.operations import Asked, Recorded
from volunteer.checkin.queries import RosterRow, ShiftCard
from volunteer.checkin.rules import Attendance, Claim, Direction, Method, VenueCode
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import Permission
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.speech import say_clock, say_span
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.web.access import RETURN_TO, access, principal, require_at
from volunteer.web.filters import clock_time
from volunteer.web.moulds import pour
from volunteer.web.transactions import attempt, keep_despite_refusal
from volunteer.web.words import say

# What the picture on a volunteer's card leads to.
CARD_ADDRESS = re.compile(r"/volunteers/([0-9a-z]{20})/badge$")

# No prefix: what a venue's picture leads to must be short.
bp = Blueprint("checkin", __name__)

CLAIM, BROWSER = "scan", "browser"
LONGEST_COOKIE = 400


# --- from the scan to the answer ---


@bp.get("/c/<token>")
@access(Permission.PUBLIC)
def open_code(token: str) -> ResponseReturnValue:
    """Keep the moment of this scan for this browser; asks nothing of the database."""
    now = clock.now()
    try:
        code = rules.read_code(_keys("code"), token, now)
    except DomainError as refusal:
        return _refused(refusal)
    return _go_on_with(code, now, Method.VENUE_CODE)


@bp.get("/checkin/here")
@access(Permission.PUBLIC)
def choose_volunteer() -> ResponseReturnValue:
    """Say what was scanned, then ask who is present."""
    try:
        claim = _claim(request.cookies.get(_cookie(CLAIM), ""))
        card = _shift(claim.shift)
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
                account_id=_account_id(),
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
    return current_consent(_account_id(), ConsentKind.LOCATION) is not None


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
    cards = queries.shifts_around(_account_id(), now)
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
    subject = guessing.subject_of(_keys("index"), "short_code", str(_account_id()))
    claim = guessing.claim_try("short_code", subject, rules.SHORT_CODE_LIMIT, now)
    keep_despite_refusal()
    code = rules.read_any_short_code(_keys("code"), form.short_code.data, now, shift=form.shift.data)
    guessing.forgive(claim)
    return code


def _go_on_with(code: VenueCode, scanned_at: datetime, method: Method) -> Response:
    browser = _browser() or secrets.token_urlsafe(16)
    claim = rules.make_claim(_keys("claim"), code, scanned_at, browser, method)
    response = make_response(redirect(url_for("checkin.choose_volunteer")))
    for name, value in ((CLAIM, claim), (BROWSER, browser)):
        response.set_cookie(
            _cookie(name),
            value,
            max_age=rules.CLAIM_LIFE,
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
    return rules.read_claim(_keys("claim"), token, clock.now(), browser)


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
    people = queries.own_volunteers(_account_id())
    chosen = next(
        (one for one in people if one.public_id == request.args.get("volunteer")), people[0] if people else None
    )
    told = _personal_code(chosen.public_id) if chosen else {}
    return render_template("checkin/show_personal_code.html", people=people, chosen=chosen, told=told)


@bp.get("/checkin/my-code/<volunteer_id>/current")
@access(Permission.OWN)
def renew_personal_code(volunteer_id: str) -> ResponseReturnValue:
    """Tell the page its next code."""
    if all(one.public_id != volunteer_id for one in queries.own_volunteers(_account_id())):
        raise NotFound(N_("没有找到这个页面"))
    return jsonify(_personal_code(volunteer_id))


def _personal_code(volunteer: str) -> dict[str, Any]:
    token = rules.make_personal_code(_keys("code"), volunteer, clock.now())
    return {"picture": qr_svg(token, title=_("个人码")), "renews_in": _milliseconds(rules.PERSONAL_CODE_RENEWED)}


# --- the venue's screen ---


@bp.get("/checkin/shifts/<shift_id>/code")
@access(Permission.RUN_SHIFTS)
def show_code(shift_id: str) -> ResponseReturnValue:
    """Fill a screen with the code of the moment."""
    card = _own_shift(shift_id)
    chosen = _chosen_phase()
    return render_template("checkin/show_code.html", card=card, chosen=chosen, told=_venue_code(card, chosen))


@bp.get("/checkin/shifts/<shift_id>/code/current")
@access(Permission.RUN_SHIFTS)
def renew_code(shift_id: str) -> ResponseReturnValue:
    """Tell the screen its next code."""
    return jsonify(_venue_code(_own_shift(shift_id), _chosen_phase()))


def _venue_code(card: ShiftCard, chosen: Direction | None) -> dict[str, Any]:
    now = clock.now()
    phase = chosen or rules.phase_at(card.plan, now)
    step = rules.step_at(now)
    token = rules.make_code(_keys("code"), shift=card.public_id, phase=phase, step=step)
    short = rules.short_code(_keys("code"), shift=card.public_id, phase=phase, step=step)
    address = current_app.config["SETTINGS"].public_url + url_for("checkin.open_code", token=token)
    return {
        "picture": qr_svg(address, title=say(phase.label)),
        "phase": phase.value,
        "phase_label": say(phase.label),
        "digits": f"{short[:3]} {short[3:]}",
        "count": queries.count_present(card.id),
        "notice": say(notice) if (notice := rules.venue_notice(card.plan, now)) else "",
        "renews_in": _milliseconds(rules.next_code_at(now) - now),
    }


def _chosen_phase() -> Direction | None:
    typed = request.args.get("phase", "")
    return Direction(typed) if typed in list(Direction) else None


# --- the roster ---


@bp.get("/checkin/shifts/<shift_id>/roster")
@access(Permission.RUN_SHIFTS)
def show_roster(shift_id: str) -> ResponseReturnValue:
    """Show who is expected, who is in, and who is missing."""
    card = _own_shift(shift_id)
    return _roster_page(card, ScanForm(phase=rules.phase_at(card.plan, clock.now())))


@bp.get("/checkin/shifts/<shift_id>/roster/rows")
@access(Permission.RUN_SHIFTS)
def list_roster(shift_id: str) -> ResponseReturnValue:
    """Show the living part of the roster alone."""
    return render_template("checkin/parts/roster.html", **_roster(_own_shift(shift_id)))


@bp.post("/checkin/shifts/<shift_id>/scan")
@access(Permission.RUN_SHIFTS)
def record_for_volunteer(shift_id: str) -> ResponseReturnValue:
    """Record somebody by their own code or number."""
    card = _own_shift(shift_id)
    form = ScanForm()
    recorded = attempt(form, lambda: _record_scanned(card, form))
    if recorded is None:
        return _roster_page(card, form), 422
    return _back_to_roster(card, recorded)


def _record_scanned(card: ShiftCard, form: ScanForm) -> Recorded:
    volunteer, method, reason = _whose(form.code.data)
    return _record_for(card, volunteer, Direction(form.phase.data), method, reason)


def _whose(typed: str) -> tuple[str, Method, str]:
    """Return whose code, card or number this is; a card can be lent, so it counts as written by hand like a number."""
    if card := CARD_ADDRESS.search(typed):
        return card[1], Method.BY_HAND, N_("现场扫志愿者卡")
    if "." in typed:
        return rules.read_personal_code(_keys("code"), typed, clock.now()), Method.ORGANIZER_SCAN, ""
    found = queries.volunteer_by_number(check_volunteer_number(typed, field="code"))
    if found is None:
        raise Invalid(N_("没有这个编号的志愿者，请核对志愿者卡"), field="code")
    return found, Method.BY_HAND, N_("现场输入志愿者编号")


@bp.route("/checkin/shifts/<shift_id>/volunteers/<volunteer_id>/by-hand", methods=["GET", "POST"])
@access(Permission.RUN_SHIFTS)
def record_by_hand(shift_id: str, volunteer_id: str) -> ResponseReturnValue:
    """Write down that somebody on the roster came or went, and why by hand."""
    card = _own_shift(shift_id)
    person = next((row for row in queries.roster(card, clock.now()).rows if row.public_id == volunteer_id), None)
    if person is None:
        raise NotFound(N_("名单上没有这个人"))
    form = ByHandForm(phase=Direction.OUT if person.attendance is Attendance.IN else Direction.IN)
    recorded = attempt(
        form, lambda: _record_for(card, volunteer_id, Direction(form.phase.data), Method.BY_HAND, form.words())
    )
    if recorded is not None:
        return _back_to_roster(card, recorded)
    return render_template(
        "checkin/record_by_hand.html", card=card, person=person, form=form
    ), 422 if form.is_submitted() else 200


def _record_for(card: ShiftCard, volunteer: str, phase: Direction, method: Method, reason: str) -> Recorded:
    """Record somebody else; nobody vouches for themselves or for whom their account acts."""
    if queries.belongs_to(volunteer, _account_id()):
        raise Invalid(N_("自己和家人请扫现场的签到码，或请另一位组织者登记"))
    return operations.record_presence(
        Asked(
            volunteer=volunteer,
            shift=card.public_id,
            direction=phase,
            happened_at=clock.now(),
            method=method,
            account_id=_account_id(),
            request_key=new_public_id(),
            is_own=False,
            reason=reason,
        )
    )


def _back_to_roster(card: ShiftCard, recorded: Recorded) -> Response:
    said = {"name": recorded.name, "what": say(recorded.direction.label), "time": say_clock(recorded.happened_at)}
    flash(_("%(name)s %(time)s %(what)s成功", **said), "success")
    return make_response(redirect(url_for("checkin.show_roster", shift_id=card.public_id)))


def _roster_page(card: ShiftCard, form: ScanForm) -> str:
    return render_template("checkin/show_roster.html", form=form, **_roster(card))


Shown = Callable[[RosterRow], bool]
FILTERS: dict[str, tuple[str, Shown]] = {
    "missing": (N_("没到"), lambda row: row.attendance in (Attendance.MISSING, Attendance.EXPECTED)),
    "in": (N_("在场"), lambda row: row.attendance is Attendance.IN),
    "late": (N_("迟到"), lambda row: row.is_late),
    "left": (N_("已离开"), lambda row: row.attendance in (Attendance.LEFT, Attendance.FORGOTTEN)),
    "walk_in": (N_("现场加入"), lambda row: row.is_walk_in),
}


def _roster(card: ShiftCard) -> dict[str, Any]:
    roster = queries.roster(card, clock.now())
    chosen = request.args.get("show", "")
    return {
        "card": card,
        "roster": roster,
        "rows": [row for row in roster.rows if chosen not in FILTERS or FILTERS[chosen][1](row)],
        "filters": [(key, say(label), sum(test(row) for row in roster.rows)) for key, (label, test) in FILTERS.items()],
        "chosen": chosen if chosen in FILTERS else "",
    }


# --- asked by several ---


def _own_shift(shift_id: str) -> ShiftCard:
    card = _shift(shift_id)
    require_at(Permission.RUN_SHIFTS, card.scope)
    return card


def _shift(shift_id: str) -> ShiftCard:
    card = queries.shift_card(shift_id)
    if card is None:
        raise NotFound(N_("没有找到这个班次"))
    return card


def _account_id() -> int:
    account_id = principal().account_id
    assert account_id is not None  # noqa: S101 - the door let in somebody who is signed in
    return account_id


def _keys(purpose: str) -> KeyRing:
    ring: KeyRing = current_app.config["SETTINGS"].keys[purpose]
    return ring


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
