"""Objecting to minutes on public notice, and answering: what is disputed waits until a third person has said why.

Everybody takes the volunteer's row first, so an objection, an answer and the end of the notice come one by one.
"""

from collections.abc import Iterable, Sequence

from models.base import db
from models.hours import Objection, Proposal
from volunteer.hours import rules
from volunteer.hours.correction_rules import answer_by
from volunteer.hours.objection_queries import answering, objections_to, office_answering, open_objections, third_persons
from volunteer.hours.proposal_seals import seal_proposal
from volunteer.hours.proposals import take_sealed, trail
from volunteer.hours.rules import ObjectionOutcome, ProposalAct
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.speech import hours_text
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind

# After so many that were dismissed visitors no longer object to the same minutes; who signs in may, once each.
MOST_DISMISSED = 3


def object_to(proposal: Proposal, *, text: str, account_id: int | None) -> Objection:
    """Object to minutes on public notice; they wait until everything that is held against them is answered.

    `account_id` is None for a visitor. Raises Invalid on objection, Conflict when the notice is over or the same was
    said before.
    """
    if not text.strip():
        raise Invalid(N_("请写明哪里不对"), field="objection")
    take_sealed(proposal)
    earlier = objections_to([proposal.id]).get(proposal.id, [])
    _require_new(earlier, text.strip(), account_id)
    if all(one.answered_at is not None for one in earlier):
        proposal.state = rules.next_state(proposal.state, ProposalAct.OBJECT)
        proposal.notice_until_on = None
    now = clock.now()
    objection = Objection(
        proposal_id=proposal.id,
        organization_id=proposal.organization_id,
        account_id=account_id,
        text=text.strip(),
        raised_at=now,
        answer_by_on=answer_by(clock.local_day(now)),
    )
    db.session.add(objection)
    seal_proposal(proposal)
    # Without the account: who reads the trail may be of the organization, and is not to learn who objected.
    trail("hours.object", proposal, None, objection=objection.public_id)
    _tell_raised(objection)
    return objection


def _require_new(earlier: Sequence[Objection], text: str, account_id: int | None) -> None:
    if account_id is not None and any(one.account_id == account_id for one in earlier):
        raise Conflict(N_("您已经对这条时长提过异议，一条时长每人提一次。还有话说，请找主管单位"))
    if any(one.text == text for one in earlier):
        raise Conflict(N_("同样的话已经有人提过了，答复写在公示里"), field="objection")
    dismissed = sum(one.outcome is ObjectionOutcome.DISMISSED for one in earlier)
    if account_id is None and dismissed >= MOST_DISMISSED:
        raise Conflict(N_("这条时长已经有 %(count)d 次异议不成立。再提请先登录，每人一次"), count=dismissed)


def answer_objection(
    objection: Objection, *, outcome: ObjectionOutcome, answer: str, account_id: int, for_office: bool = False
) -> Objection:
    """Answer an objection: upheld, the minutes are returned; dismissed, they go on public notice anew, from the start.

    With several objections the minutes wait for the last answer. Who answers is a third person (`may_answer`);
    `for_office`: the office answers, once the time is over or where the organization has no third person.
    Raises Invalid on answer, Conflict when it is answered already or this person may not answer.
    """
    if not answer.strip():
        raise Invalid(N_("请写明怎么核实的，提异议的人和志愿者都会看到"), field="answer")
    proposal = objection.proposal
    take_sealed(proposal)
    db.session.refresh(objection, ["answered_at"])
    if objection.answered_at is not None:
        raise Conflict(N_("这条异议已经有人答复了"))
    rows = (
        office_answering([objection], account_id, clock.today()) if for_office else answering([objection], account_id)
    )
    rows[0].decision.require()
    if outcome is ObjectionOutcome.UPHELD:
        _return(proposal, answer.strip(), account_id, for_office=for_office)
    else:
        _close(objection, ObjectionOutcome.DISMISSED, answer.strip(), account_id, for_office=for_office)
        _put_on_notice_anew(proposal)
    seal_proposal(proposal)
    trail("hours.answer_objection", proposal, account_id, objection=objection.public_id, outcome=outcome.value)
    return objection


def _return(proposal: Proposal, answer: str, account_id: int, *, for_office: bool) -> None:
    proposal.state = rules.next_state(proposal.state, ProposalAct.RETURN)
    proposal.answer, proposal.notice_until_on = answer, None
    uphold_open(proposal, answer=answer, account_id=account_id, for_office=for_office)


def uphold_open(proposal: Proposal, *, answer: str, account_id: int, for_office: bool = False) -> None:
    """Answer everything that is held against minutes which have just been returned: it was right, or is settled."""
    for objection in open_objections(proposal.id):
        _close(objection, ObjectionOutcome.UPHELD, answer, account_id, for_office=for_office)


def _put_on_notice_anew(proposal: Proposal) -> None:
    if not open_objections(proposal.id):
        proposal.state = rules.next_state(proposal.state, ProposalAct.PUT_ON_NOTICE)
        proposal.notice_until_on = rules.notice_until(clock.today())


def _close(objection: Objection, outcome: ObjectionOutcome, answer: str, account_id: int, *, for_office: bool) -> None:
    objection.outcome, objection.answer, objection.by_office = outcome, answer, for_office
    objection.answered_by, objection.answered_at = account_id, clock.now()
    db.session.flush()
    _tell_answered(objection)


def require_none_open(proposal: Proposal) -> None:
    """Raise `Conflict` while something is held against a proposal that nobody has answered."""
    if open_objections(proposal.id):
        raise Conflict(N_("这条有异议还没有答复，请先答复异议"))


# Telling


def _tell_raised(objection: Objection) -> None:
    proposal = objection.proposal
    told = {**_about(proposal), "day": objection.answer_by_on}
    link = f"/hours/objections/{objection.public_id}"
    words = Words(N_("有人对公示的“%(title)s”%(name)s %(hours)s 小时提出异议，先不生效，最晚 %(day)s答复"), told)
    about = proposal.volunteer_id
    tell_each(_concerned(proposal) - {objection.account_id or 0}, NoticeKind.OBJECTION, words, link=link, about=about)
    words = Words(N_("请答复：公示的“%(title)s”%(name)s %(hours)s 小时有人提出异议，最晚 %(day)s答复"), told)
    able = third_persons([objection])[objection.id]
    tell_each(able, NoticeKind.OBJECTION, words, link=f"{link}/answer", about=about)


def _tell_answered(objection: Objection) -> None:
    proposal = objection.proposal
    is_upheld = objection.outcome is ObjectionOutcome.UPHELD
    link = f"/hours/objections/{objection.public_id}"
    result = N_("异议成立，时长已退回") if is_upheld else N_("异议不成立")
    told = {**_about(proposal), "result": Words(result)}
    words = Words(N_("公示的“%(title)s”%(name)s %(hours)s 小时，异议有了答复：%(result)s"), told)
    about = proposal.volunteer_id
    tell_each(_concerned(proposal) - {objection.account_id or 0}, NoticeKind.OBJECTION, words, link=link, about=about)
    if objection.account_id is not None:
        words = Words(N_("您对公示的“%(title)s”提的异议有了答复：%(result)s"), told)
        tell_each([objection.account_id], NoticeKind.OBJECTION, words, link=link, about=about)


def _about(proposal: Proposal) -> dict[str, str]:
    return {
        "title": proposal.shift.activity.title,
        "name": proposal.volunteer.name,
        "hours": hours_text(proposal.minutes),
    }


def _concerned(proposal: Proposal) -> set[int]:
    """Return the accounts that hear of an objection: the volunteer's, who proposed the minutes and who confirmed."""
    people: Iterable[int | None] = (proposal.volunteer.account_id, proposal.made_by, proposal.checked_by)
    return {account_id for account_id in people if account_id is not None}
