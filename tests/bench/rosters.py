"""How many living rosters one worker carries: each asks every five seconds, and mostly hears that nothing changed."""

import re
from collections.abc import Iterator

import click

from tests.bench.figures import Figure, alone
from tests.bench.own import Own, get, own
from tests.bench.servers import KINDS, databases
from tests.phones import Phone

ROUNDS, PEOPLE, POLLS = 5, 200, 400
EVERY_SECONDS = 5
_VERSION = re.compile(r'hx-get="([^"]*)"')


def measure() -> Iterator[Figure]:
    """Yield what a poll costs when nothing changed and when the whole roster of 200 is sent, and what follows."""
    for kind in KINDS:
        with databases(kind) as place, own(place, together=PEOPLE) as served:
            click.echo(f"rosters on {place.version()}")
            yield from _figures(kind, served)


def _figures(kind: str, served: Own) -> Iterator[Figure]:
    comers = [next(served.crowd.together) for _ in range(PEOPLE)]
    # Half of them are in.
    served.turn(8, served.crowd.requests(iter(comers), PEOPLE // 2), 200)
    session, shift = served.crowd.organizer(), comers[0].shift
    path = f"/checkin/shifts/{shift}/roster"
    cpus: dict[str, list[float]] = {"nothing changed": [], "changed": []}
    for _ in range(ROUNDS):
        page = Phone(served.web.port).sign_in(session).get(path)
        found = _VERSION.search(page.text)
        assert found, "the roster does not ask again"
        for name, polled, status in (
            ("nothing changed", found[1].replace("&amp;", "&"), 204),
            ("changed", f"{path}/rows?version=another", 200),
        ):
            _, cpu = served.turn(8, [get(polled, session_id=session)] * POLLS, status)
            cpus[name].append(cpu)
    for name, values in cpus.items():
        yield alone(f"roster of {PEOPLE}, poll, {name}, CPU", kind, 8, "ms", values)
        carried = [EVERY_SECONDS * 1000 / value for value in values]
        yield alone(f"rosters that a worker carries, {name}", kind, 8, "rosters", carried)
