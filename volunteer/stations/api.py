"""What the scanning page asks and sends: JSON both ways, times in milliseconds since 1970."""

from datetime import datetime
from typing import Any

from flask import Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from models.stations import Station
from volunteer.checkin.codes import CLOCK_SKEW, PERSONAL_CODE_LIFE, personal_code_points
from volunteer.checkin.desk import keys, own_shift
from volunteer.checkin.desk import milliseconds as span
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.rules import check_in_opens_at, check_out_closes_at
from volunteer.kernel import clock
from volunteer.kernel.devices import device_label
from volunteer.kernel.errors import Forbidden, Gone
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.signing import encode_base64
from volunteer.kernel.text import N_
from volunteer.stations import operations, queries, rules
from volunteer.stations.desk import bp, own_station
from volunteer.stations.operations import Answer, Trust
from volunteer.stations.queries import Listed
from volunteer.stations.rules import Kind, Outcome
from volunteer.web.access import access, own_id
from volunteer.web.addresses import public_origin
from volunteer.web.words import say


@bp.post("/")
@access(Permission.RUN_SHIFTS)
def create() -> ResponseReturnValue:
    """Open a station for this browser; its secret leaves us this once."""
    sent = rules.read_json(_body()) if request.is_json else request.form
    card = own_shift(rules.read_public_id(sent.get("shift")))
    name = rules.read_name(sent.get("name"), say(device_label(request.user_agent.string)))
    station = operations.open_station(card, name, own_id())
    secret = rules.station_key(keys("code"), station.public_id)
    return jsonify({**_told(station, card), "key": encode_base64(secret)}), 201


@bp.get("/<station_id>")
@access(Permission.RUN_SHIFTS)
def show(station_id: str) -> ResponseReturnValue:
    """Tell a station its shift and roster as they are now."""
    station, card = _opened_station(station_id)
    if station.revoked_at is not None:
        raise Gone(N_("这个扫码台已经停用"))
    return jsonify(_told(station, card))


@bp.post("/<station_id>/records")
@access(Permission.RUN_SHIFTS)
def take_records(station_id: str) -> Response:
    """Take in what a station scanned, also much later, and answer to each record."""
    station, card = _opened_station(station_id)
    batch = rules.read_batch(rules.read_json(_body()))
    answers = operations.take_in(station, card, batch, Trust(keys("code"), public_origin()))
    now = clock.now()
    known = queries.listed(card, now, {one.volunteer_id for one in answers if one.volunteer_id is not None})
    return jsonify({"server_time": rules.milliseconds(now), "answers": [_spoken(one, known) for one in answers]})


def _opened_station(station_id: str) -> tuple[Station, ShiftCard]:
    """Return a station that this account opened, and its shift; nobody else reads or sends for it."""
    station, card = own_station(station_id)
    if station.opened_by != own_id():
        raise Forbidden(N_("这个扫码台是另一个账号打开的，请用打开它的账号登录后再同步"))
    return station, card


def _body() -> bytes:
    if (request.content_length or 0) > rules.LONGEST_BODY:
        abort(413)
    return request.get_data()


def _told(station: Station, card: ShiftCard) -> dict[str, Any]:
    """Return all that a station works with while it has no network; no phone, no document."""
    now = clock.now()
    running = queries.running(card.id)
    return {
        "station": station.public_id,
        "name": station.name,
        "shift": {
            "id": card.public_id,
            "title": card.title,
            "task": card.task,
            "place": card.place,
            "starts_at": rules.milliseconds(card.plan.starts_at),
            "ends_at": rules.milliseconds(card.plan.last_ends_at),
            "opens_at": rules.milliseconds(check_in_opens_at(card.plan)),
            "closes_at": rules.milliseconds(check_out_closes_at(card.plan)),
            "allows_walk_in": running.allows_walk_in,
            "is_running": running.is_running,
        },
        "card_keys": personal_code_points(keys("code")),
        "card_address": public_origin(),
        "server_time": rules.milliseconds(now),
        "csrf_token": generate_csrf(),
        "roster": [_row(one) for one in queries.listed(card, now).values()],
        "limits": {
            "code_life": span(PERSONAL_CODE_LIFE),
            "clock_skew": span(CLOCK_SKEW),
            "late": span(rules.LATEST),
            "batch": rules.BATCH,
        },
    }


def _row(one: Listed) -> dict[str, Any]:
    return {
        "volunteer": one.volunteer,
        "number": one.number,
        "name": one.name,
        "initials": rules.initials(one.name),
        "state": one.state.value,
        "since": _moment(one.since),
    }


def _moment(when: datetime | None) -> int | None:
    return None if when is None else rules.milliseconds(when)


def _spoken(answer: Answer, known: dict[str, Listed]) -> dict[str, Any]:
    """Return an answer as it goes out. A number can be guessed: it alone tells nobody's whole name and nobody's id."""
    public_id, name = answer.volunteer, answer.name
    row = known.get(public_id)
    if row is None and answer.kind is not Kind.CODE and answer.outcome is not Outcome.RECORDED:
        public_id, name = "", mask_name(name)
    return {
        "key": answer.key,
        "outcome": answer.outcome.value,
        "rule": answer.rule,
        "volunteer": public_id,
        "name": name,
        "initials": rules.initials(name.rstrip("*")),
        "state": row.state.value if row else "",
        "happened_at": rules.milliseconds(answer.happened_at),
        "words": say(answer.words),
    }
