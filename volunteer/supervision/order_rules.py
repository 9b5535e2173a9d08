"""Orders (督办通知单): their states and who may do what, deadlines, and the gap as it stood when one was sent. Pure.

That an order has a deadline in working days, is answered with evidence and judged by the other side is what 督办 means;
the days, the reminders and the way up are our decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.periods import days_in_words
from volunteer.kernel.permissions import OFFICE_ROLES, ROLE_PERMISSIONS, Permission, Principal, Scope
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import add_working_days, knows, subtract_working_days, working_days_after
from volunteer.metrics.documents import Basis
from volunteer.metrics.rules import INDICATORS, Indicator, IndicatorCode, Measurement
from volunteer.notices.rules import packed, unpacked

USUAL_DAYS = 10
DAYS = (1, 3, 5, 7, 10, 15, 20, 30, 45, 60)
REMIND_DAYS_BEFORE = 3
LONGEST_DEMAND, LONGEST_ANSWER, LONGEST_REASON = 2000, 4000, 300
MOST_FILES = 5
MOST_FILE_BYTES = 10 * 1024 * 1024


class OrderStatus(StrEnum):
    """Where an order is."""

    AWAITING = "awaiting"
    UNDER_WAY = "under_way"
    ANSWERED = "answered"
    RETURNED = "returned"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return STATUS_LABELS[self]

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about it by either side."""
        return self not in (OrderStatus.SETTLED, OrderStatus.WITHDRAWN)


STATUS_LABELS = {
    OrderStatus.AWAITING: N_("待签收"),
    OrderStatus.UNDER_WAY: N_("办理中"),
    OrderStatus.ANSWERED: N_("已答复"),
    OrderStatus.RETURNED: N_("退回再办"),
    OrderStatus.SETTLED: N_("已办结"),
    OrderStatus.WITHDRAWN: N_("已撤回"),
}
UNANSWERED = frozenset({OrderStatus.AWAITING, OrderStatus.UNDER_WAY, OrderStatus.RETURNED})
"""While an order stands so, its deadline runs."""


class OrderAct(StrEnum):
    """What is done with an order."""

    SEND = "send"
    SIGN = "sign"
    ANSWER = "answer"
    ACCEPT = "accept"
    RETURN = "return"
    WITHDRAW = "withdraw"
    REMIND = "remind"
    ESCALATE = "escalate"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ACT_LABELS[self]


ACT_LABELS = {
    OrderAct.SEND: N_("发出督办通知单"),
    OrderAct.SIGN: N_("签收"),
    OrderAct.ANSWER: N_("答复"),
    OrderAct.ACCEPT: N_("认可，办结"),
    OrderAct.RETURN: N_("退回再办"),
    OrderAct.WITHDRAW: N_("撤回"),
    OrderAct.REMIND: N_("提醒"),
    OrderAct.ESCALATE: N_("逾期，报上级"),
}
_LEADS_TO = {
    OrderAct.SIGN: (frozenset({OrderStatus.AWAITING}), OrderStatus.UNDER_WAY),
    OrderAct.ANSWER: (frozenset({OrderStatus.UNDER_WAY, OrderStatus.RETURNED}), OrderStatus.ANSWERED),
    OrderAct.ACCEPT: (frozenset({OrderStatus.ANSWERED}), OrderStatus.SETTLED),
    OrderAct.RETURN: (frozenset({OrderStatus.ANSWERED}), OrderStatus.RETURNED),
    OrderAct.WITHDRAW: (frozenset(one for one in OrderStatus if one.is_open), OrderStatus.WITHDRAWN),
}
_TOO_LATE = {
    OrderStatus.AWAITING: N_("这份督办还没有签收，请先签收"),
    OrderStatus.UNDER_WAY: N_("这份督办已经有人签收，正在办理"),
    OrderStatus.ANSWERED: N_("这份督办已经有人答复，正等审核"),
    OrderStatus.RETURNED: N_("这份督办已经退回，要再答复一次"),
    OrderStatus.SETTLED: N_("这份督办已经办结"),
    OrderStatus.WITHDRAWN: N_("这份督办已经撤回"),
}


def may_be_done(status: OrderStatus, act: OrderAct) -> bool:
    """Return whether an order that stands so can be signed for, answered, accepted, returned or withdrawn."""
    return status in _LEADS_TO[act][0]


def next_status(status: OrderStatus, act: OrderAct) -> OrderStatus:
    """Return where an act leads; raise Conflict, saying where the order is, when it cannot be done any more."""
    if not may_be_done(status, act):
        raise Conflict(_TOO_LATE[status])
    return _LEADS_TO[act][1]


def status_after(status: OrderStatus, act: OrderAct) -> OrderStatus:
    """Return where an order stood after a step that was taken; sending, reminders and the way up leave it there."""
    return _LEADS_TO[act][1] if act in _LEADS_TO else status


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom an order runs, as lineages; `handler` is "" where an organization answers."""

    issuer: str
    target: str
    organization_id: int | None = None
    handler: str = ""

    @property
    def scope(self) -> Scope:
        """Where the order stands for whoever reads it."""
        return Scope(self.target, self.organization_id)

    def is_read_by(self, who: Principal) -> bool:
        """Return whether it is theirs to know: those who send, those who answer, and the offices above them."""
        return self.is_judged_by(who) or who.may_at(Permission.ANSWER_ORDERS, self.scope)

    def is_judged_by(self, who: Principal) -> bool:
        """Return whether somebody stands on the sender's side: its office, or one above it."""
        return who.may_at(Permission.SEND_ORDERS, Scope(self.issuer))

    def is_answered_by(self, who: Principal) -> bool:
        """Return whether somebody signs for it and answers.

        In an organization its own people. Else the offices at or above the target, as it lies today, and not at or
        above the sender's; where nobody is there, those of the sender's own office, of whom another one judges.
        """
        if self.organization_id is not None:
            return self.organization_id in who.organization_ids(Permission.ANSWER_ORDERS)
        return any(
            grant.role in OFFICE_ROLES
            and Permission.ANSWER_ORDERS in ROLE_PERMISSIONS[grant.role]
            and grant.covers(Scope(self.target))
            and (grant.lineage not in lineages_up(self.issuer) or grant.lineage == self.issuer == self.handler)
            for grant in who.grants
        )


def is_below(lineage: str, upper: str) -> bool:
    """Return whether an area lies truly below another one."""
    return lineage.startswith(upper + "/")


def lineages_up(lineage: str) -> list[str]:
    """Return a lineage and those above it, the nearest first."""
    codes = lineage.split("/")
    return ["/".join(codes[:count]) for count in range(len(codes), 0, -1)]


def lineages_between(target: str, issuer: str) -> list[str]:
    """Return the areas whose offices answer: at and above the target, but not at or above the sender's."""
    senders = lineages_up(issuer)
    return [one for one in lineages_up(target) if one not in senders]


# --- deadlines ---


def due_on(sent_on: date, working_days: int) -> date:
    """Return the last day to answer; raise Invalid on working_days for a number that nobody offers."""
    if working_days not in DAYS:
        raise Invalid(N_("请从列表里选一个期限"), field="working_days")
    return add_working_days(sent_on, working_days)


def calendar_remark(day: date) -> Words | None:
    """Return what to add to a deadline in a year whose days off are not known yet."""
    if knows(day.year):
        return None
    words = N_("%(year)s 年的放假通知还没有公布：春节等法定假日已经扣除，调休上班和补休的日子还没有算")
    return Words(words, {"year": str(day.year)})


def is_overdue(status: OrderStatus, due: date, today: date) -> bool:
    """Return whether the day has passed and no answer has come."""
    return status in UNANSWERED and due < today


def reminder(status: OrderStatus, due: date, today: date, *, begun: date, last: date | None) -> Words | None:
    """Return what a reminder says: once from three working days before the deadline on, and on the day; else None.

    `begun` is when the days began to count: a shorter time is not reminded of before its last day. `last` is when the
    last reminder was sent. So a day on which nothing ran is made up for.
    """
    if status not in UNANSWERED or today > due or last == today:
        return None
    if due == today:
        return Words(N_("今天到期"))
    first = subtract_working_days(due, REMIND_DAYS_BEFORE)
    if begun <= first <= today and (last is None or last < first):
        return Words(N_("还有 %(days)s 个工作日到期"), {"days": working_days_after(today, due)})
    return None


def days_left(due: date, today: date) -> Words:
    """Return how far the deadline is, in working days."""
    if due < today:
        return Words(N_("逾期 %(days)s 个工作日"), {"days": working_days_after(due, today)})
    if due == today:
        return Words(N_("今天到期"))
    return Words(N_("还有 %(days)s 个工作日"), {"days": working_days_after(today, due)})


# --- words ---


def order_number(mark: str, year: int, number: int) -> str:
    """Return an order's number as it is written: 襄阳文明督〔2026〕12 号."""
    return f"{mark}〔{year}〕{number} 号"


def office_called(level: AreaLevel, name: str, city_name: str, office_name: str) -> str:
    """Return what an area's office is called, after what the city calls its own: 市文明办 gives 樊城区文明办.

    Below the districts the area's own name stands for its office.
    """
    if level is AreaLevel.CITY and office_name.startswith(name):
        return office_name
    if level in (AreaLevel.CITY, AreaLevel.DISTRICT):
        return name + office_name.removeprefix(city_name).removeprefix("市")
    return name


def usual_title(area_name: str, indicator: Indicator) -> Words:
    """Return a title to begin with."""
    return Words(N_("关于%(area)s%(name)s未达标的督办通知"), {"area": area_name, "name": Words(indicator.name)})


USUAL_DEMANDS: Mapping[IndicatorCode, str] = {
    IndicatorCode.REGISTERED_SHARE: N_(
        "请摸清辖区内愿意参加、还没有注册的居民和单位职工，组织集中注册。答复时写明新增注册人数、还差多少、何时补齐。"
    ),
    IndicatorCode.ACTIVE_SHARE: N_(
        "请逐一联系本年还没有参加过活动的注册志愿者，安排就近、便于参加的活动。"
        "答复时写明组织了几场、多少人参加、还差多少、何时补齐。"
    ),
    IndicatorCode.HOURS_PER_HEAD: N_(
        "请增加常态化活动的场次，及时登记和确认服务时间。答复时写明新增场次和时长、还差多少、何时补齐。"
    ),
    IndicatorCode.SUPPORT_SHARE: N_(
        "请查找居民不满意的原因并整改，做好志愿服务的宣传。答复时写明查出的问题、采取的措施和自查结果。"
    ),
}


# --- the gap ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What an order is about, as it stood when it was sent; `forecast` says what would become of it, if that is known.

    Numbers are in persons, answers or minutes; value and threshold exact, in the indicator's unit.
    """

    indicator: Indicator
    numerator: int
    denominator: int
    value: Fraction
    threshold: Fraction
    edition: str
    as_of: date
    first_on: date
    last_on: date
    window: str
    total: str
    sentence: Words
    missing: Words
    forecast: Words | None = None

    @property
    def value_text(self) -> str:
        """Return the value as shown, rounded down."""
        return self.indicator.unit.value_text(self.value)

    @property
    def threshold_text(self) -> str:
        """Return the threshold as written in the edition."""
        return self.indicator.unit.threshold_text(self.threshold)

    @property
    def period(self) -> Words:
        """Return the days of the window in words."""
        return days_in_words(self.first_on, self.last_on)

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with the order."""
        return {
            "indicator": self.indicator.code.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": str(self.value),
            "threshold": str(self.threshold),
            "edition": self.edition,
            **{name: getattr(self, name).isoformat() for name in ("as_of", "first_on", "last_on")},
            "window": self.window,
            "total": self.total,
            **{name: _kept(getattr(self, name)) for name in ("sentence", "missing", "forecast")},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], now: datetime) -> "Gap":
        """Return the gap that `to_json` gave; `now` is when its words are read."""
        return cls(
            indicator=INDICATORS[IndicatorCode(kept["indicator"])],
            numerator=kept["numerator"],
            denominator=kept["denominator"],
            value=Fraction(kept["value"]),
            threshold=Fraction(kept["threshold"]),
            edition=kept["edition"],
            as_of=date.fromisoformat(kept["as_of"]),
            first_on=date.fromisoformat(kept["first_on"]),
            last_on=date.fromisoformat(kept["last_on"]),
            window=kept["window"],
            total=kept["total"],
            sentence=unpacked(kept["sentence"]["text"], kept["sentence"]["params"], now),
            missing=unpacked(kept["missing"]["text"], kept["missing"]["params"], now),
            forecast=kept["forecast"] and unpacked(kept["forecast"]["text"], kept["forecast"]["params"], now),
        )


def _kept(words: Words | None) -> dict[str, Any] | None:
    return None if words is None else {"text": words.msgid, "params": packed(words.params)}


def gap_of(measurement: Measurement, basis: Basis, forecast: Words | None = None) -> Gap:
    """Return the gap that is measured on a basis.

    Raises Conflict where there is none to act on: no data, no threshold in force, or the indicator is met.
    """
    name = Words(measurement.indicator.name)
    if measurement.value is None or measurement.numerator is None or measurement.denominator is None:
        raise Conflict(N_("“%(name)s”还没有数据，发不了督办：%(why)s"), name=name, why=measurement.explanation)
    if measurement.threshold is None or basis.edition is None:
        raise Conflict(N_("“%(name)s”现在没有标准，发不了督办"), name=name)
    if measurement.remarks:
        raise Conflict(N_("“%(name)s”发不了督办：%(why)s"), name=name, why=measurement.remarks[0])
    if measurement.gap is None:
        raise Conflict(N_("“%(name)s”已经达标，没有差距可以督办"), name=name)
    return Gap(
        indicator=measurement.indicator,
        numerator=measurement.numerator,
        denominator=measurement.denominator,
        value=measurement.value,
        threshold=measurement.threshold,
        edition=basis.edition.name,
        as_of=basis.as_of,
        first_on=basis.window.first_on,
        last_on=basis.window.last_on,
        window=basis.window.kind.value,
        total=basis.total.value,
        sentence=measurement.explanation,
        missing=measurement.gap,
        forecast=forecast,
    )
