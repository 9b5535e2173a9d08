"""Reading a roster: everybody a shift expects or has seen, and where they are now; and whether anything changed."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent, PresenceRefusal, SpotCheck
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.facts import AnyRow
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.rules import (
    Attendance,
    Direction,
    Method,
    attendance,
    is_late,
)
from volunteer.kernel.permissions import Scope
from volunteer.signups.rules import SignupStatus

# What only time changes on a roster (who is missing, whose check-out was forgotten) is seen within this.
REDRAWN_EVERY = timedelta(minutes=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

count_to_review: list[Callable[[int], int]] = []
"""Filled by app.py: how many records of devices at a shift (row id) wait for somebody, kept in a room above."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Where a shift stands, and a text that is another one as soon as its roster may look different."""

    scope: Scope
    version: str


def pulse(shift: str, now: datetime) -> Pulse | None:
    """Return the pulse of a shift (public id), or None where there is none; one statement that reads no person."""
    placed = [Signup.shift_id == Shift.id, Signup.status == SignupStatus.PLACED]
    row = db.session.execute(
        select(
            Activity.organization_id,
            Area.lineage,
            Shift.id,
            Shift.starts_at,
            Shift.ends_at,
            Shift.extended_until,
            Shift.status,
            Activity.status,
            _of_shift(func.count(), *placed),
            _of_shift(func.sum(Signup.id), *placed),
            _of_shift(func.max(PresenceEvent.id), PresenceEvent.shift_id == Shift.id),
            _of_shift(func.max(PresenceRefusal.id), PresenceRefusal.shift_id == Shift.id),
            _of_shift(func.max(SpotCheck.id), SpotCheck.shift_id == Shift.id),
            _of_shift(func.count(SpotCheck.shown_at), SpotCheck.shift_id == Shift.id),
        )
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .where(Shift.public_id == shift)
    ).first()
    if row is None:
        return None
    told = (*row, (now - _EPOCH) // REDRAWN_EVERY)
    return Pulse(Scope(row.lineage, row.organization_id), hashlib.sha256(repr(told).encode()).hexdigest()[:16])


def _of_shift(what: Any, *where: Any) -> ScalarSelect[Any]:
    return select(what).where(*where).correlate(Shift).scalar_subquery()


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person of a roster. `id` orders people; `is_walk_in`: came without a place."""

    id: int
    public_id: str
    account_id: int
    name: str
    number: str
    phone: str | None
    attendance: Attendance
    is_late: bool
    is_walk_in: bool
    arrived_at: datetime | None
    left_at: datetime | None
    method: Method | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody a shift expects or has seen, those who are missing first."""

    rows: Sequence[RosterRow]

    def count(self, *states: Attendance) -> int:
        """Return how many are in one of these states."""
        return sum(row.attendance in states for row in self.rows)

    @property
    def expected(self) -> int:
        """Return how many have a place."""
        return sum(not row.is_walk_in for row in self.rows)

    @property
    def arrived(self) -> int:
        """Return how many have come, whether or not they have left."""
        return sum(row.arrived_at is not None for row in self.rows)

    @property
    def late(self) -> int:
        """Return how many came late."""
        return sum(row.is_late for row in self.rows)


def roster(card: ShiftCard, now: datetime, only: Collection[int] | None = None) -> Roster:
    """Return the roster of a shift in two statements, however many people it has; `only` those with these row ids."""
    of_events = [] if only is None else [PresenceEvent.volunteer_id.in_(sorted(only))]
    of_people = [] if only is None else [Volunteer.id.in_(sorted(only))]
    events: dict[int, list[AnyRow]] = {}
    for event in db.session.execute(
        select(PresenceEvent.volunteer_id, PresenceEvent.direction, PresenceEvent.method, PresenceEvent.happened_at)
        .where(PresenceEvent.shift_id == card.id, *of_events)
        .order_by(PresenceEvent.volunteer_id, PresenceEvent.ordinal)
    ):
        _keep(events.setdefault(event.volunteer_id, []), event)
    placed = select(Signup.volunteer_id).where(Signup.shift_id == card.id, Signup.status == SignupStatus.PLACED)
    seen = select(PresenceEvent.volunteer_id).where(PresenceEvent.shift_id == card.id)
    people = db.session.execute(
        select(
            Volunteer.id,
            Volunteer.public_id,
            Volunteer.account_id,
            Volunteer.name,
            Volunteer.number,
            Volunteer.phone,
            Volunteer.id.in_(placed).label("is_placed"),
        )
        .where(or_(Volunteer.id.in_(placed), Volunteer.id.in_(seen)), *of_people)
        .order_by(Volunteer.id)
    )
    rows = [
        _roster_row(card.plan, person, events.get(person.id, []), now)
        for person in people
        if person.is_placed or events.get(person.id)
    ]
    order = list(Attendance)
    return Roster(sorted(rows, key=lambda row: (order.index(row.attendance), row.name, row.id)))


def _keep(events: list[AnyRow], event: AnyRow) -> None:
    """Add the next event of a person; a coming that was taken back at its own moment never was."""
    undoes = event.method is Method.MENDED and events and events[-1].happened_at == event.happened_at
    if undoes and events[-1].direction is Direction.IN:
        events.pop()
    else:
        events.append(event)


def _roster_row(plan: PlannedShift, person: AnyRow, events: Sequence[AnyRow], now: datetime) -> RosterRow:
    arrived_at = events[0].happened_at if events else None
    last = events[-1] if events else None
    is_gone = last is not None and last.direction is Direction.OUT
    left_at, method = (last.happened_at, last.method) if last is not None else (None, None)
    return RosterRow(
        id=person.id,
        public_id=person.public_id,
        account_id=person.account_id,
        name=person.name,
        number=person.number,
        phone=person.phone,
        attendance=attendance(plan, arrived_at, left_at if is_gone else None, method if is_gone else None, now),
        is_late=is_late(plan, arrived_at),
        is_walk_in=not person.is_placed,
        arrived_at=arrived_at,
        left_at=left_at if is_gone else None,
        method=method,
    )
