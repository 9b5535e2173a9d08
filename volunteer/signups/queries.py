"""Reading signups: what a person holds, who has a place, who waits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import contains_eager, joinedload

from models.accounts import Consent
from models.activities import Activity, ActivityChange, Shift
from models.base import db
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.accounts.rules import ConsentKind
from volunteer.activities.change_rules import Change
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_, Words
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import Held, Offer, Person, SignupStatus
from volunteer.volunteers.rules import VolunteerStatus

LIVE = Signup.status != SignupStatus.CANCELLED
TAKES_PLACE = and_(Shift.status != ShiftStatus.CANCELLED, Activity.status == ActivityStatus.PUBLISHED)


@dataclass(frozen=True, slots=True)
class OwnSignup:
    """A signup as its person reads it: with the position in the line and what has changed since they last looked."""

    signup: Signup
    position: int | None
    changes: tuple[Words, ...]


def offer_of(shift: Shift) -> Offer:
    """Return what the rules must know of `shift` and its activity."""
    return Offer(
        shift=shift.id,
        starts_at=shift.starts_at,
        ends_at=shift.extended_until or shift.ends_at,
        activity_status=shift.activity.status,
        shift_status=shift.status,
        minimum_age=shift.activity.minimum_age,
        risk=shift.activity.risk,
        organization_status=shift.activity.organization.status,
    )


def shift_by_public_id(public_id: str) -> Shift:
    """Return a shift with its activity and organization; raise `NotFound`."""
    shift = db.session.scalar(
        select(Shift)
        .where(Shift.public_id == public_id)
        .options(joinedload(Shift.activity).joinedload(Activity.organization))
    )
    if shift is None:
        raise NotFound(N_("没有找到这个班次"))
    return shift


def own_signup(public_id: str, account_id: int) -> Signup:
    """Return a signup of one of the account's volunteers; raise `NotFound` for anybody else's."""
    signup = db.session.scalar(
        _with_activity(select(Signup))
        .join(Signup.volunteer)
        .where(Signup.public_id == public_id, Volunteer.account_id == account_id)
    )
    if signup is None:
        raise NotFound(N_("没有找到这个报名"))
    return signup


def own_volunteers(account_id: int) -> Sequence[Volunteer]:
    """Return the account's volunteers who are not gone for good, oneself first."""
    gone = (VolunteerStatus.DECEASED, VolunteerStatus.WITHDRAWN)
    return db.session.scalars(
        select(Volunteer)
        .where(Volunteer.account_id == account_id, Volunteer.status.not_in(gone))
        .order_by(Volunteer.relation != "self", Volunteer.id)
    ).all()


def people_of(volunteers: Iterable[Volunteer]) -> dict[int, Person]:
    """Return what the rules must know of each volunteer, by id, in one statement."""
    volunteers = list(volunteers)
    consented = set(
        db.session.scalars(
            select(Consent.volunteer_id).where(
                Consent.volunteer_id.in_([volunteer.id for volunteer in volunteers]),
                Consent.kind == ConsentKind.GUARDIAN,
                Consent.withdrawn_at.is_(None),
            )
        )
    )
    return {
        volunteer.id: Person(
            birth_on=volunteer.birth_on,
            is_active=volunteer.status is VolunteerStatus.ACTIVE,
            has_guardian_consent=volunteer.id in consented,
        )
        for volunteer in volunteers
    }


def held_by(volunteer_ids: Iterable[int], ends_after: datetime) -> dict[int, list[Held]]:
    """Return the live signups of each volunteer for shifts that take place and end after a moment, soonest first."""
    rows = db.session.execute(
        select(Signup.volunteer_id, Signup.status, Shift.id, Shift.starts_at, Shift.ends_at, Activity.title)
        .join(Shift, Shift.id == Signup.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Signup.volunteer_id.in_(list(volunteer_ids)), LIVE, TAKES_PLACE, Shift.ends_at > ends_after)
        .order_by(Shift.starts_at, Shift.id)
    )
    held: dict[int, list[Held]] = {}
    for row in rows:
        held.setdefault(row.volunteer_id, []).append(Held(row.id, row.title, row.starts_at, row.ends_at, row.status))
    return held


def waiting_on(shift_id: int) -> Sequence[Signup]:
    """Return those who wait for a shift, first come first, with their volunteers."""
    return db.session.scalars(
        select(Signup)
        .where(Signup.shift_id == shift_id, Signup.status == SignupStatus.WAITING)
        .options(joinedload(Signup.volunteer))
        .order_by(Signup.id)
    ).all()


def volunteers_waiting(shift_ids: Iterable[int]) -> Sequence[int]:
    """Return the ids of the volunteers who wait for one of these shifts."""
    return db.session.scalars(
        select(Signup.volunteer_id).where(Signup.shift_id.in_(list(shift_ids)), Signup.status == SignupStatus.WAITING)
    ).all()


def coming_of_volunteer(volunteer_id: int, now: datetime) -> Sequence[Signup]:
    """Return a volunteer's live signups, read afresh, for shifts that have not started, by shift."""
    return db.session.scalars(
        select(Signup)
        .join(Signup.shift)
        .where(Signup.volunteer_id == volunteer_id, LIVE, Shift.starts_at > now)
        .order_by(Signup.shift_id)
        .execution_options(populate_existing=True)
    ).all()


def shifts_with_room_and_waiting(now: datetime) -> Sequence[int]:
    """Return the ids of coming shifts that have free places while somebody waits."""
    waiting = select(Signup.shift_id).where(Signup.status == SignupStatus.WAITING)
    return db.session.scalars(
        select(Shift.id)
        .join(Shift.activity)
        .join(Activity.organization)
        .where(Shift.id.in_(waiting), Shift.taken < Shift.capacity, Shift.starts_at > now, TAKES_PLACE)
        .where(Organization.status != OrganizationStatus.SUSPENDED)
        .order_by(Shift.id)
    ).all()


def coming_of(account_id: int, now: datetime, limit: int | None = None) -> list[OwnSignup]:
    """Return the account's live signups for shifts that are not over, soonest first."""
    query = _own(account_id, Shift.ends_at > now).where(LIVE).order_by(Shift.starts_at, Signup.id)
    return _told(db.session.scalars(query.limit(limit)).all(), now)


def past_of(account_id: int, now: datetime) -> Select[Signup]:
    """Select the account's signups that are over or cancelled, latest first."""
    return _own(account_id, (Shift.ends_at <= now) | (Signup.status == SignupStatus.CANCELLED)).order_by(
        Shift.starts_at.desc(), Signup.id.desc()
    )


def _own(account_id: int, condition: ColumnElement[bool]) -> Select[Signup]:
    return (
        _with_activity(select(Signup))
        .join(Signup.volunteer)
        .where(and_(Volunteer.account_id == account_id, condition))
        .options(contains_eager(Signup.volunteer))
    )


def _with_activity(query: Select[Signup]) -> Select[Signup]:
    return (
        query.join(Signup.shift)
        .join(Shift.activity)
        .join(Activity.organization)
        .options(contains_eager(Signup.shift).contains_eager(Shift.activity).contains_eager(Activity.organization))
    )


def _told(signups: Sequence[Signup], now: datetime) -> list[OwnSignup]:
    positions = _positions([signup for signup in signups if signup.status is SignupStatus.WAITING])
    changes = _changes(signups, now)
    return [OwnSignup(signup, positions.get(signup.id), changes.get(signup.id, ())) for signup in signups]


def _positions(waiting: list[Signup]) -> dict[int, int]:
    """Return each waiting signup's place in its line, from 1."""
    if not waiting:
        return {}
    line = (
        select(
            Signup.id,
            func.row_number().over(partition_by=Signup.shift_id, order_by=Signup.id).label("position"),
        )
        .where(Signup.shift_id.in_({signup.shift_id for signup in waiting}), Signup.status == SignupStatus.WAITING)
        .subquery()
    )
    rows = db.session.execute(select(line).where(line.c.id.in_([signup.id for signup in waiting])))
    return {row.id: row.position for row in rows}


def _changes(signups: Sequence[Signup], now: datetime) -> dict[int, tuple[Words, ...]]:
    """Return what changed that matters since each signup was last looked at, oldest first."""
    if not signups:
        return {}
    rows = db.session.scalars(
        select(ActivityChange)
        .where(
            ActivityChange.activity_id.in_({signup.shift.activity_id for signup in signups}),
            ActivityChange.at > min(signup.changes_seen_at for signup in signups),
        )
        .order_by(ActivityChange.at, ActivityChange.id)
    ).all()
    found: dict[int, tuple[Words, ...]] = {}
    for signup in signups:
        mine = [
            change
            for row in rows
            if row.activity_id == signup.shift.activity_id
            and row.shift_id in (None, signup.shift_id)
            and row.at > signup.changes_seen_at
            for change in map(Change.from_json, row.changes)
        ]
        found[signup.id] = tuple(change.words(now) for change in mine if change.matters)
    return found
