"""What volunteers ask about their records, and what the organization makes of it: an answer, or a correction."""

from datetime import datetime

from sqlalchemy import exists, select, update

from models.base import db
from models.hours import Entry, EntryQuestion, Proposal
from volunteer.activities.queries import plan_of
from volunteer.audit.operations import record
from volunteer.hours import limits
from volunteer.hours.correction_rules import Correction, Step, answer_by, as_recorded, check_wanted_span, steps_of
from volunteer.hours.denials import denials, office_denials
from volunteer.hours.doubts import reason_at
from volunteer.hours.ledger import Seat, take_seat, take_volunteer
from volunteer.hours.minutes import DayCredit, Source
from volunteer.hours.notifying import tell_proposed
from volunteer.hours.objection_queries import members_of, open_objections
from volunteer.hours.objections import require_none_open
from volunteer.hours.operations import return_proposal
from volunteer.hours.papers import keep_photo
from volunteer.hours.photos import Photo, draw_anew
from volunteer.hours.proposal_seals import seal_proposal
from volunteer.hours.proposals import (
    add_proposal,
    is_told,
    require_known_person,
    require_room,
    require_still_open,
    require_untouched,
    require_within_volunteer_limit,
    take_typed,
    trail,
)
from volunteer.hours.queries import STANDING, reversal_of
from volunteer.hours.records import Record
from volunteer.hours.rules import Cause, EntryState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell, tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.queries import scope_of
from volunteer.organizations.rules import may_operate


def ask_question(
    of: Record,
    *,
    text: str,
    account_id: int,
    wanted_from: datetime | None = None,
    wanted_to: datetime | None = None,
) -> EntryQuestion:
    """Ask the organization about a record, and say which times are right if they are others; one open at a time.

    Raises Invalid on text, wanted_from or wanted_to, Conflict while an earlier one is open.
    """
    if not text.strip():
        raise Invalid(N_("请写明哪里不对"), field="text")
    wanted = _wanted(of, wanted_from, wanted_to)
    take_volunteer(of.volunteer.id)
    _require_none_open(of)
    question = EntryQuestion(
        entry_id=of.entry_id,
        proposal_id=of.proposal_id,
        volunteer_id=of.volunteer.id,
        organization_id=of.organization.id,
        text=text.strip(),
        asked_by=account_id,
        asked_at=clock.now(),
        wanted_from=wanted.started_at if wanted else None,
        wanted_to=wanted.ended_at if wanted else None,
    )
    db.session.add(question)
    db.session.flush()
    lineage = scope_of(of.organization).lineage
    record(
        "hours.ask", "entry_question", question.public_id, account_id=account_id, lineage=lineage, about=of.public_id
    )
    _tell_asked(question, of)
    return question


def _tell_asked(question: EntryQuestion, of: Record) -> None:
    last_on = answer_by(clock.local_day(question.asked_at))
    told = {"name": of.volunteer.name, "title": of.shift.activity.title, "day": last_on}
    words = Words(N_("%(name)s对“%(title)s”的记录有疑问，最晚 %(day)s答复"), told)
    link = f"/hours/questions/{question.public_id}"
    tell_each(members_of(of.organization.id), NoticeKind.QUESTION, words, link=link, about=of.volunteer.id)


def _wanted(
    about: Record | Entry | Proposal, wanted_from: datetime | None, wanted_to: datetime | None
) -> DayCredit | None:
    """Return the minutes of the wanted times, None where they are none or those of the record."""
    started_at, ended_at = as_recorded(wanted_from, about.started_at), as_recorded(wanted_to, about.ended_at)
    if (started_at, ended_at) == (about.started_at, about.ended_at):
        return None
    return check_wanted_span(started_at, ended_at, about.served_on, plan_of(about.shift), clock.now())


def _require_none_open(of: Record) -> None:
    same = EntryQuestion.entry_id == of.entry_id if of.entry_id else EntryQuestion.proposal_id == of.proposal_id
    if db.session.scalar(select(exists(select(EntryQuestion.id).where(same, EntryQuestion.answered_at.is_(None))))):
        raise Conflict(N_("这条记录已经问过了，等组织答复后再问"))


def answer_question(
    question: EntryQuestion, *, answer: str, account_id: int, for_office: bool = False
) -> EntryQuestion:
    """Answer a volunteer's question and leave the record as it is.

    Raises Invalid on answer, Conflict when it is answered already, or when the volunteer denies that it was them and
    this is nobody who may say otherwise.
    """
    _require_may_answer(question, account_id, for_office=for_office)
    _answer(question, answer, account_id)
    lineage = scope_of(question.organization).lineage
    record("hours.answer", "entry_question", question.public_id, account_id=account_id, lineage=lineage)
    return question


def give_way(question: EntryQuestion, *, answer: str, account_id: int) -> EntryQuestion:
    """Answer a question for the office by returning what is proposed: the minutes were not the volunteer's.

    Raises Invalid on answer, Conflict when it is answered already or nothing waits that could be returned.
    """
    if question.proposal is None:
        raise Conflict(N_("这条已经生效，要改请用冲销"))
    _require_may_answer(question, account_id, for_office=True)
    take_volunteer(question.volunteer_id)
    _answer(question, answer, account_id)
    return_proposal(question.proposal, reason=answer, account_id=account_id)
    return question


def _require_may_answer(question: EntryQuestion, account_id: int, *, for_office: bool = False) -> None:
    rows = office_denials([question], account_id, clock.today()) if for_office else denials([question], account_id)
    rows[0].decision.require()


def _answer(question: EntryQuestion, answer: str, account_id: int) -> None:
    if not answer.strip():
        raise Invalid(N_("请写明怎么核实的，志愿者会看到"), field="answer")
    answered = db.session.execute(
        update(EntryQuestion)
        .where(EntryQuestion.id == question.id, EntryQuestion.answered_at.is_(None))
        .values(answer=answer.strip(), answered_by=account_id, answered_at=clock.now())
        .returning(EntryQuestion.id)
    ).first()
    if answered is None:
        raise Conflict(N_("这个问题已经有人答复了"))
    about = question.entry or question.proposal
    if about is not None:
        told = {"name": question.volunteer.name, "title": about.shift.activity.title}
        words = Words(N_("%(name)s对“%(title)s”的疑问，组织答复了"), told)
        link = f"/hours/{about.public_id}"
        tell(question.asked_by, NoticeKind.QUESTION, words, link=link, about=question.volunteer_id)


def correct(
    question: EntryQuestion,
    *,
    wanted_from: datetime | None,
    wanted_to: datetime | None,
    answer: str,
    account_id: int,
    photo: bytes | None = None,
) -> Proposal:
    """Put the record of a question right: minutes of other times are proposed, and the question is answered.

    An effective entry stays until the new minutes take effect, and goes in that moment. A proposal that waits or is
    on public notice is returned at once, and what is odd about its presence is said beside the new one. One yes of a
    second person stands for both. What adds minutes needs a photo and keeps to the limits of what is typed in.
    Raises Invalid on answer, wanted_from, wanted_to or photo, Conflict when the question or the record has moved on.
    """
    may_operate(question.organization.status).require()
    if question.volunteer.erased_at is not None:
        raise Conflict(N_("这名志愿者已经注销，只能答复"))
    require_known_person(account_id)
    about = question.entry or question.proposal
    if about is None:
        raise LookupError("a question is about one record")
    day = _wanted(about, wanted_from, wanted_to)
    if day is None:
        raise Invalid(N_("这和记录里的时间一样，要改就填对的时间"), field="wanted_to")
    drawn = draw_anew(photo) if photo else None
    _require_may_answer(question, account_id)
    typed = take_typed(about.organization, account_id)
    take_volunteer(about.volunteer_id)
    _answer(question, answer, account_id)
    replaced = _entry_to_replace(question)
    added = day.minutes - _minutes_that_stand(question, replaced)
    sheet_id = _check_added(about, question, added, typed, drawn, account_id) if added > 0 else None
    seat = take_seat(about.volunteer_id, about.shift_id, _check_out_of(question.proposal))
    if replaced is None and question.proposal is not None:
        _give_way(question.proposal, answer, account_id)
    proposal = _propose(question, seat, day, replaced, answer, account_id)
    question.correction_id, proposal.sheet_id = proposal.id, sheet_id
    seal_proposal(proposal)
    trail("hours.correct", proposal, account_id, minutes_before=about.minutes)
    tell_proposed([proposal])
    return proposal


def _minutes_that_stand(question: EntryQuestion, replaced: Entry | None) -> int:
    """Return the minutes that go when a correction comes: none of what was returned or taken back already."""
    if replaced is not None:
        return replaced.minutes
    waits = question.proposal is not None and question.proposal.state in STANDING
    return question.proposal.minutes if question.proposal is not None and waits else 0


def _check_added(
    about: Entry | Proposal,
    question: EntryQuestion,
    added: int,
    typed: limits.Typed,
    drawn: Photo | None,
    account_id: int,
) -> int:
    """Keep the photo for minutes that a correction adds, and return its id; the days count until the question."""
    require_still_open(about.shift, clock.local_day(question.asked_at), field="wanted_to")
    if drawn is None:
        raise Invalid(N_("时长改多了，要附一张照片：签到表，或者能看出当时在场的"), field="photo")
    limits.check_typed(typed, added, about.organization.name)
    require_within_volunteer_limit(about.volunteer_id, added, field="wanted_to")
    return keep_photo(about.shift, drawn, account_id).id


def _check_out_of(proposal: Proposal | None) -> int | None:
    """Return the check-out that minutes which never took effect rest on: what corrects them settles it too."""
    event_id = proposal.presence_event_id if proposal is not None else None
    if proposal is None or event_id is None:
        return None
    return event_id if proposal.state in STANDING or not is_told(event_id) else None


def _entry_to_replace(question: EntryQuestion) -> Entry | None:
    """Return the entry that the question is about, or that its proposal has become; None when it does not count."""
    entry_id = question.entry_id
    if question.proposal is not None:
        db.session.refresh(question.proposal, ["state", "entry_id"])
        entry_id = question.proposal.entry_id
    entry = db.session.get(Entry, entry_id) if entry_id else None
    if entry is None or reversal_of(entry.id) is not None:
        return None
    require_untouched(entry)
    return entry


def _give_way(proposal: Proposal, answer: str, account_id: int) -> None:
    if proposal.state in STANDING:
        require_none_open(proposal)
        return_proposal(proposal, reason=answer, account_id=account_id)


def _propose(
    question: EntryQuestion, seat: Seat, day: DayCredit, replaced: Entry | None, answer: str, account_id: int
) -> Proposal:
    require_room(seat, [day], field="wanted_from", replaced=replaced)
    return add_proposal(
        seat,
        day,
        Cause.CORRECTION,
        Source.MANUAL,
        replaces_id=replaced.id if replaced else None,
        made_by=account_id,
        reason=reason_at(seat, question.text),
        evidence=answer.strip(),
    )


def mark_seen(of: Record) -> None:
    """Note that the volunteer has read what was answered about a record, and why it was returned."""
    now = clock.now()
    for question in of.questions:
        if question.answered_at is not None and question.seen_at is None:
            question.seen_at = now
    if of.state is EntryState.RETURNED:
        returned = db.session.get_one(Proposal, of.proposal_id)
        returned.seen_at = returned.seen_at or now
    db.session.flush()


def steps_of_question(question: EntryQuestion) -> list[Step]:
    """Return the way of a question, and of the correction that followed from it."""
    correction = question.correction
    facts = None
    if correction is not None:
        facts = Correction(
            state=correction.state,
            checked_at=correction.checked_at,
            notice_until_on=correction.notice_until_on,
            was_objected=bool(open_objections(correction.id)),
            returned_because=correction.answer,
        )
    return steps_of(question.asked_at, question.answered_at, facts, clock.today())
