"""What the page that a scan opens weighs on a first visit: every byte of every answer, its headers included."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from models.accounts import Account
from models.activities import Shift
from tests.cast import Cast
from tests.client import Browser
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import Reader
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.web import assets

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]
LIMIT_BYTES = 60 * 1024


@pytest.fixture(autouse=True)
def _built() -> None:
    """Let our own styles and scripts have their compressed siblings, as where `flask assets build` ran."""
    assets.compress_own()


@pytest.fixture
def mother(cast: Cast) -> Account:
    return cast.account("李晓梅")


@pytest.fixture
def shift(cast: Cast, mother: Account) -> Shift:
    shift = cast.shift(starts_at=clock.now() - timedelta(minutes=10))
    cast.signup(shift, cast.volunteer(mother))
    cast.volunteer(mother, "李小宝")
    return shift


def weigh(reader: Reader, address: str) -> dict[str, int]:
    """Open an address with an empty cache and return the bytes that came over the wire, by path."""
    wire = reader.context.new_cdp_session(reader.page)
    paths: dict[str, str] = {}
    bytes_of: dict[str, int] = {}

    def note(answer: dict[str, Any]) -> None:
        if "redirectResponse" in answer:
            came = answer["redirectResponse"]
            bytes_of[urlsplit(came["url"]).path] = came["encodedDataLength"]
        paths[answer["requestId"]] = urlsplit(answer["request"]["url"]).path

    def count(done: dict[str, Any]) -> None:
        bytes_of[paths[done["requestId"]]] = done["encodedDataLength"]

    wire.on("Network.requestWillBeSent", note)
    wire.on("Network.loadingFinished", count)
    wire.send("Network.enable")
    wire.send("Network.clearBrowserCache")
    reader.open(address)
    reader.page.wait_for_load_state("networkidle")
    return bytes_of


@pytest.fixture
def address(app: Flask, shift: Shift, origin: str) -> str:
    step = codes.step_at(clock.now())
    ring = app.config["SETTINGS"].keys["code"]
    return f"{origin}/c/{codes.make_code(ring, shift=shift.public_id, phase=Direction.IN, step=step)}"


@pytest.mark.parametrize("who", ["visitor", "resident"])
def test_the_scanned_page_weighs_less_than_60_kilobytes(
    app: Flask, origin: str, phone: OpenReader, mother: Account, address: str, who: str
) -> None:
    reader = phone()
    if who == "resident":
        session = Browser(app).sign_in(mother).client.get_cookie("session_id")
        assert session is not None
        reader.context.add_cookies([{"name": "session_id", "value": session.value, "url": origin}])
    weights = weigh(reader, address)
    assert "/checkin/here" in weights
    assert any(path.endswith("checkin.css") for path in weights)
    assert all(weights.values()), weights
    assert any(path.endswith("icons.svg") for path in weights)
    assert ("登录后签到" in reader.page.content()) == (who == "visitor")
    total = sum(weights.values())
    lines = "\n".join(f"{size:7,} {path}" for path, size in sorted(weights.items(), key=lambda one: -one[1]))
    assert total < LIMIT_BYTES, f"{total:,} bytes\n{lines}"
