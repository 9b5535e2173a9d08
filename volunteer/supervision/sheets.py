"""Official sheets: a red masthead, paragraphs, tables with a repeated head, numbered pages, room for a seal. Pure.

What is to be drawn is collected as blocks, shared out to pages, and drawn when the count of pages is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from volunteer.kernel.fonts import Voice
from volunteer.kernel.ornaments import star
from volunteer.kernel.paper import WIDTH, Align, Paper
from volunteer.kernel.typesetting import Colour, Line, Span, Style

LEFT, RIGHT = 26.0, WIDTH - 26.0
ACROSS = RIGHT - LEFT
_TOP, _BOTTOM, _FOOT = 26.0, 270.0, 282.0
_CENTRE = WIDTH / 2

RED: Colour = (0.78, 0.08, 0.07)
INK: Colour = (0.10, 0.09, 0.09)
GREY: Colour = (0.40, 0.38, 0.37)
_HAIR: Colour = (0.70, 0.66, 0.63)
_TINT: Colour = (0.965, 0.945, 0.935)
_BAR: Colour = (0.16, 0.42, 0.58)
_BAR_LOW: Colour = (0.80, 0.52, 0.14)

BODY = Style(Voice.REGULAR, 12, INK)
STRONG = Style(Voice.BOLD, 12, INK)
HEADING = Style(Voice.BOLD, 13, INK)
SMALL = Style(Voice.REGULAR, 9, GREY)
CELL = Style(Voice.REGULAR, 9.5, INK)
_HEAD_CELL = Style(Voice.BOLD, 9, INK)
_TITLE = Style(Voice.BOLD, 18, INK)
_MASTHEAD = Style(Voice.BOLD, 34, RED)
_PAGE = Style(Voice.REGULAR, 10, INK)
_LEADINGS = (7.4, 7.1, 6.8, 6.5, 7.8, 8.2, 8.6)
_LEADING, _SMALL_LEADING, _CELL_LEADING = 7.4, 4.8, 4.8
_PAD, _AIR = 1.9, 2.2


class Column(NamedTuple):
    """A heading, its share of the width, and where its cells stand."""

    title: str
    share: float
    align: Align = Align.LEFT


class Bar(NamedTuple):
    """One bar of a chart: whose it is, how long (0 to 100), what stands at its end, and whether it stands out."""

    name: str
    length: float
    value: str
    is_low: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Something `height` mm high; `head` is drawn again above it on a new page; it `keeps` the next one with it."""

    height: float
    draw: Callable[[float], None]
    head: "Block | None" = None
    keeps: bool = False


@dataclass(slots=True)
class Sheet:
    """A document that is being filled from the top; `finish` draws it."""

    paper: Paper
    blocks: list[Block] = field(default_factory=list)
    leading: float = _LEADING

    # --- filling ---

    def space(self, height: float) -> None:
        """Leave some millimetres."""
        self.blocks.append(Block(height, lambda _y: None, keeps=True))

    def masthead(self, name: str, left: str, right: str) -> None:
        """Open with a red name, and under it a line with the number and the day over a red rule with a star."""
        style = self.paper.fit(name, _MASTHEAD, ACROSS * 0.94, smallest=16)
        spread = max(0.0, min(9.0, (ACROSS * 0.9 - self.paper.width(name, style)) / max(len(name) - 1, 1) * 2.2))

        def draw(y: float) -> None:
            self.paper.text(_CENTRE, y + 15, name, style, align=Align.CENTRE, spacing=spread)
            self.paper.text(LEFT, y + 31, left, BODY)
            self.paper.text(RIGHT, y + 31, right, BODY, align=Align.RIGHT)
            self.paper.rule(LEFT, y + 35, _CENTRE - 6, y + 35, points=1.6, colour=RED)
            self.paper.rule(_CENTRE + 6, y + 35, RIGHT, y + 35, points=1.6, colour=RED)
            self.paper.polygon(star(_CENTRE, y + 35, 3.4), fill=RED)

        self.blocks.append(Block(44, draw))

    def title(self, text: str) -> None:
        """Add the title in the middle, in lines of about one length."""
        lines = self.paper.balance(text, _TITLE, ACROSS)
        for line in lines:
            self._line(partial(self._title_line, line), 10)
        self.space(4)

    def paragraph(self, text: str, style: Style = BODY, *, indent: bool = True, leading: float = 0.0) -> None:
        """Add paragraphs of justified text, each line of `text` one, its first line moved in by two characters."""
        leading = leading or self.leading
        for words in text.splitlines() or [""]:
            moved = self.paper.width("兹证", style) if indent else 0.0
            lines = self.paper.wrap([Span(words, style)], ACROSS, indent=moved, justify=True)
            for number, line in enumerate(lines):
                x = LEFT + (moved if number == 0 else 0)
                self._line(partial(self._text_line, x, leading * 0.68, line), leading)

    def _title_line(self, text: str, y: float) -> None:
        self.paper.text(_CENTRE, y + 6.5, text, _TITLE, align=Align.CENTRE)

    def _text_line(self, x: float, down: float, line: Line, y: float) -> None:
        self.paper.line_of_text(x, y + down, line)

    def note(self, text: str) -> None:
        """Add small print."""
        self.paragraph(text, SMALL, indent=False, leading=_SMALL_LEADING)

    def heading(self, text: str) -> None:
        """Add a heading; it stays with what follows."""
        self.space(2)
        self._line(lambda y: self.paper.text(LEFT, y + 5.6, text, HEADING), 8.4, keeps=True)

    def subheading(self, text: str) -> None:
        """Add a smaller heading; it stays with what follows."""
        self.space(1)
        self._line(lambda y: self.paper.text(LEFT + 8, y + 5.2, text, STRONG), 7.6, keeps=True)

    def bars(self, bars: Sequence[Bar]) -> None:
        """Add a chart of bars, one a line, 100 being the whole width; it stands on one page."""
        name_wide = min(40.0, max(self.paper.width(bar.name, CELL) for bar in bars) + 3)
        room = ACROSS - name_wide - 20
        for number, bar in enumerate(bars, start=1):
            self._line(partial(self._bar, bar, name_wide, room), 6.0, keeps=number < len(bars))
        self.space(3)

    def _bar(self, bar: Bar, name_wide: float, room: float, y: float) -> None:
        name = self.paper.fit(bar.name, CELL, name_wide - 2, smallest=6)
        self.paper.text(LEFT + name_wide - 2, y + 4.2, bar.name, name, align=Align.RIGHT)
        self.paper.box(LEFT + name_wide, y + 1.2, room, 3.9, fill=_TINT)
        long = max(room * bar.length / 100, 0.4)
        self.paper.box(LEFT + name_wide, y + 1.2, long, 3.9, fill=_BAR_LOW if bar.is_low else _BAR)
        self.paper.text(RIGHT, y + 4.4, bar.value, CELL, align=Align.RIGHT)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Add a table; its head stands again on each page that it goes on to."""
        self.space(1.5)
        widths = self._widths(columns)
        head = self._row(columns, widths, [column.title for column in columns], _HEAD_CELL, is_head=True)
        self.blocks.append(Block(head.height, head.draw, keeps=True))
        for number, row in enumerate(rows):
            block = self._row(columns, widths, row, CELL)
            # A head never stands over a single row at the foot of a page.
            self.blocks.append(Block(block.height, block.draw, head=head, keeps=number == 0 and len(rows) > 1))
        self.space(2)

    def _widths(self, columns: Sequence[Column]) -> list[float]:
        """Share out the width; none gets less than two letters of its heading need."""
        least = [self.paper.width(column.title[:2], _HEAD_CELL) + 1.6 * _PAD + 0.01 for column in columns]
        narrow: set[int] = set()
        while True:
            left = ACROSS - sum(least[place] for place in narrow)
            whole = sum(column.share for place, column in enumerate(columns) if place not in narrow)
            widths = [
                least[place] if place in narrow else left * column.share / whole for place, column in enumerate(columns)
            ]
            found = {place for place, wide in enumerate(widths) if wide < least[place]}
            if not found:
                return widths
            narrow |= found

    def _row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        cells: Sequence[str],
        style: Style,
        *,
        is_head: bool = False,
    ) -> Block:
        broken = [
            self.paper.balance(cell, style, wide - 2 * _PAD * 0.8) if is_head else self._cell(cell, style, wide)
            for cell, wide in zip(cells, widths, strict=True)
        ]
        height = max(map(len, broken)) * _CELL_LEADING + 2 * _PAD * 0.35

        def draw(y: float) -> None:
            if is_head:
                self.paper.box(LEFT, y, ACROSS, height, fill=_TINT)
                self.paper.rule(LEFT, y, RIGHT, y, points=0.9, colour=INK)
            self.paper.rule(LEFT, y + height, RIGHT, y + height, points=0.9 if is_head else 0.35, colour=_HAIR)
            x = LEFT
            for column, wide, lines in zip(columns, widths, broken, strict=True):
                self._cell_text(column, x, y + (height - len(lines) * _CELL_LEADING) / 2, wide, lines, style)
                x += wide

        return Block(height, draw)

    def _cell(self, text: str, style: Style, wide: float) -> list[str]:
        return self.paper.wrap_text(text, style, wide - 1.6 * _PAD, most=3)

    def _cell_text(self, column: Column, x: float, y: float, wide: float, lines: Sequence[str], style: Style) -> None:
        inset = 0.8 * _PAD
        at = {Align.LEFT: x + inset, Align.CENTRE: x + wide / 2, Align.RIGHT: x + wide - inset}[column.align]
        for number, line in enumerate(lines):
            self.paper.text(at, y + 3.5 + number * _CELL_LEADING, line, style, align=column.align)

    def facts(self, pairs: Sequence[tuple[str, str]], label_wide: float = 32.0) -> None:
        """Add a framed form: what each line is about at the left, its text at the right."""
        for label, text in pairs:
            lines = [
                line
                for words in text.splitlines() or [""]
                for line in self.paper.wrap([Span(words, BODY)], ACROSS - label_wide - 8)
            ]
            last = len(lines) - 1
            for number, line in enumerate(lines):
                air = (_AIR if number == 0 else 0.0, _AIR if number == last else 0.0)
                shown = label if number == 0 else ""
                draw = partial(self._form_line, label_wide, shown, line, air)
                self.blocks.append(Block(7.0 + sum(air), draw, keeps=number == 0 and last > 0))
            self._close_row()

    def _form_line(self, label_wide: float, label: str, line: Line, air: tuple[float, float], y: float) -> None:
        """Draw one line of a form; one with a label begins a row."""
        bottom = y + 7.0 + sum(air)
        for x in (LEFT, LEFT + label_wide, RIGHT):
            self.paper.rule(x, y, x, bottom, points=0.6, colour=INK)
        if label:
            self.paper.rule(LEFT, y, RIGHT, y, points=0.6, colour=INK)
            self.paper.text(LEFT + label_wide / 2, y + air[0] + 5, label, STRONG, align=Align.CENTRE)
        self.paper.line_of_text(LEFT + label_wide + 4, y + air[0] + 5, line)

    def _close_row(self) -> None:
        self.blocks.append(Block(0.0, lambda y: self.paper.rule(LEFT, y, RIGHT, y, points=0.6, colour=INK)))

    def signed(self, name: str, day: str, *, mark: str = "（盖章）") -> None:
        """Close with the name and the day at the right, room for a seal over them."""

        def draw(y: float) -> None:
            x = RIGHT - 38
            self.paper.text(x, y + 14, name, self.paper.fit(name, BODY, 74, smallest=8), align=Align.CENTRE)
            self.paper.text(x, y + 22, day, BODY, align=Align.CENTRE)
            if mark:
                self.paper.text(x, y + 30, mark, SMALL, align=Align.CENTRE)

        self.blocks.append(Block(38, draw))

    def new_page(self) -> None:
        """Go on at the top of a page."""
        self.blocks.append(Block(-1.0, lambda _y: None))

    def _line(self, draw: Callable[[float], None], height: float, *, keeps: bool = False) -> None:
        self.blocks.append(Block(height, draw, keeps=keeps))

    def fit(self, fill: Callable[[], None], least: float) -> None:
        """Fill the sheet; where less than `least` of its last page is used, with lines closer or wider, if that helps.

        So a page seldom holds a sentence and the signature alone.
        """
        for leading in _LEADINGS:
            self.blocks.clear()
            self.leading = leading
            fill()
            if self._last_page_used() >= least:
                return
        self.blocks.clear()
        self.leading = _LEADING
        fill()

    def _last_page_used(self) -> float:
        last = self._pages()[-1]
        return (last[-1][0] + last[-1][1].height - _TOP) / (_BOTTOM - _TOP) if last else 1.0

    # --- drawing ---

    def finish(self, foot: str = "") -> bytes:
        """Draw the pages, each with its number and `foot`, and return the PDF file."""
        pages = self._pages()
        for number, page in enumerate(pages, start=1):
            if number > 1:
                self.paper.next_page()
            for y, block in page:
                block.draw(y)
            self.paper.text(_CENTRE, _FOOT, f"— {number} / {len(pages)} —", _PAGE, align=Align.CENTRE)
            if foot:
                self.paper.text(_CENTRE, _FOOT + 5, foot, Style(Voice.REGULAR, 7.5, GREY), align=Align.CENTRE)
        return self.paper.finish()

    def _pages(self) -> list[list[tuple[float, Block]]]:
        pages: list[list[tuple[float, Block]]] = [[]]
        y = _TOP
        for place, block in enumerate(self.blocks):
            if block.height < 0 or y + self._needed(place) > _BOTTOM:
                if pages[-1]:
                    pages.append([])
                y = _TOP
                if block.head is not None:
                    pages[-1].append((y, block.head))
                    y += block.head.height
            if block.height >= 0 and (pages[-1] or block.height):
                pages[-1].append((y, block))
                y += block.height
        return pages

    def _needed(self, place: int) -> float:
        """Return how high a block is with those that must stand on the same page."""
        needed = 0.0
        for block in self.blocks[place:]:
            needed += max(block.height, 0.0)
            if not block.keeps:
                break
        return min(needed, _BOTTOM - _TOP)
