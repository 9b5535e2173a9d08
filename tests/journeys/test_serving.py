"""The day of a shift, from the code on the wall to the certificate that a stranger checks."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from PIL import Image

from models.accounts import Account
from models.activities import Shift
from models.areas import AreaPopulation
from models.base import db
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.reader import Reader
from tests.paper import codes_on, page_pictures, pdf_text
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.jobs import take_in_changes

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@dataclass(frozen=True)
class Day:
    """A shift that begins in ten minutes, with the people around it."""

    shift: Shift
    organization: Organization
    owner: Account
    checker: Account
    resident: Account
    volunteer: Volunteer
    office: Account


@pytest.fixture
def day(app: Flask, cast: Cast) -> Day:
    """Return the day: 李晓梅 has a place, 王主任 runs the shift, 赵复核 is the second person."""
    owner, checker, resident = cast.account("王主任"), cast.account("赵复核"), cast.account("李晓梅")
    cast.volunteer(owner, "王主任")
    cast.volunteer(checker, "赵复核")
    organization = cast.organization(owner)
    cast.grant(checker, Role.CHECKER, organization=organization)
    starts_at = (clock.now() + timedelta(minutes=10)).replace(second=0, microsecond=0)
    shift = cast.shift(cast.activity(organization), starts_at, taken=1, capacity=5)
    volunteer = cast.volunteer(resident, "李晓梅")
    cast.signup(shift, volunteer)
    for area in cast.city().values():
        if area.level == "community":
            values = {"area_id": area.id, "year": clock.today().year, "residents": 20, "source": "统计局"}
            cast.add(AreaPopulation(**values, recorded_at=clock.now()))
    with app.app_context():
        ensure_shipped_edition()
        db.session.commit()
    return Day(shift, organization, owner, checker, resident, volunteer, cast.office())


def scan(venue: Reader) -> str:
    """Return what a phone's camera reads from the code on the venue's screen."""
    picture = Image.open(BytesIO(venue.page.locator(".code-picture").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def take_in(app: Flask) -> None:
    """Let the scheduler's work on the figures be done."""
    with app.app_context():
        take_in_changes()
        db.session.commit()


def serve_two_hours(day: Day, resident: Reader, organizer: Reader, hours: Hours) -> None:
    """Let 李晓梅 come by the code on the wall, and go after the end of the shift."""
    organizer.open("/today").sees("周末清洁护城河", "0 / 1").look("today").follow("签到码").look("venue-code")
    resident.open("/").sees("我要签到").look("front-check-in")
    resident.open(scan(organizer)).look("who-is-present").press("签到")
    resident.sees("签到成功", "李晓梅", "16:00 结束时扫签退码").look("checked-in")
    organizer.follow("现场名单").sees("李晓梅", "扫码").look("roster")
    hours.pass_by(hours=2, minutes=13)
    resident.open("/").sees("我要签退")
    organizer.follow("打开签到码")
    resident.open(scan(organizer)).press("签退").sees("签退成功", "120 分钟").look("checked-out")


def test_two_hours_of_service_become_a_certificate_that_a_stranger_can_check(
    app: Flask, phone: OpenReader, desktop: OpenReader, day: Day, hours: Hours, tmp_path: Path
) -> None:
    resident, organizer, office = phone(day.resident), desktop(day.owner), desktop(day.office)
    serve_two_hours(day, resident, organizer, hours)

    resident.open("/hours/").sees("2.00", "离 25 小时还差 23.00 小时").look("own-records")
    resident.page.locator("summary", has_text="周末清洁护城河").click()
    resident.follow("看这条记录").sees("120 分钟", "扫码").look("record")
    record = resident.page.url
    resident.open("/").sees("2.00", "还差 23.00 小时")

    take_in(app)
    office.open("/metrics/").sees("33.33%", "0.66").look("dashboard")

    resident.open("/certificates/").look("no-certificates").follow("换期间、挑活动、加英文、印章").look("issue").press(
        "开具证明"
    )
    resident.sees("2.00 小时", day.organization.name).look("certificate")
    file = resident.page.get_by_role("link", name="打开证明文件").get_attribute("href")
    document = resident.context.request.get(f"{resident.origin}{file}").body()
    text = pdf_text(document)
    assert "李晓梅" in text
    assert day.organization.name in text
    assert "2.00" in text
    (address,) = codes_on(page_pictures(document, tmp_path, dots=150)[0])

    stranger = phone()
    stranger.open(address).sees("证明有效", "2.00 小时").sees_not("李晓梅").look("verified")

    organizer.open(record).follow("冲销这条记录").look("reversal").fill("冲销原因", "签到的不是本人").press("提出冲销")
    stranger.open(address).sees("证明有效")
    checker = phone(day.checker)
    checker.open("/today").sees("待确认 1 条").look("today-checker")
    checker.follow("待确认 1 条").sees("签到的不是本人").look("awaiting").press("确认 李晓梅").sees("没有要确认的")
    stranger.open(address).sees("证明已被更正").look("superseded")
    resident.open("/hours/").sees("已冲销").look("own-records-reversed")

    take_in(app)
    office.open("/metrics/").sees("0.00%")


def test_hours_all_by_hand_wait_for_a_second_person_and_then_the_public(
    phone: OpenReader, desktop: OpenReader, day: Day, hours: Hours
) -> None:
    organizer, checker, resident = desktop(day.owner), desktop(day.checker), phone(day.resident)
    organizer.open(f"/checkin/shifts/{day.shift.public_id}/roster").sees("李晓梅").look("roster-missing")
    organizer.follow("手工签到").look("by-hand").press("签到").sees("请选一个原因")
    organizer.tick("没带手机或没电").press("签到").sees("组织者手工登记")
    hours.pass_by(hours=2, minutes=15)
    organizer.open(organizer.page.url).follow("手工签退").tick("没带手机或没电").press("签退")

    resident.open("/hours/").sees("离 25 小时还差 25.00 小时", "待确认").look("own-records-awaiting")
    organizer.open("/hours/awaiting").sees("李晓梅 · 2.00 小时", "您能确认 0 条").look("awaiting-own")
    checker.open("/hours/awaiting").sees("您能确认 1 条").tick("李晓梅 · 2.00 小时").press("确认 1 条记录")
    checker.sees("没有要确认的").look("nothing-awaits")
    resident.open("/hours/").sees("离 25 小时还差 25.00 小时", "公示中").open("/hours/notices").sees("李**")


def test_large_text_leaves_the_few_things_that_are_needed(phone: OpenReader, cast: Cast) -> None:
    account = cast.account("陈桂兰")
    cast.volunteer(account, "陈桂兰")
    elder = phone(account)
    elder.press("大字", within="header").sees("我的码", "今天的活动", "我的时长", "打电话求助").look("front-large")
    assert elder.page.get_by_role("link", name="打电话求助").first.get_attribute("href") == "tel:12345"
    elder.follow("我的码").look("codes-large").open("/activities/?when=today").look("activities-large")
    elder.open("/hours/").look("own-records-large")
    elder.press("标准字", within="header").open("/").sees("可以报名的活动")
