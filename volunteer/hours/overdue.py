"""Shifts that are not settled in time: reminding their organization, telling the office, and noting when it is done."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import OverdueShift, Proposal
from models.organizations import Organization
from volunteer.activities.queries import plan_of
from volunteer.audit.operations import record
from volunteer.hours.awaiting import awaiting_by_shift
from volunteer.hours.office import accounts_with, officials_for
from volunteer.hours.overdue_rules import Step, Told, step_words, steps_due
from volunteer.hours.queries import LOOK_BACK, is_forgotten
from volunteer.hours.rules import ProposalState, confirm_by
from volunteer.kernel import clock
from volunteer.kernel.clock import local_day
from volunteer.kernel.permissions import Permission
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.queries import scope_of

AWAITING_PAGE = "/hours/awaiting"
OVERDUE_PAGE = "/integrity/overdue"
_SHIFT = joinedload(Shift.activity).joinedload(Activity.organization).joinedload(Organization.area)


def organizations_to_look_at(now: datetime) -> list[int]:
    """Return the organizations that have something to settle or were told so, ascending."""
    waiting = select(Proposal.organization_id).where(Proposal.state == ProposalState.AWAITING)
    forgotten = (
        select(Activity.organization_id)
        .join(Shift, Shift.activity_id == Activity.id)
        .join(PresenceEvent, PresenceEvent.shift_id == Shift.id)
        .where(is_forgotten(), Shift.ends_at >= now - LOOK_BACK)
    )
    told = select(OverdueShift.organization_id).where(OverdueShift.settled_at.is_(None))
    return sorted(set(db.session.scalars(waiting.union(forgotten, told))))


def look_after(organization_id: int, today: date) -> None:
    """Do for one organization what is due today: remind it, tell the office, note what was settled meanwhile.

    Told again on the same day, nothing happens.
    """
    organization = db.session.get_one(Organization, organization_id)
    unsettled = _unsettled(organization_id)
    rows = {one.shift_id: one for one in _rows_of(organization_id, unsettled)}
    _settle(organization, [row for row in rows.values() if row.shift_id not in unsettled])
    due: dict[Step, list[_Due]] = defaultdict(list)
    for shift in unsettled.values():
        row, due_on = rows.get(shift.id), confirm_by(local_day(plan_of(shift).last_ends_at))
        one = _Due(shift, due_on, row)
        for step in steps_due(due_on, _told(row), today):
            due[step].append(one)
    for step in Step:
        if due[step]:
            _take_step(step, organization, due[step])


@dataclass(slots=True)
class _Due:
    """A shift that is not settled; its row is made by the first of the steps that are due."""

    shift: Shift
    due_on: date
    row: OverdueShift | None


def _unsettled(organization_id: int) -> Mapping[int, Shift]:
    """Return the shifts of an organization with something to settle, by id; forgotten check-outs wait for 90 days.

    One that somebody was told about stays until its check-outs are told, however long ago it was.
    """
    shift_ids = set(awaiting_by_shift([organization_id]))
    told = exists(select(OverdueShift.shift_id).where(OverdueShift.shift_id == Shift.id))
    forgotten = (
        select(PresenceEvent.shift_id)
        .join(Shift, Shift.id == PresenceEvent.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(
            is_forgotten(),
            Activity.organization_id == organization_id,
            (Shift.ends_at >= clock.now() - LOOK_BACK) | told,
        )
    )
    shift_ids |= set(db.session.scalars(forgotten))
    query = select(Shift).options(_SHIFT).where(Shift.id.in_(shift_ids)).order_by(Shift.ends_at, Shift.id)
    return {shift.id: shift for shift in db.session.scalars(query)}


def _rows_of(organization_id: int, shift_ids: Collection[int]) -> Iterable[OverdueShift]:
    query = select(OverdueShift).where(OverdueShift.organization_id == organization_id)
    return db.session.scalars(
        query.where(OverdueShift.settled_at.is_(None) | OverdueShift.shift_id.in_(list(shift_ids)))
    ).all()


def _told(row: OverdueShift | None) -> Told:
    if row is None:
        return Told()
    return Told(local_day(row.reminded_at), row.escalated_at is not None, row.city_told_at is not None)


def _settle(organization: Organization, rows: Iterable[OverdueShift]) -> None:
    for row in rows:
        row.settled_at = clock.now()
        _record("hours.settle", organization, row.shift, row.due_on)


def _take_step(step: Step, organization: Organization, due: list[_Due]) -> None:
    now = clock.now()
    for one in due:
        row = one.row = one.row or OverdueShift(
            shift_id=one.shift.id, organization_id=organization.id, due_on=one.due_on, reminded_at=now
        )
        db.session.add(row)
        row.settled_at = None
        _note(step, row, now)
        _record(_ACTS[step], organization, one.shift, one.due_on)
    db.session.flush()
    titles = [one.shift.activity.title for one in due]
    words = step_words(step, titles, organization.name, due[0].due_on)
    accounts, page = _told_of(step, organization)
    tell_each(accounts, NoticeKind.OVERDUE, words, link=page)


_ACTS = {
    Step.REMIND: "hours.remind",
    Step.LAST_DAY: "hours.remind",
    Step.ESCALATE: "hours.escalate",
    Step.TELL_CITY: "hours.tell_city",
}


def _note(step: Step, row: OverdueShift, now: datetime) -> None:
    if step is Step.ESCALATE:
        row.escalated_at = now
    elif step is Step.TELL_CITY:
        row.city_told_at = now
    else:
        row.reminded_at = now


def _told_of(step: Step, organization: Organization) -> tuple[Collection[int], str]:
    if step in (Step.REMIND, Step.LAST_DAY):
        return accounts_with(organization.id, Permission.RUN_SHIFTS), AWAITING_PAGE
    officials = officials_for(scope_of(organization).lineage)
    return officials.city if step is Step.TELL_CITY else officials.near, OVERDUE_PAGE


def _record(action: str, organization: Organization, shift: Shift, due_on: date) -> None:
    lineage = scope_of(organization).lineage
    facts = {"activity": shift.activity.public_id, "due_on": due_on.isoformat()}
    record(action, "shift", shift.public_id, account_id=None, lineage=lineage, **facts)
