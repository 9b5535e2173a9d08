"""kill -9 while two hundred people check in: nothing acknowledged is lost, nothing is stored twice.

Beside it the control: an application that answers before it stores must fail the same proof.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask

from app import create_app
from config import load_settings
from tests.bench.crowd import Crowd
from tests.bench.servers import Databases, databases, web
from tests.databases import KINDS
from tests.faults.people import Heard, press_all_at_once
from tests.faults.proof import faults
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id

PEOPLE, DEAF = 200, 20
# One after the other in one process: they share databases and servers of their own.
pytestmark = pytest.mark.xdist_group("faults")
SAFE, UNSAFE = "app:create_app()", "tests.faults.unsafe:create_app()"


@dataclass(frozen=True, slots=True)
class City:
    """A database of its own, what points a server to it, and the people who come; a test takes two hundred of them."""

    app: Flask
    crowd: Crowd
    environment: Mapping[str, str]


@dataclass(slots=True)
class Day:
    """Two hundred people: whose each request key is, what each still has to send, and what they were told."""

    people: Mapping[str, str]
    waiting: dict[str, bytes]
    deaf: frozenset[str]
    statuses: dict[str, int] = field(default_factory=dict)
    sent_again: int = 0

    @classmethod
    def of(cls, city: City) -> "Day":
        """Return the next two hundred, who have all just scanned; some will not hear their first answer."""
        now = clock.now()
        comers = {new_public_id(): next(city.crowd.together) for _ in range(PEOPLE)}
        return cls(
            people={key: comer.volunteer for key, comer in comers.items()},
            waiting={key: city.crowd.request(comer, now, key) for key, comer in comers.items()},
            deaf=frozenset(list(comers)[:DEAF]),
        )

    def press(self, port: int, after: int = 0, fault: Callable[[], None] | None = None) -> None:
        """Let everybody send who was not told yet that it is done; `fault` strikes after so many answers."""
        heard = Heard(after, fault)
        press_all_at_once(port, self.waiting, heard, deaf=self.deaf)
        self.statuses |= heard.statuses
        self.waiting = {key: sent for key, sent in self.waiting.items() if self.statuses.get(key) != 200}
        self.deaf = frozenset()
        self.sent_again += len(self.waiting)

    @property
    def acknowledged(self) -> set[str]:
        """Return the keys that were answered with a 200."""
        return {key for key, status in self.statuses.items() if status == 200}


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest) -> Iterator[Databases]:
    with databases(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def city(place: Databases) -> City:
    environment = {
        "DATABASE_URL": place.fresh("faults"),
        "ZHIYUANTAI_INSTANCE": str(place.folder / "instance"),
        "ZHIYUANTAI_ENV": "local",
        "ZHIYUANTAI_DEMO": "",
    }
    app = create_app(load_settings({**os.environ, **environment}))
    return City(app, Crowd(app, spread=0, together=4 * PEOPLE), environment)


def _crowd_checks_in(city: City, application: str, power_cuts: tuple[int, ...]) -> Day:
    """Let two hundred check in; the server dies after so many answers, each time, and who heard nothing sends again."""
    day = Day.of(city)
    for answers in (*power_cuts, 0):
        with web(application, city.environment) as served:
            day.press(served.port, answers, served.kill if answers else None)
            if answers:
                assert served.is_dead(), "the power was to be cut in the middle"
    return day


def test_nothing_acknowledged_is_lost_or_doubled(city: City) -> None:
    day = _crowd_checks_in(city, SAFE, power_cuts=(60, 50))
    assert len(day.acknowledged) == PEOPLE, "everybody was answered in the end"
    assert day.sent_again >= DEAF, "some had to send again what was stored already"
    assert faults(city.app, day.people, day.acknowledged) == []


def test_an_application_that_answers_before_it_stores_fails_the_same_proof(city: City) -> None:
    day = _crowd_checks_in(city, UNSAFE, power_cuts=(60,))
    found = faults(city.app, day.people, day.acknowledged)
    assert any("acknowledged check-ins are lost" in fault for fault in found), found


def test_what_fails_it_is_the_kill_alone(city: City) -> None:
    day = _crowd_checks_in(city, UNSAFE, power_cuts=())
    assert faults(city.app, day.people, day.acknowledged) == []


def test_the_database_server_may_be_killed_too(place: Databases, city: City) -> None:
    if not place.is_bundled:
        pytest.skip("no database server of our own to kill")
    day = Day.of(city)
    with web(SAFE, city.environment) as served:
        day.press(served.port, 60, place.crash)
        assert day.waiting, "those after the crash were told that it did not work"
        assert set(day.statuses.values()) <= {200, 503}, "on a page that can be shown without a database"
        place.recover()
        # A connection that died while it was at rest costs whoever gets it one more press.
        for _ in range(5):
            if day.waiting:
                day.press(served.port)
    assert len(day.acknowledged) == PEOPLE, "everybody was answered in the end, by the server that had kept running"
    assert faults(city.app, day.people, day.acknowledged) == []
