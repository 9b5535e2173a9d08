"""The few statements that all work on proposals shares: what is asked before one is made, and how it is added."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from models.activities import Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import CreditedSpan, Entry, Proposal
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.activities.queries import plan_of
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.audit.operations import record
from volunteer.hours import limits, queries, rules
from volunteer.hours.ledger import TAKEN, Day, Seat, day_so_far, entry_values, take_volunteer
from volunteer.hours.limit_queries import take_limits, typed_by, typed_for
from volunteer.hours.minutes import DayCredit, Source
from volunteer.hours.natural_persons import is_registered
from volunteer.hours.proposal_seals import SEALED, new_proposal, unsealed
from volunteer.hours.queries import STANDING
from volunteer.hours.rules import Cause, DayVerdict, EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.clock import local_day
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.organizations.queries import scope_of
from volunteer.organizations.rules import may_operate
from volunteer.volunteers.rules import VolunteerStatus

log = logging.getLogger(__name__)


def add_proposal(seat: Seat, day: DayCredit, cause: Cause, source: Source, **more: Any) -> Proposal:
    """Add a day's minutes that need a person before they count."""
    values = entry_values(seat, day, source)
    proposal = new_proposal(**values, cause=cause, made_at=clock.now(), **more)
    db.session.add(proposal)
    db.session.flush()
    return proposal


def take_proposal(proposal: Proposal) -> bool:
    """Take the volunteer's row, read the proposal as it is now, and return whether its seal holds."""
    take_volunteer(proposal.volunteer_id)
    db.session.refresh(proposal, [*SEALED, "seal"])
    return not unsealed([proposal])


def take_sealed(proposal: Proposal) -> None:
    """Take a proposal as `take_proposal` does; raise `Conflict` when somebody changed it past the program."""
    if not take_proposal(proposal):
        tell_unsealed(proposal)
        raise Conflict(N_("这条记录被人绕过系统动过，先不能办；请管理员查清以后再说"))


def tell_unsealed(proposal: Proposal) -> None:
    """Tell the operator of a proposal that is left as it is."""
    log.error("proposal %s is left alone: its seal does not hold, see `flask ledger verify`", proposal.public_id)


def trail(action: str, proposal: Proposal, account_id: int | None, **details: Any) -> None:
    """Write an act on a proposal into the trail of its organization: which minutes, where from, how they stand now."""
    facts = {
        "activity": proposal.shift.activity.public_id,
        "shift": proposal.shift.public_id,
        "day": proposal.served_on.isoformat(),
        "kind": proposal.kind.value,
        "minutes": proposal.minutes,
        "source": proposal.source.value,
        "cause": proposal.cause.value,
        "state": proposal.state.value,
        **details,
    }
    lineage = scope_of(proposal.organization).lineage
    record(action, "proposal", proposal.public_id, account_id=account_id, lineage=lineage, **facts)


# What is asked


def volunteer_numbered(typed: str) -> Volunteer:
    """Return the active volunteer with that number; raise `Invalid` on volunteer_number."""
    number = check_volunteer_number(typed, field="volunteer_number")
    found = db.session.scalar(select(Volunteer).where(Volunteer.number == number))
    if found is None or found.status is not VolunteerStatus.ACTIVE:
        raise Invalid(N_("没有这个编号的在册志愿者，请照志愿者卡再核对一遍"), field="volunteer_number")
    return found


def require_known_person(account_id: int) -> None:
    """Raise `Invalid` unless the account's own person is registered."""
    if not is_registered(account_id):
        raise Invalid(N_("先用自己的证件登记成志愿者，才能补录、更正或冲销时长：要能查到是谁经手的"))


def require_recordable(shift: Shift) -> None:
    """Raise on shift when hours cannot be written down for it: it did not take place, or its organization rests.

    A suspended organization types nothing in (our decision): what it could invent is why it was suspended.
    """
    may_operate(shift.activity.organization.status).require("shift")
    took_place = shift.activity.status in (ActivityStatus.PUBLISHED, ActivityStatus.CLOSED)
    if not took_place or shift.status is ShiftStatus.CANCELLED:
        raise Invalid(N_("这个班次没有办，不能补录时长"), field="shift")


def require_still_open(shift: Shift, asked_on: date, *, field: str | None = "shift") -> None:
    """Raise on `field` when a shift ended too long before `asked_on` to type anything in for it."""
    limits.check_still_open(local_day(plan_of(shift).last_ends_at), asked_on, field=field)


def take_typed(organization: Organization, account_id: int) -> limits.Typed:
    """Take the rows of an organization and of the maker, and return what was typed in so far.

    Before any volunteer's row is taken; see `take_limits`.
    """
    take_limits(organization.id, account_id)
    return typed_by(account_id, organization.id, clock.now())


def require_within_volunteer_limit(volunteer_id: int, minutes: int, *, field: str) -> None:
    """Raise on `field` when `minutes` more are above what may be typed in for a volunteer, whose row is taken."""
    limits.check_volunteer(typed_for(volunteer_id, clock.now()), minutes, field=field)


def require_room(seat: Seat, days: Sequence[DayCredit], *, field: str, replaced: Entry | None = None) -> None:
    """Raise `Invalid` on `field` when the time is taken, by an entry or a standing proposal, or a day gets too long.

    `replaced`: the entry that goes when these minutes come.
    """
    for day in days:
        so_far = day_beside(seat.volunteer_id, day, replaced)
        if so_far.is_taken:
            raise Invalid(TAKEN, field=field)
        if _has_standing(seat.volunteer_id, day):
            raise Invalid(N_("这段时间已经有一条在等确认或公示的记录"), field=field)
        require_day(so_far, day, field)


def require_day(so_far: Day, day: DayCredit, field: str | None = None) -> None:
    """Raise `Invalid` on `field` when the day would be too long."""
    judgement = rules.judge_day(so_far.minutes, day.minutes)
    if judgement.verdict is DayVerdict.REFUSED:
        raise Invalid(judgement.reason.msgid, field=field, **judgement.reason.params)


def day_beside(volunteer_id: int, day: DayCredit, replaced: Entry | None) -> Day:
    """Return what stands on the day of `day` apart from the entry that is replaced."""
    so_far = day_so_far(volunteer_id, day)
    if replaced is None:
        return so_far
    others = select(
        exists(
            select(CreditedSpan.entry_id).where(
                CreditedSpan.volunteer_id == volunteer_id,
                CreditedSpan.entry_id != replaced.id,
                CreditedSpan.started_at < day.ended_at,
                CreditedSpan.ended_at > day.started_at,
            )
        )
    )
    same_day = replaced.minutes if replaced.served_on == day.served_on else 0
    return replace(so_far, minutes=so_far.minutes - same_day, is_taken=bool(db.session.scalar(others)))


def _has_standing(volunteer_id: int, day: DayCredit) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists(
                    select(Proposal.id).where(
                        Proposal.volunteer_id == volunteer_id,
                        Proposal.kind == EntryKind.CREDIT,
                        Proposal.state.in_(STANDING),
                        Proposal.started_at < day.ended_at,
                        Proposal.ended_at > day.started_at,
                    )
                )
            )
        )
    )


def is_told(event_id: int) -> bool:
    """Return whether minutes that rest on a check-out took effect or stand."""
    entry = exists(select(Entry.id).where(Entry.presence_event_id == event_id))
    standing = exists(
        select(Proposal.id).where(Proposal.presence_event_id == event_id, Proposal.state != ProposalState.RETURNED)
    )
    return bool(db.session.scalar(select(entry | standing)))


def forgotten_event(volunteer_id: int, shift_id: int) -> int | None:
    """Return the check-out that a volunteer forgot at a shift and nobody has told: what is typed in settles it too."""
    query = select(PresenceEvent.id).where(
        PresenceEvent.volunteer_id == volunteer_id, PresenceEvent.shift_id == shift_id, queries.is_forgotten()
    )
    return db.session.scalar(query.order_by(PresenceEvent.ordinal.desc()).limit(1))


def require_not_reversed(entry: Entry) -> None:
    """Raise `Conflict` when an entry is a reversal or was reversed."""
    if entry.kind is EntryKind.REVERSAL:
        raise Conflict(N_("这条本身就是冲销，不能再冲销"))
    if queries.reversal_of(entry.id) is not None:
        raise Conflict(N_("这条记录已经冲销了"))


def require_untouched(entry: Entry) -> None:
    """Raise `Conflict` when an entry was taken back, or somebody has proposed to take it back or to replace it."""
    require_not_reversed(entry)
    if queries.proposed_reversal_of(entry.id) is not None:
        raise Conflict(N_("已经有人提出冲销这条记录，在等第二个人确认"))
    if queries.standing_correction_of(entry.id) is not None:
        raise Conflict(N_("这条记录正在更正，等更正有了结果再办"))
