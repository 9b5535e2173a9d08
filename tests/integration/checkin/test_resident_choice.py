"""The page that a scan opens: the activity first, then as few taps as there can be."""

from datetime import timedelta

import pytest
import time_machine

from models.accounts import Consent
from models.base import db
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from volunteer.accounts import operations as accounts
from volunteer.accounts.rules import PRIVACY_NOTICE_VERSION, ConsentKind
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.signups.rules import SignupStatus

PLACE = {"latitude": "32.02", "longitude": "112.14", "accuracy_metres": "12"}


def opened(venue: Venue, browser: Browser, phase: Direction = Direction.IN) -> str:
    """Return the page that a scan opens, from its one h1 on."""
    venue.scan(browser, phase)
    page = browser.get("/checkin/here").get_data(as_text=True)
    return page[page.index("<h1>") :]


def test_the_activity_comes_before_everything_else(venue: Venue, browser: Browser) -> None:
    assert opened(venue, browser).startswith("<h1>周末清洁护城河</h1>")


def test_one_person_is_one_tap(venue: Venue, resident: Browser) -> None:
    page = opened(venue, resident)
    assert page.count("record-button") == 1
    assert f'btn-primary record-button" type="submit" name="volunteer" value="{venue.volunteer.public_id}"' in page
    assert "李晓梅 签到" in page


def test_of_several_the_only_one_with_a_place_is_the_main_button(venue: Venue, resident: Browser) -> None:
    venue.cast.volunteer(venue.account, name="李小宝")
    page = opened(venue, resident)
    assert page.count("btn-primary") == 1
    assert page.index("李晓梅 签到") < page.index("李小宝")
    assert "这个班次要先报名，现在报不了了" in page
    assert 'href="tel:13800000000"' in page
    assert "去报名" not in page


def test_before_the_start_there_is_still_the_way_to_sign_up(venue: Venue, resident: Browser) -> None:
    soon = venue.cast.shift(venue.activity, clock.now() + timedelta(minutes=20))
    resident.get(f"/c/{venue.token(shift=soon)}", expect=302)
    page = resident.get("/checkin/here").text
    assert f'href="/activities/{venue.activity.public_id}">去报名' in page
    claim = resident.client.get_cookie("scan")
    assert claim is not None
    sent = {"claim": claim.value, "request_key": new_public_id(), "volunteer": venue.volunteer.public_id}
    said = resident.post("/checkin/record", sent, expect=409).text
    assert f'href="/activities/{venue.activity.public_id}">去报名' in said


def test_several_with_a_place_are_one_tap_each_and_none_is_preferred(venue: Venue, resident: Browser) -> None:
    venue.sign_up(venue.cast.volunteer(venue.account, name="李小宝"))
    page = opened(venue, resident)
    assert page.count("btn-secondary record-button") == 2
    assert "btn-primary" not in page


def test_who_is_in_is_shown_and_not_offered(venue: Venue, resident: Browser) -> None:
    venue.tap(resident)
    page = opened(venue, resident)
    assert "已经签到，不用再扫" in page
    assert "record-button" not in page


def test_going_offers_who_is_in_first(venue: Venue, resident: Browser) -> None:
    child = venue.cast.volunteer(venue.account, name="李小宝")
    venue.sign_up(child)
    venue.tap(resident, volunteer=child.public_id)
    page = opened(venue, resident, Direction.OUT)
    assert page.index("李小宝 签退") < page.index("李晓梅")
    assert page.count("record-button") == 1
    assert "还没有签到，请先扫签到码" in page


def test_of_several_who_are_in_none_is_preferred(venue: Venue, resident: Browser) -> None:
    shift = venue.cast.shift(venue.activity, clock.now() - timedelta(minutes=5), allows_walk_in=True)
    child = venue.cast.volunteer(venue.account, name="李小宝")
    venue.sign_up(venue.volunteer, shift)
    for one in (venue.volunteer, child):
        venue.cast.presence(shift, one)
    resident.get(f"/c/{venue.token(Direction.OUT, shift=shift)}", expect=302)
    page = resident.get("/checkin/here").text
    assert page.count("btn-secondary record-button") == 2
    assert "btn-primary" not in page


def test_who_has_no_place_may_join_where_the_shift_lets_them(venue: Venue, resident: Browser) -> None:
    guest = venue.cast.account("陈桂兰")
    venue.cast.volunteer(guest, name="陈桂兰")
    walk_in = venue.cast.shift(venue.activity, clock.now() - timedelta(minutes=5), allows_walk_in=True)
    browser = Browser(venue.app).sign_in(guest)
    browser.get(f"/c/{venue.token(shift=walk_in)}", expect=302)
    assert "陈桂兰 现场加入" in browser.get("/checkin/here").text
    browser.get(f"/c/{venue.token()}", expect=302)
    page = browser.get("/checkin/here").text
    assert "现场加入" not in page
    assert "这个班次要先报名，现在报不了了" in page


def test_the_answer_comes_back_the_same_for_a_lost_reply(venue: Venue, resident: Browser) -> None:
    sent = venue.scan(resident)
    first = resident.post("/checkin/record", sent, expect=200).text
    assert resident.post("/checkin/record", sent, expect=200).text == first
    assert len(venue.events()) == 1


def test_a_going_is_told_with_its_minutes_and_told_again_the_same(venue: Venue, resident: Browser) -> None:
    venue.tap(resident)
    with time_machine.travel(clock.now() + timedelta(minutes=40), tick=False):
        sent = venue.scan(resident, Direction.OUT)
        first = resident.post("/checkin/record", sent, expect=200).text
        again = resident.post("/checkin/record", sent, expect=200).text
    assert '<p class="recorded-minutes">40 分钟</p>' in first
    assert "已记入 40 分钟" in first
    assert again == first


def test_the_device_is_kept_as_a_digest(venue: Venue, resident: Browser) -> None:
    venue.tap(resident)
    [event] = venue.events()
    name = resident.client.get_cookie("browser")
    assert name is not None
    assert len(event.device) == 32
    assert name.value not in event.device
    assert name.max_age == timedelta(days=400).total_seconds()


class TestPlace:
    def test_consent_is_asked_on_the_page_and_only_once(self, venue: Venue, resident: Browser) -> None:
        assert "data-location-consent" in opened(venue, resident)
        venue.tap(resident, **PLACE, location_consent="yes")
        assert "data-location-consent" not in opened(venue, resident)

    def test_a_place_is_kept_with_the_consent_given_beside_it(self, venue: Venue, resident: Browser) -> None:
        venue.tap(resident, **PLACE, location_consent="yes")
        [event] = venue.events()
        assert (event.latitude, event.longitude, event.accuracy_metres) == (32.02, 112.14, 12)
        with venue.app.app_context():
            [consent] = db.session.query(Consent).filter(Consent.kind == ConsentKind.LOCATION).all()
            assert (consent.account_id, consent.version) == (venue.account.id, PRIVACY_NOTICE_VERSION)
            assert consent.given_at <= event.received_at
            db.session.rollback()

    @pytest.mark.parametrize("said", [{}, {"location_consent": "no"}])
    def test_without_consent_the_check_in_stands_and_no_place_is_kept(
        self, venue: Venue, resident: Browser, said: dict[str, str]
    ) -> None:
        assert "签到成功" in venue.tap(resident, **PLACE, **said)
        assert venue.events()[0].latitude is None

    def test_a_consent_withdrawn_is_asked_for_again(self, venue: Venue, resident: Browser) -> None:
        with venue.app.app_context():
            accounts.give_consent(venue.account.id, ConsentKind.LOCATION)
            accounts.withdraw_consent(venue.account.id, ConsentKind.LOCATION)
            db.session.commit()
        assert "data-location-consent" in opened(venue, resident)

    @pytest.mark.parametrize("bad", ["NaN", "1e309", "91", "", "x"])
    def test_a_place_that_is_none_asks_for_no_consent(self, venue: Venue, resident: Browser, bad: str) -> None:
        venue.tap(resident, **{**PLACE, "latitude": bad}, location_consent="yes")
        with venue.app.app_context():
            assert db.session.query(Consent).filter(Consent.kind == ConsentKind.LOCATION).count() == 0
            db.session.rollback()


class TestComingFromOutside:
    def test_after_signing_in_the_scan_waits(self, venue: Venue, browser: Browser) -> None:
        venue.scan(browser)
        where = browser.post("/accounts/sign-in", {"phone": venue.account.phone, "password": "一把好用的钥匙"}).headers[
            "Location"
        ]
        assert where == "/checkin/here"
        assert "李晓梅 签到" in browser.get(where).text

    def test_after_registering_account_and_volunteer_the_scan_waits(self, venue: Venue, browser: Browser) -> None:
        venue.cast.city()
        scanned_at = clock.now()
        browser.get(f"/c/{venue.token()}", expect=302)
        browser.get("/checkin/here")
        account = {"phone": "13900139000", "password": "一把好用的新钥匙", "display_name": "陈桂兰", "consent": "y"}
        where = browser.post("/accounts/sign-up", account).headers["Location"]
        assert where == "/volunteers/new"
        assert "就回到刚才的页面" in browser.get(where).text
        person = {
            "name": "陈桂兰",
            "document_kind": "resident_id",
            "document_number": "11010519491231002X",
            "community": "420602001001",
            "phone": "13900139000",
            "consent_privacy": "y",
        }
        where = browser.post("/volunteers/new?relation=self", person).headers["Location"]
        assert where == "/checkin/here"
        assert "陈桂兰" in browser.get(where).text
        claim = browser.client.get_cookie("scan")
        assert claim is not None
        assert clock.now() - scanned_at < timedelta(minutes=1)

    def test_who_signs_in_without_a_volunteer_registers_one_and_comes_back(
        self, venue: Venue, browser: Browser
    ) -> None:
        browser.sign_in(venue.cast.account("新来的"))
        assert "登记完就回到这里" in opened(venue, browser)
        with browser.client.session_transaction() as held:
            assert held["return_to"] == "/checkin/here"


class TestWrongPerson:
    @pytest.fixture
    def child(self, venue: Venue) -> str:
        child = venue.cast.volunteer(venue.account, name="李小宝")
        venue.sign_up(child)
        return child.public_id

    def test_is_put_right_from_the_answer(self, venue: Venue, resident: Browser, child: str) -> None:
        sent = venue.scan(resident)
        said = resident.post("/checkin/record", sent, expect=200).text
        address = f"/checkin/mend/{sent['request_key']}"
        assert f'href="{address}"' in said
        asked = resident.get(address).text
        assert "刚才记的是李晓梅" in asked
        assert "是李小宝" in asked
        answer = resident.post(address, {"volunteer": child}, expect=200).text
        assert "签到成功" in answer
        assert "李小宝" in answer
        assert "李晓梅的签到已撤回" in answer
        assert "已撤回" not in said
        assert "选错人了" not in answer
        assert resident.post(address, {"volunteer": child}, expect=200).text == answer
        mother, _undone, son = sorted(venue.events(), key=lambda event: (event.volunteer_id, event.ordinal))
        assert (son.happened_at, son.method) == (mother.happened_at, mother.method)

    def test_is_not_put_right_after_ten_minutes(self, venue: Venue, resident: Browser, child: str) -> None:
        sent = venue.scan(resident)
        resident.post("/checkin/record", sent, expect=200)
        with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
            for send in (resident.get, resident.post):
                data = {} if send == resident.get else {"data": {"volunteer": child}}
                said = send(f"/checkin/mend/{sent['request_key']}", expect=409, **data).text
                assert "过了 10 分钟" in said
                assert "没有更正" in said
        assert len(venue.events()) == 1

    def test_is_nobody_elses_to_put_right(self, venue: Venue, resident: Browser) -> None:
        sent = venue.scan(resident)
        resident.post("/checkin/record", sent, expect=200)
        stranger = venue.cast.volunteer(name="陌生人")
        other = Browser(venue.app).sign_in(stranger.account_id)
        other.get(f"/checkin/mend/{sent['request_key']}", expect=404)
        other.post(f"/checkin/mend/{sent['request_key']}", {"volunteer": stranger.public_id}, expect=404)
        resident.post(f"/checkin/mend/{sent['request_key']}", {"volunteer": stranger.public_id}, expect=404)
        assert len(venue.events()) == 1

    def test_nobody_chosen_is_said(self, venue: Venue, resident: Browser, child: str) -> None:
        sent = venue.scan(resident)
        resident.post("/checkin/record", sent, expect=200)
        assert "请选谁在现场" in resident.post(f"/checkin/mend/{sent['request_key']}", {}, expect=422).text


def test_somebody_waiting_reads_why_and_can_tell_the_organizer(venue: Venue, browser: Browser) -> None:
    waiting = venue.cast.volunteer(name="陈桂兰")
    venue.sign_up(waiting, status=SignupStatus.WAITING)
    guest = browser.sign_in(waiting.account_id)
    page = opened(venue, guest)
    assert "还在候补" in page
    assert "让组织者知道陈桂兰来过" in page
    sent = {**venue.scan(guest), "volunteer": waiting.public_id, "request_key": new_public_id()}
    assert "组织者看得到原因" in guest.post("/checkin/record", sent, expect=409).text
