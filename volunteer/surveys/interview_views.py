"""The interviewer's page: it works online as a plain form, and offline by a script that keeps first and sends later."""

import json
import secrets
from datetime import UTC, date, datetime
from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from forms.surveys import answer_form
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.surveys import answering
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys.answering import Desk, Sent
from volunteer.surveys.desk import bp, keys
from volunteer.surveys.misses import Missed
from volunteer.surveys.rules import TAKE_BACK_WITHIN, Miss, Stage, last_day, stage_of
from volunteer.web.access import access
from volunteer.web.transactions import attempt
from volunteer.web.words import say

LINK = "<string(minlength=20, maxlength=60):secret>"
LONGEST_BODY = 256 * 1024
MOST_SHEETS = 50
TOLD = ("wanted", "answers", "refused", "not_met", "misses_left")
KEY_LENGTHS = range(20, 65)


@bp.route(f"/interview/{LINK}", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def interview(secret: str) -> ResponseReturnValue:
    """Ask one person after another; what is sent here without the script is stored at once."""
    try:
        desk = answering.desk_of_pass(secret, keys())
    except DomainError as refusal:
        page = render_template("surveys/refused.html", refusal=refusal, is_link=True)
        return _private(make_response(page, refusal.status))
    form, noted = answer_form(desk.questions), request.args.get("noted", "")
    form.key.data = form.key.data or secrets.token_hex(16)
    if attempt(form, lambda: _store(desk, _sent(form.key.data, clock.today(), None, form.sent()))) is not None:
        flash(_("已收到这份答卷"), "success")
        return redirect(url_for(".interview", secret=secret))
    missed = answering.missed_just_now(desk, noted, keys()) if noted else None
    page = render_template(
        "surveys/interview.html", form=form, desk=desk, secret=secret, missed=missed, noted=noted, **_state(desk)
    )
    return _private(make_response(page, 422 if form.is_submitted() else 200))


@bp.post(f"/interview/{LINK}/misses")
@access(Permission.PUBLIC)
def note_miss(secret: str) -> ResponseReturnValue:
    """Count somebody who refused or was not met."""
    desk = answering.desk_of_pass(secret, keys())
    now = clock.now()
    missed = Missed(_miss(request.form.get("miss")), now)
    sent = _sent(request.form.get("key"), clock.local_day(now), missed, {})
    _store(desk, sent)
    return redirect(url_for(".interview", secret=secret, noted=sent.key, _anchor="missed"))


@bp.post(f"/interview/{LINK}/misses/take-back")
@access(Permission.PUBLIC)
def take_miss_back(secret: str) -> ResponseReturnValue:
    """Take back what was noted by a slip of the thumb."""
    answering.take_back(answering.desk_of_pass(secret, keys()), request.form.get("key", ""), keys())
    flash(_("撤回了，不算数"), "success")
    return redirect(url_for(".interview", secret=secret))


@bp.get(f"/interview/{LINK}/state")
@access(Permission.PUBLIC)
def show_state(secret: str) -> ResponseReturnValue:
    """Tell the page how far its community is, and a token to send with."""
    desk = answering.desk_of_pass(secret, keys())
    state = _state(desk)
    told = {name: getattr(state["row"], name) for name in TOLD}
    return _private(jsonify({**told, "is_open": state["is_open"], "csrf_token": generate_csrf()}))


@bp.post(f"/interview/{LINK}/sheets")
@access(Permission.PUBLIC)
def take_sheets(secret: str) -> ResponseReturnValue:
    """Take in what an interviewer's page kept while it had no network; the same sheet again counts once."""
    desk = answering.desk_of_pass(secret, keys())
    sheets, told = _sheets()
    for key, error in answering.take_all(desk, sheets, keys()):
        told.append({"key": key, "refused": "" if error is None else say(error.words)})
    return _private(jsonify({"answers": told}))


@bp.get("/interview/worker.js")
@access(Permission.PUBLIC)
def show_worker() -> Response:
    """Answer with the service worker; it stands here because a worker governs only what is below its address."""
    response = current_app.send_static_file("js/interview/worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _store(desk: Desk, sent: Sent) -> bool:
    """Store a sheet; one that was here before is as good as stored."""
    answering.take(desk, sent, keys())
    return True


def _sheets() -> tuple[list[Sent], list[dict[str, str]]]:
    """Return the sheets that can be read, and for each that cannot its key, as far as it has one, and why."""
    if (request.content_length or 0) > LONGEST_BODY:
        abort(413)
    try:
        sent = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise Invalid(N_("送来的内容读不懂")) from None
    rows = sent.get("sheets") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_SHEETS:
        raise Invalid(N_("送来的内容读不懂"))
    sheets, refused = [], []
    for row in rows:
        try:
            sheets.append(_read(row))
        except Invalid as error:
            key = row.get("key") if isinstance(row, dict) else None
            refused.append({"key": key if isinstance(key, str) else "", "refused": say(error.words)})
    return sheets, refused


def _read(row: Any) -> Sent:
    if not isinstance(row, dict) or not isinstance(row.get("choices", {}), dict):
        raise Invalid(N_("送来的内容读不懂"))
    try:
        on = date.fromisoformat(str(row.get("on")))
        moments = [_moment(row.get(name)) for name in ("at", "taken_back_at")]
    except ValueError:
        raise Invalid(N_("送来的内容读不懂")) from None
    missed = Missed(_miss(row["miss"]), *moments) if row.get("miss") else None
    return _sent(row.get("key"), on, missed, row.get("choices", {}))


def _moment(told: object) -> datetime | None:
    """Return a moment as a browser writes it; raises ValueError for what is none, has no zone or is of another age."""
    if not told:
        return None
    moment = datetime.fromisoformat(str(told))
    if moment.tzinfo is None or not 2000 < moment.year < 3000:
        raise ValueError(told)
    return moment.astimezone(UTC)


def _miss(told: object) -> Miss:
    if not isinstance(told, str) or told not in set(Miss):
        raise Invalid(N_("请选拒访或者未遇"))
    return Miss(told)


def _sent(key: object, on: date, missed: Missed | None, choices: dict[str, object]) -> Sent:
    if not isinstance(key, str) or len(key) not in KEY_LENGTHS or not key.isascii() or not key.isalnum():
        raise Invalid(N_("这份答卷没有编号，请刷新页面再试"))
    return Sent(key, on, missed, choices)


def _state(desk: Desk) -> dict[str, Any]:
    row = next(one for one in queries.progress_of(desk.campaign) if one.area.id == desk.area.id)
    is_open = stage_of(desk.campaign, clock.today()) is Stage.OPEN
    told = {"row": row, "is_open": is_open, "last_on": last_day(desk.campaign), "Miss": Miss}
    return {**told, "take_back_minutes": TAKE_BACK_WITHIN.seconds // 60}


def _private(response: Response) -> Response:
    """The address is the key: no cache but the page's own keeps it, and no other site hears of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
