"""How many people are asked, and where."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.surveys.sampling import allocate, draw, sample_size, tickets_for

THREE_PERCENT = Fraction(3, 100)


@pytest.mark.parametrize(
    ("population", "wanted"), [(10_000_000, 1_067), (900_000, 1_066), (10_000, 965), (100, 92), (3, 3), (1, 1)]
)
def test_a_sample_for_three_points_is_that_of_the_textbook(population: int, wanted: int):
    assert abs(sample_size(population, THREE_PERCENT) - wanted) <= 1


@pytest.mark.parametrize(("population", "margin"), [(1_000, Fraction(0)), (1_000, Fraction(1)), (0, THREE_PERCENT)])
def test_a_sample_without_people_or_of_a_senseless_margin_is_refused(population: int, margin: Fraction):
    with pytest.raises(Invalid):
        sample_size(population, margin)


populations = st.dictionaries(st.integers(1, 50), st.integers(1, 5_000), min_size=1, max_size=20)


@given(populations, st.integers(1, 500), st.integers(0, 3))
def test_quotas_add_up_give_each_its_least_and_follow_the_population(residents, total, least):
    lowest = {key: min(least, count) for key, count in residents.items()}
    if total < sum(lowest.values()) or total > sum(residents.values()):
        with pytest.raises(Invalid):
            allocate(total, residents, least)
        return
    quotas = allocate(total, residents, least)
    assert sum(quotas.values()) == total
    assert all(lowest[key] <= quotas[key] <= count for key, count in residents.items())
    order = sorted(residents, key=lambda key: residents[key])
    assert all(
        quotas[small] <= quotas[large] for small, large in pairwise(order) if residents[small] < residents[large]
    )


def test_remainders_go_to_the_largest_first():
    assert allocate(10, {"甲": 6, "乙": 25, "丙": 69}, 0) == {"甲": 1, "乙": 2, "丙": 7}
    assert allocate(10, {"甲": 9, "乙": 9, "丙": 982}, 2) == {"甲": 2, "乙": 2, "丙": 6}


def test_no_more_are_asked_than_live_there():
    assert allocate(100, {"甲": 3, "乙": 1_000}, 10) == {"甲": 3, "乙": 97}


@given(st.integers(1, 60), st.data())
def test_communities_are_drawn_once_each_and_spread_evenly(size, data):
    count = data.draw(st.integers(1, size))
    start = data.draw(st.fractions(0, Fraction(999, 1_000)))
    drawn = draw(range(size), count, start)
    assert len(set(drawn)) == count
    gaps = [later - earlier for earlier, later in pairwise(drawn)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_a_reserve_is_printed_on_top():
    assert [tickets_for(10, 30), tickets_for(7, 30), tickets_for(0, 30)] == [13, 10, 0]
