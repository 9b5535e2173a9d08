"""What organizers do: let a shift go on, call one off, confirm on the next day."""

import re

from tests.day.kinds import NEXT_DAY, sign_in, typed_moment
from tests.day.model import HOUR, MINUTE
from tests.day.story import Story
from tests.day.town import Place, Team
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
