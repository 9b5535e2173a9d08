"""A shift where the venue has no network: two devices scan and keep, and send when they are back in town."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.day.kinds import card_of, confirmed_by_hand, confirmed_tomorrow, place_for, times_at
from tests.day.model import HOUR, MINUTE, minutes
from tests.day.story import Act, Story
from tests.day.town import Person, Place, moment
from tests.phones import Phone, photograph

BATCH = 50


@dataclass(slots=True)
class Device:
    """A tablet at a gate, with the secret of its station; its clock is wrong by `fast_by` seconds."""

    place: Place
    fast_by: int
    told: dict[str, Any] = field(default_factory=dict)
    queue: list[dict[str, Any]] = field(default_factory=list)

    @property
    def _browser(self) -> Phone:
        organizer = self.place.team.organizer
        return Phone(organizer.phone.port, dict(organizer.phone.cookies))

    def open(self, name: str) -> None:
        """Fetch roster and secret while there is a network."""
        browser = self._browser
        token = browser.get(f"/checkin/shifts/{self.place.public_id}/roster").token
        self.told = browser.post_json("/stations/", {"shift": self.place.public_id, "name": name}, token, 201)

    def scan(self, person: Person, direction: str, second: int) -> None:
        """Keep the code that a telephone shows; nothing is sent."""
        shown = json.loads(person.phone.get(f"/checkin/my-code/{person.public_id}/current").text)["picture"]
        self._keep(person, "code", photograph(shown), direction, second)

    def scan_card(self, person: Person, direction: str, second: int) -> None:
        """Keep what is printed on the card of somebody without a telephone."""
        self._keep(person, "card", card_of(person), direction, second)

    def _keep(self, person: Person, kind: str, typed: str, direction: str, second: int) -> None:
        key, device_at = f"{person.public_id}{direction}", self._time(second)
        text = "\n".join((key, kind, direction, typed, str(device_at)))
        mac = hmac.digest(urlsafe_b64decode(self.told["key"] + "="), text.encode(), "sha256")
        record = {"key": key, "kind": kind, "direction": direction, "typed": typed, "device_at": device_at}
        self.queue.append({**record, "mac": urlsafe_b64encode(mac).decode().rstrip("=")})

    def send(self, second: int) -> None:
        """Send all that was kept, in batches, twice over as after a lost answer."""
        browser, path = self._browser, f"/stations/{self.told['station']}"
        for _ in range(2):
            token = json.loads(browser.get(path).text)["csrf_token"]
            for first in range(0, len(self.queue), BATCH):
                batch = {"sent_at": self._time(second), "records": self.queue[first : first + BATCH]}
                answers = browser.post_json(f"{path}/records", batch, token)["answers"]
                wrong = [answer for answer in answers if answer["outcome"] != "recorded"]
                assert not wrong, f"offline records were not taken: {wrong[:3]}"

    def _time(self, second: int) -> int:
        return round(moment(second + self.fast_by).timestamp() * 1000)


def work_offline(story: Story, place: Place, people: int) -> None:
    """Let half the people pass a gate that sends right after the shift, half one that sends in the afternoon."""
    gates = (Device(place, fast_by=7 * MINUTE), Device(place, fast_by=-3 * MINUTE))
    for device, name, back_at in zip(gates, ("东门", "西门"), (11 * HOUR + 40 * MINUTE, 15 * HOUR), strict=True):
        story.at(place.plan.starts - HOUR, lambda device=device, name=name: device.open(name))  # type: ignore[misc]
        story.at(back_at, lambda device=device, at=back_at: device.send(at))  # type: ignore[misc]
    for position in range(people):
        gate, has_phone = gates[position % 2], position % 4 != 3
        person = place_for(story, place, "scanned without network" if has_phone else "a card without network")
        came, went = times_at(story, place, -10, 5, -5, 10)
        for second, direction in ((came, "in"), (went, "out")):
            story.at(second, _passing(gate.scan if has_phone else gate.scan_card, person, direction, second))
        if has_phone:
            person.fate.wait("offline", minutes(came, went, place.plan))
            confirmed_tomorrow(story, place.team, person)
            person.fate.confirmed("offline")
        else:
            confirmed_by_hand(story, person, place, came, went)


def _passing(scan: Callable[[Person, str, int], None], person: Person, direction: str, second: int) -> Act:
    return lambda: scan(person, direction, second)
