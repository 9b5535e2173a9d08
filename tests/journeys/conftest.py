"""Journeys drive a real browser against the real application on a city of their own."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from models.accounts import Account
from tests.cast import PASSWORD, Cast
from tests.databases import prepared
from tests.journeys.reader import Reader
from tests.journeys.sale import Sale, arrange, until_november
from volunteer.kernel import clock
from volunteer.ledger.marks import mark_file

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REQUIRED = os.environ.get("ZHIYUANTAI_REQUIRE_BROWSER") == "1"
OpenReader = Callable[..., Reader]


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open like a real server, and its log to itself."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def browser_path() -> str | None:
    """Return where the browser of this machine stands."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Return the browser; without one on the machine journeys are left out, unless one is required."""
    path = browser_path()
    if path is None:
        message = f"journeys need a browser: none of {', '.join(CHROMIUM_NAMES)} is installed"
        pytest.fail(message) if REQUIRED else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _served(worker_id: str) -> Iterator[tuple[Flask, Any, str]]:
    with prepared("sqlite", f"journeys-{worker_id}") as (app, database):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        server.daemon_threads = True
        origin = f"http://127.0.0.1:{server.port}"
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], public_url=origin)
        app.config["WTF_CSRF_ENABLED"] = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield app, database, origin
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture
def app(_served: tuple[Flask, Any, str]) -> Flask:
    """Return the served application, its city empty again."""
    app, database, _origin = _served
    database.reset(app)
    with app.app_context():
        mark_file().unlink(missing_ok=True)
    return app


@pytest.fixture
def origin(_served: tuple[Flask, Any, str]) -> str:
    """Return the address at which the city is served."""
    return _served[2]


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Return the people and places of the city, its areas loaded."""
    cast = Cast(app)
    cast.city()
    return cast


@pytest.fixture
def sale(app: Flask, cast: Cast, hours: "Hours") -> Sale:
    """Return the people of the seller's story, on a Friday in November."""
    hours.pass_by(days=until_november())
    return arrange(app, cast)


class Hours:
    """The time of a journey: it begins in the early afternoon, so that no journey runs into midnight."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = clock.now
        self._held: datetime | None = None
        begins = datetime.combine(clock.today(), time(13, 50), clock.LOCAL_ZONE)
        self._ahead = begins - self._real()
        monkeypatch.setattr(clock, "now", lambda: (self._held or self._real()) + self._ahead)

    def pass_by(self, **span: float) -> None:
        """Let time pass, such as `minutes=90`."""
        self._ahead += timedelta(**span)

    def stand_still(self) -> None:
        """Hold the server's clock, so that a code made now stays fresh however slow the machine is."""
        self._held = self._real()


@pytest.fixture(autouse=True)
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    """Make it early afternoon."""
    return Hours(monkeypatch)


_HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Remember whether the journey itself failed, so that its last pages can be kept."""
    report = yield
    item.stash[_HAS_FAILED] = item.stash.get(_HAS_FAILED, False) or report.failed
    return report


@pytest.fixture
def _readers(
    chromium: Chromium, origin: str, app: Flask, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def arrive(kind: dict[str, Any], account: Account | None = None) -> Reader:
        context = chromium.new_context(
            **kind, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", accept_downloads=True
        )
        reader = Reader(context, origin)
        readers.append(reader)
        if account is not None:
            reader.open("/accounts/sign-in").fill("手机号", account.phone).fill("密码", PASSWORD).press("登录")
        return reader

    yield arrive
    for number, reader in enumerate(readers, 1):
        if request.node.stash.get(_HAS_FAILED, False):
            reader.keep_picture(f"failed-{request.node.name}-{number}")
        reader.context.close()
    faults = [fault for reader in readers for fault in reader.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def phone(_readers: OpenReader) -> OpenReader:
    """Return how somebody comes by phone: `phone()` a visitor, `phone(account)` who has signed in."""
    return lambda account=None: _readers(PHONE, account)


@pytest.fixture
def desktop(_readers: OpenReader) -> OpenReader:
    """Return how somebody comes by desktop."""
    return lambda account=None: _readers(DESKTOP, account)
