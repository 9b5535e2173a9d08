"""Two hundred people who press 签到 at the same moment, and press again when nothing came back."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Barrier, Lock, Thread

from tests.bench.load import is_whole

PATIENCE_SECONDS = 60


@dataclass(slots=True)
class Heard:
    """What came back: the status by request key. `power_cut` runs once, when `after` answers have come."""

    after: int = 0
    power_cut: Callable[[], None] | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    _line: Lock = field(default_factory=Lock)

    def note(self, key: str, status: int) -> None:
        """Keep one answer."""
        with self._line:
            self.statuses[key] = status
            if self.power_cut is not None and len(self.statuses) == self.after:
                self.power_cut()


def press_all_at_once(port: int, requests: Mapping[str, bytes], heard: Heard, *, deaf: frozenset[str]) -> None:
    """Send every request from a connection of its own, all at the same moment; note the whole answers.

    Who is `deaf` loses the network when the answer begins: the server has stored, and the person does not know.
    """
    start = Barrier(len(requests))

    def press(key: str, request: bytes) -> None:
        start.wait(PATIENCE_SECONDS)
        try:
            status = _answer(port, request, is_deaf=key in deaf)
        except OSError:
            return
        if status:
            heard.note(key, status)

    people = [Thread(target=press, args=one, daemon=True) for one in requests.items()]
    for person in people:
        person.start()
    for person in people:
        person.join(PATIENCE_SECONDS)
    assert not any(person.is_alive() for person in people), "somebody waits for ever"


def _answer(port: int, request: bytes, *, is_deaf: bool) -> int:
    """Return the status of a whole answer, 0 when it broke off."""
    came = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as wire:
        wire.sendall(request)
        while not is_whole(came):
            piece = wire.recv(65536)
            if is_deaf or not piece:
                return 0
            came += piece
    return int(came[9:12])
