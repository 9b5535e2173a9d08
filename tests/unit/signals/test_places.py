"""How far apart two places are at least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.signals.places import Spot, Whereabouts, least_metres_between, metres_apart, metres_between

WUHAN, XIANGYANG = Spot(30.5928, 114.3055), Spot(32.0090, 112.1225)
NEAR = Spot(XIANGYANG.latitude + 0.009, XIANGYANG.longitude)  # about a kilometre to the north

spots = st.builds(Spot, st.floats(-90, 90), st.floats(-180, 180))


def test_known_distances() -> None:
    assert metres_between(WUHAN, XIANGYANG) == pytest.approx(259_700, rel=0.01)
    assert metres_between(XIANGYANG, NEAR) == pytest.approx(1_000, abs=2)
    assert metres_between(Spot(0, 0), Spot(0, 180)) == pytest.approx(20_015_115, rel=1e-4)


@given(spots, spots)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_round_the_earth(one: Spot, other: Spot) -> None:
    assert metres_between(one, other) == pytest.approx(metres_between(other, one))
    assert 0 <= metres_between(one, other) <= 20_015_200


def test_both_accuracies_are_taken_off_and_nothing_is_less_than_here() -> None:
    one, other = Spot(32.0090, 112.1225, 300), Spot(NEAR.latitude, NEAR.longitude, 200)
    assert metres_apart(one, other) == pytest.approx(500, abs=2)
    assert metres_apart(one, Spot(NEAR.latitude, NEAR.longitude, 900)) == 0


class TestWhereabouts:
    def test_pins_are_compared_with_the_circle_around_each(self) -> None:
        assert least_metres_between(Whereabouts(pin=XIANGYANG), Whereabouts(pin=WUHAN)) == pytest.approx(
            metres_between(XIANGYANG, WUHAN) - 1_000, abs=1
        )
        assert least_metres_between(Whereabouts(pin=XIANGYANG), Whereabouts(pin=NEAR)) == 0

    def test_who_stays_at_home_is_given_away_by_the_pins(self) -> None:
        home = Spot(32.0, 112.1, 20)
        one, other = Whereabouts(XIANGYANG, home), Whereabouts(WUHAN, home)
        assert least_metres_between(one, other) > 250_000

    def test_a_vague_place_says_nothing(self) -> None:
        vague = Spot(WUHAN.latitude, WUHAN.longitude, 2_001)
        assert least_metres_between(Whereabouts(told=XIANGYANG), Whereabouts(told=vague)) == 0
        exact = Spot(WUHAN.latitude, WUHAN.longitude, 2_000)
        assert least_metres_between(Whereabouts(told=XIANGYANG), Whereabouts(told=exact)) > 250_000

    def test_a_pin_here_and_a_telephone_there_are_compared_when_nothing_better_is_known(self) -> None:
        assert least_metres_between(Whereabouts(pin=XIANGYANG), Whereabouts(told=WUHAN)) > 250_000

    def test_nothing_known_is_nothing_apart(self) -> None:
        assert least_metres_between(Whereabouts(), Whereabouts(pin=WUHAN, told=WUHAN)) == 0
