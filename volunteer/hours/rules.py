"""What stands between minutes and the ledger: limits of a day, second persons, public notices, what people type.

The law (志愿服务记录与证明出具办法) asks for the record within ten working days; the rest is our decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from volunteer.accounts.rules import Limit
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import Method
from volunteer.hours.minutes import Credit, Interval, Source, credit_span
from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.speech import hours_text as hours_text
from volunteer.kernel.speech import say_clock, say_clock_span, say_last_day
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import add_working_days, working_days_after

DAY_EFFECTIVE_MINUTES = 8 * 60
DAY_LARGEST_MINUTES = 12 * 60
NOTICE_DAYS = 7
RECORD_WORKING_DAYS = 10
STAR_HOURS = (100, 300, 600, 1000, 1500)
# The plan asks for 25 hours a registered volunteer and year.
YEAR_GOAL_MINUTES = 25 * 60
# Objections to public notices from one address.
OBJECTION_LIMIT = Limit(5, timedelta(hours=1))


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


# States and what is asked of an entry


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
    OFFLINE = "offline"
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
    Cause.OFFLINE: N_("签到、签退都是断网时扫的"),
    Cause.FORGOTTEN_CHECK_OUT: N_("忘记签退"),
    Cause.FORGOTTEN_BY_HAND: N_("签到不是现场扫的码，又忘记签退"),
    Cause.BY_HAND: N_("签到或签退是手工登记的"),
    Cause.ALL_BY_HAND: N_("签到、签退都是手工登记的"),
    Cause.CANCELLED_SHIFT: N_("班次已经取消，要核实有没有服务"),
    Cause.MANUAL: N_("补录"),
    Cause.PAPER: N_("纸质签到"),
    Cause.IMPORT: N_("导入"),
    Cause.CORRECTION: N_("更正"),
}
TYPED_IN = frozenset({Cause.MANUAL, Cause.PAPER, Cause.IMPORT, Cause.CORRECTION})
LOOK_FIRST = TYPED_IN | {Cause.SIGNAL}
"""What a second person looks at one by one: a photo, or what speaks against it; ticking all leaves these out."""
# Nothing but people's word stands behind them, or the plan speaks against them: the public may look first.
_PUT_ON_NOTICE = TYPED_IN | {Cause.FORGOTTEN_BY_HAND, Cause.ALL_BY_HAND, Cause.CANCELLED_SHIFT}
_WRITTEN = frozenset({Method.BY_HAND, Method.PAPER})
# A poster is scanned from anywhere: with a told end nothing shows that anybody was there.
_UNSEEN = _WRITTEN | {Method.POSTER}


def cause_of(
    interval: Interval, judgement: DayJudgement, *, is_cancelled: bool = False, is_doubted: bool = False
) -> Cause | None:
    """Return why the minutes of a closed interval need a person, or None when they take effect at once.

    `is_cancelled`: the shift was called off; `is_doubted`: something about the presence looks odd, which only ever
    asks for a second person. Our decision; see docs/decisions/0006-by-hand.md.
    """
    if cause := cause_of_ends(interval, is_cancelled=is_cancelled):
        return cause
    if is_doubted:
        return Cause.SIGNAL
    return None if judgement.verdict is DayVerdict.EFFECTIVE else Cause.LONG_DAY


def cause_of_ends(interval: Interval, *, is_cancelled: bool = False) -> Cause | None:
    """Return why a closed interval needs a person however long it is, or None when scans prove both ends.

    A code that was scanned without a network proves that the volunteer's telephone asked our server at its moment, not
    that it was at the station; one scan while the server looks on proves that the two were together.
    """
    if is_cancelled:
        return Cause.CANCELLED_SHIFT
    if interval.is_forgotten:
        return Cause.FORGOTTEN_BY_HAND if interval.arrived.method in _UNSEEN else Cause.FORGOTTEN_CHECK_OUT
    if interval.source is Source.PAPER:
        return Cause.PAPER
    if interval.source is Source.POSTER:
        return Cause.POSTER
    if interval.source is Source.MANUAL:
        return Cause.ALL_BY_HAND if interval.methods <= _WRITTEN else Cause.BY_HAND
    return Cause.OFFLINE if interval.methods == {Method.OFFLINE} else None


def needs_notice(cause: Cause) -> bool:
    """Return whether confirmed minutes are first shown to the public (公示)."""
    return cause in _PUT_ON_NOTICE


def needs_evidence(cause: Cause) -> bool:
    """Return whether reason and evidence must be given with the minutes."""
    return cause in TYPED_IN


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
    they made, what they had a hand in (`hands`: who recorded an end, by a scan too, or extended the shift), nor
    anything for themselves or for whom their account acts (a child, an elder). Who has no real name on record is
    nobody who could be told apart.
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
        return refuse("hand_unknown", N_("扫码或登记的人没有实名登记，请那个人先登记再确认"))
    if checker == maker:
        return refuse("own_proposal", N_("这条是您自己提出的，请换一个人确认"))
    if checker in hands:
        return refuse("own_hand", N_("这次的签到、签退、签到表照片或班次延长是您经手的，请换一个人确认"))
    return allow("second_person")


def why_erasing_keeps(
    *, checker_erased: bool, maker_erased: bool, hand_erased: bool, volunteer_erased: bool
) -> Decision | None:
    """Return why nobody can confirm minutes once a person around them was erased, None where none was (our decision).

    Whoever erases themselves and registers anew would otherwise be a second person to themselves.
    """
    if checker_erased:
        return refuse("checker_erased", N_("用这个账号登记的本人注销过，不能再用它确认时长"))
    if volunteer_erased:
        return refuse("volunteer_erased", N_("这名志愿者已经注销，只能退回"))
    if maker_erased:
        return refuse("maker_erased", N_("提出人已经注销，请退回后由别人重新提出"))
    if hand_erased:
        return refuse("hand_erased", N_("这次经手的人里有人已经注销，请退回后由别人重新提出"))
    return None


def confirm_by(ended_on: date) -> date:
    """Return the last day to record an activity that ended then: the tenth working day after (出具办法)."""
    return add_working_days(ended_on, RECORD_WORKING_DAYS)


def deadline_words(last_on: date, today: date) -> Words:
    """Return how much time is left to record an activity, in words."""
    if last_on < today:
        days = working_days_after(last_on, today)
        return Words(N_("已超期 %(days)d 个工作日"), {"days": days}) if days else Words(N_("已超期"))
    if last_on == today:
        return Words(N_("今天要记完"))
    return Words(N_("最晚 %(day)s记完"), {"day": say_last_day(last_on, today)})


class ObjectionOutcome(StrEnum):
    """What became of an objection: the minutes are returned, or go on as they were."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


class StarAct(StrEnum):
    """A star is granted when effective hours reach it, and revoked when a reversal takes them below."""

    GRANTED = "granted"
    REVOKED = "revoked"


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
