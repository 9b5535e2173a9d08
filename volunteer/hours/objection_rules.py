"""Objections to minutes on public notice: by when they are answered, by whom, and where each one is, in words.

Who may object and that the answer has a time and a reason is our decision, as the public notice itself is.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

from volunteer.hours.correction_rules import Step, StepState
from volunteer.hours.rules import NOTICE_DAYS, ObjectionOutcome, ProposalState
from volunteer.kernel.clock import local_day
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.text import N_, Words


def may_answer(
    *,
    answerer: str | None,
    hands: Collection[str | None],
    volunteer: str,
    objector: str | None = None,
    acts_for_volunteer: bool = False,
    is_own_objection: bool = False,
    hand_erased: bool = False,
) -> Decision:
    """Return whether somebody may answer an objection.

    All are natural persons, told apart by the digest of their ID document. `hands`: who proposed the minutes, who
    confirmed them and who recorded an end; an objection is against what they did, so a third person looks. `objector`
    is None for a visitor, whom nobody knows; `is_own_objection`: it came from the answerer's own account. With
    `hand_erased` a hand was erased since, and may be anybody who registered anew.
    """
    if answerer is None:
        return refuse("answerer_unknown", N_("先用自己的证件登记成志愿者，才能答复异议"))
    if answerer == volunteer or acts_for_volunteer:
        return refuse("own_hours", N_("这是您自己或家人的时长，异议要由别人答复"))
    if is_own_objection or answerer == objector:
        return refuse("own_objection", N_("这条异议是您提的，要由别人答复"))
    if answerer in hands:
        return refuse("own_hand", N_("这条时长是您提出、确认或经手的，异议要由另一个人答复"))
    if hand_erased:
        return refuse("hand_erased", N_("这条时长的经手人里有人已经注销，分不清是不是同一个人，只能退回"))
    return allow("third_person")


def may_turn_down(
    *,
    who: str | None,
    hands: Collection[str | None],
    volunteer: str,
    acts_for_volunteer: bool = False,
    hand_erased: bool = False,
) -> Decision:
    """Return whether somebody may turn down the taking back of minutes: who gains by them must not keep them.

    All are natural persons by the digest of their ID document; `hands` proposed or confirmed the minutes.
    """
    if who is None:
        return refuse("unknown", N_("先用自己的证件登记成志愿者，才能退回冲销"))
    if who == volunteer or acts_for_volunteer:
        return refuse("own_hours", N_("这是您自己或家人的时长，要不要冲销由别人决定"))
    if who in hands:
        return refuse("own_hand", N_("这条时长是您提出或确认的，要不要冲销由别人决定"))
    if hand_erased:
        return refuse("hand_erased", N_("提出或确认这条时长的人已经注销，这次冲销不能退回"))
    return allow("third_person")


def office_may_step_in(answer_by_on: date, today: date, *, has_third_person: bool) -> Decision:
    """Return whether the office may answer: once the time is over, or where the organization has nobody who may."""
    if answer_by_on < today:
        return allow("overdue")
    if not has_third_person:
        return allow("nobody_else")
    return refuse("organization_first", N_("组织还在答复期里，到期没有答复再由主管单位答复"))


class ObjectionState(StrEnum):
    """Where an objection is."""

    OPEN = "open"
    OVERDUE = "overdue"
    UPHELD = "upheld"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return OBJECTION_STATE_LABELS[self]


OBJECTION_STATE_LABELS = {
    ObjectionState.OPEN: N_("等答复"),
    ObjectionState.OVERDUE: N_("过期没有答复"),
    ObjectionState.UPHELD: N_("异议成立"),
    ObjectionState.DISMISSED: N_("异议不成立"),
}


def objection_state(outcome: ObjectionOutcome | None, answer_by_on: date, today: date) -> ObjectionState:
    """Return where an objection is on `today`."""
    if outcome is not None:
        return ObjectionState(outcome.value)
    return ObjectionState.OVERDUE if answer_by_on < today else ObjectionState.OPEN


def way_of_objection(
    *,
    raised_at: datetime,
    answer_by_on: date,
    answered_at: datetime | None,
    outcome: ObjectionOutcome | None,
    by_office: bool,
    proposal_state: ProposalState,
    notice_until_on: date | None,
    today: date,
) -> list[Step]:
    """Return the way of an objection, as everybody may read it: raised, answered, and what became of the minutes."""
    steps = [Step(Words(N_("异议已收到，时长先不生效")), local_day(raised_at), StepState.DONE)]
    if outcome is None or answered_at is None:
        if answer_by_on < today:
            steps.append(Step(Words(N_("组织没有按时答复，已列给主管单位")), answer_by_on, StepState.WRONG))
        else:
            steps.append(Step(Words(N_("等组织答复，最晚到")), answer_by_on, StepState.NOW))
        return steps
    who = N_("主管单位已答复") if by_office else N_("组织已答复")
    steps.append(Step(Words(who), local_day(answered_at), StepState.DONE))
    return [*steps, _what_became(outcome, proposal_state, notice_until_on)]


def _what_became(outcome: ObjectionOutcome, state: ProposalState, notice_until_on: date | None) -> Step:
    if outcome is ObjectionOutcome.UPHELD:
        return Step(Words(N_("异议成立，时长已退回，不记入")), None, StepState.DONE)
    match state:
        case ProposalState.ON_NOTICE:
            words = Words(N_("异议不成立，重新公示 %(days)d 天，到"), {"days": NOTICE_DAYS})
            return Step(words, notice_until_on, StepState.NOW)
        case ProposalState.EFFECTIVE:
            return Step(Words(N_("异议不成立，重新公示以后已经生效")), None, StepState.DONE)
        case ProposalState.RETURNED:
            return Step(Words(N_("异议不成立；时长后来退回了，不记入")), None, StepState.DONE)
    return Step(Words(N_("异议不成立；还有别的异议没有答复")), None, StepState.NOW)
