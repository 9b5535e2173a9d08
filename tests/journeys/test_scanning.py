"""An organizer scans volunteers: by camera, by photo, by a scanner that types, and by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from sqlalchemy import select

from models.accounts import Account
from models.activities import Shift
from models.base import db
from models.checkin import PresenceEvent
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.databases import TEST_KEYS
from tests.journeys.conftest import ARGUMENTS, Hours, OpenReader, browser_path
from tests.journeys.films import film, photo
from tests.journeys.reader import Reader
from volunteer.checkin.codes import make_personal_code
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.volunteer_numbers import make_volunteer_number

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

NAMES = ("李晓梅", "陈桂兰", "欧阳建国")
FOREIGN = "https://evil.example/volunteers/0a1b2c3d4e5f6g7h8j9k/badge"


@pytest.fixture
def chromium(chromium: Chromium, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """Return a browser whose camera plays `film.mjpeg`; with the parameter "deny" its owner refuses the camera."""
    answer = getattr(request, "param", "")
    arguments = [
        *ARGUMENTS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream" + (f"={answer}" if answer else ""),
        f"--use-file-for-fake-video-capture={tmp_path / 'film.mjpeg'}",
    ]
    browser = chromium.browser_type.launch(executable_path=browser_path(), args=arguments)
    yield browser
    browser.close()


@dataclass(frozen=True)
class Desk:
    """A shift that begins in ten minutes, who runs it, and who has a place."""

    shift: Shift
    owner: Account
    people: dict[str, Volunteer]

    def open(self, reader: Reader) -> Reader:
        """Open the scanning page and start."""
        reader.open(f"/stations/at/{self.shift.public_id}").sees("没有证件号码")
        reader.page.get_by_role("button", name="开始扫码").click()
        expect(reader.page.locator("[data-desk]")).to_be_visible()
        return reader


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """Return the desk of 王主任."""
    owner = cast.account("王主任")
    starts_at = (clock.now() + timedelta(minutes=10)).replace(second=0, microsecond=0)
    shift = cast.shift(cast.activity(cast.organization(owner)), starts_at, taken=len(NAMES), capacity=20)
    people = {}
    for serial, name in enumerate(NAMES, 1):
        number = make_volunteer_number("420602", clock.today(), serial)
        people[name] = cast.volunteer(cast.account(name), name, number=number)
        cast.signup(shift, people[name])
    return Desk(shift, owner, people)


@pytest.fixture
def see(tmp_path: Path) -> Callable[..., Path]:
    """Return how codes are held before the camera, one after the other, again and again."""
    return lambda *texts: film(tmp_path / "film.mjpeg", *texts)


def events(app: Flask) -> list[tuple[str, Direction, Method]]:
    """Return what was recorded, in order: whose, which way, how it is known."""
    with app.app_context():
        query = select(Volunteer.name, PresenceEvent.direction, PresenceEvent.method)
        rows = db.session.execute(query.join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id))
        return sorted((name, direction, method) for name, direction, method in rows)


def row_of(reader: Reader, name: str) -> str:
    """Return the state that the list shows of somebody's last scan."""
    row = reader.page.locator(".scan-rows li", has_text=name).first
    expect(row.locator(".status")).not_to_have_text("存在手机里")
    return row.inner_text()


def test_an_organizer_scans_a_code_and_a_card_and_no_bad_code_stops_the_camera(
    app: Flask, desktop: OpenReader, desk: Desk, see: Callable[..., Path], hours: Hours, origin: str
) -> None:
    hours.stand_still()
    code = make_personal_code(TEST_KEYS["code"], desk.people["李晓梅"].public_id, clock.now())
    card = f"{origin}/volunteers/{desk.people['陈桂兰'].public_id}/badge"
    see(FOREIGN, "WIFI:S:cafe;T:WPA;P:12345678;;", code[:-8] + "AAAAAAAA", code, card)
    organizer = desktop(desk.owner)
    pages = organizer.context.pages
    desk.open(organizer).sees("这个码通向别的网站（evil.example），没有打开，也没有记")
    assert "已送到" in row_of(organizer, "李晓梅")
    assert "已送到" in row_of(organizer, "陈桂兰")
    organizer.look("scanning")
    assert organizer.context.pages == pages
    assert organizer.page.url.endswith(desk.shift.public_id)
    assert events(app) == [
        ("李晓梅", Direction.IN, Method.ORGANIZER_SCAN),
        ("陈桂兰", Direction.IN, Method.BY_HAND),
    ]


@pytest.mark.parametrize("chromium", ["deny"], indirect=True)
def test_without_a_camera_a_photo_does_and_without_a_photo_the_number(
    app: Flask, phone: OpenReader, desk: Desk, see: Callable[..., Path], origin: str
) -> None:
    see("")
    organizer = desk.open(phone(desk.owner)).sees("没有拿到摄像头。请在浏览器里允许使用摄像头，或者拍照、输入编号。")
    organizer.look("scanning-no-camera")
    chosen = organizer.page.locator("[data-photo]")
    chosen.set_input_files({"name": "wall.jpg", "mimeType": "image/jpeg", "buffer": photo("")})
    organizer.sees("照片里没有找到码，靠近一点再拍一张，或输入编号")
    card = f"{origin}/volunteers/{desk.people['陈桂兰'].public_id}/badge"
    chosen.set_input_files({"name": "card.jpg", "mimeType": "image/jpeg", "buffer": photo(card)})
    assert "已送到" in row_of(organizer, "陈桂兰")
    organizer.fill("扫码枪扫，或输入志愿者编号", desk.people["李晓梅"].number.lower())
    organizer.page.get_by_role("button", name="记下").click()
    assert "已送到" in row_of(organizer, "李晓梅")
    assert [(name, method) for name, _way, method in events(app)] == [
        ("李晓梅", Method.BY_HAND),
        ("陈桂兰", Method.BY_HAND),
    ]


def test_a_scanner_that_types_needs_no_mouse(
    app: Flask, desktop: OpenReader, desk: Desk, see: Callable[..., Path], hours: Hours
) -> None:
    hours.stand_still()
    see("")
    organizer = desk.open(desktop(desk.owner))
    keyboard = organizer.page.keyboard
    expect(organizer.page.locator("#typed")).to_be_focused()
    keyboard.insert_text(make_personal_code(TEST_KEYS["code"], desk.people["李晓梅"].public_id, clock.now()))
    keyboard.press("Enter")
    assert "签到 13:50" in row_of(organizer, "李晓梅")
    expect(organizer.page.locator("[data-announce]")).to_contain_text("李晓梅")
    hours.pass_by(minutes=1)
    organizer.page.locator("[name=phase][value=out]").check(force=True)
    # The scanner types where the phase was chosen, and its text still arrives whole.
    keyboard.type(desk.people["李晓梅"].number)
    keyboard.press("Enter")
    expect(organizer.page.locator(".scan-rows li").first).to_contain_text("签退 13:51")
    row_of(organizer, "李晓梅")
    organizer.look("scanning-out")
    assert [(way, method) for _name, way, method in events(app)] == [
        (Direction.IN, Method.ORGANIZER_SCAN),
        (Direction.OUT, Method.BY_HAND),
    ]


def test_where_nothing_newer_works_plain_script_reads_the_photo(
    app: Flask, phone: OpenReader, desk: Desk, see: Callable[..., Path], origin: str
) -> None:
    """A browser without WebAssembly, as in lockdown mode."""
    see("")
    organizer = phone(desk.owner)
    organizer.context.add_init_script("delete globalThis.WebAssembly; delete globalThis.BarcodeDetector;")
    desk.open(organizer)
    card = f"{origin}/volunteers/{desk.people['陈桂兰'].public_id}/badge"
    organizer.page.locator("[data-photo]").set_input_files(
        {"name": "card.jpg", "mimeType": "image/jpeg", "buffer": photo(card)}
    )
    assert "已送到" in row_of(organizer, "陈桂兰")
    assert len(events(app)) == 1
