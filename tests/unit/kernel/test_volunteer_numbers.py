"""The volunteer number: made and read back, and every slip of the finger found."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.kernel.volunteer_numbers import (
    ALPHABET,
    check_volunteer_number,
    make_volunteer_number,
    number_prefix,
)

NUMBERS = st.builds(
    make_volunteer_number,
    st.text("0123456789", min_size=6, max_size=6),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 999_999),
)


@given(NUMBERS)
def test_every_made_number_is_read_back_also_in_small_letters_and_groups(number):
    assert check_volunteer_number(number) == number
    assert check_volunteer_number(f" {number[:7].lower()} {number[7:11]}-{number[11:].lower()} ") == number


@given(NUMBERS, st.integers(1, 17), st.sampled_from(ALPHABET))
def test_one_changed_character_is_always_found(number, place, character):
    changed = number[:place] + character + number[place + 1 :]
    if changed != number:
        with pytest.raises(Invalid):
            check_volunteer_number(changed)


@given(NUMBERS, st.integers(1, 16), st.integers(1, 16))
def test_two_exchanged_digits_are_always_found(number, one, other):
    characters = list(number)
    characters[one], characters[other] = characters[other], characters[one]
    changed = "".join(characters)
    if changed != number:
        with pytest.raises(Invalid):
            check_volunteer_number(changed)


def test_a_number_says_where_and_when_it_was_given():
    number = make_volunteer_number("420602", date(2026, 11, 1), 7)
    assert number.startswith("V4206022611000007")
    assert number_prefix("420602", date(2026, 11, 30)) == number[:11]
    assert len(number) == 18


def test_letters_that_look_like_digits_are_mended():
    number = make_volunteer_number("420602", date(2026, 11, 1), 110)
    assert check_volunteer_number(number.replace("0", "o").replace("1", "I")) == number


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写志愿者编号"),
        ("V420602", "志愿者编号是 V 开头的 18 位，请照志愿者卡再核对一遍"),
        ("V" * 8000, "志愿者编号是 V 开头的 18 位，请照志愿者卡再核对一遍"),
        ("V42060226110000010", "志愿者编号不对，请照志愿者卡再核对一遍"),
        ("V42060226130000010", "志愿者编号不对，请照志愿者卡再核对一遍"),
        ("<script>alert(1)</", "志愿者编号不对，请照志愿者卡再核对一遍"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong(typed, words):
    with pytest.raises(Invalid) as caught:
        check_volunteer_number(typed)
    assert (str(caught.value), caught.value.field) == (words, "number")


@given(st.text())
def test_any_text_at_all_is_either_a_number_or_invalid(typed):
    with suppress(Invalid):
        assert len(check_volunteer_number(typed)) == 18


@pytest.mark.parametrize(
    ("area", "serial"), [("42060", 1), ("420602001", 1), ("４２０６０２", 1), ("420602", 0), ("420602", 1_000_000)]
)
def test_a_number_that_would_not_fit_is_not_made(area, serial):
    with pytest.raises(ValueError, match=r"serial|six digits"):
        make_volunteer_number(area, date(2026, 11, 1), serial)
