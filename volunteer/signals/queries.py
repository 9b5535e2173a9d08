"""Reading signals, always within what their reader may see, and the shifts that run now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from models.accounts import Account
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, Proposal
from models.organizations import Organization
from models.signals import Signal
from models.volunteers import Volunteer
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.areas.overview import inside
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.rules import EntryKind, EntryState, ProposalState
from volunteer.kernel.permissions import Permission, Principal
from volunteer.kernel.text import N_
from volunteer.signals.rules import SignalKind, Verdict


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees, from live grants: areas with all below them, and organizations of their own."""

    lineages: tuple[str, ...]
    organization_ids: tuple[int, ...]

    @classmethod
    def of(cls, reader: Principal, permission: Permission = Permission.READ_SIGNALS) -> "Sight":
        """Return what the grants of a reader reach."""
        return cls(reader.lineages(permission), reader.organization_ids(permission))

    @property
    def holds(self) -> ColumnElement[bool]:
        """The condition over Area and Activity."""
        return or_(inside(self.lineages), Activity.organization_id.in_(self.organization_ids))


def _signals(sight: Sight) -> Select[Signal]:
    return (
        select(Signal)
        .join(Signal.shift)
        .join(Shift.activity)
        .join(Activity.area)
        .options(
            contains_eager(Signal.shift)
            .contains_eager(Shift.activity)
            .options(contains_eager(Activity.area), joinedload(Activity.organization)),
            joinedload(Signal.volunteer),
            joinedload(Signal.account),
        )
        .where(sight.holds)
    )


class Shown(StrEnum):
    """Which signals a list shows."""

    OPEN = "open"
    FOLLOW_UP = "follow_up"
    FINE = "fine"
    ALL = "all"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SHOWN_LABELS[self]


SHOWN_LABELS = {
    Shown.OPEN: N_("待判断"),
    Shown.FOLLOW_UP: Verdict.FOLLOW_UP.label,
    Shown.FINE: Verdict.FINE.label,
    Shown.ALL: N_("全部"),
}


def signals_in_sight(sight: Sight, shown: Shown, kind: SignalKind | None = None, about: str = "") -> Select[Signal]:
    """Select what a reader sees, the newest first; `about` is a volunteer's public id, "" for all."""
    query = _signals(sight).order_by(Signal.id.desc())
    if shown is Shown.OPEN:
        query = query.where(Signal.verdict.is_(None))
    elif shown is not Shown.ALL:
        query = query.where(Signal.verdict == Verdict(shown.value))
    if kind is not None:
        query = query.where(Signal.kind == kind)
    if about:
        is_named = Signal.facts.cast(String).contains(about, autoescape=True)
        query = query.where(or_(Signal.volunteer.has(Volunteer.public_id == about), is_named))
    return query


def open_by_kind(sight: Sight) -> dict[SignalKind, int]:
    """Return how many signals of each kind nobody has judged yet."""
    rows = db.session.execute(
        select(Signal.kind, func.count())
        .join(Signal.shift)
        .join(Shift.activity)
        .join(Activity.area)
        .where(sight.holds, Signal.verdict.is_(None))
        .group_by(Signal.kind)
    )
    return {row[0]: row[1] for row in rows}


def open_signals(area: Area) -> int:
    """Return how many signals at or below an area nobody has judged yet."""
    query = (
        select(func.count())
        .select_from(Signal)
        .join(Signal.shift)
        .join(Shift.activity)
        .join(Activity.area)
        .where(inside((area.lineage,)), Signal.verdict.is_(None))
    )
    return db.session.scalar(query) or 0


def signal_in_sight(sight: Sight, public_id: str) -> Signal | None:
    """Return one signal that a reader sees, or None."""
    return db.session.scalar(_signals(sight).where(Signal.public_id == public_id))


def volunteers_of(signal: Signal) -> Sequence[Volunteer]:
    """Return the volunteers whom a signal is about, by number."""
    named = Volunteer.public_id.in_(signal.facts.get("volunteers", []))
    query = select(Volunteer).where(or_(named, Volunteer.id == signal.volunteer_id)).order_by(Volunteer.number)
    return db.session.scalars(query).all()


def account_name(account_id: int | None) -> str:
    """Return the name of an account, "" for none."""
    return db.session.scalar(select(Account.display_name).where(Account.id == account_id)) or ""


# What became of the people's time


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody whom a signal is about: when they came and went at the shift, and what became of their minutes."""

    public_id: str
    number: str
    name: str
    arrived_at: datetime | None
    left_at: datetime | None
    minutes: int
    state: EntryState | None


def people_of(signal: Signal) -> list[PersonRow]:
    """Return whom a signal is about with their time at its shift, in the order in which they came."""
    volunteers = volunteers_of(signal)
    ids = [one.id for one in volunteers]
    spans, states = _spans(signal.shift_id, ids), _minutes(signal.shift_id, ids)
    rows = []
    for one in volunteers:
        (arrived_at, left_at), (minutes, state) = spans.get(one.id, (None, None)), states.get(one.id, (0, None))
        rows.append(PersonRow(one.public_id, one.number, one.name, arrived_at, left_at, minutes, state))
    return sorted(rows, key=lambda one: (one.arrived_at or signal.seen_at, one.number))


def _spans(shift_id: int, volunteer_ids: Collection[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    coming = case((PresenceEvent.direction == Direction.IN, PresenceEvent.happened_at))
    going = case((PresenceEvent.direction == Direction.OUT, PresenceEvent.happened_at))
    moment = PresenceEvent.happened_at.type
    rows = db.session.execute(
        select(PresenceEvent.volunteer_id, func.min(coming, type_=moment), func.max(going, type_=moment))
        .where(
            PresenceEvent.shift_id == shift_id,
            PresenceEvent.volunteer_id.in_(volunteer_ids),
            PresenceEvent.method != Method.AUTO_CLOSE,
        )
        .group_by(PresenceEvent.volunteer_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _minutes(shift_id: int, volunteer_ids: Collection[int]) -> dict[int, tuple[int, EntryState]]:
    """Return the minutes of these volunteers at a shift and how they stand; what still waits tells most."""
    undone = aliased(Entry)
    entries = (
        select(Entry.volunteer_id, Entry.minutes, undone.id)
        .outerjoin(undone, undone.reverses_id == Entry.id)
        .where(Entry.shift_id == shift_id, Entry.volunteer_id.in_(volunteer_ids), Entry.kind == EntryKind.CREDIT)
        .order_by(Entry.id)
    )
    found: dict[int, tuple[int, EntryState]] = {}
    for volunteer_id, minutes, reversal in db.session.execute(entries):
        found[volunteer_id] = (minutes, EntryState.EFFECTIVE if reversal is None else EntryState.REVERSED)
    waiting = (
        select(Proposal.volunteer_id, Proposal.minutes, Proposal.state)
        .where(
            Proposal.shift_id == shift_id,
            Proposal.volunteer_id.in_(volunteer_ids),
            Proposal.kind == EntryKind.CREDIT,
            Proposal.state != ProposalState.EFFECTIVE,
        )
        .order_by(Proposal.id)
    )
    for volunteer_id, minutes, state in db.session.execute(waiting):
        if state is not ProposalState.RETURNED or volunteer_id not in found:
            found[volunteer_id] = (minutes, EntryState(state.value))
    return found


# Shifts that run now


def running_shifts(lineages: Iterable[str], now: datetime) -> Select[*tuple[Any, ...]]:
    """Select (shift, how many are in) of the shifts that run now at or below `lineages`, those that end first first."""
    comings = func.sum(case((PresenceEvent.direction == Direction.IN, 1), else_=-1))
    present = (
        select(func.coalesce(comings, 0))
        .where(PresenceEvent.shift_id == Shift.id)
        .correlate(Shift)
        .scalar_subquery()
        .label("present")
    )
    return (
        select(Shift, present)
        .join(Shift.activity)
        .join(Activity.area)
        .options(
            contains_eager(Shift.activity).options(
                contains_eager(Activity.area), joinedload(Activity.organization).load_only(Organization.name)
            )
        )
        .where(
            inside(lineages),
            Activity.status == ActivityStatus.PUBLISHED,
            Shift.status != ShiftStatus.CANCELLED,
            Shift.starts_at <= now,
            or_(Shift.ends_at >= now, Shift.extended_until >= now),
        )
        .order_by(Shift.ends_at, Shift.id)
    )
