"""The organizer's side: the code on the wall, the roster, presence written by hand; typed and personal codes."""

import re
from datetime import timedelta

import pytest
import time_machine

from models.accounts import Account
from models.base import db
from models.volunteers import Volunteer
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import Relation

NUMBER = make_volunteer_number("420602", clock.today(), 7)


def code_path(venue: Venue, rest: str = "") -> str:
    return f"/checkin/shifts/{venue.shift.public_id}/code{rest}"


def roster_path(venue: Venue, rest: str = "") -> str:
    return f"/checkin/shifts/{venue.shift.public_id}/roster{rest}"


# --- the code on the wall


def test_the_wall_shows_a_code_that_opens_and_six_digits(venue: Venue, desk: Browser) -> None:
    page = desk.get(code_path(venue)).get_data(as_text=True)
    assert "周末清洁护城河" in page
    assert "<svg" in page
    assert re.search(r">\d{3} \d{3}<", page)


def test_the_picture_holds_the_address_of_the_present_code(venue: Venue, desk: Browser) -> None:
    import io

    import zxingcpp
    from PIL import Image

    from volunteer.kernel.qr import QUIET_ZONE, qr_matrix

    now = clock.now()
    with time_machine.travel(now, tick=False):
        told = desk.get(code_path(venue, "/current?phase=in")).get_json()
        address = f"http://localhost/c/{venue.token()}"
    matrix = qr_matrix(address)
    assert told["picture"].count("M") > 100
    size = len(matrix) + 2 * QUIET_ZONE
    picture = Image.new("L", (size * 4, size * 4), 255)
    for left, top, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", told["picture"]):
        picture.paste(0, (int(left) * 4, int(top) * 4, (int(left) + int(width)) * 4, (int(top) + 1) * 4))
    picture.save(io.BytesIO(), "png")
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [address]


def test_the_wall_turns_to_going_shortly_before_the_end_and_by_hand_at_any_time(venue: Venue, desk: Browser) -> None:
    ends_at = venue.shift.ends_at
    for moment, phase in ((ends_at - timedelta(minutes=16), "in"), (ends_at - timedelta(minutes=15), "out")):
        with time_machine.travel(moment, tick=False):
            assert desk.get(code_path(venue, "/current")).get_json()["phase"] == phase
            assert desk.get(code_path(venue, "/current?phase=in")).get_json()["phase"] == "in"
    assert desk.get(code_path(venue, "/current?phase=rubbish")).get_json()["phase"] == "in"


def test_the_wall_asks_for_the_next_code_when_it_begins(venue: Venue, desk: Browser) -> None:
    start = codes.step_starts_at(codes.step_at(clock.now()) + 1)
    with time_machine.travel(start + timedelta(seconds=3), tick=False):
        told = desk.get(code_path(venue, "/current")).get_json()
    assert told["renews_in"] == 7000


def test_the_wall_counts_who_is_in(venue: Venue, desk: Browser, resident: Browser) -> None:
    counts = [desk.get(code_path(venue, "/current")).get_json()["count"]]
    for phase in (Direction.IN, Direction.OUT, Direction.IN):
        venue.tap(resident, phase)
        counts.append(desk.get(code_path(venue, "/current")).get_json()["count"])
    assert counts == [0, 1, 0, 1]


PAGES = ("code", "code/current", "roster", "roster/rows")


@pytest.mark.parametrize("page", PAGES)
def test_strangers_find_no_shift_and_colleagues_without_the_right_are_told_so(venue: Venue, page: str) -> None:
    path = f"/checkin/shifts/{venue.shift.public_id}/{page}"
    stranger: Account = venue.cast.account("别的组织者")
    venue.cast.grant(
        stranger, Role.ORGANIZER, organization=venue.cast.organization(venue.cast.account(), name="别的队")
    )
    Browser(venue.app).sign_in(stranger).get(path, expect=404)
    checker = venue.cast.account("复核人")
    venue.cast.grant(checker, Role.CHECKER, organization=venue.organization)
    Browser(venue.app).sign_in(checker).get(path, expect=403)
    Browser(venue.app).get(path, expect=302)
    Browser(venue.app).sign_in(venue.organizer).get("/checkin/shifts/nosuchshift000000000/roster", expect=404)


# --- digits typed


def typed_code(venue: Venue, phase: Direction = Direction.IN) -> str:
    step = codes.step_at(clock.now())
    return codes.short_code(TEST_KEYS["code"], shift=venue.shift.public_id, phase=phase, step=step)


def test_digits_stand_for_a_scan(venue: Venue, resident: Browser) -> None:
    sent = {"shift": venue.shift.public_id, "short_code": typed_code(venue)}
    resident.post("/checkin/enter", sent, expect=302)
    claim = resident.client.get_cookie("scan")
    assert claim is not None
    answer = {"claim": claim.value, "request_key": "k" * 20, "volunteer": venue.volunteer.public_id}
    resident.post("/checkin/record", answer, expect=200)
    assert venue.events()[0].method is Method.TYPED_CODE


def test_the_only_shift_of_now_is_chosen_already(venue: Venue, resident: Browser) -> None:
    assert "checked" in resident.get("/checkin/enter").get_data(as_text=True)


def test_who_has_no_shift_now_is_told_when_one_appears(venue: Venue, browser: Browser) -> None:
    browser.sign_in(venue.cast.account("没报名的"))
    assert "现在没有可签的班次" in browser.get("/checkin/enter").get_data(as_text=True)


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("000000", "数字码不对"),
        ("12345", "6 位数字"),
        ("abcdef", "6 位数字"),
        ("", "请填写"),
        ("1" * 30, "最多 20 个字"),
    ],
)
def test_wrong_digits_are_refused_on_their_field(venue: Venue, resident: Browser, digits: str, words: str) -> None:
    if digits == typed_code(venue):
        pytest.skip("one in a million")
    page = resident.post("/checkin/enter", {"shift": venue.shift.public_id, "short_code": digits}, expect=422)
    assert words in page.get_data(as_text=True)


def test_the_sixth_guess_within_five_minutes_is_refused_even_when_right(venue: Venue, resident: Browser) -> None:
    start = clock.now().replace(minute=clock.now().minute // 5 * 5, second=1, microsecond=0)
    with time_machine.travel(max(start, venue.shift.starts_at), tick=False):
        right = typed_code(venue)
        wrong = f"{(int(right) + 1) % 10**6:06d}"
        for _ in range(5):
            resident.post("/checkin/enter", {"shift": venue.shift.public_id, "short_code": wrong}, expect=422)
        page = resident.post("/checkin/enter", {"shift": venue.shift.public_id, "short_code": right}, expect=422)
        assert "试错的次数太多" in page.get_data(as_text=True)


def test_a_shift_that_is_not_mine_cannot_be_typed(venue: Venue, browser: Browser) -> None:
    other = venue.cast.shift(venue.activity, venue.shift.starts_at)
    browser.sign_in(venue.account)
    step = codes.step_at(clock.now())
    digits = codes.short_code(TEST_KEYS["code"], shift=other.public_id, phase=Direction.IN, step=step)
    browser.post("/checkin/enter", {"shift": other.public_id, "short_code": digits}, expect=422)


# --- the roster


def test_the_roster_puts_first_who_is_missing(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)
    late = venue.cast.volunteer(name="钱没到")
    venue.sign_up(late)
    venue.sign_up(venue.cast.volunteer(name="候补的"), status=SignupStatus.WAITING)
    page = desk.get(roster_path(venue)).get_data(as_text=True)
    assert page.index("钱没到") < page.index("李晓梅")
    assert "候补的" not in page
    assert f"tel:{late.phone}" in page
    assert late.phone not in re.sub(r"<[^>]+>", "", page)
    assert "迟到" in page


def test_the_roster_shows_whom_it_is_asked_for(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)
    venue.sign_up(venue.cast.volunteer(name="钱没到"))
    for show, here, gone in (("missing", "钱没到", "李晓梅"), ("in", "李晓梅", "钱没到"), ("late", "李晓梅", "钱没到")):
        rows = desk.get(roster_path(venue, f"/rows?show={show}")).get_data(as_text=True)
        assert here in rows
        assert gone not in rows


def test_the_roster_is_read_in_as_many_statements_for_one_as_for_twenty(venue: Venue, desk: Browser) -> None:
    from tests.integration.checkin.test_speed import statements

    counts = []
    for _ in range(2):
        with statements() as seen:
            desk.get(roster_path(venue, "/rows"))
        counts.append(len(seen))
        for number in range(19):
            venue.sign_up(venue.cast.volunteer(venue.account, name=f"志愿者{number}"))
    assert counts[0] == counts[1]


def test_the_living_part_of_the_roster_is_no_whole_page(venue: Venue, desk: Browser) -> None:
    rows = desk.get(roster_path(venue, "/rows"), headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in rows
    assert 'hx-trigger="every 5s"' in rows


# --- by hand


def by_hand(venue: Venue, volunteer: Volunteer | None = None) -> str:
    person = volunteer or venue.volunteer
    return f"/checkin/shifts/{venue.shift.public_id}/volunteers/{person.public_id}/by-hand"


def test_presence_by_hand_says_who_wrote_it_and_why(venue: Venue, desk: Browser) -> None:
    assert "手工签到" in desk.get(by_hand(venue)).get_data(as_text=True)
    desk.submit(by_hand(venue), {"phase": "in", "reason": "no_phone", "note": "手机进水"})
    [event] = venue.events()
    assert (event.method, event.recorded_by) == (Method.BY_HAND, venue.organizer.id)
    assert event.reason == "没带手机或没电：手机进水"
    assert "手工签退" in desk.get(by_hand(venue)).get_data(as_text=True)
    desk.submit(by_hand(venue), {"phase": "out", "reason": "cannot_scan"})
    assert venue.events()[1].direction is Direction.OUT


def test_an_organizer_records_neither_themselves_nor_their_family(venue: Venue, desk: Browser) -> None:
    child = venue.cast.volunteer(venue.organizer, "王小宝", relation=Relation.CHILD)
    venue.sign_up(child)
    code = codes.make_personal_code(TEST_KEYS["code"], child.public_id, clock.now())
    for path, sent in (
        (scan_path(venue), {"phase": "in", "code": code}),
        (scan_path(venue), {"phase": "in", "code": f"http://localhost/volunteers/{child.public_id}/badge"}),
        (by_hand(venue, child), {"phase": "in", "reason": "no_phone"}),
    ):
        page = desk.post(path, sent, expect=422).get_data(as_text=True)
        assert "自己和家人请扫现场的签到码，或请另一位组织者登记" in page
    assert venue.events() == []


def test_presence_by_hand_needs_a_reason(venue: Venue, desk: Browser) -> None:
    page = desk.post(by_hand(venue), {"phase": "in", "note": "手机进水"}, expect=422).get_data(as_text=True)
    assert "请选一个原因" in page
    assert "手机进水" in page
    assert venue.events() == []


def test_whoever_is_not_on_the_roster_cannot_be_written_in_by_address(venue: Venue, desk: Browser) -> None:
    desk.get(by_hand(venue, venue.cast.volunteer(name="外人")), expect=404)


def test_a_resident_cannot_write_anybody_in(venue: Venue, resident: Browser) -> None:
    resident.post(by_hand(venue), {"phase": "in", "reason": "other"}, expect=403)
    assert venue.events() == []


# --- one's own code


def scan_path(venue: Venue) -> str:
    return f"/checkin/shifts/{venue.shift.public_id}/scan"


def personal(venue: Venue, at: timedelta = timedelta()) -> str:
    return codes.make_personal_code(TEST_KEYS["code"], venue.volunteer.public_id, clock.now() + at)


def test_an_organizer_scans_a_personal_code(venue: Venue, desk: Browser) -> None:
    page = desk.submit(scan_path(venue), {"phase": "in", "code": personal(venue)}).get_data(as_text=True)
    assert "李晓梅" in page
    assert "签到成功" in page
    [event] = venue.events()
    assert (event.method, event.recorded_by) == (Method.ORGANIZER_SCAN, venue.organizer.id)


def test_a_number_typed_counts_as_written_by_hand(venue: Venue, desk: Browser) -> None:
    with venue.app.app_context():
        db.session.get(Volunteer, venue.volunteer.id).number = NUMBER
        db.session.commit()
    desk.submit(scan_path(venue), {"phase": "in", "code": f" {NUMBER.lower()} "})
    [event] = venue.events()
    assert (event.method, event.reason) == (Method.BY_HAND, "现场输入志愿者编号")


def test_codes_that_are_none_are_refused_on_their_field(venue: Venue, desk: Browser) -> None:
    for code, words in (
        (personal(venue, timedelta(seconds=-31)), "个人码过期了"),
        (personal(venue)[:-1] + "!", "这不是志愿者的个人码"),
        (venue.token(), "这不是志愿者的个人码"),
        (NUMBER, "没有这个编号的志愿者"),
        ("V1", "志愿者编号是 V 开头的 18 位"),
        ("", "请填写"),
    ):
        page = desk.post(scan_path(venue), {"phase": "in", "code": code}, expect=422).get_data(as_text=True)
        assert words in page, code
    assert venue.events() == []


def test_the_page_of_ones_own_code_renews_it_and_shows_only_ones_own(venue: Venue, resident: Browser) -> None:
    page = resident.get("/checkin/my-code").get_data(as_text=True)
    assert venue.volunteer.number in page.replace(" ", "")
    path = f"/checkin/my-code/{venue.volunteer.public_id}/current"
    assert resident.get(path).get_json()["renews_in"] == 15_000
    resident.get(f"/checkin/my-code/{venue.cast.volunteer(name='别人').public_id}/current", expect=404)
