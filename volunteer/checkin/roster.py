"""Reading a roster: everybody a shift expects or has seen, and where they are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from models.base import db
from models.checkin import PresenceEvent
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.activities.rules import PlannedShift
from volunteer.checkin.facts import AnyRow, stands
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.rules import (
    Attendance,
    Direction,
    Method,
    attendance,
    is_late,
)
from volunteer.signups.rules import SignupStatus


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person of a roster. `is_walk_in`: came without a place."""

    public_id: str
    name: str
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


def roster(card: ShiftCard, now: datetime) -> Roster:
    """Return the roster of a shift in two statements, however many people it has."""
    events: dict[int, list[AnyRow]] = {}
    for event in db.session.execute(
        select(PresenceEvent.volunteer_id, PresenceEvent.direction, PresenceEvent.method, PresenceEvent.happened_at)
        .where(PresenceEvent.shift_id == card.id, stands())
        .order_by(PresenceEvent.volunteer_id, PresenceEvent.ordinal)
    ):
        events.setdefault(event.volunteer_id, []).append(event)
    placed = select(Signup.volunteer_id).where(Signup.shift_id == card.id, Signup.status == SignupStatus.PLACED)
    seen = select(PresenceEvent.volunteer_id).where(PresenceEvent.shift_id == card.id, stands())
    people = db.session.execute(
        select(
            Volunteer.id,
            Volunteer.public_id,
            Volunteer.name,
            Volunteer.phone,
            Volunteer.id.in_(placed).label("is_placed"),
        )
        .where(or_(Volunteer.id.in_(placed), Volunteer.id.in_(seen)))
        .order_by(Volunteer.id)
    )
    rows = [_roster_row(card.plan, person, events.get(person.id, []), now) for person in people]
    order = list(Attendance)
    return Roster(sorted(rows, key=lambda row: (order.index(row.attendance), row.name)))


def _roster_row(plan: PlannedShift, person: AnyRow, events: Sequence[AnyRow], now: datetime) -> RosterRow:
    arrived_at = events[0].happened_at if events else None
    last = events[-1] if events else None
    is_gone = last is not None and last.direction is Direction.OUT
    left_at, method = (last.happened_at, last.method) if last is not None else (None, None)
    return RosterRow(
        public_id=person.public_id,
        name=person.name,
        phone=person.phone,
        attendance=attendance(plan, arrived_at, left_at if is_gone else None, method if is_gone else None, now),
        is_late=is_late(plan, arrived_at),
        is_walk_in=not person.is_placed,
        arrived_at=arrived_at,
        left_at=left_at if is_gone else None,
        method=method,
    )
