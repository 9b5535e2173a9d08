"""Those who were not there: the club that forwards pictures of the code, and the organizer who sells hours."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.day.desks import sheet_photo
from tests.day.kinds import NEXT_DAY, come_and_go, place_for, sign_in, times_at, typed_moment
from tests.day.model import HOUR, MINUTE, Plan
from tests.day.story import Story
from tests.day.town import Person, Place, Team
from tests.day.venues import Venues
from tests.phones import Answer, Phone

FORBIDDEN, CONFLICT, UNPROCESSABLE = 403, 409, 422
# No tick to confirm is offered to who may not; what is to be sent back has its link all the same.
_PROPOSAL = re.compile(r"/hours/awaiting/([0-9a-z]{20})/return")
_CHOICE = re.compile(r'<option[^>]* value="([0-9a-z]{20})"[^>]*>([^<]*)<')
FRESH = {
    "title": "傍晚清理公园",
    "category": "environment",
    "description": "沿湖捡拾垃圾，分类装袋。",
    "place": "公园东门",
    "minimum_age": "12",
    "risk": "ordinary",
    "contact_name": "王主任",
    "contact_phone": "0710-3220000",
    "area_code": "",
    "shifts-0-capacity": "50",
    "shifts-0-break_minutes": "0",
    "act": "publish",
}
UNSEEN_COOKIES = "lent a browser, unseen"
GATE = ("own_job", "paid", "meeting", "visit", "team_building", "internship")


# Pictures of the code


@dataclass(slots=True)
class Sender:
    """Somebody who really is at a venue, photographs its screen, and lends a scan to whoever asks."""

    person: Person
    place: Place
    pictures: dict[int, str] = field(default_factory=dict)


def screenshot_club(story: Story, venues: Venues) -> None:
    """One is there and sends what the screen shows; four at home try it, later, changed, elsewhere, and borrowed."""
    place = story.town.chance.choice((venues.morning, venues.afternoon))
    person = place_for(story, place, "sends pictures")
    came, went = times_at(story, place, -10, -5, 0, 10)
    come_and_go(story, person, place, came, went)
    sender, taken_at = Sender(person, place), came + 10 * MINUTE
    story.at(taken_at, lambda: sender.pictures.update({taken_at: story.screens.address(place, "in")}))
    _replay(story, sender, came)
    for position in range(4):
        member = place_for(story, place, "screenshot club")
        for delay in (21 + position, 25, 60 + 17 * position, HOUR, NEXT_DAY + position):
            _try_old(story, sender, member, taken_at, delay)
        _try_changed(story, sender, member, taken_at + 15)
        _try_elsewhere(story, venues, place, member)
        _try_borrowed(story, sender, member, came + 2 * MINUTE)
        _try_both_cookies(story, sender, member, came + 3 * MINUTE)


def _replay(story: Story, sender: Sender, came: int) -> None:
    """Press again what was pressed, with another key: one is in already."""
    person = sender.person

    def act() -> None:
        claim = person.phone.cookies["scan"]
        token, key = person.phone.get("/checkin/enter").token, f"replay{person.number:014d}"
        sent = {"csrf_token": token, "claim": claim, "request_key": key, "volunteer": person.public_id}
        person.phone.post("/checkin/record", sent, CONFLICT)

    story.at(came + 5 * MINUTE, act)
    person.fate.refused["already_in"] += 1


def _try_old(story: Story, sender: Sender, member: Person, taken_at: int, delay: int) -> None:
    story.at(taken_at + delay, lambda: report(member.phone, sender.pictures[taken_at]))
    member.fate.refused["stale_code"] += 1


def _try_changed(story: Story, sender: Sender, member: Person, second: int) -> None:
    """Take a code that is fresh but for one changed character, wherever in the code that is."""

    def act() -> None:
        path = story.screens.address(sender.place, "in")
        at = story.town.chance.randrange(len("/c/"), len(path))
        other = story.town.chance.choice([one for one in "abcdefghijk" if one != path[at]])
        report(member.phone, f"{path[:at]}{other}{path[at + 1 :]}")

    story.at(second, act)
    member.fate.refused["forged_code"] += 1


def report(phone: Phone, path: str) -> None:
    """Open a code that is of no use, and let the page report itself as its script does."""
    page = phone.get(path, CONFLICT)
    action, fields = page.form("data-report")
    phone.post(action, fields, 204)


def _try_elsewhere(story: Story, venues: Venues, place: Place, member: Person) -> None:
    """Scan the fresh code of another shift, of which one is not."""
    other = venues.afternoon if place is venues.morning else venues.morning

    def act() -> None:
        story.press(story.scan(member, other, "in"), member, expect=CONFLICT)

    story.at(other.plan.starts + 3 * MINUTE, act)
    member.fate.refused["not_signed_up"] += 1


def _try_borrowed(story: Story, sender: Sender, member: Person, second: int) -> None:
    """Send the scan of somebody who is there from a browser of one's own, and from a copy of theirs."""

    def act() -> None:
        member.phone.get("/c/nothing", CONFLICT)
        lent = {name: sender.person.phone.cookies[name] for name in ("scan", "browser")}
        for phone in (member.phone, Phone(member.phone.port, {**member.phone.cookies, **lent})):
            sent = {
                "csrf_token": phone.get("/checkin/enter").token,
                "claim": lent["scan"],
                "request_key": f"borrowed{member.number:010d}{phone is member.phone:02d}",
                "volunteer": member.public_id,
            }
            phone.post("/checkin/record", sent, CONFLICT)

    story.at(second, act)
    for rule in ("forged_claim", "other_account"):
        member.fate.refused[rule] += 1


def _try_both_cookies(story: Story, sender: Sender, member: Person, second: int) -> None:
    """Take over both cookies of the sender: the scan is that of an account; and a browser's name that one agreed on."""
    agreed = f"a-name-we-agreed-on-{member.number:06d}"

    def act() -> None:
        own = dict(member.phone.cookies)
        mine = dict(sender.person.phone.cookies)
        _send_scan(member, mine["scan"], mine["browser"], f"bothcookies{member.number:09d}", CONFLICT)
        gate = Phone(member.phone.port, {"browser": agreed})
        gate.get(story.screens.address(sender.place, "in"), expect=302)
        _send_scan(member, gate.cookies["scan"], agreed, f"agreedname{member.number:010d}", UNPROCESSABLE)
        member.phone.cookies = own

    story.at(second, act)
    member.fate.refused.update(("other_account", "invalid"))


def _send_scan(member: Person, claim: str, browser: str, key: str, expect: int) -> None:
    member.phone.cookies |= {"scan": claim, "browser": browser}
    sent = {"csrf_token": member.phone.get("/checkin/enter").token, "claim": claim, "request_key": key}
    member.phone.post("/checkin/record", {**sent, "volunteer": member.public_id}, expect)


def lent_browser(story: Story, venues: Venues) -> None:
    """Have a friend at the venue scan with a browser that is signed out, and take its cookies over at home.

    Nothing tells that from somebody who scans first and signs in then, so it works: what no code can see.
    """
    place = story.town.chance.choice((venues.morning, venues.afternoon))
    person = place_for(story, place, UNSEEN_COOKIES)
    came, went = times_at(story, place, -10, -5, 0, 10)
    gate = Phone()

    def scan(phase: str) -> Callable[[], None]:
        def act() -> None:
            gate.port = person.phone.port
            gate.get(story.screens.address(place, phase), expect=302)

        return act

    def press() -> None:
        person.phone.cookies |= gate.cookies
        story.press(person.phone.get("/checkin/here"), person)

    for second, phase in ((came, "in"), (went, "out")):
        story.at(second, scan(phase))
        story.at(second + 4 * MINUTE, press)
    person.fate.serve(came, went, place.plan)


# Hours for sale


@dataclass(slots=True)
class Shop:
    """An organizer who writes down people who never came; with a second account, and customers."""

    team: Team
    place: Place
    customers: list[Person]

    @property
    def seller(self) -> Person:
        """Return who sells."""
        return self.team.organizer


def seller(story: Story, customers: int) -> Shop:
    """Let an organizer sell hours in every way there is, then try to confirm them in every way there is."""
    town = story.town
    person = town.person("the seller")
    team = town.own_team(person, town.second_account(person))
    plan = Plan(9 * HOUR, 12 * HOUR)
    shop = Shop(team, town.place(team, plan), [town.person("bought hours") for _ in range(customers)])
    by_hand, typed = shop.customers[::2], shop.customers[1::2]
    for position, customer in enumerate(by_hand):
        town.sign_up(customer, shop.place)
        for second, phase in ((plan.starts, "in"), (plan.ends, "out")):
            story.at(second + position, _write_down(shop, customer, phase))
        customer.fate.wait("all_by_hand", 180 if not position else 180 - -(-position // 60))
    for position, customer in enumerate((*typed, person)):
        story.at(13 * HOUR + position, _type_in(shop, shop.place.public_id, customer, plan))
        customer.fate.wait("manual", 180)
    _sell_fresh(story, shop, typed)
    for second in (21 * HOUR, NEXT_DAY + 9 * HOUR):
        story.at(second, lambda: try_to_confirm(shop))
    return shop


def _write_down(shop: Shop, customer: Person, phase: str) -> Callable[[], None]:
    path = f"/checkin/shifts/{shop.place.public_id}/volunteers/{customer.public_id}/by-hand"

    def act() -> None:
        sent = {"csrf_token": _desk(shop).get(path).token, "phase": phase, "reason": "no_phone", "note": ""}
        _desk(shop).post(path, sent, 302)

    return act


def _type_in(shop: Shop, shift: str, customer: Person, plan: Plan) -> Callable[[], None]:
    def act() -> None:
        sent = {
            "csrf_token": _desk(shop).get("/hours/new").token,
            "shift": shift,
            "volunteer_number": customer.card_number,
            "started_at": typed_moment(plan.starts),
            "ended_at": typed_moment(plan.ends),
            "reason": "现场太忙，没有来得及签到",
            "evidence": "签到表在办公室",
        }
        _desk(shop).post_photo("/hours/new", sent, sheet_photo([customer]), 302)

    return act


def _sell_fresh(story: Story, shop: Shop, customers: list[Person]) -> None:
    """Publish an activity ten minutes before it begins and type in its hours ten minutes after its end."""
    plan = Plan(18 * HOUR, 20 * HOUR)

    def publish() -> None:
        page = _desk(shop).get("/activities/new")
        sent = {**page.form('name="title"')[1], **FRESH, **{f"gate_{question}": "no" for question in GATE}}
        sent |= {"shifts-0-starts_at": typed_moment(plan.starts), "shifts-0-ends_at": typed_moment(plan.ends)}
        _desk(shop).post("/activities/new", sent, 302)

    def type_in() -> None:
        choices = _CHOICE.findall(_desk(shop).get("/hours/new").text)
        fresh = next(shift for shift, words in choices if FRESH["title"] in words)
        for customer in customers:
            _type_in(shop, fresh, customer, plan)()

    story.at(plan.starts - 10 * MINUTE, publish)
    story.at(plan.ends + 10 * MINUTE, type_in)
    for customer in customers:
        customer.fate.wait("manual", 120)


def try_to_confirm(shop: Shop) -> None:
    """Try one by one and all at once, as oneself, by the second account, and as a customer."""
    for person in (shop.seller, shop.team.second):
        person.phone = Phone(_desk(shop).port)
        sign_in(person)
    waiting = _proposals(_desk(shop).get("/hours/awaiting"))
    assert waiting, "there is nothing to confirm"
    for browser in (_desk(shop), shop.team.second.phone):
        page = browser.get("/hours/awaiting")
        browser.post("/hours/awaiting", {"csrf_token": page.token, "proposal": waiting}, 302)
        for proposal in waiting[:5]:
            browser.post(f"/hours/awaiting/{proposal}/confirmation", {"csrf_token": page.token}, CONFLICT)
    customer = shop.customers[0].phone
    token = customer.get("/checkin/enter").token
    customer.post(f"/hours/awaiting/{waiting[0]}/confirmation", {"csrf_token": token}, FORBIDDEN)
    assert len(_proposals(_desk(shop).get("/hours/awaiting"))) == len(waiting), "something was confirmed"


def _proposals(page: Answer) -> list[str]:
    return sorted(set(_PROPOSAL.findall(page.text)))


def _desk(shop: Shop) -> Phone:
    return shop.seller.phone
