"""The pages of a dossier on paper: their frame, tables that go on over pages, paragraphs. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from volunteer.kernel.fonts import Voice, without_ornaments
from volunteer.kernel.paper import WIDTH, Align, Paper
from volunteer.kernel.typesetting import GREY, INK, SEAL_RED, Colour, Span, Style

LEFT, RIGHT, TOP, BOTTOM = 22.0, 188.0, 25.0, 277.0
ACROSS, CENTRE = RIGHT - LEFT, WIDTH / 2

HAIR: Colour = (0.80, 0.75, 0.67)
TINT: Colour = (0.972, 0.958, 0.932)

BODY = Style(Voice.REGULAR, 11.5, INK)
CELL = Style(Voice.REGULAR, 9, INK)
SMALL = Style(Voice.REGULAR, 8, GREY)
FINE = Style(Voice.REGULAR, 7.2, INK)
HEADING = Style(Voice.BOLD, 16, INK)
SUBHEADING = Style(Voice.BOLD, 11.5, SEAL_RED)
STAMP = Style(Voice.BOLD, 8.5, INK)

_MM = 2.834646  # points to a millimetre
_HEAD_AT, _FOOT_AT = 17.0, 286.5
_PAD = 1.6


class Column(NamedTuple):
    """A column of a table on paper: heading, millimetres, where its texts stand."""

    title: str
    wide: float
    align: Align = Align.LEFT


@dataclass(slots=True)
class Sheet:
    """Where the drawing stands: the page from 1, and how far down it is. `pages` is the number of all of them.

    `marks` are the pages on which parts begin, by key; a first drawing fills them, a second one prints them.
    """

    paper: Paper
    running: str
    pages: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    number: int = 0
    y: float = TOP
    _foot: str = ""
    _head: str = ""

    def clean(self, text: str) -> str:
        """Return a text in one line without what no font draws."""
        return without_ornaments(text, self.paper.fonts)

    def begin(self, head: str = "", foot: str = "", *, is_plain: bool = False) -> None:
        """Begin a page: `head` stands at its top right, `foot` (the archive number) at its bottom left."""
        if self.number:
            self.paper.next_page()
        self.number += 1
        self.y = TOP
        self._head, self._foot = head, foot
        if not is_plain:
            self._draw_frame()

    def go_on(self) -> None:
        """Begin a page like this one."""
        self.begin(self._head, self._foot)

    def mark(self, key: str, title: str, level: int) -> None:
        """Say that the part `key` begins on this page."""
        self.marks.setdefault(key, self.number)
        self.paper.mark(key, self.clean(title), level)

    def page_of(self, key: str) -> str:
        """Return on which page a part begins; what is not known yet takes as much room."""
        return str(self.marks.get(key, 0))

    def _draw_frame(self) -> None:
        paper = self.paper
        paper.text(LEFT, _HEAD_AT - 2.2, self.running, SMALL)
        head = paper.wrap_text(self._head, SMALL, ACROSS * 0.55, most=1)[0] if self._head else ""
        paper.text(RIGHT, _HEAD_AT - 2.2, head, SMALL, align=Align.RIGHT)
        paper.rule(LEFT, _HEAD_AT, RIGHT, _HEAD_AT, points=0.5, colour=HAIR)
        paper.rule(LEFT, _FOOT_AT - 5, RIGHT, _FOOT_AT - 5, points=0.5, colour=HAIR)
        if self._foot:
            paper.text(LEFT, _FOOT_AT, self._foot, STAMP)
        paper.text(RIGHT, _FOOT_AT, f"第 {self.number} 页  共 {self.pages} 页", SMALL, align=Align.RIGHT)

    def room(self, high: float) -> None:
        """Go on to another page unless so many millimetres are left on this one."""
        if self.y + high > BOTTOM:
            self.go_on()

    def heading(self, text: str, style: Style = HEADING, *, after: float = 5.0) -> None:
        """Draw a heading in the middle, in lines of about one length."""
        for line in self.paper.balance(self.clean(text), style, ACROSS - 20):
            self.room(style.size / _MM * 1.5)
            self.paper.text(CENTRE, self.y + style.size / _MM, line, style, align=Align.CENTRE)
            self.y += style.size / _MM * 1.5
        self.y += after

    def line(self, text: str, style: Style = CELL, *, indent: float = 0.0, after: float = 0.0) -> None:
        """Draw a text from the left, over as many lines as it takes."""
        leading = style.size / _MM * 1.5
        for line in self.paper.wrap_text(self.clean(text), style, ACROSS - indent):
            self.room(leading)
            self.paper.text(LEFT + indent, self.y + style.size / _MM, line, style)
            self.y += leading
        self.y += after

    def paragraphs(self, words: str, style: Style = BODY) -> None:
        """Draw paragraphs as Chinese official texts have them: two characters in, both margins straight."""
        em, leading = style.size / _MM, style.size / _MM * 1.75
        for paragraph in filter(None, map(self.clean, words.splitlines())):
            lines = self.paper.wrap([Span(paragraph, style)], ACROSS, indent=2 * em, justify=True)
            for place, line in enumerate(lines):
                self.room(leading)
                self.paper.line_of_text(LEFT + (0 if place else 2 * em), self.y + em, line)
                self.y += leading
            self.y += 1.0

    def pairs(self, listed: Iterable[tuple[str, str]], *, term: float = 24.0, style: Style = CELL) -> None:
        """Draw terms with what is said of them, as a table of two columns with fine lines."""
        self.table((Column("", term), Column("", ACROSS - term)), listed, style=style, has_head=False)

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str]],
        *,
        style: Style = CELL,
        has_head: bool = True,
        is_bold: Callable[[Sequence[str]], bool] = lambda row: False,
        keys: Sequence[str] = (),
    ) -> None:
        """Draw a table that goes on over pages, its heading repeated; row by row `keys` make it lead somewhere."""
        if has_head:
            self.room(22)
            self._head_row(columns, style)
        for place, row in enumerate(rows):
            bold = style._replace(voice=Voice.BOLD)
            styles = [bold if is_bold(row) or (not has_head and not at) else style for at in range(len(columns))]
            lines = self._laid_out(columns, row, styles)
            high = self._height(lines, style)
            if self.y + high > BOTTOM:
                self.go_on()
                if has_head:
                    self._head_row(columns, style)
            if place < len(keys):
                self.paper.jump(LEFT, self.y, ACROSS, high, keys[place])
            if not has_head:
                self.paper.box(LEFT, self.y, columns[0].wide, high, fill=TINT)
            self._row(columns, lines, styles, high)

    def _head_row(self, columns: Sequence[Column], style: Style) -> None:
        styles = [style._replace(voice=Voice.BOLD)] * len(columns)
        lines = self._laid_out(columns, [column.title for column in columns], styles)
        high = self._height(lines, style)
        self.paper.box(LEFT, self.y, sum(column.wide for column in columns), high, fill=TINT)
        self.paper.rule(LEFT, self.y, RIGHT, self.y, points=0.9, colour=INK)
        self._row(columns, lines, styles, high)

    def _laid_out(self, columns: Sequence[Column], row: Sequence[str], styles: Sequence[Style]) -> list[list[str]]:
        return [
            self.paper.wrap_text(self.clean(text), style, column.wide - 2 * _PAD)
            for text, column, style in zip(row, columns, styles, strict=True)
        ]

    def _height(self, lines: Sequence[Sequence[str]], style: Style) -> float:
        return max(map(len, lines)) * style.size / _MM * 1.42 + 2 * _PAD

    def _row(
        self, columns: Sequence[Column], lines: Sequence[Sequence[str]], styles: Sequence[Style], h: float
    ) -> None:
        x = LEFT
        for column, texts, style in zip(columns, lines, styles, strict=True):
            at = {Align.LEFT: x + _PAD, Align.CENTRE: x + column.wide / 2, Align.RIGHT: x + column.wide - _PAD}
            for place, text in enumerate(texts):
                down = self.y + _PAD + style.size / _MM * (0.95 + 1.42 * place)
                self.paper.text(at[column.align], down, text, style, align=column.align)
            x += column.wide
        self.y += h
        self.paper.rule(LEFT, self.y, RIGHT, self.y, points=0.4, colour=HAIR)
