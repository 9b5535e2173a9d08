"""Boundaries are thinned so that neighbours still meet."""

from math import cos, pi, sin

from volunteer.maps.rings import Point, area_of, fault_of
from volunteer.maps.thinning import thinned

FINE = 400


def two_neighbours() -> tuple[list[Point], list[Point]]:
    """Return two squares with a waved border between them, one running with it and one against it."""
    border = [(round(1e6 + 2e4 * sin(step / 9)), round(2e6 * step / FINE)) for step in range(FINE + 1)]
    return [(0, 0), *border, (0, 2_000_000)], [(2_000_000, 2_000_000), *border[::-1], (2_000_000, 0)]


def sides(ring: list[Point]) -> set[frozenset[Point]]:
    return {frozenset((point, ring[place - 1])) for place, point in enumerate(ring)}


def test_few_points_are_left_as_they_are():
    ring = [(0, 0), (5, 0), (5, 5)]
    assert thinned([[[ring]]], 10) == [[[ring]]]


def test_what_two_share_is_thinned_once_for_both():
    left, right = two_neighbours()
    (((thin_left,),), ((thin_right,),)) = thinned([[[left]], [[right]]], 120)
    assert len(thin_left) + len(thin_right) <= 120 < len(left)
    shared = sides(thin_left) & sides(thin_right)
    assert len(shared) == len(thin_left) - 3
    assert area_of(thin_left) + area_of(thin_right) == area_of(left) + area_of(right)
    assert fault_of(thin_left) is fault_of(thin_right) is None


def test_an_island_as_large_as_a_hole_keeps_the_same_border():
    island = [(round(1e6 * cos(2 * pi * step / FINE)), round(1e6 * sin(2 * pi * step / FINE))) for step in range(FINE)]
    frame = [(-3_000_000, -3_000_000), (3_000_000, -3_000_000), (3_000_000, 3_000_000), (-3_000_000, 3_000_000)]
    (((outer, hole),), ((alone,),)) = thinned([[[frame, island[::-1]]], [[island]]], 100)
    assert outer == frame
    assert sides(hole) == sides(alone)


def test_no_small_ring_vanishes():
    tiny = [(step % 5, step // 5 + step % 2) for step in (0, 1, 2, 3, 4, 9, 8, 7, 6, 5)]
    far = [(10_000_000 * (step % 2), 1_000 * step) for step in range(2_000)]
    _, ((left,),) = thinned([[[far]], [[tiny]]], 8)
    assert len(left) >= 3
