"""Who answers a volunteer that says "that was not me": neither who wrote the minutes nor who confirmed them.

The volunteer's own no is worth no less than a stranger's objection, so the same rule holds (docs/decisions/0015).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_

from models.areas import Area
from models.base import db
from models.hours import EntryQuestion
from models.organizations import Organization
from volunteer.hours.awaiting import hands_of
from volunteer.hours.correction_rules import answer_by
from volunteer.hours.limits import office_decision
from volunteer.hours.natural_persons import Person, absent, persons
from volunteer.hours.objection_queries import members_by_organization
from volunteer.hours.objection_rules import may_answer, office_may_step_in
from volunteer.hours.office import is_member, principal_of_account
from volunteer.hours.queries import questions_with_record
from volunteer.hours.rules import ProposalState
from volunteer.kernel.clock import local_day
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.text import N_

_WORDS = {
    "answerer_unknown": N_("先用自己的证件登记成志愿者，才能答复“这不是我做的”"),
    "own_hours": N_("这是您自己或家人的时长，要由别人答复"),
    "own_hand": N_("这条时长是您提出、确认或经手的，志愿者说不是本人做的，要由另一个人答复"),
}


@dataclass(frozen=True, slots=True)
class Denied:
    """A question at a desk, whether the reader may answer it, and by when it is answered."""

    question: EntryQuestion
    decision: Decision
    answer_by_on: date


def is_denial(question: EntryQuestion) -> bool:
    """Return whether a volunteer doubts the whole of minutes that people wrote: who names other times was there."""
    if question.wanted_from is not None:
        return False
    if question.proposal is not None:
        return question.proposal.state is not ProposalState.RETURNED
    return question.entry is not None and question.entry.made_by is not None


def denials(questions: Sequence[EntryQuestion], account_id: int) -> list[Denied]:
    """Return for each of these questions whether the account may answer it; what denies nothing, anybody may."""
    hands = _hands(questions)
    people = persons({account_id, *(one for found in hands.values() for one in found)})
    return [Denied(one, _decision(one, people[account_id], people, hands[one.id]), last_day(one)) for one in questions]


def office_denials(questions: Sequence[EntryQuestion], account_id: int, today: date) -> list[Denied]:
    """Return for each of these questions whether the account may answer it for the office on `today`."""
    able = _third_persons(questions)
    who = principal_of_account(account_id)
    found = []
    for row in denials(questions, account_id):
        turn = office_may_step_in(row.answer_by_on, today, has_third_person=row.question.id in able)
        if is_member(who, row.question.organization_id):
            turn = office_decision(is_of_office=True, is_member=True)
        found.append(row if turn.allowed else Denied(row.question, turn, row.answer_by_on))
    return found


def last_day(question: EntryQuestion) -> date:
    """Return the day by which a question is answered."""
    return answer_by(local_day(question.asked_at))


def questions_for_office(lineages: Iterable[str], today: date) -> list[EntryQuestion]:
    """Return what the office below these lineages may answer: what is late, and what nobody else there may answer."""
    inside = [or_(Area.lineage == one, Area.lineage.startswith(one + "/", autoescape=True)) for one in lineages]
    query = (
        questions_with_record()
        .join(EntryQuestion.organization)
        .join(Organization.area)
        .where(EntryQuestion.answered_at.is_(None), or_(False, *inside))
        .order_by(EntryQuestion.asked_at, EntryQuestion.id)
    )
    found = db.session.scalars(query).all()
    able = _third_persons([one for one in found if last_day(one) >= today])
    return [one for one in found if last_day(one) < today or one.id not in able]


def _third_persons(questions: Sequence[EntryQuestion]) -> set[int]:
    """Return which of these questions somebody of the organization may answer."""
    members = members_by_organization({one.organization_id for one in questions})
    hands = _hands(questions)
    asked = {one for found in (*hands.values(), *members.values()) for one in found}
    people = persons(asked)
    return {
        one.id
        for one in questions
        if any(
            _decision(one, people[member], people, hands[one.id]).allowed
            for member in members.get(one.organization_id, [])
        )
    }


def _hands(questions: Sequence[EntryQuestion]) -> dict[int, set[int]]:
    recorded = hands_of([one.proposal for one in questions if one.proposal is not None])
    found = {}
    for one in questions:
        about = one.proposal or one.entry
        people = {about.made_by, about.checked_by} if about is not None else set()
        found[one.id] = {who for who in people if who is not None} | recorded.get(one.proposal_id or 0, set())
    return found


def _decision(question: EntryQuestion, who: Person, people: dict[int, Person], hands: set[int]) -> Decision:
    if not is_denial(question):
        return allow("no_denial")
    if not who.may_act:
        return absent()
    volunteer = question.volunteer
    decision = may_answer(
        answerer=who.document_digest,
        hands={people[one].document_digest for one in hands},
        volunteer=volunteer.document_digest,
        acts_for_volunteer=volunteer.account_id == who.account_id,
    )
    words = None if decision.allowed else _WORDS.get(decision.rule)
    return refuse(decision.rule, words) if words else decision
