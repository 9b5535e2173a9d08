"""The day before a shift its organizer, and nobody else, reads who may not come and why."""

from datetime import timedelta

import pytest

from models.activities import Activity, ActivityChange, Shift
from models.volunteers import Volunteer
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_speed import statements
from volunteer.activities.change_rules import Change
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.rules import Method
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.signups.rules import SignupStatus

DAY = timedelta(days=1)


@pytest.fixture
def tomorrow(venue: Venue) -> Shift:
    """Return the shift of tomorrow, with a place for 李晓梅, who signed up yesterday."""
    shift = venue.cast.shift(venue.activity, clock.now().replace(second=0, microsecond=0) + DAY)
    place(venue, shift, venue.volunteer)
    return shift


def place(venue: Venue, shift: Shift, volunteer: Volunteer, **changes: object) -> None:
    now = clock.now()
    values = {"created_at": now - DAY, "changes_seen_at": now - DAY, **changes}
    venue.cast.signup(shift, volunteer, **values)


def earlier(venue: Venue, days: int, *, came: bool, volunteer: Volunteer | None = None, **changes: object) -> Shift:
    """Let there have been a shift, with or without a check-in."""
    person = volunteer or venue.volunteer
    activity = changes.pop("activity", venue.activity)
    status = changes.pop("signup", SignupStatus.PLACED)
    shift = venue.cast.shift(activity, clock.now() - days * DAY, **changes)  # type: ignore[arg-type]
    place(venue, shift, person, status=status)
    if came:
        ordinal = 1 + 2 * sum(event.volunteer_id == person.id for event in venue.events() if event.ordinal % 2)
        venue.cast.presence(shift, person, ordinal, happened_at=shift.starts_at)
        venue.cast.presence(shift, person, ordinal + 1, happened_at=shift.ends_at)
    return shift


def page(desk: Browser, shift: Shift) -> str:
    return desk.get(f"/checkin/shifts/{shift.public_id}/at-risk").get_data(as_text=True)


def test_who_missed_earlier_places_is_told_with_how_many(venue: Venue, desk: Browser, tomorrow: Shift) -> None:
    earlier(venue, 80, came=True)
    earlier(venue, 20, came=False)
    earlier(venue, 10, came=False)
    text = page(desk, tomorrow)
    assert "90 天里报了 3 次，有 2 次没签到也没取消" in text
    assert f"tel:{venue.volunteer.phone}" in text
    assert "第一次参加" not in text


def test_what_was_cancelled_or_is_long_over_is_not_held_against_anybody(
    venue: Venue, desk: Browser, tomorrow: Shift
) -> None:
    earlier(venue, 91, came=False)
    earlier(venue, 9, came=False, signup=SignupStatus.CANCELLED)
    earlier(venue, 8, came=False, signup=SignupStatus.WAITING)
    earlier(venue, 7, came=False, status=ShiftStatus.CANCELLED)
    off = venue.cast.activity(venue.organization, "取消的活动", status=ActivityStatus.CANCELLED)
    earlier(venue, 6, came=False, activity=off)
    earlier(venue, 5, came=True)
    text = page(desk, tomorrow)
    assert "看不出谁会不来" in text
    assert "没签到也没取消" not in text


def test_a_check_in_that_was_taken_back_is_no_check_in(venue: Venue, desk: Browser, tomorrow: Shift) -> None:
    shift = earlier(venue, 5, came=False)
    venue.cast.presence(shift, venue.volunteer, 1, happened_at=shift.starts_at)
    venue.cast.presence(shift, venue.volunteer, 2, happened_at=shift.starts_at, method=Method.MENDED)
    text = page(desk, tomorrow)
    assert "90 天里报了 1 次，有 1 次没签到也没取消" in text
    assert "第一次参加" in text


def test_a_change_counts_until_it_was_read(venue: Venue, desk: Browser, tomorrow: Shift) -> None:
    earlier(venue, 5, came=True)
    for change in (Change("capacity", 10, 20), Change("place", "东门", "西门")):
        assert "活动有改动，还没看过" not in page(desk, tomorrow)
        venue.cast.add(
            ActivityChange(
                activity_id=venue.activity.id,
                at=clock.now(),
                changed_by=venue.organizer.id,
                changes=[change.to_json()],
            )
        )
    assert "活动有改动，还没看过" in page(desk, tomorrow)
    reader = venue.cast.volunteer(name="看过的人")
    earlier(venue, 4, came=True, volunteer=reader)
    place(venue, tomorrow, reader, changes_seen_at=clock.now())
    assert "看过的人" not in page(desk, tomorrow)


def test_it_is_read_in_as_many_statements_for_one_as_for_twenty(venue: Venue, desk: Browser, tomorrow: Shift) -> None:
    counts = []
    for _ in range(2):
        with statements() as seen:
            text = page(desk, tomorrow)
        counts.append(len([one for one in seen if one.lstrip().startswith("SELECT")]))
        for number in range(19):
            place(venue, tomorrow, venue.cast.volunteer(venue.account, f"志愿者{number}"))
    assert counts[0] == counts[1]
    assert "有名额的 20 人里，这 20 人" in text


def test_nobody_but_those_who_run_the_shift_reads_it(
    venue: Venue, desk: Browser, resident: Browser, tomorrow: Shift
) -> None:
    path = f"/checkin/shifts/{tomorrow.public_id}/at-risk"
    resident.get(path, expect=403)
    stranger = venue.cast.account("别的队长")
    venue.cast.organization(stranger, "别的队")
    Browser(venue.app).sign_in(stranger).get(path, expect=404)
    checker = venue.cast.account("复核人")
    venue.cast.grant(checker, Role.CHECKER, organization=venue.organization)
    Browser(venue.app).sign_in(checker).get(path, expect=403)
    Browser(venue.app).get(path, expect=302)


def test_once_it_has_begun_the_roster_says_who_did_not_come(venue: Venue, desk: Browser) -> None:
    answer = desk.get(f"/checkin/shifts/{venue.shift.public_id}/at-risk", expect=302)
    assert answer.headers["Location"].endswith("/roster")


def test_the_organizer_finds_it_the_day_before(venue: Venue, desk: Browser, tomorrow: Shift) -> None:
    link = f"/checkin/shifts/{tomorrow.public_id}/at-risk"
    assert link in desk.get("/today").get_data(as_text=True)
    assert link in desk.get(f"/activities/{venue.activity.public_id}/manage").get_data(as_text=True)
    far: Activity = venue.cast.activity(venue.organization, "下周的")
    next_week = venue.cast.shift(far, clock.now() + 7 * DAY)
    assert next_week.public_id not in desk.get("/today").get_data(as_text=True)
