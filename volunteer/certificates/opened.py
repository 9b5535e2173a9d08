"""Opening a stranger's PDF: what stands on its pages, read in a process of its own that may not take long or much.

The reader of text is pypdf, in Python alone, so that a hostile file cannot do more than fail; what it takes in time,
memory, pages and letters is bounded here. Run as `python -m volunteer.certificates.opened` it reads a file from
standard input and answers in JSON.
"""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

SECONDS, CPU_SECONDS, MEMORY = 8, 5, 768 * 1024 * 1024
MOST_PAGES, MOST_LETTERS = 60, 20_000
LONGEST_ANSWER = 8_000_000
AT_ONCE, PATIENCE = 2, 10.0
_ROOT = Path(__file__).resolve().parents[2]
_desks = threading.BoundedSemaphore(AT_ONCE)


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
    if not _desks.acquire(timeout=PATIENCE):
        return Opened(State.BUSY)
    try:
        answer = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-E", "-s", "-m", __name__],
            input=file,
            capture_output=True,
            timeout=SECONDS,
            cwd=_ROOT,
            env={},
            check=True,
        ).stdout
        told: dict[str, Any] = json.loads(answer[:LONGEST_ANSWER])
        pages = tuple(Page(page["text"], page["content"]) for page in told.get("pages", ()))
        return Opened(State(told["state"]), pages, told.get("title", ""))
    except (subprocess.SubprocessError, OSError, ValueError, KeyError, TypeError):
        return Opened(State.UNREADABLE)
    finally:
        _desks.release()


def read(file: bytes) -> dict[str, Any]:
    """Return what stands in a PDF file as JSON; for the process of its own alone."""
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


def _answer() -> None:
    import logging
    import resource

    logging.disable()
    import pypdf  # noqa: F401 - before the budget of memory is cut to what the file may take

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LONGEST_ANSWER, LONGEST_ANSWER))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = read(sys.stdin.buffer.read())
    except Exception:
        told = {"state": State.UNREADABLE}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _answer()
