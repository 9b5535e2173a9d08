"""Setting type: what a text measures, and where its lines break. Widths are in millimetres, sizes in points. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from reportlab.lib.units import mm

from volunteer.kernel import fonts as type_case
from volunteer.kernel.fonts import FontSet, Voice

_SHRINK = 0.96
_FIRST_CJK = 0x2E80
_NO_LINE_START = frozenset("，。、；：？！）】》〉”’…—·,.;:?!)]}%〕」』")
_NO_LINE_END = frozenset("（【《〈“‘([{〔「『")

Colour = tuple[float, float, float]
INK: Colour = (0.12, 0.10, 0.09)
GREY: Colour = (0.40, 0.37, 0.35)
SEAL_RED: Colour = (0.58, 0.11, 0.09)


class Style(NamedTuple):
    """How a text looks: voice, size in points, colour as red, green and blue from 0 to 1."""

    voice: Voice
    size: float
    colour: Colour


class Span(NamedTuple):
    """A stretch of a paragraph in one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a paragraph; `gap` is added after each character, in points, so that both margins are straight."""

    spans: tuple[Span, ...]
    gap: float = 0.0


class Typesetter:
    """Measures texts and breaks them into lines, with the fonts of one document."""

    def __init__(self, fonts: FontSet) -> None:
        self.fonts = fonts

    def width(self, text: str, style: Style, spacing: float = 0.0) -> float:
        """Return the width of `text` in millimetres; `spacing` in points stands between characters."""
        points = type_case.width(text, style.voice, style.size, self.fonts) + spacing * max(len(text) - 1, 0)
        return float(points / mm)

    def fit(self, text: str, style: Style, available: float, *, smallest: float) -> Style:
        """Return `style` made smaller, down to `smallest` points, until `text` is at most `available` mm wide."""
        while self.width(text, style) > available and style.size * _SHRINK >= smallest:
            style = style._replace(size=style.size * _SHRINK)
        return style

    def wrap(
        self, spans: Sequence[Span], available: float, *, indent: float = 0.0, justify: bool = False
    ) -> list[Line]:
        """Break spans into lines of at most `available` millimetres.

        Latin words and numbers stay whole where they fit; closing marks never start a line, opening ones never end it.
        """
        lines: list[list[Span]] = [[]]
        left = available - indent
        for piece in self._narrow_pieces(spans, available):
            wide = sum(self.width(span.text, span.style) for span in piece)
            if wide > left and lines[-1]:
                lines.append([])
                left = available
                if piece[0].text.isspace():
                    continue
            lines[-1].extend(piece)
            left -= wide
        last = len(lines) - 1
        return [
            self._set_line(line, available - (0.0 if number else indent), justify=justify and number < last)
            for number, line in enumerate(lines)
        ]

    def wrap_text(self, text: str, style: Style, available: float, *, most: int = 0) -> list[str]:
        """Break one text into lines; beyond `most` lines (0: no limit) the last one ends in an ellipsis."""
        if self.width(text, style) <= available:
            return [text]
        lines = ["".join(span.text for span in line.spans) for line in self.wrap([Span(text, style)], available)]
        if most and len(lines) > most:
            last = lines[most - 1]
            while last and self.width(last + "…", style) > available:
                last = last[:-1]
            lines = [*lines[: most - 1], last + "…"]
        return lines

    def balance(self, text: str, style: Style, available: float, *, most: int = 0) -> list[str]:
        """Break one text like `wrap_text`, but into lines of about one length: better to look at in the middle."""
        lines = self.wrap_text(text, style, available, most=most)
        narrow = available
        while len(lines) > 1 and not lines[-1].endswith("…"):
            narrow -= style.size / mm / 2
            if narrow <= 0:
                break  # one letter a line: nothing is narrower than that
            narrower = self.wrap_text(text, style, narrow)
            if len(narrower) > len(lines):
                break
            lines = narrower
        return lines

    def _narrow_pieces(self, spans: Sequence[Span], available: float) -> Iterator[list[Span]]:
        """Yield what a line break must not cut; a word wider than a line comes letter by letter."""
        for piece in _pieces(spans):
            if sum(self.width(span.text, span.style) for span in piece) <= available:
                yield piece
            else:
                yield from ([Span(letter, span.style)] for span in piece for letter in span.text)

    def _set_line(self, spans: Sequence[Span], available: float, *, justify: bool) -> Line:
        merged = _merged(spans)
        if merged:
            merged[-1] = merged[-1]._replace(text=merged[-1].text.rstrip(" "))
        count = sum(len(span.text) for span in merged)
        if not justify or count < 2:
            return Line(tuple(merged))
        slack = available - sum(self.width(span.text, span.style) for span in merged)
        return Line(tuple(merged), gap=slack * mm / (count - 1))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Join neighbouring spans of one style."""
    stretches = groupby(spans, key=lambda span: span.style)
    return [Span("".join(span.text for span in stretch), style) for style, stretch in stretches]


def _pieces(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Split spans into the smallest pieces that a line break must not cut."""
    piece: list[Span] = []
    for letter in (Span(character, span.style) for span in spans for character in span.text):
        if piece and not _may_not_part(piece[-1].text, letter.text):
            yield _merged(piece)
            piece = []
        piece.append(letter)
    if piece:
        yield _merged(piece)


def _may_not_part(before: str, after: str) -> bool:
    if after in _NO_LINE_START or before in _NO_LINE_END:
        return True
    return _is_latin(before) and _is_latin(after)


def _is_latin(character: str) -> bool:
    return not character.isspace() and ord(character) < _FIRST_CJK
