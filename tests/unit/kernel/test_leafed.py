"""Strangers' PDFs: what is drawn comes along, what acts stays behind, and nothing hostile gets far."""

from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from reportlab.pdfgen.canvas import Canvas

from tests.paper import pdf_text
from volunteer.kernel import leafed
from volunteer.kernel.bounded import Busy
from volunteer.kernel.leafed import DRAWING, State, leaf, take_apart


def document(draw=lambda canvas: canvas.drawString(100, 100, "drawn")) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def drawing_of(pdf: bytes):
    return PdfReader(BytesIO(pdf)).pages[0]["/Resources"]["/XObject"][DRAWING]


def test_a_page_becomes_one_upright_drawing_and_the_same_bytes_each_time():
    opened = leaf(document())
    assert opened.state is State.READ
    assert opened.sizes == ((595.0, 842.0),)
    assert b"drawn" in drawing_of(opened.pdf).get_data()
    assert leaf(document()).pdf == opened.pdf


@pytest.mark.parametrize(("turn", "size"), [(0, (595, 842)), (90, (842, 595)), (180, (595, 842)), (270, (842, 595))])
def test_a_turned_page_is_as_large_as_it_is_seen(turn, size):
    writer = PdfWriter(clone_from=BytesIO(document()))
    writer.pages[0].rotate(turn)
    out = BytesIO()
    writer.write(out)
    told, pdf = take_apart(out.getvalue())
    assert told["sizes"] == [size]
    a, b, c, d, e, f = drawing_of(pdf)["/Matrix"]
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (0, 595) for y in (0, 842)]
    assert sorted(corners) == sorted((x, y) for x in (0, size[0]) for y in (0, size[1]))


def test_what_lies_on_a_page_is_drawn_into_it():
    def draw(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="seal", value="SEALED", x=100, y=100, width=200, height=30)

    drawing = drawing_of(leaf(document(draw)).pdf)
    assert b"/LaidOn0 Do" in drawing.get_data()
    assert b"SEALED" in drawing["/Resources"]["/XObject"]["/LaidOn0"].get_data()


def test_scripts_links_and_attachments_stay_behind():
    writer = PdfWriter(clone_from=BytesIO(document(lambda canvas: canvas.linkURL("https://example.org", (0, 0, 9, 9)))))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    writer.add_attachment("bad.exe", b"MZ")
    out = BytesIO()
    writer.write(out)
    opened = leaf(out.getvalue())
    assert opened.state is State.READ
    reader = PdfReader(BytesIO(opened.pdf))
    assert "/Names" not in reader.root_object
    assert "/OpenAction" not in reader.root_object
    assert "/Annots" not in reader.pages[0]
    assert b"example.org" not in opened.pdf


def locked(user: str) -> bytes:
    writer = PdfWriter(clone_from=BytesIO(document()))
    writer.encrypt(user, "owner", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_file_that_asks_for_a_password_is_told_one_that_is_only_locked_against_changes_opens():
    assert leaf(locked("secret")).state is State.ENCRYPTED
    assert leaf(locked("")).state is State.READ


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", document()[:300], b"%PDF-1.4\n" + b"\0" * 4000])
def test_a_broken_file_is_unreadable(data):
    assert leaf(data).state is State.UNREADABLE


def test_a_page_that_unpacks_to_more_than_may_be_is_unreadable(monkeypatch):
    writer = PdfWriter(clone_from=BytesIO(document()))
    bomb = DecodedStreamObject()
    bomb.set_data(b"0 0 m " * 40_000_000)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(bomb.flate_encode())
    out = BytesIO()
    writer.write(out)
    assert len(out.getvalue()) < 1_000_000
    assert leaf(out.getvalue()).state is State.UNREADABLE


def test_a_file_of_too_many_pages_is_told(monkeypatch):
    monkeypatch.setattr(leafed, "MOST_PAGES", 0)
    assert take_apart(document())[0]["state"] is State.LONG


def test_who_waits_too_long_is_told_to_come_back(monkeypatch):
    def busy(_file, *, patience):
        raise Busy

    monkeypatch.setattr(leafed, "_take_apart", busy)
    assert leaf(document(), patience=0).state is State.BUSY


def test_what_was_taken_apart_reads_by_itself_and_may_be_taken_apart_again():
    once = leaf(document()).pdf
    assert pdf_text(once) == pdf_text(leaf(once).pdf) == "drawn"
