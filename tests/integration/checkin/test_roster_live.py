"""The roster keeps itself up to date at little cost, and says all that the day brings."""

import re
from datetime import timedelta

import pytest
import time_machine

from models.activities import Shift
from models.base import db
from models.checkin import SpotCheck
from models.signups import Signup
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_speed import statements
from volunteer.checkin import codes, roster
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.signups.rules import SignupStatus


def roster_path(venue: Venue, rest: str = "") -> str:
    return f"/checkin/shifts/{venue.shift.public_id}/roster{rest}"


def next_look(page: str) -> str:
    """Return where a page looks for changes."""
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


@pytest.fixture(autouse=True)
def _same_minute() -> object:
    """Let no minute begin in between: then the roster is drawn anew."""
    moment = clock.now().replace(second=5, microsecond=0)
    with time_machine.travel(moment, tick=False):
        yield


def test_nothing_is_sent_while_nothing_changes(venue: Venue, desk: Browser) -> None:
    look = next_look(desk.get(roster_path(venue)).get_data(as_text=True))
    for _ in range(2):
        answer = desk.get(look, expect=204)
        assert answer.data == b""


def test_an_idle_look_is_one_statement_beside_the_session_and_a_changed_one_eight(
    venue: Venue, desk: Browser, resident: Browser
) -> None:
    look = next_look(desk.get(roster_path(venue)).get_data(as_text=True))
    with statements() as idle:
        desk.get(look, expect=204)
    venue.tap(resident)
    with statements() as changed:
        desk.get(look, expect=200)
    counts = [len([one for one in seen if one.lstrip().startswith("SELECT")]) for seen in (idle, changed)]
    assert counts == [2, 9]


def refused(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident, Direction.OUT, expect=409)


def came(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)


def signed_up(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.sign_up(venue.cast.volunteer(name="新来的"))


def changed_places(venue: Venue, desk: Browser, resident: Browser) -> None:
    """One gives up a place and another takes it: as many as before."""
    with venue.app.app_context():
        db.session.query(Signup).one().status = SignupStatus.CANCELLED
        db.session.commit()
    venue.sign_up(venue.cast.volunteer(name="新来的"))


def drawn(venue: Venue, desk: Browser, resident: Browser) -> None:
    now = clock.now()
    values = {"shift_id": venue.shift.id, "volunteer_id": venue.volunteer.id, "drawn_at": now}
    venue.cast.add(SpotCheck(**values, due_at=now + timedelta(minutes=10)))


def extended(venue: Venue, desk: Browser, resident: Browser) -> None:
    with venue.app.app_context():
        shift = db.session.get_one(Shift, venue.shift.id)
        shift.extended_until, shift.extension_reason = shift.ends_at + timedelta(hours=1), "没收完"
        db.session.commit()


@pytest.mark.parametrize("happens", [came, refused, signed_up, changed_places, drawn, extended])
def test_whatever_happens_is_seen_at_the_next_look(
    venue: Venue, desk: Browser, resident: Browser, happens: object
) -> None:
    look = next_look(desk.get(roster_path(venue)).get_data(as_text=True))
    happens(venue, desk, resident)  # type: ignore[operator]
    page = desk.get(look, expect=200).get_data(as_text=True)
    desk.get(next_look(page), expect=204)


def test_what_only_time_changes_is_seen_within_a_minute(venue: Venue, desk: Browser) -> None:
    with time_machine.travel(venue.shift.starts_at - timedelta(seconds=30), tick=False):
        page = desk.get(roster_path(venue)).get_data(as_text=True)
        assert "待到" in page
    with time_machine.travel(venue.shift.starts_at + timedelta(seconds=30), tick=False):
        assert "status-needs" in desk.get(next_look(page), expect=200).get_data(as_text=True)


def test_a_stranger_learns_nothing_by_looking(venue: Venue, desk: Browser, resident: Browser) -> None:
    look = next_look(desk.get(roster_path(venue)).get_data(as_text=True))
    resident.get(look, expect=403)
    stranger = venue.cast.account("别的队长")
    venue.cast.organization(stranger, "别的队")
    Browser(venue.app).sign_in(stranger).get(look, expect=404)


def test_refusals_are_told_in_words(venue: Venue, desk: Browser, resident: Browser) -> None:
    refused(venue, desk, resident)
    for path in (roster_path(venue), roster_path(venue, "?show=refused")):
        page = desk.get(path).get_data(as_text=True)
        section = page[page.index('id="refused-title"') :]
        assert "李晓梅" in section
        assert "还没有签到，请先扫签到码" in section
    assert "没签成的 1" in page


def test_a_refusal_of_the_organizers_own_hand_is_kept_too(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)
    path = f"/checkin/shifts/{venue.shift.public_id}/volunteers/{venue.volunteer.public_id}/by-hand"
    desk.post(path, {"phase": "in", "reason": "no_phone"}, expect=422)
    page = desk.get(roster_path(venue, "?show=refused")).get_data(as_text=True)
    assert "已经签到，不用再扫" in page
    assert "组织者手工登记" in page


def test_three_are_drawn_and_their_state_stands_beside_them(venue: Venue, desk: Browser, resident: Browser) -> None:
    path = f"/checkin/shifts/{venue.shift.public_id}/spot-checks"
    assert "现在没有可以抽查的人" in desk.submit(path).get_data(as_text=True)
    venue.tap(resident)
    with time_machine.travel(clock.now() + timedelta(seconds=1), tick=False):
        page = desk.submit(path).get_data(as_text=True)
    assert "抽到 李晓梅" in page
    assert "抽查等回应" in page
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert "抽查没有回应" in desk.get(roster_path(venue)).get_data(as_text=True)


def test_who_was_drawn_can_show_their_own_code_to_the_organizer(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        desk.submit(f"/checkin/shifts/{venue.shift.public_id}/spot-checks")
        code = codes.make_personal_code(TEST_KEYS["code"], venue.volunteer.public_id, clock.now())
        scan = f"/checkin/shifts/{venue.shift.public_id}/scan"
        page = desk.submit(scan, {"phase": "in", "code": code}).get_data(as_text=True)
        assert "李晓梅 在场，抽查已回应" in page
        desk.post(scan, {"phase": "in", "code": code}, expect=422)
    assert len(venue.events()) == 1


def by_hand(venue: Venue, desk: Browser) -> str:
    """Write the volunteer in by hand and return where that is taken back."""
    path = f"/checkin/shifts/{venue.shift.public_id}/volunteers/{venue.volunteer.public_id}/by-hand"
    page = desk.submit(path, {"phase": "in", "reason": "no_phone"}).get_data(as_text=True)
    found = re.search(r'href="([^"]+/take-back)"', page)
    assert found is not None
    return found[1]


def test_what_was_written_for_the_wrong_person_is_taken_back_with_a_reason(venue: Venue, desk: Browser) -> None:
    path = by_hand(venue, desk)
    assert "李晓梅" in desk.get(path).get_data(as_text=True)
    assert "请填写为什么撤回" in desk.post(path, expect=422).get_data(as_text=True)
    page = desk.submit(path, {"reason": "点错了人"}).get_data(as_text=True)
    assert "已撤回 李晓梅 的签到" in page
    rows = desk.get(roster_path(venue, "?show=missing")).get_data(as_text=True)
    assert "李晓梅" in rows
    assert [event.method for event in venue.events()] == [Method.BY_HAND, Method.MENDED]
    assert venue.events()[1].reason == "点错了人"


def test_a_walk_in_who_was_taken_back_is_on_the_roster_no_more(venue: Venue, desk: Browser) -> None:
    with venue.app.app_context():
        db.session.get_one(Shift, venue.shift.id).allows_walk_in = True
        db.session.query(Signup).one().status = SignupStatus.CANCELLED
        db.session.commit()
    scan = f"/checkin/shifts/{venue.shift.public_id}/scan"
    page = desk.submit(scan, {"phase": "in", "code": f"http://localhost/volunteers/{venue.volunteer.public_id}/badge"})
    found = re.search(r'href="([^"]+/take-back)"', page.get_data(as_text=True))
    assert found is not None
    desk.submit(found[1], {"reason": "点错了人"})
    assert "李晓梅" not in desk.get(roster_path(venue)).get_data(as_text=True)


def test_after_ten_minutes_nothing_is_taken_back(venue: Venue, desk: Browser) -> None:
    path = by_hand(venue, desk)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert "take-back" not in desk.get(roster_path(venue)).get_data(as_text=True)
        desk.get(path, expect=404)
        assert "过了 10 分钟" in desk.post(path, {"reason": "点错了人"}, expect=422).get_data(as_text=True)


def test_nobody_takes_back_what_somebody_else_wrote(venue: Venue, desk: Browser) -> None:
    from volunteer.kernel.permissions import Role

    path = by_hand(venue, desk)
    colleague = venue.cast.account("同事")
    venue.cast.grant(colleague, Role.ORGANIZER, organization=venue.organization)
    other = Browser(venue.app).sign_in(colleague)
    assert "take-back" not in other.get(roster_path(venue)).get_data(as_text=True)
    other.post(path, {"reason": "点错了人"}, expect=422)
    assert len(venue.events()) == 1


def test_what_devices_could_not_record_is_one_tap_away(
    venue: Venue, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "/stations/review" not in desk.get(roster_path(venue)).get_data(as_text=True)
    monkeypatch.setattr(roster, "count_to_review", [lambda shift_id: 2 * (shift_id == venue.shift.id)])
    page = desk.get(roster_path(venue)).get_data(as_text=True)
    assert "扫码设备传来 2 条记不上的" in page
    assert "/stations/review" in page
