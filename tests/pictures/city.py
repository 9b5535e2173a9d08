"""A demo city, the browsers that visit it, its clock, and how a picture is kept."""

import logging
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Locator, sync_playwright
from werkzeug.serving import make_server

from models.base import db
from tests.databases import prepared
from tests.journeys.conftest import ARGUMENTS, CHROMIUM_NAMES, QuietHandler
from tests.journeys.films import film, photo
from tests.journeys.reader import ROOT, Reader
from volunteer.certificates.jobs import run_batches
from volunteer.checkin.codes import make_personal_code
from volunteer.checkin.jobs import close_forgotten
from volunteer.checkin.queries import shift_card
from volunteer.checkin.rules import Attendance
from volunteer.demo.operations import PASSWORD, SIGN_INS, fill
from volunteer.demo.sizes import SMALL
from volunteer.hours.jobs import look_after_deadlines, settle_stars
from volunteer.kernel import clock
from volunteer.ledger import jobs as ledger
from volunteer.metrics.jobs import take_in_changes
from volunteer.stations.queries import Listed, listed

PICTURES = Path(os.environ.get("ZHIYUANTAI_PICTURES", ROOT / "docs" / "pictures"))
# A Saturday afternoon, a few minutes into the shift that the demo city holds.
MOMENT = datetime(2026, 11, 28, 14, 24, 30, tzinfo=clock.LOCAL_ZONE)
# What printed codes say, whatever port the city is served at.
PUBLIC_URL = "http://127.0.0.1:8000"
LARGEST_BYTES = 150_000
FRAMES_A_SECOND = 30
COLOURS = (128, 64, 32)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
LAPTOP = {"viewport": {"width": 1120, "height": 768}}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
NEWCOMER = "13912345678"
RESIDENT, ORGANIZER, CHECKER, OFFICE, DISTRICT = (sign_in.phone for sign_in in SIGN_INS[:5])
# A Chinese browser shows days and times so; the one that takes the pictures may have no words but English.
SHOW_DAYS_IN_CHINESE = """() => {
    for (const field of document.querySelectorAll("input[type=date], input[type=datetime-local], input[type=time]")) {
        const {type, value} = field;
        field.type = "text";
        field.value = value.replaceAll("-", "/").replace("T", " ");
        field.dataset.before = JSON.stringify({type, value});
    }
}"""
PUT_DAYS_BACK = """() => {
    for (const field of document.querySelectorAll("[data-before]"))
        Object.assign(field, JSON.parse(field.dataset.before));
}"""


@dataclass
class City:
    """A served demo city, the browser that visits it, and its clock."""

    app: Flask
    origin: str
    chromium: Browser
    film: Path
    progress: Callable[[], object]
    readers: list[Reader] = field(default_factory=list)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the time that stands in the city."""
        return MOMENT.astimezone(clock.UTC) + self.ahead

    def pass_by(self, **span: float) -> None:
        """Let time pass, in the city and in every browser, and the scheduler do its work."""
        self.ahead += timedelta(**span)
        for reader in self.readers:
            reader.context.clock.set_fixed_time(self.now())
        self.work()

    def work(self) -> None:
        """Do what the scheduler would have done by now."""
        jobs = (close_forgotten, take_in_changes, run_batches, settle_stars, look_after_deadlines)
        with self.app.app_context():
            for job in (*jobs, ledger.take_in, ledger.sign):
                job()
                db.session.commit()

    def people(self, shift_id: str, *states: Attendance) -> list[Listed]:
        """Return who of a shift's roster is in one of these states, by number."""
        with self.app.app_context():
            card = shift_card(shift_id)
            assert card is not None
            found = [one for one in listed(card, self.now()).values() if one.state in states]
        return sorted(found, key=lambda one: one.number)

    def code_of(self, volunteer: str) -> str:
        """Return what the volunteer's own phone shows now."""
        return make_personal_code(self.app.config["SETTINGS"].keys["code"], volunteer, self.now())

    def hold(self, text: str, *, after: int = 0) -> None:
        """Hold a code before every camera that is turned on from now on, `after` so many seconds of nothing."""
        # A camera that runs still reads the old file.
        self.film.unlink(missing_ok=True)
        self.film.write_bytes(photo("") * (FRAMES_A_SECOND * after) + photo(text) * (FRAMES_A_SECOND * 10))

    def visit(self, kind: dict[str, Any], phone: str = "") -> Reader:
        """Open a browser, and sign in where a phone is given."""
        context = self.chromium.new_context(
            **kind, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", accept_downloads=True
        )
        context.clock.set_fixed_time(self.now())
        reader = Reader(context, self.origin)
        self.readers.append(reader)
        if phone:
            reader.open("/accounts/sign-in").fill("手机号", phone).fill("密码", PASSWORD).press("登录")
        return reader

    def take(self, reader: Reader, name: str, *, height: int = 844, show: str = "", css: bool = False) -> None:
        """Keep what the reader sees in `height` pixels; `show` scrolls to that element first."""
        page = reader.page
        width = (page.viewport_size or {"width": 0})["width"]
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("document.activeElement.blur()")
        if show:
            page.locator(show).first.evaluate("it => window.scrollTo(0, it.getBoundingClientRect().top + scrollY - 88)")
        else:
            page.evaluate("window.scrollTo(0, 0)")
        page.evaluate("document.fonts.ready")
        page.evaluate(SHOW_DAYS_IN_CHINESE)
        self.keep(page.screenshot(scale="css" if css else "device"), name)
        page.evaluate(PUT_DAYS_BACK)

    def keep(self, picture: bytes, name: str) -> None:
        """Store a picture with as few colours as keep it small."""
        image = Image.open(BytesIO(picture)).convert("RGB")
        for colours in COLOURS:
            kept = BytesIO()
            image.quantize(colours, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
            if kept.tell() <= LARGEST_BYTES:
                break
        else:
            raise ValueError(f"{name} is {kept.tell():,} bytes")
        (PICTURES / f"{name}.png").write_bytes(kept.getvalue())
        self.progress()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application on a free port and return its origin."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    origin = f"http://127.0.0.1:{server.port}"
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], public_url=PUBLIC_URL, is_demo=True)
    app.config["WTF_CSRF_ENABLED"] = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield origin
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@contextmanager
def visited_city(progress: Callable[[], object]) -> Iterator[City]:
    """Fill a database of its own with the demo city, serve it, and open a Chinese browser on it."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        sys.exit(f"没有找到浏览器：{'、'.join(CHROMIUM_NAMES)}")
    chinese = {**os.environ, "LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}
    with (
        prepared("sqlite", "pictures") as (app, _database),
        served(app) as origin,
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        seen = film(Path(folder) / "film.mjpeg", "")
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        camera.append(f"--use-file-for-fake-video-capture={seen}")
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*ARGUMENTS, "--lang=zh-CN", *camera], env=dict(chinese)
        )
        city = City(app, origin, browser, seen, progress)
        clock.now = city.now
        secrets.randbits = random.Random(20260101).getrandbits
        with app.app_context():
            fill(SMALL, app.config["SETTINGS"].keys)
            db.session.commit()
            ledger.open_tree()
        yield city
        browser.close()


def scan(venue: Reader) -> str:
    """Return the path that a phone's camera reads from the code on the venue's screen."""
    picture = Image.open(BytesIO(venue.page.locator(".code-picture").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text.removeprefix(PUBLIC_URL)


def go(reader: Reader, found: Locator) -> Reader:
    """Follow whatever was found and wait until the page is there."""
    with reader.page.expect_navigation():
        found.filter(visible=True).first.click()
    return reader


def downloaded(reader: Reader, path: str) -> bytes:
    """Return the file that stands at an address."""
    return reader.context.request.get(reader.origin + path).body()


def keep_paper(city: City, document: bytes, name: str, *, dots: int = 80) -> None:
    """Keep the first page of a document, in colour, so many dots an inch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(document)
        options = ("-r", str(dots), "-png", "-singlefile")
        subprocess.run(["pdftoppm", *options, path, path.with_suffix("")], check=True)
        city.keep(path.with_suffix(".png").read_bytes(), name)
