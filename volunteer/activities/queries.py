"""Reading activities: what is open to residents, what an organization manages, and one activity with its shifts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from models.activities import Activity, ActivityChange, Shift
from models.areas import Area
from models.base import db
from models.organizations import Organization
from volunteer.activities.change_rules import ActivityFacts
from volunteer.activities.publishing_rules import Draft
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import PlannedShift, ShiftPhase, ShiftStatus, shift_phase
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.clock import midnight
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Scope
from volunteer.kernel.text import N_
from volunteer.organizations.rules import OrganizationStatus

MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for; `days` are the first and the last day, both inside."""

    lineage: str = ""
    category: ServiceCategory | None = None
    days: tuple[date, date] | None = None
    words: str = ""
    has_places: bool = False
    organization_id: int | None = None


def open_activities(wanted: Wanted, now: datetime) -> Select[Any]:
    """Select published activities with a shift that still lies ahead, by when their next such shift starts.

    Each row is the activity and `starts_at`, the start of the next shift that is wanted. The range over
    `shift.starts_at` leaves only what is to come, so the cost does not grow with the past.
    """
    next_shift = (
        select(Shift.activity_id, func.min(Shift.starts_at).label("starts_at"))
        .where(*_wanted_shift(wanted, now))
        .group_by(Shift.activity_id)
        .subquery()
    )
    return (
        select(Activity, next_shift.c.starts_at)
        .join(next_shift, next_shift.c.activity_id == Activity.id)
        .join(Activity.organization)
        .join(Activity.area)
        .options(contains_eager(Activity.organization), contains_eager(Activity.area), selectinload(Activity.shifts))
        .where(
            Activity.status == ActivityStatus.PUBLISHED,
            Organization.status == OrganizationStatus.APPROVED,
            *_wanted_activity(wanted),
        )
        .order_by(next_shift.c.starts_at, Activity.id)
    )


def _wanted_shift(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [Shift.status == ShiftStatus.OPEN, Shift.starts_at > now]
    if wanted.days is not None:
        first, last = (midnight(day).astimezone(UTC) for day in wanted.days)
        conditions += [Shift.starts_at >= first, Shift.starts_at < last + timedelta(days=1)]
    if wanted.has_places:
        conditions.append(Shift.taken < Shift.capacity)
    return conditions


def _wanted_activity(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.lineage:
        below = Area.lineage.startswith(wanted.lineage + "/", autoescape=True)
        conditions.append(or_(Area.lineage == wanted.lineage, below))
    if wanted.category is not None:
        conditions.append(Activity.category == wanted.category)
    if wanted.organization_id is not None:
        conditions.append(Activity.organization_id == wanted.organization_id)
    for word in wanted.words.split()[:MOST_WORDS]:
        texts = (Activity.title, Activity.place, Organization.name)
        conditions.append(or_(*[text.icontains(word, autoescape=True) for text in texts]))
    return conditions


def activity_by_public_id(public_id: str) -> Activity:
    """Return the activity with its organization, area and shifts; raise `NotFound` when there is none."""
    query = (
        select(Activity)
        .options(joinedload(Activity.organization), joinedload(Activity.area), selectinload(Activity.shifts))
        .where(Activity.public_id == public_id)
    )
    activity = db.session.scalar(query)
    if activity is None:
        raise NotFound(N_("没有找到这个活动，可能已经撤下"))
    return activity


def shift_of(activity: Activity, public_id: str) -> Shift:
    """Return a shift of this activity; raise `NotFound` for any other."""
    for shift in activity.shifts:
        if shift.public_id == public_id:
            return shift
    raise NotFound(N_("没有找到这个班次，可能已经撤下"))


def scope_of(activity: Activity) -> Scope:
    """Return where an activity stands."""
    return Scope(activity.area.lineage, activity.organization_id)


@dataclass(frozen=True, slots=True)
class Managed:
    """An activity in its organizer's list, with the shift that matters now, if any."""

    activity: Activity
    shift: Shift | None


def _managed(organization_ids: Sequence[int]) -> Select[Any]:
    return (
        select(Activity)
        .options(joinedload(Activity.organization), selectinload(Activity.shifts))
        .where(Activity.organization_id.in_(organization_ids))
    )


def _last_ends_at() -> Select[Any]:
    return select(Shift.activity_id).where(Shift.status != ShiftStatus.CANCELLED)


def coming_activities(organization_ids: Sequence[int], now: datetime) -> list[Managed]:
    """Return published activities with a shift that is not over, by when that shift starts."""
    ahead = _last_ends_at().where(
        func.coalesce(Shift.extended_until, Shift.ends_at) >= now, Shift.ends_at >= _recent(now)
    )
    query = _managed(organization_ids).where(Activity.status == ActivityStatus.PUBLISHED, Activity.id.in_(ahead))
    found = [Managed(activity, next_shift(activity, now)) for activity in db.session.scalars(query)]
    return sorted(found, key=lambda one: (one.shift.starts_at if one.shift else now, one.activity.id))


def _recent(now: datetime) -> datetime:
    # No extension reaches farther than the longest shift, so this keeps the range of the index small.
    return now - timedelta(days=1)


def next_shift(activity: Activity, now: datetime) -> Shift | None:
    """Return the first shift that is not cancelled and not over, if any."""
    ahead = [shift for shift in activity.shifts if shift.status is not ShiftStatus.CANCELLED and ends_at(shift) >= now]
    return min(ahead, key=lambda shift: (shift.starts_at, shift.id), default=None)


def ends_at(shift: Shift) -> datetime:
    """Return when a shift ends, its extension included."""
    return plan_of(shift).last_ends_at


def drafts(organization_ids: Sequence[int]) -> Sequence[Activity]:
    """Return drafts, the newest first."""
    query = _managed(organization_ids).where(Activity.status == ActivityStatus.DRAFT).order_by(Activity.id.desc())
    return db.session.scalars(query).all()


def past_activities(organization_ids: Sequence[int], now: datetime) -> Select[Any]:
    """Select what is over, closed or cancelled, what waits to be closed first, then the newest."""
    ahead = _last_ends_at().where(
        func.coalesce(Shift.extended_until, Shift.ends_at) >= now, Shift.ends_at >= _recent(now)
    )
    is_over = (Activity.status == ActivityStatus.PUBLISHED) & Activity.id.not_in(ahead)
    is_done = Activity.status.in_((ActivityStatus.CLOSED, ActivityStatus.CANCELLED))
    return _managed(organization_ids).where(or_(is_over, is_done)).order_by(is_done, Activity.id.desc())


def counts(organization_ids: Sequence[int]) -> dict[ActivityStatus, int]:
    """Return how many activities there are by state."""
    query = (
        select(Activity.status, func.count().label("total"))
        .where(Activity.organization_id.in_(organization_ids))
        .group_by(Activity.status)
    )
    return {row.status: row.total for row in db.session.execute(query)}


def changes_of(activity: Activity) -> Sequence[ActivityChange]:
    """Return what was changed after publishing, the newest first."""
    query = select(ActivityChange).where(ActivityChange.activity_id == activity.id).order_by(ActivityChange.id.desc())
    return db.session.scalars(query).all()


def plan_of(shift: Shift) -> PlannedShift:
    """Return the planned time of a shift."""
    return PlannedShift(
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        break_minutes=shift.break_minutes,
        extended_until=shift.extended_until,
        extension_reason=shift.extension_reason,
    )


def draft_of(activity: Activity) -> Draft:
    """Return what publishing checks of an activity."""
    return Draft(
        title=activity.title,
        place=activity.place,
        contact_name=activity.contact_name,
        contact_phone=activity.contact_phone,
        minimum_age=activity.minimum_age,
        risk=activity.risk,
        risks=activity.risks,
        insurance=activity.insurance,
        gate=activity.gate,
    )


def facts_of(activity: Activity) -> ActivityFacts:
    """Return what is compared when an activity changes, its shifts apart."""
    return ActivityFacts(
        title=activity.title,
        place=activity.place,
        description=activity.description,
        contact_name=activity.contact_name,
        contact_phone=activity.contact_phone,
        bring=activity.bring,
        requirements=activity.requirements,
        minimum_age=activity.minimum_age,
        risk=activity.risk,
        risks=activity.risks,
        insurance=activity.insurance,
    )


def shift_facts_of(shift: Shift) -> ActivityFacts:
    """Return what is compared when a shift changes."""
    return ActivityFacts(
        task=shift.task,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        break_minutes=shift.break_minutes,
        capacity=shift.capacity,
    )


@dataclass(frozen=True, slots=True)
class Card:
    """An activity as a list shows it: its next shift that is wanted, and how many more lie ahead."""

    activity: Activity
    shift: Shift
    others: int

    @property
    def free(self) -> int:
        """Return how many places the shift has left."""
        return self.shift.capacity - self.shift.taken


def cards(rows: Iterable[Any], now: datetime) -> list[Card]:
    """Return the rows of `open_activities` as cards."""
    return [_card(activity, starts_at, now) for activity, starts_at in rows]


def _card(activity: Activity, starts_at: datetime, now: datetime) -> Card:
    ahead = [shift for shift in activity.shifts if shift.status is ShiftStatus.OPEN and shift.starts_at > now]
    shift = max((one for one in ahead if one.starts_at == starts_at), key=lambda one: one.capacity - one.taken)
    return Card(activity, shift, len(ahead) - 1)


@dataclass(frozen=True, slots=True)
class Offered:
    """A shift as a page shows it."""

    shift: Shift
    phase: ShiftPhase

    @property
    def free(self) -> int:
        """Return how many places are left."""
        return max(self.shift.capacity - (self.shift.taken or 0), 0)

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, its extension included."""
        return ends_at(self.shift)


def offered(activity: Activity, now: datetime) -> list[Offered]:
    """Return an activity's shifts with what can be done about each, by when they start."""
    shifts = sorted(activity.shifts, key=lambda shift: (shift.starts_at, shift.id or 0))
    return [
        Offered(
            shift,
            shift_phase(shift.status or ShiftStatus.OPEN, plan_of(shift), shift.capacity - (shift.taken or 0), now),
        )
        for shift in shifts
    ]
