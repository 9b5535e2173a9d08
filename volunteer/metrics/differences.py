"""Why a figure of a past day reads otherwise now than it did then: the causes, each with what it changed, adding up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from volunteer.kernel.text import N_
from volunteer.metrics.facts import Deltas


class Cause(StrEnum):
    """What can change a figure of a day that is past, in the order in which the page counts it."""

    JOINED = "joined"
    MOVED = "moved"
    ENDED = "ended"
    LATE = "late"
    CORRECTED = "corrected"
    REVERSED = "reversed"
    AREA_MOVED = "area_moved"
    UNSETTLED = "unsettled"

    @property
    def label(self) -> str:
        """Return the cause as the page says it, a Chinese msgid."""
        return _LABELS[self]


_LABELS = {
    Cause.JOINED: N_("后来登记的注册和恢复"),
    Cause.MOVED: N_("后来登记的搬家"),
    Cause.ENDED: N_("后来登记的退出、暂停、去世、迁出"),
    Cause.LATE: N_("后来生效的服务记录"),
    Cause.CORRECTED: N_("后来的更正"),
    Cause.REVERSED: N_("后来的冲销"),
    Cause.AREA_MOVED: N_("后来登记的社区调整"),
    Cause.UNSETTLED: N_("那一刻正在计入的记录"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What one cause changed in an area's figures, and by how many rows of the ledgers."""

    cause: Cause
    rows: int
    deltas: Deltas


def minus(one: Deltas, other: Deltas) -> Deltas:
    """Return the difference, figure by figure."""
    return Deltas(*(left - right for left, right in zip(one, other, strict=True)))


def plus(deltas: Iterable[Deltas]) -> Deltas:
    """Return the sum, figure by figure; nothing for none."""
    return Deltas(*map(sum, zip(Deltas(), *deltas, strict=True)))


def changes(counted: Mapping[Cause, Deltas], rows: Mapping[Cause, int], total: Deltas) -> list[Change]:
    """Return what each cause changed, so that together they are exactly `total`.

    What no row explains was on its way into the figures at one of the two moments. Causes without rows and without
    effect are left out.
    """
    found = [Change(cause, rows.get(cause, 0), counted.get(cause, Deltas())) for cause in Cause]
    rest = minus(total, plus(one.deltas for one in found))
    if any(rest):
        found = [*found[:-1], Change(Cause.UNSETTLED, 0, rest)]
    return [one for one in found if one.rows or any(one.deltas)]


def in_turn(late: Mapping[Cause, Collection[int]]) -> Sequence[tuple[Cause, frozenset[int]]]:
    """Return for each cause the rows that are still unknown once it and those before it have been told."""
    left = {row for rows in late.values() for row in rows}
    steps: list[tuple[Cause, frozenset[int]]] = []
    for cause in Cause:
        if late.get(cause):
            left -= set(late[cause])
            steps.append((cause, frozenset(left)))
    return steps
