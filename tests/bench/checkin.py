"""Check-ins a second through HTTP, beside the bare reference, in turns within one run."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import click

from app import create_app
from config import load_settings
from tests.bench import reference
from tests.bench.crowd import Crowd
from tests.bench.figures import Figure, paired
from tests.bench.load import Outcome, run
from tests.bench.servers import KINDS, Databases, Web, databases, web

ROUNDS = int(os.environ.get("ZHIYUANTAI_BENCH_ROUNDS", "7"))
# Requests of one turn by clients. Short turns and many rounds: what else the machine does then meets both sides alike.
TURN = {1: 250, 8: 1_000, 32: 1_200}
SECONDS_A_TURN = 20
WARM_UP = 200
SPREAD, TOGETHER, BARE = "spread over 100 shifts", "all at one shift", "reference"


@dataclass(slots=True)
class Turns:
    """What the turns of one side and number of clients showed, one value a round."""

    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    def add(self, outcome: Outcome, cpu_seconds: float) -> None:
        """Keep one turn; raise AssertionError when anything but a 200 came back."""
        assert set(outcome.statuses) == {"200"}, outcome.statuses
        self.rates.append(outcome.rate)
        self.p99s.append(outcome.p99)
        self.cpus.append(cpu_seconds * 1000 / len(outcome.answered))


@dataclass(slots=True)
class Side:
    """Something that serves, and who makes its next requests."""

    web: Web
    next_requests: Callable[[int], list[bytes]]

    def take_turn(self, clients: int, count: int) -> tuple[Outcome, float]:
        """Send `count` requests from `clients` clients; return the outcome and the workers' processor time."""
        before = self.web.cpu_seconds()
        outcome = run(self.web.port, clients, self.next_requests(count), SECONDS_A_TURN)
        return outcome, self.web.cpu_seconds() - before


def measure() -> Iterator[Figure]:
    """Yield the figures of check-ins, database by database."""
    for kind in KINDS:
        with databases(kind) as place:
            yield from _measure_on(place)


def _measure_on(place: Databases) -> Iterator[Figure]:
    click.echo(f"check-ins on {place.version()}")
    with ExitStack() as stack:
        crowd, sides = _own_side(place, stack)
        bare_url, sides[BARE] = _reference_side(place, stack)
        answered = dict.fromkeys(sides, 0)
        turns: dict[tuple[str, int], Turns] = defaultdict(Turns)
        for name, side in sides.items():
            answered[name] += len(side.take_turn(8, WARM_UP)[0].answered)
        for number in range(ROUNDS):
            for clients, count in TURN.items():
                for name in _order(number):
                    if name == TOGETHER and clients == 1:
                        continue
                    outcome, cpu = sides[name].take_turn(clients, count)
                    answered[name] += len(outcome.answered)
                    turns[name, clients].add(outcome, cpu)
            click.echo(f"  round {number + 1} of {ROUNDS}")
        crowd.require_all_kept(answered[SPREAD] + answered[TOGETHER])
        reference.require_all_kept(bare_url, answered[BARE])
    yield from _figures(place.kind, turns)


def _order(number: int) -> tuple[str, ...]:
    """Return who goes first, second and third in a round: by turns, so that nobody always follows the same one."""
    names = (SPREAD, BARE, TOGETHER)
    return names[number % 3 :] + names[: number % 3]


def _own_side(place: Databases, stack: ExitStack) -> tuple[Crowd, dict[str, Side]]:
    environment = {
        "DATABASE_URL": place.fresh("bench_own"),
        "ZHIYUANTAI_INSTANCE": str(place.folder / "instance"),
        "ZHIYUANTAI_ENV": "local",
        "ZHIYUANTAI_DEMO": "",
    }
    app = create_app(load_settings({**os.environ, **environment}))
    spread = WARM_UP + ROUNDS * sum(TURN.values())
    crowd = Crowd(app, spread=spread, together=spread - ROUNDS * TURN[1])
    served = stack.enter_context(web("app:create_app()", environment))
    return crowd, {
        SPREAD: Side(served, lambda count: crowd.requests(crowd.spread, count)),
        TOGETHER: Side(served, lambda count: crowd.requests(crowd.together, count)),
    }


def _reference_side(place: Databases, stack: ExitStack) -> tuple[str, Side]:
    url = place.fresh("bench_reference")
    reference.fill(url)
    served = stack.enter_context(web("tests.bench.reference:create_app()", {"BENCH_REFERENCE_URL": url}))
    serials = iter(range(10**9))
    return url, Side(served, lambda count: [reference.request_for(next(serials)) for _ in range(count)])


def _figures(kind: str, turns: dict[tuple[str, int], Turns]) -> Iterator[Figure]:
    for clients in TURN:
        bare = turns[BARE, clients]
        for name in (SPREAD, TOGETHER):
            own = turns.get((name, clients))
            if own is None:
                continue
            yield paired(f"check-in, {name}", kind, clients, "1/s", own.rates, bare.rates)
            yield paired(f"check-in p99, {name}", kind, clients, "ms", own.p99s, bare.p99s)
            if all(bare.cpus):
                yield paired(f"check-in CPU, {name}", kind, clients, "ms", own.cpus, bare.cpus)
        if (TOGETHER, clients) in turns:
            together, spread = turns[TOGETHER, clients], turns[SPREAD, clients]
            yield paired("check-in, one shift beside many", kind, clients, "1/s", together.rates, spread.rates)
