"""Somebody joins; a shift from the first scan to the last."""

from datetime import date

from playwright.sync_api import expect

from tests.journeys.reader import Reader
from tests.pictures.city import NEWCOMER, ORGANIZER, PHONE, RESIDENT, City, go, scan
from volunteer.checkin.rules import Attendance
from volunteer.demo.operations import PASSWORD
from volunteer.kernel.id_documents import check_character


def id_number(birth_on: date, order: str) -> str:
    """Return an invented but valid resident identity number."""
    body = f"420602{birth_on:%Y%m%d}{order}"
    return body + check_character(body)


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
    # An open code goes on asking for the next one, and nobody is signed in on it two weeks later.
    resident.page.close()
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


def residents_settings(city: City) -> None:
    """Large text, and what was agreed to."""
    resident = city.visit(PHONE, RESIDENT)
    resident.open("/accounts/consents")
    city.take(resident, "resident-consents", height=844)
    resident.open("/").press("大字", within="header")
    city.take(resident, "resident-large", height=844, show="main ul:has(.few-door)")
    resident.press("标准字", within="header")
