"""From presence to minutes, and what stands between minutes and the ledger.

The law (志愿服务记录与证明出具办法) asks for the time really given, in hours, recorded within ten working days. How
presence is read into minutes is our decision, versioned by `RULES_VERSION` and stored with every entry.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from volunteer.accounts.rules import Limit
from volunteer.activities.rules import PlannedShift
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.clock import LOCAL_ZONE, local_day
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.speech import hours_text as hours_text
from volunteer.kernel.speech import say_clock, say_clock_span, say_day
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import add_working_days

RULES_VERSION = "2026.1"

DAY_EFFECTIVE_MINUTES = 8 * 60
DAY_LARGEST_MINUTES = 12 * 60
NOTICE_DAYS = 7
RECORD_WORKING_DAYS = 10
STAR_HOURS = (100, 300, 600, 1000, 1500)
# The plan asks for 25 hours a registered volunteer and year.
YEAR_GOAL_MINUTES = 25 * 60
# Objections to public notices from one address.
OBJECTION_LIMIT = Limit(5, timedelta(hours=1))

_MINUTE = timedelta(minutes=1)


# Presence


@dataclass(frozen=True, slots=True)
class Moment:
    """One presence event of a volunteer. `ordinal` counts that volunteer's events from 1: odd ones come, even go."""

    ordinal: int
    direction: Direction
    method: Method
    happened_at: datetime
    shift: object
    station: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A coming and, unless it is still open, the going that ended it, both at one shift."""

    arrived: Moment
    left: Moment | None = None

    @property
    def shift(self) -> object:
        """Return the key of the shift."""
        return self.arrived.shift

    @property
    def is_open(self) -> bool:
        """Whether the volunteer has not left."""
        return self.left is None

    @property
    def is_forgotten(self) -> bool:
        """Whether the system closed it: it credits nothing until a proposed time is confirmed."""
        return self.left is not None and self.left.method is Method.AUTO_CLOSE

    @property
    def source(self) -> "Source":
        """Return what proves the interval: the weaker of its two ends."""
        methods = {end.method for end in (self.arrived, self.left) if end is not None}
        return next(source for source, weak in _SOURCES_WEAKEST_FIRST if methods & weak)


def pair(events: Iterable[Moment]) -> list[Interval]:
    """Return the intervals of one volunteer's events, in order; a last coming without a going stays open.

    `events` may be any unbroken stretch of the volunteer's events that starts with a coming. Raises ValueError where
    they do not alternate by ordinal or an interval spans two shifts: the schema does not let such events in.
    """
    ordered = sorted(events, key=lambda event: event.ordinal)
    for position, event in enumerate(ordered):
        expected = Direction.IN if event.ordinal % 2 else Direction.OUT
        if event.direction is not expected or event.ordinal != ordered[0].ordinal + position:
            raise ValueError(f"presence event {event.ordinal} is out of order")
    if ordered and ordered[0].direction is Direction.OUT:
        raise ValueError("presence starts with a coming")
    return [_interval(*ordered[start : start + 2]) for start in range(0, len(ordered), 2)]


def _interval(arrived: Moment, left: Moment | None = None) -> Interval:
    if left is not None and left.shift != arrived.shift:
        raise ValueError(f"presence events {arrived.ordinal} and {left.ordinal} are of two shifts")
    return Interval(arrived, left)


# Minutes


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one row of minutes came about; all moments aware. `part_*` is what of the presence counts on the day."""

    present_from: datetime
    present_to: datetime
    planned_from: datetime
    planned_to: datetime
    extended_to: datetime | None
    part_from: datetime
    part_to: datetime
    break_seconds: int
    minutes: int
    rules_version: str = RULES_VERSION

    def to_json(self) -> dict[str, Any]:
        """Return the derivation as it is stored: ISO 8601 moments, numbers, and the words in the source language."""
        return {
            "from": self.present_from.isoformat(),
            "to": self.present_to.isoformat(),
            "planned_from": self.planned_from.isoformat(),
            "planned_to": self.planned_to.isoformat(),
            "extended_to": self.extended_to.isoformat() if self.extended_to else None,
            "part_from": self.part_from.isoformat(),
            "part_to": self.part_to.isoformat(),
            "break_seconds": self.break_seconds,
            "minutes": self.minutes,
            "rules": self.rules_version,
            "words": str(derivation_words(self)),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Derivation":
        """Return the derivation that `to_json` stored."""
        return cls(
            present_from=datetime.fromisoformat(stored["from"]),
            present_to=datetime.fromisoformat(stored["to"]),
            planned_from=datetime.fromisoformat(stored["planned_from"]),
            planned_to=datetime.fromisoformat(stored["planned_to"]),
            extended_to=datetime.fromisoformat(stored["extended_to"]) if stored["extended_to"] else None,
            part_from=datetime.fromisoformat(stored["part_from"]),
            part_to=datetime.fromisoformat(stored["part_to"]),
            break_seconds=stored["break_seconds"],
            minutes=stored["minutes"],
            rules_version=stored["rules"],
        )


@dataclass(frozen=True, slots=True)
class DayCredit:
    """The minutes of one presence on one Asia/Shanghai day; at least 1. From start to end breaks may lie."""

    served_on: date
    started_at: datetime
    ended_at: datetime
    minutes: int
    derivation: Derivation


@dataclass(frozen=True, slots=True)
class Credit:
    """What one presence is worth: a row a local day, in order."""

    days: tuple[DayCredit, ...] = ()

    @property
    def minutes(self) -> int:
        """Return the total, which is the sum of the rows."""
        return sum(day.minutes for day in self.days)


def credit(interval: Interval, shift: PlannedShift) -> Credit:
    """Return what an interval is worth: nothing while it is open or was closed by the system, else `credit_span`."""
    if interval.left is None or interval.is_forgotten:
        return Credit()
    return credit_span(interval.arrived.happened_at, interval.left.happened_at, shift)


def credit_span(present_from: datetime, present_to: datetime, shift: PlannedShift) -> Credit:
    """Return the minutes of a presence: clipped to the plan, split by local day, breaks off, floored once a day.

    Coming early is worth nothing; staying longer only if the organizer extended the shift with a reason. Less than a
    whole minute makes no row.
    """
    started_at, ended_at = clip(present_from, present_to, shift)
    rows = []
    for part_from, part_to in _by_local_day(started_at, ended_at):
        resting = _seconds_of_rest(part_from, part_to, shift)
        minutes = (part_to - part_from - resting) // _MINUTE
        if minutes < 1:
            continue
        derivation = Derivation(
            present_from=present_from,
            present_to=present_to,
            planned_from=shift.starts_at,
            planned_to=shift.ends_at,
            extended_to=shift.last_ends_at if shift.is_extended else None,
            part_from=part_from,
            part_to=part_to,
            break_seconds=round(resting.total_seconds()),
            minutes=minutes,
        )
        rows.append(DayCredit(local_day(part_from), part_from, part_to, minutes, derivation))
    return Credit(tuple(rows))


def clip(present_from: datetime, present_to: datetime, shift: PlannedShift) -> tuple[datetime, datetime]:
    """Return the presence inside the planned time and its extension; an empty one ends where it starts."""
    started_at = max(present_from, shift.starts_at)
    ended_at = min(present_to, shift.last_ends_at)
    return started_at, max(started_at, ended_at)


def _by_local_day(started_at: datetime, ended_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    while started_at < ended_at:
        tomorrow = local_day(started_at) + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time.min, LOCAL_ZONE).astimezone(started_at.tzinfo)
        yield started_at, min(midnight, ended_at)
        started_at = midnight


def _seconds_of_rest(part_from: datetime, part_to: datetime, shift: PlannedShift) -> timedelta:
    overlaps = (min(part_to, rest.ends_at) - max(part_from, rest.starts_at) for rest in shift.rests)
    return sum((overlap for overlap in overlaps if overlap > timedelta()), timedelta())


def derivation_words(derivation: Derivation) -> Words:
    """Return how the minutes came about, in words: 14:00–16:10 在场，计划到 16:00 → 120 分钟."""
    clauses = list(_clauses(derivation))
    said = clauses[0]
    for clause in clauses[1:]:
        said = Words(N_("%(first)s，%(then)s"), {"first": said, "then": clause})
    return Words(N_("%(how)s → %(minutes)d 分钟"), {"how": said, "minutes": derivation.minutes})


def _clauses(derivation: Derivation) -> Iterator[Words]:
    yield Words(N_("%(span)s 在场"), {"span": say_clock_span(derivation.present_from, derivation.present_to)})
    if derivation.present_from < derivation.planned_from:
        yield Words(N_("计划 %(time)s 开始"), {"time": say_clock(derivation.planned_from)})
    if derivation.extended_to is not None and derivation.present_to > derivation.planned_to:
        yield Words(N_("延长到 %(time)s"), {"time": say_clock(derivation.extended_to)})
    elif derivation.present_to > derivation.planned_to:
        yield Words(N_("计划到 %(time)s"), {"time": say_clock(derivation.planned_to)})
    if local_day(derivation.part_from) != local_day(derivation.present_from):
        yield Words(N_("零点以后的部分"))
    elif derivation.part_to < min(derivation.present_to, derivation.extended_to or derivation.planned_to):
        yield Words(N_("零点以前的部分"))
    if derivation.break_seconds:
        yield Words(N_("扣除休息 %(minutes)d 分钟"), {"minutes": -(-derivation.break_seconds // 60)})


# A day


class DayVerdict(StrEnum):
    """What happens to new minutes on a day."""

    EFFECTIVE = "effective"
    SECOND_PERSON = "second_person"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DayJudgement:
    """The verdict over a day's total, and why."""

    verdict: DayVerdict
    total_minutes: int
    reason: Words


def judge_day(already_minutes: int, new_minutes: int) -> DayJudgement:
    """Judge new minutes on top of a volunteer's minutes of the same day, at all organizations.

    Up to 8 hours they take effect at once; up to 12 hours all the new minutes wait for a second person; above 12 hours
    they are refused. The limits themselves belong to the milder side.
    """
    total = already_minutes + new_minutes
    said = {"hours": hours_text(total)}
    if total <= DAY_EFFECTIVE_MINUTES:
        return DayJudgement(DayVerdict.EFFECTIVE, total, Words(N_("当天共 %(hours)s 小时，直接生效"), said))
    if total <= DAY_LARGEST_MINUTES:
        words = Words(N_("当天共 %(hours)s 小时，超过 8 小时，要第二个人确认"), said)
        return DayJudgement(DayVerdict.SECOND_PERSON, total, words)
    return DayJudgement(DayVerdict.REFUSED, total, Words(N_("当天共 %(hours)s 小时，一天最多记 12 小时"), said))


# Sources, states and what is asked of an entry


class Source(StrEnum):
    """What an entry rests on."""

    SCAN = "scan"
    ORGANIZER_SCAN = "organizer_scan"
    POSTER = "poster"
    MANUAL = "manual"
    PAPER = "paper"
    IMPORT = "import"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SOURCE_LABELS[self]


SOURCE_LABELS = {
    Source.SCAN: N_("扫码"),
    Source.ORGANIZER_SCAN: N_("组织者扫码"),
    Source.POSTER: N_("海报码"),
    Source.MANUAL: N_("补录"),
    Source.PAPER: N_("纸质签到"),
    Source.IMPORT: N_("导入"),
}
_STRICT = frozenset({Source.SCAN, Source.ORGANIZER_SCAN})
_SOURCES_WEAKEST_FIRST: Sequence[tuple[Source, frozenset[Method]]] = (
    (Source.MANUAL, frozenset({Method.BY_HAND, Method.AUTO_CLOSE})),
    (Source.PAPER, frozenset({Method.PAPER})),
    # What was put right is worth nothing: it ends where it began.
    (Source.POSTER, frozenset({Method.POSTER, Method.MENDED})),
    (Source.ORGANIZER_SCAN, frozenset({Method.ORGANIZER_SCAN, Method.OFFLINE})),
    (Source.SCAN, frozenset({Method.VENUE_CODE, Method.TYPED_CODE, Method.KIOSK})),
)


def is_strict(source: Source) -> bool:
    """Return whether scans prove the entry, so that it counts in the strict totals too."""
    return source in _STRICT


class EntryKind(StrEnum):
    """A row of the ledger gives minutes or takes back those of an earlier row."""

    CREDIT = "credit"
    REVERSAL = "reversal"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ENTRY_KIND_LABELS[self]


ENTRY_KIND_LABELS = {EntryKind.CREDIT: N_("记入"), EntryKind.REVERSAL: N_("冲销")}


class ProposalState(StrEnum):
    """Where minutes are that need a person before they count."""

    AWAITING = "awaiting"
    ON_NOTICE = "on_notice"
    EFFECTIVE = "effective"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return PROPOSAL_STATE_LABELS[self]


class EntryState(StrEnum):
    """What a person is told of a record."""

    AWAITING = "awaiting"
    ON_NOTICE = "on_notice"
    EFFECTIVE = "effective"
    REVERSED = "reversed"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return ENTRY_STATE_LABELS[self]


ENTRY_STATE_LABELS = {
    EntryState.AWAITING: N_("待确认"),
    EntryState.ON_NOTICE: N_("公示中"),
    EntryState.EFFECTIVE: N_("已生效"),
    EntryState.REVERSED: N_("已冲销"),
    EntryState.RETURNED: N_("已退回"),
}
PROPOSAL_STATE_LABELS = {state: ENTRY_STATE_LABELS[EntryState(state.value)] for state in ProposalState}


class Cause(StrEnum):
    """Why minutes need a person."""

    LONG_DAY = "long_day"
    SIGNAL = "signal"
    POSTER = "poster"
    FORGOTTEN_CHECK_OUT = "forgotten_check_out"
    FORGOTTEN_BY_HAND = "forgotten_by_hand"
    BY_HAND = "by_hand"
    ALL_BY_HAND = "all_by_hand"
    CANCELLED_SHIFT = "cancelled_shift"
    MANUAL = "manual"
    PAPER = "paper"
    IMPORT = "import"
    CORRECTION = "correction"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return CAUSE_LABELS[self]


CAUSE_LABELS = {
    Cause.LONG_DAY: N_("当天超过 8 小时"),
    Cause.SIGNAL: N_("有异常提示，要人看一看"),
    Cause.POSTER: N_("扫的是海报码，海报可以转发"),
    Cause.FORGOTTEN_CHECK_OUT: N_("忘记签退"),
    Cause.FORGOTTEN_BY_HAND: N_("签到是手工登记的，又忘记签退"),
    Cause.BY_HAND: N_("现场手工登记"),
    Cause.ALL_BY_HAND: N_("签到、签退都是手工登记的"),
    Cause.CANCELLED_SHIFT: N_("班次已经取消，要核实有没有服务"),
    Cause.MANUAL: N_("补录"),
    Cause.PAPER: N_("纸质签到"),
    Cause.IMPORT: N_("导入"),
    Cause.CORRECTION: N_("更正"),
}
_TYPED_IN = frozenset({Cause.MANUAL, Cause.PAPER, Cause.IMPORT, Cause.CORRECTION})
# Nothing but people's word stands behind them, or the plan speaks against them: the public may look first.
_PUT_ON_NOTICE = _TYPED_IN | {Cause.FORGOTTEN_BY_HAND, Cause.ALL_BY_HAND, Cause.CANCELLED_SHIFT}
_WRITTEN = frozenset({Method.BY_HAND, Method.PAPER})


def cause_of(interval: Interval, judgement: DayJudgement, *, is_cancelled: bool = False) -> Cause | None:
    """Return why the minutes of a closed interval need a person, or None when they take effect at once.

    `is_cancelled`: the shift was called off. Our decision; see docs/decisions/0006-by-hand.md.
    """
    return cause_of_ends(interval, is_cancelled=is_cancelled) or (
        None if judgement.verdict is DayVerdict.EFFECTIVE else Cause.LONG_DAY
    )


def cause_of_ends(interval: Interval, *, is_cancelled: bool = False) -> Cause | None:
    """Return why a closed interval needs a person however long it is, or None when scans prove both ends."""
    if is_cancelled:
        return Cause.CANCELLED_SHIFT
    if interval.is_forgotten:
        return Cause.FORGOTTEN_BY_HAND if interval.arrived.method in _WRITTEN else Cause.FORGOTTEN_CHECK_OUT
    if interval.source is Source.PAPER:
        return Cause.PAPER
    if interval.source is Source.POSTER:
        return Cause.POSTER
    if interval.source is Source.MANUAL:
        is_all = interval.left is not None and {interval.arrived.method, interval.left.method} <= _WRITTEN
        return Cause.ALL_BY_HAND if is_all else Cause.BY_HAND
    return None


def needs_notice(cause: Cause) -> bool:
    """Return whether confirmed minutes are first shown to the public (公示)."""
    return cause in _PUT_ON_NOTICE


def needs_evidence(cause: Cause) -> bool:
    """Return whether reason and evidence must be given with the minutes."""
    return cause in _TYPED_IN


def notice_until(begins_on: date, days: int = NOTICE_DAYS) -> date:
    """Return the last day of a public notice that begins on `begins_on`; the minutes count from the day after."""
    return begins_on + timedelta(days=days - 1)


class ProposalAct(StrEnum):
    """What moves a proposal on. `confirm` is the second person's; `finish_notice` the clock's; `object` anybody's."""

    CONFIRM = "confirm"
    PUT_ON_NOTICE = "put_on_notice"
    FINISH_NOTICE = "finish_notice"
    OBJECT = "object"
    RETURN = "return"


_NEXT_STATE = {
    (ProposalState.AWAITING, ProposalAct.CONFIRM): ProposalState.EFFECTIVE,
    (ProposalState.AWAITING, ProposalAct.PUT_ON_NOTICE): ProposalState.ON_NOTICE,
    (ProposalState.AWAITING, ProposalAct.RETURN): ProposalState.RETURNED,
    (ProposalState.ON_NOTICE, ProposalAct.FINISH_NOTICE): ProposalState.EFFECTIVE,
    (ProposalState.ON_NOTICE, ProposalAct.OBJECT): ProposalState.AWAITING,
    (ProposalState.ON_NOTICE, ProposalAct.RETURN): ProposalState.RETURNED,
}
_STANDS = {
    ProposalState.AWAITING: N_("这条记录在等确认，现在不能这样处理"),
    ProposalState.ON_NOTICE: N_("这条记录正在公示，公示结束后自动生效"),
    ProposalState.EFFECTIVE: N_("这条记录已经生效，要改请用冲销"),
    ProposalState.RETURNED: N_("这条记录已经退回，请重新提出"),
}


def next_state(state: ProposalState, act: ProposalAct) -> ProposalState:
    """Return the state after `act`; raise `Conflict` when it does not follow. Effective and returned are final."""
    try:
        return _NEXT_STATE[state, act]
    except KeyError:
        raise Conflict(_STANDS[state]) from None


def confirming_act(cause: Cause, kind: EntryKind = EntryKind.CREDIT) -> ProposalAct:
    """Return what a second person's yes does to a proposal; taking minutes back needs no public notice."""
    is_shown_first = kind is EntryKind.CREDIT and needs_notice(cause)
    return ProposalAct.PUT_ON_NOTICE if is_shown_first else ProposalAct.CONFIRM


def may_confirm(
    *,
    maker: str | None,
    checker: str | None,
    volunteer: str,
    hands: Collection[str | None] = (),
    made_by_system: bool = False,
    acts_for_volunteer: bool = False,
) -> Decision:
    """Return whether the checker may confirm minutes of the volunteer that the maker proposed.

    All are natural persons, told apart by the digest of their ID document and not by account: nobody confirms what
    they made, what they had a hand in (`hands`: who wrote down an end or extended the shift), nor anything for
    themselves or for whom their account acts (a child, an elder). Who has no real name on record is nobody who could
    be told apart.
    """
    if checker is None:
        return refuse("checker_unknown", N_("先用自己的证件登记成志愿者，才能确认别人的时长"))
    if checker == volunteer:
        return refuse("own_hours", N_("自己的时长要由别人确认"))
    if acts_for_volunteer:
        return refuse("own_family", N_("这是您替家人管的志愿者，请换一个人确认"))
    if maker is None and not made_by_system:
        return refuse("maker_unknown", N_("提出人没有实名登记，请提出人先登记再确认"))
    if None in hands:
        return refuse("hand_unknown", N_("登记或延长班次的人没有实名登记，请先登记再确认"))
    if checker == maker:
        return refuse("own_proposal", N_("这条是您自己提出的，请换一个人确认"))
    if checker in hands:
        return refuse("own_hand", N_("这次的签到、签退或延长是您登记的，请换一个人确认"))
    return allow("second_person")


def confirm_by(ended_on: date) -> date:
    """Return the last day to record an activity that ended then: the tenth working day after (出具办法)."""
    return add_working_days(ended_on, RECORD_WORKING_DAYS)


def deadline_words(last_on: date, today: date) -> Words:
    """Return how much time is left to record an activity, in words."""
    if last_on < today:
        return Words(N_("已超期 %(days)d 天"), {"days": (today - last_on).days})
    if last_on == today:
        return Words(N_("今天要记完"))
    return Words(N_("%(day)s前要记完"), {"day": say_day(last_on, today)})


# What people type


def check_typed_span(started_at: datetime, ended_at: datetime, shift: PlannedShift, now: datetime) -> Credit:
    """Return the credit of typed times, or raise `Invalid` on started_at or ended_at.

    The times lie inside the planned time and not in the future, and are worth a minute at least.
    """
    if ended_at <= started_at:
        raise Invalid(N_("离开时间要晚于到达时间"), field="ended_at")
    planned = say_clock_span(shift.starts_at, shift.last_ends_at)
    if not shift.starts_at <= started_at < shift.last_ends_at:
        raise Invalid(N_("到达时间要在计划的 %(planned)s 以内"), field="started_at", planned=planned)
    if ended_at > shift.last_ends_at:
        raise Invalid(N_("离开时间要在计划的 %(planned)s 以内"), field="ended_at", planned=planned)
    if ended_at > now:
        raise Invalid(N_("离开时间还没有到"), field="ended_at")
    return _worth_something(credit_span(started_at, ended_at, shift))


def check_proposed_end(interval: Interval, ended_at: datetime, shift: PlannedShift, now: datetime) -> Credit:
    """Return the credit of a forgotten interval with a proposed end, or raise `Invalid` on ended_at."""
    arrived_at = interval.arrived.happened_at
    if ended_at <= arrived_at:
        raise Invalid(N_("离开时间要晚于签到的 %(time)s"), field="ended_at", time=say_clock(arrived_at))
    if ended_at > shift.last_ends_at:
        raise Invalid(N_("班次 %(time)s 结束，离开时间不能更晚"), field="ended_at", time=say_clock(shift.last_ends_at))
    if ended_at > now:
        raise Invalid(N_("离开时间还没有到"), field="ended_at")
    return _worth_something(credit_span(arrived_at, ended_at, shift))


def _worth_something(found: Credit) -> Credit:
    if not found.days:
        raise Invalid(N_("这段时间不到 1 分钟，或全在休息时间里"), field="ended_at")
    return found


def check_reason(cause: Cause, reason: str, evidence: str) -> None:
    """Raise `Invalid` on reason or evidence when the cause asks for them and they are empty."""
    if cause is not Cause.LONG_DAY and not reason.strip():
        raise Invalid(N_("请写明原因"), field="reason")
    if needs_evidence(cause) and not evidence.strip():
        raise Invalid(N_("请写明凭据，例如签到表、现场照片在哪里"), field="evidence")


# What is shown


def star_level(minutes: int, thresholds: Sequence[int] = STAR_HOURS) -> int:
    """Return how many stars effective minutes are worth; `thresholds` are hours in ascending order."""
    return sum(minutes >= hours * 60 for hours in thresholds)


def minutes_to_next_star(minutes: int, thresholds: Sequence[int] = STAR_HOURS) -> int | None:
    """Return how many minutes are missing to the next star, or None with all of them."""
    return next((hours * 60 - minutes for hours in thresholds if minutes < hours * 60), None)
