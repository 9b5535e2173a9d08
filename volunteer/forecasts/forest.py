"""All communities of a city and the areas above them, looked ahead together: the parts add up to the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.courses import (
    MONTHS,
    Habit,
    Origin,
    Record,
    Standing,
    Upper,
    go_on,
    learn,
    learned_years,
    lend,
    whole,
)

FEWEST_REGISTERED = 5
FEWEST_MONTHS = 6
A_SHORT_HISTORY = 24


@dataclass(frozen=True, slots=True)
class Node:
    """One area with its record; `residents` by year, of what is built-up and known. A whole city has no parent."""

    id: int
    parent_id: int | None
    level: AreaLevel
    record: Record
    residents: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is expected of one area at the end of each month from the current one to the year's last."""

    course: Sequence[Standing]

    @property
    def end(self) -> Standing:
        """Return what is expected at the year's end."""
        return self.course[-1]


Habits = Mapping[int, Habit]


def habits(nodes: Sequence[Node], year: int) -> Habits | None:
    """Return by area id what the years before `year` taught; None where there is no whole year to learn from.

    The first of `nodes` is the whole city, and every area comes after the one above it.
    """
    years = learned_years(nodes[0].record, year) if nodes else []
    if not years:
        return None
    found: dict[int, Habit] = {}
    for node in nodes:
        found[node.id] = learn(node.record, years, found.get(node.parent_id or 0))
    return found


def look_ahead(
    nodes: Sequence[Node], habits: Habits, origin: Origin, nows: Mapping[int, Standing], *, ends_only: bool = False
) -> dict[int, Ahead]:
    """Return by area id what is expected, of communities by their own courses and of areas above as their sums.

    `nows` holds how each area stands. Nothing after `origin` is read from the records. With `ends_only` a course is its
    last month alone, which is all that a back-test asks.
    """
    lent: dict[int, Upper] = {}
    sums: dict[int, list[Standing]] = {}
    parents = {node.id: node.parent_id for node in nodes}
    for node in nodes:
        now = nows[node.id]
        lent[node.id] = lend(node.record, origin, now, lent.get(node.parent_id or 0))
        if node.level is AreaLevel.COMMUNITY:
            points = go_on(node.record, habits[node.id], origin, now, lent[node.id])
            course = [whole(point, now) for point in (points[-1:] if ends_only else points)]
            upper: int | None = node.id
            while upper is not None:
                sums[upper] = added(sums.get(upper), course)
                upper = parents.get(upper)
    return {area_id: Ahead(course) for area_id, course in sums.items()}


def added(have: list[Standing] | None, more: Sequence[Standing]) -> list[Standing]:
    """Return two courses of one length added up; the first may not be there yet."""
    if have is None:
        return list(more)
    return [Standing(a[0] + b[0], a[1] + b[1], a[2] + b[2]) for a, b in zip(have, more, strict=True)]


def has_enough(node: Node, origin: Origin, now: Standing) -> bool:
    """Return whether an area is large and old enough to say anything of it."""
    return now.registered >= FEWEST_REGISTERED and node.record.months_with_people(origin.month) >= FEWEST_MONTHS


def is_young(node: Node, origin: Origin) -> bool:
    """Return whether an area's history is so short that its range is made wider."""
    return node.record.months_with_people(origin.month) < A_SHORT_HISTORY


def standings(nodes: Sequence[Node], month: int) -> dict[int, Standing]:
    """Return how each area stood at a month's end."""
    return {node.id: node.record.at(month) for node in nodes}


def complete_years(nodes: Sequence[Node], until: Origin) -> range:
    """Return the years that are over and that the records tell to their end."""
    first = nodes[0].record.first // MONTHS
    return range(first, until.year + 1 if until.months_left == 0 else until.year)
