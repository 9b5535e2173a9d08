"""Volunteer cards on paper, for people without a phone: the size of a bank card, ten to a sheet. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from volunteer.kernel.errors import Invalid
from volunteer.kernel.fonts import FontSet, Voice, without_ornaments
from volunteer.kernel.paper import HEIGHT, WIDTH, Align, Colophon, Paper, open_paper
from volunteer.kernel.text import N_
from volunteer.kernel.typesetting import INK, Colour, Style

CARDS_A_SHEET = 10

_RED: Colour = (0.78, 0.216, 0.184)
_WHITE: Colour = (1, 1, 1)
_GREY: Colour = (0.36, 0.33, 0.31)
_HAIR: Colour = (0.70, 0.66, 0.63)

_WIDE, _HIGH = 85.6, 54.0
_LEFT = (WIDTH - 2 * _WIDE) / 2
_TOP = (HEIGHT - 5 * _HIGH) / 2
_MARK = 4.0
_CODE = 31.0

_HEAD = Style(Voice.BOLD, 11, _WHITE)
_NAME = Style(Voice.NAME, 20, INK)
_LABEL = Style(Voice.REGULAR, 7.5, _GREY)
_NUMBER = Style(Voice.BOLD, 12, INK)
_SMALL = Style(Voice.REGULAR, 7.5, _GREY)

_FIXED = {Voice.REGULAR: "志愿者编号签到时请出示此卡遗失联系社区补办", Voice.BOLD: "志愿者卡0123456789"}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What one card shows: only what is needed at a door. `code_text` is what its QR code holds."""

    name: str
    volunteer_number: str
    community: str
    code_text: str


def draw_cards(cards: Sequence[CardFacts], fonts: FontSet, *, product_name: str, made_on: date) -> bytes:
    """Return cards with cutting marks, ten to an A4 page, as a PDF file; the same facts give the same bytes.

    Raises Invalid when there is no card, or naming a character that no font has.
    """
    if not cards:
        raise Invalid(N_("还没有选要打印的志愿者"))
    colophon = Colophon(
        title="志愿者卡", author=product_name, maker=product_name, subject="", made_on=made_on, fixed=_FIXED
    )
    with open_paper(colophon, fonts) as paper:
        for number, card in enumerate(cards):
            place = number % CARDS_A_SHEET
            if number and not place:
                paper.next_page()
            if not place:
                _draw_cutting_marks(paper)
            row, column = divmod(place, 2)
            _draw_card(paper, card, _LEFT + column * _WIDE, _TOP + row * _HIGH, product_name)
        return paper.finish()


def _draw_card(paper: Paper, card: CardFacts, x: float, y: float, product_name: str) -> None:
    paper.box(x, y, _WIDE, _HIGH, stroke=_HAIR, points=0.25)
    paper.box(x + 2, y + 2, _WIDE - 4, 9, fill=_RED, radius=1.2)
    paper.text(x + 5, y + 8.1, "志愿者卡", _HEAD, spacing=2)
    maker = paper.fit(product_name, _LABEL._replace(colour=_WHITE), 45, smallest=3)
    paper.text(x + _WIDE - 5, y + 8, product_name, maker, align=Align.RIGHT)
    room = _WIDE - _CODE - 10
    name = paper.fit(card.name, _NAME, room, smallest=3)
    spacing = 3.0 if len(card.name) <= 3 else 0.0
    paper.text(x + 5, y + 22.5, card.name, name, spacing=spacing)
    paper.text(x + 5, y + 29, "志愿者编号", _LABEL)
    paper.text(x + 5, y + 34, card.volunteer_number, paper.fit(card.volunteer_number, _NUMBER, room, smallest=7))
    for number, text in enumerate(
        paper.wrap_text(without_ornaments(card.community, paper.fonts), _SMALL, room, most=2)
    ):
        paper.text(x + 5, y + 40 + number * 3.6, text, _SMALL)
    paper.text(x + 5, y + 50.5, "签到时请出示此卡，遗失请联系社区补办", _SMALL)
    paper.code(x + _WIDE - _CODE - 3, y + 13, _CODE, card.code_text)


def _draw_cutting_marks(paper: Paper) -> None:
    for column in range(3):
        x = _LEFT + column * _WIDE
        paper.rule(x, _TOP - _MARK, x, _TOP, points=0.25, colour=INK)
        paper.rule(x, _TOP + 5 * _HIGH, x, _TOP + 5 * _HIGH + _MARK, points=0.25, colour=INK)
    for row in range(6):
        y = _TOP + row * _HIGH
        paper.rule(_LEFT - _MARK, y, _LEFT, y, points=0.25, colour=INK)
        paper.rule(_LEFT + 2 * _WIDE, y, _LEFT + 2 * _WIDE + _MARK, y, points=0.25, colour=INK)
