"""What a measurement says is what was measured: ratios are taken round by round, and the load counts every answer."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.bench.figures import Figure, keep, paired, table
from tests.bench.load import REQUESTS_A_CONNECTION, Outcome, drive


class Echo(BaseHTTPRequestHandler):
    """Answers 200 to /ok, 204 to /same and 404 to all else, on a connection that stays open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/same":
            self.send_response(204)
            self.end_headers()
            return
        self.send_response(200 if self.path == "/ok" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_ratio_is_the_median_of_its_rounds() -> None:
    figure = paired("check-in", "sqlite", 8, "1/s", [90, 300, 110], [100, 100, 100])
    assert (figure.value, figure.reference) == (110, 100)
    assert (figure.ratio_min, figure.ratio, figure.ratio_max) == (0.9, 1.1, 3.0)


def test_every_request_is_sent_once_and_counted(port: int) -> None:
    count = 3 * REQUESTS_A_CONNECTION
    asked = [b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"] * count + [b"GET /no HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    outcome = drive(port, 2, asked, seconds=30)
    assert outcome.statuses == {"200": count, "404": 1}
    assert sorted(outcome.answered) == list(range(count))
    assert len(outcome.latencies) == count + 1


def test_an_answer_without_a_body_is_whole(port: int) -> None:
    assert drive(port, 1, [b"GET /same HTTP/1.1\r\nHost: localhost\r\n\r\n"] * 3, seconds=30).statuses == {"204": 3}


def test_the_load_ends_when_its_time_is_over(port: int) -> None:
    outcome = drive(port, 2, [b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"] * 10, seconds=0)
    assert outcome.statuses == {"200": 2}


def test_the_slowest_hundredth_is_left_out_of_p99() -> None:
    assert Outcome(1.0, {}, [float(number) for number in range(1, 201)], []).p99 == 198


def test_figures_of_other_parts_are_kept(tmp_path: Path) -> None:
    kept = tmp_path / "build" / "bench.json"
    keep([Figure("a", "sqlite", 1, 1.0, "ms"), Figure("b", "sqlite", 1, 2.0, "ms")], kept)
    keep([Figure("b", "sqlite", 1, 3.0, "ms")], kept)
    assert [(row["measure"], row["value"]) for row in json.loads(kept.read_text())] == [("a", 1.0), ("b", 3.0)]


def test_the_table_says_value_reference_and_ratio() -> None:
    line = table([paired("check-in", "sqlite", 8, "1/s", [1200], [1000])]).splitlines()[1]
    assert line.split() == ["check-in", "sqlite", "8", "1,200", "1/s", "1,000", "1.20", "(1.20–1.20)"]
