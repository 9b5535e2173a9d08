"""The screen at the venue: two of them agree, a wrong clock does not matter, a lost network is said and got over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from models.accounts import Account
from models.activities import Shift
from tests.cast import Cast
from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.reader import Reader
from tests.paper import codes_on, page_pictures
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


class Server:
    """The time at the server, which passes only when told, from the beginning of a step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = codes.step_starts_at(codes.step_at(clock.now()) + 1) + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: self.now)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, hours: Hours) -> Server:
    return Server(monkeypatch)


@pytest.fixture
def owner(cast: Cast) -> Account:
    return cast.account("王主任")


@pytest.fixture
def shift(cast: Cast, owner: Account, server: Server) -> Shift:
    return cast.shift(cast.activity(cast.organization(owner)), server.now - timedelta(minutes=5))


def digits(app: Flask, shift: Shift, moment: datetime, phase: Direction = Direction.IN) -> str:
    ring = app.config["SETTINGS"].keys["code"]
    short = codes.short_code(ring, shift=shift.public_id, phase=phase, step=codes.step_at(moment))
    return f"{short[:3]} {short[3:]}"


def screen(reader: Reader, shift: Shift) -> Reader:
    reader.page.clock.install(time=LONG_AGO)
    return reader.open(f"/checkin/shifts/{shift.public_id}/code")


def shows(reader: Reader, code: str) -> None:
    expect(reader.page.locator("[data-told=digits]")).to_have_text(code)


def picture(reader: Reader) -> str:
    return reader.page.locator("[data-told=picture]").inner_html()


def test_two_screens_whose_clocks_are_wrong_show_the_same_code_of_every_step(
    app: Flask, server: Server, shift: Shift, owner: Account, phone: OpenReader, desktop: OpenReader
) -> None:
    screens = [screen(phone(owner), shift), screen(desktop(owner), shift)]
    for _ in range(3):
        for one in screens:
            shows(one, digits(app, shift, server.now))
        assert picture(screens[0]) == picture(screens[1])
        server.now += timedelta(seconds=10)
        for one in screens:
            one.page.clock.fast_forward(10_500)


def test_a_code_of_the_same_step_is_never_drawn_anew(
    server: Server, shift: Shift, owner: Account, desktop: OpenReader
) -> None:
    reader = screen(desktop(owner), shift)
    drawn = "document.querySelector('[data-told=picture] svg')"
    reader.page.evaluate(f"window.first = {drawn}")
    server.now += timedelta(seconds=8)
    with reader.page.expect_response("**/code/current*"):
        reader.page.clock.fast_forward(10_500)
    assert reader.page.evaluate(f"window.first === {drawn}")
    server.now += timedelta(seconds=2)
    with reader.page.expect_response("**/code/current*"):
        reader.page.clock.fast_forward(10_500)
    reader.page.wait_for_function(f"window.first !== {drawn}")


def test_a_lost_network_is_said_at_once_and_the_screen_goes_on_by_itself(
    app: Flask, server: Server, shift: Shift, owner: Account, desktop: OpenReader
) -> None:
    reader = screen(desktop(owner), shift)
    page = reader.page
    reader.look("venue-code")
    page.context.set_offline(True)
    reader.sees("网络断了，正在重新连接")
    expect(page.locator("[data-dead]")).to_be_hidden()
    page.clock.fast_forward(18_000)
    expect(page.locator("[data-dead]")).to_be_hidden()
    page.clock.fast_forward(2_000)
    reader.sees("这个码过期了，先别扫", "码已停用")
    assert page.locator("[data-told=digits]").evaluate("part => Number(getComputedStyle(part).opacity)") < 0.1
    server.now += timedelta(minutes=3)
    page.context.set_offline(False)
    shows(reader, digits(app, shift, server.now))
    expect(page.locator("[data-dead]")).to_be_hidden()
    expect(page.locator("[data-lost]")).to_be_hidden()
    reader.faults[:] = [fault for fault in reader.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_the_phase_is_changed_without_leaving_the_page(
    app: Flask, server: Server, shift: Shift, owner: Account, phone: OpenReader
) -> None:
    reader = screen(phone(owner), shift)
    reader.page.evaluate("window.isSamePage = true")
    reader.page.get_by_role("link", name="只签退").click()
    shows(reader, digits(app, shift, server.now, Direction.OUT))
    expect(reader.page.locator(".venue-phase")).to_have_text("签退")
    assert reader.page.evaluate("window.isSamePage") is True
    assert reader.page.url.endswith("?phase=out")
    reader.look("venue-code-out")


def test_the_printed_code_fits_one_sheet_and_is_read_from_paper(
    app: Flask, cast: Cast, owner: Account, desktop: OpenReader, tmp_path: Path, origin: str
) -> None:
    shift = cast.shift(cast.activity(cast.organization(owner)), clock.now(), allows_poster=True)
    reader = desktop(owner).open(f"/checkin/shifts/{shift.public_id}/poster").look("checkin-poster")
    sheets = page_pictures(reader.page.pdf(prefer_css_page_size=True), tmp_path, dots=150)
    assert len(sheets) == 1
    ring = app.config["SETTINGS"].keys["code"]
    expected = {f"{origin}/p/{codes.make_poster_code(ring, shift=shift.public_id, phase=phase)}" for phase in Direction}
    assert set(codes_on(sheets[0])) == expected


def test_two_hundred_people_fit_a_phone_and_one_is_found_by_name(
    app: Flask, cast: Cast, shift: Shift, owner: Account, server: Server, phone: OpenReader
) -> None:
    people = [cast.volunteer(owner, f"志愿者{number}") for number in range(200)]
    for one in people:
        cast.signup(shift, one)
    reader = phone(owner).open(f"/checkin/shifts/{shift.public_id}/roster").look("roster-200")
    rows = reader.page.locator("[data-person]")
    expect(rows).to_have_count(200)
    reader.page.get_by_label("找人").fill("志愿者77")
    expect(rows.filter(visible=True)).to_have_count(1)
    cast.presence(shift, people[77], happened_at=server.now)
    # What was found stays found when the roster comes anew.
    expect(rows.filter(visible=True)).to_contain_text("在场", timeout=30_000)
    expect(rows.filter(visible=True)).to_have_count(1)
    expect(reader.page.get_by_label("找人")).to_be_focused()


_COUNTING_LOCK = """
    window.asked = 0;
    const request = async () => {
      window.asked += 1;
      window.lock = Object.assign(new EventTarget(), { released: false });
      return window.lock;
    };
    Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
"""
_LET_GO = "window.lock.released = true; window.lock.dispatchEvent(new Event('release'));"


def test_the_screen_is_kept_awake_also_after_the_system_let_it_go(
    server: Server, shift: Shift, owner: Account, desktop: OpenReader
) -> None:
    reader = desktop(owner)
    reader.page.add_init_script(_COUNTING_LOCK)
    reader.open(f"/checkin/shifts/{shift.public_id}/code")
    reader.page.wait_for_function("window.asked === 1")
    expect(reader.page.locator("[data-sleep]")).to_be_hidden()
    reader.page.evaluate(_LET_GO)
    reader.page.wait_for_function("window.asked === 2")


def test_where_a_screen_cannot_be_kept_awake_the_page_says_what_to_do(
    server: Server, shift: Shift, owner: Account, desktop: OpenReader
) -> None:
    reader = desktop(owner)
    reader.page.add_init_script('Object.defineProperty(navigator, "wakeLock", { value: undefined })')
    reader.open(f"/checkin/shifts/{shift.public_id}/code").sees("请在系统设置里关掉自动锁屏")
