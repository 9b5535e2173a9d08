"""A ring is judged the same by the sweep and by comparing every two of its sides."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from volunteer.maps.rings import Edge, Point, area_of, fault_of, meeting, turn

SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]


def is_simple(ring: list[Point]) -> bool:
    """Compare every two sides, and every corner with the way back."""
    count = len(ring)
    if len(set(ring)) < count:
        return False
    for place in range(count):
        before, here, after = ring[place - 1], ring[place], ring[(place + 1) % count]
        same_side = sum((before[axis] - here[axis]) * (after[axis] - here[axis]) for axis in (0, 1)) > 0
        if turn(before, here, after) == 0 and same_side:
            return False
    edges: list[Edge] = []
    for place in range(count):
        a, b = sorted((ring[place], ring[(place + 1) % count]))
        edges.append((a, b))
    return all(meeting(one, other) is None for one, other in combinations(edges, 2))


@st.composite
def rings(draw: st.DrawFn) -> list[Point]:
    """Return a ring of few points on a small lattice, where they often cross, touch and lie on one line."""
    size = draw(st.integers(2, 12))
    points = draw(st.lists(st.tuples(st.integers(0, size), st.integers(0, size)), min_size=3, max_size=9))
    return [point for place, point in enumerate(points) if point != points[place - 1]]


@settings(max_examples=1500)
@given(rings())
def test_the_sweep_says_what_comparing_all_sides_says(ring: list[Point]):
    if len(ring) >= 3:
        assert (fault_of(ring) is None) == is_simple(ring)


@pytest.mark.parametrize(
    "ring, place",
    [
        ([(0, 0), (2, 2), (2, 0), (0, 2)], (1, 1)),
        ([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)], (2, 0)),
        ([(0, 0), (4, 0), (2, 0), (2, 4)], (4, 0)),
        ([(0, 0), (2, 2), (4, 0), (4, 4), (2, 2), (0, 4)], (2, 2)),
    ],
    ids=["crossing", "a corner on a side", "a way back", "a corner twice"],
)
def test_the_place_of_a_fault_is_told(ring: list[Point], place: Point):
    assert fault_of(ring) == place


def test_a_simple_ring_has_no_fault_whichever_way_it_runs():
    assert fault_of(SQUARE) is None
    assert fault_of(SQUARE[::-1]) is None
    assert area_of(SQUARE) == area_of(SQUARE[::-1]) == 16
