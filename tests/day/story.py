"""The run of the day: who does what when, one moment after the other, those of the same moment at once."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from urllib.parse import urlsplit

from tests.day.clock import SharedClock
from tests.day.model import HOUR, MINUTE
from tests.day.town import Person, Place, Team, Town, moment
from tests.phones import Answer, Phone, photograph
from volunteer.kernel.clock import LOCAL_ZONE

# People come at multiples of so many seconds, so that some come at once.
STEP = 10
AT_ONCE = 8
CLOSING_EVERY = 10 * MINUTE
TOLD_EVERY = 2 * HOUR

Act = Callable[[], None]
Say = Callable[[str], None]


@dataclass(slots=True)
class Screens:
    """The tablets at the venues: each shows its organizer's page, and whoever stands there sees it."""

    clock: SharedClock
    _seen: dict[tuple[str, str, datetime], str] = field(default_factory=dict)
    _line: Lock = field(default_factory=Lock)

    def address(self, place: Place, phase: str) -> str:
        """Return what the code on the screen leads to now."""
        shown = (place.public_id, phase, self.clock.now())
        with self._line:
            if shown not in self._seen:
                told = _told(place, phase)
                self._seen[shown] = urlsplit(photograph(told["picture"])).path
        return self._seen[shown]

    def posters(self, place: Place) -> dict[str, str]:
        """Return what the two codes on the printed sheet lead to, by phase."""
        sheet = _desk(place).get(f"/checkin/shifts/{place.public_id}/poster").text
        pictures = re.findall(r'<svg[^>]*class="qr".*?</svg>', sheet, re.DOTALL)
        return {phase: urlsplit(photograph(svg)).path for phase, svg in zip(("in", "out"), pictures, strict=True)}

    def digits(self, place: Place, phase: str) -> str:
        """Return the six digits beside the code."""
        return _told(place, phase)["digits"]


def _told(place: Place, phase: str) -> dict[str, str]:
    return json.loads(_desk(place).get(f"/checkin/shifts/{place.public_id}/code/current?phase={phase}").text)


def _desk(place: Place) -> Phone:
    return Phone(place.team.organizer.phone.port).sign_in(place.team.organizer.session)


class Story:
    """What is going to happen, by moment, and what has."""

    def __init__(self, town: Town, clock: SharedClock) -> None:
        self.town, self.clock, self.screens = town, clock, Screens(clock)
        self.to_confirm: defaultdict[int, list[tuple[Team, str]]] = defaultdict(list)
        self._steps: defaultdict[int, list[Act]] = defaultdict(list)

    def at(self, second: int, act: Act) -> int:
        """Let something happen at that second of the day, or of a later one; return the second."""
        self._steps[second].append(act)
        return second

    def some_time(self, first: int, last: int) -> int:
        """Return a moment of the day between two, both included, by chance."""
        return self.town.chance.randint(-(-first // STEP), last // STEP) * STEP

    def play(self, port: int, run: Say, until: int, tell: Say) -> None:
        """Let everything happen up to that second; the scheduler's job closes what was forgotten as it goes."""
        for person in self.town.people:
            person.phone.port = port
        due = sorted(second for second in self._steps if second <= until)
        first = due[0] // CLOSING_EVERY * CLOSING_EVERY
        closings = range(first, min(until, due[-1] + 4 * 3600), CLOSING_EVERY)
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            for second in sorted({*due, *closings}):
                self.clock.set(moment(second))
                for done in [crowd.submit(act) for act in self._steps.pop(second, ())]:
                    done.result()
                if second % CLOSING_EVERY == 0:
                    run("checkin.close_forgotten")
                if second % TOLD_EVERY == 0:
                    tell(f"{moment(second).astimezone(LOCAL_ZONE):%H:%M}")

    # What most people do

    def visit(self, person: Person, place: Place, came: int, went: int) -> None:
        """Scan at coming and at going."""
        self.scan_at(came, person, place, "in")
        self.scan_at(went, person, place, "out")

    def scan_at(self, second: int, person: Person, place: Place, phase: str, *, expect: int = 200) -> None:
        """Scan the venue's code, and press one's name on the page that opens."""
        self.at(second, lambda: self.press(self.scan(person, place, phase), person, expect=expect))

    def scan(self, person: Person, place: Place, phase: str) -> Answer:
        """Scan the code on the screen and return the page that asks who is present."""
        person.phone.get(self.screens.address(place, phase), expect=302)
        return person.phone.get("/checkin/here")

    def press(self, page: Answer, person: Person, *, expect: int = 200, **more: str) -> Answer:
        """Press the name of somebody on the page that asks who is present; `more` are what its script fills in."""
        action, fields = page.form(f'value="{person.public_id}"')
        return person.phone.post(action, {**fields, **more, "volunteer": person.public_id}, expect)
