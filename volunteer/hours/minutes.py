"""From presence to minutes: what people's coming and going is worth, and how to say it.

The law (志愿服务记录与证明出具办法) asks for the time really given, in hours. How presence is read into minutes is our
decision, versioned by `RULES_VERSION` and stored with every entry.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.clock import local_day, midnight
from volunteer.kernel.speech import say_clock, say_clock_span
from volunteer.kernel.text import N_, Words

RULES_VERSION = "2026.1"

_MINUTE = timedelta(minutes=1)


# What proves it


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
    def methods(self) -> set[Method]:
        """Return how its ends were recorded."""
        return {end.method for end in (self.arrived, self.left) if end is not None}

    @property
    def source(self) -> Source:
        """Return what proves the interval: the weaker of its two ends."""
        return next(source for source, weak in _SOURCES_WEAKEST_FIRST if self.methods & weak)


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
        day_ends = midnight(tomorrow).astimezone(started_at.tzinfo)
        yield started_at, min(day_ends, ended_at)
        started_at = day_ends


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
