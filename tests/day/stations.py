"""Shifts where the network fails: devices at the gates scan and keep, and send when they can."""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from tests.day.kinds import NEXT_DAY, card_of, confirmed_by_hand, confirmed_tomorrow, place_for, sign_in, times_at
from tests.day.model import HOUR, MINUTE, minutes
from tests.day.story import Act, Story
from tests.day.town import Person, Place, moment
from tests.phones import Phone, photograph

BATCH = 50
CONFLICT, GONE = 409, 410
_RETRY = re.compile(r"/stations/records/([0-9a-z]{20})/retry")
_TYPE_IN = re.compile(r"/stations/records/([0-9a-z]{20})/typed-in")


@dataclass(slots=True)
class Device:
    """A tablet at a gate, with the secret of its station; its clock is wrong by `fast_by` seconds."""

    place: Place
    fast_by: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    queue: list[dict[str, Any]] = field(default_factory=list)
    _line: Lock = field(default_factory=Lock)

    @property
    def _browser(self) -> Phone:
        organizer = self.place.team.organizer
        return Phone(organizer.phone.port, dict(organizer.phone.cookies))

    @property
    def _path(self) -> str:
        return f"/stations/{self.told['station']}"

    def open(self, name: str) -> None:
        """Fetch roster and secret while there is a network."""
        browser = self._browser
        token = browser.get(f"/checkin/shifts/{self.place.public_id}/roster").token
        self.told = browser.post_json("/stations/", {"shift": self.place.public_id, "name": name}, token, 201)

    def stop(self) -> None:
        """Stop the station for good: it can fetch nothing from now on."""
        browser = self._browser
        token = browser.get(f"/checkin/shifts/{self.place.public_id}/roster").token
        browser.post(f"{self._path}/close", {"csrf_token": token}, 302)
        browser.get(self._path, GONE)

    def scan(self, person: Person, direction: str, second: int) -> None:
        """Keep the code that a telephone shows; nothing is sent."""
        self.keep(person, "code", code_of(person), direction, second)

    def scan_card(self, person: Person, direction: str, second: int) -> None:
        """Keep what is printed on the card of somebody without a telephone."""
        self.keep(person, "card", card_of(person), direction, second)

    def scan_live(self, person: Person, direction: str, second: int) -> None:
        """Scan the code that a telephone shows, and send at once what was kept and this."""
        self.scan(person, direction, second)
        self.send(second)

    def keep(self, person: Person, kind: str, typed: str, direction: str, second: int) -> None:
        """Keep a record with the station's proof; whoever holds its secret says when that was."""
        key, device_at = f"{person.public_id}{direction}", self._time(second)
        text = "\n".join((key, kind, direction, typed, str(device_at)))
        mac = hmac.digest(urlsafe_b64decode(self.told["key"] + "="), text.encode(), "sha256")
        record = {"key": key, "kind": kind, "direction": direction, "typed": typed, "device_at": device_at}
        with self._line:
            self.queue.append({**record, "mac": urlsafe_b64encode(mac).decode().rstrip("=")})

    def send(self, second: int, rules: frozenset[str] = frozenset({""})) -> None:
        """Send all that was kept, in batches, twice over as after a lost answer; each is answered by one of `rules`.

        "" is said of what was recorded; by the others it waits for a person.
        """
        browser = self._browser
        with self._line:
            waiting, self.queue = self.queue, []
        for _ in range(2):
            token = browser.get(f"/checkin/shifts/{self.place.public_id}/roster").token
            for first in range(0, len(waiting), BATCH):
                batch = waiting[first : first + BATCH]
                sent = {"sent_at": self._time(second), "records": batch}
                answers = browser.post_json(f"{self._path}/records", sent, token)["answers"]
                assert len(answers) == len(batch)
                wrong = [
                    answer
                    for answer in answers
                    if answer["rule"] not in rules or answer["outcome"] != ("review" if answer["rule"] else "recorded")
                ]
                assert not wrong, f"what the station sent was taken otherwise: {wrong[:3]}"

    def _time(self, second: int) -> int:
        return round(moment(second + self.fast_by).timestamp() * 1000)


def code_of(person: Person) -> str:
    """Return the code that somebody's telephone shows now, read from its picture."""
    shown = person.phone.get(f"/checkin/my-code/{person.public_id}/current").text
    return photograph(json.loads(shown)["picture"])


def records_to_review(desk: Phone) -> dict[str, bool]:
    """Return where each record is tried again that waits for a person, in order, and whether its reader may do so."""
    found: dict[str, bool] = {}
    for number in range(1, 100):
        page = desk.get(f"/stations/review?page={number}").text
        offered = set(_RETRY.findall(page))
        new = {one: one in offered for one in _TYPE_IN.findall(page) if one not in found}
        if not new:
            break
        found |= new
    return {f"/stations/records/{one}/retry": may for one, may in found.items()}


def try_all_again(desk: Phone) -> None:
    """Have every record tried again that waits for a person: where that is not offered it is refused as well."""
    token = desk.get("/checkin/enter").token
    for path, is_offered in records_to_review(desk).items():
        desk.post(path, {"csrf_token": token}, 302 if is_offered else CONFLICT)


# Those who serve where the network fails


def work_offline(story: Story, place: Place, people: int) -> None:
    """Let people pass two gates that are offline all day, one that is so in the morning, and one that gets lost."""
    gates = Device(place, fast_by=7 * MINUTE), Device(place, fast_by=-3 * MINUTE)
    for device, name, back_at in zip(gates, ("东门", "西门"), (11 * HOUR + 40 * MINUTE, 15 * HOUR), strict=True):
        _open(story, device, name)
        story.at(back_at, lambda device=device, at=back_at: device.send(at))  # type: ignore[misc]
    for position in range(people):
        gate, has_phone = gates[position % 2], position % 4 != 3
        person = place_for(story, place, "offline all day, a phone" if has_phone else "offline all day, a card")
        came, went = times_at(story, place, -10, 5, -5, 10)
        for second, direction in ((came, "in"), (went, "out")):
            story.at(second, _passing(gate.scan if has_phone else gate.scan_card, person, direction, second))
        if has_phone:
            _confirmed_offline(story, person, place, came, went)
        else:
            confirmed_by_hand(story, person, place, came, went)
    _comes_offline(story, place, max(2, people // 3))
    _loses_a_gate(story, place, min(5, max(1, people // 12)))


def _open(story: Story, device: Device, name: str) -> None:
    story.at(device.place.plan.starts - HOUR, lambda: device.open(name))


def _passing(scan: Callable[[Person, str, int], None], person: Person, direction: str, second: int) -> Act:
    return lambda: scan(person, direction, second)


def _confirmed_offline(story: Story, person: Person, place: Place, came: int, went: int) -> None:
    """State what becomes of a presence that no live scan saw: held by rule, confirmed by who did not scan."""
    person.fate.wait("offline", minutes(came, went, place.plan))
    confirmed_tomorrow(story, place.team, person)
    person.fate.confirmed("offline")


def _comes_offline(story: Story, place: Place, people: int) -> None:
    """At the south gate the network is gone while people come and there when they leave: that counts at once."""
    gate = Device(place, fast_by=2 * MINUTE)
    _open(story, gate, "南门")
    story.at(place.plan.starts + 20 * MINUTE, lambda: gate.send(place.plan.starts + 20 * MINUTE))
    for _ in range(people):
        person = place_for(story, place, "offline at arrival")
        came, went = times_at(story, place, -10, 5, -5, 10)
        story.at(came, _passing(gate.scan, person, "in", came))
        story.at(went, _passing(gate.scan_live, person, "out", went))
        person.fate.serve(came, went, place.plan)


def _loses_a_gate(story: Story, place: Place, people: int) -> None:
    """The north gate's tablet is lost with what it kept, stopped, found, and sends: another organizer looks it over."""
    gate, found_at = Device(place), 16 * HOUR
    _open(story, gate, "北门")
    for _ in range(people):
        person = place_for(story, place, "at a gate that was stopped")
        came, went = times_at(story, place, -10, 5, -5, 10)
        for second, direction in ((came, "in"), (went, "out")):
            story.at(second, _passing(gate.scan, person, direction, second))
        _confirmed_offline(story, person, place, came, went)

    def send() -> None:
        gate.send(found_at, frozenset({"revoked_station"}))
        desk = place.team.organizer.phone
        waiting = records_to_review(desk)
        assert len(waiting) == 2 * people
        assert not any(waiting.values()), "who scanned is offered to let it in"
        try_all_again(desk)

    def look_over() -> None:
        desk = place.team.second.phone = Phone(place.team.organizer.phone.port)
        sign_in(place.team.second)
        try_all_again(desk)
        assert not records_to_review(desk), "what another organizer let in still waits"

    story.at(place.plan.ends + 40 * MINUTE, gate.stop)
    story.at(found_at, send)
    story.at(NEXT_DAY + 9 * HOUR, look_over)
