"""One coming or going in one statement on PostgreSQL: facts, guard, presence event and audit row.

The guard lets in what the rules let in without any "unless": a place, the planned time, nothing in the way. All else
inserts nothing; the facts that come back let the rules decide and, where they say yes, the longer way records it.
No row that everybody at a shift shares is written, and foreign keys lock rows only against deletion.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert

from models.audit import AuditEvent
from models.base import UtcDateTime
from models.checkin import PresenceEvent
from volunteer.activities.rules import ActivityStatus, ShiftStatus
from volunteer.checkin.queries import facts_select
from volunteer.checkin.rules import Direction
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import VolunteerStatus

SUBJECT = "shift"
ACTIONS = {Direction.IN: "checkin.check_in", Direction.OUT: "checkin.check_out"}

_Event: Any = PresenceEvent.__table__
_Audit: Any = AuditEvent.__table__
# What each event takes over from the request as it is.
_GIVEN = (
    "method",
    "happened_at",
    "received_at",
    "station",
    "recorded_by",
    "reason",
    "request_key",
    "latitude",
    "longitude",
    "accuracy_metres",
)


def _guard(facts: CTE, direction: Direction) -> list[ColumnElement[bool]]:
    happened_at = _given("happened_at")
    row = facts.c
    if direction is Direction.OUT:
        return [
            row.last_direction == Direction.IN,
            row.last_shift_id == row.shift_id,
            row.last_at <= happened_at,
            row.ends_at >= bindparam("an_hour_before", type_=UtcDateTime),
        ]
    return [
        row.volunteer_status == VolunteerStatus.ACTIVE,
        row.activity_status == ActivityStatus.PUBLISHED,
        row.shift_status != ShiftStatus.CANCELLED,
        row.signup_status == SignupStatus.PLACED,
        row.starts_at <= bindparam("half_an_hour_after", type_=UtcDateTime),
        row.ends_at > happened_at,
        or_(row.last_id.is_(None), (row.last_direction == Direction.OUT) & (row.last_at <= happened_at)),
    ]


def _given(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=_Event.c[name].type)


def _one_statement(direction: Direction) -> Select[Any]:
    facts = facts_select(owned=True).cte("facts")
    event = select(
        facts.c.volunteer_id,
        facts.c.shift_id,
        (func.coalesce(facts.c.last_ordinal, 0) + 1).label("ordinal"),
        bindparam("direction", type_=_Event.c.direction.type).label("direction"),
        *(_given(name).label(name) for name in _GIVEN),
    ).where(facts.c.same_id.is_(None), *_guard(facts, direction))
    added = (
        insert(_Event)
        .from_select(["volunteer_id", "shift_id", "ordinal", "direction", *_GIVEN], event)
        .on_conflict_do_nothing()
        .returning(_Event.c.id)
        .cte("added")
    )
    trail = select(
        _bound("at", _Audit.c.at),
        _bound("account_id", _Audit.c.account_id),
        _bound("action", _Audit.c.action),
        _bound("subject_kind", _Audit.c.subject_kind),
        _bound("subject_id", _Audit.c.subject_id),
        facts.c.lineage,
        _bound("details", _Audit.c.details),
    ).select_from(facts.join(added, true()))
    columns = ["at", "account_id", "action", "subject_kind", "subject_id", "lineage", "details"]
    audited = insert(_Audit).from_select(columns, trail).cte("audited")
    return select(facts, added.c.id.label("added_id")).select_from(facts.outerjoin(added, true())).add_cte(audited)


def _bound(name: str, column: Any) -> ColumnElement[Any]:
    return bindparam(f"audit_{name}" if name != "account_id" else name, type_=column.type).label(name)


ONE_STATEMENT = {direction: _one_statement(direction) for direction in Direction}
"""By direction: give it the binds of `operations`; the row that returns has `added_id` when the event was recorded."""
