"""One evening of the invented city on which a few things looked odd: presence that the signals really find.

Nobody here did wrong: a family shares a telephone, a pin is at the wrong gate, a list was written down by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import and_, func, or_, select

from models.accounts import Account
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent, SpotCheck
from models.organizations import Organization
from models.signals import Signal
from models.volunteers import Volunteer
from volunteer.activities.rules import ActivityStatus
from volunteer.checkin.rules import Direction, Method
from volunteer.checkin.spot_check_rules import SPOT_CHECK_LIFE
from volunteer.hours.operations import settle_presence
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.signals import operations as signals
from volunteer.signals.rules import BY_HAND_A_WEEK, SignalKind, Verdict
from volunteer.volunteers.rules import Relation, VolunteerStatus

Pin = tuple[float, float]
GATE, EMBANKMENT, FAR_AWAY = (32.0452, 112.1441), (32.0671, 112.1652), (32.2318, 112.7703)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OTHER_DISTRICT = "420606"
SHARED_TELEPHONE = "5" * 32
NOTES = {
    SignalKind.OUTSIDE_CIRCLE: (Verdict.FINE, "问过组织者：当晚在江堤巡查，坐标填的是社区门口。"),
    SignalKind.FRESH_ACTIVITY: (Verdict.FINE, "暴雨后临时组织清淤，边做边建的活动。"),
    SignalKind.MANY_BY_HAND: (Verdict.FOLLOW_UP, "请组织把当晚的纸质签到表拍照补上，再看一遍。"),
}


@dataclass(slots=True)
class Evening:
    """The evening before the story ends; `people` are volunteers of one community who are at home before it."""

    organization: Organization
    starts_at: datetime
    people: Iterator[Volunteer]
    shifts: list[int] = field(default_factory=list)

    def shift(self, title: str, place: str, pin: Pin | None, starts_at: datetime, published_at: datetime) -> Shift:
        """Add an activity with one shift of two hours."""
        activity = Activity(
            organization_id=self.organization.id,
            area_id=self.organization.area_id,
            title=title,
            category=ServiceCategory.SAFETY,
            description="沿线巡查，清理堵塞的排水口，提醒居民注意安全。",
            place=place,
            latitude=pin and pin[0],
            longitude=pin and pin[1],
            contact_name=self.organization.contact_name,
            contact_phone=self.organization.contact_phone,
            status=ActivityStatus.PUBLISHED,
            created_by=self.organization.created_by,
            created_at=published_at,
            published_at=published_at,
        )
        shift = Shift(activity=activity, starts_at=starts_at, ends_at=starts_at + 2 * HOUR, capacity=30)
        db.session.add(shift)
        db.session.flush()
        self.shifts.append(shift.id)
        return shift

    def serve(self, shift: Shift, who: Volunteer, came_at: datetime, left_at: datetime, **told: Any) -> None:
        """Let somebody come and go, and settle it as a check-out does."""
        method = told.setdefault("method", Method.VENUE_CODE)
        self._event(shift, who, Direction.IN, came_at, told)
        going = self._event(shift, who, Direction.OUT, left_at, told)
        settle_presence(
            volunteer_id=who.id,
            shift_id=shift.id,
            arrived_at=came_at,
            left_at=left_at,
            method_in=method,
            method_out=method,
            check_out_event_id=going.id,
        )

    def _event(
        self, shift: Shift, who: Volunteer, direction: Direction, at: datetime, told: dict[str, Any]
    ) -> PresenceEvent:
        last = db.session.scalar(select(func.max(PresenceEvent.ordinal)).where(PresenceEvent.volunteer_id == who.id))
        ordinal = (last or 0) + 1
        facts = {"direction": direction, "happened_at": at, "received_at": at, **told}
        key = f"demo-evening-{who.id}-{ordinal}"
        event = PresenceEvent(volunteer_id=who.id, ordinal=ordinal, shift_id=shift.id, request_key=key, **facts)
        db.session.add(event)
        db.session.flush()
        return event


def tell_of_an_odd_evening(first: Organization, judge: Account) -> None:
    """Tell of yesterday evening at the demo's first organization and at one of another district, and look at it."""
    now = clock.now()
    yesterday = clock.to_local(now).replace(hour=18, minute=0, second=0, microsecond=0) - timedelta(days=1)
    here = Evening(first, yesterday, _at_home(first.area_id, yesterday))
    there = _organization_of(OTHER_DISTRICT)
    _share_a_telephone(here)
    if there is not None:
        other = Evening(there, yesterday, _at_home(there.area_id, yesterday))
        _clear_the_drains(other, here)
        _write_down_a_list(other)
        here.shifts += other.shifts
    signals.look_at_shifts(here.shifts)
    signals.look_at_activities(now)
    signals.look_at_hands(now)
    signals.look_at_spot_checks(now)
    _judge(judge)


def _at_home(area_id: int, before: datetime) -> Iterator[Volunteer]:
    """Return the people of a community who are nowhere at that moment and later, one an account, by number."""
    later = select(PresenceEvent.volunteer_id).where(
        PresenceEvent.volunteer_id == Volunteer.id,
        or_(
            PresenceEvent.happened_at >= before - HOUR,
            and_(
                PresenceEvent.direction == Direction.IN,
                PresenceEvent.ordinal
                == select(func.max(PresenceEvent.ordinal))
                .where(PresenceEvent.volunteer_id == Volunteer.id)
                .correlate(Volunteer)
                .scalar_subquery(),
            ),
        ),
    )
    query = (
        select(Volunteer)
        .where(
            Volunteer.community_id == area_id,
            Volunteer.relation == Relation.SELF,
            Volunteer.status == VolunteerStatus.ACTIVE,
            ~later.exists(),
        )
        .order_by(Volunteer.number.desc())
    )
    return iter(db.session.scalars(query).all())


def _organization_of(district: str) -> Organization | None:
    """Return an organization of a district, None where the story tells of none."""
    query = (
        select(Organization)
        .join(Area, Area.id == Organization.area_id)
        .where(Area.code.startswith(district))
        .order_by(Organization.id)
    )
    return db.session.scalars(query).first()


def _share_a_telephone(evening: Evening) -> None:
    starts_at = evening.starts_at
    shift = evening.shift("江堤夜间巡查", "社区江堤值守点", GATE, starts_at, starts_at - timedelta(days=3))
    for number, who in enumerate(islice(evening.people, 5)):
        span = (starts_at + number * MINUTE, starts_at + 2 * HOUR + number * MINUTE)
        evening.serve(shift, who, *span, device=SHARED_TELEPHONE)
    place = {"latitude": EMBANKMENT[0], "longitude": EMBANKMENT[1], "accuracy_metres": 35.0}
    for who in islice(evening.people, 1):
        evening.serve(shift, who, starts_at - 4 * MINUTE, starts_at + 2 * HOUR + 3 * MINUTE, **place)
    for who in islice(evening.people, 1):
        evening.serve(shift, who, starts_at - 7 * MINUTE, starts_at + 2 * HOUR + 6 * MINUTE)
        drawn = {"drawn_at": starts_at + HOUR, "due_at": starts_at + HOUR + SPOT_CHECK_LIFE}
        db.session.add(SpotCheck(shift_id=shift.id, volunteer_id=who.id, **drawn))
    db.session.flush()


def _write_down_a_list(evening: Evening) -> None:
    starts_at = evening.starts_at
    shift = evening.shift("夜市文明劝导", "夜市入口", None, starts_at, starts_at - timedelta(days=4))
    hand = {
        "method": Method.BY_HAND,
        "recorded_by": evening.organization.created_by,
        "reason": "现场断网，照签到表登记",
    }
    for who in islice(evening.people, BY_HAND_A_WEEK + 2):
        evening.serve(shift, who, starts_at, starts_at + 2 * HOUR, **hand)


def _clear_the_drains(evening: Evening, neighbours: Evening) -> None:
    """Let four people scan in the same seconds, and one come from a place too far away to be true."""
    starts_at = evening.starts_at + 2 * HOUR + 10 * MINUTE
    shift = evening.shift("排水沟清淤", "江边排水站", FAR_AWAY, starts_at, starts_at - 6 * MINUTE)
    for number, who in enumerate(islice(evening.people, 4)):
        evening.serve(shift, who, starts_at, starts_at + 90 * MINUTE, device=f"{number}" * 32)
    arrived_at = starts_at + 9 * MINUTE
    for who in _left_lately(neighbours):
        evening.serve(shift, who, arrived_at, arrived_at + HOUR)


def _left_lately(evening: Evening) -> list[Volunteer]:
    """Return who was the last to leave the first shift of an evening."""
    query = (
        select(Volunteer)
        .join(PresenceEvent, PresenceEvent.volunteer_id == Volunteer.id)
        .where(PresenceEvent.shift_id == evening.shifts[0], PresenceEvent.direction == Direction.OUT)
        .order_by(PresenceEvent.happened_at.desc())
        .limit(1)
    )
    return list(db.session.scalars(query))


def _judge(judge: Account) -> None:
    for signal in db.session.scalars(select(Signal).order_by(Signal.id)).all():
        if signal.kind in NOTES:
            verdict, note = NOTES[signal.kind]
            signals.judge(signal, verdict, note, account_id=judge.id, stands=None)
