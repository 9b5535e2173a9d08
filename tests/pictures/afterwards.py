"""What comes after a shift: questions, paper, hours typed in, objections, and a record taken back."""

from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import FilePayload
from sqlalchemy import select

from models.activities import Shift
from models.base import db
from models.hours import Entry
from models.volunteers import Volunteer
from tests.journeys.reader import ROOT, Reader
from tests.pictures.city import CHECKER, LAPTOP, NEWCOMER, ORGANIZER, PHONE, RESIDENT, City, go
from volunteer.checkin.rules import Attendance
from volunteer.kernel import clock

FONTS = ROOT / "static" / "vendor" / "fonts"


def a_record_is_put_right(city: City) -> None:
    """李晓梅 says when she really came to one of this spring's shifts, and the organizer agrees."""
    resident, organizer = city.visit(PHONE, RESIDENT), city.visit(LAPTOP, ORGANIZER)
    entry_id, wanted, at, why = something_short(city)
    resident.open(f"/hours/{entry_id}").follow("对这条记录有疑问")
    resident.fill("哪里不对", why).page.locator(f"[name={wanted}]").fill(f"{at:%Y-%m-%dT%H:%M}")
    city.take(resident, "resident-correction", height=1180)
    resident.press("发给组织")
    record = resident.page.url
    organizer.open("/hours/awaiting")
    go(organizer, organizer.page.locator("main a", has_text="照改或答复"))
    organizer.page.locator("[name=answer]").fill("同去的两位都这么说，纸质签到表上也写着，照改。")
    file = FilePayload(name="签到表.jpg", mimeType="image/jpeg", buffer=photo_of_sheet(["李一诺"]))
    organizer.page.locator("input[type=file]").set_input_files(file)
    city.take(organizer, "organizer-correction", height=1180)
    organizer.press("照这个时间改").sees_not("要附一张照片")
    resident.open(record)
    city.take(resident, "resident-way", height=844, show="main .way")


def something_short(city: City) -> tuple[str, str, datetime, str]:
    """Return of the family's late records the one with most missing: its id, the end to put right, when, and why."""
    query = (
        select(Entry.public_id, Shift.starts_at, Shift.ends_at, Entry.started_at, Entry.ended_at)
        .join(Shift, Shift.id == Entry.shift_id)
        .join(Volunteer, Volunteer.id == Entry.volunteer_id)
        .where(Volunteer.phone == RESIDENT, Entry.served_on < clock.today())
        .where(Entry.served_on > clock.today() - timedelta(days=55))
    )
    with city.app.app_context():
        rows = db.session.execute(query).tuples().all()
    entry_id, *times = max(rows, key=lambda row: max(row[3] - row[1], row[2] - row[4]))
    began, ended, came, left = map(clock.to_local, times)
    if came - began > ended - left:
        return entry_id, "wanted_from", began, f"{began:%-H:%M} 就到了，先搬了桌子，{came:%-H:%M} 才想起来扫码。"
    return entry_id, "wanted_to", ended, f"{left:%-H:%M} 扫了签退以后又回去收桌子，{ended:%-H:%M} 才走。"


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


def the_day_after(city: City, certificate: str) -> Reader:
    """Hours typed in, confirmed, shown to the public (return to whom); a record taken back; the activity closed."""
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
    city.take(checker, "organizer-evidence", height=520, show="main li:has-text('李一诺')")
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
    city.work()
    stranger.open(certificate)
    city.take(stranger, "resident-superseded", height=800)
    organizer.open("/certificates/issued")
    city.take(organizer, "organizer-certificates", height=420)
    organizer.open("/today")
    go(organizer, organizer.page.locator("main a", has_text="去结项").filter(has_text="广场文明劝导"))
    city.take(organizer, "organizer-close", height=620)
    return stranger


def an_objection_is_raised(city: City, stranger: Reader) -> None:
    """A stranger objects to 李一诺's hours, a third person of the organization answers, and her mother reads it all."""
    stranger.open("/hours/notices")
    go(stranger, stranger.page.locator("main li", has_text="李** · 3.00").get_by_role("link", name="我有异议"))
    words = "那天下午四点多，我在图书室看见过这个孩子，她可能没有待到最后。"
    stranger.page.locator("[name=objection]").fill(words)
    stranger.press("提出异议")
    raised = stranger.page.url
    city.pass_by(hours=20)
    resident, third = city.visit(PHONE, RESIDENT), city.visit(LAPTOP, NEWCOMER)
    third.open("/hours/awaiting")
    city.take(third, "organizer-objections", height=420)
    go(third, third.page.locator("main a", has_text="我在图书室看见过"))
    answer = "对着签到表照片核对过，又问了同组的两位：她 17:15 还在广场，图书室是前一天的事。"
    third.page.locator("[name=answer]").fill(answer)
    city.take(third, "organizer-objection", height=1180)
    third.press("异议不成立，重新公示")
    stranger.open(raised)
    city.take(stranger, "resident-objection", height=1080)
    resident.open("/notices/")
    city.take(resident, "resident-notices", height=844)
    go(resident.open("/hours/"), resident.page.locator("main").get_by_role("link", name="李一诺"))
    resident.page.locator("main summary").first.click()
    resident.follow("看这条记录")
    city.take(resident, "resident-history", height=1180, show="main section:has(.story), main .card:has(.story)")
