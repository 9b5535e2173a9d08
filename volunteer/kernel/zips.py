"""Many files to take away at once: a ZIP that is written while it is sent. Pure."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import RawIOBase

from volunteer.kernel.clock import to_local


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
