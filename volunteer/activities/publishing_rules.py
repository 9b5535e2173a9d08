"""What may be published: service and nothing else, with all that a volunteer has to know before signing up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from volunteer.activities.rules import RiskLevel
from volunteer.activities.shift_rules import PlannedShift, check_shift
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_, Words
from volunteer.volunteers.rules import ADULT, YOUNGEST

HIGHEST_MINIMUM_AGE = 70


def check_poster(allows_poster: bool, risk: RiskLevel) -> None:
    """Raise `Invalid` on `allows_poster` when a dangerous activity would be checked in to by a printed code.

    Our decision: a poster can be passed on, so it is weak evidence, too weak where a body may come to harm.
    """
    if allows_poster and risk is RiskLevel.DANGEROUS:
        raise Invalid(N_("有人身危险的活动不能用海报码，请去掉这一项"), field="allows_poster")


class GateQuestion(StrEnum):
    """What is not volunteering and never recorded (志愿服务记录与证明出具办法)."""

    OWN_JOB = "own_job"
    PAID = "paid"
    MEETING = "meeting"
    VISIT = "visit"
    TEAM_BUILDING = "team_building"
    INTERNSHIP = "internship"


GATE_QUESTIONS = {
    GateQuestion.OWN_JOB: N_("是参加者的本职工作吗"),
    GateQuestion.PAID: N_("参加者拿报酬吗"),
    GateQuestion.MEETING: N_("主要是开会吗"),
    GateQuestion.VISIT: N_("主要是参观考察吗"),
    GateQuestion.TEAM_BUILDING: N_("主要是单位团建吗"),
    GateQuestion.INTERNSHIP: N_("算实习或社会实践学分吗"),
}
_GATE_REASONS = {
    GateQuestion.OWN_JOB: N_("本职工作"),
    GateQuestion.PAID: N_("有报酬的工作"),
    GateQuestion.MEETING: N_("会议"),
    GateQuestion.VISIT: N_("参观考察"),
    GateQuestion.TEAM_BUILDING: N_("团建"),
    GateQuestion.INTERNSHIP: N_("实习"),
}


def judge_gate(answers: Mapping[str, bool | None]) -> Decision:
    """Return whether what is to be published is volunteering. A missing answer is a no, rule `gate_unanswered`."""
    if any(answers.get(question) is None for question in GateQuestion):
        return refuse("gate_unanswered", N_("请把“这是不是志愿服务”的几个问题都答完"))
    for question in GateQuestion:
        if answers[question]:
            return refuse(
                f"not_volunteering_{question}",
                N_("%(what)s不算志愿服务，不能在这里发布，也不能记录时长"),
                what=Words(_GATE_REASONS[question]),
            )
    return allow("volunteering", Words(N_("是志愿服务")))


def needs_insurance(risk: RiskLevel) -> bool:
    """Return whether 人身意外伤害保险 must be bought first (志愿服务条例, for dangerous service)."""
    return risk is RiskLevel.DANGEROUS


@dataclass(frozen=True, slots=True)
class ActivityText:
    """An activity as its organizer typed it; "" and None where nothing was."""

    title: str
    category: ServiceCategory
    description: str
    area_code: str
    place: str
    latitude: float | None
    longitude: float | None
    contact_name: str
    contact_phone: str
    bring: str
    requirements: str
    minimum_age: int
    risk: RiskLevel
    risks: str
    insurance: str
    gate: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class ShiftText:
    """A shift as its organizer typed it; `public_id` "" for a new one. Both moments aware."""

    public_id: str
    task: str
    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    capacity: int
    allows_walk_in: bool
    allows_poster: bool = False

    @property
    def plan(self) -> PlannedShift:
        """Return its planned time."""
        return PlannedShift(self.starts_at, self.ends_at, self.break_minutes)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an activity says of itself when it is to be published."""

    title: str
    place: str
    contact_name: str
    contact_phone: str
    minimum_age: int
    risk: RiskLevel
    risks: str
    insurance: str
    gate: Mapping[str, bool | None]


class NotReady(Invalid):
    """Several things are wrong at once: `problems`, each with its own field."""

    def __init__(self, problems: Sequence[Invalid]) -> None:
        first = problems[0]
        super().__init__(first.words.msgid, field=first.field, **first.words.params)
        self.problems = tuple(problems)


def draft_problems(draft: Draft) -> tuple[Invalid, ...]:
    """Return what is missing or wrong in what an activity says of itself, its shifts apart."""
    return (*_missing_texts(draft), *_safety_problems(draft), *_gate_problems(draft))


def publish_problems(draft: Draft, shifts: Sequence[tuple[PlannedShift, int]], now: datetime) -> tuple[Invalid, ...]:
    """Return all that keeps a draft from being published, each with its field; empty when nothing does.

    `shifts` are pairs of plan and capacity; the field of a problem in the n-th is `shifts-n-<field>`.
    """
    found = list(draft_problems(draft))
    if not shifts:
        found.append(Invalid(N_("请至少加一个班次"), field="shifts"))
    for position, (plan, capacity) in enumerate(shifts):
        try:
            check_shift(plan, capacity, now)
        except Invalid as problem:
            problem.field = f"shifts-{position}-{problem.field}"
            found.append(problem)
    return tuple(found)


def _missing_texts(draft: Draft) -> Iterable[Invalid]:
    needed = {
        "title": (draft.title, N_("请写活动名称")),
        "place": (draft.place, N_("请写地点")),
        "contact_name": (draft.contact_name, N_("请写联系人")),
        "contact_phone": (draft.contact_phone, N_("请写联系电话")),
    }
    return [Invalid(ask, field=field) for field, (text, ask) in needed.items() if not text.strip()]


def _safety_problems(draft: Draft) -> Iterable[Invalid]:
    if not YOUNGEST <= draft.minimum_age <= HIGHEST_MINIMUM_AGE:
        yield Invalid(
            N_("最低年龄要在 %(lowest)d 到 %(highest)d 岁之间"),
            field="minimum_age",
            lowest=YOUNGEST,
            highest=HIGHEST_MINIMUM_AGE,
        )
    elif draft.risk is RiskLevel.DANGEROUS and draft.minimum_age < ADULT:
        yield Invalid(N_("有人身危险的活动，最低年龄要填 %(age)d 岁或以上"), field="minimum_age", age=ADULT)
    if needs_insurance(draft.risk):
        if not draft.risks.strip():
            yield Invalid(N_("请如实写明有什么危险、怎样防护"), field="risks")
        if not draft.insurance.strip():
            yield Invalid(N_("有人身危险的活动要先买人身意外伤害保险，请写明保险公司和保单号"), field="insurance")


def _gate_problems(draft: Draft) -> Iterable[Invalid]:
    decision = judge_gate(draft.gate)
    if not decision.allowed:
        yield Invalid(decision.reason.msgid, field="gate", **decision.reason.params)
