"""The volunteer's own way: scan, who is present, answer; typed digits; the wrong person put right."""

from datetime import datetime

from flask import make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from forms.checkin import EnterCodeForm, PresenceAnswer, read_presence_answer, read_volunteer
from models.base import db
from volunteer.accounts import guessing
from volunteer.accounts.operations import give_consent
from volunteer.accounts.queries import agrees_to
from volunteer.accounts.rules import ConsentKind
from volunteer.checkin import codes, mending, operations, queries, scans, spot_checks
from volunteer.checkin.codes import Claim, VenueCode
from volunteer.checkin.desk import bp, keys, shift_of
from volunteer.checkin.operations import Asked, Recorded
from volunteer.checkin.refusals import keep_refusal, rule_of
from volunteer.checkin.rules import Direction, Location, Method
from volunteer.checkin.spot_checks import OpenSpotCheck, open_spot_checks_of
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import DomainError
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_span
from volunteer.kernel.text import Words
from volunteer.web.access import RETURN_TO, access, own_id, principal
from volunteer.web.filters import clock_time
from volunteer.web.moulds import pour
from volunteer.web.transactions import attempt, keep_despite_refusal
from volunteer.web.words import say

# Refused by these, somebody without a place can still get one until the shift starts.
SIGN_UP_HELPS = frozenset({"not_signed_up", "signup_cancelled", "still_waiting"})
# Refused by these, an organizer may want to know that somebody was there all the same.
WORTH_TELLING = SIGN_UP_HELPS | {"not_in", "too_late", "check_out_closed"}


# --- from the scan to the answer ---


@bp.get("/c/<token>")
@access(Permission.PUBLIC)
def open_code(token: str) -> ResponseReturnValue:
    """Keep the moment of this scan for this browser; asks nothing of the database."""
    now = clock.now()
    try:
        code = codes.read_code(keys("code"), token, now)
    except Refusal as refusal:
        return scans.refuse(refusal, now, codes.peek_code(keys("code"), token))
    return scans.hold(code, now, Method.VENUE_CODE)


@bp.post("/checkin/refused-scan")
@access(Permission.PUBLIC)
def keep_refused_scan() -> ResponseReturnValue:
    """Write down a refused scan that its page reports."""
    note = codes.read_refusal_note(keys("claim"), request.form.get("note", ""), clock.now(), scans.browser_name())
    keep_refusal(
        note.refusal,
        shift=note.shift or None,
        volunteer=None,
        account_id=principal().account_id,
        direction=note.phase,
        method=Method.POSTER if "poster" in note.rule else Method.VENUE_CODE,
        asked_at=note.asked_at,
        device=scans.device(),
        request_key=note.request_key,
    )
    return "", 204


@bp.get("/checkin/here")
@access(Permission.PUBLIC)
def choose_volunteer() -> ResponseReturnValue:
    """Say what was scanned, then ask who is present."""
    who = principal().account_id
    try:
        claim = scans.read(scans.held(), who)
        card = shift_of(claim.shift)
    except DomainError as refusal:
        return render_template("checkin/refused.html", refusal=refusal), refusal.status
    token = scans.own(claim, who)
    found = [] if who is None else queries.choices(who, claim.shift, claim.phase, claim.scanned_at, claim.method)
    if not found:
        # Back here after signing in, and after registering the first volunteer.
        session[RETURN_TO] = url_for("checkin.choose_volunteer")
    page = render_template(
        "checkin/choose_volunteer.html",
        card=card,
        claim=claim,
        token=token,
        choices=found,
        chosen=_likely(found, claim.phase),
        spot_checks=_spot_checks(who, claim),
        has_consent=who is not None and _keeps_places(),
        new_key=new_public_id,
        sign_up_helps=SIGN_UP_HELPS if clock.now() < card.plan.starts_at else frozenset(),
        worth_telling=WORTH_TELLING,
    )
    return scans.hold_on(make_response(page), token)


def _likely(found: list[queries.Choice], phase: Direction) -> queries.Choice | None:
    """Return who is meant when only one can be: the only one who may, or the only one who may come and has a place."""
    able = [one for one in found if one.decision.allowed]
    placed = [one for one in able if one.is_signed_up and phase is Direction.IN]
    return next((people[0] for people in (able, placed) if len(people) == 1), None)


@bp.post("/checkin/record")
@access(Permission.OWN)
def record() -> ResponseReturnValue:
    """Record who came or went by the scan that this browser holds."""
    answer = claim = None
    try:
        answer = read_presence_answer(request.form)
        claim = scans.read(answer.claim, own_id())
        recorded = operations.record_presence(_asked(answer, claim))
    except DomainError as refusal:
        return _refused_tap(refusal, answer, claim)
    return _told(recorded)


def _asked(answer: PresenceAnswer, claim: Claim) -> Asked:
    return Asked(
        volunteer=answer.volunteer,
        shift=claim.shift,
        direction=claim.phase,
        happened_at=claim.scanned_at,
        method=claim.method,
        account_id=own_id(),
        request_key=answer.request_key,
        station=claim.station,
        device=scans.device(),
        location=_place(answer),
    )


def _place(answer: PresenceAnswer) -> Location | None:
    """Return where the phone was, if its holder agreed to keep that, before or on this page."""
    if answer.location is None:
        return None
    if not _keeps_places():
        if not answer.agrees_to_location:
            return None
        give_consent(own_id(), ConsentKind.LOCATION)
        # Agreed is agreed, also when the check-in is refused.
        keep_despite_refusal()
    return answer.location


def _keeps_places() -> bool:
    return agrees_to(own_id(), ConsentKind.LOCATION)


def _told(recorded: Recorded, *, is_mendable: bool = True) -> str:
    """Say what was recorded, on a whole screen."""
    told = {
        "name": recorded.name,
        "title": recorded.title,
        "time": clock_time(recorded.happened_at),
        "request_key": recorded.request_key,
    }
    if recorded.instead_of:
        told["instead_of"] = recorded.instead_of
    if recorded.direction is Direction.IN:
        told["ends"] = clock_time(recorded.shift_ends_at)
        return pour("checkin/recorded.html", told, is_in=True, is_mendable=is_mendable)
    return render_template(
        "checkin/recorded.html",
        **told,
        is_mendable=is_mendable,
        arrived=recorded.arrived_at and clock_time(recorded.arrived_at),
        derivation=recorded.derivation,
        minutes=_credited(recorded.derivation),
    )


def _credited(derivation: Words | None) -> int | None:
    """Return the minutes that a derivation says were credited; None when it says something else."""
    is_credit = derivation is not None and {"minutes", "how"} <= derivation.params.keys()
    return derivation.params["minutes"] if derivation is not None and is_credit else None


def _refused_tap(refusal: DomainError, answer: PresenceAnswer | None, claim: Claim | None) -> ResponseReturnValue:
    """Keep what was refused and why, then say what is wrong and what to do now."""
    db.session.rollback()
    if answer is not None:
        _keep(refusal, answer, claim)
    card = queries.shift_card(claim.shift) if claim else None
    page = render_template(
        "checkin/refused.html",
        refusal=refusal,
        phase=claim.phase if claim else None,
        card=card,
        may_sign_up=rule_of(refusal) in SIGN_UP_HELPS and card is not None and clock.now() < card.plan.starts_at,
        is_kept=claim is not None,
    )
    return page, refusal.status


def _keep(refusal: DomainError, answer: PresenceAnswer, claim: Claim | None) -> None:
    """Keep what was refused at the shift of the scan, also when that scan itself was of no use but ours."""
    scan = claim or scans.peek(answer.claim)
    # Who brings somebody else's scan could name anybody.
    is_named = claim is not None or queries.belongs_to(answer.volunteer, own_id())
    keep_refusal(
        refusal,
        shift=scan.shift if scan else None,
        volunteer=answer.volunteer if is_named else None,
        account_id=own_id(),
        direction=scan.phase if scan else None,
        method=scan.method if scan else Method.VENUE_CODE,
        asked_at=scan.scanned_at if scan else clock.now(),
        device=scans.device(),
        request_key=answer.request_key,
    )
    keep_despite_refusal()


# --- a second look ---


def _spot_checks(who: int | None, claim: Claim) -> list[OpenSpotCheck]:
    """Return the spot checks at the scanned shift that the account's people can still answer."""
    found = [] if who is None else open_spot_checks_of(who, clock.now())
    return [one for one in found if one.shift == claim.shift]


@bp.post("/checkin/spot-check")
@access(Permission.OWN)
def answer_spot_check() -> ResponseReturnValue:
    """Show by the scan that this browser holds that somebody is still there."""
    answer = claim = None
    try:
        answer = read_presence_answer(request.form)
        claim = scans.read(answer.claim, own_id())
        name = spot_checks.answer(
            volunteer=answer.volunteer,
            shift=claim.shift,
            scanned_at=claim.scanned_at,
            method=claim.method,
            account_id=own_id(),
        )
    except DomainError as refusal:
        db.session.rollback()
        if answer is not None:
            _keep(refusal, answer, claim)
        return render_template("checkin/refused.html", refusal=refusal, is_spot_check=True), refusal.status
    return render_template("checkin/spot_check_answered.html", name=name, time=clock_time(claim.scanned_at))


# --- the wrong person ---


@bp.route("/checkin/mend/<request_key>", methods=["GET", "POST"])
@access(Permission.OWN)
def mend(request_key: str) -> ResponseReturnValue:
    """Ask who was really there, for ten minutes, and record them instead, or nobody."""
    try:
        if request.method == "POST":
            return _mended(request_key)
        wrong = mending.own_record(request_key, account_id=own_id(), now=clock.now())
    except DomainError as refusal:
        db.session.rollback()
        if request.method == "POST":
            _keep_unmended(refusal, request_key)
        return render_template("checkin/refused.html", refusal=refusal, is_mending=True), refusal.status
    others = [one for one in queries.own_volunteers(own_id()) if one.public_id != wrong.volunteer]
    return render_template("checkin/mend.html", wrong=wrong, others=others)


def _mended(request_key: str) -> str:
    if "nobody" in request.form:
        undone = mending.withdraw(request_key, account_id=own_id())
        return render_template("checkin/withdrawn.html", undone=undone)
    right = read_volunteer(request.form)
    return _told(mending.mend(request_key, right_volunteer=right, account_id=own_id()), is_mendable=False)


def _keep_unmended(refusal: DomainError, request_key: str) -> None:
    """Keep what was not put right, at the shift of the scan; what is no scan of the account is nobody's matter."""
    scan = mending.own_scan(request_key, own_id())
    if scan is None:
        return
    right = request.form.get("volunteer", "")
    keep_refusal(
        refusal,
        shift=scan.shift,
        volunteer=right if queries.belongs_to(right, own_id()) else scan.volunteer,
        account_id=own_id(),
        direction=scan.direction,
        method=scan.method,
        asked_at=scan.happened_at,
        device=scans.device(),
    )
    keep_despite_refusal()


# --- digits in place of a scan ---


@bp.route("/checkin/enter", methods=["GET", "POST"])
@access(Permission.OWN)
def enter_code() -> ResponseReturnValue:
    """Take six digits from the venue's screen for a scan."""
    now = clock.now()
    cards = queries.shifts_around(own_id(), now)
    form = EnterCodeForm()
    form.shift.choices = [
        (card.public_id, f"{card.title} · {say(say_span(card.plan.starts_at, card.plan.last_ends_at, now))}")
        for card in cards
    ]
    if not form.is_submitted() and len(cards) == 1:
        form.shift.data = cards[0].public_id
    code = attempt(form, lambda: _typed_code(form, now))
    if code is not None:
        return scans.hold(code, now, Method.TYPED_CODE)
    return render_template("checkin/enter_code.html", form=form, cards=cards), 422 if form.is_submitted() else 200


def _typed_code(form: EnterCodeForm, now: datetime) -> VenueCode:
    subject = guessing.subject_of(keys("index"), "short_code", str(own_id()))
    claim = guessing.claim_try("short_code", subject, codes.SHORT_CODE_LIMIT, now)
    keep_despite_refusal()
    try:
        code = codes.read_any_short_code(keys("code"), form.short_code.data, now, shift=form.shift.data)
    except Refusal as refusal:
        if refusal.rule == "wrong_short_code":
            _keep_wrong_digits(refusal, form.shift.data, now)
        raise
    guessing.forgive(claim)
    return code


def _keep_wrong_digits(refusal: Refusal, shift: str, now: datetime) -> None:
    keep_refusal(
        refusal,
        shift=shift,
        volunteer=None,
        account_id=own_id(),
        direction=None,
        method=Method.TYPED_CODE,
        asked_at=now,
        device=scans.device(),
    )
    keep_despite_refusal()
