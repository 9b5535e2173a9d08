"""What a volunteer is told of minutes at check-out, and told again when the same request comes twice."""

from collections.abc import Sequence

from sqlalchemy import func, select

from models.base import db
from models.hours import Entry, Proposal
from volunteer.hours import minutes as reading
from volunteer.hours import rules
from volunteer.hours.minutes import Derivation
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.kernel.text import N_, Words

NOTHING = Words(N_("在计划时间里不到 1 分钟，没有记时长"))


def entered(minutes: int, derivation: Derivation) -> Words:
    """Say that minutes took effect, and how they came about."""
    how = reading.derivation_words(derivation)
    return Words(N_("已记入 %(minutes)d 分钟：%(how)s"), {"minutes": minutes, "how": how})


def waiting(minutes: int, cause: Cause, day: rules.DayJudgement) -> Words:
    """Say that minutes wait for a second person, and why."""
    why = day.reason if cause is Cause.LONG_DAY else Words(cause.label)
    return Words(N_("%(minutes)d 分钟等第二个人确认后记入：%(why)s"), {"minutes": minutes, "why": why})


def left_out(minutes: int, why: Words) -> Words:
    """Say that minutes were not entered, and why."""
    return Words(N_("%(minutes)d 分钟没有记入：%(why)s"), {"minutes": minutes, "why": why})


def joined(told: Sequence[Words]) -> Words:
    """Say what each day brought as one text."""
    said = told[0]
    for one in told[1:]:
        said = Words(N_("%(first)s；%(then)s"), {"first": said, "then": one})
    return said


def tell_again(check_out_event_id: int) -> Words:
    """Return what was said when the check-out was settled, read from what it left."""
    entries = db.session.scalars(
        select(Entry).where(Entry.presence_event_id == check_out_event_id, Entry.kind == EntryKind.CREDIT)
    )
    told = {entry.served_on: entered(entry.minutes, Derivation.from_json(entry.derivation)) for entry in entries}
    proposals = db.session.scalars(select(Proposal).where(Proposal.presence_event_id == check_out_event_id))
    for proposal in proposals:
        told.setdefault(proposal.served_on, _of_proposal(proposal))
    return joined([told[day] for day in sorted(told)]) if told else NOTHING


def _of_proposal(proposal: Proposal) -> Words:
    if proposal.state is ProposalState.RETURNED:
        return left_out(proposal.minutes, Words(proposal.answer))
    before = db.session.scalar(
        select(func.coalesce(func.sum(Entry.minutes), 0)).where(
            Entry.volunteer_id == proposal.volunteer_id, Entry.served_on == proposal.served_on
        )
    )
    return waiting(proposal.minutes, proposal.cause, rules.judge_day(before or 0, proposal.minutes))
