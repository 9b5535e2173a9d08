"""What a shift may look like, where it is in its life, and until when it may still change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from volunteer.kernel.decisions import Decision, allow, refuse
from volunteer.kernel.errors import Invalid
from volunteer.kernel.speech import say_clock
from volunteer.kernel.text import N_

LONGEST_SHIFT = timedelta(hours=16)
FARTHEST_START = timedelta(days=366)
LARGEST_CAPACITY = 10_000
MOST_SHIFTS = 50
EXTENSION_OPEN = timedelta(minutes=60)
# So long before a shift people may check in.
ARRIVAL_OPENS_BEFORE = timedelta(minutes=30)


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


def may_change_time(starts_at: datetime, now: datetime) -> Decision:
    """Return whether a published shift may still change its time: only before people may be there (our decision)."""
    if now >= starts_at - ARRIVAL_OPENS_BEFORE:
        return refuse("arrivals_open", N_("签到已经开放，时间不能再改；晚结束请用“延长”"))
    return allow()


def weeks_ahead(starts_at: datetime, now: datetime) -> timedelta:
    """Return by how many whole weeks a shift moves when it is copied, so that it lies ahead on the same weekday."""
    if starts_at > now:
        return timedelta(0)
    return timedelta(weeks=(now - starts_at) // timedelta(weeks=1) + 1)
