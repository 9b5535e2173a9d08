"""The screen counts by spans, and shows no code that nobody could use."""

from datetime import timedelta

import pytest
import time_machine

from models.activities import Activity, Shift
from models.base import db
from models.organizations import Organization
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.organizations.rules import OrganizationStatus


def told(venue: Venue, desk: Browser, phase: str = "in") -> dict[str, object]:
    answer = desk.get(f"/checkin/shifts/{venue.shift.public_id}/code/current?phase={phase}")
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, object] = answer.get_json()
    return found


def turn(venue: Venue, kind: type, id: int, **changes: object) -> None:
    with venue.app.app_context():
        for name, value in changes.items():
            setattr(db.session.get_one(kind, id), name, value)
        db.session.commit()


def test_a_code_ends_twenty_seconds_after_its_step_began(venue: Venue, desk: Browser) -> None:
    begins = codes.step_starts_at(codes.step_at(clock.now()) + 1)
    with time_machine.travel(begins + timedelta(seconds=3), tick=False):
        first = told(venue, desk)
    assert (first["renews_in"], first["dies_in"]) == (7_000, 17_000)
    with time_machine.travel(begins + timedelta(seconds=20), tick=False):
        codes.read_code(venue.app.config["SETTINGS"].keys["code"], venue.token(at=begins), clock.now())


def test_two_screens_show_the_same_code_in_the_same_step(venue: Venue, desk: Browser) -> None:
    second = Browser(venue.app).sign_in(venue.organizer)
    begins = codes.step_starts_at(codes.step_at(clock.now()) + 1)
    with time_machine.travel(begins + timedelta(seconds=1), tick=False):
        one = told(venue, desk)
    with time_machine.travel(begins + timedelta(seconds=9), tick=False):
        two = told(venue, second)
    with time_machine.travel(begins + timedelta(seconds=10), tick=False):
        three = told(venue, second)
    same = ("step", "picture", "digits")
    assert [one[name] for name in same] == [two[name] for name in same]
    assert all(three[name] != one[name] for name in same)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ActivityStatus.CANCELLED, "活动已取消"),
        (ActivityStatus.DRAFT, "还没有发布"),
        (ActivityStatus.CLOSED, "已经结项"),
    ],
)
def test_an_activity_that_takes_nobody_in_shows_no_code(
    venue: Venue, desk: Browser, status: ActivityStatus, words: str
) -> None:
    assert told(venue, desk)["picture"]
    turn(venue, Activity, venue.activity.id, status=status)
    for phase in ("in", "out"):
        answer = told(venue, desk, phase)
        assert (answer["picture"], answer["digits"]) == ("", "")
        assert words in str(answer["notice"])
    assert words in desk.get(f"/checkin/shifts/{venue.shift.public_id}/code").get_data(as_text=True)


def test_who_is_in_at_a_cancelled_shift_still_finds_the_way_out(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)
    turn(venue, Shift, venue.shift.id, status=ShiftStatus.CANCELLED)
    assert told(venue, desk, "in")["picture"] == ""
    assert told(venue, desk, "out")["picture"]
    venue.tap(resident, Direction.OUT)
    assert told(venue, desk, "out")["picture"] == ""


def test_the_screen_of_a_suspended_organization_says_so(venue: Venue, desk: Browser) -> None:
    turn(venue, Organization, venue.organization.id, status=OrganizationStatus.SUSPENDED)
    assert "这个组织已暂停" in str(told(venue, desk, "in")["notice"])


def test_the_screen_can_be_set_up_before_the_doors_open(venue: Venue, desk: Browser) -> None:
    with time_machine.travel(venue.shift.starts_at - timedelta(minutes=31), tick=False):
        answer = told(venue, desk)
        assert "还没到签到时间" in str(answer["notice"])
        assert answer["picture"]
    with time_machine.travel(venue.shift.ends_at, tick=False):
        assert "已经结束" in str(told(venue, desk, "in")["notice"])
        assert told(venue, desk, "out")["notice"] == ""
