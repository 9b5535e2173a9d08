"""What volunteers ask about their records, and what the organization answers."""

from sqlalchemy import update

from models.base import db
from models.hours import EntryQuestion
from volunteer.audit.operations import record
from volunteer.hours.records import Record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.organizations.queries import scope_of


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
