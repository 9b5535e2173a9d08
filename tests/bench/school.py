"""A school comes: two thousand people behind one address check in within two minutes, each from scan to answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import click

from tests.bench.crowd import Comer
from tests.bench.figures import Figure, alone
from tests.bench.own import Own, own
from tests.bench.servers import KINDS, databases
from tests.phones import Phone

PUPILS, AT_ONCE = 2_000, 32
WITHIN_SECONDS = 120


def measure() -> Iterator[Figure]:
    """Yield how many were served, in how many seconds, after looking into the database that all are in, once."""
    for kind in KINDS:
        with databases(kind) as place, own(place, together=PUPILS) as served:
            click.echo(f"a school of {PUPILS:,} on {place.version()}")
            pupils = [next(served.crowd.together) for _ in range(PUPILS)]
            started = perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as crowd:
                answered = sum(crowd.map(lambda pupil: _check_in(served, pupil), pupils))
            seconds = perf_counter() - started
            served.crowd.require_all_kept(answered)
        yield alone(f"school: served of {PUPILS:,}", kind, AT_ONCE, "people", [answered])
        yield alone("school: first scan to last answer", kind, AT_ONCE, "s", [seconds])
        yield alone(
            f"school: served within {WITHIN_SECONDS} s at this pace", kind, AT_ONCE, "people", [_at_pace(seconds)]
        )


def _at_pace(seconds: float) -> float:
    return PUPILS / seconds * WITHIN_SECONDS


def _check_in(served: Own, pupil: Comer) -> bool:
    """Scan, look at the page, press one's name; each step as a browser does it, with what the step before gave."""
    phone = Phone(served.web.port).sign_in(pupil.session)
    phone.get(f"/c/{served.crowd.token(pupil)}", expect=302)
    action, fields = phone.get("/checkin/here").form(f'value="{pupil.volunteer}"')
    return phone.post(action, {**fields, "volunteer": pupil.volunteer}).status == 200
