"""Writing the ledger: presence settled at check-out, proposals by one person and the yes of another, reversals.

Refusals come before the first write: a batch may go on after one.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import exists, select, update

from models.activities import Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry, EntryQuestion, Proposal
from models.volunteers import Volunteer
from volunteer.activities.queries import plan_of
from volunteer.activities.rules import ActivityStatus
from volunteer.audit.operations import record
from volunteer.checkin.rules import Direction, Method
from volunteer.hours import minutes, queries, rules
from volunteer.hours.awaiting import Forgotten, is_registered, second_person_decisions
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
from volunteer.hours.queries import STANDING
from volunteer.hours.records import Record
from volunteer.hours.rules import Cause, DayVerdict, EntryKind, ProposalAct, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.text import N_, Words
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.organizations.queries import scope_of
from volunteer.volunteers.rules import VolunteerStatus

LONGEST_REASON = 300


class Doubt(Protocol):
    """What a room above looks for in a presence that is about to be settled, within the same transaction."""

    def __call__(self, *, volunteer_id: int, shift_id: int, check_out_event_id: int) -> Words | None:
        """Return why a person should look before the minutes count, None where nothing is odd."""


doubts: list[Doubt] = []
"""Filled by app.py, since the signals know the hours and not the other way round."""


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
        return Words(N_("在计划时间里不到 1 分钟，没有记时长"))
    days = [day_so_far(volunteer_id, day, check_out_event_id) for day in credit.days]
    if any(day.is_settled for day in days):
        return Words(N_("这次服务已经记过了"))
    doubt = _doubt(seat, check_out_event_id)
    settled = zip(credit.days, days, strict=True)
    return _joined([_settle_day(seat, day, interval, so_far, doubt) for day, so_far in settled])


def _doubt(seat: Seat, event_id: int) -> Words | None:
    asked = {"volunteer_id": seat.volunteer_id, "shift_id": seat.shift_id, "check_out_event_id": event_id}
    found = [words for words in (doubt(**asked) for doubt in doubts) if words is not None]
    return _joined(found) if found else None


def _settle_day(seat: Seat, day: DayCredit, interval: Interval, so_far: Day, doubt: Words | None) -> Words:
    judgement = rules.judge_day(so_far.minutes, day.minutes)
    cause = rules.cause_of(interval, judgement, is_cancelled=seat.is_cancelled, is_doubted=doubt is not None)
    if so_far.is_taken or judgement.verdict is DayVerdict.REFUSED:
        why = Words(TAKEN) if so_far.is_taken else judgement.reason
        _propose(seat, day, cause or Cause.LONG_DAY, interval.source, state=ProposalState.RETURNED, answer=str(why))
        return Words(N_("%(minutes)d 分钟没有记入：%(why)s"), {"minutes": day.minutes, "why": why})
    if cause is None:
        enter(entry_values(seat, day, interval.source))
        how = minutes.derivation_words(day.derivation)
        return Words(N_("已记入 %(minutes)d 分钟：%(how)s"), {"minutes": day.minutes, "how": how})
    made_by, reason = _recorder(seat) if interval.source is Source.MANUAL else (None, "")
    kept = "；".join(part for part in (reason, str(doubt or "")) if part)[:LONGEST_REASON]
    _propose(seat, day, cause, interval.source, made_by=made_by, reason=kept)
    why = judgement.reason if cause is Cause.LONG_DAY else Words(cause.label)
    return Words(N_("%(minutes)d 分钟等第二个人确认后记入：%(why)s"), {"minutes": day.minutes, "why": why})


def _joined(told: list[Words]) -> Words:
    said = told[0]
    for one in told[1:]:
        said = Words(N_("%(first)s；%(then)s"), {"first": said, "then": one})
    return said


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


def _propose(seat: Seat, day: DayCredit, cause: Cause, source: Source, **more: Any) -> Proposal:
    values = entry_values(seat, day, source)
    proposal = Proposal(**values, cause=cause, made_at=clock.now(), **more)
    db.session.add(proposal)
    db.session.flush()
    return proposal


# Proposed by a person


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
    made = [_propose(seat, day, cause, forgotten.interval.source, **written) for day in credit.days]
    _trail("hours.propose_end", made[0], account_id, minutes=credit.minutes)
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
    made = [_propose(seat, day, Cause.MANUAL, Source.MANUAL, **written) for day in credit.days]
    _trail("hours.propose_typed", made[0], account_id, minutes=credit.minutes, volunteer=volunteer.number)
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
        _require_day(so_far, day, field)


def _require_day(so_far: Day, day: DayCredit, field: str | None = None) -> None:
    judgement = rules.judge_day(so_far.minutes, day.minutes)
    if judgement.verdict is DayVerdict.REFUSED:
        raise Invalid(judgement.reason.msgid, field=field, **judgement.reason.params)


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
    _require_not_reversed(entry)
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
    _trail("hours.propose_reversal", proposal, account_id, entry=entry.public_id, minutes=entry.minutes)
    return proposal


def _require_not_reversed(entry: Entry) -> None:
    if entry.kind is EntryKind.REVERSAL:
        raise Conflict(N_("这条本身就是冲销，不能再冲销"))
    if queries.reversal_of(entry.id) is not None:
        raise Conflict(N_("这条记录已经冲销了"))


# The second person


def confirm(proposal: Proposal, *, account_id: int) -> Proposal:
    """Say yes to a proposal as a second natural person: it takes effect, or goes on public notice first.

    Raises Conflict when it does not wait any more, or with the reason why this person may not confirm it.
    """
    _take(proposal)
    act = rules.confirming_act(proposal.cause, proposal.kind)
    state = rules.next_state(proposal.state, act)
    (decision,) = second_person_decisions([proposal], account_id)
    decision.require()
    if act is ProposalAct.PUT_ON_NOTICE:
        _require_still_fits(proposal)
        proposal.notice_until_on = rules.notice_until(clock.today())
    else:
        proposal.entry_id = _make_effective(proposal, checked_by=account_id)
    proposal.state, proposal.checked_by, proposal.checked_at = state, account_id, clock.now()
    db.session.flush()
    _trail("hours.confirm", proposal, account_id, minutes=proposal.minutes, state=proposal.state.value)
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
    """Send a proposal back with the reason, which its volunteer reads. Raises Invalid on reason, Conflict if final."""
    if not reason.strip():
        raise Invalid(N_("请写明退回的原因，志愿者会看到"), field="reason")
    _take(proposal)
    proposal.state = rules.next_state(proposal.state, ProposalAct.RETURN)
    proposal.answer, proposal.notice_until_on = reason.strip(), None
    proposal.checked_by, proposal.checked_at = account_id, clock.now()
    _trail("hours.return", proposal, account_id, minutes=proposal.minutes)
    return proposal


def object_to_notice(proposal: Proposal, *, objection: str, account_id: int | None) -> Proposal:
    """Object to minutes on public notice: they go back to wait for a person, with what was said kept."""
    if not objection.strip():
        raise Invalid(N_("请写明哪里不对"), field="objection")
    _take(proposal)
    proposal.state = rules.next_state(proposal.state, ProposalAct.OBJECT)
    proposal.objection, proposal.objected_at = objection.strip(), clock.now()
    proposal.notice_until_on = None
    _trail("hours.object", proposal, account_id, objection=proposal.objection)
    return proposal


def finish_notice(proposal_id: int, today: date) -> None:
    """Let minutes take effect whose public notice ended before `today`; what fits no longer is returned with why."""
    proposal = db.session.get_one(Proposal, proposal_id)
    _take(proposal)
    if proposal.state is not ProposalState.ON_NOTICE or (proposal.notice_until_on or today) >= today:
        return
    try:
        proposal.entry_id = _make_effective(proposal, checked_by=proposal.checked_by)
    except DomainError as error:
        proposal.state = rules.next_state(proposal.state, ProposalAct.RETURN)
        proposal.answer = str(error.words)
    else:
        proposal.state = rules.next_state(proposal.state, ProposalAct.FINISH_NOTICE)
    db.session.flush()
    _trail("hours.finish_notice", proposal, None, minutes=proposal.minutes, state=proposal.state.value)


def reverse_entry(entry: Entry, *, reason: str, made_by: int | None, checked_by: int | None) -> int:
    """Take an entry back: a reversal with its negative minutes, its time free again. Return the reversal's id.

    Raises Conflict when it is taken back already.
    """
    take_volunteer(entry.volunteer_id)
    _require_not_reversed(entry)
    values = {**same_as(entry), "minutes": -entry.minutes, "kind": EntryKind.REVERSAL, "reverses_id": entry.id}
    reversal_id = enter({**values, "reason": reason, "made_by": made_by, "checked_by": checked_by})
    free_time(entry.id)
    return reversal_id


def _take(proposal: Proposal) -> None:
    """Take the volunteer's row, then read the proposal as it is now."""
    take_volunteer(proposal.volunteer_id)
    db.session.refresh(proposal, ["state", "notice_until_on", "entry_id", "objection"])


def _make_effective(proposal: Proposal, *, checked_by: int | None) -> int:
    if proposal.reverses_id is not None:
        entry = db.session.get_one(Entry, proposal.reverses_id)
        return reverse_entry(entry, reason=proposal.reason, made_by=proposal.made_by, checked_by=checked_by)
    _require_still_fits(proposal)
    people = {"made_by": proposal.made_by, "checked_by": checked_by}
    rest = {"kind": EntryKind.CREDIT, "presence_event_id": proposal.presence_event_id, "reason": proposal.reason}
    return enter({**same_as(proposal), **people, **rest})


def _require_still_fits(proposal: Proposal) -> None:
    """Raise when meanwhile the time was taken or the day became too long."""
    day = DayCredit(
        proposal.served_on,
        proposal.started_at,
        proposal.ended_at,
        proposal.minutes,
        minutes.Derivation.from_json(proposal.derivation),
    )
    so_far = day_so_far(proposal.volunteer_id, day)
    if so_far.is_taken:
        raise Conflict(TAKEN)
    _require_day(so_far, day)


def _trail(action: str, proposal: Proposal, account_id: int | None, **details: Any) -> None:
    organization = proposal.organization
    record(
        action, "proposal", proposal.public_id, account_id=account_id, lineage=scope_of(organization).lineage, **details
    )


# Questions


def ask_question(of: Record, *, text: str, account_id: int) -> EntryQuestion:
    """Ask the organization about a record; one open question a record. Raises Invalid on text, Conflict."""
    if not text.strip():
        raise Invalid(N_("请写明哪里有疑问"), field="text")
    if any(question.answered_at is None for question in of.questions):
        raise Conflict(N_("这条记录已经问过了，等组织答复后再问"))
    question = EntryQuestion(
        entry_id=of.entry_id,
        proposal_id=of.proposal_id,
        volunteer_id=of.volunteer.id,
        organization_id=of.organization.id,
        text=text.strip(),
        asked_by=account_id,
        asked_at=clock.now(),
    )
    db.session.add(question)
    db.session.flush()
    lineage = scope_of(of.organization).lineage
    record(
        "hours.ask", "entry_question", question.public_id, account_id=account_id, lineage=lineage, about=of.public_id
    )
    return question


def answer_question(question: EntryQuestion, *, answer: str, account_id: int) -> EntryQuestion:
    """Answer a volunteer's question; what has to change is reversed or typed in on its own.

    Raises Invalid on answer, Conflict when it is answered already.
    """
    if not answer.strip():
        raise Invalid(N_("请写答复"), field="answer")
    answered = db.session.execute(
        update(EntryQuestion)
        .where(EntryQuestion.id == question.id, EntryQuestion.answered_at.is_(None))
        .values(answer=answer.strip(), answered_by=account_id, answered_at=clock.now())
        .returning(EntryQuestion.id)
    ).first()
    if answered is None:
        raise Conflict(N_("这个问题已经有人答复了"))
    lineage = scope_of(question.organization).lineage
    record("hours.answer", "entry_question", question.public_id, account_id=account_id, lineage=lineage)
    return question
