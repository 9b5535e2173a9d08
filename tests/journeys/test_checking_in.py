"""From the code on the venue's screen to the big answer: in two taps, as somebody new, and after a wrong tap."""

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import select

from models.accounts import Account
from models.activities import Shift
from models.base import db
from models.checkin import PresenceEvent
from models.volunteers import Volunteer
from tests.cast import PASSWORD, Cast
from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.reader import Reader
from tests.journeys.test_joining import document_of
from volunteer.kernel import clock

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@dataclass(frozen=True)
class Street:
    """A shift that begins in ten minutes and takes whoever comes; 李晓梅 has a place, her son has none."""

    shift: Shift
    organizer: Account
    mother: Account
    son: Volunteer


@pytest.fixture
def street(cast: Cast) -> Street:
    organizer, mother = cast.account("王主任"), cast.account("李晓梅")
    starts_at = (clock.now() + timedelta(minutes=10)).replace(second=0, microsecond=0)
    shift = cast.shift(cast.activity(cast.organization(organizer)), starts_at, taken=1, allows_walk_in=True)
    cast.signup(shift, cast.volunteer(mother, "李晓梅"))
    return Street(shift, organizer, mother, cast.volunteer(mother, "李小宝", birth_on=date(1998, 5, 1)))


@pytest.fixture
def venue(desktop: OpenReader, street: Street) -> Reader:
    return desktop(street.organizer).open(f"/checkin/shifts/{street.shift.public_id}/code")


def scan(venue: Reader) -> str:
    """Return what any camera reads from the venue's screen."""
    picture = Image.open(BytesIO(venue.page.locator(".code-picture").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def test_who_is_signed_in_needs_the_scan_and_one_tap(
    phone: OpenReader, venue: Reader, street: Street, hours: Hours
) -> None:
    mother = phone(street.mother).open(scan(venue))
    assert mother.heading() == "周末清洁护城河"
    mother.sees("李晓梅 签到", "李小宝 现场加入").look("scan-choice")
    mother.press("李晓梅 签到").sees("签到成功", "李晓梅", "16:00 结束时扫签退码").look("scan-answer")
    mother.follow("还有家人一起来，接着签").press("李小宝 现场加入").sees("签到成功", "李小宝")

    hours.pass_by(hours=2, minutes=13)
    mother.open("/").sees("李晓梅还没有签退", "李小宝还没有签退").look("front-not-left")
    venue.open(venue.page.url)
    mother.open(scan(venue)).look("scan-going").press("李晓梅 签退").sees("签退成功", "120 分钟").look("scan-gone")
    mother.follow("还有家人一起走，接着签").press("李小宝 签退").sees("签退成功", "120 分钟")


def test_a_slow_sign_in_costs_nothing(phone: OpenReader, venue: Reader, street: Street, hours: Hours) -> None:
    mother = phone().open(scan(venue))
    assert mother.heading() == "周末清洁护城河"
    mother.look("scan-visitor")
    scanned_at = clock.to_local(clock.now())
    hours.pass_by(minutes=9)
    mother.follow("登录后签到").fill("手机号", street.mother.phone).fill("密码", PASSWORD).press("登录")
    mother.press("李晓梅 签到").sees("签到成功", f"{scanned_at:%H:%M}")


def test_somebody_new_registers_and_the_scan_waits(phone: OpenReader, venue: Reader, street: Street) -> None:
    neighbour = phone().open(scan(venue)).follow("注册新账号")
    neighbour.fill("姓名", "陈桂兰").fill("手机号", "13900139000").fill("密码", "一把好用的新钥匙")
    neighbour.tick("我已阅读并同意隐私说明").press("注册").follow("我自己")
    neighbour.fill("证件号码", document_of(date(1955, 5, 1), "022")).pick_area("周公庙", "周公庙社区")
    neighbour.tick("我单独同意处理我的证件号码").press("登记")
    assert neighbour.heading() == "周末清洁护城河"
    neighbour.sees("陈桂兰 现场加入").look("scan-walk-in").press("陈桂兰 现场加入").sees("签到成功", "陈桂兰")


def test_the_place_goes_along_only_after_both_boxes_are_ticked(
    app: Flask, phone: OpenReader, venue: Reader, street: Street
) -> None:
    mother = phone(street.mother)
    mother.context.grant_permissions(["geolocation"])
    mother.context.set_geolocation({"latitude": 32.02, "longitude": 112.14, "accuracy": 12})
    mother.open(scan(venue)).tick("附上我现在的位置").sees("我单独同意记录签到时的位置").sees_not("已附上位置")
    mother.tick("我单独同意记录签到时的位置").sees("已附上位置，请点上面的名字").look("scan-location")
    mother.press("李晓梅 签到").sees("签到成功")
    assert places(app) == [32.02]


def test_a_place_that_cannot_be_had_keeps_nobody_out(
    app: Flask, phone: OpenReader, venue: Reader, street: Street
) -> None:
    mother = phone(street.mother).open(scan(venue)).tick("附上我现在的位置")
    mother.page.get_by_label("我单独同意记录签到时的位置").click()
    mother.sees("取不到位置，不影响签到").press("李晓梅 签到").sees("签到成功")
    assert places(app) == [None]


def places(app: Flask) -> list[float | None]:
    """Return the latitudes of all that was recorded."""
    with app.app_context():
        return list(db.session.scalars(select(PresenceEvent.latitude).order_by(PresenceEvent.id)))


def test_the_wrong_person_is_put_right(phone: OpenReader, venue: Reader, street: Street) -> None:
    mother = phone(street.mother).open(scan(venue)).press("李晓梅 签到").sees("签到成功")
    mother.follow("选错人了").sees("刚才记的是李晓梅").look("scan-mend").press("是李小宝")
    mother.sees("签到成功", "李小宝").sees_not("选错人了")
    mother.open(scan(venue)).sees("李晓梅 签到").sees_not("李小宝 签到")
    venue.open(f"/checkin/shifts/{street.shift.public_id}/roster").sees("李小宝")


def test_a_picture_of_the_code_is_refused_and_the_organizer_reads_of_it(
    phone: OpenReader, venue: Reader, street: Street, hours: Hours
) -> None:
    passed_on = scan(venue)
    hours.pass_by(seconds=25)
    mother = phone(street.mother)
    with mother.page.expect_response("**/checkin/refused-scan") as reported:
        mother.open(passed_on)
    assert reported.value.status == 204
    mother.sees("码没有扫成", "这个码过期了").look("scan-stale")
    mother.follow("输入屏幕上的数字").look("enter-code")


def test_large_text_shows_one_thing_to_do(phone: OpenReader, venue: Reader, street: Street) -> None:
    elder = phone(street.mother).press("大字", within="header")
    elder.open(scan(venue)).look("scan-choice-large")
    button = elder.page.get_by_role("button", name="李晓梅 签到")
    box, size = button.bounding_box(), elder.page.viewport_size
    assert box is not None
    assert size is not None
    assert box["height"] >= 96
    assert box["width"] >= 0.8 * size["width"]
    assert box["y"] + box["height"] < size["height"] * 0.7
    assert float(button.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= 32
    button.click()
    elder.sees("签到成功").look("scan-answer-large")
    for words in ("签到成功", "李晓梅", "结束时扫签退码"):
        shown = elder.page.locator("main").get_by_text(words).first
        assert float(shown.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= 28
    elder.open("/my-day").sees("周末清洁护城河").look("day-large")
