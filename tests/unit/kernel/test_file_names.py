"""File names lead nowhere, fit everywhere, and stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.file_names import safe_file_name, safe_name, split_name

ONE = "420600000001"


@given(st.text(max_size=300))
def test_a_file_name_leads_nowhere_and_fits(name: str) -> None:
    made = safe_name(ONE, name) + ".pdf"
    assert made.startswith(ONE)
    assert len(made.encode()) <= 255
    assert not set(made) & set('<>:"/\\|?*\n\r\t\0')
    assert not any(ord(character) < 32 or character in "\u202e\u200b" for character in made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("阿卜杜·热西提", "阿卜杜·热西提"),
        ("../../x", "_.._x"),
        ("a\u202egpj", "agpj"),
        ("CON.", "CON"),
        ("龚䶮𬱖", "龚䶮𬱖"),
    ],
)
def test_names_stay_readable(name: str, expected: str) -> None:
    assert safe_name(ONE, name).endswith(expected)


@given(st.text(max_size=300))
def test_a_whole_name_keeps_its_ending_however_long_it_is(name: str) -> None:
    made = safe_file_name(name + ".pdf")
    assert made.endswith(".pdf")
    assert len(made.encode()) <= 124


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("通报.xlsx", ("通报", "xlsx")),
        ("a.tar.gz", ("a.tar", "gz")),
        ("通报.表格", ("通报.表格", "")),
        ("a.b c", ("a.b c", "")),
        ("a.", ("a.", "")),
        (".pdf", ("", "pdf")),
        ("", ("", "")),
    ],
)
def test_an_ending_is_short_and_of_letters(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts
