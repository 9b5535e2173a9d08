"""Reading the ledger: records as people read them, what waits for a person, totals, and whether it all adds up."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, EntryQuestion, Objection, Proposal
from models.organizations import Organization
from models.stations import StationRecord
from models.volunteers import Volunteer
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.rules import Method
from volunteer.hours.rules import TYPED_IN, EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_
from volunteer.stations.queries import to_review
from volunteer.volunteers.rules import Relation

# How far back organizers are reminded of what nobody has told; older times are typed in as new entries.
LOOK_BACK = timedelta(days=90)
LEAST_TEN_WORKING_DAYS = timedelta(days=9)
_PUBLIC_ID = re.compile(r"[0-9a-z]{20}")
STANDING = (ProposalState.AWAITING, ProposalState.ON_NOTICE)

Reversal = aliased(Entry)
WITH_SHIFT = (
    joinedload(Entry.shift).joinedload(Shift.activity),
    joinedload(Entry.organization).joinedload(Organization.area),
    joinedload(Entry.volunteer),
)
PROPOSAL_WITH_SHIFT = (
    joinedload(Proposal.shift).joinedload(Shift.activity),
    joinedload(Proposal.organization).joinedload(Organization.area),
    joinedload(Proposal.volunteer),
    joinedload(Proposal.replaces),
    joinedload(Proposal.sheet),
)


# Totals


def effective_minutes(volunteer_id: int, first_on: date = date.min, last_on: date = date.max) -> int:
    """Return the effective minutes of a volunteer from `first_on` to `last_on`; what was reversed counts nothing."""
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(Entry.minutes), 0)).where(
                Entry.volunteer_id == volunteer_id, Entry.served_on.between(first_on, last_on)
            )
        )
        or 0
    )


def year_totals(volunteer_ids: Iterable[int], year: int) -> dict[int, int]:
    """Return the effective minutes in a calendar year of each of these volunteers, 0 where there are none."""
    asked = list(volunteer_ids)
    rows = db.session.execute(
        select(Entry.volunteer_id, func.sum(Entry.minutes))
        .where(Entry.volunteer_id.in_(asked), Entry.served_on.between(date(year, 1, 1), date(year, 12, 31)))
        .group_by(Entry.volunteer_id)
    )
    return dict.fromkeys(asked, 0) | {volunteer_id: int(minutes) for volunteer_id, minutes in rows}


def years_of(volunteer_id: int) -> list[int]:
    """Return the calendar years in which a volunteer has records of any state, the latest first."""
    days = (
        select(Entry.served_on)
        .where(Entry.volunteer_id == volunteer_id)
        .union(select(Proposal.served_on).where(Proposal.volunteer_id == volunteer_id))
    )
    return sorted({day.year for day in db.session.scalars(days)}, reverse=True)


# Entries


def is_effective() -> ColumnElement[bool]:
    """Return the condition that an entry is a credit and was not reversed."""
    reversed_too = select(Reversal.id).where(Reversal.reverses_id == Entry.id)
    return and_(Entry.kind == EntryKind.CREDIT, ~exists(reversed_too))


def effective_entries(volunteer_id: int, organization_id: int | None, first_on: date, last_on: date) -> Sequence[Entry]:
    """Return the credits of a volunteer that are not reversed, in order of service, with shift, activity, organization.

    Of one organization, or of all when it is None. Their minutes sum to `effective_minutes`.
    """
    query = (
        select(Entry)
        .options(*WITH_SHIFT)
        .where(Entry.volunteer_id == volunteer_id, Entry.served_on.between(first_on, last_on), is_effective())
    )
    if organization_id is not None:
        query = query.where(Entry.organization_id == organization_id)
    return db.session.scalars(query.order_by(Entry.started_at, Entry.id)).all()


def entry_by_public_id(public_id: str) -> Entry:
    """Return the entry with its shift and organization; raise `NotFound` when there is none."""
    entry = db.session.scalar(select(Entry).options(*WITH_SHIFT).where(Entry.public_id == public_id))
    if entry is None:
        raise NotFound(N_("没有找到这条记录"))
    return entry


def reversal_of(entry_id: int) -> Entry | None:
    """Return the reversal of an entry, if any."""
    return db.session.scalar(select(Entry).where(Entry.reverses_id == entry_id))


def proposed_reversal_of(entry_id: int) -> Proposal | None:
    """Return the proposal to take an entry back that waits for a second person, if any."""
    return db.session.scalar(
        select(Proposal).where(Proposal.reverses_id == entry_id, Proposal.state == ProposalState.AWAITING)
    )


def standing_correction_of(entry_id: int) -> Proposal | None:
    """Return the minutes that are to take the place of an entry and wait for it, if any."""
    return db.session.scalar(select(Proposal).where(Proposal.replaces_id == entry_id, Proposal.state.in_(STANDING)))


# Proposals


def proposal_by_public_id(public_id: str) -> Proposal:
    """Return the proposal with its shift, volunteer and organization; raise `NotFound` when there is none."""
    proposal = db.session.scalar(select(Proposal).options(*PROPOSAL_WITH_SHIFT).where(Proposal.public_id == public_id))
    if proposal is None:
        raise NotFound(N_("没有找到这条记录"))
    return proposal


def is_under_objection() -> ColumnElement[bool]:
    """Return the condition that a proposal waits for the answer to an objection and not for a second person."""
    return exists(select(Objection.id).where(Objection.proposal_id == Proposal.id, Objection.answered_at.is_(None)))


def proposals_awaiting(organization_ids: Iterable[int]) -> Select[Proposal]:
    """Select what waits for a second person in these organizations, the shift that ended first at the top."""
    return (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .join(Proposal.shift)
        .where(
            Proposal.organization_id.in_(list(organization_ids)),
            Proposal.state == ProposalState.AWAITING,
            ~is_under_objection(),
        )
        .order_by(Shift.ends_at, Proposal.id)
    )


def proposals_back_dated(lineages: Iterable[str]) -> Sequence[Proposal]:
    """Return what was typed in long after its shift and waits at these places, the oldest proposal first.

    Ten working days are never fewer than ten days: which of these are late the rules tell.
    """
    within = [or_(Area.lineage == one, Area.lineage.startswith(f"{one}/", autoescape=True)) for one in lineages]
    query = (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .join(Proposal.shift)
        .join(Organization, Organization.id == Proposal.organization_id)
        .join(Area, Area.id == Organization.area_id)
        .where(
            or_(false(), *within),
            Proposal.state == ProposalState.AWAITING,
            Proposal.kind == EntryKind.CREDIT,
            Proposal.cause.in_(TYPED_IN),
            ~is_under_objection(),
        )
        .order_by(Proposal.made_at, Proposal.id)
    )
    return [one for one in db.session.scalars(query) if one.made_at - one.shift.ends_at > LEAST_TEN_WORKING_DAYS]


def proposals_named(public_ids: Iterable[str], organization_ids: Iterable[int]) -> Sequence[Proposal]:
    """Return those of the named proposals that belong to these organizations, in the order in which they are locked.

    The names come from a form and may be anything; what is no public id never reaches the database.
    """
    named = [public_id for public_id in public_ids if _PUBLIC_ID.fullmatch(public_id)]
    query = (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .where(Proposal.public_id.in_(named), Proposal.organization_id.in_(list(organization_ids)))
        .order_by(Proposal.volunteer_id, Proposal.id)
    )
    return db.session.scalars(query).all()


def awaiting_count(organization_ids: Iterable[int]) -> int:
    """Return how many things wait for a person here: proposals, questions, and check-outs forgotten within 90 days."""
    ids = list(organization_ids)
    proposals = select(func.count(Proposal.id)).where(
        Proposal.organization_id.in_(ids), Proposal.state == ProposalState.AWAITING
    )
    questions = select(func.count(EntryQuestion.id)).where(
        EntryQuestion.organization_id.in_(ids), EntryQuestion.answered_at.is_(None)
    )
    forgotten = (
        select(func.count(PresenceEvent.id))
        .join(Shift, Shift.id == PresenceEvent.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(is_forgotten(), Activity.organization_id.in_(ids), Shift.ends_at >= clock.now() - LOOK_BACK)
    )
    return sum(db.session.scalar(count) or 0 for count in (proposals, questions, forgotten))


def stations_to_review(organization_ids: Iterable[int]) -> int:
    """Return how many records that stations sent wait for a person in these organizations."""
    query = to_review(organization_ids).order_by(None).with_only_columns(func.count(StationRecord.id))
    return db.session.scalar(query) or 0


def is_forgotten() -> ColumnElement[bool]:
    """Return the condition that the system made a check-out and nobody has told since when the volunteer left."""
    entry = select(Entry.id).where(Entry.presence_event_id == PresenceEvent.id)
    standing = select(Proposal.id).where(
        Proposal.presence_event_id == PresenceEvent.id, Proposal.state != ProposalState.RETURNED
    )
    return and_(PresenceEvent.method == Method.AUTO_CLOSE, ~exists(entry), ~exists(standing))


def notices_running() -> Select[Proposal]:
    """Select the minutes on public notice, those that end first at the top; then those that an objection holds up."""
    is_on_notice = Proposal.state == ProposalState.ON_NOTICE
    return (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .where(or_(is_on_notice, is_under_objection()))
        .order_by(case((is_on_notice, 0), else_=1), Proposal.notice_until_on, Proposal.id)
    )


def notice_count(organization_ids: Iterable[int]) -> int:
    """Return how many proposals of these organizations are on public notice."""
    query = select(func.count(Proposal.id)).where(
        Proposal.organization_id.in_(list(organization_ids)), Proposal.state == ProposalState.ON_NOTICE
    )
    return db.session.scalar(query) or 0


def notices_over(today: date) -> Sequence[int]:
    """Return the ids of the proposals whose public notice has ended before `today`."""
    query = (
        select(Proposal.id)
        .where(Proposal.state == ProposalState.ON_NOTICE, Proposal.notice_until_on < today)
        .order_by(Proposal.notice_until_on, Proposal.id)
    )
    return db.session.scalars(query).all()


# Shifts


@dataclass(frozen=True, slots=True)
class ShiftSum:
    """What a shift has given so far: people with effective entries, and their minutes."""

    shift: Shift
    people: int
    minutes: int


def shifts_run(organization_ids: Iterable[int], now: datetime) -> Select[Shift]:
    """Select the shifts of these organizations that have begun, the latest first."""
    return (
        select(Shift)
        .join(Shift.activity)
        .options(joinedload(Shift.activity).joinedload(Activity.organization).joinedload(Organization.area))
        .where(
            Activity.organization_id.in_(list(organization_ids)),
            Activity.status.in_((ActivityStatus.PUBLISHED, ActivityStatus.CLOSED)),
            Shift.status != ShiftStatus.CANCELLED,
            Shift.starts_at <= now,
        )
        .order_by(Shift.starts_at.desc(), Shift.id.desc())
    )


def shifts_to_record(organization_ids: Iterable[int], now: datetime, within: timedelta) -> Sequence[Shift]:
    """Return the shifts that have begun `within` such a time, the latest first: hours can be typed in for them."""
    return db.session.scalars(shifts_run(organization_ids, now).where(Shift.starts_at >= now - within)).all()


def shift_sums(shifts: Sequence[Shift]) -> list[ShiftSum]:
    """Return what each of these shifts has given, in their order."""
    rows = db.session.execute(
        select(Entry.shift_id, func.count(Entry.volunteer_id.distinct()), func.sum(Entry.minutes))
        .where(Entry.shift_id.in_([shift.id for shift in shifts]), is_effective())
        .group_by(Entry.shift_id)
    )
    sums = {shift_id: (people, int(minutes)) for shift_id, people, minutes in rows}
    return [ShiftSum(shift, *sums.get(shift.id, (0, 0))) for shift in shifts]


def shift_by_public_id(public_id: str) -> Shift:
    """Return the shift with its activity and organization; raise `NotFound` when there is none."""
    query = select(Shift).options(
        joinedload(Shift.activity).joinedload(Activity.organization).joinedload(Organization.area)
    )
    shift = db.session.scalar(query.where(Shift.public_id == public_id))
    if shift is None:
        raise NotFound(N_("没有找到这个班次"))
    return shift


# Questions


def questions_open(organization_ids: Iterable[int]) -> Sequence[EntryQuestion]:
    """Return what volunteers have asked these organizations and nobody has answered, the oldest first."""
    query = questions_with_record().where(
        EntryQuestion.organization_id.in_(list(organization_ids)), EntryQuestion.answered_at.is_(None)
    )
    return db.session.scalars(query.order_by(EntryQuestion.id)).all()


def question_by_public_id(public_id: str) -> EntryQuestion:
    """Return the question with its record; raise `NotFound` when there is none."""
    question = db.session.scalar(questions_with_record().where(EntryQuestion.public_id == public_id))
    if question is None:
        raise NotFound(N_("没有找到这个问题"))
    return question


def questions_with_record() -> Select[EntryQuestion]:
    """Select questions with what each is about, and with its organization."""
    return select(EntryQuestion).options(
        joinedload(EntryQuestion.organization).joinedload(Organization.area),
        joinedload(EntryQuestion.volunteer),
        joinedload(EntryQuestion.entry).joinedload(Entry.shift).joinedload(Shift.activity),
        joinedload(EntryQuestion.proposal).joinedload(Proposal.shift).joinedload(Shift.activity),
    )


# People and shifts that views load


def volunteers_of(account_id: int) -> Sequence[Volunteer]:
    """Return the volunteers that an account acts for, oneself first."""
    query = select(Volunteer).where(Volunteer.account_id == account_id, Volunteer.erased_at.is_(None))
    return sorted(db.session.scalars(query), key=lambda one: (one.relation is not Relation.SELF, one.id))
