"""Files that come with an answer: pictures are drawn anew without their place, PDFs
give their pages alone, without scripts, links and attachments.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from models.base import db
from volunteer.hours.photos import draw_anew
from volunteer.kernel.errors import Invalid
from volunteer.kernel.leafed import State, leaf
from volunteer.kernel.text import N_
from volunteer.supervision.order_rules import MOST_FILE_BYTES, MOST_FILES

PDF, JPEG = "application/pdf", "image/jpeg"
FIELD = "files"
LONGEST_NAME = 100
PATIENCE = 8.0
_WHY = {
    State.ENCRYPTED: N_("“%(name)s”设了密码，请去掉密码再传"),
    State.UNREADABLE: N_("“%(name)s”打不开，请重新导出再传"),
    State.LONG: N_("“%(name)s”页数太多，最多 120 页，请拆开再传"),
    State.BUSY: N_("现在检查文件的人多，请过一会儿再传"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file as it is kept: what it is called, its media type and bytes."""

    name: str
    type: str
    content: bytes

    @property
    def digest(self) -> str:
        """Return the hex SHA-256 of what is kept."""
        return hashlib.sha256(self.content).hexdigest()


def check_files(files: Sequence[tuple[str, bytes]]) -> list[Evidence]:
    """Return the files, (name, bytes) each, as they are kept; may take seconds, and ends the present transaction.

    Raises Invalid on files: too many, too large, neither a picture nor a PDF, or one that cannot be opened.
    """
    if len(files) > MOST_FILES:
        raise Invalid(N_("最多传 %(most)s 个文件，现在是 %(count)s 个"), field=FIELD, most=MOST_FILES, count=len(files))
    for name, content in files:
        if len(content) > MOST_FILE_BYTES:
            raise Invalid(N_("“%(name)s”太大，一个文件最大 10 MB"), field=FIELD, name=_short(name))
    # A slow file must keep nobody from writing.
    db.session.rollback()
    return [_checked(name, content) for name, content in files]


def _checked(name: str, content: bytes) -> Evidence:
    if not content:
        raise Invalid(N_("“%(name)s”是空的，请重新选"), field=FIELD, name=_short(name))
    if b"%PDF-" in content[:1024]:
        opened = leaf(content, PATIENCE)
        if opened.state is not State.READ:
            raise Invalid(_WHY[opened.state], field=FIELD, name=_short(name))
        return Evidence(_named(name, ".pdf"), PDF, opened.pdf)
    try:
        return Evidence(_named(name, ".jpg"), JPEG, draw_anew(content, field=FIELD).jpeg)
    except Invalid as refused:
        words = N_("“%(name)s”收不了，只收照片（JPG、PNG、WebP）和 PDF：%(why)s")
        raise Invalid(words, field=FIELD, name=_short(name), why=refused.words) from refused


def _named(name: str, ending: str) -> str:
    """Return a name of our own making: no path, nothing unseen, and the ending of what is kept."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    shown = "".join(letter for letter in stem if letter.isprintable()).strip()[: LONGEST_NAME - len(ending)]
    return (shown or "1") + ending


def _short(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:40] or "1"
