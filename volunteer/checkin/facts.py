"""All that decides one coming or going: the volunteer, the shift, and what happened before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, String, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from models.accounts import Consent
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.accounts.rules import ConsentKind
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import (
    CHECK_OUT_CLOSES_AFTER,
    Direction,
    Method,
    OpenPresence,
    PresenceState,
    ShiftFacts,
)
from volunteer.signups.rules import Offer, Person
from volunteer.volunteers.rules import VolunteerStatus

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

LastEvent = aliased(PresenceEvent, name="last_event")
LastShift = aliased(Shift, name="last_shift")
LastActivity = aliased(Activity, name="last_activity")
SameKey = aliased(PresenceEvent, name="same_key")


def facts_select(*, owned: bool) -> Select[Any]:
    """Return the select of one row with everything that decides a coming or going, and what its answer says.

    Binds: `volunteer` and `shift` (public ids), `request_key`, and `account_id` when the volunteer must be the
    account's own. `same_*` is the event that this request key has made already.
    """
    own = [Volunteer.account_id == bindparam("account_id", type_=Volunteer.account_id.type)] if owned else []
    same = (
        SameKey.id.label("same_id"),
        SameKey.volunteer_id.label("same_volunteer_id"),
        SameKey.shift_id.label("same_shift_id"),
        SameKey.direction.label("same_direction"),
        SameKey.happened_at.label("same_happened_at"),
    )
    return (
        _facts()
        .add_columns(*same)
        .outerjoin(SameKey, SameKey.request_key == bindparam("request_key", type_=String))
        .where(Volunteer.public_id == bindparam("volunteer", type_=String), *own)
    )


def facts_of_account() -> Select[Any]:
    """Return the select of the same facts for every active volunteer of an account at one shift.

    Binds: `shift` (public id) and `account_id`.
    """
    return (
        _facts()
        .add_columns(Volunteer.public_id.label("volunteer"))
        .where(
            Volunteer.account_id == bindparam("account_id", type_=Volunteer.account_id.type),
            Volunteer.status == VolunteerStatus.ACTIVE,
        )
        .order_by(Volunteer.id)
    )


def _facts() -> Select[Any]:
    return (
        select(*_person_columns(), *_shift_columns(), *_last_columns())
        .select_from(Volunteer)
        .join(Shift, Shift.public_id == bindparam("shift", type_=String))
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organization, Organization.id == Activity.organization_id)
        .join(Area, Area.id == Activity.area_id)
        .outerjoin(LastEvent, (LastEvent.volunteer_id == Volunteer.id) & (LastEvent.ordinal == _last_ordinal()))
        .outerjoin(LastShift, LastShift.id == LastEvent.shift_id)
        .outerjoin(LastActivity, LastActivity.id == LastShift.activity_id)
    )


def _person_columns() -> list[Any]:
    return [
        Volunteer.id.label("volunteer_id"),
        Volunteer.name.label("volunteer_name"),
        Volunteer.status.label("volunteer_status"),
        Volunteer.birth_on,
        exists()
        .where(
            Consent.volunteer_id == Volunteer.id,
            Consent.kind == ConsentKind.GUARDIAN,
            Consent.withdrawn_at.is_(None),
        )
        .correlate(Volunteer)
        .label("has_guardian_consent"),
    ]


def _shift_columns() -> list[Any]:
    signup = (
        select(Signup.status)
        .where(Signup.shift_id == Shift.id, Signup.volunteer_id == Volunteer.id)
        .order_by(Signup.id.desc())
        .limit(1)
        .correlate(Shift, Volunteer)
        .scalar_subquery()
    )
    left_at = (
        select(func.max(PresenceEvent.happened_at))
        .where(
            PresenceEvent.shift_id == Shift.id,
            PresenceEvent.volunteer_id == Volunteer.id,
            PresenceEvent.direction == Direction.OUT,
            PresenceEvent.method != Method.MENDED,
        )
        .correlate(Shift, Volunteer)
        .scalar_subquery()
    )
    return [
        Shift.id.label("shift_id"),
        Shift.starts_at,
        Shift.ends_at,
        Shift.extended_until,
        Shift.extension_reason,
        Shift.status.label("shift_status"),
        Shift.allows_walk_in,
        Shift.allows_poster,
        Activity.title,
        Activity.organization_id,
        Activity.status.label("activity_status"),
        Activity.minimum_age,
        Activity.risk,
        Organization.status.label("organization_status"),
        Area.lineage,
        signup.label("signup_status"),
        left_at.label("left_at"),
    ]


def _last_columns() -> list[Any]:
    return [
        LastEvent.id.label("last_id"),
        LastEvent.ordinal.label("last_ordinal"),
        LastEvent.direction.label("last_direction"),
        LastEvent.method.label("last_method"),
        LastEvent.happened_at.label("last_at"),
        LastEvent.shift_id.label("last_shift_id"),
        LastShift.starts_at.label("last_starts_at"),
        LastShift.ends_at.label("last_ends_at"),
        LastShift.extended_until.label("last_extended_until"),
        LastShift.extension_reason.label("last_extension_reason"),
        LastActivity.title.label("last_title"),
        LastActivity.organization_id.label("last_organization_id"),
    ]


def _last_ordinal() -> ColumnElement[int]:
    return (
        select(func.max(PresenceEvent.ordinal))
        .where(PresenceEvent.volunteer_id == Volunteer.id)
        .correlate(Volunteer)
        .scalar_subquery()
    )


def plan_of(row: AnyRow) -> PlannedShift:
    """Return the plan of the shift at hand."""
    return PlannedShift(
        row.starts_at, row.ends_at, extended_until=row.extended_until, extension_reason=row.extension_reason
    )


def state_of(row: AnyRow) -> PresenceState:
    """Return what has happened so far to the volunteer of a facts row."""
    return PresenceState(
        signup=row.signup_status,
        open=open_presence(row) if row.last_direction is Direction.IN else None,
        left_at=row.left_at,
        last_at=row.last_at,
        is_closed=row.last_method is Method.AUTO_CLOSE and row.last_shift_id == row.shift_id,
    )


def open_presence(row: AnyRow) -> OpenPresence:
    """Return the interval that the last event of a row began."""
    plan = PlannedShift(
        row.last_starts_at,
        row.last_ends_at,
        extended_until=row.last_extended_until,
        extension_reason=row.last_extension_reason,
    )
    return OpenPresence(row.last_shift_id, row.last_title, row.last_at, plan)


def shift_facts_of(row: AnyRow) -> ShiftFacts:
    """Return what the rules must know of the shift of a facts row."""
    return ShiftFacts(
        row.shift_id,
        plan_of(row),
        activity_status=row.activity_status,
        shift_status=row.shift_status,
        allows_walk_in=row.allows_walk_in,
        organization_status=row.organization_status,
        allows_poster=row.allows_poster,
        risk=row.risk,
    )


def offer_of(row: AnyRow) -> Offer:
    """Return what the activity of a facts row asks of a person."""
    return Offer(row.shift_id, row.starts_at, row.ends_at, minimum_age=row.minimum_age, risk=row.risk)


def person_of(row: AnyRow) -> Person:
    """Return the volunteer of a facts row as the rules of places know a person, the guardian's consent included."""
    return Person(row.birth_on, row.volunteer_status is VolunteerStatus.ACTIVE, row.has_guardian_consent)


def forgotten_intervals(now: datetime, limit: int) -> Sequence[AnyRow]:
    """Return the comings without a going whose check-out window closed before `now`, oldest first.

    The rows hold `volunteer_id` and the `last_*` of a facts row.
    """
    later = aliased(PresenceEvent)
    ends_at = func.coalesce(LastShift.extended_until, LastShift.ends_at)
    return db.session.execute(
        select(LastEvent.volunteer_id, *_last_columns())
        .join(LastShift, LastShift.id == LastEvent.shift_id)
        .join(LastActivity, LastActivity.id == LastShift.activity_id)
        .outerjoin(later, (later.volunteer_id == LastEvent.volunteer_id) & (later.ordinal == LastEvent.ordinal + 1))
        .where(LastEvent.direction == Direction.IN, later.id.is_(None), ends_at < now - CHECK_OUT_CLOSES_AFTER)
        .order_by(LastEvent.id)
        .limit(limit)
    ).all()


def stands(event: Any = PresenceEvent) -> ColumnElement[bool]:
    """Return the condition that a presence event (or an alias of the table) was not put right since.

    A coming of the wrong person and the going that ended it at its own moment say that nobody was there.
    """
    undoes = aliased(PresenceEvent, name="undoes")
    is_undone = exists().where(
        undoes.volunteer_id == event.volunteer_id,
        undoes.ordinal == event.ordinal + 1,
        undoes.method == Method.MENDED,
    )
    return (event.method != Method.MENDED) & ~is_undone


def arrival_before(event_id: int) -> datetime | None:
    """Return when the interval began that the event `event_id` ended."""
    going = aliased(PresenceEvent)
    return db.session.scalar(
        select(PresenceEvent.happened_at)
        .join(going, (going.volunteer_id == PresenceEvent.volunteer_id) & (PresenceEvent.ordinal == going.ordinal - 1))
        .where(going.id == event_id)
    )
