"""The pictures of the guides: `python -m tests.pictures` starts a demo city, does what the guides tell, and takes them.

The city's clock stands still until the story moves it, its people and their codes are always the same, so a second run
shows the same pages; only certificate numbers differ.
"""

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
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import zxingcpp
from flask import Flask
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import Browser, FilePayload, Locator, expect, sync_playwright
from tqdm import tqdm
from werkzeug.serving import make_server

from models.base import db
from tests.databases import prepared
from tests.journeys.conftest import ARGUMENTS, CHROMIUM_NAMES, QuietHandler
from tests.journeys.films import film, photo
from tests.journeys.reader import ROOT, Reader
from volunteer.checkin.codes import make_personal_code
from volunteer.checkin.jobs import close_forgotten
from volunteer.checkin.queries import shift_card
from volunteer.checkin.rules import Attendance
from volunteer.demo.operations import PASSWORD, SIGN_INS, fill
from volunteer.demo.sizes import SMALL
from volunteer.kernel import clock
from volunteer.kernel.id_documents import check_character
from volunteer.metrics.jobs import take_in_changes
from volunteer.stations.queries import Listed, listed

PICTURES = Path(os.environ.get("ZHIYUANTAI_PICTURES", ROOT / "docs" / "pictures"))
FONTS = ROOT / "static" / "vendor" / "fonts"
# A Saturday afternoon, a few minutes into the shift that the demo city holds.
MOMENT = datetime(2026, 11, 28, 14, 24, 30, tzinfo=clock.LOCAL_ZONE)
# What printed codes say, whatever port the city is served at.
PUBLIC_URL = "http://127.0.0.1:8000"
LARGEST_BYTES = 150_000
FRAMES_A_SECOND = 30
COLOURS = (128, 64, 32)
POPULATIONS = {"008": 2_310, "010": 1_875, "012": 2_040}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
LAPTOP = {"viewport": {"width": 1120, "height": 768}}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
NEWCOMER = "13912345678"
RESIDENT, ORGANIZER, CHECKER, OFFICE, DISTRICT = (sign_in.phone for sign_in in SIGN_INS)
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
        with self.app.app_context():
            close_forgotten()
            take_in_changes()
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
        yield city
        browser.close()


def id_number(birth_on: date, order: str) -> str:
    """Return an invented but valid resident identity number."""
    body = f"420602{birth_on:%Y%m%d}{order}"
    return body + check_character(body)


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


def a_newcomer_joins(city: City) -> None:
    """Somebody registers with a child, finds an activity, signs up, and waits in line for another."""
    reader = city.visit(PHONE)
    reader.open("/accounts/sign-up").fill("姓名", "陈思远").fill("手机号", NEWCOMER)
    reader.fill("密码", PASSWORD).tick("我已阅读并同意隐私说明")
    city.take(reader, "resident-sign-up", height=760)
    reader.press("注册").follow("我自己").fill("证件号码", id_number(date(1990, 5, 17), "013"))
    reader.pick_area("檀溪", "檀溪社区").tick("我单独同意处理我的证件号码")
    city.take(reader, "resident-register", height=844)
    reader.press("登记")
    city.take(reader, "resident-card", height=900)
    reader.open("/volunteers/new").follow("孩子").fill("姓名", "陈小满")
    reader.fill("证件号码", id_number(date(2016, 3, 2), "024")).pick_area("檀溪", "檀溪社区")
    reader.tick("我单独同意处理孩子的证件号码", "我是孩子的父母", "孩子未满 14 周岁")
    city.take(reader, "resident-register-child", height=600, show="main form > :nth-last-child(2)")
    reader.press("登记")

    reader.open("/activities/")
    city.take(reader, "resident-activities", height=844)
    go(reader, reader.page.locator("main article", has_text="还剩").get_by_role("link"))
    city.take(reader, "resident-activity", height=844)
    reader.follow("报名").tick("陈思远", "陈小满")
    city.take(reader, "resident-ask", height=760)
    reader.press("报名").open("/activities/")
    go(reader, reader.page.locator("main article", has_text="可以候补", has_not_text="明天").get_by_role("link"))
    go(reader, reader.page.get_by_role("link", name="候补"))
    reader.page.locator("main input[type=checkbox]:enabled").first.check()
    reader.press("排队候补").open("/signups/")
    city.take(reader, "resident-signups", height=800)
    city.take(reader, "resident-waiting", height=560, show="main .card:has-text('候补第')")


def the_shift_begins(city: City, today: Reader, venue: Reader) -> str:
    """The code is opened; 李晓梅 scans it, her mother types the digits, one comes in by hand; return which shift."""
    resident = city.visit(PHONE, RESIDENT)
    city.take(resident, "resident-front", height=900, css=True)
    today.open("/today")
    city.take(today, "organizer-today", height=900)
    venue.open("/today").follow("签到码")
    city.take(venue, "organizer-code", height=768)
    resident.open(scan(venue))
    city.take(resident, "resident-check-in", height=844)
    resident.press("大字", within="header")
    city.take(resident, "resident-check-in-large", height=940)
    resident.press("标准字", within="header")
    resident.press("李晓梅 签到")
    city.take(resident, "resident-checked-in", height=760)
    digits = venue.page.locator("[data-told=digits]").inner_text()
    resident.open("/checkin/enter").fill("屏幕上的 6 位数字", digits)
    city.take(resident, "resident-digits", height=620)
    resident.press("下一步").press("陈桂兰 现场加入").follow("选错人了")
    city.take(resident, "resident-mend", height=700)
    resident.open("/checkin/my-code")
    city.take(resident, "resident-code", height=900)
    venue.open("/today").follow("名单")
    shift_id = venue.page.url.split("/")[-2]
    city.take(venue, "organizer-roster", height=900)
    venue.page.locator("[data-tools] summary").click()
    venue.follow("名单上的人都到了")
    city.take(venue, "organizer-everybody", height=960)
    venue.follow("先不登记").follow("手工签到").tick("没带手机或没电")
    city.take(venue, "organizer-by-hand", height=768)
    venue.press("签到")
    return shift_id


def the_organizer_scans(city: City, shift_id: str) -> Reader:
    """One more is scanned by a phone's camera."""
    scanner = city.visit(PHONE, ORGANIZER)
    city.hold(city.code_of(city.people(shift_id, Attendance.MISSING)[0].volunteer))
    scanner.open(f"/stations/at/{shift_id}").page.locator("#station-name").fill("王建国的手机")
    scanner.page.get_by_role("button", name="开始扫码").click()
    scanner.sees("签到成功", "已送到")
    expect(scanner.page.locator("[data-keeps=yes]")).not_to_have_attribute("hidden", "")
    city.take(scanner, "organizer-scanner", height=1240)
    return scanner


def the_network_is_lost(city: City, shift_id: str, scanner: Reader) -> None:
    """Some are scanned out without a network, among them one who never came in."""
    away, before = city.people(shift_id, Attendance.MISSING), len(scanner.faults)
    here = [one for one in city.people(shift_id, Attendance.IN) if one.name not in ("李晓梅", "陈桂兰")]
    shown = [*(one.number for one in away[:1]), *(city.code_of(one.volunteer) for one in here[:3])]
    city.hold(shown[-1], after=12)
    scanner.open(f"/stations/at/{shift_id}").sees("已送到")
    expect(scanner.page.locator("[data-count=all]")).not_to_have_text("0")
    scanner.page.locator("input[name=phase][value=out]").check(force=True)
    scanner.context.set_offline(True)
    expect(scanner.page.locator("[data-net-state]")).to_have_attribute("data-net", "off")
    for text in shown[:-1]:
        scanner.page.locator("#typed").fill(text)
        scanner.page.locator("#typed").press("Enter")
        expect(scanner.page.locator("#typed")).to_have_value("")
    expect(scanner.page.locator("[data-count=held]")).to_have_text(str(len(shown)), timeout=20_000)
    city.take(scanner, "organizer-offline", height=1400)
    city.pass_by(minutes=25)
    scanner.context.set_offline(False)
    expect(scanner.page.locator("[data-count=held]")).to_have_text("0", timeout=30_000)
    scanner.faults[before:] = [fault for fault in scanner.faults[before:] if "ERR_INTERNET_DISCONNECTED" not in fault]
    # An open page goes on sending, and nobody is signed in on it two weeks later.
    scanner.page.close()


def the_shift_ends(city: City, venue: Reader, shift_id: str, scanner: Reader) -> None:
    """李晓梅 checks out, her mother forgets, others are scanned; a record and a certificate come of it."""
    resident = city.visit(PHONE, RESIDENT)
    city.pass_by(hours=2, minutes=57)
    venue.open("/today").follow("签到码")
    resident.open(scan(venue)).press("李晓梅 签退")
    city.take(resident, "resident-checked-out", height=760)
    the_network_is_lost(city, shift_id, scanner)
    venue.open("/stations/review")
    city.take(venue, "organizer-review", height=640)
    city.pass_by(minutes=55)
    resident.open("/hours/")
    resident.page.locator("main summary").first.click()
    city.take(resident, "resident-records", height=1240)
    go(resident, resident.page.get_by_role("link", name="陈桂兰"))
    resident.follow("填离开的时间")
    resident.fill("为什么没签退", "和邻居边走边聊，忘了扫码，结束时一起走的。")
    city.take(resident, "resident-forgotten", height=1080)
    resident.press("提交")


def a_certificate_is_checked(city: City) -> str:
    """李晓梅 issues a certificate, a stranger checks it; return where."""
    resident, stranger = city.visit(PHONE, RESIDENT), city.visit(PHONE)
    resident.open("/certificates/new").press("开具证明")
    city.take(resident, "resident-certificate", height=900)
    address = resident.page.get_by_role("link", name="看看别人怎么验证").get_attribute("href") or ""
    file = resident.page.get_by_role("link", name="打开证明文件").get_attribute("href") or ""
    keep_paper(city, resident, file, "resident-certificate-paper")
    stranger.open(address)
    city.take(stranger, "resident-verified", height=800)
    return address


def keep_paper(city: City, reader: Reader, path: str, name: str) -> None:
    """Keep the first page of a document, in colour."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "document.pdf"
        document.write_bytes(reader.context.request.get(reader.origin + path).body())
        subprocess.run(["pdftoppm", "-r", "80", "-png", "-singlefile", document, document.with_suffix("")], check=True)
        city.keep(document.with_suffix(".png").read_bytes(), name)


def residents_settings(city: City) -> None:
    """Large text, and what was agreed to."""
    resident = city.visit(PHONE, RESIDENT)
    resident.open("/accounts/consents")
    city.take(resident, "resident-consents", height=844)
    resident.open("/").press("大字", within="header")
    city.take(resident, "resident-large", height=844, show="main ul:has(.few-door)")
    resident.press("标准字", within="header")


def an_organization_asks(city: City) -> None:
    """The newcomer fills in an organization of their own."""
    founder = city.visit(LAPTOP, NEWCOMER)
    founder.open("/organizations/new").fill("组织名称", "岘山步道巡护队").pick_area("檀溪", "檀溪社区")
    founder.page.get_by_label("类型").select_option(label="志愿服务队")
    city.take(founder, "organizer-register", height=760)


def an_activity_is_published(city: City) -> None:
    """The organizer's people, an activity written and published, its poster."""
    organizer = city.visit(LAPTOP, ORGANIZER)
    organizer.open("/organizations/").follow("人员和角色")
    city.take(organizer, "organizer-people", height=860)
    organizer.open("/activities/new").fill("活动名称", "岘山步道巡护")
    organizer.fill("做什么", "沿步道走一圈，捡拾垃圾，提醒游客不带火种上山。").fill("集合地点", "岘山北门停车场")
    organizer.page.get_by_label("服务类别").select_option(label="生态环保")
    day = clock.today() + timedelta(days=8)
    organizer.fill("开始", f"{day}T09:00").fill("结束", f"{day}T11:30").fill("名额", "15").fill("岗位", "巡护组")
    organizer.fill("要带什么", "水杯、防滑的鞋").fill("联系人", "王建国").fill("联系电话", ORGANIZER)
    organizer.page.locator("#preview").get_by_text("9:00–11:30").wait_for()
    organizer.page.wait_for_load_state("networkidle")
    city.take(organizer, "organizer-publish", height=1180)
    organizer.tick("可以用印出来的海报码签到")
    for answer in organizer.page.locator(".gate").get_by_label("不是", exact=True).all():
        answer.check()
    # The preview follows what is typed, and would not know the days as they are shown.
    organizer.page.wait_for_load_state("networkidle")
    city.take(organizer, "organizer-gate", height=560, show=".gate")
    organizer.press("发布")
    city.take(organizer, "organizer-manage", height=620)
    poster = organizer.page.get_by_role("link", name="海报", exact=True).get_attribute("href") or ""
    keep_paper(city, organizer, poster, "organizer-poster")
    organizer.follow("签到海报")
    city.keep(organizer.page.locator(".poster").screenshot(), "organizer-sign-poster")


def a_record_is_put_right(city: City) -> None:
    """李晓梅 says when she really came to one of this spring's shifts, and the organizer agrees."""
    resident, organizer = city.visit(PHONE, RESIDENT), city.visit(LAPTOP, ORGANIZER)
    resident.open("/hours/")
    found = resident.page.locator("main details", has_text="消防安全进楼栋").first
    found.locator("summary").click()
    go(resident, found.get_by_role("link", name="对这条记录有疑问"))
    resident.fill("哪里不对", "我 9:00 就到了，先搬了桌子，9:08 才想起来扫码。")
    resident.page.locator("[name=wanted_from]").fill("2026-05-12T09:00")
    city.take(resident, "resident-correction", height=1180)
    resident.press("发给组织")
    record = resident.page.url
    organizer.open("/hours/awaiting")
    go(organizer, organizer.page.locator("main a", has_text="照改或答复"))
    organizer.page.locator("[name=answer]").fill("同去的两位都说她 9:00 在搬桌子，照改。")
    city.take(organizer, "organizer-correction", height=1180)
    organizer.press("照这个时间改")
    resident.open(record)
    city.take(resident, "resident-way", height=844, show="main .way")


def a_sheet_is_typed_in(city: City, shift_id: str) -> None:
    """Who neither scanned out nor in signed on paper; the organizer brings the photo and types it in."""
    organizer = city.visit(LAPTOP, ORGANIZER)
    people = city.people(shift_id, Attendance.FORGOTTEN, Attendance.MISSING)
    signed = sorted((one for one in people if one.name != "陈桂兰"), key=lambda one: one.name)
    organizer.open(f"/hours/sheets/new?shift={shift_id}")
    picture = photo_of_sheet([one.name for one in signed])
    file = FilePayload(name="签到表.jpg", mimeType="image/jpeg", buffer=picture)
    organizer.page.locator("input[type=file]").set_input_files(file)
    organizer.press("上传，接着录入")
    for one in signed:
        row = organizer.page.locator(".sheet-line", has_text=one.name)
        row.locator("input[type=checkbox]").check()
        row.locator("input[type=time]").nth(0).fill("14:25")
        row.locator("input[type=time]").nth(1).fill("17:15")
    organizer.page.locator("[name=reason]").fill("结束时断了网，没有扫上的在纸上签了名。")
    organizer.page.evaluate("document.querySelectorAll('img').forEach(it => it.loading = 'eager')")
    organizer.page.wait_for_function("[...document.images].every(it => it.complete)")
    city.take(organizer, "organizer-sheet", height=860)
    organizer.press("提出记录")


def photo_of_sheet(names: list[str]) -> bytes:
    """Return a photo of an attendance sheet on which these people signed, a little askew as phones take it."""
    paper = Image.new("RGB", (900, 1100), "#f4f1e8")
    draw = ImageDraw.Draw(paper)
    font = next(FONTS.glob("noto-serif-sc-regular.*.ttf"))
    heading, printed, written = (ImageFont.truetype(font, size) for size in (46, 30, 34))
    draw.text((270, 60), "志愿服务签到表", "#333", font=heading)
    draw.text((70, 140), "广场文明劝导   11 月 28 日 14:20–17:20", "#333", font=printed)
    columns = (70, 300, 460, 620, 830)
    for number in range(10):
        draw.line((70, 200 + number * 80, 830, 200 + number * 80), "#777", 2)
    for column in columns:
        draw.line((column, 200, column, 920), "#777", 2)
    for column, head in zip(columns, ("姓名", "到达", "离开", "签名"), strict=False):
        draw.text((column + 20, 222), head, "#333", font=printed)
    for number, name in enumerate(names):
        for column, text in zip(columns, (name, "14:25", "17:15", name), strict=False):
            draw.text((column + 20, 300 + number * 80), text, "#23408e", font=written)
    table = Image.new("RGB", (1000, 1240), "#7b6650")
    table.paste(paper, (50, 70))
    content = BytesIO()
    table.rotate(-2, Image.Resampling.BICUBIC, fillcolor="#7b6650").filter(ImageFilter.GaussianBlur(0.6)).save(
        content, "JPEG", quality=85
    )
    return content.getvalue()


def the_day_after(city: City, certificate: str) -> None:
    """Hours typed in, confirmed by a second person, shown to the public; a record taken back; the activity closed."""
    organizer, checker = city.visit(LAPTOP, ORGANIZER), city.visit(LAPTOP, CHECKER)
    resident, stranger = city.visit(PHONE, RESIDENT), city.visit(PHONE)
    resident.open("/volunteers/")
    number = resident.page.locator("main li", has_text="李一诺").inner_text().split()[-1]
    organizer.open("/hours/new").fill("志愿者编号", number).fill("补录原因", "孩子没有带手机，跟着妈妈一起劝导。")
    organizer.page.locator("[name=evidence]").fill("现场纸质签到表第 2 页第 6 行，原件存在社区办公室。")
    file = FilePayload(name="签到表.jpg", mimeType="image/jpeg", buffer=photo_of_sheet(["李一诺"]))
    organizer.page.locator("input[type=file]").set_input_files(file)
    city.take(organizer, "organizer-typed", height=1300)
    organizer.press("提出补录")
    checker.open("/hours/awaiting")
    for box in checker.page.locator("main input[type=checkbox]").all():
        box.check()
    city.take(checker, "organizer-awaiting", height=1240)
    go(checker, checker.page.locator(".held-action button"))
    stranger.open("/hours/notices")
    city.take(stranger, "organizer-notice", height=620)

    resident.open("/hours/")
    resident.page.locator("main summary").first.click()
    resident.follow("看这条记录")
    organizer.open(resident.page.url).follow("冲销这条记录").fill("冲销原因", "签到的不是本人，是同名的另一位。")
    city.take(organizer, "organizer-reversal", height=760)
    organizer.press("提出冲销")
    checker.open("/hours/awaiting").press("确认 李晓梅")
    stranger.open(certificate)
    city.take(stranger, "resident-superseded", height=800)
    organizer.open("/certificates/issued")
    city.take(organizer, "organizer-certificates", height=420)
    organizer.open("/today")
    go(organizer, organizer.page.locator("main a", has_text="去结项").filter(has_text="广场文明劝导"))
    city.take(organizer, "organizer-close", height=620)


def the_office_looks(city: City) -> None:
    """The dashboard down to the list behind a number, and the office's other desks."""
    office = city.visit(DESKTOP, OFFICE)
    office.open("/metrics/")
    city.take(office, "office-dashboard", height=900)
    go(office, office.page.locator("main a[href*='420600/active_share']"))
    city.take(office, "office-explanation", height=960)
    office.follow("襄城区").follow("真武山街道").follow("檀溪社区居委会")
    city.take(office, "office-people", height=900)
    office.open("/admin/organizations").follow("汉江护鸟志愿服务队")
    city.take(office, "office-organization", height=560)
    the_office_judges(city, office)
    import_populations(city, office)
    office.open("/admin/editions")
    city.take(office, "office-editions", height=560)
    office.open("/admin/surveys/create")
    office.page.get_by_label("调查范围").select_option(label="襄阳市")
    office.fill("调查日期", "2026-11-20").fill("有效答卷", "1200").fill("表示认同和支持的答卷", "1116")
    office.tick("正式测评").fill("来源", "2026 年第四季度入户问卷，第三方机构实施")
    city.take(office, "office-survey", height=860)
    office.open("/admin/staff")
    city.take(office, "office-staff", height=520)
    office.open("/admin/audit")
    city.take(office, "office-trail", height=760)


def the_office_judges(city: City, office: Reader) -> None:
    """Look through what looked odd one evening."""
    office.open("/signals/")
    city.take(office, "office-signals", height=980)
    office.page.locator("main .rows a", has_text="一部手机签了好几个账号").click()
    city.take(office, "office-signal", height=980)


def import_populations(city: City, office: Reader) -> None:
    """Upload the population of three communities and look at what would change."""
    rows = [f"420602001{code},2026,{residents},统计局 2026 年抽样" for code, residents in POPULATIONS.items()]
    table = "\n".join(["代码,年份,常住人口,来源", *rows])
    file = FilePayload(name="人口.csv", mimeType="text/csv", buffer=table.encode())
    office.open("/admin/population/import")
    office.page.locator("input[type=file]").set_input_files(file)
    office.press("看看会改什么")
    city.take(office, "office-population", height=700)


def the_day_before(city: City) -> None:
    """Two weeks later the organizer looks who may not come tomorrow."""
    city.pass_by(days=12, hours=20)
    organizer = city.visit(PHONE, ORGANIZER)
    organizer.open("/today")
    go(organizer, organizer.page.locator("main a[href$='/at-risk']"))
    city.take(organizer, "organizer-at-risk", height=844)


def main() -> None:
    """Take all pictures, and say what went wrong on the pages meanwhile."""
    PICTURES.mkdir(exist_ok=True)
    with tqdm(unit="张", desc="图片", ascii=" ━") as bar, visited_city(lambda: bar.update()) as city:
        a_newcomer_joins(city)
        today, venue = city.visit(DESKTOP, ORGANIZER), city.visit(TABLET, ORGANIZER)
        shift_id = the_shift_begins(city, today, venue)
        scanner = the_organizer_scans(city, shift_id)
        the_shift_ends(city, venue, shift_id, scanner)
        certificate = a_certificate_is_checked(city)
        residents_settings(city)
        an_organization_asks(city)
        an_activity_is_published(city)
        a_record_is_put_right(city)
        a_sheet_is_typed_in(city, shift_id)
        the_day_after(city, certificate)
        city.work()
        the_office_looks(city)
        the_day_before(city)
        faults = [fault for reader in city.readers for fault in reader.faults]
    sys.exit("\n".join(faults) or None)


if __name__ == "__main__":
    main()
