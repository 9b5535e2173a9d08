"""A printed code: only where the organizer allows it, weaker than the screen, and worthless once it is taken back."""

import re
from datetime import timedelta

import pytest
import time_machine

from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceRefusal
from models.hours import Entry, Proposal
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from volunteer.activities.rules import RiskLevel
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id

NOT_ALLOWED = "这个班次不用海报码了"


def change(venue: Venue, kind: type, id: int, **changes: object) -> None:
    with venue.app.app_context():
        for name, value in changes.items():
            setattr(db.session.get_one(kind, id), name, value)
        db.session.commit()


@pytest.fixture
def poster(venue: Venue) -> Venue:
    """Return the venue with a poster on its door."""
    change(venue, Shift, venue.shift.id, allows_poster=True)
    return venue


def sheet(venue: Venue) -> str:
    return f"/checkin/shifts/{venue.shift.public_id}/poster"


def printed(venue: Venue, phase: Direction = Direction.IN) -> str:
    return codes.make_poster_code(TEST_KEYS["code"], shift=venue.shift.public_id, phase=phase)


def scan(venue: Venue, browser: Browser, phase: Direction = Direction.IN) -> dict[str, str]:
    browser.get(f"/p/{printed(venue, phase)}", expect=302)
    claim = browser.client.get_cookie("scan")
    assert claim is not None
    return {"claim": claim.value, "request_key": new_public_id(), "volunteer": venue.volunteer.public_id}


def test_the_sheet_holds_both_codes_and_says_what_they_cost(poster: Venue, desk: Browser) -> None:
    page = desk.get(sheet(poster)).get_data(as_text=True)
    assert page.count("<svg xmlns") == 2
    for words in ("签到", "签退", "来了扫这个码", "要走了扫这个码", "第二个人确认", poster.activity.title):
        assert words in page
    assert "今天" not in page[page.index('class="poster"') :]


def test_a_shift_without_leave_has_no_sheet(venue: Venue, desk: Browser) -> None:
    assert NOT_ALLOWED in desk.get(sheet(venue), expect=409).get_data(as_text=True)


def test_a_stranger_prints_no_sheet(poster: Venue, resident: Browser) -> None:
    resident.get(sheet(poster), expect=403)


def test_who_scans_the_sheet_is_recorded_as_such_and_a_second_person_is_asked(poster: Venue, resident: Browser) -> None:
    resident.post("/checkin/record", scan(poster, resident), expect=200)
    with time_machine.travel(clock.now() + timedelta(minutes=60)):
        resident.post("/checkin/record", scan(poster, resident, Direction.OUT), expect=200)
    assert [event.method for event in poster.events()] == [Method.POSTER, Method.POSTER]
    assert {event.station for event in poster.events()} == {codes.POSTER_STATION}
    with poster.app.app_context():
        [proposal] = db.session.query(Proposal).all()
        assert (proposal.cause, proposal.state) == (Cause.POSTER, ProposalState.AWAITING)
        assert db.session.query(Entry).count() == 0


def test_the_page_after_a_sheet_says_that_a_second_person_is_asked(poster: Venue, resident: Browser) -> None:
    scan(poster, resident)
    assert "扫海报签的时长，要另一个人核对" in resident.get("/checkin/here").text
    poster.scan(resident)
    assert "要另一个人核对" not in resident.get("/checkin/here").text


def test_the_moment_is_that_of_the_scan_by_our_clock(poster: Venue, resident: Browser) -> None:
    moment = clock.now()
    with time_machine.travel(moment, tick=False):
        sent = scan(poster, resident)
    with time_machine.travel(moment + timedelta(minutes=10), tick=False):
        resident.post("/checkin/record", sent, expect=200)
    [event] = poster.events()
    assert abs(event.happened_at - moment) < timedelta(milliseconds=1)


@pytest.mark.parametrize("take_back", ["leave", "danger"])
def test_a_sheet_that_is_taken_back_opens_nothing_and_records_nothing(
    poster: Venue, resident: Browser, take_back: str
) -> None:
    sent = scan(poster, resident)
    if take_back == "leave":
        change(poster, Shift, poster.shift.id, allows_poster=False)
    else:
        change(poster, Activity, poster.activity.id, risk=RiskLevel.DANGEROUS)
    assert NOT_ALLOWED in resident.get(f"/p/{printed(poster)}", expect=409).get_data(as_text=True)
    assert NOT_ALLOWED in resident.post("/checkin/record", sent, expect=409).get_data(as_text=True)
    assert poster.events() == []


def test_a_scan_of_a_sheet_that_was_taken_back_is_kept_for_the_organizer(venue: Venue, browser: Browser) -> None:
    page = browser.get(f"/p/{printed(venue)}", expect=409).get_data(as_text=True)
    note = re.search(r'name="note" value="([^"]+)"', page)
    assert note is not None
    browser.post("/checkin/refused-scan", {"note": note[1]}, expect=204)
    with venue.app.app_context():
        [kept] = db.session.query(PresenceRefusal).all()
        assert (kept.rule, kept.method, kept.direction) == ("poster_not_allowed", Method.POSTER, Direction.IN)
        assert (kept.shift_id, NOT_ALLOWED in kept.told) == (venue.shift.id, True)


def test_a_sheet_with_one_letter_changed_is_none_of_ours(poster: Venue, browser: Browser) -> None:
    token = printed(poster)
    for place in range(len(token)):
        letter = "x" if token[place] != "x" else "y"
        page = browser.get(f"/p/{token[:place]}{letter}{token[place + 1 :]}", expect=409).get_data(as_text=True)
        assert re.search("不是签到海报上的码", page)


def test_neither_kind_of_code_passes_for_the_other(poster: Venue, browser: Browser) -> None:
    browser.get(f"/p/{poster.token()}", expect=409)
    browser.get(f"/c/{printed(poster)}", expect=409)
    browser.get(f"/c/{poster.token()}", expect=302)


def test_the_screen_goes_on_beside_the_sheet(poster: Venue, resident: Browser) -> None:
    poster.tap(resident)
    assert poster.events()[0].method is Method.VENUE_CODE


def test_a_sheet_is_bound_to_the_hours_of_its_shift(poster: Venue, resident: Browser) -> None:
    with time_machine.travel(poster.shift.starts_at - timedelta(minutes=31), tick=False):
        resident.post("/checkin/record", scan(poster, resident), expect=409)
    with time_machine.travel(poster.shift.ends_at, tick=False):
        resident.post("/checkin/record", scan(poster, resident), expect=409)
    assert poster.events() == []
