"""What happened to a record, told in order: who did what and when, people by what they were in it and never by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from models.base import db
from models.hours import Entry, EntryQuestion, Objection, Proposal
from volunteer.hours.objection_queries import objections_to
from volunteer.hours.queries import reversal_of
from volunteer.hours.records import Record
from volunteer.hours.rules import EntryKind, ObjectionOutcome, ProposalAct, ProposalState, confirming_act
from volunteer.kernel.speech import hours_text
from volunteer.kernel.text import N_, Words

SYSTEM, VOLUNTEER, OFFICE, ANYBODY = (
    Words(N_("系统")),
    Words(N_("志愿者一方")),
    Words(N_("主管单位")),
    Words(N_("公众")),
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: when, by whom as what, in words; `why` is what that person wrote.

    `objection` is the public id of an objection with a page of its own, "" otherwise.
    """

    at: datetime
    who: Words
    what: Words
    why: str = ""
    objection: str = ""


def story_of(record: Record) -> list[Happening]:
    """Return what happened to a record, the first first."""
    teller = _Teller(record)
    return sorted(teller.tell(), key=lambda one: one.at)


class _Teller:
    """Reads what is kept of one record."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.entry = db.session.get(Entry, record.entry_id) if record.entry_id else None
        self.proposal = self._proposal()
        self.organization = record.organization.name

    def _proposal(self) -> Proposal | None:
        asked = Proposal.id == self.record.proposal_id
        if self.entry is not None:
            asked = Proposal.entry_id == self.entry.id
        return db.session.scalar(select(Proposal).where(asked))

    def tell(self) -> Iterator[Happening]:
        """Yield what happened, in no order."""
        if self.proposal is not None:
            yield from self._of_proposal(self.proposal)
        elif self.entry is not None:
            yield Happening(self.entry.made_at, SYSTEM, self._sum(N_("按扫码时间记入 %(hours)s 小时"), self.entry))
        for question in self.record.questions:
            yield from self._of_question(question)
        if self.entry is not None:
            yield from self._of_taking_back(self.entry)

    def _member(self, as_what: str) -> Words:
        told = {"organization": self.organization, "role": Words(as_what)}
        return Words(N_("%(organization)s · %(role)s"), told)

    def _maker(self, proposal: Proposal) -> Words:
        if proposal.made_by is None:
            return SYSTEM
        is_own = proposal.made_by == self.record.volunteer.account_id
        return VOLUNTEER if is_own else self._member(N_("提出人"))

    @staticmethod
    def _sum(msgid: str, of: Entry | Proposal) -> Words:
        return Words(msgid, {"hours": hours_text(abs(of.minutes))})

    # The minutes themselves

    def _of_proposal(self, proposal: Proposal) -> Iterator[Happening]:
        if proposal.state is ProposalState.RETURNED and proposal.checked_at is None:
            yield Happening(
                proposal.made_at, SYSTEM, self._sum(N_("%(hours)s 小时没有记入"), proposal), proposal.answer
            )
            return
        what = self._sum(N_("提出记入 %(hours)s 小时"), proposal)
        yield Happening(proposal.made_at, self._maker(proposal), what, proposal.reason)
        held = objections_to([proposal.id]).get(proposal.id, [])
        yield from self._of_checking(proposal, held)
        for objection in held:
            yield from self._of_objection(objection)
        if self.entry is not None and self._was_shown(proposal):
            yield Happening(self.entry.made_at, SYSTEM, Words(N_("公示期满，生效")))

    def _was_shown(self, proposal: Proposal) -> bool:
        return confirming_act(proposal.cause, proposal.kind) is ProposalAct.PUT_ON_NOTICE

    def _of_checking(self, proposal: Proposal, held: list[Objection]) -> Iterator[Happening]:
        if proposal.checked_at is None:
            return
        is_returned = proposal.state is ProposalState.RETURNED
        if is_returned and proposal.notice_until_on is None and not _upheld(proposal, held):
            who, what = self._member(N_("退回的人")), Words(N_("退回，不记入"))
            yield Happening(proposal.checked_at, who, what, proposal.answer)
            return
        confirmed = N_("确认，开始公示") if self._was_shown(proposal) else N_("确认，生效")
        yield Happening(proposal.checked_at, self._member(N_("第二个人")), Words(confirmed))
        if is_returned and proposal.notice_until_on is not None:
            # The end of the notice leaves no moment of its own on what it returns.
            what = Words(N_("公示期满时已经记不进去，退回"))
            yield Happening(proposal.checked_at, SYSTEM, what, proposal.answer)

    def _of_objection(self, objection: Objection) -> Iterator[Happening]:
        named = objection.public_id
        yield Happening(objection.raised_at, ANYBODY, Words(N_("公示期里提出异议，先不生效")), objection.text, named)
        if objection.answered_at is None:
            return
        is_upheld = objection.outcome is ObjectionOutcome.UPHELD
        what = N_("答复：异议成立，退回，不记入") if is_upheld else N_("答复：异议不成立，重新公示")
        who = OFFICE if objection.by_office else self._member(N_("答复异议的人"))
        yield Happening(objection.answered_at, who, Words(what), objection.answer, named)

    # What was asked, and what followed

    def _of_question(self, question: EntryQuestion) -> Iterator[Happening]:
        yield Happening(question.asked_at, VOLUNTEER, Words(N_("对这条记录提出疑问")), question.text)
        if question.answered_at is not None:
            what = N_("答复疑问，不改") if question.correction_id is None else N_("答复疑问，提出更正")
            yield Happening(question.answered_at, self._member(N_("答复的人")), Words(what), question.answer)

    # Taking back

    def _of_taking_back(self, entry: Entry) -> Iterator[Happening]:
        query = select(Proposal).where(or_(Proposal.reverses_id == entry.id, Proposal.replaces_id == entry.id))
        reversal = reversal_of(entry.id)
        for proposal in db.session.scalars(query.order_by(Proposal.id)):
            if proposal.kind is EntryKind.REVERSAL:
                yield from self._of_reversal(proposal)
            elif reversal is not None and proposal.state is ProposalState.EFFECTIVE:
                what = self._sum(N_("更正成 %(hours)s 小时生效，这条同时冲销"), proposal)
                yield Happening(reversal.made_at, SYSTEM, what)

    def _of_reversal(self, proposal: Proposal) -> Iterator[Happening]:
        yield Happening(proposal.made_at, self._maker(proposal), Words(N_("提出冲销")), proposal.reason)
        if proposal.checked_at is not None and proposal.state is ProposalState.EFFECTIVE:
            yield Happening(proposal.checked_at, self._member(N_("第二个人")), Words(N_("确认冲销，不再计入")))
        elif proposal.checked_at is not None:
            what = Words(N_("冲销没有通过，记录照旧"))
            yield Happening(proposal.checked_at, self._member(N_("退回的人")), what, proposal.answer)


def _upheld(proposal: Proposal, held: list[Objection]) -> bool:
    """Return whether the answer to an objection returned the proposal, and not somebody beside it."""
    return any(one.outcome is ObjectionOutcome.UPHELD and one.answered_by != proposal.checked_by for one in held)
