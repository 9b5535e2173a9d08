"""What figures cost as a city grows: pages of ten times as many events, a rebuild, and check-ins beside taking in.

The cities are built anew in a folder that is gone in the end: with ten million events some half an hour and ten
gigabytes each. ZHIYUANTAI_BENCH_GROWTH names the numbers of events, ZHIYUANTAI_BENCH_PEOPLE that of the volunteers.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from time import perf_counter

import click
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from app import create_app
from config import load_settings
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.volunteers import FigureChange, RegistrationEvent, Volunteer
from tests.bench.crowd import Crowd
from tests.bench.dashboard import PAGES_A_ROUND, SECONDS_A_ROUND, days_back, request_for, sign_in
from tests.bench.figures import Figure, alone, paired
from tests.bench.load import run
from tests.bench.servers import KINDS, Databases, databases, web
from volunteer.demo import operations, sizes
from volunteer.kernel import clock
from volunteer.metrics.operations import rebuild_figures, take_in_changes
from volunteer.metrics.queries import has_waiting_changes
from volunteer.scheduler import NICENESS
from volunteer.volunteers.rules import RegistrationKind

EVENTS = tuple(int(number) for number in os.environ.get("ZHIYUANTAI_BENCH_GROWTH", "1000000,10000000").split(","))
PEOPLE = int(os.environ.get("ZHIYUANTAI_BENCH_PEOPLE", "600000"))
PEOPLE_A_COMMUNITY = 400
ROUNDS = 5
# Check-ins of one turn, and by how many clients.
TURN, CLIENTS, SECONDS_A_TURN, WARM_UP = 1_200, 8, 30, 200


@dataclass(frozen=True, slots=True)
class Grown:
    """A city of so many events, the environment that opens it, and how long its figures take to be made anew."""

    events: int
    environment: Mapping[str, str]
    rebuilt_in: float

    def app(self) -> Flask:
        """Return the application over this city."""
        return create_app(load_settings({**os.environ, **self.environment}))


def measure() -> Iterator[Figure]:
    """Yield the figures of growth, database by database."""
    for kind in KINDS:
        with databases(kind) as place:
            click.echo(f"figures on {place.version()}")
            cities = [_grow(place, events) for events in EVENTS]
            for one in cities:
                yield from _sizes(kind, one)
                minutes = one.rebuilt_in / 60
                yield alone(f"full rebuild, {_told(one.events)} events", kind, 0, "min", [minutes])
            yield from _pages(kind, cities)
            yield from _check_ins(place)


def _grow(place: Databases, events: int) -> Grown:
    """Return an invented city of so many presence events; its figures are made twice, the second time by the clock."""
    folder = place.folder / f"instance_{events}"
    folder.mkdir()
    environment = {**_environment(place.fresh(f"growth_{events}"), folder), "ZHIYUANTAI_DEMO": "1"}
    app = create_app(load_settings({**os.environ, **environment}))
    size = replace(
        sizes.city(events * sizes.city(events).volunteers // PEOPLE),
        volunteers=PEOPLE,
        communities=max(1, PEOPLE // PEOPLE_A_COMMUNITY),
    )
    with app.app_context():
        upgrade()
        operations.fill(size, app.config["SETTINGS"].keys)
        db.session.commit()
        started = perf_counter()
        rebuild_figures()
        db.session.commit()
        rebuilt_in = perf_counter() - started
        db.engine.dispose()
    click.echo(f"  {_told(events)} events, rebuilt in {rebuilt_in:.0f} s")
    return Grown(events, environment, rebuilt_in)


def _environment(url: str, folder: Path) -> dict[str, str]:
    keys = str(folder / "keys.json")
    return {
        "DATABASE_URL": url,
        "ZHIYUANTAI_INSTANCE": str(folder),
        "ZHIYUANTAI_KEYS": keys,
        "ZHIYUANTAI_ENV": "local",
        "ZHIYUANTAI_DEMO": "",
    }


def _pages(kind: str, cities: list[Grown]) -> Iterator[Figure]:
    """Yield the time of a page and of each drill-down in the larger city, beside that in the smaller one."""
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    with ExitStack() as stack:
        servers = {one.events: stack.enter_context(web("app:create_app()", one.environment)) for one in cities}
        sessions = {one.events: sign_in(one.environment) for one in cities}
        days = {one.events: days_back() for one in cities}
        pages = {one.events: _drill_down(one) for one in cities}
        for number in range(-1, ROUNDS):
            for name in pages[EVENTS[0]]:
                for events, server in servers.items():
                    path, session = pages[events][name], sessions[events]
                    asked = [request_for(path, next(days[events]), session) for _ in range(PAGES_A_ROUND)]
                    outcome = run(server.port, 1, asked, SECONDS_A_ROUND)
                    assert set(outcome.statuses) == {"200"}, outcome.statuses
                    if number >= 0:
                        times[name, events].append(sorted(outcome.latencies)[len(outcome.latencies) // 2])
    smaller, larger = EVENTS[0], EVENTS[-1]
    for name in pages[smaller]:
        title = f"{name}, {_told(larger)} beside {_told(smaller)}"
        yield paired(title, kind, 1, "ms", times[name, larger], times[name, smaller])


def _drill_down(one: Grown) -> dict[str, str]:
    """Return the pages from the city down to a community where people live, and what explains one number."""
    with one.app().app_context():
        home = select(Area.lineage).join(Volunteer, Volunteer.community_id == Area.id).order_by(Volunteer.id).limit(1)
        city, district, street, community = db.session.scalars(home).one().split("/")
        db.session.rollback()
        db.engine.dispose()
    codes = {"city": city, "district": district, "street": street, "community": community}
    pages = {f"page of a {name}": f"/metrics/areas/{code}" for name, code in codes.items()}
    return {**pages, "what one number is made of": f"/metrics/areas/{city}/active_share"}


def _sizes(kind: str, one: Grown) -> Iterator[Figure]:
    with one.app().app_context():
        count = db.session.scalar(select(func.count()).select_from(PresenceEvent)) or 0
        db.session.rollback()
        db.engine.dispose()
    yield alone(f"presence events of {_told(one.events)}", kind, 0, "rows", [count])


def _check_ins(place: Databases) -> Iterator[Figure]:
    """Yield check-ins a second while as many changes of figures are taken in, beside none; all in one community."""
    folder = place.folder / "instance_check_ins"
    folder.mkdir()
    environment = _environment(place.fresh("growth_check_ins"), folder)
    app = create_app(load_settings({**os.environ, **environment}))
    crowd = Crowd(app, spread=WARM_UP + 2 * ROUNDS * TURN, together=0)
    rates: dict[bool, list[float]] = {True: [], False: []}
    with app.app_context():
        waiting = iter(list(db.session.scalars(select(Volunteer.id).order_by(Volunteer.id))))
        db.session.rollback()
    with web("app:create_app()", environment) as server:
        run(server.port, CLIENTS, crowd.requests(crowd.spread, WARM_UP), SECONDS_A_TURN)
        for number in range(ROUNDS):
            for has_figures in (True, False) if number % 2 else (False, True):
                asked = crowd.requests(crowd.spread, TURN)
                with _taking_in(app, environment) if has_figures else ExitStack():
                    if has_figures:
                        _register(app, [next(waiting) for _ in range(TURN)])
                    outcome = run(server.port, CLIENTS, asked, SECONDS_A_TURN)
                assert set(outcome.statuses) == {"200"}, outcome.statuses
                rates[has_figures].append(outcome.rate)
    yield paired("check-in, figures kept beside it or not", place.kind, CLIENTS, "1/s", rates[True], rates[False])


def _register(app: Flask, volunteer_ids: list[int]) -> None:
    """Write one change of figures for each of these people, as a registration writes it."""
    with app.app_context():
        now, day = clock.now(), clock.today()
        community = db.session.scalars(select(Volunteer.community_id).limit(1)).one()
        rows = [
            {"volunteer_id": one, "kind": RegistrationKind.REGISTERED, "area_id": community, "effective_on": day}
            | {"reason": "", "recorded_at": now}
            for one in volunteer_ids
        ]
        returned = db.session.execute(
            insert(RegistrationEvent).returning(RegistrationEvent.id, RegistrationEvent.volunteer_id), rows
        )
        changes = [{"volunteer_id": row.volunteer_id, "registration_event_id": row.id} for row in returned]
        db.session.execute(insert(FigureChange), changes)
        db.session.commit()
        db.session.remove()


@contextmanager
def _taking_in(app: Flask, environment: Mapping[str, str]) -> Iterator[None]:
    """Take changes in while the block runs, a hundred at a time, as the job does; require that all were.

    In a process of its own, as polite as the scheduler's: a thread of this one would slow the clients instead.
    """
    spawn = get_context("spawn")
    ready, ended = spawn.Event(), spawn.Event()
    taker = spawn.Process(target=_take, args=(dict(environment), ready, ended))
    taker.start()
    ready.wait()
    try:
        yield
    finally:
        ended.set()
        taker.join()
    with app.app_context():
        assert not db.session.scalar(select(func.count()).select_from(FigureChange))
        db.session.remove()


def _take(environment: dict[str, str], ready: Event, ended: Event) -> None:
    os.nice(NICENESS)
    app = create_app(load_settings({**os.environ, **environment}))
    with app.app_context():
        has_waiting_changes()
        ready.set()
        while not ended.is_set() or has_waiting_changes():
            if has_waiting_changes():
                take_in_changes(limit=100)
                db.session.commit()
            else:
                ended.wait(0.05)


def _told(events: int) -> str:
    return f"{events / 1_000_000:g} M"
