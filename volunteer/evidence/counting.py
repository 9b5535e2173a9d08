"""Counting what a table of records of an area lists, exactly; `lists` tells it in steps of ten."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.certificates import Certificate
from models.hours import Entry, StarEvent
from models.organizations import Organization
from models.records import Commendation, Training
from models.volunteers import RegistrationEvent, Volunteer
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.evidence.subjects import Subject
from volunteer.hours.minutes import Source, is_strict
from volunteer.hours.rules import EntryKind, StarAct
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.clock import local_day, midnight
from volunteer.kernel.periods import ONE_DAY, Window, month_start
from volunteer.kernel.tables import Cell
from volunteer.metrics.facts import Total
from volunteer.organizations.rules import ORGANIZATION_KIND_LABELS, OrganizationStatus
from volunteer.volunteers.rules import RegistrationKind, VolunteerStatus

_COUNTED = [source for source in Source if is_strict(source)]
_HELD = (ActivityStatus.PUBLISHED, ActivityStatus.CLOSED)
_taken_back = aliased(Entry)
_stands = _taken_back.id.is_(None)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of a list: the area it belongs to, what it says, how many people it counts, and whole minutes."""

    area_id: int
    cells: tuple[Cell, ...]
    people: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """One line of a summary: what it counts besides people, people, and whole minutes."""

    others: tuple[int, ...]
    people: int
    minutes: int | None = None


Summary = dict[object, Counts]  # by what the line is of: a month, a star


def _moments(days: Window) -> tuple[datetime, datetime]:
    """Return the moments between which something happened on one of the days."""
    since, until = days.first_on, days.last_on + ONE_DAY
    return midnight(since), midnight(until)


def _effective(days: Window, total: Total) -> list[ColumnElement[bool]]:
    """Return which entries count: credits in the window that nothing took back."""
    kept = [Entry.kind == EntryKind.CREDIT, Entry.served_on.between(days.first_on, days.last_on)]
    return kept if total is Total.INCLUSIVE else [*kept, Entry.source.in_(_COUNTED)]


# --- lists: one line each ---


def activities(area: Area, days: Window, total: Total, themes: Sequence[ServiceCategory] = ()) -> list[Leaf]:
    """Return the activities that were held, by day: with a shift that was not cancelled and began in the window."""
    since, until = _moments(days)
    held = (
        select(Activity, Organization.name, func.count(Shift.id), func.min(Shift.starts_at), func.max(Shift.starts_at))
        .join(Shift, Shift.activity_id == Activity.id)
        .join(Organization, Organization.id == Activity.organization_id)
        .join(Area, Area.id == Activity.area_id)
        .where(Activity.status.in_(_HELD), _within(area))
        .where(Shift.status != ShiftStatus.CANCELLED, Shift.starts_at >= since, Shift.starts_at < until)
        .group_by(Activity.id, Organization.name)
        .order_by(Activity.id)
    )
    if themes:
        held = held.where(Activity.category.in_(themes))
    given = _given(Shift.activity_id, _activities_of(area, themes), days, total)
    found = []
    for one, organization, shifts, first, last in db.session.execute(held):
        people, minutes = given.get(one.id, (0, 0))
        told = (local_day(first), local_day(last), one.title, one.category.label, organization, one.place, shifts)
        found.append(Leaf(one.area_id, told, people, minutes))
    return sorted(found, key=lambda leaf: (str(leaf.cells[0]), str(leaf.cells[2])))


def organizations(area: Area, days: Window, total: Total) -> list[Leaf]:
    """Return the organizations that were approved, with what they did in the window."""
    since, until = _moments(days)
    shifts = (
        select(Activity.organization_id, func.count(Shift.id))
        .join(Shift, Shift.activity_id == Activity.id)
        .where(Activity.status.in_(_HELD))
        .where(Shift.status != ShiftStatus.CANCELLED, Shift.starts_at >= since, Shift.starts_at < until)
        .group_by(Activity.organization_id)
    )
    held: dict[int, int] = dict(db.session.execute(shifts).all())
    given = _given(Entry.organization_id, _organizations_of(area), days, total)
    query = select(Organization).where(
        Organization.status == OrganizationStatus.APPROVED,
        func.coalesce(Organization.decided_at, since) < until,
        Organization.id.in_(_organizations_of(area)),
    )
    found = []
    for one in db.session.scalars(query.order_by(Organization.name, Organization.id)):
        people, minutes = given.get(one.id, (0, 0))
        approved_on = local_day(one.decided_at) if one.decided_at else None
        told = (one.name, ORGANIZATION_KIND_LABELS[one.kind], approved_on, held.get(one.id, 0))
        found.append(Leaf(one.area_id, told, people, minutes))
    return found


def _organizations_of(area: Area) -> Select[int]:
    return select(Organization.id).join(Area, Area.id == Organization.area_id).where(_within(area))


def _activities_of(area: Area, themes: Sequence[ServiceCategory] = ()) -> Select[int]:
    found = select(Activity.id).join(Area, Area.id == Activity.area_id).where(_within(area))
    return found.where(Activity.category.in_(themes)) if themes else found


def _given(
    by: InstrumentedAttribute[int], wanted: Select[int], days: Window, total: Total
) -> dict[int, tuple[int, int]]:
    """Return how many people served and whole minutes, by activity or organization."""
    query = (
        select(by, func.count(Entry.volunteer_id.distinct()), func.sum(Entry.minutes))
        .join(Shift, Shift.id == Entry.shift_id)
        .outerjoin(_taken_back, _taken_back.reverses_id == Entry.id)
        .where(_stands, by.in_(wanted), *_effective(days, total))
        .group_by(by)
    )
    return {key: (people, int(minutes)) for key, people, minutes in db.session.execute(query)}


def trainings(area: Area, days: Window) -> list[Leaf]:
    """Return the trainings that were recorded: one day, name, holder and recording organization make one line."""
    keys = (Training.held_on, Training.name, Training.held_by, Training.organization_id)
    query = (
        select(*keys, Organization.name, Organization.area_id)
        .add_columns(func.count(Training.volunteer_id.distinct()), func.sum(Training.minutes))
        .join(Organization, Organization.id == Training.organization_id)
        .join(Area, Area.id == Organization.area_id)
        .where(_within(area), Training.withdrawn_at.is_(None), Training.held_on.between(days.first_on, days.last_on))
        .group_by(*keys, Organization.name, Organization.area_id)
        .order_by(*keys)
    )
    return [
        Leaf(area_id, (day, name, held_by, organization), people, int(minutes))
        for day, name, held_by, _, organization, area_id, people, minutes in db.session.execute(query)
    ]


def commendations(area: Area, days: Window) -> list[Leaf]:
    """Return the honours that were recorded: one day, name, giver and recording organization make one line."""
    keys = (Commendation.given_on, Commendation.name, Commendation.given_by, Commendation.organization_id)
    query = (
        select(*keys, Organization.name, Organization.area_id, func.count(Commendation.volunteer_id.distinct()))
        .join(Organization, Organization.id == Commendation.organization_id)
        .join(Area, Area.id == Organization.area_id)
        .where(
            _within(area),
            Commendation.withdrawn_at.is_(None),
            Commendation.given_on.between(days.first_on, days.last_on),
        )
        .group_by(*keys, Organization.name, Organization.area_id)
        .order_by(*keys)
    )
    return [
        Leaf(area_id, (day, name, given_by, organization), people)
        for day, name, given_by, _, organization, area_id, people in db.session.execute(query)
    ]


# --- summaries: one line for a month or a star ---


def records(area: Area, days: Window, total: Total) -> Summary:
    """Return the ledger's credits by month: all, by scan, taken back since; people, minutes that stand."""
    year, month = func.extract("year", Entry.served_on), func.extract("month", Entry.served_on)
    scanned = case((_stands & Entry.source.in_(_COUNTED), 1))
    query = (
        select(year, month, func.count(case((_stands, 1))), func.count(scanned), func.count(_taken_back.id))
        .add_columns(func.count(case((_stands, Entry.volunteer_id)).distinct()))
        .add_columns(func.coalesce(func.sum(case((_stands, Entry.minutes))), 0))
        .join(Shift, Shift.id == Entry.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .outerjoin(_taken_back, _taken_back.reverses_id == Entry.id)
        .where(_within(area), *_effective(days, total))
        .group_by(year, month)
    )
    return {
        date(int(first), int(second), 1): Counts(tuple(others), people, int(minutes))
        for first, second, *others, people, minutes in db.session.execute(query)
    }


def certificates(area: Area, days: Window) -> Summary:
    """Return the certificates that an area's organizations issued by month: issued, of them revoked since."""
    since, until = _moments(days)
    query = select(Certificate.issued_at, Certificate.revoked_at, Certificate.volunteer_id).where(
        Certificate.issued_at >= since,
        Certificate.issued_at < until,
        Certificate.organization_id.in_(_organizations_of(area)),
    )
    by_month: dict[date, list[tuple[bool, int]]] = defaultdict(list)
    for issued_at, revoked_at, volunteer_id in db.session.execute(query):
        by_month[month_start(local_day(issued_at))].append((revoked_at is not None, volunteer_id))
    return {
        month: Counts((len(listed), sum(is_revoked for is_revoked, _ in listed)), len({who for _, who in listed}))
        for month, listed in by_month.items()
    }


def stars(area: Area, days: Window) -> Summary:
    """Return by level who has that star as the highest at the window's end, and to how many it was given in it."""
    since, until = _moments(days)
    last = (
        select(func.max(StarEvent.id))
        .where(StarEvent.made_at < until)
        .group_by(StarEvent.volunteer_id, StarEvent.level)
        .scalar_subquery()
    )
    query = (
        select(StarEvent.volunteer_id, StarEvent.level, StarEvent.made_at)
        .join(Volunteer, Volunteer.id == StarEvent.volunteer_id)
        .join(Area, Area.id == Volunteer.community_id)
        .where(StarEvent.id.in_(last), StarEvent.act == StarAct.GRANTED, _within(area))
        .where(Volunteer.status == VolunteerStatus.ACTIVE, Volunteer.erased_at.is_(None))
        .order_by(StarEvent.level)
    )
    highest = {who: (level, given_at) for who, level, given_at in db.session.execute(query)}
    by_level: dict[int, list[bool]] = defaultdict(list)
    for level, given_at in highest.values():
        by_level[level].append(given_at >= since)
    return {level: Counts((sum(new),), len(new)) for level, new in by_level.items()}


def joined(days: Window) -> dict[int, int]:
    """Return how many registered for the first time in the window, by the community they chose then."""
    query = (
        select(RegistrationEvent.area_id, func.count(RegistrationEvent.volunteer_id.distinct()))
        .where(RegistrationEvent.kind == RegistrationKind.REGISTERED)
        .where(RegistrationEvent.effective_on.between(days.first_on, days.last_on))
        .group_by(RegistrationEvent.area_id)
    )
    return {area_id: count for area_id, count in db.session.execute(query) if area_id is not None}


def _within(area: Area) -> ColumnElement[bool]:
    return (Area.lineage == area.lineage) | Area.lineage.startswith(area.lineage + "/", autoescape=True)


# --- whether there is anything ---


def has_any(area: Area, subject: Subject, days: Window, themes: Sequence[ServiceCategory] = ()) -> bool:
    """Whether the platform holds anything for a table of an area, asked cheaply."""
    since, until = _moments(days)
    of_organization, of_activity = _organizations_of(area), _activities_of(area, themes)
    shifts = (
        select(Shift.id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Activity.status.in_(_HELD), Shift.status != ShiftStatus.CANCELLED)
        .where(Shift.starts_at >= since, Shift.starts_at < until, Activity.id.in_(of_activity))
    )
    people = select(Volunteer.id).join(Area, Area.id == Volunteer.community_id).where(_within(area))
    asked: Mapping[Subject, Select[Any]] = {
        Subject.REGISTRATIONS: people,
        Subject.TRAININGS: select(Training.id).where(
            Training.organization_id.in_(of_organization),
            Training.withdrawn_at.is_(None),
            Training.held_on.between(days.first_on, days.last_on),
        ),
        Subject.ORGANIZATIONS: of_organization.where(Organization.status == OrganizationStatus.APPROVED),
        Subject.ACTIVITIES: shifts,
        Subject.RECORDS: select(Entry.id)
        .join(Shift, Shift.id == Entry.shift_id)
        .where(Entry.served_on.between(days.first_on, days.last_on), Shift.activity_id.in_(of_activity)),
        Subject.CERTIFICATES: select(Certificate.id).where(
            Certificate.organization_id.in_(of_organization),
            Certificate.issued_at >= since,
            Certificate.issued_at < until,
        ),
        Subject.STARS: select(StarEvent.id).where(StarEvent.made_at < until, StarEvent.volunteer_id.in_(people)),
        Subject.COMMENDATIONS: select(Commendation.id).where(
            Commendation.organization_id.in_(of_organization),
            Commendation.withdrawn_at.is_(None),
            Commendation.given_on.between(days.first_on, days.last_on),
        ),
    }
    return db.session.execute(asked[subject].limit(1)).first() is not None
