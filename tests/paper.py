"""Reading what was printed: fonts made for a test, the text of a PDF, its pages as pictures."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from pypdf import PdfReader

needs_renderer = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm draws the pages")


def build_font(path: Path, characters: str, *, em: int = 1000) -> Path:
    """Write a font of square glyphs, 500 units wide, that has just `characters`."""
    pen = TTGlyphPen(None)
    for corner, point in enumerate(((50, 0), (450, 0), (450, 700), (50, 700))):
        (pen.lineTo if corner else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    names = {ord(character): f"u{ord(character):05X}" for character in characters}
    glyphs = [".notdef", *names.values()]
    builder = FontBuilder(em, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys(glyphs, square))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (500, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, sCapHeight=700)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular", "psName": f"{path.stem}-Regular"})
    builder.setupPost()
    builder.save(path)
    return path


def pdf_text(document: bytes) -> str:
    """Return all the text that a reader could copy, without white space: columns and letter spacing do not matter."""
    return re.sub(r"\s", "", "".join(page_texts(document)))


def ink_in(page: Image.Image, left: float, top: float, right: float, bottom: float) -> bool:
    """Return whether anything dark stands in a field of an A4 page, given in millimetres."""
    dots = page.width / 210
    field = page.crop((int(left * dots), int(top * dots), int(right * dots), int(bottom * dots)))
    return any(field.histogram()[:200])


def page_texts(document: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(document)).pages]


def page_pictures(document: bytes, folder: Path, *, dots: int = 100) -> list[Image.Image]:
    """Return each page in grey, drawn at `dots` per inch."""
    (folder / "document.pdf").write_bytes(document)
    subprocess.run(
        ["pdftoppm", "-r", str(dots), "-gray", folder / "document.pdf", folder / "page"], check=True, timeout=60
    )
    return [Image.open(path) for path in sorted(folder.glob("page-*.pgm"))]


def codes_on(picture: Image.Image) -> list[str]:
    """Return the texts of the QR codes that a scanner finds on a page."""
    return [code.text for code in zxingcpp.read_barcodes(picture)]
