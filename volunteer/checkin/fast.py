"""One coming or going in one statement on PostgreSQL: guard, presence event and audit row; on SQLite in three.

The guard lets in what the rules let in without any "unless": a place, the planned time, nothing in the way. For all
else nothing is inserted and no row returns; the longer way then reads all facts, names the reason or records it.
No row that everybody at a shift shares is written, and foreign keys lock rows only against deletion.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import insert

from models.activities import Activity, Shift
from models.areas import Area
from models.audit import AuditEvent
from models.base import UtcDateTime
from models.checkin import PresenceEvent
from models.organizations import Organization
from models.prepared import Prepared
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.rules import Direction, Method
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import VolunteerStatus

_Event: Any = PresenceEvent.__table__
_Audit: Any = AuditEvent.__table__
_volunteer: Any = Volunteer.__table__
_shift: Any = Shift.__table__
_activity: Any = Activity.__table__
_signup: Any = Signup.__table__
_area: Any = Area.__table__
_organization: Any = Organization.__table__

# What each event takes over from the request as it is.
_GIVEN = (
    "direction",
    "method",
    "happened_at",
    "received_at",
    "station",
    "device",
    "recorded_by",
    "reason",
    "request_key",
    "latitude",
    "longitude",
    "accuracy_metres",
)
_TOLD = ("at", "account_id", "action", "subject_kind", "subject_id", "details")


def _given(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=_Event.c[name].type)


def _told(name: str) -> ColumnElement[Any]:
    bound = name if name == "account_id" else f"audit_{name}"
    return bindparam(bound, type_=_Audit.c[name].type).label(name)


_lateral = (
    select(_Event.c.ordinal, _Event.c.shift_id, _Event.c.direction, _Event.c.method, _Event.c.happened_at)
    .where(_Event.c.volunteer_id == _volunteer.c.id)
    .order_by(_Event.c.ordinal.desc())
    .limit(1)
    .lateral("last_event")
)
_aliased = _Event.alias("last_event")
_is_last = (_aliased.c.volunteer_id == _volunteer.c.id) & (
    _aliased.c.ordinal
    == select(func.max(_Event.c.ordinal))
    .where(_Event.c.volunteer_id == _volunteer.c.id)
    .correlate(_volunteer)
    .scalar_subquery()
)


# In the words of the partial unique index: a database that does not see that a place is live reads the whole shift.
_is_live = _signup.c.status != literal_column(f"'{SignupStatus.CANCELLED}'")


def _permitted(direction: Direction, *, has_lateral: bool = True) -> Select[*tuple[Any, ...]]:
    last = _lateral if has_lateral else _aliased
    rows = (
        _volunteer.join(_shift, _shift.c.public_id == bindparam("shift", type_=_shift.c.public_id.type))
        .join(_activity, _activity.c.id == _shift.c.activity_id)
        .join(_area, _area.c.id == _activity.c.area_id)
    )
    if direction is Direction.IN:
        rows = rows.join(
            _signup,
            (_signup.c.shift_id == _shift.c.id) & (_signup.c.volunteer_id == _volunteer.c.id) & _is_live,
        ).join(_organization, _organization.c.id == _activity.c.organization_id)
    return (
        select(
            _volunteer.c.id.label("volunteer_id"),
            _volunteer.c.name.label("volunteer_name"),
            _shift.c.id.label("shift_id"),
            _shift.c.starts_at,
            _shift.c.ends_at,
            _shift.c.extended_until,
            _shift.c.extension_reason,
            _activity.c.title,
            _area.c.lineage,
            func.coalesce(last.c.ordinal, 0).label("last_ordinal"),
            last.c.shift_id.label("last_shift_id"),
            last.c.method.label("last_method"),
            last.c.happened_at.label("last_at"),
        )
        .select_from(rows.outerjoin(last, true() if has_lateral else _is_last))
        .where(
            _volunteer.c.public_id == bindparam("volunteer", type_=_volunteer.c.public_id.type),
            _volunteer.c.account_id == bindparam("account_id", type_=_volunteer.c.account_id.type),
            or_(
                _given("method") != Method.POSTER,
                _shift.c.allows_poster & (_activity.c.risk != RiskLevel.DANGEROUS),
            ),
            *(_may_come(last) if direction is Direction.IN else _may_go(last)),
        )
    )


def _may_come(last: Any) -> list[ColumnElement[bool]]:
    return [
        _volunteer.c.status == VolunteerStatus.ACTIVE,
        _activity.c.status == ActivityStatus.PUBLISHED,
        _shift.c.status != ShiftStatus.CANCELLED,
        _organization.c.status != OrganizationStatus.SUSPENDED,
        _signup.c.status == SignupStatus.PLACED,
        _shift.c.starts_at <= bindparam("half_an_hour_after", type_=UtcDateTime),
        _shift.c.ends_at > _given("happened_at"),
        or_(
            last.c.ordinal.is_(None),
            (last.c.direction == Direction.OUT) & (last.c.happened_at <= _given("happened_at")),
        ),
    ]


def _may_go(last: Any) -> list[ColumnElement[bool]]:
    return [
        last.c.direction == Direction.IN,
        last.c.shift_id == _shift.c.id,
        last.c.happened_at <= _given("happened_at"),
        _shift.c.ends_at >= bindparam("an_hour_before", type_=UtcDateTime),
    ]


def _one_statement(direction: Direction) -> Select[*tuple[Any, ...]]:
    permitting = _permitted(direction)
    if direction is Direction.OUT:
        # A going is settled under the volunteer's row: taken before the event, as by everybody else who writes both.
        permitting = permitting.with_for_update(of=_volunteer, key_share=True)
    permitted = permitting.cte("permitted")
    event = select(
        permitted.c.volunteer_id,
        permitted.c.shift_id,
        (permitted.c.last_ordinal + 1).label("ordinal"),
        *(_given(name).label(name) for name in _GIVEN),
    )
    added = (
        insert(_Event)
        .from_select(["volunteer_id", "shift_id", "ordinal", *_GIVEN], event)
        .on_conflict_do_nothing()
        .returning(_Event.c.id)
        .cte("added")
    )
    trail = select(*(_told(name) for name in _TOLD), permitted.c.lineage).select_from(permitted.join(added, true()))
    audited = insert(_Audit).from_select([*_TOLD, "lineage"], trail).cte("audited")
    return select(permitted, added.c.id.label("added_id")).select_from(permitted.join(added, true())).add_cte(audited)


CHECK_IN = Prepared(_one_statement(Direction.IN))
CHECK_OUT = _one_statement(Direction.OUT)
"""On PostgreSQL. The binds are those that `operations` makes; a row returns when the event was recorded."""

# SQLite has no insert within a select: who may come is read beside whoever writes, then two inserts share one commit.
# What came in between is met by the unique numbers of a volunteer's events: then nothing is inserted.
MAY_COME = Prepared(_permitted(Direction.IN, has_lateral=False))
_PLACES = ("volunteer_id", "shift_id", "ordinal", *_GIVEN)
EVENT = Prepared(
    sqlite.insert(_Event)
    .from_select(_PLACES, select(*(_given(name).label(name) for name in _PLACES)).where(true()))
    .on_conflict_do_nothing()
    .returning(_Event.c.id)
)
TRAIL = Prepared(
    sqlite.insert(_Audit).from_select(
        [*_TOLD, "lineage"],
        select(*(_told(name) for name in _TOLD), bindparam("lineage", type_=_Audit.c.lineage.type).label("lineage")),
    )
)
