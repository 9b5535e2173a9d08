"""Recording who came and who went. Each event is recorded once, in its order, and decided on what it follows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from models.audit import AuditEvent
from models.base import db
from models.checkin import PresenceEvent, PresenceRefusal
from models.prepared import lend_wire
from models.volunteers import Volunteer
from volunteer.checkin import facts, fast
from volunteer.checkin.codes import CLAIM_LIFE
from volunteer.checkin.facts import AnyRow
from volunteer.checkin.rules import (
    CHECK_IN_OPENS_BEFORE,
    CHECK_OUT_CLOSES_AFTER,
    Direction,
    Location,
    Method,
    check_out_closes_at,
    discreet,
    may_check_out,
    may_use,
    must_auto_close,
    person_may_check_in,
    to_organizer,
)
from volunteer.kernel import clock
from volunteer.kernel.decisions import Decision, Refusal
from volunteer.kernel.errors import Conflict, NotFound
from volunteer.kernel.text import N_, Words

ACTIONS = {Direction.IN: "checkin.check_in", Direction.OUT: "checkin.check_out"}
SUBJECT = "shift"
TRIES = 5
CLOSED_AT_ONCE = 500


class AfterCheckOut(Protocol):
    """What a room above wants to do when an interval ends, within the same transaction."""

    def __call__(
        self,
        *,
        volunteer_id: int,
        shift_id: int,
        arrived_at: datetime,
        left_at: datetime,
        method_in: Method,
        method_out: Method,
        check_out_event_id: int,
    ) -> Words | None:
        """Return what to tell the volunteer, such as how the minutes came about."""


after_check_out: list[AfterCheckOut] = []
"""Filled by app.py, since the hours know presence and not the other way round."""

tell_again: list[Callable[[int], Words | None]] = []
"""What rooms above say of a check-out (its event's id) that they settled before; filled by app.py."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One coming or going that somebody asks to record.

    `volunteer` and `shift` are public ids. `is_own`: the volunteer must belong to the account. `request_key` makes a
    repeated request harmless. `device` is the keyed digest of the browser's name, "" when it has none.
    """

    volunteer: str
    shift: str
    direction: Direction
    happened_at: datetime
    method: Method
    account_id: int
    request_key: str
    is_own: bool = True
    station: str = ""
    device: str = ""
    reason: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, for the page that says so. `arrived_at` and `derivation` belong to a going.

    `request_key` names the event, to put right a wrong choice; `instead_of` is who was recorded wrongly before.
    """

    name: str
    title: str
    direction: Direction
    happened_at: datetime
    shift_ends_at: datetime
    request_key: str
    arrived_at: datetime | None = None
    derivation: Words | None = None
    instead_of: str = ""


def record_presence(asked: Asked) -> Recorded:
    """Record a coming or going, or raise `Refusal` with the reason, `NotFound`, or `Conflict` for a key used twice.

    The same request again gives the same answer and records nothing more. The own ordinary check-in has committed when
    this returns; everything else belongs to the request's transaction.
    """
    binds = _binds(asked)
    added = _record_at_once(asked, binds) if asked.is_own else None
    if added is not None:
        return _recorded(asked, *added)
    return _record_step_by_step(asked, binds)


def record_in_transaction(asked: Asked) -> Recorded:
    """Record like `record_presence`, but together with what else the request's transaction holds."""
    return _record_step_by_step(asked, _binds(asked))


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def _record_at_once(asked: Asked, binds: dict[str, Any]) -> tuple[AnyRow, int] | None:
    """Record an ordinary coming or going and return its facts and its event's id; None leaves it to the longer way."""
    is_coming = asked.direction is Direction.IN
    if not _is_postgresql():
        return _check_in_on_sqlite(binds) if is_coming else None
    row = (
        next(iter(fast.CHECK_IN.rows(binds)), None) if is_coming else db.session.execute(fast.CHECK_OUT, binds).first()
    )
    return (row, row.added_id) if row is not None else None


def _check_in_on_sqlite(binds: dict[str, Any]) -> tuple[AnyRow, int] | None:
    if db.session.registry.has() and db.session().in_transaction():
        return None
    with lend_wire() as wire:
        rows = wire.rows(fast.MAY_COME, binds)
        if not rows:
            return None
        row = rows[0]
        place = {"volunteer_id": row.volunteer_id, "shift_id": row.shift_id, "ordinal": row.last_ordinal + 1}
        with wire.short_transaction():
            added = wire.rows(fast.EVENT, {**binds, **place})
            if not added:
                return None
            wire.rows(fast.TRAIL, {**binds, "lineage": row.lineage})
    return row, added[0].id


def _refuse_unless_allowed(asked: Asked, row: AnyRow | None) -> Decision | None:
    """Raise the reason against the request, or return the decision for it; None when it is recorded already."""
    if row is None:
        raise NotFound(N_("没有找到这个班次或这位志愿者"))
    if row.same_id is not None:
        _require_same(asked, row)
        return None
    state, shift = facts.state_of(row), facts.shift_facts_of(row)
    may_use(asked.method, shift).require()
    if asked.direction is Direction.OUT:
        decision = may_check_out(state, shift, asked.happened_at)
    else:
        person, offer = facts.person_of(row), facts.offer_of(row)
        decision = person_may_check_in(person, offer, state, shift, asked.happened_at)
    if not asked.is_own:
        is_elsewhere = row.last_organization_id != row.organization_id
        to_organizer(discreet(decision) if is_elsewhere else decision).require()
    decision.require()
    return decision


def _require_same(asked: Asked, row: AnyRow) -> None:
    was = (row.same_volunteer_id, row.same_shift_id, row.same_direction, row.same_happened_at)
    if was != (row.volunteer_id, row.shift_id, asked.direction, asked.happened_at):
        raise Refusal("other_body", Words(N_("这个页面已经用过了，请重新扫一次码")))


_FACTS = {is_own: facts.facts_select(owned=is_own) for is_own in (True, False)}


# A going is settled under the volunteer's row: taken before the event, as by everybody else who writes both.
_TAKE_VOLUNTEER = (
    select(Volunteer.id)
    .where(Volunteer.public_id == bindparam("volunteer", type_=Volunteer.public_id.type))
    .with_for_update(key_share=True)
)


def _record_step_by_step(asked: Asked, binds: dict[str, Any]) -> Recorded:
    """Decide on facts and append the next event; when somebody else appended it first, look again."""
    if asked.direction is Direction.OUT and _is_postgresql():
        db.session.execute(_TAKE_VOLUNTEER, {"volunteer": asked.volunteer})
    for _ in range(TRIES):
        row = db.session.execute(_FACTS[asked.is_own], _wanted(asked)).first()
        decision = _refuse_unless_allowed(asked, row)
        assert row is not None  # noqa: S101 - a missing row was refused
        if decision is None:
            return _recorded(asked, row, None)
        last = row.last_ordinal or 0
        if decision.rule == "after_forgotten":
            if _close_open(row) is None:
                continue
            last += 1
        added_id = _append(asked, row, last + 1, binds)
        if added_id is not None:
            return _recorded(asked, row, added_id)
    raise Conflict(N_("同时有几个人在签，请再点一次"))


def _wanted(asked: Asked) -> dict[str, Any]:
    wanted = {"volunteer": asked.volunteer, "shift": asked.shift, "request_key": asked.request_key}
    return {**wanted, "account_id": asked.account_id} if asked.is_own else wanted


def _binds(asked: Asked) -> dict[str, Any]:
    now = clock.now()
    place = asked.location
    return {
        **_wanted(asked),
        "account_id": asked.account_id,
        "direction": asked.direction,
        "method": asked.method,
        "happened_at": asked.happened_at,
        "received_at": now,
        "half_an_hour_after": asked.happened_at + CHECK_IN_OPENS_BEFORE,
        "an_hour_before": asked.happened_at - CHECK_OUT_CLOSES_AFTER,
        "station": asked.station,
        "device": asked.device,
        "recorded_by": None if asked.is_own else asked.account_id,
        "reason": asked.reason,
        "latitude": place and place.latitude,
        "longitude": place and place.longitude,
        "accuracy_metres": place and place.accuracy_metres,
        "audit_at": now,
        "audit_action": ACTIONS[asked.direction],
        "audit_subject_kind": SUBJECT,
        "audit_subject_id": asked.shift,
        "audit_details": {"volunteer": asked.volunteer, "method": asked.method},
    }


_COLUMNS = tuple(column.name for column in PresenceEvent.__table__.columns)


def _append(asked: Asked, row: AnyRow, ordinal: int, binds: dict[str, Any]) -> int | None:
    """Return the id of the new event, or None when its ordinal or its request key is taken by now."""
    values = {name: binds[name] for name in _COLUMNS if name in binds}
    values |= {"volunteer_id": row.volunteer_id, "shift_id": row.shift_id, "ordinal": ordinal}
    added_id = insert_once(PresenceEvent, values)
    if added_id is not None:
        db.session.execute(
            insert(AuditEvent),
            {
                "at": binds["audit_at"],
                "account_id": asked.account_id,
                "action": binds["audit_action"],
                "subject_kind": SUBJECT,
                "subject_id": asked.shift,
                "lineage": row.lineage,
                "details": binds["audit_details"],
            },
        )
    return added_id


def insert_once(table: type[PresenceEvent | PresenceRefusal], values: dict[str, Any]) -> int | None:
    """Insert a row and return its id, or None when a unique rule of the table says that it stands already."""
    dialect = postgresql if _is_postgresql() else sqlite
    return db.session.scalar(dialect.insert(table).values(values).on_conflict_do_nothing().returning(table.id))


def _recorded(asked: Asked, row: AnyRow, added_id: int | None) -> Recorded:
    """Return the answer; a going that is new (`added_id`) is first told to the rooms above."""
    arrived_at, derivation = None, None
    if asked.direction is Direction.OUT and added_id is not None:
        arrived_at = row.last_at
        derivation = _tell_rooms_above(row, asked.happened_at, asked.method, added_id)
    elif asked.direction is Direction.OUT:
        arrived_at = facts.arrival_before(row.same_id)
        derivation = _first(tell(row.same_id) for tell in tell_again)
    return Recorded(
        name=row.volunteer_name,
        title=row.title,
        direction=asked.direction,
        happened_at=asked.happened_at,
        shift_ends_at=facts.plan_of(row).last_ends_at,
        request_key=asked.request_key,
        arrived_at=arrived_at,
        derivation=derivation,
    )


def _tell_rooms_above(row: AnyRow, left_at: datetime, method_out: Method, event_id: int) -> Words | None:
    return _first(
        observe(
            volunteer_id=row.volunteer_id,
            shift_id=row.last_shift_id,
            arrived_at=row.last_at,
            left_at=left_at,
            method_in=row.last_method,
            method_out=method_out,
            check_out_event_id=event_id,
        )
        for observe in after_check_out
    )


def _first(told: Iterable[Words | None]) -> Words | None:
    """Return the first words; everybody is asked all the same."""
    return next((words for words in list(told) if words is not None), None)


# What was forgotten


def close_forgotten(now: datetime) -> int:
    """Append the system's check-out to intervals left open past their window; return how many.

    Those who scanned in time may still be choosing who is present, so a claim's life is waited for.
    """
    latest = now - CLAIM_LIFE
    rows = [
        row
        for row in facts.forgotten_intervals(latest, CLOSED_AT_ONCE)
        if must_auto_close(facts.open_presence(row), latest)
    ]
    # By volunteer, which is the order in which everybody takes them.
    return sum(_close_open(row) is not None for row in sorted(rows, key=lambda row: row.volunteer_id))


def _close_open(row: AnyRow) -> int | None:
    """Append the going that the last event of `row` lacks; None when somebody did so meanwhile."""
    here = facts.open_presence(row)
    left_at = max(here.since, check_out_closes_at(here.plan))
    event_id = insert_once(
        PresenceEvent,
        {
            "volunteer_id": row.volunteer_id,
            "shift_id": row.last_shift_id,
            "ordinal": row.last_ordinal + 1,
            "direction": Direction.OUT,
            "method": Method.AUTO_CLOSE,
            "happened_at": left_at,
            "received_at": clock.now(),
            "station": "",
            "device": "",
            "reason": "",
            "request_key": f"auto-close-{row.last_id}",
        },
    )
    if event_id is not None:
        _tell_rooms_above(row, left_at, Method.AUTO_CLOSE, event_id)
    return event_id
