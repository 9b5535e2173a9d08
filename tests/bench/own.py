"""The product on a fresh database with a crowd in it, served as `flask serve` does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app import create_app
from config import load_settings
from tests.bench.crowd import Crowd
from tests.bench.load import Outcome, run
from tests.bench.servers import Databases, Web, web

SECONDS_A_TURN = 30


@dataclass(frozen=True, slots=True)
class Own:
    """The product while it serves, and the people who come to it."""

    crowd: Crowd
    web: Web

    def turn(self, clients: int, requests: list[bytes], expect: int) -> tuple[Outcome, float]:
        """Send these requests; return the outcome and the workers' processor time a request in milliseconds.

        Raises AssertionError when anything but `expect` came back.
        """
        before = self.web.cpu_seconds()
        outcome = run(self.web.port, clients, requests, SECONDS_A_TURN)
        assert set(outcome.statuses) == {str(expect)}, outcome.statuses
        return outcome, (self.web.cpu_seconds() - before) * 1000 / len(outcome.latencies)


@contextmanager
def own(place: Databases, *, spread: int = 0, together: int = 0) -> Iterator[Own]:
    """Serve the product to a crowd of so many over many shifts, and so many at one."""
    environment = {
        "DATABASE_URL": place.fresh("bench_own"),
        "ZHIYUANTAI_INSTANCE": str(place.folder / "instance"),
        "ZHIYUANTAI_ENV": "local",
        "ZHIYUANTAI_DEMO": "",
    }
    app = create_app(load_settings({**os.environ, **environment}))
    crowd = Crowd(app, spread=spread, together=together)
    with web("app:create_app()", environment) as served:
        yield Own(crowd, served)


def get(path: str, **cookies: str) -> bytes:
    """Return the request of a browser for a page."""
    held = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14)\r\n"
        f"Accept: text/html\r\nAccept-Language: zh-CN,zh;q=0.9\r\nCookie: {held}\r\n\r\n"
    ).encode()
