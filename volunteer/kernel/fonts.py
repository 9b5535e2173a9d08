"""Fonts of documents: each character drawn by a font that has it, or the document refused. Pure but for font files."""

import threading
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

drawing = threading.RLock()
"""Held while a document is drawn: a loaded font keeps a reading position, so two threads would mix up its glyphs."""


class Voice(StrEnum):
    """How a text speaks on paper."""

    REGULAR = "regular"
    BOLD = "bold"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class FontSet:
    """Where the fonts lie, all TrueType. `name` is a Kai for people's names; `rare` are asked last, in order."""

    regular: Path
    bold: Path
    name: Path | None = None
    rare: tuple[Path, ...] = ()

    def chain(self, voice: Voice) -> tuple[Path, ...]:
        """Return the fonts to ask for a character spoken in `voice`, best first.

        The Kai stands in every chain: it has hanzi of names that the others lack.
        """
        kai = (self.name,) if self.name else ()
        if voice is Voice.REGULAR:
            return (self.regular, *kai, *self.rare)
        if voice is Voice.NAME:
            return (*kai, self.bold, self.regular, *self.rare)
        return (self.bold, self.regular, *kai, *self.rare)


class Run(NamedTuple):
    """Neighbouring characters that one font draws; `font` is its registered name."""

    font: str
    text: str


class Outline(NamedTuple):
    """The shape of a character as path operators of PDF, and its width, in units of which `em` make a type size."""

    path: str
    width: int
    em: int


@lru_cache(maxsize=4096)
def runs(text: str, voice: Voice, fonts: FontSet) -> tuple[Run, ...]:
    """Split `text` into runs by the fonts that have its characters; one font for all of it where that is possible.

    Raises Invalid naming the first character that no font has: a box on a certificate would be a lie.
    """
    chain = fonts.chain(voice)
    whole = next((path for path in chain if _missing(text, path) is None), None)
    if whole is not None:
        return (Run(_load(whole).fontName, text),) if text else ()
    chosen = [(_font_for(character, chain), character) for character in text]
    return tuple(
        Run(font, "".join(character for _, character in stretch))
        for font, stretch in groupby(chosen, key=lambda pair: pair[0])
    )


def body_font(fonts: FontSet) -> str:
    """Return the registered name of the plain font, with which a page starts."""
    return str(_load(fonts.regular).fontName)


@lru_cache(maxsize=16384)
def width(text: str, voice: Voice, size: float, fonts: FontSet) -> float:
    """Return how wide `text` is drawn at `size`, both in points."""
    return sum(float(pdfmetrics.stringWidth(run.text, run.font, size)) for run in runs(text, voice, fonts))


def require_drawn(texts: Mapping[str, str], fonts: FontSet) -> None:
    """Raise Invalid on the field of a text with a character that no font has: its paper could never be printed."""
    for field, text in texts.items():
        for line in text.splitlines():
            try:
                runs(line, Voice.REGULAR, fonts)
            except Invalid as error:
                raise Invalid(error.words.msgid, field=field, **error.words.params) from None


def without_ornaments(text: str, fonts: FontSet) -> str:
    """Return `text` in one line without pictographs and invisible signs that no font has.

    For titles and notes: an emoji in a title must not cost a volunteer the certificate (our decision).
    Letters and hanzi stay, so that a missing one is still refused. Never for names.
    """
    chain = fonts.chain(Voice.REGULAR)
    kept = (character for character in text if _is_drawn(character, chain) or not _is_ornament(character))
    return " ".join("".join(kept).split())


@lru_cache(maxsize=512)
def outline(character: str, voice: Voice, fonts: FontSet) -> Outline:
    """Return the shape of one character, for writing that bends: it is seen, but never copied as text.

    Raises Invalid as `runs` does.
    """
    path = Path(_font_for(character, fonts.chain(voice)))
    with drawing:
        font = _open_outlines(path)
        glyphs = font.getGlyphSet()
        pen = _OperatorPen(glyphs)
        glyph = glyphs[font.getBestCmap()[ord(character)]]
        glyph.draw(pen)
        return Outline(" ".join(pen.operators), round(glyph.width), font["head"].unitsPerEm)


def start_subsets(document: Any, fixed: Mapping[Voice, str], fonts: FontSet) -> None:
    """Give the words that every document of a kind prints a subset of their own, by voice.

    It comes out the same each time, so it is cut and packed once per process; only what differs is cut anew.
    Characters that the voice's first font lacks are left to `runs`.
    """
    for voice, words in fixed.items():
        font = _load(fonts.chain(voice)[0])
        font.splitString("".join(sorted(set(words))), document)
        state = font.state[document]
        # Codes are given out in blocks of 256, one block a subset: go on at the next block.
        state.nextCode = (state.nextCode + 0xFF) & ~0xFF


def _is_ornament(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Cf", "Mn", "Me"}


def _is_drawn(character: str, chain: tuple[Path, ...]) -> bool:
    return any(ord(character) in _load(path).face.charToGlyph for path in chain)


def _missing(text: str, path: Path) -> str | None:
    glyphs = _load(path).face.charToGlyph
    return next((character for character in text if ord(character) not in glyphs), None)


def _font_for(character: str, chain: tuple[Path, ...]) -> str:
    for path in chain:
        font = _load(path)
        if ord(character) in font.face.charToGlyph:
            return str(font.fontName)
    shown = character if character.isprintable() else "�"
    raise Invalid(
        N_("“%(character)s”（U+%(code)s）没有字体能印出来，请联系主管单位添加字体，或改用别的字"),
        character=shown,
        code=f"{ord(character):04X}",
    )


@lru_cache(maxsize=8)
def _load(path: Path) -> Any:
    """Return the font at `path`, read and registered at first use (about 0.1 s and 30 MB for a full Chinese font)."""
    with drawing:
        font = ttfonts.TTFont(str(path), str(path), asciiReadable=False, shapable=False)
        # The library has no way to name another class of face, and reading the file twice would cost as much again.
        font.face.__class__ = _Face
        font.face.mend_widths()
        pdfmetrics.registerFont(font)
        return font


@lru_cache(maxsize=2)
def _open_outlines(path: Path) -> TTFont:
    return TTFont(BytesIO(_load(path).face._ttf_data), lazy=True)  # shares those bytes, and holds no file open


class _OperatorPen(BasePen):
    """Writes an outline as the operators of a PDF path, in whole units."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.operators: list[str] = []

    def _add(self, operator: str, *points: tuple[float, float]) -> None:
        self.operators += [f"{round(x)} {round(y)}" for x, y in points]
        self.operators.append(operator)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._add("m", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._add("l", pt)

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:
        self._add("c", pt1, pt2, pt3)

    def _closePath(self) -> None:
        self._add("h")


class _Face(ttfonts.TTFontFace):
    """A typeface that cuts its subsets without copying all outlines, and keeps the ones it cut last."""

    def mend_widths(self) -> None:
        """Give back to glyphs without a width of their own the last full one: the library scales it to 1,000 an em."""
        own = int.from_bytes(self.get_table("hhea")[34:36], "big")
        self.hmetrics[own:] = [(self.hmetrics[own - 1][0], bearing) for _, bearing in self.hmetrics[own:]]

    def get_table(self, tag: str) -> Any:
        """Return a table's bytes; the outlines, 14 MB of them, as a view that copies only what is asked for.

        Raises KeyError for the name table: a subset needs none, and it weighs more than ten hanzi.
        """
        if tag == "name":
            raise KeyError(tag)
        if tag != "glyf":
            return super().get_table(tag)
        start, length = self.get_table_pos(tag)
        return _Slices(memoryview(self._ttf_data)[start : start + length])

    def addSubsetObjects(self, doc: Any, fontname: str, subset: list[int]) -> Any:
        """Embed a subset and return the reference to its descriptor."""
        descriptor = super().addSubsetObjects(doc, fontname, subset)
        if doc.compression:
            stream = doc.idToObject[f"fontFile:{self.filename}({fontname})"]
            stream.content = _packed_subset(self, tuple(subset))
            stream.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
        return descriptor

    def makeSubset(self, subset: list[int]) -> bytes:
        """Return the font program for the characters of `subset`."""
        return _subset(self, tuple(subset))


class _Slices:
    def __init__(self, view: memoryview) -> None:
        self._view = view

    def __getitem__(self, key: slice) -> bytes:
        return bytes(self._view[key])


@lru_cache(maxsize=32)
def _subset(face: _Face, subset: tuple[int, ...]) -> bytes:
    return bytes(ttfonts.TTFontFace.makeSubset(face, subset))


@lru_cache(maxsize=32)
def _packed_subset(face: _Face, subset: tuple[int, ...]) -> bytes:
    return zlib.compress(_subset(face, subset))


def _unicode_map(fontname: str, subset: list[int]) -> str:
    """Return the table by which a reader copies text out of a subset.

    The library writes characters beyond U+FFFF as five hexadecimal digits, which readers take for another character,
    and blocks longer than the hundred entries that the format allows.
    """
    pairs = [f"<{code:02X}> <{chr(letter).encode('utf-16-be').hex().upper()}>" for code, letter in enumerate(subset)]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            f"/CMapName /{fontname} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


ttfonts.makeToUnicodeCMap = _unicode_map
