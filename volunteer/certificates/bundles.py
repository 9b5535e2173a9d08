"""Many certificates to take away at once: a ZIP that is written while it is sent. Pure."""

import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import RawIOBase

from volunteer.kernel.clock import to_local

_REFUSED = frozenset('<>:"/\\|?*')
_LONGEST_BYTES = 120


class _Outlet(RawIOBase):
    """What is written waits here until it is taken away; there is no way back, so no file is ever whole in memory."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def stream_zip(files: Iterable[tuple[str, bytes]], at: datetime) -> Iterator[bytes]:
    """Yield a ZIP file of (name, content) piece by piece, one file in memory at a time; `at` dates its entries.

    PDF files are packed already, so nothing is compressed.
    """
    outlet = _Outlet()
    moment = to_local(at).timetuple()[:6]
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in files:
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, content)
            yield outlet.take()
    yield outlet.take()


def safe_name(*parts: str) -> str:
    """Return `parts` joined by "-" as a file name that every file system takes and that leads nowhere.

    No control and direction marks, no separators, no dot or space at an end, at most 120 bytes in UTF-8. The first
    part has to be plain: a name of letters alone could be one that Windows keeps for itself.
    """
    text = unicodedata.normalize("NFC", "-".join(parts))
    kept = "".join("_" if character in _REFUSED else character for character in text if _is_harmless(character))
    cut = kept.encode("utf-8", "ignore")[:_LONGEST_BYTES].decode("utf-8", "ignore")
    return " ".join(cut.split()).strip(" .") or "_"


def _is_harmless(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
