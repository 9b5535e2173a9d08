"""Playing the day: a city is written down, the real server is started, everybody lives their day over HTTP."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from app import create_app
from config import load_settings
from tests.bench.servers import ROOT, databases, web
from tests.day import cheats, desks, kinds, scanning, stations
from tests.day.clock import SharedClock
from tests.day.model import HOUR, MINUTE
from tests.day.reckoning import Found, Row, look, said, table, unexplained
from tests.day.server import CLOCK
from tests.day.story import Story
from tests.day.town import Person, Town, moment
from tests.day.venues import open_venues

SEED = 20260919
DAY = 24 * HOUR
# Of a thousand people, how many of each kind; who is left is honest and punctual.
OF_A_THOUSAND: tuple[tuple[Callable[..., None], int], ...] = (
    (kinds.early, 80),
    (kinds.late, 80),
    (kinds.leaves_early, 60),
    (kinds.stays_on, 40),
    (kinds.sends_a_place, 40),
    (kinds.twice, 20),
    (kinds.extended, 25),
    (kinds.slow, 10),
    (kinds.typed, 30),
    (kinds.scanned, 30),
    (kinds.walk_in, 30),
    (kinds.family, 20),
    (kinds.friends, 15),
    (kinds.mends, 8),
    (kinds.long_day, 8),
    (kinds.no_phone, 15),
    (kinds.poster, 8),
    (kinds.poster_at_home, 2),
    (kinds.forgetful, 20),
    (kinds.forgets_for_good, 4),
    (kinds.cancelled, 8),
    (kinds.device_club, 3),
    (kinds.far_away, 3),
    (cheats.lent_browser, 1),
)
HONEST = {
    "honest",
    "early",
    "late",
    "leaves early",
    "stays on",
    "sends a place",
    "comes twice",
    "at the extended shift",
    "signs in slowly",
    "types the digits",
    "shows own code",
    "walks in",
    "offline at arrival",
    "family, one phone",
    "friends, one phone",
    "presses the wrong name",
    "pressed by mistake",
}
# Honest as well, and the rules have a second person look whatever they do: counted apart from the honest who are held.
BY_RULE = {
    "offline all day, a phone",
    "offline all day, a card",
    "at a gate that was stopped",
    "no phone, a card",
    "everybody is here, a scan",
    "everybody is here, all left",
    "on a paper sheet",
    "a nine-hour day",
    "scans the poster",
    "forgets to check out",
}
SOLD = (
    "bought hours",
    "the seller",
    "code sent to an open station",
    "code sent to a stopped station",
    "code sent to a new station",
    "code sent to an old station",
    "the scanning seller",
)
# They were not there, and nothing that reaches the server tells them from people who were.
UNSEEN = (cheats.UNSEEN_COOKIES, scanning.UNSEEN_RELAY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the day came to: rows by kind, and every minute or refusal that the model does not explain."""

    rows: dict[str, Row]
    unexplained: list[str]

    @property
    def honest_people(self) -> int:
        """How many proved their presence by scans that the server saw, at one end at least, and kept to the rules."""
        return sum(row.people for kind, row in self.rows.items() if kind in HONEST)

    @property
    def honest_held(self) -> int:
        """How many of them had to wait for a second person at midnight."""
        return sum(row.held for kind, row in self.rows.items() if kind in HONEST)

    @property
    def screenshots_accepted(self) -> int:
        """How many of those who were not there were let in by a forwarded, changed, foreign or borrowed code."""
        return self.rows["screenshot club"].present

    @property
    def sold_minutes(self) -> tuple[int, int]:
        """Return the minutes that the sellers wrote down, typed in or fed to stations, and how many of them count."""
        sold = [self.rows[kind] for kind in SOLD]
        return sum(row.credited + row.waiting for row in sold), sum(row.credited for row in sold)

    @property
    def by_rule(self) -> tuple[int, int]:
        """Return how many honest people the rules let wait for a second person, and their minutes that count now."""
        waited = [row for kind, row in self.rows.items() if kind in BY_RULE]
        return sum(row.people for row in waited), sum(row.credited for row in waited)

    @property
    def unseen(self) -> tuple[int, int]:
        """Return how many were let in without being there, by ways that the product cannot see, and their minutes."""
        rows = [self.rows[kind] for kind in UNSEEN]
        return sum(row.present for row in rows), sum(row.credited for row in rows)

    def __str__(self) -> str:
        share = self.honest_held / self.honest_people
        typed, counted = self.sold_minutes
        waited, confirmed = self.by_rule
        unseen, unseen_minutes = self.unseen
        return "\n".join(
            (
                said(self.rows),
                "",
                f"honest people held for review: {self.honest_held} of {self.honest_people} ({share:.2%})",
                f"honest people who wait by rule, counted apart: {waited}; of their minutes {confirmed:,} count by now",
                f"screenshots and replays accepted: {self.screenshots_accepted}",
                f"of the sellers' {typed:,} minutes held: {(typed - counted) / typed:.0%}",
                f"let in by what no code can see (a browser lent, a video): {unseen}, {unseen_minutes:,} minutes count",
                f"not explained by the model: {len(self.unexplained)}",
                *self.unexplained[:20],
            )
        )


def play(database: str, shifts: int, people: int, *, tell: Callable[[str], None] = click.echo) -> Outcome:
    """Play the day on a database of that kind (sqlite or postgresql) and return what it came to."""
    with databases(database) as place:
        environment = {
            "DATABASE_URL": place.fresh("day"),
            "ZHIYUANTAI_INSTANCE": str(place.folder / "instance"),
            "ZHIYUANTAI_ENV": "local",
            "ZHIYUANTAI_DEMO": "",
            "ZHIYUANTAI_PUBLIC_URL": kinds.PUBLIC_URL,
            CLOCK: str(place.folder / "clock"),
        }
        clock = SharedClock(place.folder / "clock")
        clock.set(moment(0))
        app = create_app(load_settings({**os.environ, **environment}))
        story = write(Town(app, SEED), clock, shifts, people)
        tell(f"{len(story.town.people):,} people, {len(story.town.places)} shifts, on {place.version()}")
        with web("tests.day.server:create_app()", environment) as served, _clerk(environment) as run:
            story.play(served.port, run, until=DAY - 1, tell=tell)
            held_at_midnight = {number for number, fate in look(app).fates.items() if fate.held}
            tell("the day is over; now the days after")
            story.play(served.port, run, until=2 * DAY - 1, tell=tell)
            clock.set(moment(10 * DAY + 10 * MINUTE))
            run("hours.end_public_notices")
        return _reckon(story.town.people, look(app), held_at_midnight)


def write(town: Town, clock: SharedClock, shifts: int, people: int) -> Story:
    """Write the day down: who comes to which shift and does what."""
    story = Story(town, clock)
    venues = open_venues(story, shifts)
    others = len(town.people)
    for kind, share in OF_A_THOUSAND:
        for _ in range(max(1, share * people // 1000)):
            kind(story, venues)
    while len(town.people) - others < people:
        kinds.honest(story, venues)
    cheats.seller(story, max(6, people // 100))
    scanning.scanning_seller(story, max(1, people // 1000))
    scanning.relayed_live(story, max(1, people // 1000))
    for _ in range(max(1, people // 750)):
        cheats.screenshot_club(story, venues)
    desks.run_shifts(story, venues)
    desks.draw_spot_checks(story, venues.open_to_all)
    stations.work_offline(story, venues.offline, max(4, people * 4 // 100))
    desks.everybody_is_here(story, venues.crowded, max(4, people // 150))
    desks.on_paper(story, venues.paper, max(2, people // 250))
    desks.confirm_tomorrow(story)
    town.settle()
    return story


@contextmanager
def _clerk(environment: dict[str, str]) -> Iterator[Callable[[str], None]]:
    """Give the means to run a job of the scheduler now, in a process of its own."""
    command = [sys.executable, "-m", "tests.day.clerk"]
    clerk = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert clerk.stdin is not None and clerk.stdout is not None  # noqa: PT018
    into, out_of = clerk.stdin, clerk.stdout

    def run(job: str) -> None:
        into.write(f"{job}\n")
        into.flush()
        assert out_of.readline() == "done\n", f"the job {job} failed"

    try:
        yield run
    finally:
        into.close()
        clerk.wait(timeout=30)
        out_of.close()


def _reckon(people: list[Person], found: Found, held_at_midnight: set[int]) -> Outcome:
    return Outcome(table(people, found, held_at_midnight), unexplained(people, found))
