"""A volunteer's record on paper. Pure."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from volunteer.kernel.fonts import FontSet, Voice, without_ornaments
from volunteer.kernel.paper import WIDTH, Align, Colophon, Paper, open_paper
from volunteer.kernel.typesetting import INK, Colour, Style
from volunteer.records.telling import Row, Section, Told

_GREY: Colour = (0.36, 0.33, 0.31)
_RED: Colour = (0.78, 0.216, 0.184)
_HAIR: Colour = (0.80, 0.77, 0.74)

_LEFT, _RIGHT = 20.0, WIDTH - 20.0
_ACROSS = _RIGHT - _LEFT
_TOP, _BOTTOM = 22.0, 278.0
_DAY = 24.0
_AMOUNT = 22.0
_CODE = 28.0

_TITLE = Style(Voice.BOLD, 20, _RED)
_HEAD = Style(Voice.BOLD, 12, _RED)
_STRONG = Style(Voice.BOLD, 10, INK)
_PLAIN = Style(Voice.REGULAR, 10, INK)
_SMALL = Style(Voice.REGULAR, 8.5, _GREY)

_FIXED = {Voice.REGULAR: "姓名志愿者编号证件第页", Voice.BOLD: "志愿服务档案"}


class _Sheet:
    """A document that grows downwards, page after page."""

    def __init__(self, paper: Paper, said: Told) -> None:
        self.paper, self.said, self.y, self.page = paper, said, _TOP, 1

    def need(self, high: float) -> None:
        """Go on to a new page unless `high` millimetres are left on this one."""
        if self.y + high > _BOTTOM:
            self.end_page()
            self.paper.next_page()
            self.page, self.y = self.page + 1, _TOP

    def end_page(self) -> None:
        """Draw the foot of the page."""
        foot = f"{self.said.issuer}，{self.said.made_on} 发出"
        self.paper.text(_LEFT, 288, foot, self.paper.fit(foot, _SMALL, _ACROSS - 25, smallest=5))
        self.paper.text(_RIGHT, 288, f"第 {self.page} 页", _SMALL, align=Align.RIGHT)

    def lines(self, x: float, texts: Sequence[str], style: Style, high: float) -> None:
        """Draw lines one below another."""
        for text in texts:
            self.y += high
            self.paper.text(x, self.y, text, style)


def draw_record(said: Told, fonts: FontSet, *, made_on: date) -> bytes:
    """Return what a portable record says as a PDF file in A4; the same record gives the same bytes.

    Raises Invalid naming a character that no font has.
    """
    colophon = Colophon(
        title=said.title, author=said.issuer, maker=said.issuer, subject="", made_on=made_on, fixed=_FIXED
    )
    with open_paper(colophon, fonts) as paper:
        sheet = _Sheet(paper, said)
        _draw_head(sheet)
        for section in said.sections:
            _draw_section(sheet, section)
        _draw_how(sheet)
        sheet.end_page()
        return paper.finish()


def _draw_head(sheet: _Sheet) -> None:
    paper = sheet.paper
    sheet.y += 6
    paper.text(_LEFT, sheet.y, sheet.said.title, _TITLE, spacing=3)
    paper.text(_RIGHT, sheet.y, f"截至 {sheet.said.made_on}", _SMALL, align=Align.RIGHT)
    sheet.y += 4
    paper.rule(_LEFT, sheet.y, _RIGHT, sheet.y, points=1.2, colour=_RED)
    sheet.y += 3
    for name, value in sheet.said.facts:
        sheet.need(7)
        lines = paper.wrap_text(_drawable(value, paper), _PLAIN, _ACROSS - 30)
        paper.text(_LEFT, sheet.y + 5.5, name, _SMALL)
        sheet.lines(_LEFT + 30, lines, _PLAIN, 5.5)


def _draw_section(sheet: _Sheet, section: Section) -> None:
    sheet.need(34)
    sheet.y += 11
    sheet.paper.text(_LEFT, sheet.y, section.title, _HEAD)
    sheet.paper.text(_RIGHT, sheet.y, section.note, _SMALL, align=Align.RIGHT)
    sheet.y += 2
    sheet.paper.rule(_LEFT, sheet.y, _RIGHT, sheet.y, points=0.5, colour=_RED)
    for row in section.rows:
        _draw_row(sheet, row)


def _draw_row(sheet: _Sheet, row: Row) -> None:
    paper, room = sheet.paper, _ACROSS - _DAY - _AMOUNT
    titles = paper.wrap_text(_drawable(row.title, paper), _STRONG, room, most=2)
    lines = [part for line in row.lines for part in paper.wrap_text(_drawable(line, paper), _SMALL, room, most=3)]
    sheet.need(len(titles) * 5 + len(lines) * 4.2 + 4)
    first = sheet.y + 5.5
    paper.text(_LEFT, first, row.day, paper.fit(row.day, _PLAIN, _DAY - 3, smallest=6))
    paper.text(_RIGHT, first, row.amount, _STRONG, align=Align.RIGHT)
    if row.is_undone:
        wide = paper.width(row.amount, _STRONG)
        paper.rule(_RIGHT - wide, first - 1.3, _RIGHT, first - 1.3, points=0.8, colour=INK)
    sheet.y += 0.5
    sheet.lines(_LEFT + _DAY, titles, _STRONG, 5)
    sheet.lines(_LEFT + _DAY, lines, _SMALL, 4.2)
    sheet.y += 2.5
    paper.rule(_LEFT, sheet.y, _RIGHT, sheet.y, points=0.25, colour=_HAIR)


def _draw_how(sheet: _Sheet) -> None:
    paper, room = sheet.paper, _ACROSS - _CODE - 6
    texts = [part for line in sheet.said.how for part in paper.wrap_text(line, _SMALL, room)]
    sheet.need(max(_CODE, len(texts) * 4.6) + 22)
    sheet.y += 11
    paper.text(_LEFT, sheet.y, "怎么核验", _HEAD)
    sheet.y += 2
    paper.code(_RIGHT - _CODE, sheet.y, _CODE, sheet.said.ledger_url)
    host = urlsplit(sheet.said.ledger_url).netloc
    paper.text(
        _RIGHT - _CODE / 2, sheet.y + _CODE + 3, host, paper.fit(host, _SMALL, _CODE, smallest=4), align=Align.CENTRE
    )
    sheet.lines(_LEFT, texts, _SMALL, 4.6)


def _drawable(text: str, paper: Paper) -> str:
    return without_ornaments(text, paper.fonts)
