"""Reading presence: all that decides one coming or going, the roster, and who of an account may be present."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, String, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from models.accounts import Consent
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.accounts.rules import ConsentKind
from volunteer.activities.rules import PlannedShift
from volunteer.checkin.rules import (
    CHECK_OUT_CLOSES_AFTER,
    Direction,
    OpenPresence,
    PresenceState,
    ShiftFacts,
)
from volunteer.kernel.permissions import Scope
from volunteer.signups.rules import Offer, Person, SignupStatus
from volunteer.volunteers.rules import VolunteerStatus

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

LastEvent = aliased(PresenceEvent, name="last_event")
LastShift = aliased(Shift, name="last_shift")
LastActivity = aliased(Activity, name="last_activity")
SameKey = aliased(PresenceEvent, name="same_key")


# One coming or going


def facts_select(*, owned: bool) -> Select[Any]:
    """Return the select of one row with everything that decides a coming or going, and what its answer says.

    Binds: `volunteer` and `shift` (public ids), `request_key`, and `account_id` when the volunteer must be the
    account's own. `same_*` is the event that this request key has made already.
    """
    own = [Volunteer.account_id == bindparam("account_id", type_=Volunteer.account_id.type)] if owned else []
    return (
        select(
            *_person_columns(),
            *_shift_columns(),
            *_last_columns(),
            SameKey.id.label("same_id"),
            SameKey.volunteer_id.label("same_volunteer_id"),
            SameKey.shift_id.label("same_shift_id"),
            SameKey.direction.label("same_direction"),
            SameKey.happened_at.label("same_happened_at"),
        )
        .select_from(Volunteer)
        .join(Shift, Shift.public_id == bindparam("shift", type_=String))
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .outerjoin(LastEvent, (LastEvent.volunteer_id == Volunteer.id) & (LastEvent.ordinal == _last_ordinal()))
        .outerjoin(LastShift, LastShift.id == LastEvent.shift_id)
        .outerjoin(LastActivity, LastActivity.id == LastShift.activity_id)
        .outerjoin(SameKey, SameKey.request_key == bindparam("request_key", type_=String))
        .where(Volunteer.public_id == bindparam("volunteer", type_=String), *own)
    )


def _person_columns() -> list[Any]:
    return [
        Volunteer.id.label("volunteer_id"),
        Volunteer.name.label("volunteer_name"),
        Volunteer.status.label("volunteer_status"),
        Volunteer.birth_on,
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
        Activity.title,
        Activity.status.label("activity_status"),
        Activity.minimum_age,
        Activity.risk,
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
    return ShiftFacts(row.shift_id, plan_of(row), row.activity_status, row.shift_status, row.allows_walk_in)


def offer_of(row: AnyRow) -> Offer:
    """Return what the activity of a facts row asks of a person."""
    return Offer(row.shift_id, row.starts_at, row.ends_at, minimum_age=row.minimum_age, risk=row.risk)


def person_of(row: AnyRow) -> Person:
    """Return the volunteer of a facts row as the rules of places know a person, the guardian's consent included."""
    return Person(row.birth_on, row.volunteer_status is VolunteerStatus.ACTIVE, _has_guardian_consent(row.volunteer_id))


def _has_guardian_consent(volunteer_id: int) -> bool:
    return (
        db.session.execute(
            select(Consent.id)
            .where(
                Consent.volunteer_id == volunteer_id,
                Consent.kind == ConsentKind.GUARDIAN,
                Consent.withdrawn_at.is_(None),
            )
            .limit(1)
        ).first()
        is not None
    )


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


def arrival_before(event_id: int) -> datetime | None:
    """Return when the interval began that the event `event_id` ended."""
    going = aliased(PresenceEvent)
    return db.session.scalar(
        select(PresenceEvent.happened_at)
        .join(going, (going.volunteer_id == PresenceEvent.volunteer_id) & (PresenceEvent.ordinal == going.ordinal - 1))
        .where(going.id == event_id)
    )


# A shift


@dataclass(frozen=True, slots=True)
class ShiftCard:
    """What the pages of this room say of a shift, and where it stands."""

    id: int
    public_id: str
    activity_id: str
    title: str
    task: str
    place: str
    contact_phone: str
    plan: PlannedShift
    scope: Scope


def shift_card(public_id: str) -> ShiftCard | None:
    """Return a shift with its activity, or None; one statement, no objects."""
    row = db.session.execute(
        select(
            Shift.id,
            Shift.public_id,
            Activity.public_id.label("activity_id"),
            Activity.title,
            Shift.task,
            Activity.place,
            Activity.contact_phone,
            Shift.starts_at,
            Shift.ends_at,
            Shift.extended_until,
            Shift.extension_reason,
            Activity.organization_id,
            Area.lineage,
        )
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .where(Shift.public_id == public_id)
    ).first()
    if row is None:
        return None
    return ShiftCard(
        id=row.id,
        public_id=row.public_id,
        activity_id=row.activity_id,
        title=row.title,
        task=row.task,
        place=row.place,
        contact_phone=row.contact_phone,
        plan=plan_of(row),
        scope=Scope(row.lineage, row.organization_id),
    )


def count_present(shift_id: int) -> int:
    """Return how many are in at a shift: those whose last event there is a coming."""
    balance = func.sum(2 * (PresenceEvent.ordinal % 2) - 1)
    inside = select(PresenceEvent.volunteer_id).where(PresenceEvent.shift_id == shift_id)
    inside = inside.group_by(PresenceEvent.volunteer_id).having(balance > 0)
    return db.session.scalar(select(func.count()).select_from(inside.subquery())) or 0


# Who may be present


@dataclass(frozen=True, slots=True)
class Candidate:
    """One volunteer of an account, as the page that asks who is present shows them."""

    public_id: str
    name: str
    is_signed_up: bool
    is_in: bool


def candidates(account_id: int, shift_id: int) -> list[Candidate]:
    """Return the active volunteers of an account, those with a place on the shift first."""
    last = select(func.max(PresenceEvent.ordinal)).where(PresenceEvent.volunteer_id == Volunteer.id)
    rows = db.session.execute(
        select(Volunteer.public_id, Volunteer.name, Signup.id.label("signup_id"), PresenceEvent.direction)
        .outerjoin(
            Signup,
            (Signup.volunteer_id == Volunteer.id)
            & (Signup.shift_id == shift_id)
            & (Signup.status == SignupStatus.PLACED),
        )
        .outerjoin(
            PresenceEvent,
            (PresenceEvent.volunteer_id == Volunteer.id)
            & (PresenceEvent.shift_id == shift_id)
            & (PresenceEvent.ordinal == last.correlate(Volunteer).scalar_subquery()),
        )
        .where(Volunteer.account_id == account_id, Volunteer.status == VolunteerStatus.ACTIVE)
        .order_by(Signup.id.is_(None), Volunteer.id)
    )
    return [
        Candidate(row.public_id, row.name, row.signup_id is not None, row.direction is Direction.IN) for row in rows
    ]


def shifts_around(account_id: int, now: datetime) -> list[ShiftCard]:
    """Return the shifts near `now` at which volunteers of the account have a place or are in, soonest first."""
    near = timedelta(hours=1)
    ends_at = func.coalesce(Shift.extended_until, Shift.ends_at)
    placed = select(Signup.shift_id).join(Volunteer, Volunteer.id == Signup.volunteer_id)
    placed = placed.where(Volunteer.account_id == account_id, Signup.status == SignupStatus.PLACED)
    present = select(PresenceEvent.shift_id).join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
    present = present.where(Volunteer.account_id == account_id)
    public_ids = db.session.scalars(
        select(Shift.public_id)
        .where(
            Shift.starts_at <= now + near,
            ends_at >= now - near,
            or_(Shift.id.in_(placed), Shift.id.in_(present)),
        )
        .order_by(Shift.starts_at, Shift.id)
    ).all()
    return [card for public_id in public_ids if (card := shift_card(public_id)) is not None]


def volunteer_by_number(number: str) -> str | None:
    """Return the public id of the volunteer with this number, or None."""
    return db.session.scalar(select(Volunteer.public_id).where(Volunteer.number == number))


def belongs_to(volunteer: str, account_id: int) -> bool:
    """Return whether the account acts for the volunteer with this public id."""
    own = select(Volunteer.id).where(Volunteer.public_id == volunteer, Volunteer.account_id == account_id)
    return db.session.scalar(own) is not None


@dataclass(frozen=True, slots=True)
class OwnVolunteer:
    """What the page of a personal code shows."""

    public_id: str
    name: str
    number: str


def own_volunteers(account_id: int) -> list[OwnVolunteer]:
    """Return the active volunteers of an account, in the order of registration."""
    rows = db.session.execute(
        select(Volunteer.public_id, Volunteer.name, Volunteer.number)
        .where(Volunteer.account_id == account_id, Volunteer.status == VolunteerStatus.ACTIVE)
        .order_by(Volunteer.id)
    )
    return [OwnVolunteer(row.public_id, row.name, row.number) for row in rows]
