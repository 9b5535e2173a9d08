"""Reading what is recorded of volunteers, for themselves, the organizations that recorded it, and the office."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from models.activities import Activity, Shift
from models.audit import AuditEvent
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry
from models.organizations import Organization
from models.records import Commendation, Evaluation, Training
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.checkin.facts import stands
from volunteer.hours.queries import WITH_SHIFT, is_effective
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_
from volunteer.records.rules import RecordKind
from volunteer.signups.rules import SignupStatus

Kept = Training | Commendation | Evaluation

MODELS: Mapping[RecordKind, type[Kept]] = {
    RecordKind.TRAINING: Training,
    RecordKind.COMMENDATION: Commendation,
    RecordKind.EVALUATION: Evaluation,
}
# The day on which each happened.
DAYS: Mapping[RecordKind, Any] = {
    RecordKind.TRAINING: Training.held_on,
    RecordKind.COMMENDATION: Commendation.given_on,
    RecordKind.EVALUATION: Evaluation.evaluated_on,
}
READING_LASTS = timedelta(minutes=30)


def kind_of(row: Kept) -> RecordKind:
    """Return what a row records."""
    return next(kind for kind, model in MODELS.items() if isinstance(row, model))


def day_of(row: Kept) -> date:
    """Return the day on which it happened."""
    if isinstance(row, Training):
        return row.held_on
    return row.given_on if isinstance(row, Commendation) else row.evaluated_on


def name_of(row: Kept) -> str:
    """Return what a row is called: the training, the honour, or the activity that was evaluated."""
    return row.shift.activity.title if isinstance(row, Evaluation) else row.name


# --- whom an organization knows ---


def known_people(organization_id: int, numbers: Iterable[str]) -> dict[str, Volunteer]:
    """Return by number those of these volunteers who signed up or served with an organization."""
    query = select(Volunteer).where(
        Volunteer.number.in_(list(numbers)), Volunteer.erased_at.is_(None), is_known_to(organization_id)
    )
    return {one.number: one for one in db.session.scalars(query.order_by(Volunteer.id))}


def is_known_to(organization_id: int) -> ColumnElement[bool]:
    """Return the condition that a volunteer signed up, came or served with an organization."""
    shifts = select(Shift.id).join(Shift.activity).where(Activity.organization_id == organization_id)
    signed_up = select(Signup.volunteer_id).where(Signup.shift_id.in_(shifts), Signup.status != SignupStatus.CANCELLED)
    came = select(PresenceEvent.volunteer_id).where(PresenceEvent.shift_id.in_(shifts), stands())
    served = select(Entry.volunteer_id).where(Entry.organization_id == organization_id)
    return Volunteer.id.in_(signed_up.union(came, served))


@dataclass(frozen=True, slots=True)
class Served:
    """Somebody who served on a shift, their effective minutes there, and what was said of it so far."""

    volunteer: Volunteer
    minutes: int
    evaluation: Evaluation | None


def served_on(shift: Shift) -> list[Served]:
    """Return who served on a shift, by name."""
    rows = db.session.execute(
        select(Entry.volunteer_id, func.sum(Entry.minutes))
        .where(Entry.shift_id == shift.id, is_effective())
        .group_by(Entry.volunteer_id)
    )
    minutes = {volunteer_id: int(total) for volunteer_id, total in rows}
    people = db.session.scalars(
        select(Volunteer).where(Volunteer.id.in_(minutes)).order_by(Volunteer.name, Volunteer.id)
    ).all()
    said = db.session.scalars(
        select(Evaluation).where(Evaluation.shift_id == shift.id, Evaluation.withdrawn_at.is_(None))
    )
    evaluations = {one.volunteer_id: one for one in said}
    return [Served(one, minutes[one.id], evaluations.get(one.id)) for one in people]


def shift_by_public_id(public_id: str) -> Shift:
    """Return a shift with its activity and organization; raise NotFound."""
    with_organization = joinedload(Shift.activity).joinedload(Activity.organization).joinedload(Organization.area)
    shift = db.session.scalar(select(Shift).options(with_organization).where(Shift.public_id == public_id))
    if shift is None:
        raise NotFound(N_("没有找到这个班次"))
    return shift


# --- rows ---


def _with_all(kind: RecordKind) -> Select[Any]:
    model = MODELS[kind]
    query = select(model).options(
        joinedload(model.volunteer), joinedload(model.organization).joinedload(Organization.area)
    )
    if kind is RecordKind.EVALUATION:
        query = query.options(joinedload(Evaluation.shift).joinedload(Shift.activity))
    return query


def kept_by_public_id(public_id: str) -> Kept:
    """Return one training, commendation or evaluation; raise NotFound."""
    for kind, model in MODELS.items():
        row: Kept | None = db.session.scalar(_with_all(kind).where(model.public_id == public_id))
        if row is not None:
            return row
    raise NotFound(N_("没有找到这条记录"))


def kept_by(organization_id: int, kind: RecordKind) -> Select[Any]:
    """Select what an organization recorded of one kind, withdrawn ones too, the latest first."""
    model = MODELS[kind]
    return (
        _with_all(kind)
        .where(model.organization_id == organization_id)
        .order_by(model.recorded_at.desc(), model.id.desc())
    )


def standing_twins(
    kind: RecordKind, organization_id: int, volunteer_ids: Iterable[int], name: str, day: date
) -> set[int]:
    """Return which of these volunteers have such a record from that organization already: same name, same day."""
    model: Any = MODELS[kind]
    query = select(model.volunteer_id).where(
        model.organization_id == organization_id,
        model.volunteer_id.in_(list(volunteer_ids)),
        model.name == name,
        DAYS[kind] == day,
        model.withdrawn_at.is_(None),
    )
    return set(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class View:
    """Whose record is read and how far: `organization_ids` None is the whole of it, else only what those recorded."""

    volunteer: Volunteer
    organization_ids: tuple[int, ...] | None = None

    def narrows(self, column: Any) -> list[ColumnElement[bool]]:
        """Return the conditions on a column that holds the recording organization."""
        return [] if self.organization_ids is None else [column.in_(self.organization_ids)]


def kept_of(view: View, kind: RecordKind, *, year: int | None = None) -> Sequence[Any]:
    """Return what stands of one kind, of a year or of all, the latest first; what was withdrawn is not there."""
    model, day = MODELS[kind], DAYS[kind]
    conditions = [model.volunteer_id == view.volunteer.id, model.withdrawn_at.is_(None)]
    conditions += view.narrows(model.organization_id)
    if year is not None:
        conditions.append(day.between(date(year, 1, 1), date(year, 12, 31)))
    return db.session.scalars(_with_all(kind).where(*conditions).order_by(day.desc(), model.id.desc())).all()


def disputed_at(public_ids: Iterable[str], account_id: int) -> dict[str, datetime]:
    """Return when an account last held something against each of these records, by public id, out of the trail."""
    query = (
        select(AuditEvent.subject_id, func.max(AuditEvent.at))
        .where(
            AuditEvent.subject_kind.in_([kind.value for kind in RecordKind]),
            AuditEvent.subject_id.in_(list(public_ids)),
            AuditEvent.action == "records.dispute",
            AuditEvent.account_id == account_id,
        )
        .group_by(AuditEvent.subject_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def services_of(view: View, year: int | None = None) -> Select[Any]:
    """Select the effective service of a year, or all of it, the latest first, with shift, activity and organization."""
    conditions = [Entry.volunteer_id == view.volunteer.id, is_effective(), *view.narrows(Entry.organization_id)]
    if year is not None:
        conditions.append(Entry.served_on.between(date(year, 1, 1), date(year, 12, 31)))
    return select(Entry).options(*WITH_SHIFT).where(*conditions).order_by(Entry.started_at.desc(), Entry.id.desc())


def minutes_by_year(view: View) -> dict[int, int]:
    """Return the effective minutes of each calendar year with service, the latest first."""
    query = (
        select(Entry.served_on, func.sum(Entry.minutes))
        .where(Entry.volunteer_id == view.volunteer.id, is_effective(), *view.narrows(Entry.organization_id))
        .group_by(Entry.served_on)
        .order_by(Entry.served_on.desc())
    )
    found: dict[int, int] = {}
    for day, minutes in db.session.execute(query):
        found[day.year] = found.get(day.year, 0) + int(minutes)
    return found


def years_of(view: View) -> list[int]:
    """Return the calendar years in which anything stands, the latest first."""
    years = set(minutes_by_year(view))
    for kind, model in MODELS.items():
        conditions = [model.volunteer_id == view.volunteer.id, model.withdrawn_at.is_(None)]
        days = select(DAYS[kind]).where(*conditions, *view.narrows(model.organization_id)).distinct()
        years |= {day.year for day in db.session.scalars(days)}
    return sorted(years, reverse=True)


def organizations_that_know(volunteer: Volunteer, organization_ids: Sequence[int]) -> tuple[int, ...]:
    """Return which of these organizations the volunteer signed up or served with."""
    known = (
        organization_id
        for organization_id in organization_ids
        if db.session.scalar(select(func.count()).where(Volunteer.id == volunteer.id, is_known_to(organization_id)))
    )
    return tuple(known)


def has_read_lately(account_id: int, volunteer: Volunteer, now: datetime) -> bool:
    """Return whether an account said within the last half hour why it reads this volunteer's record."""
    query = select(func.count()).where(
        AuditEvent.account_id == account_id,
        AuditEvent.action == "records.read",
        AuditEvent.subject_id == volunteer.public_id,
        AuditEvent.at >= now - READING_LASTS,
    )
    return bool(db.session.scalar(query))
