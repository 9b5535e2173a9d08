"""Opening a stranger's PDF: what stands on its pages, read in a process of its own that may not take long or much.

The reader of text is pypdf, in Python alone, so that a hostile file cannot do more than fail; what it takes in time,
memory, pages and letters is bounded here.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from typing import Any

from volunteer.kernel.bounded import Bounded, Busy, Failed, Limits

MOST_PAGES, MOST_LETTERS = 60, 20_000
PATIENCE = 10.0


class State(StrEnum):
    """How far a file could be opened."""

    READ = "read"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one page, and the SHA-256 of what draws it."""

    text: str
    content: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's pages, and its title."""

    state: State
    pages: tuple[Page, ...] = ()
    title: str = ""


def open_up(file: bytes) -> Opened:
    """Return what stands in a PDF file; a file that takes too much, or ends the reader, is unreadable.

    Busy while others are read. This may take seconds: whoever calls holds no transaction.
    """
    try:
        told: dict[str, Any] = json.loads(reader(file, patience=PATIENCE))
        pages = tuple(Page(page["text"], page["content"]) for page in told.get("pages", ()))
        return Opened(State(told["state"]), pages, told.get("title", ""))
    except Busy:
        return Opened(State.BUSY)
    # A file that gets the better of the reader may make it answer anything.
    except (Failed, ValueError, KeyError, TypeError):
        return Opened(State.UNREADABLE)


def answer(file: bytes) -> bytes:
    """Return what `read` tells as JSON; for the process of its own alone."""
    return json.dumps(read(file)).encode()


reader = Bounded(
    answer,
    Limits(seconds=8, cpu_seconds=5, memory=768 * 1024 * 1024, answer=8_000_000),
    at_once=2,
    libraries=["pypdf"],
)


def read(file: bytes) -> dict[str, Any]:
    """Return what stands in a PDF file; raise whatever pypdf raises at a file that is none."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(file))
    if reader.is_encrypted:
        return {"state": State.ENCRYPTED}
    if len(reader.pages) > MOST_PAGES:
        return {"state": State.UNREADABLE}
    pages = []
    for page in reader.pages:
        drawn = page.get_contents()
        content = drawn.get_data() if drawn is not None else b""
        pages.append({"text": page.extract_text()[:MOST_LETTERS], "content": sha256(content).hexdigest()})
    title = reader.metadata.title if reader.metadata else None
    return {"state": State.READ, "pages": pages, "title": str(title or "")[:300]}
