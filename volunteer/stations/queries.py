"""Reading stations, what they sent, and what a person still has to look at."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from models.accounts import Account
from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent, SpotCheck
from models.organizations import Organization
from models.signups import Signup
from models.stations import Station, StationRecord
from models.volunteers import Volunteer
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.facts import stands
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.roster import RosterRow, roster
from volunteer.checkin.rules import Attendance, Method
from volunteer.kernel.errors import NotFound
from volunteer.kernel.names import mask_name
from volunteer.kernel.text import N_, Words
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.stations.rules import RETRIED_BY_ITSELF, Kind, Outcome, came_after_stop, may_retry, shown_text, words_of

# Stations and the shift they stand at


def station(public_id: str) -> tuple[Station, str]:
    """Return a station and the public id of its shift, or raise NotFound."""
    row = db.session.execute(
        select(Station, Shift.public_id).join(Shift, Shift.id == Station.shift_id).where(Station.public_id == public_id)
    ).first()
    if row is None:
        raise NotFound(N_("没有找到这个扫码台"))
    return row[0], row[1]


def lock(station_id: int) -> Station:
    """Return a station as it is now; whoever sends for it at the same time waits."""
    query = select(Station).where(Station.id == station_id).with_for_update()
    return db.session.execute(query, execution_options={"populate_existing": True}).scalar_one()


@dataclass(frozen=True, slots=True)
class StationRow:
    """One station as the organizers of its shift see it."""

    public_id: str
    name: str
    opener: str
    opened_at: datetime
    last_sent_at: datetime | None
    revoked_at: datetime | None


def stations_at(shift_id: int) -> Sequence[StationRow]:
    """Return the stations of a shift, those that are open first, then the latest."""
    rows = db.session.execute(
        select(
            Station.public_id,
            Station.name,
            Account.display_name,
            Station.opened_at,
            Station.last_sent_at,
            Station.revoked_at,
        )
        .join(Account, Account.id == Station.opened_by)
        .where(Station.shift_id == shift_id)
        .order_by(Station.revoked_at.is_not(None), Station.id.desc())
    )
    return [StationRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Running:
    """Whether people may come to a shift at all, and whether also those without a place."""

    allows_walk_in: bool
    is_running: bool


def running(shift_id: int) -> Running:
    """Return whether a shift takes people in: published, not cancelled, its organization not suspended."""
    row = db.session.execute(
        select(Shift.allows_walk_in, Shift.status, Activity.status, Organization.status)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organization, Organization.id == Activity.organization_id)
        .where(Shift.id == shift_id)
    ).one()
    allows_walk_in, shift_status, activity_status, organization_status = row
    is_running = (
        activity_status is ActivityStatus.PUBLISHED
        and shift_status is not ShiftStatus.CANCELLED
        and organization_status is OrganizationStatus.APPROVED
    )
    return Running(allows_walk_in, is_running)


# People


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a station's roster: nothing but what must be known to greet them. `since` is when they came or
    left, None for those who have not come.
    """

    volunteer: str
    number: str
    name: str
    state: Attendance
    since: datetime | None


def listed(card: ShiftCard, now: datetime, only: Collection[int] | None = None) -> dict[str, Listed]:
    """Return by public id everybody a shift expects or has seen; `only` those with these row ids."""
    return {
        row.public_id: Listed(row.public_id, row.number, row.name, row.attendance, _since(row))
        for row in roster(card, now, only).rows
    }


def _since(row: RosterRow) -> datetime | None:
    return row.left_at if row.left_at is not None else row.arrived_at


@dataclass(frozen=True, slots=True)
class Known:
    """A volunteer whom a record names."""

    id: int
    public_id: str
    name: str
    account_id: int


def people(public_ids: Iterable[str]) -> dict[str, Known]:
    """Return by public id those volunteers that exist."""
    rows = db.session.execute(
        select(Volunteer.id, Volunteer.public_id, Volunteer.name, Volunteer.account_id).where(
            Volunteer.public_id.in_(sorted(set(public_ids)))
        )
    )
    return {row.public_id: Known(*row) for row in rows}


def by_number(numbers: Iterable[str]) -> dict[str, str]:
    """Return by number the public ids of those volunteers that exist."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    rows = db.session.execute(select(Volunteer.number, Volunteer.public_id).where(Volunteer.number.in_(wanted)))
    return {row.number: row.public_id for row in rows}


def events_made(request_keys: Iterable[str]) -> dict[str, int]:
    """Return by request key the presence events (row ids) that stand under it."""
    wanted = sorted(request_keys)
    if not wanted:
        return {}
    columns = (PresenceEvent.request_key, PresenceEvent.id)
    rows = db.session.execute(select(*columns).where(PresenceEvent.request_key.in_(wanted)))
    return {row.request_key: row.id for row in rows}


def is_drawn(volunteer: str, shift_id: int, now: datetime) -> bool:
    """Return whether somebody (public id) was drawn at a shift for a second look and has not had it."""
    query = select(SpotCheck.id).join(Volunteer, Volunteer.id == SpotCheck.volunteer_id)
    query = query.where(
        Volunteer.public_id == volunteer,
        SpotCheck.shift_id == shift_id,
        SpotCheck.shown_at.is_(None),
        SpotCheck.due_at >= now,
    )
    return db.session.scalar(query.limit(1)) is not None


# Records


def records_by_key(station_id: int, keys: Iterable[str]) -> dict[str, StationRecord]:
    """Return by key what a station has sent already."""
    rows = db.session.scalars(
        select(StationRecord).where(
            StationRecord.station_id == station_id, StationRecord.record_key.in_(sorted(set(keys)))
        )
    )
    return {row.record_key: row for row in rows}


def names_of(volunteer_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return by id the public id and the name of volunteers."""
    wanted = sorted(set(volunteer_ids))
    rows = db.session.execute(select(Volunteer.id, Volunteer.public_id, Volunteer.name).where(Volunteer.id.in_(wanted)))
    return {row.id: (row.public_id, row.name) for row in rows}


def waiting_for_order(volunteer_ids: Collection[int]) -> Sequence[StationRecord]:
    """Return the records of these volunteers that something earlier may put right, by volunteer, the earliest first.

    They are locked. What somebody tries again at this moment is left to them: they hold the record and wait for the
    volunteer, we hold the volunteer.
    """
    if not volunteer_ids:
        return []
    return db.session.scalars(
        select(StationRecord)
        .where(
            StationRecord.volunteer_id.in_(sorted(volunteer_ids)),
            StationRecord.outcome == Outcome.REVIEW,
            StationRecord.resolved_at.is_(None),
            StationRecord.rule.in_(sorted(RETRIED_BY_ITSELF)),
        )
        .order_by(StationRecord.volunteer_id, StationRecord.happened_at, StationRecord.id)
        .with_for_update(of=StationRecord, skip_locked=True)
    ).all()


def record(public_id: str) -> StationRecord:
    """Return one record, or raise NotFound."""
    found: StationRecord | None = db.session.scalar(_with_shift().where(StationRecord.public_id == public_id))
    if found is None:
        raise NotFound(N_("没有找到这条扫码记录"))
    return found


def _with_shift() -> Select[Any]:
    return (
        select(StationRecord)
        .join(StationRecord.station)
        .join(Station.shift)
        .join(Shift.activity)
        .outerjoin(StationRecord.volunteer)
        .options(
            contains_eager(StationRecord.station).contains_eager(Station.shift).contains_eager(Shift.activity),
            contains_eager(StationRecord.volunteer),
        )
    )


def _is_listed() -> ColumnElement[bool]:
    place = exists().where(
        Signup.shift_id == Station.shift_id,
        Signup.volunteer_id == StationRecord.volunteer_id,
        Signup.status == SignupStatus.PLACED,
    )
    event = exists().where(
        PresenceEvent.shift_id == Station.shift_id, PresenceEvent.volunteer_id == StationRecord.volunteer_id, stands()
    )
    return or_(place, event, StationRecord.kind == Kind.CODE)


def is_listed(found: StationRecord) -> bool:
    """Return whether a record's volunteer is known at its shift, or showed a code."""
    query = select(_is_listed()).select_from(StationRecord).join(StationRecord.station)
    return bool(db.session.scalar(query.where(StationRecord.id == found.id)))


def was_closed_by_system(found: StationRecord) -> bool:
    """Return whether a record's volunteer is taken to have forgotten to leave that shift, so that only an end lacks."""
    last = (
        select(PresenceEvent.method)
        .where(PresenceEvent.volunteer_id == found.volunteer_id, PresenceEvent.shift_id == found.station.shift_id)
        .order_by(PresenceEvent.ordinal.desc())
        .limit(1)
    )
    return db.session.scalar(last) is Method.AUTO_CLOSE


def _unresolved(organization_ids: Iterable[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        StationRecord.outcome == Outcome.REVIEW,
        StationRecord.resolved_at.is_(None),
        Activity.organization_id.in_(tuple(organization_ids)),
    )


def to_review(organization_ids: Iterable[int]) -> Select[Any]:
    """Return the select of what a person must look at in these organizations, the latest shift first, in the order
    in which it happened; with each whether its volunteer is known at that shift.
    """
    return (
        _with_shift()
        .add_columns(_is_listed())
        .where(*_unresolved(organization_ids))
        .order_by(Shift.starts_at.desc(), Shift.id, StationRecord.happened_at, StationRecord.id)
    )


def count_to_review(shift_id: int) -> int:
    """Return how many records of a shift wait for a person."""
    query = select(func.count(StationRecord.id)).join(Station, Station.id == StationRecord.station_id)
    query = query.where(
        Station.shift_id == shift_id, StationRecord.outcome == Outcome.REVIEW, StationRecord.resolved_at.is_(None)
    )
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One record that a person must look at. `name` is masked for who is not of the shift; "" when nobody is known.

    `shown` is the number that was typed, "" for what only machines read. `needs_another`: it came
    after its station was stopped, and the reader is who scanned.
    """

    record: StationRecord
    shift: Shift
    why: Words
    name: str
    number: str
    shown: str
    may_retry: bool
    needs_another: bool


def review_row(found: StationRecord, *, is_listed: bool, reader: int) -> ReviewRow:
    """Return a record as the list shows it to the account `reader`."""
    who, by = found.volunteer, found.station
    needs_another = by.opened_by == reader and came_after_stop(found.received_at, by.revoked_at)
    return ReviewRow(
        found,
        by.shift,
        words_of(found.told),
        (who.name if is_listed else mask_name(who.name)) if who else "",
        who.number if who else "",
        shown_text(found.kind, found.typed),
        may_retry(found.rule, found.happened_at, by.revoked_at) and not needs_another,
        needs_another,
    )
