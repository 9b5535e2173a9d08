"""A scan is of one browser, whose name we gave it, and of one account."""

import pytest
import time_machine

from models.base import db
from models.checkin import PresenceRefusal
from models.volunteers import Volunteer
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_resident_refusals import refusals
from volunteer.checkin import codes, scans
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id

CLAIM = "scan"


def cookie(browser: Browser, name: str) -> str:
    found = browser.client.get_cookie(name)
    assert found is not None
    return str(found.value)


def give(to: Browser, **cookies: str) -> None:
    for name, value in cookies.items():
        to.client.set_cookie(name, value)


@pytest.fixture
def neighbour(venue: Venue) -> Volunteer:
    """Return somebody of another account who has a place too."""
    neighbour: Volunteer = venue.cast.volunteer(venue.cast.account("王芳"), name="王芳")
    venue.sign_up(neighbour)
    return neighbour


def answer(volunteer: Volunteer, claim: str) -> dict[str, str]:
    return {"claim": claim, "request_key": new_public_id(), "volunteer": volunteer.public_id}


class TestBrowser:
    def test_a_name_that_we_did_not_make_is_replaced(self, venue: Venue, resident: Browser) -> None:
        made_up = "home-of-somebody-else-00"
        give(resident, browser=made_up)
        venue.tap(resident)
        name = codes.read_browser_name(TEST_KEYS["claim"], cookie(resident, "browser"))
        assert name
        [event] = venue.events()
        assert event.device == codes.device_of(TEST_KEYS["index"], name)
        assert event.device != codes.device_of(TEST_KEYS["index"], made_up)

    def test_a_name_of_ours_stays(self, venue: Venue, resident: Browser) -> None:
        names = set()
        for phase in (Direction.IN, Direction.OUT):
            venue.tap(resident, phase)
            names.add(codes.read_browser_name(TEST_KEYS["claim"], cookie(resident, "browser")))
        assert len(names) == 1
        assert len({event.device for event in venue.events()}) == 1

    def test_control_whoever_believes_names_counts_a_made_up_device(
        self, venue: Venue, resident: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for believed in ("read_browser_name", "name_for_browser"):
            monkeypatch.setattr(codes, believed, lambda ring, told: told)
        give(resident, browser="home-of-somebody-else-00")
        venue.tap(resident)
        assert venue.events()[0].device == codes.device_of(TEST_KEYS["index"], "home-of-somebody-else-00")


class TestAccount:
    def test_a_scan_made_signed_in_is_refused_to_another_account_in_the_same_browser(
        self, venue: Venue, resident: Browser, neighbour: Volunteer
    ) -> None:
        sent = venue.scan(resident)
        resident.sign_in(neighbour.account_id)
        assert "用现在的账号重新扫一次" in resident.get("/checkin/here", expect=409).text
        said = resident.post("/checkin/record", answer(neighbour, sent["claim"]), expect=409).text
        assert "用现在的账号重新扫一次" in said
        assert venue.events() == []
        [row] = refusals(venue)
        assert (row.rule, row.shift_id, row.volunteer_id) == ("other_account", venue.shift.id, neighbour.id)
        resident.sign_in(venue.account)
        resident.post("/checkin/record", sent, expect=200)
        assert len(venue.events()) == 1

    def test_both_cookies_of_somebody_signed_in_are_of_no_use_at_home(
        self, venue: Venue, resident: Browser, neighbour: Volunteer
    ) -> None:
        claim = venue.scan(resident)["claim"]
        home = Browser(venue.app).sign_in(neighbour.account_id)
        give(home, browser=cookie(resident, "browser"), scan=claim)
        home.post("/checkin/record", answer(neighbour, claim), expect=409)
        assert venue.events() == []

    def test_a_visitors_scan_is_whoevers_signs_in_first(
        self, venue: Venue, browser: Browser, neighbour: Volunteer
    ) -> None:
        browser.get(f"/c/{venue.token()}", expect=302)
        browser.get("/checkin/here")
        browser.sign_in(neighbour.account_id)
        browser.get("/checkin/here")
        claim = cookie(browser, CLAIM)
        browser.sign_in(venue.account)
        browser.get("/checkin/here", expect=409)
        browser.post("/checkin/record", answer(venue.volunteer, claim), expect=409)
        browser.sign_in(neighbour.account_id)
        browser.post("/checkin/record", answer(neighbour, claim), expect=200)
        assert [event.volunteer_id for event in venue.events()] == [neighbour.id]

    def test_control_an_unbound_scan_serves_every_account_of_its_browser(
        self, venue: Venue, resident: Browser, neighbour: Volunteer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scans, "own", lambda claim, account: scans.held())
        claim = venue.scan(resident)["claim"]
        resident.sign_in(neighbour.account_id)
        resident.post("/checkin/record", answer(neighbour, claim), expect=200)
        assert len(venue.events()) == 1


class TestRefusedTap:
    def test_on_a_scan_that_is_too_old_is_seen_at_its_shift(self, venue: Venue, resident: Browser) -> None:
        sent = venue.scan(resident)
        with time_machine.travel(clock.now() + codes.CLAIM_LIFE * 2, tick=False):
            resident.post("/checkin/record", sent, expect=409)
        [row] = refusals(venue)
        assert (row.rule, row.shift_id, row.direction) == ("stale_claim", venue.shift.id, Direction.IN)
        assert row.volunteer_id == venue.volunteer.id

    def test_on_another_browsers_scan_names_nobody_whom_the_account_does_not_act_for(
        self, venue: Venue, resident: Browser, neighbour: Volunteer
    ) -> None:
        thief = Browser(venue.app).sign_in(neighbour.account_id)
        venue.scan(thief)
        for person in (venue.volunteer, neighbour):
            thief.post("/checkin/record", answer(person, venue.scan(resident)["claim"]), expect=409)
        assert [(row.rule, row.shift_id, row.volunteer_id) for row in refusals(venue)] == [
            ("forged_claim", venue.shift.id, None),
            ("forged_claim", venue.shift.id, neighbour.id),
        ]

    def test_on_what_we_did_not_sign_is_seen_at_no_shift(self, venue: Venue, resident: Browser) -> None:
        sent = venue.scan(resident)
        resident.post("/checkin/record", {**sent, "claim": f"{sent['claim'][:-1]}!"}, expect=409)
        with venue.app.app_context():
            assert db.session.query(PresenceRefusal.shift_id, PresenceRefusal.rule).all() == [(None, "forged_claim")]
            db.session.rollback()
