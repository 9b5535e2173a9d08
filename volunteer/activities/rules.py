"""What may be published, how a shift may look, what its life is, and what a change means to those signed up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.speech import say_clock, say_time
from volunteer.kernel.text import N_, Words
from volunteer.volunteers.rules import ADULT, YOUNGEST

LONGEST_SHIFT = timedelta(hours=16)
FARTHEST_START = timedelta(days=366)
LARGEST_CAPACITY = 10_000
MOST_SHIFTS = 50
HIGHEST_MINIMUM_AGE = 70
EXTENSION_OPEN = timedelta(minutes=60)
# So long before a shift people may check in.
ARRIVAL_OPENS_BEFORE = timedelta(minutes=30)


class ActivityStatus(StrEnum):
    """Where an activity is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ACTIVITY_STATUS_LABELS[self]


ACTIVITY_STATUS_LABELS = {
    ActivityStatus.DRAFT: N_("草稿"),
    ActivityStatus.PUBLISHED: N_("已发布"),
    ActivityStatus.CANCELLED: N_("已取消"),
    ActivityStatus.CLOSED: N_("已结项"),
}


class ActivityAct(StrEnum):
    """What moves an activity on."""

    PUBLISH = "publish"
    CANCEL = "cancel"
    CLOSE = "close"


_NEXT_STATUS = {
    (ActivityStatus.DRAFT, ActivityAct.PUBLISH): ActivityStatus.PUBLISHED,
    (ActivityStatus.DRAFT, ActivityAct.CANCEL): ActivityStatus.CANCELLED,
    (ActivityStatus.PUBLISHED, ActivityAct.CANCEL): ActivityStatus.CANCELLED,
    (ActivityStatus.PUBLISHED, ActivityAct.CLOSE): ActivityStatus.CLOSED,
}
_ALREADY = {
    ActivityStatus.DRAFT: N_("活动还没有发布"),
    ActivityStatus.PUBLISHED: N_("活动已经发布了"),
    ActivityStatus.CANCELLED: N_("活动已经取消了"),
    ActivityStatus.CLOSED: N_("活动已经结项了"),
}


def next_status(status: ActivityStatus, act: ActivityAct) -> ActivityStatus:
    """Return the status after `act`; raise `Conflict` when it does not follow. Cancelled and closed are final."""
    try:
        return _NEXT_STATUS[status, act]
    except KeyError:
        raise Conflict(_ALREADY[status]) from None


class ShiftStatus(StrEnum):
    """Whether a shift takes signups."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SHIFT_STATUS_LABELS[self]


SHIFT_STATUS_LABELS = {
    ShiftStatus.OPEN: N_("报名中"),
    ShiftStatus.CLOSED: N_("停止报名"),
    ShiftStatus.CANCELLED: N_("已取消"),
}


class RiskLevel(StrEnum):
    """Whether a volunteer's body may come to harm (志愿服务条例: 可能发生人身危险的志愿服务活动)."""

    ORDINARY = "ordinary"
    DANGEROUS = "dangerous"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return RISK_LEVEL_LABELS[self]


RISK_LEVEL_LABELS = {RiskLevel.ORDINARY: N_("一般"), RiskLevel.DANGEROUS: N_("有人身危险")}


class ShiftPhase(StrEnum):
    """What a reader can do about a shift now."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


SHIFT_PHASE_LABELS = {
    ShiftPhase.OPEN: N_("报名中"),
    ShiftPhase.FULL: N_("已满，可候补"),
    ShiftPhase.CLOSED: N_("停止报名"),
    ShiftPhase.RUNNING: N_("进行中"),
    ShiftPhase.OVER: N_("已结束"),
    ShiftPhase.CANCELLED: N_("已取消"),
}


def shift_phase(status: ShiftStatus, plan: "PlannedShift", free: int, now: datetime) -> ShiftPhase:
    """Return where a shift is; `free` is how many places are left."""
    if status is ShiftStatus.CANCELLED:
        return ShiftPhase.CANCELLED
    if now >= plan.last_ends_at:
        return ShiftPhase.OVER
    if now >= plan.starts_at:
        return ShiftPhase.RUNNING
    if status is ShiftStatus.CLOSED:
        return ShiftPhase.CLOSED
    return ShiftPhase.OPEN if free > 0 else ShiftPhase.FULL


@dataclass(frozen=True, slots=True)
class Break:
    """A rest inside a shift, by the clock; both ends aware."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedShift:
    """The planned time of a shift; all moments aware.

    Breaks are clock intervals. A shift that states only `break_minutes` is read as resting in the middle of its
    planned time (our decision: it depends on nothing but the plan, and being present longer never credits less).
    """

    starts_at: datetime
    ends_at: datetime
    break_minutes: int = 0
    breaks: tuple[Break, ...] = ()
    extended_until: datetime | None = None
    extension_reason: str = ""

    @property
    def is_extended(self) -> bool:
        """Whether the organizer extended the shift and said why."""
        return (
            self.extended_until is not None
            and self.extended_until > self.ends_at
            and bool(self.extension_reason.strip())
        )

    @property
    def last_ends_at(self) -> datetime:
        """Return when the shift ends, its extension included."""
        return self.extended_until if self.is_extended and self.extended_until is not None else self.ends_at

    @property
    def rests(self) -> tuple[Break, ...]:
        """Return the breaks by the clock, in order, none overlapping another."""
        if self.breaks:
            return _disjoint(self.breaks)
        if self.break_minutes <= 0:
            return ()
        rest = timedelta(minutes=self.break_minutes)
        spare_minutes = (self.ends_at - self.starts_at - rest) // timedelta(minutes=1)
        starts_at = self.starts_at + timedelta(minutes=max(spare_minutes, 0) // 2)
        return (Break(starts_at, starts_at + rest),)


def _disjoint(breaks: Iterable[Break]) -> tuple[Break, ...]:
    kept: list[Break] = []
    for rest in sorted(breaks, key=lambda rest: (rest.starts_at, rest.ends_at)):
        if kept and rest.starts_at <= kept[-1].ends_at:
            kept[-1] = Break(kept[-1].starts_at, max(kept[-1].ends_at, rest.ends_at))
        else:
            kept.append(rest)
    return tuple(kept)


def check_shift(plan: PlannedShift, capacity: int, now: datetime, *, is_new: bool = True, taken: int = 0) -> None:
    """Raise `Invalid` on the first field that is wrong: ends_at, starts_at, break_minutes, capacity.

    `is_new` is for a shift that is being published: it must still lie ahead. `taken` is how many places are given.
    The limits (16 hours, a year ahead, 10,000 places) are our decision.
    """
    check_shape(plan, capacity, taken)
    if is_new and plan.starts_at <= now:
        raise Invalid(N_("开始时间已经过了，请改成今后的时间"), field="starts_at")
    if plan.starts_at > now + FARTHEST_START:
        raise Invalid(N_("开始时间在一年以后，请核对年份"), field="starts_at")


def check_shape(plan: PlannedShift, capacity: int, taken: int = 0) -> None:
    """Raise `Invalid` on the first field that makes no shift at all, whenever it is; a draft must pass this too."""
    check_span(plan.starts_at, plan.ends_at)
    if plan.break_minutes < 0:
        raise Invalid(N_("休息时间不能是负数"), field="break_minutes")
    if timedelta(minutes=plan.break_minutes) >= plan.ends_at - plan.starts_at:
        raise Invalid(N_("休息时间要比班次短"), field="break_minutes")
    check_capacity(capacity, taken)


def check_span(starts_at: datetime, ends_at: datetime) -> None:
    """Raise `Invalid` when a shift ends before it starts or is longer than 16 hours."""
    if ends_at <= starts_at:
        raise Invalid(N_("结束时间要晚于开始时间"), field="ends_at")
    if ends_at - starts_at > LONGEST_SHIFT:
        raise Invalid(
            N_("一个班次最长 %(hours)d 小时，跨几天的活动请分成几个班次"),
            field="ends_at",
            hours=LONGEST_SHIFT // timedelta(hours=1),
        )


def check_capacity(capacity: int, taken: int = 0) -> None:
    """Raise `Invalid` unless the capacity lies in 1..10,000 and holds those who have a place."""
    if capacity < 1:
        raise Invalid(N_("名额至少 1 人"), field="capacity")
    if capacity > LARGEST_CAPACITY:
        raise Invalid(N_("名额最多 %(largest)d 人"), field="capacity", largest=LARGEST_CAPACITY)
    if capacity < taken:
        raise Invalid(N_("已经有 %(taken)d 人报上，名额不能比这少"), field="capacity", taken=taken)


def check_poster(allows_poster: bool, risk: RiskLevel) -> None:
    """Raise `Invalid` on `allows_poster` when a dangerous activity would be checked in to by a printed code.

    Our decision: a poster can be passed on, so it is weak evidence, too weak where a body may come to harm.
    """
    if allows_poster and risk is RiskLevel.DANGEROUS:
        raise Invalid(N_("有人身危险的活动不能用海报码，请去掉这一项"), field="allows_poster")


def check_extension(plan: PlannedShift, extended_until: datetime, reason: str, now: datetime) -> None:
    """Raise `Invalid` unless the shift may be extended until then.

    An extension needs a reason and is told while people can still check out, an hour after the end at the latest
    (our decision); what people did after the planned time is then not credited.
    """
    if not reason.strip():
        raise Invalid(N_("请写明为什么延长"), field="extension_reason")
    if extended_until <= plan.ends_at:
        raise Invalid(N_("延长后的结束时间要晚于 %(time)s"), field="extended_until", time=say_clock(plan.ends_at))
    if extended_until - plan.starts_at > LONGEST_SHIFT:
        raise Invalid(
            N_("一个班次连延长在内最长 %(hours)d 小时"),
            field="extended_until",
            hours=LONGEST_SHIFT // timedelta(hours=1),
        )
    if now > plan.last_ends_at + EXTENSION_OPEN:
        raise Invalid(N_("班次结束超过一小时，不能再延长"), field="extended_until")


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


def may_close(status: ActivityStatus, last_ends_at: datetime | None, now: datetime) -> Decision:
    """Return whether an activity may be closed: published, and its last shift over."""
    if status is not ActivityStatus.PUBLISHED:
        return refuse("not_published", _ALREADY[status])
    if last_ends_at is not None and now < last_ends_at:
        return refuse("not_over", N_("最后一个班次 %(time)s 才结束，结束后再结项"), time=say_time(last_ends_at, now))
    return allow()


def may_change_time(starts_at: datetime, now: datetime) -> Decision:
    """Return whether a published shift may still change its time: only before people may be there (our decision)."""
    if now >= starts_at - ARRIVAL_OPENS_BEFORE:
        return refuse("arrivals_open", N_("签到已经开放，时间不能再改；晚结束请用“延长”"))
    return allow()


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """What of an activity, and of one shift of it, is compared when it changes."""

    title: str = ""
    place: str = ""
    description: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    bring: str = ""
    requirements: str = ""
    minimum_age: int = YOUNGEST
    risk: RiskLevel = RiskLevel.ORDINARY
    risks: str = ""
    insurance: str = ""
    task: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    break_minutes: int = 0
    capacity: int = 1


FIELD_LABELS = {
    "title": N_("活动名称"),
    "place": N_("地点"),
    "description": N_("活动说明"),
    "contact_name": N_("联系人"),
    "contact_phone": N_("联系电话"),
    "bring": N_("携带物品"),
    "requirements": N_("参加要求"),
    "minimum_age": N_("最低年龄"),
    "risk": N_("风险"),
    "risks": N_("风险说明"),
    "insurance": N_("保险"),
    "task": N_("岗位"),
    "starts_at": N_("开始时间"),
    "ends_at": N_("结束时间"),
    "break_minutes": N_("休息分钟数"),
    "capacity": N_("名额"),
}
# What happens to a shift as a whole, told with one value.
_EVENTS = {
    "cancelled": N_("这个班次取消了：%(after)s"),
    "extended_until": N_("这个班次延长到 %(after)s"),
}
# A longer description or a larger capacity changes nothing for somebody who has a place.
_MATTERS_LITTLE = frozenset({"description", "capacity"})
_TOO_LONG_TO_QUOTE = frozenset({"description", "requirements", "risks", "insurance"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed; values are as stored: texts, numbers, ISO 8601 for moments."""

    field: str
    before: str | int
    after: str | int

    @property
    def matters(self) -> bool:
        """Whether those who signed up must be shown it."""
        return self.field not in _MATTERS_LITTLE

    def words(self, now: datetime) -> Words:
        """Return what changed, in words: 地点由 东门 改为 西门."""
        if self.field in _EVENTS:
            return Words(_EVENTS[self.field], {"after": self._said(self.after, now)})
        what = Words(FIELD_LABELS[self.field])
        if self.field in _TOO_LONG_TO_QUOTE:
            return Words(N_("%(what)s有改动"), {"what": what})
        params = {"what": what, "before": self._said(self.before, now), "after": self._said(self.after, now)}
        if self.before == "":
            return Words(N_("%(what)s新增：%(after)s"), params)
        if self.after == "":
            return Words(N_("%(what)s已删去：%(before)s"), params)
        return Words(N_("%(what)s由 %(before)s 改为 %(after)s"), params)

    def _said(self, value: str | int, now: datetime) -> Words | str | int:
        if self.field in ("starts_at", "ends_at", "extended_until") and value:
            return say_time(datetime.fromisoformat(str(value)), now)
        if self.field == "risk":
            return Words(RISK_LEVEL_LABELS[RiskLevel(str(value))])
        return value

    def to_json(self) -> dict[str, Any]:
        """Return the change as it is stored."""
        return {"field": self.field, "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Change":
        """Return the change that `to_json` stored."""
        return cls(stored["field"], stored["before"], stored["after"])


def changes(before: ActivityFacts, after: ActivityFacts) -> list[Change]:
    """Return what differs, in the order in which a page shows it."""
    pairs = ((field.name, getattr(before, field.name), getattr(after, field.name)) for field in fields(ActivityFacts))
    return [Change(name, _storable(old), _storable(new)) for name, old, new in pairs if old != new]


def _storable(value: str | int | datetime | None) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else value


class When(StrEnum):
    """Which days a reader looks for activities on."""

    ANY = "any"
    TODAY = "today"
    WEEK = "week"
    WEEKEND = "weekend"
    DAY = "day"


WHEN_LABELS = {
    When.ANY: N_("全部"),
    When.TODAY: N_("今天"),
    When.WEEK: N_("本周"),
    When.WEEKEND: N_("周末"),
    When.DAY: N_("选一天"),
}
_SUNDAY = 6


def days_meant(when: When, today: date, chosen: date | None = None) -> tuple[date, date] | None:
    """Return the first and last day that `when` means, None for any day. A week ends on Sunday; `chosen` is for DAY."""
    sunday = today + timedelta(days=_SUNDAY - today.weekday())
    if when is When.TODAY:
        return today, today
    if when is When.WEEK:
        return today, sunday
    if when is When.WEEKEND:
        return max(today, sunday - timedelta(days=1)), sunday
    return (chosen, chosen) if when is When.DAY and chosen else None


def weeks_ahead(starts_at: datetime, now: datetime) -> timedelta:
    """Return by how many whole weeks a shift moves when it is copied, so that it lies ahead on the same weekday."""
    if starts_at > now:
        return timedelta(0)
    return timedelta(weeks=(now - starts_at) // timedelta(weeks=1) + 1)
