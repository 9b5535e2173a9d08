"""Cards for people without a phone: ten to a sheet, each with a code that scans."""

from datetime import date
from pathlib import Path

import pytest

from tests.paper import codes_on, needs_renderer, page_pictures, page_texts, pdf_text
from volunteer.kernel.errors import Invalid
from volunteer.volunteers.documents import CARDS_A_SHEET, CardFacts, draw_cards
from volunteer.web.assets import document_fonts


def cards(count: int) -> list[CardFacts]:
    """Cards of so many volunteers."""
    return [
        CardFacts(
            f"李{chr(0x4E00 + place)}", f"4206{place:010d}", "王府口社区", f"https://zhiyuantai.example/v/{place}"
        )
        for place in range(count)
    ]


def draw(wanted: list[CardFacts]) -> bytes:
    """The sheet in the fonts that the product prints with."""
    return draw_cards(wanted, document_fonts(), product_name="志愿台", made_on=date(2026, 11, 22))


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (CARDS_A_SHEET, 1), (CARDS_A_SHEET + 1, 2)])
def test_ten_cards_fill_a_sheet(count: int, sheets: int) -> None:
    pages = page_texts(draw(cards(count)))
    assert len(pages) == sheets
    assert sum(page.count("志愿者编号") for page in pages) == count


def test_a_card_shows_name_number_and_community() -> None:
    text = pdf_text(
        draw([CardFacts("阿卜杜·热西提", "42060000000017", "王府口社区", "https://zhiyuantai.example/v/1")])
    )
    for shown in ("阿卜杜·热西提", "42060000000017", "王府口社区"):
        assert shown in text


def test_no_card_is_refused_in_words() -> None:
    with pytest.raises(Invalid, match="还没有选"):
        draw([])


def test_the_same_facts_give_the_same_bytes() -> None:
    assert draw(cards(3)) == draw(cards(3))


@needs_renderer
def test_each_card_of_a_sheet_scans(tmp_path: Path) -> None:
    wanted = cards(CARDS_A_SHEET)
    found = codes_on(page_pictures(draw(wanted), tmp_path, dots=120)[0])
    assert sorted(found) == sorted(card.code_text for card in wanted)
