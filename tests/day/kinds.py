"""The kinds of people: what each does in the course of the day, and, by the model, what it ought to come to."""

import json
from collections.abc import Callable

from tests.cast import PASSWORD
from tests.day.model import HOUR, MINUTE, minutes
from tests.day.story import STEP, Story
from tests.day.town import PIN, Person, Place, Team
from tests.day.venues import Venues
from tests.phones import Phone, photograph

NEXT_DAY = 24 * HOUR
# What stands on printed cards; where an installation is reached is not where its server listens.
PUBLIC_URL = "http://127.0.0.1:8000"


# Those who scan by themselves


def honest(story: Story, venues: Venues) -> None:
    """Comes around the start, leaves around the end."""
    _come(story, *_one(story, venues, "honest"), -10, 5, -5, 15)


def early(story: Story, venues: Venues) -> None:
    """Comes up to half an hour before the start."""
    _come(story, *_one(story, venues, "early"), -30, -10, -5, 15)


def late(story: Story, venues: Venues) -> None:
    """Comes up to three quarters of an hour late."""
    _come(story, *_one(story, venues, "late"), 6, 45, -5, 15)


def leaves_early(story: Story, venues: Venues) -> None:
    """Leaves long before the end."""
    _come(story, *_one(story, venues, "leaves early"), -10, 5, -40, -10)


def stays_on(story: Story, venues: Venues) -> None:
    """Leaves up to three quarters of an hour after the end, which nobody extended."""
    _come(story, *_one(story, venues, "stays on"), -10, 5, 15, 45)


def sends_a_place(story: Story, venues: Venues) -> None:
    """Agrees to send where the telephone is: a street or two from the pin, as telephones have it."""
    person, place = _one(story, venues, "sends a place")
    came, went = times_at(story, place, -10, 5, -5, 10)
    for second, phase in ((came, "in"), (went, "out")):
        story.at(second, _press_at(story, person, place, phase, off_by=story.town.chance.uniform(-0.002, 0.002)))
    person.fate.serve(came, went, place.plan)


def far_away(story: Story, venues: Venues) -> None:
    """Sends a place five kilometres off: somebody has to look."""
    person, place = _one(story, venues, "a place far away")
    came, went = times_at(story, place, -10, 5, -5, 10)
    story.at(came, _press_at(story, person, place, "in", off_by=0.05))
    story.scan_at(went, person, place, "out")
    person.fate.wait("signal", minutes(came, went, place.plan))


def _press_at(story: Story, person: Person, place: Place, phase: str, *, off_by: float) -> Callable[[], None]:
    told = {
        "latitude": f"{PIN[0] + off_by:.6f}",
        "longitude": f"{PIN[1]:.6f}",
        "accuracy_metres": "35",
        "location_consent": "yes",
    }
    return lambda: story.press(story.scan(person, place, phase), person, **told)


def twice(story: Story, venues: Venues) -> None:
    """Comes to a shift, leaves for a while, comes again."""
    person, place = _one(story, venues, "comes twice")
    half = (place.plan.starts + place.plan.ends) // 2 // STEP * STEP
    come_and_go(story, person, place, place.plan.starts + STEP, half - 10 * MINUTE)
    come_and_go(story, person, place, half + 10 * MINUTE, place.plan.ends)


def extended(story: Story, venues: Venues) -> None:
    """Serves at the shift that its organizer extends while it runs."""
    person = place_for(story, venues.extended, "at the extended shift")
    _come(story, person, venues.extended, -10, 5, -15, 10)


def slow(story: Story, venues: Venues) -> None:
    """Scans without being signed in, takes minutes to remember the password, and loses none of them."""
    person, place = _one(story, venues, "signs in slowly")
    came, went = times_at(story, place, -5, 10, 0, 10)
    person.phone.cookies.pop("session_id")

    def scan() -> None:
        person.phone.get(story.screens.address(place, "in"), expect=302)
        assert "登录后签到" in person.phone.get("/checkin/here").text

    def press() -> None:
        sign_in(person)
        story.press(person.phone.get("/checkin/here"), person)

    story.at(came, scan)
    story.at(came + story.some_time(2 * MINUTE, 12 * MINUTE), press)
    story.scan_at(went, person, place, "out")
    person.fate.serve(came, went, place.plan)


def typed(story: Story, venues: Venues) -> None:
    """Has no camera and types the six digits."""
    person, place = _one(story, venues, "types the digits")
    came, went = times_at(story, place, -10, 5, -5, 10)

    def enter(phase: str) -> Callable[[], None]:
        def act() -> None:
            page = person.phone.get("/checkin/enter")
            sent = {
                "csrf_token": page.token,
                "shift": place.public_id,
                "short_code": story.screens.digits(place, phase),
            }
            person.phone.post("/checkin/enter", sent, expect=302)
            story.press(person.phone.get("/checkin/here"), person)

        return act

    story.at(came, enter("in"))
    story.at(went, enter("out"))
    person.fate.serve(came, went, place.plan)


def family(story: Story, venues: Venues) -> None:
    """Three people of one account on one telephone."""
    place = _some_place(story, venues)
    parent = place_for(story, place, "family, one phone")
    others = [place_for(story, place, "family, one phone", family_of=parent) for _ in range(2)]
    came, went = times_at(story, place, -8, 3, 0, 10)
    for position, person in enumerate((parent, *others)):
        come_and_go(story, person, place, came + position * 2 * STEP, went + position * 2 * STEP)


def friends(story: Story, venues: Venues) -> None:
    """Two accounts that sign in by turns in one browser."""
    _share_a_device(story, _some_place(story, venues), "friends, one phone", 2)


def device_club(story: Story, venues: Venues) -> None:
    """Somebody scans for four accounts on one telephone: from the third on somebody has to look."""
    for person in _share_a_device(story, _some_place(story, venues), "one scans for four", 4)[2:]:
        worth, person.fate.credited = person.fate.credited, 0
        person.fate.wait("signal", worth)


def _share_a_device(story: Story, place: Place, kind: str, number: int) -> list[Person]:
    phone = Phone()
    people = [place_for(story, place, kind, phone=phone) for _ in range(number)]
    came, went = times_at(story, place, -8, 3, 0, 10)

    def take_over(person: Person, phase: str) -> Callable[[], None]:
        def act() -> None:
            phone.sign_in(person.session).cookies.pop("form", None)
            story.press(story.scan(person, place, phase), person)

        return act

    for position, person in enumerate(people):
        story.at(came + position * 2 * STEP, take_over(person, "in"))
        story.at(went + position * 2 * STEP, take_over(person, "out"))
        person.fate.serve(came + position * 2 * STEP, went + position * 2 * STEP, place.plan)
    return people


def walk_in(story: Story, venues: Venues) -> None:
    """Has not signed up and comes to a shift that takes everybody."""
    person, place = story.town.person("walks in"), venues.open_to_all
    _come(story, person, place, -10, 30, -5, 10)


def mends(story: Story, venues: Venues) -> None:
    """A parent presses the child's name, notices, and puts it right within minutes."""
    place = _some_place(story, venues)
    parent = place_for(story, place, "presses the wrong name")
    child = place_for(story, place, "pressed by mistake", family_of=parent)
    came, went = times_at(story, place, -10, 5, -5, 10)
    pressed: list[str] = []

    def press_wrong() -> None:
        page = story.scan(child, place, "in")
        pressed.append(page.form(f'value="{child.public_id}"')[1]["request_key"])
        story.press(page, child)

    def mend() -> None:
        path = f"/checkin/mend/{pressed[0]}"
        page = parent.phone.get(path)
        parent.phone.post(path, {"csrf_token": page.token, "volunteer": parent.public_id})

    story.at(came, press_wrong)
    story.at(came + story.some_time(MINUTE, 8 * MINUTE), mend)
    story.scan_at(went, parent, place, "out")
    parent.fate.serve(came, went, place.plan)


def scanned(story: Story, venues: Venues) -> None:
    """Shows a code of their own, which the organizer scans."""
    person, place = _one(story, venues, "shows own code")
    came, went = times_at(story, place, -10, 5, -5, 10)

    def show(phase: str) -> Callable[[], None]:
        def act() -> None:
            told = person.phone.get(f"/checkin/my-code/{person.public_id}/current").text
            scan_for(place, phase, photograph(json.loads(told)["picture"]))

        return act

    story.at(came, show("in"))
    story.at(went, show("out"))
    person.fate.serve(came, went, place.plan)


def scan_for(place: Place, phase: str, code: str, *, expect: int = 302) -> None:
    """Let the organizer of a place record somebody by code, card or number."""
    desk = Phone(place.team.organizer.phone.port, dict(place.team.organizer.phone.cookies))
    path = f"/checkin/shifts/{place.public_id}"
    token = desk.get(f"{path}/roster").token
    desk.post(f"{path}/scan", {"csrf_token": token, "phase": phase, "code": code}, expect)


# Those whom somebody has to look at


def long_day(story: Story, venues: Venues) -> None:
    """Serves two long shifts, nine hours together: the second one waits, and is confirmed."""
    person = story.town.person("a nine-hour day")
    for place in (venues.morning, venues.afternoon):
        story.town.sign_up(person, place)
        come_and_go(story, person, place, place.plan.starts - 5 * MINUTE, place.plan.ends + 5 * MINUTE)
    confirmed_tomorrow(story, venues.afternoon.team, person)
    person.fate.confirmed("long_day")


def poster(story: Story, venues: Venues) -> None:
    """Scans the printed sheet at a small shift; the second person saw them there, and confirms it."""
    person = _scan_poster(story, venues.poster, "scans the poster")
    confirmed_tomorrow(story, venues.poster.team, person)
    person.fate.confirmed("poster")


def poster_at_home(story: Story, venues: Venues) -> None:
    """Scans a picture of the printed sheet at home: that works, which is why nobody confirms it."""
    _scan_poster(story, venues.poster, "scans it at home")


def _scan_poster(story: Story, place: Place, kind: str) -> Person:
    person = place_for(story, place, kind)
    came, went = times_at(story, place, -10, 5, -5, 10)

    def scan(phase: str) -> Callable[[], None]:
        def act() -> None:
            person.phone.get(story.screens.posters(place)[phase], expect=302)
            story.press(person.phone.get("/checkin/here"), person)

        return act

    story.at(came, scan("in"))
    story.at(went, scan("out"))
    person.fate.wait("poster", minutes(came, went, place.plan))
    return person


def no_phone(story: Story, venues: Venues) -> None:
    """Has a printed card and no telephone: recorded by hand at both ends, confirmed, shown to the public, counted.

    Once its picture is scanned, once its number is typed.
    """
    person, place = _one(story, venues, "no phone, a card")
    came, went = times_at(story, place, -10, 5, -5, 10)
    story.at(came, lambda: scan_for(place, "in", card_of(person)))
    story.at(went, lambda: scan_for(place, "out", person.card_number))
    confirmed_by_hand(story, person, place, came, went)


def confirmed_by_hand(story: Story, person: Person, place: Place, came: int, went: int) -> None:
    """State what becomes of a presence that was written down at both ends: confirmed, shown for a week, counted."""
    person.fate.wait("all_by_hand", minutes(came, went, place.plan))
    confirmed_tomorrow(story, place.team, person)
    person.fate.shown("all_by_hand")
    person.fate.unopposed("all_by_hand")


def card_of(person: Person) -> str:
    """Return what the picture on somebody's card leads to."""
    return f"{PUBLIC_URL}/volunteers/{person.public_id}/badge"


def forgetful(story: Story, venues: Venues) -> None:
    """Forgets to check out, says on the next day when that was, and somebody confirms it."""
    person, place, left = _forgets(story, venues, "forgets to check out")
    path = f"/hours/forgotten/{person.public_id}/{place.public_id}"

    def tell() -> None:
        page = person.phone.get(path)
        sent = {"csrf_token": page.token, "ended_at": typed_moment(left), "reason": "走得急，忘了扫码"}
        person.phone.post(path, sent, expect=302)

    story.at(NEXT_DAY + 8 * HOUR, tell)
    confirmed_tomorrow(story, place.team, person)
    person.fate.confirmed("forgotten_check_out")


def forgets_for_good(story: Story, venues: Venues) -> None:
    """Forgets to check out and never says when that was: nothing is credited, and nothing waits."""
    person, _place, _left = _forgets(story, venues, "forgets, never says")
    person.fate.held.clear()


def _forgets(story: Story, venues: Venues, kind: str) -> tuple[Person, Place, int]:
    person, place = _one(story, venues, kind)
    came, _went = times_at(story, place, -10, 5, 0, 0)
    left = place.plan.ends - story.town.chance.randint(0, 30) * MINUTE
    story.scan_at(came, person, place, "in")
    person.fate.wait("forgotten_check_out", minutes(came, left, place.plan))
    return person, place, left


def cancelled(story: Story, venues: Venues) -> None:
    """Is in when the shift is called off, helps to clear up, leaves: a person has to say whether it was service."""
    person, place = place_for(story, venues.cancelled, "at the cancelled shift"), venues.cancelled
    called_off_at = place.plan.cancelled_at
    came = story.some_time(called_off_at - 25 * MINUTE, called_off_at - MINUTE)
    went = story.some_time(called_off_at + 10 * MINUTE, called_off_at + 40 * MINUTE)
    come_and_go(story, person, place, came, went)


# What all of them do


def sign_in(person: Person) -> None:
    """Sign in by phone and password."""
    page = person.phone.get("/accounts/sign-in")
    sent = {"csrf_token": page.token, "phone": person.account_phone, "password": PASSWORD}
    person.phone.post("/accounts/sign-in", sent, expect=302)


def typed_moment(second: int) -> str:
    """Return a moment as a browser's field sends it."""
    day, rest = divmod(second, 24 * HOUR)
    return f"2026-09-{19 + day:02d}T{rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}"


def confirmed_tomorrow(story: Story, team: Team, person: Person) -> None:
    """Let the second person of a team confirm what waits of somebody, on the next day."""
    story.to_confirm[team.number].append((team, person.name))


def place_for(
    story: Story, place: Place, kind: str, *, family_of: Person | None = None, phone: Phone | None = None
) -> Person:
    person = story.town.person(kind, family_of=family_of, phone=phone)
    story.town.sign_up(person, place)
    return person


def _some_place(story: Story, venues: Venues) -> Place:
    return story.town.chance.choice((*venues.ordinary, venues.morning, venues.afternoon))


def _one(story: Story, venues: Venues, kind: str) -> tuple[Person, Place]:
    place = _some_place(story, venues)
    return place_for(story, place, kind), place


def times_at(story: Story, place: Place, first: int, last: int, first_out: int, last_out: int) -> tuple[int, int]:
    """Return when somebody comes, in minutes around the start, and goes, in minutes around the end."""
    starts, ends = place.plan.starts, place.plan.last
    return (
        story.some_time(starts + first * MINUTE, starts + last * MINUTE),
        story.some_time(ends + first_out * MINUTE, ends + last_out * MINUTE),
    )


def _come(story: Story, person: Person, place: Place, first: int, last: int, first_out: int, last_out: int) -> None:
    come_and_go(story, person, place, *times_at(story, place, first, last, first_out, last_out))


def come_and_go(story: Story, person: Person, place: Place, came: int, went: int) -> None:
    story.visit(person, place, came, went)
    person.fate.serve(came, went, place.plan)
