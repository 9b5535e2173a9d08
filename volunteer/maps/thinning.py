"""Thinning out boundaries so that neighbours still meet: what two areas share is thinned once, for both.

Rings are cut where more than two ways meet; each piece between is an arc, thinned by Douglas and Peucker (1973).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from volunteer.maps.rings import Point

Ring = Sequence[Point]
Polygon = Sequence[Ring]
Shape = Sequence[Polygon]

LEAST_CORNERS = 4
_FIRST_STEP = 5.0  # ten-millionths of a degree: half a metre
_WIDER = 2.0


def thinned(shapes: Sequence[Shape], budget: int) -> list[list[list[list[Point]]]]:
    """Return the shapes with at most about `budget` points, as fine as that allows; no ring vanishes wholly."""
    rings = [ring for shape in shapes for polygon in shape for ring in polygon]
    if sum(map(len, rings)) <= budget:
        return [[[list(ring) for ring in polygon] for polygon in shape] for shape in shapes]
    cut = _cut(rings)
    weights = _weigh({arc for arcs in cut for arc, _ in arcs})
    tolerance = _FIRST_STEP
    while True:
        kept = {arc: _kept(arc, held, tolerance) for arc, held in weights.items()}
        thin = [_joined(arcs, kept) for arcs in cut]
        if sum(map(len, thin)) <= budget or tolerance > 1e7:
            break
        tolerance *= _WIDER
    found = iter(_sound(ring, thinner) for ring, thinner in zip(rings, thin, strict=True))
    return [[[next(found) for _ in polygon] for polygon in shape] for shape in shapes]


Arc = tuple[Point, ...]


def _cut(rings: Iterable[Ring]) -> list[list[tuple[Arc, bool]]]:
    """Return each ring as arcs in order, an arc written one way for all who share it, with whether it runs backward."""
    rings = list(rings)
    beside: defaultdict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for place, point in enumerate(ring):
            beside[point] |= {ring[place - 1], ring[(place + 1) % len(ring)]}
    corners = {point for point, others in beside.items() if len(others) > 2}
    return [[_one_way(arc) for arc in _arcs(ring, corners)] for ring in rings]


def _arcs(ring: Ring, corners: set[Point]) -> Iterable[Arc]:
    at = [place for place, point in enumerate(ring) if point in corners]
    if not at:
        # A ring that meets no other begins at its lowest point, so that who shares it whole begins there too.
        at = [min(range(len(ring)), key=ring.__getitem__)]
    turned = [*ring[at[0] :], *ring[: at[0]], ring[at[0]]]
    cuts = [place - at[0] for place in at] + [len(ring)]
    for first, last in pairwise(cuts):
        yield tuple(turned[first : last + 1])


def _one_way(arc: Arc) -> tuple[Arc, bool]:
    backward = arc[::-1]
    return (backward, True) if backward < arc else (arc, False)


def _weigh(arcs: Iterable[Arc]) -> dict[Arc, list[float]]:
    """Return by arc from which tolerance on each of its points is left out; its ends stay always."""
    return {arc: _weights(arc) for arc in arcs}


def _weights(arc: Arc) -> list[float]:
    weights = [0.0] * len(arc)
    weights[0] = weights[-1] = float("inf")
    waiting = [(0, len(arc) - 1, float("inf"))]
    while waiting:
        first, last, above = waiting.pop()
        if last - first < 2:
            continue
        far, most = _farthest(arc, first, last)
        # No point may stay longer than the one that it was found under.
        weights[far] = min(most, above)
        waiting += [(first, far, weights[far]), (far, last, weights[far])]
    return weights


def _farthest(arc: Arc, first: int, last: int) -> tuple[int, float]:
    (ax, ay), (bx, by) = arc[first], arc[last]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    far, most = first + 1, -1.0
    for place in range(first + 1, last):
        px, py = arc[place][0] - ax, arc[place][1] - ay
        share = min(max((px * dx + py * dy) / length, 0.0), 1.0) if length else 0.0
        off = (px - share * dx) ** 2 + (py - share * dy) ** 2
        if off > most:
            far, most = place, off
    return far, most**0.5


def _kept(arc: Arc, weights: Sequence[float], tolerance: float) -> list[Point]:
    return [point for point, weight in zip(arc, weights, strict=True) if weight >= tolerance]


def _joined(arcs: Iterable[tuple[Arc, bool]], kept: Mapping[Arc, Sequence[Point]]) -> list[Point]:
    points: list[Point] = []
    for arc, is_backward in arcs:
        part = kept[arc]
        points += (part[::-1] if is_backward else part)[:-1]
    return points


def _sound(ring: Ring, thinner: list[Point]) -> list[Point]:
    """Return the thinned ring, or the ring's own corners where too little of it is left to see."""
    if len(thinner) >= LEAST_CORNERS or len(ring) <= LEAST_CORNERS:
        return thinner if len(thinner) >= 3 else list(ring)
    step = max(1, len(ring) // (2 * LEAST_CORNERS))
    return list(ring[::step])
