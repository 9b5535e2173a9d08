"""What is refused is said with the way on, and kept for the organizer; opening an address writes nothing."""

import html
import re
from datetime import timedelta

import pytest
import time_machine

from models.base import db
from models.checkin import PresenceRefusal
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from volunteer.checkin import codes, spot_checks
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id


def refusals(venue: Venue) -> list[PresenceRefusal]:
    with venue.app.app_context():
        found = db.session.query(PresenceRefusal).order_by(PresenceRefusal.id).all()
        db.session.expunge_all()
        db.session.rollback()
        return found


def note_of(page: str) -> str:
    found = re.search(r'name="note" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


class TestTap:
    def test_is_kept_with_who_what_when_and_which_rule(self, venue: Venue, resident: Browser) -> None:
        venue.tap(resident)
        said = venue.tap(resident, expect=409)
        assert "没有签到" in said
        assert "已经签到，不用再扫" in said
        [row] = refusals(venue)
        assert (row.rule, row.method, row.direction) == ("already_in", Method.VENUE_CODE, Direction.IN)
        assert (row.shift_id, row.volunteer_id) == (venue.shift.id, venue.volunteer.id)
        assert row.account_id == venue.account.id
        assert row.asked_at <= row.refused_at
        assert len(row.device) == 32
        assert "已经签到" in row.told
        assert len(venue.events()) == 1

    def test_tapped_again_is_kept_once(self, venue: Venue, resident: Browser) -> None:
        sent = venue.scan(resident, Direction.OUT)
        for _ in range(3):
            resident.post("/checkin/record", sent, expect=409)
        assert [row.rule for row in refusals(venue)] == ["not_in"]

    def test_without_a_place_leads_to_the_organizers_phone(self, venue: Venue, resident: Browser) -> None:
        child = venue.cast.volunteer(venue.account, name="李小宝")
        said = venue.tap(resident, volunteer=child.public_id, expect=409)
        assert 'href="tel:13800000000"' in said
        assert [row.rule for row in refusals(venue)] == ["not_signed_up"]

    def test_on_another_browsers_scan_is_kept(self, venue: Venue, resident: Browser) -> None:
        thief = Browser(venue.app).sign_in(venue.account)
        venue.scan(thief)
        sent = venue.scan(resident)
        said = thief.post("/checkin/record", sent, expect=409).text
        assert "不是在这个浏览器里扫的" in said
        [row] = refusals(venue)
        assert (row.rule, row.shift_id, row.account_id) == ("forged_claim", venue.shift.id, venue.account.id)

    def test_of_an_unknown_volunteer_is_kept_without_one(self, venue: Venue, resident: Browser) -> None:
        venue.tap(resident, volunteer=new_public_id(), expect=404)
        [row] = refusals(venue)
        assert (row.volunteer_id, row.rule) == (None, "not_found")

    @pytest.mark.parametrize("wrong", [{"volunteer": "x"}, {"request_key": ""}])
    def test_that_is_no_answer_at_all_is_no_refusal_of_anybody(
        self, venue: Venue, resident: Browser, wrong: dict[str, str]
    ) -> None:
        venue.tap(resident, expect=422, **wrong)
        assert refusals(venue) == []


class TestScan:
    def stale(self, venue: Venue) -> str:
        return venue.token(at=clock.now() - timedelta(seconds=45))

    def test_opening_writes_nothing_and_the_page_reports_itself_once(self, venue: Venue, resident: Browser) -> None:
        page = resident.get(f"/c/{self.stale(venue)}", expect=409).text
        assert "这个码过期了" in page
        assert refusals(venue) == []
        for _ in range(2):
            resident.post("/checkin/refused-scan", {"note": note_of(page)}, expect=204)
        [row] = refusals(venue)
        assert (row.rule, row.shift_id, row.direction) == ("stale_code", venue.shift.id, Direction.IN)
        assert row.account_id == venue.account.id

    def test_a_forged_code_of_a_visitor_is_kept_without_a_shift(self, venue: Venue, browser: Browser) -> None:
        page = browser.get("/c/forged", expect=409).text
        browser.post("/checkin/refused-scan", {"note": note_of(page)}, expect=204)
        [row] = refusals(venue)
        assert (row.rule, row.shift_id, row.account_id) == ("forged_code", None, None)

    def test_nobody_can_invent_a_refusal(self, venue: Venue, browser: Browser) -> None:
        page = browser.get(f"/c/{self.stale(venue)}", expect=409).text
        note = note_of(page)
        for told in ("", "x", note[:-1] + ("0" if note[-1] != "0" else "1")):
            browser.post("/checkin/refused-scan", {"note": told}, expect=409)
        Browser(venue.app).post("/checkin/refused-scan", {"note": note}, expect=409)
        with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
            browser.post("/checkin/refused-scan", {"note": note}, expect=409)
        assert refusals(venue) == []

    def test_the_page_says_what_to_do(self, venue: Venue, browser: Browser) -> None:
        page = browser.get(f"/c/{self.stale(venue)}", expect=409).text
        assert 'href="/checkin/enter"' in page
        assert "js/report.js" in page


class TestDigits:
    def test_that_are_wrong_are_kept_and_those_that_are_none_are_not(self, venue: Venue, resident: Browser) -> None:
        step = codes.step_at(clock.now())
        right = {
            codes.short_code(TEST_KEYS["code"], shift=venue.shift.public_id, phase=phase, step=step + ahead)
            for phase in Direction
            for ahead in range(-3, 3)
        }
        wrong = next(digits for digits in (f"{number:06d}" for number in range(100)) if digits not in right)
        for typed in (wrong, "12"):
            resident.post("/checkin/enter", {"shift": venue.shift.public_id, "short_code": typed}, expect=422)
        [row] = refusals(venue)
        assert (row.rule, row.method, row.direction) == ("wrong_short_code", Method.TYPED_CODE, None)
        assert (row.shift_id, row.account_id) == (venue.shift.id, venue.account.id)


class TestSpotCheck:
    @pytest.fixture
    def drawn(self, venue: Venue, resident: Browser) -> None:
        venue.tap(resident)
        self.draw(venue)

    def draw(self, venue: Venue) -> None:
        with venue.app.app_context():
            [drawn] = spot_checks.draw(venue.shift.public_id, count=1, account_id=venue.organizer.id)
            assert drawn.volunteer == venue.volunteer.public_id
            db.session.commit()

    @pytest.mark.usefixtures("drawn")
    def test_comes_first_and_is_answered_by_one_more_scan(self, venue: Venue, resident: Browser) -> None:
        sent = venue.scan(resident)
        page = resident.get("/checkin/here").text
        assert page.index("现场抽查：李晓梅") < page.index("已经签到，不用再扫")
        assert "李晓梅 还在现场" in page
        said = resident.post("/checkin/spot-check", sent, expect=200).text
        assert "抽查已确认" in said
        assert "现场抽查" not in resident.get("/checkin/here").text
        assert len(venue.events()) == 1

    def test_is_not_answered_by_a_scan_from_before(self, venue: Venue, resident: Browser) -> None:
        venue.tap(resident)
        sent = venue.scan(resident)
        self.draw(venue)
        page = resident.get("/checkin/here").text
        assert "对着现场屏幕再扫一次" in page
        assert "还在现场" not in page
        said = resident.post("/checkin/spot-check", sent, expect=409).text
        assert "抽查没有确认" in said
        assert "在抽查之前" in said

    @pytest.mark.usefixtures("drawn")
    def test_is_said_on_both_front_pages(self, venue: Venue, resident: Browser) -> None:
        for size in ("normal", "large"):
            resident.post("/accounts/display", {"text_size": size})
            page = resident.get("/").text
            assert "现场抽查" in page
            assert "对着现场屏幕的码再扫一次" in page

    @pytest.mark.usefixtures("drawn")
    def test_is_nobody_elses_to_answer(self, venue: Venue) -> None:
        other = Browser(venue.app).sign_in(venue.cast.volunteer(name="陈桂兰").account_id)
        other.post("/checkin/spot-check", venue.scan(other), expect=409)
