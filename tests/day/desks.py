"""What organizers do: let a shift go on, call one off, write many down, bring a sheet, confirm on the next day."""

import re
from io import BytesIO

from PIL import Image, ImageDraw

from tests.day.kinds import NEXT_DAY, confirmed_by_hand, confirmed_tomorrow, place_for, sign_in, typed_moment
from tests.day.model import HOUR, MINUTE, minutes
from tests.day.story import Story
from tests.day.town import Person, Place, Team
from tests.day.venues import Venues
from tests.phones import Phone

_ROW = re.compile(r'name="proposal" value="([0-9a-z]{20})"[^>]*><label[^>]*>(.*?) · ')


def run_shifts(story: Story, venues: Venues) -> None:
    """Extend one shift, cancel another, each from its own page."""
    until = venues.extended.plan.extended_to
    extension = {"extended_until": typed_moment(until), "extension_reason": "还有一段没有清理完"}
    _change_at(story, until - 55 * MINUTE, venues.extended, f"shifts/{venues.extended.public_id}/extend", extension)
    _change_at(story, venues.cancelled.plan.cancelled_at, venues.cancelled, "cancel", {"reason": "暴雨预警"})


def _change_at(story: Story, second: int, place: Place, page: str, sent: dict[str, str]) -> None:
    path = f"/activities/{place.activity}/{page}"

    def act() -> None:
        desk = place.team.organizer.phone
        desk.post(path, {"csrf_token": desk.get(path).token, **sent}, expect=302)

    story.at(second, act)


def confirm_tomorrow(story: Story) -> None:
    """Let each second person sign in on the next day and confirm those that the story names."""
    for waiting in story.to_confirm.values():
        team, names = waiting[0][0], {name for _, name in waiting}
        story.at(NEXT_DAY + 10 * HOUR, lambda team=team, names=names: _confirm(team, names))  # type: ignore[misc]


def _confirm(team: Team, names: set[str]) -> None:
    desk = Phone(team.second.phone.port)
    team.second.phone = desk
    sign_in(team.second)
    while names:
        page = desk.get("/hours/awaiting")
        ticked = {proposal: name for proposal, name in _ROW.findall(page.text) if name in names}
        assert ticked, f"nothing waits of {names}"
        desk.post("/hours/awaiting", {"csrf_token": page.token, "proposal": list(ticked)}, expect=302)
        names -= set(ticked.values())


def draw_spot_checks(story: Story, place: Place) -> None:
    """Draw some of those who are in, in the middle of a shift; each scans the code once more within minutes."""
    middle = (place.plan.starts + place.plan.ends) // 2 // 600 * 600
    drawn: list[str] = []

    def draw() -> None:
        desk, path = place.team.organizer.phone, f"/checkin/shifts/{place.public_id}"
        token = desk.get(f"{path}/roster").token
        desk.post(f"{path}/spot-checks", {"csrf_token": token}, expect=302)
        names = re.search(r"抽到 (.*?)，请他们在", desk.get(f"{path}/roster").text)
        assert names, "nobody was drawn"
        drawn.extend(names[1].split("、"))

    def answer() -> None:
        for person in story.town.people:
            if person.name in drawn:
                action, fields = story.scan(person, place, "in").form("/checkin/spot-check")
                person.phone.post(action, {**fields, "volunteer": person.public_id})

    story.at(middle, draw)
    story.at(middle + 6 * MINUTE, answer)


# Many at once, and paper


def everybody_is_here(story: Story, place: Place, people: int) -> None:
    """Write everybody down with one press; half leave by their own scan, of the others it is written that they left.

    Who was only written down is shown to the public as well; who scanned at one end needs the second person only.
    """
    came, went = place.plan.starts + 5 * MINUTE, place.plan.ends + 5 * MINUTE
    for position in range(people):
        if position % 2:
            person = place_for(story, place, "everybody is here, all left")
            confirmed_by_hand(story, person, place, came, went)
            continue
        person = place_for(story, place, "everybody is here, a scan")
        story.scan_at(went - MINUTE, person, place, "out")
        person.fate.wait("by_hand", minutes(came, went - MINUTE, place.plan))
        confirmed_tomorrow(story, place.team, person)
        person.fate.confirmed("by_hand")
    story.at(came, lambda: _everybody(place, "everybody-came"))
    story.at(went, lambda: _everybody(place, "everybody-left"))


def _everybody(place: Place, page: str) -> None:
    desk, path = place.team.organizer.phone, f"/checkin/shifts/{place.public_id}/{page}"
    told = desk.get(path)
    people = re.findall(r'name="people" id="[^"]*" value="([0-9a-z]{20})"', told.text)
    assert people, "there is nobody to write down"
    _, fields = told.form('name="people"')
    desk.post(path, {**fields, "people": people, "reason": "crowd", "note": ""}, 302)


def on_paper(story: Story, place: Place, people: int) -> None:
    """Let people sign a sheet while the power is out; the organizer brings its photo and types what stands on it."""
    plan, brought_at = place.plan, place.plan.ends + HOUR
    came, went = plan.starts + 10 * MINUTE, plan.ends - 20 * MINUTE
    signed = [place_for(story, place, "on a paper sheet") for _ in range(people)]
    for person in signed:
        person.fate.wait("paper", minutes(came, went, plan))
        confirmed_tomorrow(story, place.team, person)
        person.fate.shown("paper")
        person.fate.unopposed("paper")
    away = place_for(story, place, "on no line of the sheet")

    def bring() -> None:
        desk = place.team.organizer.phone
        page = desk.get("/hours/sheets/new")
        sent = {"csrf_token": page.token, "shift": place.public_id}
        path = desk.post_photo("/hours/sheets/new", sent, sheet_photo(signed), 302).location
        rows = {"csrf_token": desk.get(path).token, "reason": "停电了，扫不了码"}
        for position, person in enumerate((*signed, away)):
            line = {"volunteer_number": person.card_number, "started_at": _wall(came), "ended_at": _wall(went)}
            line |= {"is_here": "y"} if person is not away else {}
            rows |= {f"rows-{position}-{name}": typed for name, typed in line.items()}
        desk.post(path, rows, 302)

    story.at(brought_at, bring)


def _wall(second: int) -> str:
    return typed_moment(second)[-5:]


def sheet_photo(people: list[Person]) -> bytes:
    """Return what a telephone makes of a sheet with these people's numbers on it."""
    sheet, kept = Image.new("L", (1200, 1600), 235), BytesIO()
    for position, person in enumerate(people):
        ImageDraw.Draw(sheet).text((90, 120 + 30 * position), person.card_number, fill=20)
    sheet.save(kept, "JPEG")
    return kept.getvalue()
