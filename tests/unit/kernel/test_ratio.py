from decimal import ROUND_DOWN, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.ratio import decimal_down, decimal_up, hours, percent, plain, ratio, thousands


def test_a_ratio_is_exact_and_absent_without_its_parts():
    assert ratio(90_000, 900_000) == Fraction(1, 10)
    assert ratio(0, 7) == 0
    assert ratio(None, 7) is None
    assert ratio(7, None) is None
    assert ratio(7, 0) is None


def test_a_share_just_short_of_its_mark_never_looks_reached():
    assert percent(Fraction(89_999, 900_000)) == "9.99%"
    assert percent(Fraction(1, 10)) == "10.00%"
    assert percent(Fraction(7, 5)) == "140.00%"
    assert percent(0) == "0.00%"


def test_hours_show_to_a_hundredth_rounded_down():
    assert hours(3210) == "53.50"
    assert hours(59) == "0.98"
    assert hours(1) == "0.01"
    assert hours(60 * 1_234_567) == "1,234,567.00"


def test_what_is_missing_is_rounded_up():
    assert decimal_up(Fraction(1, 1000)) == "0.01"
    assert decimal_up(Fraction(1233, 1), 0) == "1,233"
    assert decimal_up(Fraction(12331, 10), 0) == "1,234"


@given(st.integers(0, 10**15), st.integers(0, 4))
def test_rounding_agrees_with_exact_decimal_arithmetic(scaled, places):
    value = Decimal(scaled).scaleb(-6)
    step = Decimal(1).scaleb(-places)

    assert decimal_down(Fraction(value), places) == f"{value.quantize(step, ROUND_DOWN):,}"
    assert decimal_up(Fraction(value), places) == f"{value.quantize(step, ROUND_UP):,}"


def test_numbers_can_be_written_without_separators_for_machines():
    assert thousands(1_234_567) == "1,234,567"
    assert decimal_down(Fraction(1_234_567), separator="") == "1234567.00"


@pytest.mark.parametrize(
    ("value", "text"), [(Fraction(10), "10"), (Fraction(125, 2), "62.5"), (Fraction(1, 10_000), "0.0001"), (0, "0")]
)
def test_a_threshold_is_written_without_idle_zeros(value, text):
    assert plain(value) == text
