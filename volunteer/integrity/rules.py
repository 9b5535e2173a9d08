"""What an organization's records are measured by, beside whom, and what each number means; pure.

All of it is our decision. No number here is a proof of anything: each has readings that are innocent, and says them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Protocol

from volunteer.hours.minutes import Source
from volunteer.hours.rules import ObjectionOutcome
from volunteer.kernel.ratio import MINUTES_PER_HOUR, decimal_down, percent, ratio
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import working_days_after

# Below this an organization's shares say nothing, so it is nobody's peer.
PEER_MINUTES = 10 * MINUTES_PER_HOUR
# The median of fewer would tell an organization the figures of its neighbour.
PEERS_AT_LEAST = 3
RANKED_HOURS = (10, 100, 500, 1000)
RANKED_FROM = 100


class Span(StrEnum):
    """How far back the numbers look, today included."""

    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return _SPANS[self]

    def first_on(self, today: date) -> date:
        """Return the first day of the span that ends today."""
        return today - timedelta(days=int(self.value) - 1)


_SPANS = {Span.MONTH: N_("近 30 天"), Span.QUARTER: N_("近 90 天"), Span.YEAR: N_("近 12 个月")}


class Behind(StrEnum):
    """What the list behind a number holds."""

    SCANNED = "scanned"
    POSTER = "poster"
    MANUAL = "manual"
    PAPER = "paper"
    IMPORTED = "imported"
    OBJECTIONS = "objections"
    CORRECTIONS = "corrections"
    REVERSALS = "reversals"
    OVERDUE = "overdue"
    SIGNALS = "signals"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return _BEHIND[self]


_BEHIND = {
    Behind.SCANNED: N_("扫码记录的时长"),
    Behind.POSTER: N_("海报码记录的时长"),
    Behind.MANUAL: N_("补录的时长"),
    Behind.PAPER: N_("纸质签到的时长"),
    Behind.IMPORTED: N_("导入的时长"),
    Behind.OBJECTIONS: N_("公示期的异议"),
    Behind.CORRECTIONS: N_("更正的记录"),
    Behind.REVERSALS: N_("冲销的记录"),
    Behind.OVERDUE: N_("超期未记完的班次"),
    Behind.SIGNALS: N_("诚信提示"),
}
SOURCES: Mapping[Behind, frozenset[Source]] = {
    Behind.SCANNED: frozenset({Source.SCAN, Source.ORGANIZER_SCAN}),
    Behind.POSTER: frozenset({Source.POSTER}),
    Behind.MANUAL: frozenset({Source.MANUAL}),
    Behind.PAPER: frozenset({Source.PAPER}),
    Behind.IMPORTED: frozenset({Source.IMPORT}),
}


# What is counted


@dataclass(slots=True)
class Counts:
    """What an organization recorded in a span; minutes are effective ones, net of what was taken back.

    `late` shifts passed the tenth working day unsettled, `still_late` ones are unsettled now. Of the objections those
    are `due` that were answered or should have been; `in_time` were answered by their day.
    """

    minutes: dict[Source, int] = field(default_factory=dict)
    credits: int = 0
    reversals: int = 0
    corrections: int = 0
    objections: int = 0
    upheld: int = 0
    answered: int = 0
    due: int = 0
    in_time: int = 0
    shifts: int = 0
    late: int = 0
    still_late: int = 0
    signals: int = 0
    judged: int = 0
    to_follow: int = 0

    @property
    def total(self) -> int:
        """Return all effective minutes."""
        return sum(self.minutes.values())

    def of(self, behind: Behind) -> int:
        """Return the effective minutes of one kind of source."""
        return sum(self.minutes.get(source, 0) for source in SOURCES[behind])


class Unit(StrEnum):
    """What a measure is a share of."""

    PERCENT = "percent"
    PER_HUNDRED = "per_hundred"
    PER_HUNDRED_SHIFTS = "per_hundred_shifts"
    PER_THOUSAND_HOURS = "per_thousand_hours"


class MeasureCode(StrEnum):
    """The name of a measure, as it stands in an address."""

    SCANNED = "scanned"
    POSTER = "poster"
    MANUAL = "manual"
    PAPER = "paper"
    IMPORTED = "imported"
    OBJECTIONS = "objections"
    UPHELD = "upheld"
    IN_TIME = "in_time"
    CORRECTIONS = "corrections"
    REVERSALS = "reversals"
    OVERDUE = "overdue"
    SIGNALS = "signals"
    FOLLOWED = "followed"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: what it means in a sentence, and what honest organizations do that moves it.

    `count` and `of` are its numerator and denominator; `behind` the list that it counts.
    """

    code: MeasureCode
    label: str
    short: str
    unit: Unit
    meaning: str
    innocent: str
    behind: Behind
    count: Callable[[Counts], int]
    of: Callable[[Counts], int]

    def value(self, counts: Counts) -> Fraction | None:
        """Return the exact share, None where there is nothing to take it of."""
        part, whole = self.count(counts), self.of(counts)
        # More can be taken back in a span than was recorded in it: a share below nothing says nothing.
        return None if whole <= 0 or part < 0 else ratio(part, whole)

    def text(self, value: Fraction | None) -> str:
        """Return a value as it is shown, rounded down; "—" where there is none."""
        if value is None:
            return "—"
        if self.unit is Unit.PERCENT:
            return percent(value, 1)
        return decimal_down(value * self.factor, 1)

    @property
    def factor(self) -> int:
        """Return what a share is multiplied by to be shown in its unit."""
        return 1000 * MINUTES_PER_HOUR if self.unit is Unit.PER_THOUSAND_HOURS else 100


def _minutes_of(behind: Behind) -> Callable[[Counts], int]:
    return lambda counts: counts.of(behind)


def _share(behind: Behind, code: MeasureCode, short: str, meaning: str, innocent: str) -> Measure:
    label = _BEHIND[behind]
    return Measure(
        code, label, short, Unit.PERCENT, meaning, innocent, behind, _minutes_of(behind), lambda counts: counts.total
    )


_MEASURES = (
    _share(
        Behind.SCANNED,
        MeasureCode.SCANNED,
        N_("扫码"),
        N_("签到、签退都在现场扫码的时长，占全部时长的几成；这样的时长最站得住"),
        N_("老人、孩子多，或者现场没有信号，都会让它变低"),
    ),
    _share(
        Behind.POSTER,
        MeasureCode.POSTER,
        N_("海报码"),
        N_("扫打印出来的码记的时长；码可以拍照转发，所以要第二个人确认"),
        N_("没有屏幕和电源的场地只能贴海报"),
    ),
    _share(
        Behind.MANUAL,
        MeasureCode.MANUAL,
        N_("补录"),
        N_("由人写下时间的时长，有原因、凭据和第二个人确认"),
        N_("手机没电、忘了签到、应急活动都要补录"),
    ),
    _share(
        Behind.PAPER,
        MeasureCode.PAPER,
        N_("纸质"),
        N_("照签到表录入的时长，附签到表照片，并经过公示"),
        N_("参加的多是老人，或者在没有网络的地方"),
    ),
    _share(
        Behind.IMPORTED,
        MeasureCode.IMPORTED,
        N_("导入"),
        N_("从别的系统成批带来的时长，附凭据，并经过公示"),
        N_("换系统、并入别的队伍时会有一大批"),
    ),
    Measure(
        MeasureCode.OBJECTIONS,
        N_("公示期的异议"),
        N_("异议"),
        Unit.PER_THOUSAND_HOURS,
        N_("每 1,000 小时收到几条异议；任何人都能提，提了不等于属实"),
        N_("公示做得好、看的人多，异议也会多"),
        Behind.OBJECTIONS,
        lambda counts: counts.objections,
        lambda counts: counts.total,
    ),
    Measure(
        MeasureCode.UPHELD,
        N_("异议成立"),
        N_("异议成立"),
        Unit.PERCENT,
        N_("已答复的异议里，查实确有不对的占几成"),
        N_("愿意认错、及时改正的组织，这一项也会高"),
        Behind.OBJECTIONS,
        lambda counts: counts.upheld,
        lambda counts: counts.answered,
    ),
    Measure(
        MeasureCode.IN_TIME,
        N_("异议按时答复"),
        N_("按时答复"),
        Unit.PERCENT,
        N_("该答复的异议里，在 5 个工作日内答复的占几成"),
        N_("只有一两条异议时，一次晚了就会很低"),
        Behind.OBJECTIONS,
        lambda counts: counts.in_time,
        lambda counts: counts.due,
    ),
    Measure(
        MeasureCode.CORRECTIONS,
        N_("更正的记录"),
        N_("更正"),
        Unit.PER_HUNDRED,
        N_("每 100 条记录里，有几条后来改过"),
        N_("认真答复志愿者的疑问，更正就会多"),
        Behind.CORRECTIONS,
        lambda counts: counts.corrections,
        lambda counts: counts.credits,
    ),
    Measure(
        MeasureCode.REVERSALS,
        N_("冲销的记录"),
        N_("冲销"),
        Unit.PER_HUNDRED,
        N_("每 100 条记录里，有几条后来作废；更正也会作废原来的一条"),
        N_("选错了人、班次改期，都要冲销重记"),
        Behind.REVERSALS,
        lambda counts: counts.reversals,
        lambda counts: counts.credits,
    ),
    Measure(
        MeasureCode.OVERDUE,
        N_("超期未记完的班次"),
        N_("超期"),
        Unit.PER_HUNDRED_SHIFTS,
        N_("每 100 个班次里，有几个过了 10 个工作日还没有记完"),
        N_("负责确认的人生病、换人，会积压一阵"),
        Behind.OVERDUE,
        lambda counts: counts.late,
        lambda counts: counts.shifts,
    ),
    Measure(
        MeasureCode.SIGNALS,
        N_("诚信提示"),
        N_("提示"),
        Unit.PER_THOUSAND_HOURS,
        N_("每 1,000 小时有几条提示；提示只是请人看一看，不是处罚"),
        N_("一家人合用手机、定位偏了，都会有提示"),
        Behind.SIGNALS,
        lambda counts: counts.signals,
        lambda counts: counts.total,
    ),
    Measure(
        MeasureCode.FOLLOWED,
        N_("提示要继续核查"),
        N_("要核查"),
        Unit.PERCENT,
        N_("已判断的提示里，判断的人觉得要继续核查的占几成"),
        N_("继续核查还不是结论"),
        Behind.SIGNALS,
        lambda counts: counts.to_follow,
        lambda counts: counts.judged,
    ),
)
MEASURES: Mapping[MeasureCode, Measure] = {one.code: one for one in _MEASURES}
UNIT_LABELS = {
    Unit.PER_HUNDRED: N_("每 100 条"),
    Unit.PER_HUNDRED_SHIFTS: N_("每 100 个班次"),
    Unit.PER_THOUSAND_HOURS: N_("每 1,000 小时"),
}


# Beside others


@dataclass(frozen=True, slots=True)
class Peers:
    """The organizations that one is compared with, itself not among them: their counts."""

    counts: Sequence[Counts]

    @property
    def are_enough(self) -> bool:
        """Whether a median of them may be shown."""
        return len(self.counts) >= PEERS_AT_LEAST

    def median(self, measure: Measure) -> Fraction | None:
        """Return the median of those that have a value, None for too few."""
        known = [value for one in self.counts if (value := measure.value(one)) is not None]
        return median(known) if len(known) >= PEERS_AT_LEAST else None

    def place(self, measure: Measure, counts: Counts) -> tuple[int, int] | None:
        """Return which place from the largest value down one has among these and itself, and of how many."""
        own = measure.value(counts)
        known = [value for one in self.counts if (value := measure.value(one)) is not None]
        if own is None or len(known) < PEERS_AT_LEAST:
            return None
        return 1 + sum(value > own for value in known), len(known) + 1


def peers(counts: Iterable[Counts]) -> Peers:
    """Return those who recorded enough to be compared with."""
    return Peers([one for one in counts if one.total >= PEER_MINUTES])


def district_of(lineage: str) -> str:
    """Return the lineage of the district that an area lies in; of the city, the city's."""
    return "/".join(lineage.split("/")[:2])


# What is said of a row


OBJECTION_LABELS = {
    None: N_("还没有答复"),
    ObjectionOutcome.UPHELD: N_("成立，时长已退回"),
    ObjectionOutcome.DISMISSED: N_("不成立，重新公示"),
}


class Late(Protocol):
    """A shift that was not settled in time."""

    @property
    def due_on(self) -> date:
        """The last day on which it was in time."""

    @property
    def settled_at(self) -> datetime | None:
        """When it was settled; None while it is not."""


def late_words(one: Late, until: date) -> Words:
    """Return for how long a shift is overdue on the day `until`, or was when it was settled then."""
    days = working_days_after(one.due_on, until)
    if one.settled_at is None:
        return Words(N_("超期 %(days)d 个工作日") if days else N_("超期"), {"days": days})
    return Words(N_("晚了 %(days)d 个工作日记完") if days else N_("过了期限记完"), {"days": days})
