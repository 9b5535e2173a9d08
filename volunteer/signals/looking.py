"""What the looking reads: one presence at its check-out, in one statement, and whole shifts afterwards."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, String, bindparam, cast, distinct, exists, func, literal, select
from sqlalchemy.orm import aliased

from models.activities import Activity, Shift
from models.base import BIG_INTEGER, db
from models.checkin import PresenceEvent, SpotCheck
from models.hours import Proposal
from models.signals import Signal
from models.volunteers import Volunteer
from volunteer.checkin import spot_checks
from volunteer.checkin.facts import stands
from volunteer.checkin.rules import Direction, Method
from volunteer.checkin.spot_checks import Missed
from volunteer.hours.rules import EntryKind
from volunteer.signals.places import Spot, Whereabouts
from volunteer.signals.rules import ACCOUNTS_A_DEVICE, BY_HAND, BY_HAND_WINDOW, ONE_BY_ONE, OWN_DEVICE, SignalKind

AnyRow = Row[*tuple[Any, ...]]

# A check-out closes an hour after the end, and a station may send a day late.
RECENTLY = timedelta(hours=26)
# How long after publishing a first record is still asked for; times are typed in days later.
FRESH_LOOKED_AT = timedelta(days=7)
SHIFTS_AT_ONCE = SPOT_CHECKS_AT_ONCE = 200
# When nobody knows where somebody was: the system's going, and what was taken back.
_NOWHERE = frozenset({Method.AUTO_CLOSE, Method.MENDED})

_Going = aliased(PresenceEvent, name="going")
_Other = aliased(PresenceEvent, name="other")
_Others = aliased(Volunteer, name="others")
_Left = aliased(PresenceEvent, name="left_by")
_Before = aliased(PresenceEvent, name="before")

_other_accounts = (
    select(func.count(distinct(_Others.account_id)))
    .select_from(_Other)
    .join(_Others, _Others.id == _Other.volunteer_id)
    .where(
        PresenceEvent.device != "",
        PresenceEvent.method.in_(OWN_DEVICE),
        _Other.shift_id == PresenceEvent.shift_id,
        _Other.device == PresenceEvent.device,
        _Other.method.in_(OWN_DEVICE),
        _Others.account_id != Volunteer.account_id,
    )
    .correlate(PresenceEvent, Volunteer)
    .scalar_subquery()
)
# The last that is known of somebody before they came: what was put right or closed by the system hides nothing.
_before = (
    select(_Before.ordinal)
    .where(
        _Before.volunteer_id == _Going.volunteer_id,
        _Before.ordinal < _Going.ordinal - 1,
        _Before.method.not_in(_NOWHERE),
        stands(_Before),
    )
    .order_by(_Before.ordinal.desc())
    .limit(1)
    .correlate(_Going)
    .scalar_subquery()
)
# Built once: it runs in every check-out.
_PRESENCE = (
    select(
        PresenceEvent.direction,
        PresenceEvent.method,
        PresenceEvent.happened_at,
        PresenceEvent.device,
        PresenceEvent.latitude,
        PresenceEvent.longitude,
        PresenceEvent.accuracy_metres,
        Activity.latitude.label("pin_latitude"),
        Activity.longitude.label("pin_longitude"),
        Volunteer.account_id,
        _other_accounts.label("other_accounts"),
    )
    .select_from(_Going)
    .join(Volunteer, Volunteer.id == _Going.volunteer_id)
    .join(
        PresenceEvent,
        (PresenceEvent.volunteer_id == _Going.volunteer_id)
        & PresenceEvent.ordinal.between(func.coalesce(_before, _Going.ordinal - 1), _Going.ordinal),
    )
    .join(Shift, Shift.id == PresenceEvent.shift_id)
    .join(Activity, Activity.id == Shift.activity_id)
    .where(_Going.id == bindparam("event_id", type_=BIG_INTEGER))
    .order_by(PresenceEvent.ordinal)
)


@dataclass(frozen=True, slots=True)
class End:
    """A coming or a going. `other_accounts`: how many other accounts its telephone recorded at this shift by now."""

    happened_at: datetime
    where: Whereabouts
    device: str
    other_accounts: int

    @property
    def is_shared(self) -> bool:
        """Whether more accounts used the telephone than a family's does."""
        return self.other_accounts + 1 > ACCOUNTS_A_DEVICE


@dataclass(frozen=True, slots=True)
class Presence:
    """A presence that has just ended; `before` is where they were last seen before it, None when nobody knows."""

    account_id: int
    before: End | None
    arrived: End
    left: End

    @property
    def ends(self) -> tuple[End, End]:
        """Return its coming and its going."""
        return self.arrived, self.left


def presence_ending(event_id: int) -> Presence:
    """Return the presence that a going ends, with where they were last seen before it; one statement."""
    *earlier, arrived, left = db.session.execute(_PRESENCE, {"event_id": event_id}).all()
    return Presence(left.account_id, _end(earlier[0]) if earlier else None, _end(arrived), _end(left))


def _end(row: AnyRow) -> End:
    return End(row.happened_at, _whereabouts(row), row.device, row.other_accounts or 0)


def _whereabouts(row: AnyRow) -> Whereabouts:
    return Whereabouts(
        pin=_spot(row.pin_latitude, row.pin_longitude, 0),
        told=_spot(row.latitude, row.longitude, row.accuracy_metres),
    )


def _spot(latitude: float | None, longitude: float | None, accuracy: float | None) -> Spot | None:
    return None if latitude is None or longitude is None or accuracy is None else Spot(latitude, longitude, accuracy)


@dataclass(frozen=True, slots=True)
class DeviceUser:
    """An account that used a telephone at a shift, with those of its volunteers whom it recorded there."""

    account_id: int
    volunteers: tuple[str, ...]


def users_of_device(shift_id: int, device: str) -> list[DeviceUser]:
    """Return the accounts that recorded themselves by one telephone at a shift, in the order of their first use."""
    rows = db.session.execute(
        select(Volunteer.account_id, Volunteer.public_id)
        .join(PresenceEvent, PresenceEvent.volunteer_id == Volunteer.id)
        .where(
            PresenceEvent.shift_id == shift_id,
            PresenceEvent.device == device,
            PresenceEvent.method.in_(OWN_DEVICE),
        )
        .order_by(PresenceEvent.id)
    )
    found: dict[int, dict[str, None]] = {}
    for account_id, volunteer in rows:
        found.setdefault(account_id, {})[volunteer] = None
    return [DeviceUser(account_id, tuple(volunteers)) for account_id, volunteers in found.items()]


# Whole shifts


def recent_shifts(now: datetime) -> Iterator[list[int]]:
    """Return the shifts that ended lately, in batches; each is a statement of its own."""
    last = 0
    while found := _shifts_after(last, now):
        yield found
        last = found[-1]


def _shifts_after(last: int, now: datetime) -> list[int]:
    query = (
        select(Shift.id)
        .where(Shift.id > last, Shift.ends_at >= now - RECENTLY, Shift.ends_at <= now)
        .order_by(Shift.id)
        .limit(SHIFTS_AT_ONCE)
    )
    return list(db.session.scalars(query))


def shared_devices(shift_ids: Sequence[int]) -> Sequence[tuple[int, str]]:
    """Return (shift, device) of every telephone that recorded more accounts at a shift than a family's does."""
    rows = db.session.execute(
        select(PresenceEvent.shift_id, PresenceEvent.device)
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .where(
            PresenceEvent.shift_id.in_(shift_ids),
            PresenceEvent.device != "",
            PresenceEvent.method.in_(OWN_DEVICE),
        )
        .group_by(PresenceEvent.shift_id, PresenceEvent.device)
        .having(func.count(distinct(Volunteer.account_id)) > ACCOUNTS_A_DEVICE)
        .order_by(PresenceEvent.shift_id, PresenceEvent.device)
    )
    return [(row.shift_id, row.device) for row in rows]


@dataclass(frozen=True, slots=True)
class RecordedVisit:
    """A presence whose ends were recorded one by one."""

    arrived_at: datetime
    left_at: datetime
    account_id: int
    volunteer: str


def visits_by_shift(shift_ids: Sequence[int]) -> dict[int, list[RecordedVisit]]:
    """Return the presences at these shifts whose ends were recorded one by one, by shift."""
    rows = db.session.execute(
        select(
            PresenceEvent.shift_id,
            PresenceEvent.happened_at,
            _Left.happened_at,
            Volunteer.account_id,
            Volunteer.public_id,
        )
        .join(_Left, (_Left.volunteer_id == PresenceEvent.volunteer_id) & (_Left.ordinal == PresenceEvent.ordinal + 1))
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .where(
            PresenceEvent.shift_id.in_(shift_ids),
            PresenceEvent.direction == Direction.IN,
            PresenceEvent.method.in_(ONE_BY_ONE),
            _Left.method.in_(ONE_BY_ONE),
        )
        .order_by(PresenceEvent.shift_id, PresenceEvent.id)
    )
    found: dict[int, list[RecordedVisit]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(RecordedVisit(*row[1:]))
    return found


# Activities


@dataclass(frozen=True, slots=True)
class FirstRecord:
    """When the first time of a shift was recorded, of an activity published lately."""

    activity_id: int
    created_by: int
    created_at: datetime
    published_at: datetime
    shift_id: int
    ended_at: datetime
    recorded_at: datetime


def first_records(now: datetime) -> list[FirstRecord]:
    """Return the first record, scanned or typed in, of every shift of activities published lately; earliest first."""
    found: dict[int, FirstRecord] = {}
    for query in (_first_presence(now), _first_typed(now)):
        for row in db.session.execute(query):
            one = FirstRecord(*row)
            if one.shift_id not in found or one.recorded_at < found[one.shift_id].recorded_at:
                found[one.shift_id] = one
    return sorted(found.values(), key=lambda one: (one.recorded_at, one.shift_id))


def _first_of(moment: Any, table: Any, now: datetime) -> Select[*tuple[Any, ...]]:
    ended_at = func.coalesce(Shift.extended_until, Shift.ends_at)
    of_shift = (Activity.id, Activity.created_by, Activity.created_at, Activity.published_at, Shift.id, ended_at)
    return (
        select(*of_shift, func.min(moment, type_=moment.type))
        .select_from(Activity)
        .join(Shift, Shift.activity_id == Activity.id)
        .join(table, table.shift_id == Shift.id)
        .where(Activity.published_at >= now - FRESH_LOOKED_AT)
        .group_by(*of_shift)
    )


def _first_presence(now: datetime) -> Select[*tuple[Any, ...]]:
    return _first_of(PresenceEvent.received_at, PresenceEvent, now).where(PresenceEvent.method.not_in(_NOWHERE))


def _first_typed(now: datetime) -> Select[*tuple[Any, ...]]:
    return _first_of(Proposal.made_at, Proposal, now).where(
        Proposal.presence_event_id.is_(None), Proposal.kind == EntryKind.CREDIT
    )


# Hands


@dataclass(frozen=True, slots=True)
class Hand:
    """How many visits an account wrote down for an organization within seven days; `shift_id` is the latest shift."""

    organization_id: int
    account_id: int
    by_hand: int
    shift_id: int


def hands(now: datetime, at_least: int) -> list[Hand]:
    """Return who wrote down `at_least` so many visits within seven days, at check-in or typed in afterwards."""
    counts: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for query in (_written_down(now), _typed_in(now)):
        for organization_id, account_id, count, shift_id in db.session.execute(query):
            so_far = counts[organization_id, account_id]
            so_far[0], so_far[1] = so_far[0] + count, max(so_far[1], shift_id)
    return [Hand(*key, *found) for key, found in sorted(counts.items()) if found[0] >= at_least]


def _comings(now: datetime, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select from the comings heard of within seven days that stand; the shifts' times keep the reading short."""
    return (
        select(*columns)
        .select_from(Shift)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(PresenceEvent, PresenceEvent.shift_id == Shift.id)
        .where(
            Shift.ends_at >= now - BY_HAND_WINDOW - RECENTLY,
            Shift.starts_at <= now + RECENTLY,
            PresenceEvent.direction == Direction.IN,
            PresenceEvent.received_at >= now - BY_HAND_WINDOW,
            stands(),
        )
    )


def _written_down(now: datetime) -> Select[*tuple[Any, ...]]:
    who = (Activity.organization_id, PresenceEvent.recorded_by)
    query = _comings(now, *who, func.count(), func.max(Shift.id)).where(
        PresenceEvent.method.in_(BY_HAND), PresenceEvent.recorded_by.is_not(None)
    )
    return query.group_by(*who)


def _typed(now: datetime, *columns: Any) -> Select[*tuple[Any, ...]]:
    return select(*columns).where(
        Proposal.made_at >= now - BY_HAND_WINDOW,
        Proposal.presence_event_id.is_(None),
        Proposal.kind == EntryKind.CREDIT,
    )


def _typed_in(now: datetime) -> Select[*tuple[Any, ...]]:
    who = (Proposal.organization_id, Proposal.made_by)
    return (
        _typed(now, *who, func.count(), func.max(Proposal.shift_id)).where(Proposal.made_by.is_not(None)).group_by(*who)
    )


def visits_recorded(organization_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Return how many visits these organizations recorded in all within seven days, scanned or by hand."""
    totals = dict.fromkeys(organization_ids, 0)
    scanned = _comings(now, Activity.organization_id, func.count()).where(Activity.organization_id.in_(totals))
    typed = _typed(now, Proposal.organization_id, func.count()).where(Proposal.organization_id.in_(totals))
    for query in (scanned.group_by(Activity.organization_id), typed.group_by(Proposal.organization_id)):
        for organization_id, count in db.session.execute(query):
            totals[organization_id] += count
    return totals


# Spot checks


def missed_spot_checks(since: datetime, now: datetime) -> Iterator[list[Missed]]:
    """Return the spot checks that nobody answered and no signal tells of yet, in batches of one statement each."""
    key = literal(f"{SignalKind.MISSED_SPOT_CHECK}:").concat(cast(SpotCheck.id, String))
    told = exists().where(Signal.subject_key == key)
    last = 0
    while found := spot_checks.missed_spot_checks(since, now, after=last, limit=SPOT_CHECKS_AT_ONCE, unless=told):
        yield found
        last = found[-1].spot_check_id
