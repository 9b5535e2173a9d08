"""From the scan to the answer, through the pages."""

from datetime import datetime, timedelta

import pytest
import time_machine

from models.accounts import Consent
from models.audit import AuditEvent
from models.base import db
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from volunteer.accounts.rules import ConsentKind
from volunteer.activities.rules import ActivityStatus
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.signups.rules import SignupStatus


def test_a_scan_and_one_tap_check_somebody_in(venue: Venue, resident: Browser) -> None:
    said = venue.tap(resident)
    assert "签到成功" in said
    assert "李晓梅" in said
    assert "周末清洁护城河" in said
    assert "结束时扫签退码" in said
    [event] = venue.events()
    assert (event.ordinal, event.direction, event.method) == (1, Direction.IN, Method.VENUE_CODE)
    assert event.recorded_by is None


def test_the_answer_weighs_less_than_ten_kilobytes(venue: Venue, resident: Browser) -> None:
    assert len(venue.tap(resident).encode()) < 10_000


def test_a_check_in_leaves_one_row_in_the_trail(venue: Venue, resident: Browser) -> None:
    venue.tap(resident)
    with venue.app.app_context():
        [row] = db.session.query(AuditEvent).filter(AuditEvent.action == "checkin.check_in").all()
        assert row.account_id == venue.account.id
        assert (row.subject_kind, row.subject_id) == ("shift", venue.shift.public_id)
        assert row.lineage == "420600/420602/420602001/420602001001"
        assert row.details == {"volunteer": venue.volunteer.public_id, "method": "venue_code"}
        db.session.rollback()


def test_presence_begins_at_the_scan_and_not_at_the_tap(venue: Venue, resident: Browser) -> None:
    scanned_at = clock.now()
    with time_machine.travel(scanned_at, tick=False):
        sent = venue.scan(resident)
    with time_machine.travel(scanned_at + timedelta(minutes=9), tick=False):
        resident.post("/checkin/record", sent, expect=200)
    [event] = venue.events()
    assert event.happened_at == scanned_at
    assert event.received_at == scanned_at + timedelta(minutes=9)


def test_a_client_cannot_say_when_it_came(venue: Venue, resident: Browser) -> None:
    before = clock.now()
    venue.tap(resident, checkin_at="2020-01-01T00:00:00Z", happened_at="2020-01-01T00:00:00Z", scanned_at="0")
    assert venue.events()[0].happened_at >= before


def test_a_visitor_reads_what_was_scanned_and_comes_back_after_signing_in(venue: Venue, browser: Browser) -> None:
    browser.get(f"/c/{venue.token()}", expect=302)
    page = browser.get("/checkin/here").get_data(as_text=True)
    assert page.index("周末清洁护城河") < page.index("登录后签到")
    with browser.client.session_transaction() as held:
        assert held["return_to"] == "/checkin/here"
    browser.sign_in(venue.account)
    assert "李晓梅" in browser.get("/checkin/here").get_data(as_text=True)


def test_an_account_without_volunteers_is_told_to_register_one(venue: Venue, browser: Browser) -> None:
    browser.sign_in(venue.cast.account("新来的"))
    browser.get(f"/c/{venue.token()}", expect=302)
    assert "账号里还没有志愿者" in browser.get("/checkin/here").get_data(as_text=True)


# --- bad codes


def test_a_code_twenty_one_seconds_old_is_refused(venue: Venue, resident: Browser) -> None:
    now = clock.now()
    step_start = now.replace(microsecond=0)
    token = venue.token(at=step_start)
    made_at = step_start - timedelta(seconds=step_start.timestamp() % 10)
    with time_machine.travel(made_at + timedelta(seconds=20), tick=False):
        resident.get(f"/c/{token}", expect=302)
    with time_machine.travel(made_at + timedelta(seconds=21), tick=False):
        said = resident.get(f"/c/{token}", expect=409).get_data(as_text=True)
    assert "这个码过期了，请对着现场屏幕重新扫一次" in said
    assert venue.events() == []


@pytest.mark.parametrize("position", [0, 3, 30, -1])
def test_a_code_with_one_letter_changed_is_refused(venue: Venue, resident: Browser, position: int) -> None:
    letters = list(venue.token())
    letters[position] = "a" if letters[position] != "a" else "b"
    said = resident.get(f"/c/{''.join(letters)}", expect=409).get_data(as_text=True)
    assert "这个码不是签到码" in said


@pytest.mark.parametrize("rubbish", ["x", "k1..", "a" * 3000, "签到", "t1.a.in.1.5.x"])
def test_rubbish_in_place_of_a_code_is_refused(browser: Browser, rubbish: str) -> None:
    browser.get(f"/c/{rubbish}", expect=409)


def test_a_claim_of_another_browser_is_refused(venue: Venue, resident: Browser) -> None:
    sent = venue.scan(resident)
    other = Browser(venue.app).sign_in(venue.account)
    venue.scan(other)
    said = other.post("/checkin/record", sent, expect=409).get_data(as_text=True)
    assert "这次扫码不是在这个浏览器里扫的" in said
    assert venue.events() == []


def test_a_scan_sixteen_minutes_old_is_refused(venue: Venue, resident: Browser) -> None:
    sent = venue.scan(resident)
    browser = resident.client.get_cookie("browser")
    assert browser is not None
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        resident.client.set_cookie("browser", browser.value)
        said = resident.post("/checkin/record", sent, expect=409).get_data(as_text=True)
    assert "扫码过了 15 分钟" in said


def test_without_a_scan_there_is_nothing_to_record(venue: Venue, resident: Browser) -> None:
    resident.get("/checkin/here", expect=422)
    sent = {"volunteer": venue.volunteer.public_id, "request_key": new_public_id(), "claim": ""}
    resident.post("/checkin/record", sent, expect=422)
    resident.post("/checkin/record", {}, expect=422)
    assert venue.events() == []


def test_a_code_of_another_shift_checks_in_there_and_not_here(venue: Venue, resident: Browser) -> None:
    other = venue.cast.shift(venue.activity, venue.shift.starts_at, task="引导")
    sent = venue.scan(resident, shift=other)
    assert "这个班次要先报名，现在报不了了" in resident.post("/checkin/record", sent, expect=409).get_data(as_text=True)


def test_the_code_for_going_does_not_let_in(venue: Venue, resident: Browser) -> None:
    assert "还没有签到，请先扫签到码" in venue.tap(resident, Direction.OUT, expect=409)
    assert venue.events() == []


# --- when and who


@pytest.mark.parametrize(
    ("minutes", "words"), [(-31, "还没到签到时间"), (120, "已经结束，不能再签到"), (121, "已经结束")]
)
def test_outside_its_window_a_check_in_is_refused(venue: Venue, resident: Browser, minutes: int, words: str) -> None:
    with time_machine.travel(venue.shift.starts_at + timedelta(minutes=minutes), tick=False):
        assert words in venue.tap(resident, expect=409)
    assert venue.events() == []


@pytest.mark.parametrize("minutes", [-30, 0, 119])
def test_inside_its_window_a_check_in_is_taken(venue: Venue, resident: Browser, minutes: int) -> None:
    with time_machine.travel(venue.shift.starts_at + timedelta(minutes=minutes), tick=False):
        venue.tap(resident)
    assert len(venue.events()) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ActivityStatus.DRAFT, "活动还没有发布"),
        (ActivityStatus.CANCELLED, "活动已取消"),
        (ActivityStatus.CLOSED, "活动已经结项"),
    ],
)
def test_an_activity_that_does_not_run_lets_nobody_in(
    venue: Venue, browser: Browser, status: ActivityStatus, words: str
) -> None:
    activity = venue.cast.activity(venue.organization, title="另一个活动", status=status)
    shift = venue.cast.shift(activity, venue.shift.starts_at)
    venue.sign_up(venue.volunteer, shift)
    browser.sign_in(venue.account)
    assert words in browser.post("/checkin/record", venue.scan(browser, shift=shift), expect=409).get_data(as_text=True)


def test_coming_twice_is_refused_with_the_time_of_the_first(venue: Venue, resident: Browser) -> None:
    venue.tap(resident)
    assert "已经签到，不用再扫" in venue.tap(resident, expect=409)
    assert len(venue.events()) == 1


def test_who_waits_in_line_is_told_so(venue: Venue, browser: Browser) -> None:
    waiting = venue.cast.volunteer(name="赵等等")
    venue.sign_up(waiting, status=SignupStatus.WAITING)
    with venue.app.app_context():
        account_id = waiting.account_id
    browser.sign_in(account_id)
    assert "还在候补" in venue.tap(browser, expect=409, volunteer=waiting.public_id)


def test_whoever_walks_in_is_taken_where_the_shift_allows_it_and_refused_elsewhere(
    venue: Venue, browser: Browser
) -> None:
    passer = venue.cast.volunteer(name="路过的")
    browser.sign_in(passer.account_id)
    assert "这个班次要先报名，现在报不了了" in venue.tap(browser, expect=409, volunteer=passer.public_id)
    open_shift = venue.cast.shift(venue.activity, venue.shift.starts_at, allows_walk_in=True)
    sent = {**venue.scan(browser, shift=open_shift), "volunteer": passer.public_id}
    assert "签到成功" in browser.post("/checkin/record", sent, expect=200).get_data(as_text=True)
    assert [event.shift_id for event in venue.events()] == [open_shift.id]


def test_who_walked_in_and_left_may_come_again_after_walk_ins_were_turned_off(venue: Venue, browser: Browser) -> None:
    passer, other = venue.cast.volunteer(name="路过的"), venue.cast.volunteer(name="没来过的")
    venue.cast.presence(venue.shift, passer)
    venue.cast.presence(venue.shift, passer, 2)
    browser.sign_in(passer.account_id)
    assert "签到成功" in venue.tap(browser, volunteer=passer.public_id)
    stranger = Browser(venue.app).sign_in(other.account_id)
    assert "这个班次要先报名，现在报不了了" in venue.tap(stranger, expect=409, volunteer=other.public_id)


def test_an_organizer_is_told_how_to_let_somebody_take_part(venue: Venue, desk: Browser) -> None:
    passer = venue.cast.volunteer(name="路过的")
    sent = {"phase": "in", "code": codes.make_personal_code(TEST_KEYS["code"], passer.public_id, clock.now())}
    said = desk.post(f"/checkin/shifts/{venue.shift.public_id}/scan", sent, expect=422).text
    assert "先在活动里打开“没报名的人到现场也可以参加”" in said


def test_a_child_below_the_age_of_the_activity_cannot_walk_in(venue: Venue, browser: Browser) -> None:
    activity = venue.cast.activity(venue.organization, title="成人活动", minimum_age=18)
    shift = venue.cast.shift(activity, venue.shift.starts_at, allows_walk_in=True)
    child = venue.cast.volunteer(name="小朋友", birth_on=clock.today() - timedelta(days=365 * 10))
    browser.sign_in(child.account_id)
    sent = {**venue.scan(browser, shift=shift), "volunteer": child.public_id}
    assert "要年满 18 岁" in browser.post("/checkin/record", sent, expect=409).get_data(as_text=True)


def test_the_volunteer_of_another_account_is_not_found(venue: Venue, browser: Browser) -> None:
    browser.sign_in(venue.cast.account("别人"))
    venue.tap(browser, expect=404)
    assert venue.events() == []


@pytest.mark.parametrize(
    "place",
    [
        {"latitude": "nan", "longitude": "112.1", "accuracy_metres": "5"},
        {"latitude": "1e309", "longitude": "112.1", "accuracy_metres": "5"},
        {"latitude": "32.0", "longitude": "181", "accuracy_metres": "5"},
        {"latitude": "32.0", "longitude": "112.1", "accuracy_metres": "inf"},
        {"latitude": "'; DROP", "longitude": "112.1", "accuracy_metres": "5"},
        {"latitude": "32.0"},
    ],
)
def test_a_place_that_is_none_is_left_out_and_hinders_nobody(
    venue: Venue, resident: Browser, place: dict[str, str]
) -> None:
    venue.tap(resident, **place)
    [event] = venue.events()
    assert (event.latitude, event.longitude, event.accuracy_metres) == (None, None, None)


def agree_to_location(venue: Venue, withdrawn_at: datetime | None = None) -> None:
    row = {"account_id": venue.account.id, "kind": ConsentKind.LOCATION, "version": "2026-01"}
    venue.cast.add(Consent(given_at=clock.now() - timedelta(days=1), withdrawn_at=withdrawn_at, **row))


PLACE = {"latitude": "32.01", "longitude": "112.14", "accuracy_metres": "18.5"}


def test_a_place_is_kept_with_its_accuracy(venue: Venue, resident: Browser) -> None:
    agree_to_location(venue)
    venue.tap(resident, **PLACE)
    [event] = venue.events()
    assert (event.latitude, event.longitude, event.accuracy_metres) == (32.01, 112.14, 18.5)


@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_a_place_is_dropped_without_a_consent_in_force(venue: Venue, resident: Browser, is_withdrawn: bool) -> None:
    if is_withdrawn:
        agree_to_location(venue, withdrawn_at=clock.now())
    venue.tap(resident, **PLACE)
    [event] = venue.events()
    assert (event.latitude, event.longitude, event.accuracy_metres) == (None, None, None)


def test_a_form_without_its_token_is_refused(venue: Venue, resident: Browser) -> None:
    sent = venue.scan(resident)
    venue.app.config["WTF_CSRF_ENABLED"] = True
    try:
        said = resident.post("/checkin/record", sent, expect=400).get_data(as_text=True)
    finally:
        venue.app.config["WTF_CSRF_ENABLED"] = False
    assert "请返回上一页刷新后再提交" in said
    assert venue.events() == []


def test_somebody_suspended_is_refused(venue: Venue, browser: Browser) -> None:
    from volunteer.volunteers.rules import VolunteerStatus

    gone = venue.cast.volunteer(name="已退出", status=VolunteerStatus.WITHDRAWN)
    venue.sign_up(gone)
    browser.sign_in(gone.account_id)
    assert "目前不在册" in venue.tap(browser, expect=409, volunteer=gone.public_id)


# --- the same again


def test_the_same_request_again_has_the_same_answer_and_one_row(venue: Venue, resident: Browser) -> None:
    sent = venue.scan(resident)
    first = resident.post("/checkin/record", sent, expect=200).get_data(as_text=True)
    again = resident.post("/checkin/record", sent, expect=200).get_data(as_text=True)
    assert first == again
    assert len(venue.events()) == 1


def test_a_key_used_for_somebody_else_is_refused(venue: Venue, resident: Browser) -> None:
    child = venue.cast.volunteer(venue.account, name="李小宝")
    venue.sign_up(child)
    sent = venue.scan(resident)
    resident.post("/checkin/record", sent, expect=200)
    said = resident.post("/checkin/record", {**sent, "volunteer": child.public_id}, expect=409).get_data(as_text=True)
    assert "这个页面已经用过了" in said
    assert len(venue.events()) == 1


@pytest.mark.parametrize("key", ["", "short", "UPPERCASE0123456789", "x" * 41, "a'--0000000000"])
def test_a_key_of_another_shape_is_refused(venue: Venue, resident: Browser, key: str) -> None:
    venue.tap(resident, expect=422, request_key=key)
    assert venue.events() == []
