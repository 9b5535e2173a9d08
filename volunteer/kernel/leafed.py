"""A stranger's PDF taken apart in a process of its own, so that its pages can be put between ours.

Each page becomes one drawing, upright, its corner at zero: stamps and filled-in fields that lie on the page are drawn
into it; scripts, links, attachments and passwords stay behind. What it may take in time, memory and pages is bounded.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any

from volunteer.kernel.bounded import Bounded, Busy, Failed, Limits

MOST_PAGES = 120
DRAWING = "/Page"
_LIMITS = Limits(seconds=40, cpu_seconds=30, memory=1024 * 1024 * 1024, answer=80 * 1024 * 1024)
_HIDDEN = 2


class State(StrEnum):
    """How far a file could be taken apart."""

    READ = "read"
    ENCRYPTED = "encrypted"
    LONG = "long"
    UNREADABLE = "unreadable"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Leafed:
    """The sizes of a file's pages, width and height in points, and the file of drawings; empty unless it was read."""

    state: State
    sizes: tuple[tuple[float, float], ...] = ()
    pdf: bytes = b""


def leaf(file: bytes, patience: float = _LIMITS.seconds * 4) -> Leafed:
    """Return a PDF file's pages as drawings; a file that takes too much, or ends the reader, is unreadable.

    Busy when others are taken apart for longer than `patience` seconds. Whoever calls holds no transaction.
    """
    try:
        head, _, pdf = _take_apart(file, patience=patience).partition(b"\n")
        told: dict[str, Any] = json.loads(head)
        sizes = tuple((float(wide), float(high)) for wide, high in told.get("sizes", ()))
        return Leafed(State(told["state"]), sizes, pdf)
    except Busy:
        return Leafed(State.BUSY)
    # A file that gets the better of the reader may make it answer anything.
    except (Failed, ValueError, KeyError, TypeError):
        return Leafed(State.UNREADABLE)


def answer(file: bytes) -> bytes:
    """Return what `leaf` tells as a line of JSON, and the new file; for the process of its own alone."""
    told, pdf = take_apart(file)
    return json.dumps(told).encode() + b"\n" + pdf


_take_apart = Bounded(answer, _LIMITS, at_once=2, libraries=["pypdf"])


def take_apart(file: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what `leaf` tells, and the new file; raise whatever the reader raises at a file that is none."""
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(BytesIO(file))
    # Many offices lock a file against changes only: it opens without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        return {"state": State.ENCRYPTED}, b""
    if len(reader.pages) > MOST_PAGES:
        return {"state": State.LONG}, b""
    writer = PdfWriter()
    sizes = [_add_leaf(writer, page) for page in reader.pages]
    if not sizes:
        return {"state": State.UNREADABLE}, b""
    out = BytesIO()
    writer.write(out)
    return {"state": State.READ, "sizes": sizes}, out.getvalue()


def _add_leaf(writer: Any, page: Any) -> tuple[float, float]:
    from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, StreamObject

    left, bottom, right, top = (float(side) for side in page.cropbox)
    if not (0 < right - left < 15_000 and 0 < top - bottom < 15_000):
        raise ValueError("no page has such a size")
    drawn, resources = page.get_contents(), page.get("/Resources")
    kept = resources.get_object().clone(writer, force_duplicate=True) if resources else DictionaryObject()
    form = StreamObject()
    content = drawn.get_data() if drawn is not None else b""
    form.set_data(b"q\n" + content + b"\nQ\n" + _laid_on(writer, page, kept))
    matrix, wide, high = _upright((left, bottom, right, top), page.rotation % 360)
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(map(FloatObject, (left, bottom, right, top))),
            NameObject("/Matrix"): ArrayObject(map(FloatObject, matrix)),
            NameObject("/Resources"): kept,
        }
    )
    leaf_page = writer.add_blank_page(wide, high)
    drawings = DictionaryObject({NameObject(DRAWING): writer._add_object(form.flate_encode())})
    leaf_page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): drawings})
    # The file is also read by itself: each page shows its drawing.
    shown = StreamObject()
    shown.set_data(f"{DRAWING} Do".encode())
    leaf_page[NameObject("/Contents")] = writer._add_object(shown)
    return wide, high


def _upright(box: tuple[float, float, float, float], turned: int) -> tuple[tuple[float, ...], float, float]:
    """Return the matrix that puts a page, shown turned clockwise, upright at zero, and its width and height then."""
    left, bottom, right, top = box
    wide, high = right - left, top - bottom
    if turned == 90:
        return (0, -1, 1, 0, -bottom, right), high, wide
    if turned == 180:
        return (-1, 0, 0, -1, right, top), wide, high
    if turned == 270:
        return (0, 1, -1, 0, top, -left), high, wide
    return (1, 0, 0, 1, -left, -bottom), wide, high


def _laid_on(writer: Any, page: Any, resources: Any) -> bytes:
    """Return the operators that draw what lies on a page, such as an office's seal, and add it to the resources."""
    from pypdf.generic import DictionaryObject, NameObject

    operators = []
    for number, one in enumerate(page.get("/Annots") or ()):
        note = one.get_object()
        looks = _looks_of(note)
        if looks is None or int(note.get("/F", 0)) & _HIDDEN or note.get("/Subtype") == "/Popup":
            continue
        drawings = resources.get("/XObject")
        drawings = drawings.get_object() if drawings is not None else DictionaryObject()
        name = NameObject(f"/LaidOn{number}")
        drawings[name] = writer._add_object(looks.clone(writer, force_duplicate=True))
        resources[NameObject("/XObject")] = drawings
        placed = " ".join(f"{value:.5f}" for value in _placing(looks, [float(side) for side in note["/Rect"]]))
        operators.append(f"q {placed} cm {name} Do Q\n".encode())
    return b"".join(operators)


def _looks_of(note: Any) -> Any:
    """Return the stream by which a note on a page is seen, of several the one in use; None where there is none."""
    from pypdf.generic import StreamObject

    looks = (note.get("/AP") or {}).get("/N")
    looks = looks.get_object() if looks is not None else None
    if looks is not None and not isinstance(looks, StreamObject):
        state = looks.get(note.get("/AS", "/Off"))
        looks = state.get_object() if state is not None else None
    return looks if isinstance(looks, StreamObject) else None


def _placing(looks: Any, rect: list[float]) -> tuple[float, ...]:
    """Return the matrix that fits a note's drawing into its place on the page: ISO 32000-1, 12.5.5."""
    x1, y1, x2, y2 = (float(side) for side in looks["/BBox"])
    a, b, c, d, e, f = (float(one) for one in looks.get("/Matrix", (1, 0, 0, 1, 0, 0)))
    across = [a * x + c * y + e for x in (x1, x2) for y in (y1, y2)]
    up = [b * x + d * y + f for x in (x1, x2) for y in (y1, y2)]
    left, right, bottom, top = min(rect[0::2]), max(rect[0::2]), min(rect[1::2]), max(rect[1::2])
    wide, high = (max(across) - min(across)) or 1, (max(up) - min(up)) or 1
    sx, sy = (right - left) / wide, (top - bottom) / high
    return sx, 0, 0, sy, left - min(across) * sx, bottom - min(up) * sy
