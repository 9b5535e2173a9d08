"""The daily steps of which every indicator figure is a sum.

Each figure of an area is a step function of the as-of day, and what is kept is its steps: how much it rises or falls
on which day. A figure at any day is then a sum over days up to it, whatever the window, and it equals a recount from
the rows:

- registered: up when a volunteer's registration in the area begins, down when it ends;
- an entry of day s counts in the calendar-year window on the days [s, 1 January) and in the rolling one on
  [s, s + 1 year);
- active: one volunteer once, so the union of those spans;
- both only while the volunteer is registered, in the area of residence on the as-of day. Someone who moves takes the
  year's service along (our decision: numerator and denominator then count the same people).

The material window is the rolling one read at its last day. Steps add up, so a change is applied as the `difference`
of a volunteer's contributions before and after it.

An upper area sums the steps of what stands below it, for as long as it does (`Stay`): a community that comes under
another street brings everything up to that day along, and takes it away from the former one.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import sub
from struct import Struct
from typing import NamedTuple

from volunteer.areas.standing import Stay
from volunteer.kernel.periods import (
    ONE_DAY,
    WindowKind,
    calendar_year_end,
    month_start,
    rolling_year_end,
    year_start,
)
from volunteer.kernel.text import N_


class Total(StrEnum):
    """Which service counts: `strict` is proved by scans, `inclusive` adds approved manual entries and imports."""

    STRICT = "strict"
    INCLUSIVE = "inclusive"

    @property
    def label(self) -> str:
        """Return the short name, a Chinese msgid."""
        return N_("严格") if self is Total.STRICT else N_("全部")

    @property
    def explanation(self) -> str:
        """Return what is counted, a Chinese msgid."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Total.STRICT: N_("严格口径：只算扫码证明的服务"),
    Total.INCLUSIVE: N_("全部口径：扫码证明的服务，加上审核通过的补录和导入"),
}


class Deltas(NamedTuple):
    """What the nine figures of one area change by on one day; summed over days, the figures themselves."""

    registered: int = 0
    active_year_strict: int = 0
    active_year_all: int = 0
    active_rolling_strict: int = 0
    active_rolling_all: int = 0
    minutes_year_strict: int = 0
    minutes_year_all: int = 0
    minutes_rolling_strict: int = 0
    minutes_rolling_all: int = 0

    def active(self, kind: WindowKind, total: Total) -> int:
        """Return the volunteers with at least one effective entry, for that window and total."""
        return self[1 + _column(kind, total)]

    def minutes(self, kind: WindowKind, total: Total) -> int:
        """Return the effective minutes of registered volunteers, for that window and total."""
        return self[5 + _column(kind, total)]


def _column(kind: WindowKind, total: Total) -> int:
    return 2 * (kind is not WindowKind.CALENDAR_YEAR) + (total is Total.INCLUSIVE)


class Spell(NamedTuple):
    """A registration in one area from `since` up to, not including, `until`; None while it lasts."""

    area_id: int
    since: date
    until: date | None


class Service(NamedTuple):
    """The effective net of one entry, in whole minutes; a credit reversed in full nets 0 and counts as nothing."""

    served_on: date
    minutes: int
    is_strict: bool


Steps = Mapping[tuple[int, date], Deltas]  # by (area id, day); days on which nothing changes are absent
Lineage = Mapping[int, Sequence[Stay]]  # area id → that area and everything that was ever above it, and when


def contributions(spells: Iterable[Spell], services: Iterable[Service]) -> dict[tuple[int, date], Deltas]:
    """Return everything that one volunteer adds to the figures, as steps.

    Raises ValueError where spells overlap or run backwards or an entry nets below nothing: the ledger never says so.
    """
    tally = Tally()
    tally.add(spells, services)
    return {(area_id, day): deltas for area_id, day, deltas in tally.steps()}


def difference(new: Steps, old: Steps) -> dict[tuple[int, date], Deltas]:
    """Return what turns `old` into `new` when it is added: nothing at all where they agree."""
    nothing = Deltas()
    changed = (key for key in new.keys() | old.keys() if new.get(key) != old.get(key))
    return {key: Deltas(*map(sub, new.get(key, nothing), old.get(key, nothing))) for key in sorted(changed)}


def at(steps: Steps, on: date, area_ids: Container[int] | None = None) -> Deltas:
    """Return the figures as of a day, of some areas or of all."""
    return add_up(
        deltas for (area_id, day), deltas in steps.items() if day <= on and (area_ids is None or area_id in area_ids)
    )


def add_up(rows: Iterable[Deltas]) -> Deltas:
    """Return the sum, figure by figure."""
    return Deltas(*map(sum, zip(*rows, strict=True)))


class Grain(StrEnum):
    """How much time one stored row sums up."""

    DAY = "d"
    MONTH = "m"
    YEAR = "y"


class Stretch(NamedTuple):
    """The rows of one grain whose first day lies from `first_on` to `last_on`, both inside."""

    grain: Grain
    first_on: date
    last_on: date


@lru_cache(maxsize=8192)
def grains(day: date) -> tuple[tuple[Grain, date], ...]:
    """Return the rows that a step of that day goes into: (grain, first day of it)."""
    return (
        (Grain.DAY, day),
        (Grain.MONTH, month_start(day)),
        (Grain.YEAR, year_start(day)),
    )


def prefix_cover(day: date) -> tuple[Stretch, ...]:
    """Return the rows that together sum everything up to `day`: whole years, whole months, days; some 50 an area."""
    cover = [Stretch(Grain.DAY, month_start(day), day)]
    if day.month > 1:
        cover.append(Stretch(Grain.MONTH, year_start(day), month_start(month_start(day) - ONE_DAY)))
    cover.append(Stretch(Grain.YEAR, date.min, date(day.year - 1, 1, 1)))
    return tuple(reversed(cover))


def fold(steps: Steps, lineage: Lineage) -> dict[tuple[int, Grain, date], Deltas]:
    """Return steps as facts are stored: by (area id, grain, first day), for each area and what was above."""
    tally = Tally()
    for (area_id, day), deltas in steps.items():
        tally.add_step(area_id, day, deltas)
    return {(area_id, grain, first_on): deltas for area_id, grain, first_on, deltas in tally.facts(lineage)}


def shift(steps: Steps, before: Lineage, after: Lineage) -> dict[tuple[int, Grain, date], Deltas]:
    """Return what changes in the stored facts when those steps count in other areas, or at other times, than before."""
    old, new, nothing = fold(steps, before), fold(steps, after), Deltas()
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return {key: Deltas(*map(sub, new.get(key, nothing), old.get(key, nothing))) for key in changed}


# From here nine numbers travel packed in one integer, 64 bits each: adding them is one addition, and a rebuild of a
# city makes tens of millions. Days are ordinals for the same reason.
_NUMBERS = Struct("<9q")
_SIGN_BITS = sum(1 << 64 * place + 63 for place in range(9))
_UNITS = tuple(1 << 64 * place for place in range(9))
_REGISTERED = _UNITS[0]
_NEVER = date.max.toordinal()


class _Columns(NamedTuple):
    """The packed ones of the four figures of one total, in the order of Deltas."""

    active_year: int
    active_rolling: int
    minutes_year: int
    minutes_rolling: int


_STRICT, _ALL = _Columns(*_UNITS[1::2]), _Columns(*_UNITS[2::2])
# By is_strict: what a minute adds to the year's and to the rolling figures; a strict one counts in both totals.
_MINUTE = (
    (_ALL.minutes_year, _ALL.minutes_rolling),
    (_ALL.minutes_year + _STRICT.minutes_year, _ALL.minutes_rolling + _STRICT.minutes_rolling),
)

_Span = tuple[int, int, int]  # a day of service, and the first days on which the year's and the rolling window miss it


def _pack(deltas: Deltas) -> int:
    return sum(number * unit for number, unit in zip(deltas, _UNITS, strict=True))


def unpack(packed: int) -> Deltas:
    """Return the nine figures that one integer of `Tally.packed` holds."""
    # Adding the sign bits borrows nothing from the neighbours; flipping them back leaves two's complement.
    return Deltas._make(_NUMBERS.unpack((packed + _SIGN_BITS ^ _SIGN_BITS).to_bytes(_NUMBERS.size, "little")))


class Tally:
    """The contributions of many volunteers, summed: what a rebuild works with."""

    def __init__(self, *, counts_people: bool = True) -> None:
        self._person = _REGISTERED if counts_people else 0
        self._areas: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, spells: Iterable[Spell], services: Iterable[Service]) -> None:
        """Add one volunteer, rows in any order; plain tuples in the order of the fields will do. Raises ValueError."""
        served = _service_steps(services)
        for area_id, since, until in _in_turn(spells):
            steps = self._areas[area_id]
            brought, gained = self._person, 0
            for day, step in served.items():
                if day <= since:
                    brought += step
                elif day < until:
                    gained += step
                    steps[day] += step
            steps[since] += brought
            if until != _NEVER:
                steps[until] -= brought + gained

    @property
    def packed(self) -> Mapping[int, Mapping[int, int]]:
        """Return the steps as they are summed: by area id and day (an ordinal), the nine figures in one integer."""
        return self._areas

    def add_step(self, area_id: int, day: date, deltas: Deltas) -> None:
        """Add one step that is known already."""
        self._areas[area_id][day.toordinal()] += _pack(deltas)

    def steps(self) -> Iterator[tuple[int, date, Deltas]]:
        """Yield (area id, day, deltas) in that order, without what has cancelled to nothing."""
        for area_id, steps in sorted(self._areas.items()):
            for day, packed in sorted(steps.items()):
                if packed:
                    yield area_id, date.fromordinal(day), unpack(packed)

    def facts(self, lineage: Lineage) -> Iterator[tuple[int, Grain, date, Deltas]]:
        """Yield (area id, grain, first day, deltas) for each area and what was above it, as facts are stored."""
        below: defaultdict[int, list[tuple[int, Stay]]] = defaultdict(list)
        for area_id in sorted(self._areas):
            for stay in lineage[area_id]:
                below[stay.area_id].append((area_id, stay))
        for upper, parts in sorted(below.items()):
            sums: defaultdict[tuple[Grain, date], int] = defaultdict(int)
            for day, packed in _sum_of(_during(stay, self._areas[area_id]) for area_id, stay in parts):
                for row in grains(date.fromordinal(day)):
                    sums[row] += packed
            for (grain, first_on), packed in sums.items():
                if packed:
                    yield upper, grain, first_on, unpack(packed)


def _during(stay: Stay, steps: Mapping[int, int]) -> Mapping[int, int]:
    """Return what steps are to an area that counts them during a stay: all before it at its start, gone at its end."""
    if stay.since is None and stay.until is None:
        return steps
    since = stay.since.toordinal() if stay.since else 0
    until = stay.until.toordinal() if stay.until else _NEVER
    counted: defaultdict[int, int] = defaultdict(int)
    for day, packed in steps.items():
        if day < until:
            counted[max(day, since)] += packed
            counted[until] -= packed
    counted.pop(_NEVER, None)
    return counted


def _sum_of(many: Iterable[Mapping[int, int]]) -> list[tuple[int, int]]:
    sums: defaultdict[int, int] = defaultdict(int)
    for steps in many:
        for day, packed in steps.items():
            sums[day] += packed
    return sorted(sums.items())


def _in_turn(spells: Iterable[Spell]) -> Iterator[tuple[int, int, int]]:
    free = 0
    for area_id, since, until in sorted(spells, key=lambda spell: (spell[1], spell[2] or date.max)):
        start, end = since.toordinal(), until.toordinal() if until else _NEVER
        if start < free or end < start:
            raise ValueError(f"registrations overlap or run backwards at {since}")
        yield area_id, start, end
        free = end


def _service_steps(services: Iterable[Service]) -> dict[int, int]:
    """Return the steps of one volunteer's service, wherever registered."""
    steps: defaultdict[int, int] = defaultdict(int)
    spans: list[_Span] = []
    strict_spans: list[_Span] = []
    for served_on, minutes, is_strict in sorted(services):
        if minutes < 0:
            raise ValueError(f"an entry of {served_on} nets {minutes} minutes")
        if minutes:
            span = day, year_end, rolling_end = _span(served_on)
            spans.append(span)
            if is_strict:
                strict_spans.append(span)
            year, rolling = _MINUTE[is_strict]
            steps[day] += minutes * (year + rolling)
            steps[year_end] -= minutes * year
            steps[rolling_end] -= minutes * rolling
    _step_active(steps, _ALL, spans)
    _step_active(steps, _STRICT, strict_spans)
    return steps


def _step_active(steps: defaultdict[int, int], ones: _Columns, spans: Sequence[_Span]) -> None:
    """Add the union of the spans, which come in order of time: a volunteer is active once, however often they serve."""
    if not spans:
        return
    year_covered, rolling_covered = 0, spans[0][0]
    steps[rolling_covered] += ones.active_rolling
    for day, year_end, rolling_end in spans:
        if year_end != year_covered:
            steps[day] += ones.active_year
            steps[year_end] -= ones.active_year
            year_covered = year_end
        if day > rolling_covered:
            steps[rolling_covered] -= ones.active_rolling
            steps[day] += ones.active_rolling
        rolling_covered = rolling_end
    steps[rolling_covered] -= ones.active_rolling


@lru_cache(maxsize=8192)
def _span(served_on: date) -> _Span:
    return (
        served_on.toordinal(),
        calendar_year_end(served_on).toordinal(),
        rolling_year_end(served_on).toordinal(),
    )
