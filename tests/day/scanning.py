"""The organizer who sells hours by scanning: customers stay at home, make their codes there, and send pictures."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.day.cheats import Shop, try_to_confirm
from tests.day.kinds import NEXT_DAY, place_for, scan_for, sign_in
from tests.day.model import HOUR, MINUTE, Plan
from tests.day.stations import Device, code_of, records_to_review, try_all_again
from tests.day.story import Act, Story
from tests.day.town import Person, Place
from tests.phones import Phone

UNPROCESSABLE = 422
UNSEEN_RELAY = "relayed by video, unseen"
EVENING = 20 * HOUR
TAKEN_BEFORE = frozenset({"already_out", "out_of_order"})


@dataclass(slots=True)
class Batch:
    """What some customers sent of one shift: their codes by direction, and the station that is to take them."""

    device: Device
    customers: list[Person]
    codes: dict[tuple[int, str], str] = field(default_factory=dict)

    def make(self, direction: str) -> None:
        """Let every customer open their code at home and send its picture."""
        self.codes |= {(person.number, direction): code_of(person) for person in self.customers}

    def feed(self, second: int, rules: frozenset[str], device: Device | None = None) -> None:
        """Put the pictures to a station as if scanned when they were made: its secret is in the seller's hands."""
        into, plan = device or self.device, self.device.place.plan
        for (number, direction), code in self.codes.items():
            person = next(one for one in self.customers if one.number == number)
            into.keep(person, "code", code, direction, plan.starts if direction == "in" else plan.ends)
        into.send(second, rules)


@dataclass(slots=True)
class Ways:
    """The stations at which codes made at home are tried: open since the morning, stopped, too new, too old.

    `other` was open in time as well and is given what another has taken.
    """

    in_time: Batch
    stopped: Batch
    new: Batch
    old: Batch
    other: Device

    def feed(self) -> None:
        """Put everything to its station, and to a further one; stop stations before and after."""
        self.in_time.feed(EVENING, frozenset({""}))
        self.in_time.feed(EVENING, TAKEN_BEFORE, self.other)
        for batch in (self.stopped, self.old):
            batch.device.stop()
        self.stopped.feed(EVENING, frozenset({"revoked_station"}))
        self.old.feed(EVENING, frozenset({"too_late_to_sync"}))
        self.new.feed(EVENING, frozenset({"before_opening"}))
        self.new.device.stop()
        self.new.feed(EVENING, frozenset({"before_opening"}))
        reopened = Device(self.stopped.device.place)
        reopened.open("又开一台")
        self.stopped.feed(EVENING, frozenset({"before_opening"}), reopened)
        _try_live(self.new)

    def state(self) -> None:
        """State what it ought to come to: held for who did not scan, or kept for a person to look at."""
        for batch, rules in (
            (self.in_time, ("out_of_order", "already_out")),
            (self.stopped, ("before_opening", "before_opening")),
            (self.new, ("before_opening", "before_opening")),
            (self.old, ("too_late_to_sync", "too_late_to_sync")),
        ):
            for one in batch.customers:
                one.fate.kept.update(rules)
        for one in (*self.in_time.customers, *self.stopped.customers):
            one.fate.wait("offline", 180)


def scanning_seller(story: Story, customers: int) -> None:
    """Feed codes made at home to stations, open, stopped, old and new; try again, then try to confirm.

    What an open station takes so late waits for somebody who did not scan. What speaks against the moment of a code is
    not mended by stopping a station, by opening another, or by trying again.
    """
    town = story.town
    person = town.person("the scanning seller")
    team = town.own_team(person, town.second_account(person))
    place, past = town.place(team, Plan(9 * HOUR, 12 * HOUR)), town.place(team, Plan(-7 * HOUR, -5 * HOUR))
    ways = Ways(
        in_time=_batch(story, place, customers, "to an open station"),
        stopped=_batch(story, place, customers, "to a stopped station"),
        new=_batch(story, place, customers, "to a new station"),
        old=_batch(story, past, customers, "to an old station"),
        other=Device(place),
    )
    ways.state()
    story.at(past.plan.starts - HOUR, _opening(ways.old.device))
    # A session with such rights does not outlast a night.
    story.at(8 * HOUR - MINUTE, lambda: sign_in(person))
    for device in (ways.in_time.device, ways.stopped.device, ways.other):
        story.at(8 * HOUR, _opening(device))
    story.at(EVENING - 30 * MINUTE, _opening(ways.new.device))
    story.at(EVENING, ways.feed)
    shop = Shop(team, place, [*ways.in_time.customers, *ways.stopped.customers])
    story.at(EVENING + 10 * MINUTE, lambda: _try_again(shop, let_in=2 * customers))
    for second in (21 * HOUR, NEXT_DAY + 9 * HOUR):
        story.at(second, lambda: try_to_confirm(shop))


def _batch(story: Story, place: Place, customers: int, kind: str) -> Batch:
    batch = Batch(Device(place), [place_for(story, place, f"code sent {kind}") for _ in range(customers)])
    story.at(place.plan.starts, lambda: batch.make("in"))
    story.at(place.plan.ends, lambda: batch.make("out"))
    return batch


def _opening(device: Device) -> Act:
    return lambda: device.open("扫码台")


def _try_live(batch: Batch) -> None:
    """Scan a picture of hours ago as if its customer stood here."""
    for (_number, direction), code in batch.codes.items():
        scan_for(batch.device.place, direction, code, expect=UNPROCESSABLE)


def _try_again(shop: Shop, *, let_in: int) -> None:
    """Have everything tried again, as oneself and by the second account.

    The second account is another account, so it may let in what a stopped station sent in good time; it is no second
    person, so what comes of it waits. Nothing else goes.
    """
    desk = shop.seller.phone
    shop.team.second.phone = Phone(desk.port)
    sign_in(shop.team.second)
    waiting = records_to_review(desk)
    try_all_again(desk)
    assert records_to_review(desk).keys() == waiting.keys(), "the seller let something in"
    try_all_again(shop.team.second.phone)
    left = records_to_review(desk)
    assert len(waiting) - len(left) == let_in, f"{len(waiting)} records waited, {len(left)} still do"


def relayed_live(story: Story, people: int) -> None:
    """Hold a telephone that shows a customer's fresh code, by video, to the seller's: our server sees no difference.

    Whoever lends eyes and hands at both moments, within half a minute, is not told from somebody who is there.
    """
    town = story.town
    team = town.team("the seller by video")
    place = town.place(team, Plan(9 * HOUR, 11 * HOUR))

    def relay(person: Person, direction: str) -> Callable[[], None]:
        return lambda: scan_for(place, direction, code_of(person))

    for position in range(people):
        person = place_for(story, place, UNSEEN_RELAY)
        came, went = place.plan.starts + position * MINUTE, place.plan.ends + position * MINUTE
        story.at(came, relay(person, "in"))
        story.at(went, relay(person, "out"))
        person.fate.serve(came, went, place.plan)
