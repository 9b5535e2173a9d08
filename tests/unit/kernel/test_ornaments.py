"""Ornaments close on themselves, and stay light."""

import re
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.ornaments import rosette, star, woven


def _ends(path: str) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return where each strand of a path starts and ends."""
    strands = [re.findall(r"-?[\d.]+", strand) for strand in path.split(" m ")]
    starts = [(float(strand[-2]), float(strand[-1])) for strand in strands[:-1]]
    ends = [strand[:-2] for strand in strands[1:-1]] + [strands[-1]]
    return [(start, (float(end[-2]), float(end[-1]))) for start, end in zip(starts, ends, strict=True)]


@given(st.floats(20, 260), st.integers(2, 40), st.floats(0, 1))
def test_each_wave_goes_on_where_the_one_before_it_ends(length: float, count: int, shift: float) -> None:
    tile = woven(length, count, (2.7, 0.9), shift)
    assert tile.times * tile.step[4] == pytest.approx(length)
    for (x1, y1), (x2, y2) in _ends(tile.path):
        assert (x2 - x1, y2) == (pytest.approx(tile.step[4], abs=0.011), pytest.approx(y1, abs=0.011))


@given(st.integers(3, 24), st.floats(3, 50))
def test_each_lobe_of_a_rosette_goes_on_where_the_one_before_it_ends(lobes: int, radius: float) -> None:
    tile = rosette(radius, (radius * 0.3,), lobes)
    a, b, c, d, _, _ = tile.step
    for (x1, y1), (x2, y2) in _ends(tile.path):
        assert (x2, y2) == (pytest.approx(a * x1 + c * y1, abs=0.011), pytest.approx(b * x1 + d * y1, abs=0.011))


def test_a_star_has_five_points_the_first_upright() -> None:
    corners = star(10, 10, 5)
    reaches = [hypot(x - 10, y - 10) for x, y in corners]
    assert corners[0] == (pytest.approx(10), pytest.approx(5))
    assert reaches[::2] == [pytest.approx(5)] * 5
    assert max(reaches[1::2]) < 2
