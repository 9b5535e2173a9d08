"""Identity documents: every kind's own check, and no number where only its mask belongs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.kernel.id_documents import (
    CheckedDocument,
    DocumentKind,
    Gender,
    check_character,
    check_document,
    mask_document,
    old_foreign_check_digit,
)

TODAY = date(2026, 11, 22)
RESIDENT, FOREIGN = DocumentKind.RESIDENT_ID, DocumentKind.FOREIGN_PERMANENT
BEGINNINGS = {RESIDENT: "1234567", DocumentKind.HMT_RESIDENCE: ("81", "82", "83"), FOREIGN: "9"}


@st.composite
def eighteen(draw: st.DrawFn) -> tuple[DocumentKind, str, date]:
    kind = draw(st.sampled_from(list(BEGINNINGS)))
    beginning = draw(st.sampled_from(BEGINNINGS[kind]))
    area = beginning + draw(st.text("0123456789", min_size=6 - len(beginning), max_size=6 - len(beginning)))
    birth_on = draw(st.dates(date(1900, 1, 1), TODAY))
    body = f"{area}{birth_on:%Y%m%d}" + draw(st.text("0123456789", min_size=3, max_size=3))
    return kind, body + check_character(body), birth_on


def refusal(kind: DocumentKind, typed: str) -> str:
    with pytest.raises(Invalid) as caught:
        check_document(kind, typed, TODAY)
    assert caught.value.field == "document_number"
    return str(caught.value)


@given(eighteen())
def test_every_well_made_number_of_eighteen_passes_with_its_birth_date_and_gender(made):
    kind, number, birth_on = made
    checked = check_document(kind, number, TODAY)
    assert (checked.kind, checked.number, checked.birth_on) == (kind, number, birth_on)
    assert checked.gender is (Gender.MALE if number[16] in "13579" else Gender.FEMALE)


@given(eighteen(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_character_of_a_number_of_eighteen_never_passes(made, place, character):
    kind, number, _ = made
    changed = number[:place] + character + number[place + 1 :]
    if changed != number:
        refusal(kind, changed)


def test_the_published_example_of_the_standard_passes():
    checked = check_document(RESIDENT, "11010519491231002X", TODAY)
    assert (checked.birth_on, checked.gender) == (date(1949, 12, 31), Gender.FEMALE)


@pytest.mark.parametrize(
    "typed",
    ["１１０１０５１９４９１２３１００２Ｘ", "11010519491231002x", " 110105 19491231 002x ", "110105-19491231-002X"],
)
def test_full_width_small_letters_spaces_and_dashes_are_taken(typed):
    assert check_document(RESIDENT, typed, TODAY).number == "11010519491231002X"


def with_check(body: str) -> str:
    return body + check_character(body)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写证件号码"),
        ("　", "请填写证件号码"),
        ("110105194912310021", "证件号码第 18 位不对，请再核对一遍"),
        ("11010519491231002", "证件号码应是 18 位，现在是 17 位，请再核对一遍"),
        ("110105491231002", "15 位的旧号码已停用，请填身份证上的 18 位号码"),
        ("11010519491231OO2X", "证件号码第 15 位应是数字"),
        ("11010519491231002Z", "证件号码第 18 位应是数字或 X"),
        (with_check("11010519900230002"), "证件号码里的出生日期 2 月 30 日不存在"),
        (with_check("11010519990229002"), "证件号码里的出生日期 1999 年 2 月 29 日不存在"),
        (with_check("11010519901301002"), "证件号码里的出生日期 13 月 1 日不存在"),
        (with_check("11010518991231002"), "证件号码里的出生年份 1899 太早，请再核对一遍"),
        (with_check("11010520261123002"), "证件号码里的出生日期 2026 年 11 月 23 日还没到，请再核对一遍"),
        (with_check("01010519491231002"), "证件号码开头不对，请再核对一遍"),
        (with_check("81000019491231002"), "这是港澳台居民居住证的号码，请改选证件类型"),
        (with_check("94201119491231002"), "这是外国人永久居留身份证的号码，请改选证件类型"),
        ("1" * 8000, "证件号码太长，请只填号码"),
        ("1101051949123100\x002", "证件号码第 17 位应是数字"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢٤", "证件号码第 1 位应是数字"),
    ],
)
def test_a_wrong_resident_number_is_told_what_is_wrong(typed, words):
    assert refusal(RESIDENT, typed) == words


def test_an_area_that_no_list_knows_is_taken():
    assert check_document(RESIDENT, with_check("79999919491231002"), TODAY).birth_on == date(1949, 12, 31)


def test_the_last_day_before_today_and_today_itself_are_birth_dates():
    assert check_document(RESIDENT, with_check("42060220261122002"), TODAY).birth_on == TODAY


def test_an_old_foreign_card_gives_its_birth_date_when_only_one_century_is_possible():
    body = "CAN11007812310"
    checked = check_document(FOREIGN, body.lower() + old_foreign_check_digit(body), TODAY)
    assert (checked.birth_on, checked.gender) == (date(1978, 12, 31), None)


def test_an_old_foreign_card_leaves_the_birth_date_open_when_both_centuries_are_possible():
    body = "CAN11001012310"
    assert check_document(FOREIGN, body + old_foreign_check_digit(body), TODAY).birth_on is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("CAN110078123108", "证件号码第 15 位不对，请再核对一遍"),
        ("CAN110078133101", "证件号码里的出生日期 13 月 31 日不存在"),
        ("CAN11007812310", "旧版外国人永久居留身份证号码是 3 个字母加 12 位数字，请照证件上的填"),
    ],
)
def test_a_wrong_old_foreign_card_is_told_what_is_wrong(typed, words):
    assert refusal(FOREIGN, typed) == words


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        (DocumentKind.HK_MACAO_PERMIT, "h12345678", "H12345678"),
        (DocumentKind.HK_MACAO_PERMIT, "M 1234 5678 02", "M12345678"),
        (DocumentKind.HK_MACAO_PERMIT, "HA1234567", "HA1234567"),
        (DocumentKind.TAIWAN_PERMIT, "０１２３４５６７", "01234567"),
        (DocumentKind.TAIWAN_PERMIT, "0123456702(B)", "01234567"),
        (DocumentKind.PASSPORT, "e12345678", "E12345678"),
        (DocumentKind.PASSPORT, "P1234", "P1234"),
    ],
)
def test_a_permit_or_passport_is_kept_in_one_form(kind, typed, number):
    checked = check_document(kind, typed, TODAY)
    assert (checked.number, checked.birth_on, checked.gender) == (number, None, None)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (DocumentKind.HK_MACAO_PERMIT, "A12345678"),
        (DocumentKind.HK_MACAO_PERMIT, "H1234567"),
        (DocumentKind.HK_MACAO_PERMIT, "HB1234567"),
        (DocumentKind.TAIWAN_PERMIT, "1234567"),
        (DocumentKind.TAIWAN_PERMIT, "123456789"),
        (DocumentKind.PASSPORT, "1234"),
        (DocumentKind.PASSPORT, "A" * 9),
        (DocumentKind.PASSPORT, "E1234567_"),
        (DocumentKind.PASSPORT, "1" * 18),
        (DocumentKind.PASSPORT, "护照12345"),
    ],
)
def test_what_is_not_a_permit_or_passport_number_is_refused(kind, typed):
    assert "照证件上的填" in refusal(kind, typed)


@given(st.sampled_from(DocumentKind), st.text())
def test_any_text_at_all_is_either_a_document_or_invalid(kind, typed):
    try:
        checked = check_document(kind, typed, TODAY)
    except Invalid:
        return
    assert checked.number.isascii()


@given(eighteen())
def test_a_checked_document_never_shows_its_middle(made):
    kind, number, _ = made
    checked = check_document(kind, number, TODAY)
    for shown in (str(checked), repr(checked), f"{checked}", f"{[checked]}"):
        assert number[3:16] not in shown
        assert number[6:14] not in shown
        assert "*" * 13 in shown


@given(st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", max_size=30))
def test_a_mask_has_the_length_of_the_number_and_hides_at_least_half(number):
    mask = mask_document(number)
    assert len(mask) == len(number)
    assert mask.count("*") * 2 >= len(number)


def test_the_equality_of_documents_is_that_of_their_numbers():
    assert CheckedDocument(DocumentKind.PASSPORT, "E1234567") == check_document(
        DocumentKind.PASSPORT, "e 1234567", TODAY
    )


def test_every_kind_and_gender_has_a_label():
    assert all(kind.label for kind in DocumentKind)
    assert [gender.label for gender in Gender] == ["男", "女"]
