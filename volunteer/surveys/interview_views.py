"""The interviewer's page: it works online as a plain form, and offline by a script that keeps first and sends later."""

import json
import secrets
from datetime import date
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
from volunteer.surveys.rules import Miss, Stage, last_day, stage_of
from volunteer.web.access import access
from volunteer.web.transactions import attempt
from volunteer.web.words import say

LINK = "<string(minlength=20, maxlength=60):secret>"
LONGEST_BODY = 256 * 1024
MOST_SHEETS = 50
KEY_LENGTHS = range(20, 65)


@bp.route(f"/interview/{LINK}", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def interview(secret: str) -> ResponseReturnValue:
    """Ask one person after another; what is sent here without the script is stored at once."""
    try:
        desk = answering.desk_of_pass(secret, keys())
    except DomainError as refusal:
        return _private(make_response(render_template("surveys/refused.html", refusal=refusal), refusal.status))
    form = answer_form(desk.questions)
    form.key.data = form.key.data or secrets.token_hex(16)
    if attempt(form, lambda: _store(desk, _sent(form.key.data, clock.today(), None, form.sent()))) is not None:
        flash(_("已收到这份答卷"), "success")
        return redirect(url_for(".interview", secret=secret))
    page = render_template("surveys/interview.html", form=form, desk=desk, secret=secret, Miss=Miss, **_state(desk))
    return _private(make_response(page, 422 if form.is_submitted() else 200))


@bp.post(f"/interview/{LINK}/misses")
@access(Permission.PUBLIC)
def note_miss(secret: str) -> ResponseReturnValue:
    """Count somebody who refused or was not met."""
    desk = answering.desk_of_pass(secret, keys())
    _store(desk, _sent(request.form.get("key"), clock.today(), request.form.get("miss"), {}))
    flash(_("已记下"), "success")
    return redirect(url_for(".interview", secret=secret))


@bp.get(f"/interview/{LINK}/state")
@access(Permission.PUBLIC)
def show_state(secret: str) -> ResponseReturnValue:
    """Tell the page how far its community is, and a token to send with."""
    desk = answering.desk_of_pass(secret, keys())
    state = _state(desk)
    told = {"wanted": state["row"].wanted, "answers": state["row"].answers, "is_open": state["is_open"]}
    return _private(jsonify({**told, "csrf_token": generate_csrf()}))


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
    except ValueError:
        raise Invalid(N_("送来的内容读不懂")) from None
    return _sent(row.get("key"), on, row.get("miss") or None, row.get("choices", {}))


def _sent(key: object, on: date, miss: object, choices: dict[str, object]) -> Sent:
    if not isinstance(key, str) or len(key) not in KEY_LENGTHS or not key.isascii() or not key.isalnum():
        raise Invalid(N_("这份答卷没有编号，请刷新页面再试"))
    if miss is not None and (not isinstance(miss, str) or miss not in set(Miss)):
        raise Invalid(N_("请选拒访或者未遇"))
    return Sent(key, on, Miss(miss) if miss is not None else None, choices)


def _state(desk: Desk) -> dict[str, Any]:
    row = next(one for one in queries.progress_of(desk.campaign) if one.area.id == desk.area.id)
    is_open = stage_of(desk.campaign, clock.today()) is Stage.OPEN
    return {"row": row, "is_open": is_open, "last_on": last_day(desk.campaign), "today": clock.today()}


def _private(response: Response) -> Response:
    """The address is the key: no cache but the page's own keeps it, and no other site hears of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
