"""Paper: pages of text, lines and codes in millimetres from the top left corner. Pure.

Text is drawn as it is and never read as markup. Type sizes are in points.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from math import cos, radians, sin
from typing import NamedTuple

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from volunteer.kernel import archival
from volunteer.kernel import fonts as type_case
from volunteer.kernel.fonts import FontSet, Voice
from volunteer.kernel.qr import QUIET_ZONE, dark_runs, qr_matrix
from volunteer.kernel.typesetting import Colour, Line, Span, Style, Typesetter

# Streams stay binary: text-only filters made a certificate two thirds larger and several times slower.
rl_config.useA85 = 0

WIDTH, HEIGHT = 210.0, 297.0
_packed_stamps: dict[str, bytes] = {}
_MIDDLE = 0.38  # of a hanzi above the line it stands on, in ems


class Tile(NamedTuple):
    """Fine lines that repeat: PDF path operators in millimetres, the matrix from one repetition to the next, how often.

    Repetitions are the same bytes, so that they pack to almost nothing.
    """

    path: str
    step: tuple[float, float, float, float, float, float]
    times: int


class Align(StrEnum):
    """Where a text stands to its point."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Colophon:
    """What a file says about itself; `fixed` is what every document of its kind prints, by voice."""

    title: str
    author: str
    maker: str
    subject: str
    made_on: date
    fixed: Mapping[Voice, str] = field(default_factory=dict)


@contextmanager
def open_paper(colophon: Colophon, fonts: FontSet) -> Iterator["Paper"]:
    """Yield a blank A4 page; the same facts give the same bytes. One document is drawn at a time in a process."""
    with type_case.drawing:
        yield Paper(colophon, fonts)


class Paper(Typesetter):
    """A document being drawn; use it through `open_paper` and take the bytes with `finish`."""

    def __init__(self, colophon: Colophon, fonts: FontSet) -> None:
        super().__init__(fonts)
        self._buffer = BytesIO()
        self._canvas = Canvas(
            self._buffer,
            pagesize=A4,
            pageCompression=1,
            invariant=1,
            initialFontName=type_case.body_font(fonts),
            lang="zh-CN",
        )
        document = self._canvas._doc
        # The library stamps repeatable files with the year 2000; the day of the document is just as repeatable.
        document._timeStamp.YMDhms = (*colophon.made_on.timetuple()[:3], 0, 0, 0)
        document._timeStamp.dhh = 8
        self._canvas.setTitle(colophon.title)
        self._canvas.setAuthor(colophon.author)
        self._canvas.setSubject(colophon.subject)
        self._canvas.setCreator(colophon.maker)
        self._canvas.setProducer(colophon.maker)
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        self._stamps: set[str] = set()
        self._colophon = colophon
        type_case.start_subsets(document, colophon.fixed, fonts)

    def text(
        self, x: float, y: float, text: str, style: Style, *, align: Align = Align.LEFT, spacing: float = 0.0
    ) -> None:
        """Draw one line with its baseline at `y`; `spacing` in points is added between characters."""
        wide = self.width(text, style, spacing)
        start = x - {Align.LEFT: 0.0, Align.CENTRE: wide / 2, Align.RIGHT: wide}[align]
        self.line_of_text(start, y, Line((Span(text, style),), gap=spacing))

    def line_of_text(self, x: float, y: float, line: Line) -> None:
        """Draw a wrapped line from `x` with its baseline at `y`."""
        drawn = self._canvas.beginText(x * mm, (HEIGHT - y) * mm)
        drawn.setCharSpace(line.gap)
        for span in line.spans:
            drawn.setFillColorRGB(*span.style.colour)
            for run in type_case.runs(span.text, span.style.voice, self.fonts):
                drawn.setFont(run.font, span.style.size)
                drawn.textOut(run.text)
        self._canvas.drawText(drawn)

    def rule(self, x1: float, y1: float, x2: float, y2: float, *, points: float, colour: Colour) -> None:
        """Draw a straight line `points` thick."""
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(points)
        self._canvas.line(x1 * mm, (HEIGHT - y1) * mm, x2 * mm, (HEIGHT - y2) * mm)

    def box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        stroke: Colour | None = None,
        fill: Colour | None = None,
        points: float = 0.5,
        radius: float = 0.0,
    ) -> None:
        """Draw a rectangle from its top left corner; `radius` rounds its corners, in millimetres."""
        self._set_pens(stroke, fill, points)
        self._canvas.roundRect(
            x * mm,
            (HEIGHT - y - high) * mm,
            wide * mm,
            high * mm,
            radius * mm,
            stroke=int(stroke is not None),
            fill=int(fill is not None),
        )

    def polygon(
        self,
        corners: Sequence[tuple[float, float]],
        *,
        stroke: Colour | None = None,
        fill: Colour | None = None,
        points: float = 0.5,
    ) -> None:
        """Draw a closed shape through `corners`; its line is `points` thick."""
        path = self._canvas.beginPath()
        path.moveTo(corners[0][0] * mm, (HEIGHT - corners[0][1]) * mm)
        for x, y in corners[1:]:
            path.lineTo(x * mm, (HEIGHT - y) * mm)
        path.close()
        self._set_pens(stroke, fill, points)
        self._canvas.drawPath(path, stroke=int(stroke is not None), fill=int(fill is not None))

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """Draw a QR code of `text` in a square of `side` millimetres, its quiet zone included and left as paper."""
        matrix = qr_matrix(text)
        size = len(matrix) + 2 * QUIET_ZONE
        module = side / size * mm
        squares = "".join(
            f"{left + QUIET_ZONE} {size - QUIET_ZONE - top - 1} {wide} 1 re " for left, top, wide in dark_runs(matrix)
        )
        self._canvas.saveState()
        self._canvas.setFillColorRGB(0, 0, 0)
        self._canvas.translate(x * mm, (HEIGHT - y - side) * mm)
        self._canvas.scale(module, module)
        self._canvas.addLiteral(squares + "f")
        self._canvas.restoreState()

    def picture(self, x: float, y: float, wide: float, high: float, jpeg: bytes) -> None:
        """Draw a JPEG into a rectangle from its top left corner; equal ones are kept once."""
        name = f"picture-{sha256(jpeg).hexdigest()}"
        if not self._canvas.hasForm(name):
            # The library's own way decodes every pixel to find a name.
            image = pdfdoc.PDFImageXObject(name)
            image.loadImageFromJPEG(BytesIO(jpeg))
            self._canvas._setXObjects(image)
            self._canvas._doc.Reference(image, self._canvas._doc.getXObjectName(name))
            self._canvas._doc.addForm(name, image)
        self._canvas.saveState()
        self._canvas.translate(x * mm, (HEIGHT - y - high) * mm)
        self._canvas.scale(wide * mm, high * mm)
        self._canvas.doForm(name)
        self._canvas.restoreState()

    def mark(self, key: str, title: str, level: int) -> None:
        """Name this page for `jump` and put it into the reader's side list, `level` 0 outermost."""
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(title, key, level, closed=level > 0)

    def jump(self, x: float, y: float, wide: float, high: float, key: str) -> None:
        """Make a rectangle lead to the page that `mark` names so, earlier or later."""
        corners = (x * mm, (HEIGHT - y - high) * mm, (x + wide) * mm, (HEIGHT - y) * mm)
        self._canvas.linkAbsolute("", key, corners, Border="[0 0 0]")

    def tiled(self, x: float, y: float, tile: Tile, *, points: float, colour: Colour, turn: float = 0.0) -> None:
        """Draw a tile's repetitions from a point on, turned by `turn` degrees against the clock."""
        along, aside = mm * cos(radians(turn)), mm * sin(radians(turn))
        step = " ".join(f"{number:.6g}" for number in tile.step)
        self._canvas.saveState()
        self._canvas.transform(along, aside, -aside, along, x * mm, (HEIGHT - y) * mm)
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(points / mm)
        self._canvas.addLiteral(f"{tile.path} S {step} cm " * tile.times)
        self._canvas.restoreState()

    def carved(
        self, x: float, y: float, character: str, style: Style, *, turn: float = 0.0, narrow: float = 1.0
    ) -> None:
        """Draw one character as a shape around a point, turned against the clock and `narrow` times as wide.

        For seals: it is seen like ink and does not mix with the text that a reader copies.
        """
        shape = type_case.outline(character, style.voice, self.fonts)
        tilt = radians(turn)
        high, wide = style.size / shape.em, style.size / shape.em * narrow
        self._canvas.saveState()
        self._canvas.setFillColorRGB(*style.colour)
        self._canvas.transform(cos(tilt), sin(tilt), -sin(tilt), cos(tilt), x * mm, (HEIGHT - y) * mm)
        self._canvas.transform(wide, 0, 0, high, -wide * shape.width / 2, -high * shape.em * _MIDDLE)
        self._canvas.addLiteral(f"{shape.path} f")
        self._canvas.restoreState()

    def ring(self, x: float, y: float, radius: float, *, points: float, colour: Colour) -> None:
        """Draw a circle line `points` thick, `radius` millimetres from a point."""
        self._set_pens(colour, None, points)
        self._canvas.circle(x * mm, (HEIGHT - y) * mm, radius * mm, stroke=1, fill=0)

    def stamped(self, name: str, draw: Callable[[], None], *, down: float = 0.0) -> None:
        """Show on this page what `draw` draws, shapes without text, moved `down` by so many millimetres.

        A name always stands for the same shapes: a file holds them once, and a process packs them once.
        """
        if name not in self._stamps:
            self._stamps.add(name)
            self._canvas.beginForm(name)
            if name not in _packed_stamps:
                draw()
                _packed_stamps[name] = zlib.compress("\n".join(self._canvas._code).encode())
            self._canvas._code.clear()
            shapes = pdfdoc.PDFStream(content=_packed_stamps[name])
            shapes.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
            self._canvas.endForm(Contents=shapes, compression=0)
        self._canvas.saveState()
        self._canvas.translate(0, -down * mm)
        self._canvas.doForm(name)
        self._canvas.restoreState()

    def _set_pens(self, stroke: Colour | None, fill: Colour | None, points: float) -> None:
        self._canvas.setLineWidth(points)
        if stroke is not None:
            self._canvas.setStrokeColorRGB(*stroke)
        if fill is not None:
            self._canvas.setFillColorRGB(*fill)

    def next_page(self) -> None:
        """Go on to a blank page."""
        self._canvas.showPage()
        self._canvas._doc.Pages.pages[-1].Trans = None  # the library gives each page an empty transition

    def finish(self) -> bytes:
        """Close the last page and return the PDF file."""
        self.next_page()
        told = self._colophon
        identity = archival.Identity(told.title, told.author, told.subject, told.maker, told.made_on)
        archival.keep_for_good(self._canvas._doc, identity)
        self._canvas.save()
        return self._buffer.getvalue()
