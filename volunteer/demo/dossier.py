"""The dossiers of the invented city: this year's of the city and of one district, with gaps left to be found."""

from datetime import date, timedelta
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from models.areas import Area
from models.base import db
from models.evidence import Dossier
from volunteer.evidence import duties, operations
from volunteer.evidence.operations import Checked
from volunteer.evidence.rules import Caption, DocumentFacts, NoteFacts
from volunteer.hours.photos import draw_anew
from volunteer.kernel import clock
from volunteer.kernel.fonts import FontSet, Voice
from volunteer.kernel.paper import WIDTH, Align, Colophon, Paper, open_paper
from volunteer.kernel.typesetting import Span, Style
from volunteer.web.assets import document_fonts

_INK, _RED = (0.1, 0.1, 0.1), (0.7, 0.1, 0.1)
_OFFICE = "襄阳市文明办（演示）"

_DOCUMENTS = (
    (
        "1.1",
        "关于成立志愿服务工作协调小组的通知",
        "演示〔{year}〕3 号",
        "为推进志愿服务制度化、常态化，决定成立志愿服务工作协调小组，统筹注册培训、活动运行、服务记录和回馈激励各项工作。",
    ),
    (
        "1.4",
        "志愿服务记录和证明出具办法",
        "演示〔{year}〕8 号",
        "服务时间由活动组织单位如实记录，当日签到签退，十个工作日内完成确认；志愿服务记录证明免费出具，可以扫码查证。",
    ),
)
_NOTES = (
    (
        "1.1",
        "志愿服务组织协调情况说明",
        (
            "协调小组每季度开一次会，研究志愿服务的难点。各社区都有志愿服务队，由社区书记任队长。\n"
            "今年以来，协调小组开会三次，定下了社区服务站开放时间、应急志愿者召集办法等五件事，均已落实。"
        ),
    ),
    (
        "2.2",
        "提高志愿者参与率的做法",
        (
            "参与率偏低的社区，主要是活动安排在上班时间。今年把一半活动改到周末和晚上，并在平台上按住处推荐。\n"
            "街道每月对照各社区的数字，活动少的社区由相邻社区帮带。"
        ),
    ),
    (
        "3.1",
        "关爱空巢老人服务情况说明",
        "各社区建立空巢老人名册，志愿者两人一组，每周上门一次，陪聊天、读报，查看水电燃气。名册只在社区保存，不对外公布。",
    ),
)
_PICTURES = (
    (
        "1.3",
        "学雷锋志愿服务集市",
        "樊城区社区小广场",
        "社区志愿者 20 人、居民 80 余人",
        "为居民磨刀、理发、修小家电",
        3,
        5,
    ),
    ("3.3", "文明交通路口劝导", "襄城区主干道路口", "志愿者 6 人", "早高峰引导行人按灯通行，提醒戴好头盔", 4, 18),
    ("3.6", "古城广场文明劝导", "襄城区古城东门广场", "志愿者 8 人、游客", "为游客指路，劝导不文明行为", 5, 2),
    ("3.6", "汽车站文明引导", "樊城区汽车客运中心", "志愿者 5 人、旅客", "节前客流高峰引导排队购票", 9, 29),
)
_DUTIES = (
    ("1.2", "市志愿服务联合会（演示）", 20),
    ("1.5", "市文明办活动科（演示）", 30),
    ("3.4", "市卫健委（演示）", -5),
)


def tell_of_dossiers(account_ids: dict[str, int]) -> None:
    """Open this year's dossiers of areas, by code who keeps it, and fill them."""
    today, fonts = clock.today(), document_fonts()
    for code, account_id in account_ids.items():
        area = db.session.scalars(select(Area).where(Area.code == code)).one()
        dossier = operations.open_dossier(area, today.year, account_id=account_id)
        is_whole = area.parent_id is None
        _add_documents(dossier, fonts, today, account_id, _DOCUMENTS if is_whole else _DOCUMENTS[:1])
        for clause, title, words in _NOTES if is_whole else _NOTES[:2]:
            facts = NoteFacts(_OFFICE, today - timedelta(days=20))
            operations.add_note(dossier, clause, title, facts, words, account_id=account_id)
        _add_pictures(dossier, fonts, today, account_id, range(len(_PICTURES)) if is_whole else range(1))
        if today.month > 1:
            operations.add_month_end_tables(dossier, account_id=account_id)
        for clause, unit, days in _DUTIES:
            due_on = min(max(today + timedelta(days=days), date(today.year, 1, 1)), date(today.year, 12, 31))
            duties.assign(dossier, clause, unit=unit, due_on=due_on, pictures=2, account_id=account_id)


def _add_documents(
    dossier: Dossier, fonts: FontSet, today: date, account_id: int, told: tuple[tuple[str, str, str, str], ...]
) -> None:
    for clause, title, number, words in told:
        dated_on = max(date(today.year, 1, 1), min(date(today.year, 2, 10), today))
        number = number.format(year=today.year)
        facts = DocumentFacts(number, _OFFICE, dated_on)
        content = _official(title, number, words, dated_on, fonts)
        file = Checked(content, f"{title}.pdf", 1)
        operations.add_document(dossier, clause, title, facts, file, account_id=account_id)


def _add_pictures(dossier: Dossier, fonts: FontSet, today: date, account_id: int, which: range) -> None:
    for number in which:
        clause, theme, place, people, event, month, day = _PICTURES[number]
        facts = Caption(min(date(today.year, month, day), today), place, people, theme, event)
        photo = draw_anew(_drawn(theme, number, fonts))
        operations.add_picture(dossier, clause, facts, photo, f"{theme}.jpg", account_id=account_id)


def _official(title: str, number: str, words: str, dated_on: date, fonts: FontSet) -> bytes:
    """Return an invented official paper of one page that says so."""
    with open_paper(Colophon(title, _OFFICE, "演示", number, dated_on), fonts) as paper:
        _draw_official(paper, title, number, words, dated_on)
        return paper.finish()


def _draw_official(paper: Paper, title: str, number: str, words: str, dated_on: date) -> None:
    middle, body = WIDTH / 2, Style(Voice.REGULAR, 14, _INK)
    paper.text(middle, 55, "演示文件", Style(Voice.BOLD, 40, _RED), align=Align.CENTRE, spacing=8)
    paper.text(middle, 75, number, body, align=Align.CENTRE)
    paper.rule(28, 80, 182, 80, points=1.6, colour=_RED)
    paper.text(middle, 105, title, Style(Voice.BOLD, 19, _INK), align=Align.CENTRE)
    y = 125.0
    for line in paper.wrap([Span(words, body)], 154, indent=10, justify=True):
        paper.line_of_text(38 if y == 125.0 else 28, y, line)
        y += 9.5
    day = f"{dated_on.year} 年 {dated_on.month} 月 {dated_on.day} 日"
    for text in (_OFFICE, day):
        y += 12
        paper.text(182, y, text, body, align=Align.RIGHT)


def _drawn(theme: str, number: int, fonts: FontSet) -> bytes:
    """Return an invented picture: people at a stall under the sun, with 演示 written across it."""
    wide, high, ground = 1200, 800, 560
    sky, floor = ((214, 232, 240), (232, 226, 210), (222, 232, 218), (226, 222, 236))[number % 4], (196, 186, 168)
    image = Image.new("RGB", (wide, high), sky)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, ground, wide, high), fill=floor)
    pen.ellipse((930, 70, 1060, 200), fill=(244, 200, 110))
    for place in range(5):
        left, top = 60 + place * 230, 300 - place % 2 * 50
        pen.rectangle((left, top, left + 170, ground), fill=(170 - place * 8, 176, 184 + place * 6))
        for row in range(3):
            pen.rectangle((left + 24, top + 30 + row * 70, left + 146, top + 70 + row * 70), fill=(226, 236, 240))
    for place in range(9):
        x, y, shirt = 90 + place * 120, 520 + place % 3 * 40, ((178, 34, 34), (32, 110, 120))[place % 2]
        pen.ellipse((x, y, x + 48, y + 48), fill=(236, 200, 170))
        pen.rounded_rectangle((x - 14, y + 50, x + 62, y + 170), 22, fill=shirt)
    letters = ImageFont.truetype(str(fonts.bold), 54)
    pen.rectangle((0, high - 90, wide, high), fill=(40, 36, 34))
    pen.text((40, high - 80), f"演示图片：{theme}", font=letters, fill="white")
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
