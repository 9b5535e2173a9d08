"""Corrections that volunteers ask for: which times they may want, and where each one is, in words.

Errors are corrected on the volunteer's claim (志愿服务记录与证明出具办法); how, is our decision.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from volunteer.activities.shift_rules import PlannedShift
from volunteer.hours.minutes import DayCredit
from volunteer.hours.rules import NOTICE_DAYS, ProposalState, check_typed_span
from volunteer.kernel.clock import local_day
from volunteer.kernel.errors import Invalid
from volunteer.kernel.speech import say_month_and_day
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import add_working_days

ANSWER_WORKING_DAYS = 5
_FIELDS = {"started_at": "wanted_from", "ended_at": "wanted_to"}


def check_wanted_span(
    wanted_from: datetime | None, wanted_to: datetime | None, served_on: date, shift: PlannedShift, now: datetime
) -> DayCredit | None:
    """Return the minutes of the times that a volunteer says are right, None when they name none.

    They obey what typed times obey, and stay on the local day of the record, which is one day's. Raises `Invalid` on
    wanted_from or wanted_to.
    """
    if wanted_from is None and wanted_to is None:
        return None
    if wanted_from is None:
        raise Invalid(N_("到达时间也要填"), field="wanted_from")
    if wanted_to is None:
        raise Invalid(N_("离开时间也要填"), field="wanted_to")
    try:
        days = check_typed_span(wanted_from, wanted_to, shift, now).days
    except Invalid as error:
        raise Invalid(error.words.msgid, field=_FIELDS[error.field or ""], **error.words.params) from None
    if [day.served_on for day in days] != [served_on]:
        raise Invalid(N_("这条记录是 %(day)s的，时间要在这一天"), field="wanted_from", day=say_month_and_day(served_on))
    return days[0]


def as_recorded(typed: datetime | None, recorded: datetime) -> datetime | None:
    """Return the recorded moment where its minute was typed again: a form knows no seconds."""
    return recorded if typed == recorded.replace(second=0, microsecond=0) else typed


def answer_by(asked_on: date) -> date:
    """Return the last day to answer a question or an objection of `asked_on`: the fifth working day after it.

    Our decision: half the time that the law gives for the record itself.
    """
    return add_working_days(asked_on, ANSWER_WORKING_DAYS)


class StepState(StrEnum):
    """Where a step of a correction is."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a correction: its words, its day if it has one, and where it is."""

    words: Words
    on: date | None
    state: StepState


@dataclass(frozen=True, slots=True)
class Correction:
    """What was proposed in answer to a question: how it stands, and the moments that moved it."""

    state: ProposalState
    checked_at: datetime | None = None
    notice_until_on: date | None = None
    was_objected: bool = False
    returned_because: str = ""


def steps_of(
    asked_at: datetime, answered_at: datetime | None, correction: Correction | None, today: date
) -> list[Step]:
    """Return the way of a question on `today`: sent, answered, and a correction until it takes effect."""
    return list(_steps(asked_at, answered_at, correction, today))


def _steps(
    asked_at: datetime, answered_at: datetime | None, correction: Correction | None, today: date
) -> Iterator[Step]:
    asked_on = local_day(asked_at)
    yield Step(Words(N_("问题已发出")), asked_on, StepState.DONE)
    if answered_at is None:
        last_on = answer_by(asked_on)
        if last_on < today:
            yield Step(Words(N_("组织过期没有答复，应该在这天以前")), last_on, StepState.WRONG)
        else:
            yield Step(Words(N_("等组织答复，最晚到")), last_on, StepState.NOW)
        return
    yield Step(Words(N_("组织已答复")), local_day(answered_at), StepState.DONE)
    if correction is not None:
        yield from _steps_of_correction(correction)


def _steps_of_correction(correction: Correction) -> Iterator[Step]:
    checked_on = local_day(correction.checked_at) if correction.checked_at else None
    match correction.state:
        case ProposalState.AWAITING:
            waits = N_("公示时有人提出异议，组织在核对") if correction.was_objected else N_("更正待第二个人确认")
            yield Step(Words(waits), None, StepState.NOW)
            yield Step(Words(N_("公示 %(days)d 天"), {"days": NOTICE_DAYS}), None, StepState.NEXT)
            yield Step(Words(N_("更正生效")), None, StepState.NEXT)
        case ProposalState.ON_NOTICE:
            yield Step(Words(N_("第二个人已确认")), checked_on, StepState.DONE)
            yield Step(Words(N_("公示中，到这天为止")), correction.notice_until_on, StepState.NOW)
            yield Step(Words(N_("更正生效")), _day_after(correction.notice_until_on), StepState.NEXT)
        case ProposalState.EFFECTIVE:
            yield Step(Words(N_("第二个人已确认")), checked_on, StepState.DONE)
            yield Step(Words(N_("公示完毕，没有异议")), correction.notice_until_on, StepState.DONE)
            yield Step(Words(N_("更正已生效")), _day_after(correction.notice_until_on), StepState.DONE)
        case ProposalState.RETURNED:
            why = {"why": correction.returned_because}
            yield Step(Words(N_("更正被退回。原因：%(why)s"), why), checked_on, StepState.WRONG)


def _day_after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day else None
