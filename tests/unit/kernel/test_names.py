"""Names of people as GB 18030 allows them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.errors import Invalid
from volunteer.kernel.names import check_name, mask_name, repair_private_use

HAN = st.one_of(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, categories=["Lo"]),
    st.characters(min_codepoint=0x3400, max_codepoint=0x4DBF, categories=["Lo"]),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF, categories=["Lo"]),
    st.characters(min_codepoint=0x30000, max_codepoint=0x3134A, categories=["Lo"]),
)


@given(st.text(HAN, min_size=1, max_size=50))
def test_every_name_of_han_characters_on_any_plane_is_kept_as_it_is(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "䶮",
        "王𬱖",
        "〇一",
        "欧阳娜娜",
        "阿卜杜·热西提",
        "John F. Kennedy Jr.",
        "Anne-Marie O'Neil",
        "Zoë",
        "𰻝面",
        "ཚེ་རིང",
    ],
)
def test_names_of_many_kinds_are_kept(name):
    assert check_name(name) == name


@pytest.mark.parametrize("dot", ["·", "・", "･", "•", "‧", "∙", "⋅", ".", "．", " · ", " . ", "··", "・ ・"])
def test_every_dot_between_han_characters_becomes_the_one_of_the_standard(dot):
    assert check_name(f"阿卜杜{dot}热西提") == "阿卜杜\u00b7热西提"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  张三\n", "张三"),
        ("张　三", "张三"),
        ("张 三", "张三"),
        ("\ufeff张\u200b三", "张三"),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith"),
        ("John   Smith", "John Smith"),
        ("O’Brien", "O'Brien"),
        ("Zoe\u0308", "Zoë"),
        ("\u2f7c王", "老王"),
        ("王\ue863", "王䶮"),
        ("\ue816\ue831\ue855", "𠂇𡗗𤇾"),
        ("\ue81e\ue864", "龴龻"),
    ],
)
def test_what_keyboards_and_old_files_bend_is_mended(typed, name):
    assert check_name(typed) == name


def test_the_private_row_of_gbk_is_repaired_as_the_codec_of_python_maps_it():
    for place, low in enumerate(low for low in range(0x50, 0xA1) if low != 0x7F):
        character = bytes([0xFE, low]).decode("gb18030")
        repaired = repair_private_use(chr(0xE815 + place))
        assert unicodedata.category(repaired) in {"Lo", "So"}
        assert repaired == character or unicodedata.category(character) == "Co"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写姓名"),
        (" \u3000\u200b", "请填写姓名"),
        ("<b>张三</b>", "姓名里不能有 <"),
        ("＜b＞", "姓名里不能有 <"),
        ("张3", "姓名里不能有数字 3"),
        ("张😀", "姓名里不能有 😀"),
        ("张,三", "姓名里不能有 ,"),
        ("张\x00三", "姓名里有看不见的字符（U+0000），请删掉重填"),
        ("张\n三", "姓名里有看不见的字符（U+000A），请删掉重填"),
        ("张\u202e三", "姓名里有看不见的字符（U+202E），请删掉重填"),
        ("张\ud800", "姓名里有看不见的字符（U+D800），请删掉重填"),
        ("高\ue170", "姓名里有一个没有统一编码的字（U+E170），请用输入法重新打这个字"),
        ("\U000f0000", "姓名里有一个没有统一编码的字（U+F0000），请用输入法重新打这个字"),
        ("·张三", "姓名不能以 · 开头"),
        ("张三·", "姓名不能以 · 结尾"),
        ("a" + "\u0323\u0301\u0308\u030c\u0306", "姓名里叠加的符号太多，请照证件上的填"),
        ("张" * 51, "姓名最多 50 个字，现在是 51 个"),
        ("张" * 8000, "姓名最多 50 个字，现在是 8000 个"),
    ],
)
def test_a_wrong_name_is_told_what_is_wrong(typed, words):
    with pytest.raises(Invalid) as caught:
        check_name(typed)
    assert str(caught.value) == words
    assert caught.value.field == "name"


def test_the_length_counts_characters_of_the_kept_name_not_of_the_spaces_around_it():
    assert check_name(" " * 8000 + "𬱖" * 50) == "𬱖" * 50


@given(st.text())
def test_any_text_at_all_is_either_a_name_or_invalid_and_a_name_is_kept_the_second_time(typed):
    try:
        name = check_name(typed)
    except Invalid:
        return
    assert 1 <= len(name) <= 50
    assert not set(name) & set('<>&"\x00\n')
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "mask"),
    [("张三", "张*"), ("欧阳娜娜", "欧**"), ("𬱖三", "𬱖*"), ("John Smith", "J**"), ("张", "*"), ("", "")],
)
def test_a_masked_name_keeps_the_first_character(name, mask):
    assert mask_name(name) == mask


@given(st.text(HAN, min_size=1, max_size=50))
def test_a_masked_name_shows_nothing_but_the_first_character_and_hides_the_length(name):
    mask = mask_name(name)
    assert mask.strip("*") in {"", name[0]}
    assert len(mask) <= 3
