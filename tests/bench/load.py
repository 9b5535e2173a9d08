"""The load: its own lean process, some keep-alive connections on the loopback, each request sent once.

Runs as `python -m tests.bench.load PORT CLIENTS SECONDS`: pickled requests (bytes) on the standard input, the outcome
as JSON on the standard output. It ends when all requests are answered or the seconds are over.
"""

import gc
import json
import pickle
import selectors
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
# A fresh connection now and then, so that no round depends on which worker happened to take which connection.
REQUESTS_A_CONNECTION = 50
SILENT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one round; `latencies` in milliseconds, `answered` the places of the requests that got a 200."""

    seconds: float
    statuses: dict[str, int]
    latencies: list[float]
    answered: list[int]

    @property
    def rate(self) -> float:
        """Answers with a 200 in a second."""
        return len(self.answered) / self.seconds

    @property
    def p99(self) -> float:
        """The time in milliseconds that 99 of 100 answers did not exceed."""
        return sorted(self.latencies)[max(0, round(len(self.latencies) * 0.99) - 1)]


def run(port: int, clients: int, requests: Sequence[bytes], seconds: float) -> Outcome:
    """Send `requests` from a process of its own and return what came of it."""
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(clients), str(seconds)]
    done = subprocess.run(
        command, input=pickle.dumps(list(requests)), capture_output=True, cwd=ROOT, check=True, timeout=seconds + 60
    )
    return Outcome(**json.loads(done.stdout))


@dataclass(slots=True)
class _Client:
    port: int
    wire: socket.socket = field(init=False)
    place: int = -1
    sent_at: float = 0.0
    heard: bytearray = field(default_factory=bytearray)
    used: int = 0

    def __post_init__(self) -> None:
        self._connect()

    def _connect(self) -> None:
        self.wire = socket.create_connection(("127.0.0.1", self.port))
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.used = 0

    def send(self, place: int, request: bytes) -> None:
        if self.used == REQUESTS_A_CONNECTION:
            self.wire.close()
            self._connect()
        self.used += 1
        self.heard.clear()
        self.place, self.sent_at = place, perf_counter()
        self.wire.sendall(request)

    def hear(self) -> int:
        """Take in what came; return the status when the answer is whole, else 0."""
        piece = self.wire.recv(65536)
        if not piece:
            raise ConnectionError("the server closed before its answer was whole")
        self.heard += piece
        return int(self.heard[9:12]) if is_whole(self.heard) else 0


def is_whole(heard: bytearray) -> bool:
    """Return whether an answer has come to its end: of the length that it states, or without any body."""
    end = heard.find(b"\r\n\r\n")
    return end >= 0 and len(heard) >= end + 4 + _length(heard[:end])


def _length(head: bytearray) -> int:
    found = head.lower().partition(b"\r\ncontent-length:")[2]
    return int(found.partition(b"\r\n")[0] or 0)


def drive(port: int, clients: int, requests: Sequence[bytes], seconds: float) -> Outcome:
    """Keep `clients` connections busy, each with one request at a time."""
    waiting = iter(enumerate(requests))
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    answered: list[int] = []
    started = perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            _send_next(_Client(port), selector, waiting)
        while selector.get_map():
            ready = selector.select(SILENT_SECONDS)
            if not ready:
                raise TimeoutError("no answer for a long while")
            for key, _ in ready:
                client = key.data
                status = client.hear()
                if not status:
                    continue
                now = perf_counter()
                statuses[str(status)] += 1
                latencies.append((now - client.sent_at) * 1000)
                if status == 200:
                    answered.append(client.place)
                selector.unregister(client.wire)
                _send_next(client, selector, waiting if now - started < seconds else iter(()))
    return Outcome(perf_counter() - started, dict(statuses), latencies, answered)


def _send_next(client: _Client, selector: selectors.BaseSelector, waiting: Iterator[tuple[int, bytes]]) -> None:
    following = next(waiting, None)
    if following is None:
        client.wire.close()
        return
    client.send(*following)
    selector.register(client.wire, selectors.EVENT_READ, client)


if __name__ == "__main__":
    requests_sent = pickle.load(sys.stdin.buffer)
    gc.freeze()
    gc.disable()
    outcome = drive(int(sys.argv[1]), int(sys.argv[2]), requests_sent, float(sys.argv[3]))
    json.dump({name: getattr(outcome, name) for name in Outcome.__slots__}, sys.stdout)
