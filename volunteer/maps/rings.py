"""Whether a ring crosses or touches itself, exactly, in n log n steps: a sweep after Shamos and Hoey (1976).

Points are whole numbers, so no rounding decides. The first fault that is found is told, not all of them.
"""

from bisect import bisect_left
from collections.abc import Sequence

Point = tuple[int, int]
Edge = tuple[Point, Point]  # the lower end first: by x, then by y


def turn(a: Point, b: Point, c: Point) -> int:
    """Return above 0 where c lies to the left of the way from a to b, below 0 to the right, 0 on it."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def fault_of(ring: Sequence[Point]) -> Point | None:
    """Return a place where a ring crosses or touches itself; None for a simple one.

    `ring` is open (its last point is not its first again) and has no two equal points in a row.
    """
    if len(set(ring)) < len(ring):
        seen: set[Point] = set()
        return next(point for point in ring if point in seen or seen.add(point))  # type: ignore[func-returns-value]
    count = len(ring)
    for place in range(count):
        before, here, after = ring[place - 1], ring[place], ring[(place + 1) % count]
        if turn(before, here, after) == 0 and _is_between(before, after, here):
            return here
    return _sweep(ring)


def _sweep(ring: Sequence[Point]) -> Point | None:
    count = len(ring)
    edges: list[Edge] = [_ordered(ring[place], ring[(place + 1) % count]) for place in range(count)]
    standing: list[Edge] = []  # the edges that the sweep line meets, from below upwards
    for place in sorted(range(count), key=ring.__getitem__):
        point = ring[place]
        mine = (edges[place - 1], edges[place])
        ends = [edge for edge in mine if edge[1] == point]
        begins = sorted((edge for edge in mine if edge[0] == point), key=_Slope)
        at = bisect_left(standing, 1, key=lambda edge: 0 if turn(edge[0], edge[1], point) > 0 else 1)
        if standing[at : at + len(ends)] != ends and standing[at : at + len(ends)] != ends[::-1]:
            return point
        after = at + len(ends)
        if after < len(standing) and turn(*standing[after], point) == 0:
            return point
        standing[at:after] = begins
        fault = _meets_neighbours(standing, at, at + len(begins))
        if fault is not None:
            return fault
    return None


def _meets_neighbours(standing: list[Edge], first: int, last: int) -> Point | None:
    """Return where what now stands from `first` to before `last` meets what stands right below and above it."""
    for lower in {first - 1, last - 1}:
        if lower >= 0 and lower + 1 < len(standing):
            place = meeting(standing[lower], standing[lower + 1])
            if place is not None:
                return place
    return None


class _Slope:
    """Orders edges that begin at one point, the lower one first."""

    __slots__ = ("edge",)

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def __lt__(self, other: "_Slope") -> bool:
        return turn(self.edge[0], self.edge[1], other.edge[1]) > 0


def meeting(one: Edge, other: Edge) -> Point | None:
    """Return about where two edges have a point in common; None where they have none or share an end."""
    (a, b), (c, d) = one, other
    if a in other or b in other:
        return None
    from_one, to_one = turn(a, b, c), turn(a, b, d)
    from_other, to_other = turn(c, d, a), turn(c, d, b)
    if _sign(from_one) * _sign(to_one) > 0 or _sign(from_other) * _sign(to_other) > 0:
        return None
    if from_one == to_one == 0:
        return max(a, c) if max(a, c) <= min(b, d) else None
    share = abs(from_one) / (abs(from_one) + abs(to_one))
    return round(c[0] + (d[0] - c[0]) * share), round(c[1] + (d[1] - c[1]) * share)


def area_of(ring: Sequence[Point]) -> float:
    """Return the area within a ring, in squared units."""
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    return abs(twice) / 2


def _ordered(a: Point, b: Point) -> Edge:
    return (a, b) if a < b else (b, a)


def _is_between(a: Point, b: Point, corner: Point) -> bool:
    """Return whether a and b lie on the same side of a corner on one line: the way runs back upon itself."""
    return (a[0] - corner[0]) * (b[0] - corner[0]) + (a[1] - corner[1]) * (b[1] - corner[1]) > 0


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
