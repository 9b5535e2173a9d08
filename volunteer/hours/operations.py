"""Writing the ledger: presence settled at check-out, the yes of a second person, public notices, reversals.

Refusals come before the first write: a batch may go on after one.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select

from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, Proposal
from volunteer.checkin.rules import Direction, Method
from volunteer.hours import minutes, rules, telling
from volunteer.hours.awaiting import questioned, second_person_decisions
from volunteer.hours.doubts import doubt_about, reason_with
from volunteer.hours.ledger import (
    TAKEN,
    Day,
    Seat,
    day_so_far,
    enter,
    entry_values,
    free_time,
    same_as,
    take_seat,
    take_volunteer,
)
from volunteer.hours.minutes import DayCredit, Interval, Moment, Source
from volunteer.hours.natural_persons import any_erased, persons
from volunteer.hours.notifying import tell_confirmed, tell_returned
from volunteer.hours.objection_rules import may_turn_down
from volunteer.hours.objections import require_none_open, uphold_open
from volunteer.hours.office import is_member, is_of_office, principal_of_account
from volunteer.hours.proposal_seals import seal_proposal
from volunteer.hours.proposals import (
    add_proposal,
    day_beside,
    require_day,
    require_not_reversed,
    take_proposal,
    take_sealed,
    tell_unsealed,
    trail,
)
from volunteer.hours.rules import Cause, DayVerdict, EntryKind, ProposalAct, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.text import N_, Words
from volunteer.organizations.rules import may_operate

# At check-out


def settle_presence(
    volunteer_id: int,
    shift_id: int,
    arrived_at: datetime,
    left_at: datetime,
    method_in: Method,
    method_out: Method,
    check_out_event_id: int,
) -> Words:
    """Turn a presence that has just ended into entries or proposals, and return what to tell the volunteer.

    Scanned minutes up to 8 hours a day take effect at once; what hands recorded, and a day up to 12 hours, waits for
    a second person, and so do minutes of a shift that was cancelled after the volunteer had come, and minutes that a
    room above doubts; above 12 hours a returned proposal keeps the reason. A presence that the system closed is worth
    nothing until somebody tells when it ended. A check-out is settled once: told again, it changes nothing.
    """
    interval = Interval(
        Moment(1, Direction.IN, method_in, arrived_at, shift_id),
        Moment(2, Direction.OUT, method_out, left_at, shift_id),
    )
    if interval.is_forgotten:
        return Words(N_("没有扫签退码，时长先不记；到“我的记录”里填几点离开的，组织者确认后算数"))
    seat = take_seat(volunteer_id, shift_id, check_out_event_id)
    credit = minutes.credit(interval, seat.plan)
    if not credit.days:
        return telling.NOTHING
    days = [day_so_far(volunteer_id, day, check_out_event_id) for day in credit.days]
    if any(day.is_settled for day in days):
        return telling.tell_again(check_out_event_id)
    doubt = doubt_about(seat, check_out_event_id)
    settled = zip(credit.days, days, strict=True)
    return telling.joined([_settle_day(seat, day, interval, so_far, doubt) for day, so_far in settled])


def _settle_day(seat: Seat, day: DayCredit, interval: Interval, so_far: Day, doubt: Words | None) -> Words:
    judgement = rules.judge_day(so_far.minutes, day.minutes)
    cause = rules.cause_of(interval, judgement, is_cancelled=seat.is_cancelled, is_doubted=doubt is not None)
    if so_far.is_taken or judgement.verdict is DayVerdict.REFUSED:
        why = Words(TAKEN) if so_far.is_taken else judgement.reason
        add_proposal(seat, day, cause or Cause.LONG_DAY, interval.source, state=ProposalState.RETURNED, answer=str(why))
        return telling.left_out(day.minutes, why)
    if cause is None:
        enter(entry_values(seat, day, interval.source))
        return telling.entered(day.minutes, day.derivation)
    made_by, reason = _recorder(seat) if interval.source is Source.MANUAL else (None, "")
    add_proposal(seat, day, cause, interval.source, made_by=made_by, reason=reason_with(reason, doubt))
    return telling.waiting(day.minutes, cause, judgement)


def _recorder(seat: Seat) -> tuple[int | None, str]:
    """Return who recorded this presence by hand and why; of two, who recorded the going."""
    query = (
        select(PresenceEvent.recorded_by, PresenceEvent.reason, PresenceEvent.method)
        .where(
            PresenceEvent.volunteer_id == seat.volunteer_id,
            PresenceEvent.shift_id == seat.shift_id,
            PresenceEvent.id <= seat.presence_event_id,
        )
        .order_by(PresenceEvent.ordinal.desc())
        .limit(2)
    )
    by_hand = [row for row in db.session.execute(query) if row.method is Method.BY_HAND]
    return (by_hand[0].recorded_by, by_hand[0].reason) if by_hand else (None, "")


# The second person


def confirm(proposal: Proposal, *, account_id: int) -> Proposal:
    """Say yes to a proposal as a second natural person: it takes effect, or goes on public notice first.

    Raises Conflict when it does not wait any more, or with the reason why this person may not confirm it.
    """
    take_sealed(proposal)
    act = rules.confirming_act(proposal.cause, proposal.kind)
    state = rules.next_state(proposal.state, act)
    require_none_open(proposal)
    (decision,) = second_person_decisions([proposal], account_id)
    decision.require()
    if act is ProposalAct.PUT_ON_NOTICE:
        _require_still_fits(proposal)
        proposal.notice_until_on = rules.notice_until(clock.today())
    else:
        proposal.entry_id = _make_effective(proposal, checked_by=account_id)
    proposal.state, proposal.checked_by, proposal.checked_at = state, account_id, clock.now()
    seal_proposal(proposal)
    trail("hours.confirm", proposal, account_id)
    tell_confirmed(proposal)
    return proposal


def confirm_each(proposals: Iterable[Proposal], *, account_id: int) -> tuple[list[Proposal], list[Words]]:
    """Confirm what can be confirmed; return it and, for the rest, why not. The order is that of volunteers' rows."""
    confirmed: list[Proposal] = []
    refused: list[Words] = []
    for proposal in sorted(proposals, key=lambda one: (one.volunteer_id, one.id)):
        try:
            confirmed.append(confirm(proposal, account_id=account_id))
        except DomainError as error:
            refused.append(Words(N_("%(name)s：%(why)s"), {"name": proposal.volunteer.name, "why": error.words}))
    return confirmed, refused


def return_proposal(proposal: Proposal, *, reason: str, account_id: int) -> Proposal:
    """Send a proposal back with the reason, which its volunteer reads.

    Raises Invalid on reason, Conflict if it is final, or takes back minutes that this person gains by.
    """
    if not reason.strip():
        raise Invalid(N_("请写明退回的原因，志愿者会看到"), field="reason")
    take_sealed(proposal)
    _require_may_turn_down(proposal, account_id)
    proposal.state = rules.next_state(proposal.state, ProposalAct.RETURN)
    proposal.answer, proposal.notice_until_on = reason.strip(), None
    proposal.checked_by, proposal.checked_at = account_id, clock.now()
    uphold_open(proposal, answer=proposal.answer, account_id=account_id)
    seal_proposal(proposal)
    trail("hours.return", proposal, account_id)
    tell_returned(proposal)
    return proposal


def _require_may_turn_down(proposal: Proposal, account_id: int) -> None:
    if proposal.reverses_id is None or account_id == proposal.made_by:
        return
    if proposal.made_by is not None and not is_of_office(account_id, proposal.organization):
        # What the office takes back is not the organization's to keep.
        members = is_member(principal_of_account(proposal.made_by), proposal.organization_id)
        if not members:
            raise Conflict(N_("这条冲销是主管单位提出的，要退回请找主管单位"))
    entry = db.session.get_one(Entry, proposal.reverses_id)
    hands = {one for one in (entry.made_by, entry.checked_by) if one is not None}
    people = persons([account_id, *hands])
    may_turn_down(
        who=people[account_id].document_digest,
        hands={people[one].document_digest for one in hands},
        volunteer=proposal.volunteer.document_digest,
        acts_for_volunteer=proposal.volunteer.account_id == account_id,
        hand_erased=any_erased(people, hands),
    ).require()


def finish_notice(proposal_id: int, today: date) -> None:
    """Let minutes take effect whose public notice ended before `today`; what fits no longer is returned with why.

    While the organization is suspended, or the volunteer doubts them and nobody has answered, they stay on notice;
    the first day after that lets them take effect. What somebody changed past the program is left alone and told.
    """
    proposal = db.session.get_one(Proposal, proposal_id)
    if not take_proposal(proposal):
        tell_unsealed(proposal)
        return
    if proposal.state is not ProposalState.ON_NOTICE or (proposal.notice_until_on or today) >= today:
        return
    if not may_operate(proposal.organization.status).allowed or questioned([proposal.id]):
        return
    try:
        proposal.entry_id = _make_effective(proposal, checked_by=proposal.checked_by)
    except DomainError as error:
        proposal.state = rules.next_state(proposal.state, ProposalAct.RETURN)
        proposal.answer = str(error.words)
    else:
        proposal.state = rules.next_state(proposal.state, ProposalAct.FINISH_NOTICE)
    seal_proposal(proposal)
    trail("hours.finish_notice", proposal, None)
    (tell_confirmed if proposal.state is ProposalState.EFFECTIVE else tell_returned)(proposal)


def reverse_entry(entry: Entry, *, reason: str, made_by: int | None, checked_by: int | None) -> int:
    """Take an entry back: a reversal with its negative minutes, its time free again. Return the reversal's id.

    Raises Conflict when it is taken back already.
    """
    take_volunteer(entry.volunteer_id)
    require_not_reversed(entry)
    values = {**same_as(entry), "minutes": -entry.minutes, "kind": EntryKind.REVERSAL, "reverses_id": entry.id}
    reversal_id = enter({**values, "reason": reason, "made_by": made_by, "checked_by": checked_by})
    free_time(entry.id)
    return reversal_id


def _make_effective(proposal: Proposal, *, checked_by: int | None) -> int:
    people = {"made_by": proposal.made_by, "checked_by": checked_by}
    if proposal.reverses_id is not None:
        entry = db.session.get_one(Entry, proposal.reverses_id)
        return reverse_entry(entry, reason=proposal.reason, **people)
    _require_still_fits(proposal)
    if proposal.replaces is not None:
        # Back and forth in one moment: the volunteer never has both, nor neither.
        reverse_entry(proposal.replaces, reason=proposal.reason, **people)
    rest = {"kind": EntryKind.CREDIT, "presence_event_id": proposal.presence_event_id, "reason": proposal.reason}
    return enter({**same_as(proposal), **people, **rest})


def _require_still_fits(proposal: Proposal) -> None:
    """Raise when meanwhile the time was taken, the day became too long, or what it replaces was taken back."""
    if proposal.replaces is not None:
        require_not_reversed(proposal.replaces)
    day = DayCredit(
        proposal.served_on,
        proposal.started_at,
        proposal.ended_at,
        proposal.minutes,
        minutes.Derivation.from_json(proposal.derivation),
    )
    so_far = day_beside(proposal.volunteer_id, day, proposal.replaces)
    if so_far.is_taken:
        raise Conflict(TAKEN)
    require_day(so_far, day)
