"""What a scan waits for: the address behind the code, and the page that asks who is present."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

import click

from tests.bench.crowd import Comer
from tests.bench.figures import Figure, alone
from tests.bench.own import Own, get, own
from tests.bench.servers import KINDS, databases

ROUNDS, PEOPLE = 5, 400
CLIENTS = (1, 8)
SCAN, PAGE, STRANGER = "scan → redirect", "page, signed in", "page, not signed in"


def measure() -> Iterator[Figure]:
    """Yield latency and the workers' processor time of both, database by database."""
    for kind in KINDS:
        with databases(kind) as place, own(place, spread=PEOPLE) as served:
            click.echo(f"the scanned page on {place.version()}")
            yield from _figures(kind, served, [next(served.crowd.spread) for _ in range(PEOPLE)])


def _figures(kind: str, served: Own, comers: list[Comer]) -> Iterator[Figure]:
    times: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    cpus: defaultdict[str, list[float]] = defaultdict(list)
    served.turn(8, _pages(served, comers, signed_in=True), 200)
    for _ in range(ROUNDS):
        for clients in CLIENTS:
            turns = {
                SCAN: (_scans(served, comers), 302),
                PAGE: (_pages(served, comers, signed_in=True), 200),
                STRANGER: (_pages(served, comers, signed_in=False), 200),
            }
            for name, (requests, status) in turns.items():
                outcome, cpu = served.turn(clients, requests, status)
                times[name, clients].append(median(outcome.latencies))
                cpus[name].append(cpu)
    for (name, clients), values in times.items():
        yield alone(f"{name}, median", kind, clients, "ms", values)
    for name, values in cpus.items():
        yield alone(f"{name}, server's CPU", kind, 0, "ms", values)


def _scans(served: Own, comers: list[Comer]) -> list[bytes]:
    return [get(f"/c/{served.crowd.token(comer)}", browser=comer.browser) for comer in comers]


def _pages(served: Own, comers: list[Comer], *, signed_in: bool) -> list[bytes]:
    return [
        get(
            "/checkin/here",
            scan=served.crowd.claim(comer),
            browser=comer.browser,
            **({"session_id": comer.session, "form": comer.form_cookie} if signed_in else {}),
        )
        for comer in comers
    ]
