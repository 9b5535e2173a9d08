"""The office's month: it sees who lags, finds out why, urges, gets an answer, reports, and keeps the dossier.

周文 is the city's office at a desktop, 郑海燕 a street's staff on her phone, 老吴 the assessor, who only reads. What
the pages say is held against a plain count of the ledgers.
"""

import json
import re
import zipfile
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.office import CITY, Office, arrange_office, choose, paper, read, taken
from tests.journeys.reader import Reader
from tests.journeys.sale import old_photo, token_of, until_november
from tests.paper import pdf_text
from volunteer.kernel import clock
from volunteer.supervision.bulletin_queries import DRAFT_TASK

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

INDICATOR = "hours_per_head"
OPENING = "十月的数字摆在下面，请各县市区对照，十一月底前把差的补上。"
ANSWER = "加办两场周六清洁家园，来了 41 人，还差的十二月前补齐。"


@pytest.fixture
def office(app: Flask, hours: Hours, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return the people of the month, on a Friday in November."""
    hours.pass_by(days=until_november())
    return arrange_office(app, monkeypatch)


def test_the_office_month(
    desktop: OpenReader, phone: OpenReader, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = desktop(office.city)
    sees_the_lag_and_reads_why(city, office)
    finds_where_it_is(city, office)
    looks_ahead(city, office)
    order = urges(city, office)
    answers_on_the_phone(phone(office.staff), order)
    city.open(order).press("认可，办结").sees("已办结", ANSWER).look("month-11-settled")
    releases_the_bulletin(city, office, monkeypatch)
    package = keeps_the_dossier(city, office)
    only_reads(desktop(office.assessor), package)
    stands_before_the_wall(city, office)


def sees_the_lag_and_reads_why(city: Reader, office: Office) -> None:
    """Tap the red number and read what it is made of."""
    value, heads = office.hours_a_head(CITY)
    tile = city.open("/metrics/").page.locator(".tile", has_text="注册志愿者人均服务时间")
    expect(tile).to_contain_text(re.compile(r"人均还差 \d+\.\d\d 小时"))
    expect(tile.locator(".tile-number")).to_have_text(f"{value}小时")
    city.look("month-01-dashboard")
    with city.page.expect_navigation():
        tile.locator(".tile-number a").click()
    city.sees(f"÷ 注册志愿者 {heads} 人 = 人均 {value} 小时", "不低于 25 小时", "2017 版", "时长台账", "两种口径对照")
    for code in (office.district,):
        row = city.page.locator("tr", has=city.page.locator(f"a[href*='/areas/{code}/']"))
        expect(row.first).to_contain_text(office.hours_a_head(code)[0])
    city.look("month-02-why")


def finds_where_it_is(city: Reader, office: Office) -> None:
    """Follow the ranking down to the street, and see who does the work there."""
    city.open("/metrics/").follow("排名")
    for label, choice in (("按哪个指标", "人均服务时间"), ("排哪一级", "街道乡镇"), ("看哪些", "未达标的")):
        with city.page.expect_navigation():
            city.page.get_by_label(label).select_option(label=choice)
    row = city.page.locator("tbody tr", has=city.page.locator(f"a[href*='/areas/{office.street}?']")).first
    expect(row).to_contain_text(office.hours_a_head(office.street)[0])
    expect(row).to_contain_text("人均还差")
    city.look("month-03-ranking").follow(office.street_name).sees("志愿服务指标")
    city.follow("按年龄").sees("每个人只在一行里，各行相加等于合计")
    value, heads = office.hours_a_head(office.street)
    total = city.page.locator("tfoot tr")
    expect(total).to_contain_text(heads)
    expect(total).to_contain_text(f"{value} 小时")
    counts = [int(one.replace(",", "")) for one in city.page.locator("tbody tr td:nth-of-type(1)").all_inner_texts()]
    assert sum(counts) == int(heads)
    city.look("month-04-ages")


def looks_ahead(city: Reader, office: Office) -> None:
    """See what it will be in December, and what two more Saturdays would do."""
    city.open(f"/metrics/areas/{office.street}/{INDICATOR}").follow("到年底会是多少")
    city.sees("到年底的预测", "错多少看“以前准不准”", "还需 ").look("month-05-forecast")
    city.follow("再加两个周六，每次 30 人").sees("加了以后")
    cells = city.page.locator("#what-if tbody tr", has_text="人均服务时间").locator("td.numeric")
    before, after = (float(cells.nth(place).inner_text()) for place in (0, 1))
    assert before < after
    city.look("month-06-what-if")


def urges(city: Reader, office: Office) -> str:
    """Send an order from the number; return its address."""
    value, heads = office.hours_a_head(office.street)
    city.open(f"/metrics/areas/{office.street}/{INDICATOR}").follow("发督办")
    city.sees(f"注册志愿者 {heads} 人 = 人均 {value} 小时", "不低于 25 小时").look("month-07-order")
    city.fill("办理要求", "周六加办两场，每场不少于 20 人。").press("发出督办", confirm=True)
    city.sees("待签收", "周六加办两场，每场不少于 20 人。")
    return city.page.url


def answers_on_the_phone(staff: Reader, order: str) -> None:
    """Get the notice, sign for it, answer with a picture."""
    staff.open("/notices/").sees("请签收").press("请签收").sees("待签收", "发出时的差距").look("month-08-notice")
    assert staff.page.url == order
    staff.press("签收").sees("办理中").follow("答复")
    choose(staff, "周六.jpg", "image/jpeg", old_photo())
    staff.press("送出答复").sees("请填写").look("month-09-nothing-written")
    choose(staff, "周六.jpg", "image/jpeg", old_photo()).fill("办理情况", ANSWER).press("送出答复")
    staff.sees("已答复", ANSWER, "周六.jpg").look("month-10-answered")
    picture = staff.page.locator(".order-files img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("one => one.naturalWidth") > 0


def releases_the_bulletin(city: Reader, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draft last month's, write an opening, release it, and read the paper."""
    year = clock.today().year
    city.open("/supervision/bulletins/")
    expect(city.page.get_by_label("月份")).to_have_value(f"{year}-10")
    city.press("做草稿").sees("正在排队")
    task = city.page.url
    with office.half_done(DRAFT_TASK, monkeypatch):
        city.open(task).sees("做了", "可以离开这一页")
    city.open(task).follow("去看结果").sees("草稿", "打分办法").look("month-12-draft")
    bulletin = city.page.url
    city.fill("开头", OPENING).press("保存，重做 PDF").sees("PDF 和 Excel 正在做")
    office.do_tasks()
    city.open(bulletin)
    assert "".join(OPENING.split()) in pdf_text(read(city, "PDF"))
    city.press("发布通报", confirm=True).sees("已发布", OPENING).look("month-13-released")
    office.do_tasks()
    city.open(bulletin)
    words = pdf_text(read(city, "PDF"))
    best = city.page.locator("#places tbody tr").first
    for said in (OPENING, "打分办法", best.locator("th").inner_text(), best.locator("td").nth(1).inner_text()):
        assert "".join(said.split()) in words, said


def keeps_the_dossier(city: Reader, office: Office) -> str:
    """Open the dossier, put a paper, a picture and the table into it, pack it; return where the package stands."""
    city.open("/evidence/").press("建立").sees("测评档案", "应有")
    dossier = city.page.url
    city.page.locator("#clause-1\\.1").get_by_role("link", name="规范文件").click()
    for label, typed in (
        ("文件标题", "志愿服务工作规范"),
        ("文号", "襄文明办〔2026〕12 号"),
        ("发文单位", "襄阳市文明办"),
    ):
        city.fill(label, typed)
    city.fill("发文日期", f"{clock.today().year}-02-10")
    choose(city, "规范.pdf", "application/pdf", paper()).press("加进档案").sees("志愿服务工作规范")

    city.open(dossier).page.locator("#clause-1\\.3").get_by_role("link", name="实景图片").click()
    caption = {"地点": "樊城区汉江街道广场", "人物": "社区志愿者 20 人", "事由": "为居民磨刀、理发"}
    for label, typed in {"时间（哪天拍的）": f"{clock.today().year}-03-05", **caption}.items():
        city.fill(label, typed)
    choose(city, "集市.jpg", "image/jpeg", old_photo())
    city.page.locator("main form").evaluate("form => { form.noValidate = true }")
    city.press("加进档案").sees("请填写")
    for label, typed in caption.items():
        expect(city.page.get_by_label(label)).to_have_value(typed)
    city.look("month-14-no-theme").fill("主题", "学雷锋志愿服务集市")
    choose(city, "集市.jpg", "image/jpeg", old_photo()).press("加进档案").sees("学雷锋志愿服务集市")

    city.open(dossier).press("补上月末的表").look("month-15-dossier")
    city.follow("汇编成册").sees("材料还没齐").look("month-15-pack").press("就这样汇编").sees("正在排队")
    task = city.page.url
    office.do_tasks()
    city.open(task).follow("去看结果").sees("第 1 次汇编", "完备").look("month-16-package")
    digests_hold(taken(city, "下载汇编"), city.page.locator("main").inner_text())
    return city.page.url


def digests_hold(content: bytes, page: str) -> None:
    """Require that the page names the package's digest, and its index that of every file."""
    assert sha256(content).hexdigest() in page
    with zipfile.ZipFile(BytesIO(content)) as bundle:
        index = json.loads(bundle.read("目录.json"))
        listed = {one["path"]: one["sha256"] for one in index["files"]}
        assert listed == {path: sha256(bundle.read(path)).hexdigest() for path in listed}
        assert {*listed, "目录.json", "目录.csv"} == set(bundle.namelist())
        book = next(path for path in listed if path.endswith(".pdf") and "/" not in path)
        words = pdf_text(bundle.read(book))
    for said in ("目录", "志愿服务工作规范", "学雷锋志愿服务集市", "为居民磨刀、理发", "No.12oftheoffice"):
        assert said in words, said


def only_reads(assessor: Reader, package: str) -> None:
    """See the whole dossier and take the package, and find nothing to change."""
    assessor.open("/evidence/").follow("襄阳市").sees("志愿服务工作规范", "学雷锋志愿服务集市", "第 1 次汇编")
    dossier = assessor.look("month-17-assessor").page.url
    expect(assessor.page.locator("main form")).to_have_count(0)
    expect(assessor.page.get_by_role("link", name="实景图片")).to_have_count(0)
    sent = {"csrf_token": token_of(assessor)}
    for path in (f"{dossier}/packages", f"{dossier}/tables", f"{dossier}/note/new"):
        assert assessor.context.request.post(path, form=sent, max_redirects=0).status == 403, path
    digests_hold(taken(assessor.open(package), "下载汇编"), assessor.page.locator("main").inner_text())


def stands_before_the_wall(city: Reader, office: Office) -> None:
    """Read on the screen what the dashboard says."""
    tiles = city.open("/metrics/").page.locator(".tile .tile-number").all_inner_texts()
    city.open(f"/screen/{CITY}").look("month-18-screen")
    walls = city.page.locator(".wall-tile .wall-number").all_inner_texts()
    assert [re.sub(r"\s", "", one) for one in walls] == [re.sub(r"\s", "", one) for one in tiles]
    counted = (
        office.share(CITY, "registered", "residents"),
        office.share(CITY, "active", "registered"),
        office.hours_a_head(CITY)[0] + "小时",
        office.share(CITY, "supporting", "valid_answers"),
    )
    assert tuple(re.sub(r"\s", "", one) for one in walls) == counted
