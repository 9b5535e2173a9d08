"""The day's time, shared by the processes that play it: one moment in a file that all of them look at."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SHAPE = struct.Struct("=q")


class SharedClock:
    """A clock that stands still until somebody moves it, and then moves in every process at once."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SHAPE.size))
        with path.open("r+b") as file:
            self._held = mmap.mmap(file.fileno(), _SHAPE.size)

    def now(self) -> datetime:
        """Return the moment that it is, in UTC."""
        return _EPOCH + _SHAPE.unpack(self._held[:])[0] * _MICROSECOND

    def set(self, moment: datetime) -> None:
        """Move to a moment."""
        self._held[:] = _SHAPE.pack((moment - _EPOCH) // _MICROSECOND)
