"""The office's dashboard over 600,000 volunteers, beside the same pages over the small demo city."""

import os
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, timedelta

from sqlalchemy import func, select

from app import create_app
from config import load_settings
from models.accounts import Account, AccountSession
from models.base import db
from models.checkin import PresenceEvent
from models.volunteers import Volunteer
from tests.bench.cities import City, city
from tests.bench.figures import Figure, alone, paired
from tests.bench.load import run
from tests.bench.servers import web
from volunteer.accounts.queries import digest_of
from volunteer.demo.operations import SIGN_INS
from volunteer.kernel import clock

ROUNDS = 5
PAGES_A_ROUND = 8
PAGES = {"dashboard of the city": "/metrics/", "dashboard of a district": "/metrics/areas/420606"}
SECONDS_A_ROUND = 120
OFFICE = SIGN_INS[3].phone


def measure() -> Iterator[Figure]:
    """Yield the time of a page, one reader at a time; each page for another day, so that no answer is kept."""
    cities = [city("small"), city("city")]
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    with ExitStack() as stack:
        servers = {one.scale: stack.enter_context(web("app:create_app()", one.environment)) for one in cities}
        sessions = {one.scale: sign_in(one.environment) for one in cities}
        days = {scale: days_back() for scale in servers}
        for number in range(-1, ROUNDS):
            for name, path in PAGES.items():
                for scale, server in servers.items():
                    asked = [request_for(path, next(days[scale]), sessions[scale]) for _ in range(PAGES_A_ROUND)]
                    outcome = run(server.port, 1, asked, SECONDS_A_ROUND)
                    assert set(outcome.statuses) == {"200"}, outcome.statuses
                    if number >= 0:
                        times[name, scale].append(sorted(outcome.latencies)[len(outcome.latencies) // 2])
    for name in PAGES:
        yield paired(f"{name}, 600,000 volunteers", "sqlite", 1, "ms", times[name, "city"], times[name, "small"])
    for what, count in _sizes(cities[1]).items():
        yield alone(f"size of the city: {what}", "sqlite", 0, "rows", [count])


def days_back() -> Iterator[date]:
    """Yield days from today back: each page is asked for another one, so that no answer is kept."""
    today = clock.today()
    return (today - timedelta(days=number) for number in range(10_000))


def request_for(path: str, as_of: date, session: str) -> bytes:
    """Return the request for a page as of a day."""
    return (f"GET {path}?as_of={as_of} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: session_id={session}\r\n\r\n").encode()


def sign_in(environment: Mapping[str, str]) -> str:
    """Return a session of the office in the city that an environment opens, made without a password."""
    token, now = secrets.token_urlsafe(32), clock.now()
    with create_app(load_settings({**os.environ, **environment})).app_context():
        account_id = db.session.scalars(select(Account.id).where(Account.phone == OFFICE)).one()
        ends_at = now + timedelta(days=1)
        times = {"created_at": now, "last_seen_at": now, "idle_ends_at": ends_at, "ends_at": ends_at}
        db.session.add(AccountSession(digest=digest_of(token), account_id=account_id, device_label="bench", **times))
        db.session.commit()
        db.engine.dispose()
    return token


def _sizes(one: City) -> dict[str, int]:
    with create_app(load_settings({**os.environ, **one.environment})).app_context():
        sizes = {
            "volunteers": db.session.scalar(select(func.count()).select_from(Volunteer)) or 0,
            "presence events": db.session.scalar(select(func.count()).select_from(PresenceEvent)) or 0,
        }
        db.session.rollback()
        db.engine.dispose()
    return sizes
