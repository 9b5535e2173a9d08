"""Mobile numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.kernel.phones import check_phone, mask_phone

PHONES = st.from_regex("1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii)


@given(PHONES, st.sampled_from(["", "+86", "86", "0086", "＋８６ ", "(+86) ", "+86-"]))
def test_every_mobile_number_passes_with_or_without_the_country(phone, country):
    assert check_phone(f"{country}{phone[:3]} {phone[3:7]}-{phone[7:]}") == phone


def test_full_width_digits_are_taken():
    assert check_phone("１３８ １２３４ ５６７８") == "13812345678"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写手机号"),
        ("　", "请填写手机号"),
        ("1381234567", "手机号是 11 位数字，现在是 10 位"),
        ("1" * 8000, "手机号是 11 位数字，现在是 8000 位"),
        ("12812345678", "手机号要以 13 到 19 开头，请再核对一遍"),
        ("07103456789", "手机号要以 13 到 19 开头，请再核对一遍"),
        ("1381234567a", "手机号里只能有数字，不能有 a"),
        ("1381234567\x00", "手机号里只能有数字，不能有 U+0000"),
        ("١٣٨١٢٣٤٥٦٧٨", "手机号里只能有数字，不能有 ١"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong(typed, words):
    with pytest.raises(Invalid) as caught:
        check_phone(typed)
    assert (str(caught.value), caught.value.field) == (words, "phone")


@given(st.text())
def test_any_text_at_all_is_either_a_number_or_invalid(typed):
    try:
        phone = check_phone(typed)
    except Invalid:
        return
    assert set(phone) <= set("0123456789")
    assert len(phone) == 11


@given(PHONES)
def test_a_masked_number_hides_its_four_middle_digits(phone):
    assert mask_phone(phone) == f"{phone[:3]}****{phone[7:]}"


def test_the_mask_of_something_else_shows_nothing():
    assert mask_phone("0710") == "****"
