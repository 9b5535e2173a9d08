"""Minutes that a person proposes: told ends, typed times, taking back; nothing counts before another says yes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from models.activities import Shift
from models.base import db
from models.hours import Entry, Proposal
from models.volunteers import Volunteer
from volunteer.activities.queries import plan_of
from volunteer.activities.rules import ActivityStatus
from volunteer.hours import queries, rules
from volunteer.hours.awaiting import Forgotten, is_registered
from volunteer.hours.ledger import TAKEN, Seat, day_so_far, same_as, take_seat, take_volunteer
from volunteer.hours.minutes import DayCredit, Source
from volunteer.hours.proposals import add_proposal, require_day, require_not_reversed, trail
from volunteer.hours.queries import STANDING
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.volunteers.rules import VolunteerStatus


def propose_end(forgotten: Forgotten, *, ended_at: datetime, reason: str, account_id: int) -> list[Proposal]:
    """Say when a volunteer left who forgot to check out; a second person confirms it. Return a proposal a day.

    Raises Invalid on ended_at or reason, Conflict when somebody has told already.
    """
    shift, volunteer = forgotten.shift, forgotten.volunteer
    rules.check_reason(Cause.FORGOTTEN_CHECK_OUT, reason, "")
    credit = rules.check_proposed_end(forgotten.interval, ended_at, plan_of(shift), clock.now())
    seat = take_seat(volunteer.id, shift.id, forgotten.event_id)
    if _is_told(forgotten.event_id):
        raise Conflict(N_("这次几点离开已经有人说过了，在等确认"))
    _require_room(seat, credit.days, field="ended_at")
    cause = rules.cause_of_ends(forgotten.interval, is_cancelled=seat.is_cancelled) or Cause.FORGOTTEN_CHECK_OUT
    written = {"made_by": account_id, "reason": reason.strip()}
    made = [add_proposal(seat, day, cause, forgotten.interval.source, **written) for day in credit.days]
    trail("hours.propose_end", made[0], account_id, minutes=credit.minutes)
    return made


def _is_told(event_id: int) -> bool:
    entry = exists(select(Entry.id).where(Entry.presence_event_id == event_id))
    standing = exists(
        select(Proposal.id).where(Proposal.presence_event_id == event_id, Proposal.state != ProposalState.RETURNED)
    )
    return bool(db.session.scalar(select(entry | standing)))


def propose_typed(
    shift: Shift,
    *,
    volunteer_number: str,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    evidence: str,
    account_id: int,
) -> list[Proposal]:
    """Type in minutes that no scan proves (补录); a second person confirms, then the public may look for 7 days.

    Returns a proposal a day. Raises Invalid on volunteer_number, started_at, ended_at, reason or evidence.
    """
    volunteer = _volunteer_numbered(volunteer_number)
    _require_known_person(account_id)
    rules.check_reason(Cause.MANUAL, reason, evidence)
    if shift.activity.status not in (ActivityStatus.PUBLISHED, ActivityStatus.CLOSED):
        raise Invalid(N_("这个活动没有办，不能补录时长"), field="shift")
    credit = rules.check_typed_span(started_at, ended_at, plan_of(shift), clock.now())
    seat = take_seat(volunteer.id, shift.id, None)
    _require_room(seat, credit.days, field="started_at")
    written = {"made_by": account_id, "reason": reason.strip(), "evidence": evidence.strip()}
    made = [add_proposal(seat, day, Cause.MANUAL, Source.MANUAL, **written) for day in credit.days]
    trail("hours.propose_typed", made[0], account_id, minutes=credit.minutes, volunteer=volunteer.number)
    return made


def _volunteer_numbered(typed: str) -> Volunteer:
    number = check_volunteer_number(typed, field="volunteer_number")
    found = db.session.scalar(select(Volunteer).where(Volunteer.number == number))
    if found is None or found.status is not VolunteerStatus.ACTIVE:
        raise Invalid(N_("没有这个编号的在册志愿者，请照志愿者卡再核对一遍"), field="volunteer_number")
    return found


def _require_known_person(account_id: int) -> None:
    if not is_registered(account_id):
        raise Invalid(N_("先用自己的证件登记成志愿者，才能补录或冲销时长：要能查到是谁经手的"))


def _require_room(seat: Seat, days: Sequence[DayCredit], *, field: str) -> None:
    """Raise Invalid when the time is taken, by an entry or by a proposal that stands, or a day would be too long."""
    for day in days:
        so_far = day_so_far(seat.volunteer_id, day)
        if so_far.is_taken:
            raise Invalid(TAKEN, field=field)
        if _has_standing(seat.volunteer_id, day):
            raise Invalid(N_("这段时间已经有一条在等确认或公示的记录"), field=field)
        require_day(so_far, day, field)


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


def propose_reversal(entry: Entry, *, reason: str, account_id: int) -> Proposal:
    """Propose to take an entry back (冲销); a second person confirms it.

    Raises Invalid on reason, Conflict when the entry is or is about to be taken back.
    """
    if not reason.strip():
        raise Invalid(N_("请写明为什么要冲销"), field="reason")
    _require_known_person(account_id)
    take_volunteer(entry.volunteer_id)
    require_not_reversed(entry)
    if queries.proposed_reversal_of(entry.id) is not None:
        raise Conflict(N_("已经有人提出冲销这条记录，在等第二个人确认"))
    proposal = Proposal(
        kind=EntryKind.REVERSAL,
        reverses_id=entry.id,
        cause=Cause.CORRECTION,
        reason=reason.strip(),
        made_by=account_id,
        made_at=clock.now(),
        **same_as(entry),
    )
    db.session.add(proposal)
    db.session.flush()
    trail("hours.propose_reversal", proposal, account_id, entry=entry.public_id, minutes=entry.minutes)
    return proposal
