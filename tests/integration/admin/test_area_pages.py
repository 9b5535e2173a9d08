"""The office looks through its part of the tree and loads files after seeing what they change."""

import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models.areas import Area, AreaPopulation
from models.audit import AuditEvent
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock

AREAS = "代码,名称,级别,上级代码\n"
POPULATIONS = "代码,年份,常住人口,来源\n"
ELSEWHERE = ("樊城", "汉江", "邵家巷")


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city."""
    return browser.sign_in(cast.office())


@pytest.fixture
def district(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of 襄城区."""
    return browser.sign_in(cast.office(code="420602", name="区里的小何"))


def upload(browser: Browser, path: str, text: str | bytes, name: str = "table.csv", **options: Any) -> TestResponse:
    data = text if isinstance(text, bytes) else text.encode()
    return browser.post(path, {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data", **options)


def carried(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'name="(packed|kept|seen)" type="hidden" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def set_figure(browser: Browser, address: str, residents: str, source: str = "台账", **typed: str) -> TestResponse:
    """Type one community's figure, see what it changes, and store it."""
    page = browser.post(address, {"residents": residents, "source": source, **typed}, expect=200)
    action = html.unescape(re.findall(r'action="([^"]*/population/confirm[^"]*)"', page.text)[0])
    return browser.submit(action, carried(page))


def count(browser: Browser, table: type) -> int:
    with browser.app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def names(browser: Browser) -> dict[str, str]:
    with browser.app.app_context():
        return dict(db.session.execute(select(Area.code, Area.name)).all())


def test_the_city_opens_downwards_to_a_community(city: Browser):
    assert "襄城区" in city.get("/admin/areas").text
    assert "真武山街道" in city.get("/admin/areas/420602").text
    assert "周公庙社区" in city.get("/admin/areas/420602001").text
    assert "还没有常住人口" in city.get("/admin/areas/420602001001").text


def test_words_find_areas_by_name_and_code(city: Browser):
    assert "岘山社区" in city.get("/admin/areas?q=岘山").text
    assert "荆州街社区" in city.get("/admin/areas?q=420602002001").text
    assert "没有找到" in city.get("/admin/areas?q=%25").text
    city.get("/admin/areas?q=无%00此地", expect=404)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/areas/420606",
        "/admin/areas/420600",
        "/admin/areas/420606001001/population",
        "/admin/areas/420606/population/table",
        "/admin/areas/999999",
        "/admin/areas/４２０６０２",
    ],
)
def test_another_district_is_not_there(district: Browser, path: str):
    district.get(path, expect=404)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/areas",
        "/admin/areas/420602",
        "/admin/areas?q=社区",
        "/admin/areas/420602/population",
        "/admin/areas/420602/population/table",
        "/admin/staff/grant",
        "/surveys/results/create",
    ],
)
def test_nothing_of_another_district_is_shown(district: Browser, path: str):
    page = district.get(path).text
    assert "襄城" in page or "周公庙" in page
    assert not [word for word in ELSEWHERE if word in page]


def test_two_districts_of_one_reader_stand_side_by_side(cast: Cast, browser: Browser):
    from volunteer.kernel.permissions import Role

    account = cast.office(code="420602")
    cast.grant(account, Role.OFFICE_ADMIN, area=cast.area("420606001"))
    page = browser.sign_in(account).get("/admin/areas").text
    assert "襄城区" in page
    assert "汉江街道" in page
    assert "樊城区" not in page


def test_a_file_of_areas_is_shown_and_then_stored(city: Browser):
    page = upload(
        city,
        "/admin/areas/import",
        AREAS + "420602001,真武山新街道,街道,420602\n420602003,庞公街道,街道,420602\n420606,樊城区,区,420600\n",
        expect=200,
    )
    for words in ("真武山街道", "真武山新街道", "庞公街道", "保存 2 处变动"):
        assert words in page.text
    assert names(city)["420602001"] == "真武山街道"
    landing = city.submit("/admin/areas/import/confirm", carried(page))
    assert "已导入：新增 1 个，改名 1 个" in landing.text
    assert names(city)["420602003"] == "庞公街道"
    assert names(city)["420602001"] == "真武山新街道"


def test_what_changed_meanwhile_is_shown_again_and_not_stored(city: Browser):
    page = upload(city, "/admin/areas/import", AREAS + "420602003,庞公街道,街道,420602\n", expect=200)
    city.submit("/admin/areas/import/confirm", carried(page))
    again = city.post("/admin/areas/import/confirm", carried(page), expect=422)
    assert "数据刚刚有变动" in again.text


@pytest.mark.parametrize("packed", ["", "不是", "eJwDAAAAAAE="])
def test_a_broken_confirmation_stores_nothing(city: Browser, packed: str):
    page = city.post("/admin/areas/import/confirm", {"packed": packed, "seen": "x"}, expect=422)
    assert "上传的内容不完整" in page.text
    assert count(city, Area) == 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AREAS + "420602003,庞公街道,街道,420602\n420602003,庞公街道,街道,420602\n", "和第 2 行重复"),
        (AREAS + "420602009001,孤儿社区,社区,420602009\n", "找不到上级“420602009”"),
        (AREAS + "420602003,庞公街道,乡里,420602\n", "级别只有市、区县、街道乡镇、社区（村），没有“乡里”"),
        ("420602003,庞公街道\n1,2\n", "表头里缺少这些列"),
        (AREAS, "文件里没有数据"),
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\0\0", "这不是表格文件"),
        (AREAS + "420700,鄂州市,市,\n", "这里已经有襄阳市（420600）"),
    ],
)
def test_a_faulty_file_is_refused_with_its_rows(city: Browser, text: str | bytes, words: str):
    page = upload(city, "/admin/areas/import", text, expect=422)
    assert words in page.text
    assert count(city, Area) == 10


def test_no_file_at_all_is_asked_for(city: Browser):
    assert "请选择一个文件" in city.post("/admin/areas/import", {}, expect=422).text


def test_fifty_megabytes_are_refused_before_they_are_read(city: Browser):
    body = b"1" * 50_000_000
    page = city.post("/admin/population/import", body, content_type="multipart/form-data; boundary=x", expect=413)  # type: ignore[arg-type]
    assert "内容太大了" in page.text


def test_a_district_cannot_rename_another_one_by_file(district: Browser):
    page = upload(district, "/admin/areas/import", AREAS + "420606001,改名街道,街道,420606\n", expect=422)
    assert "不归您管" in page.text
    assert names(district)["420606001"] == "汉江街道"


def test_a_file_of_populations_shows_its_effect_and_is_then_stored(city: Browser):
    first = upload(city, "/admin/population/import", POPULATIONS + "420602001001,2025,3000,台账\n", expect=200)
    city.submit("/admin/population/import/confirm", carried(first))
    text = POPULATIONS + "420602001001,2025,6500,普查\n420606001001,2025,900,普查\n"
    page = upload(city, "/admin/population/import", text.encode("gbk"), expect=200).text
    for words in (
        "3,000",
        "6,500",
        "+3,500",
        "7,400",
        "+4,400",
        "1 → 2",
        "1 个社区的人数翻倍或减半",
        "请核对",
        "保存 2 个数",
    ):
        assert words in page
    landing = city.submit(
        "/admin/population/import/confirm", carried(upload(city, "/admin/population/import", text, expect=200))
    )
    assert "已保存 2 个社区的常住人口" in landing.text
    assert "7,400" in landing.text
    assert "缺 2 个社区" in landing.text


def test_a_workbook_of_populations_is_read(city: Browser):
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["社区名称", "代码", "年份", "常住人口", "来源"])
        sheet.write_row(1, 0, ["周公庙社区", 420602001001, 2025, 3000, "台账"])
    page = upload(city, "/admin/population/import", out.getvalue(), "人口.xlsx", expect=200)
    assert "保存 1 个数" in page.text


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("420602001001,2025,-1,台账", "人数不能是负数"),
        ("420602001001,2025,,台账", "没有填人数；不知道人数的社区不要放进文件"),
        ("420602001001,25,3000,台账", "年份要在 1990 到"),
        ("420602001001,2025,3000,", "没有填来源"),
        ("420602,2025,3000,台账", "社区（村）的代码是 12 位数字"),
    ],
)
def test_a_faulty_population_is_refused_with_its_row(city: Browser, row: str, words: str):
    page = upload(city, "/admin/population/import", POPULATIONS + row + "\n420602001002,2025,5,台账\n", expect=422)
    assert words in page.text
    assert count(city, AreaPopulation) == 0


def test_a_missing_figure_is_marked_and_filled_in_its_row(city: Browser):
    page = city.get("/admin/areas/420602001/population?year=2025").text
    assert "缺 2 个社区" in page
    form = city.get("/admin/areas/420602001/population?year=2025&edit=420602001001").text
    assert 'id="residents"' in form
    address = "/admin/areas/420602001001/population?at=420602001&year=2025"
    page = set_figure(city, address, "３０００", "2025 年台账").text
    assert "已保存周公庙社区 2025 年的常住人口" in page
    assert "缺 1 个社区" in page
    only_missing = city.get("/admin/areas/420602001/population?year=2025&missing=1").text
    assert "岘山社区" in only_missing
    assert "周公庙社区" not in only_missing


def test_a_faulty_figure_stays_in_its_row_with_what_is_wrong(city: Browser):
    address = "/admin/areas/420602001001/population?at=420602001&year=2025"
    page = city.post(address, {"residents": "三千", "source": "台账"}, expect=422).text
    assert "人数要填整数" in page
    assert 'value="三千"' in page
    assert count(city, AreaPopulation) == 0
    assert "请填写来源" in city.post(address, {"residents": "3000"}, expect=422).text


def test_a_figure_of_another_district_cannot_be_set(district: Browser):
    figure = {"residents": "3000", "source": "台账"}
    district.post("/admin/areas/420606001001/population?at=420602&year=2025", figure, expect=404)
    district.post("/admin/areas/420602001001/population?at=420606&year=2025", figure, expect=404)
    assert count(district, AreaPopulation) == 0


def test_a_street_has_no_figure_of_its_own(city: Browser):
    city.post("/admin/areas/420602001/population?year=2025", {"residents": "3", "source": "台账"}, expect=409)


def test_the_table_to_fill_in_comes_back_as_it_is_read(city: Browser, cast: Cast):
    area = cast.area()
    cast.add(
        AreaPopulation(
            area_id=area.id, year=2025, residents=3000, source="台账", recorded_at=clock.now(), recorded_by=None
        )
    )
    table = city.get("/admin/areas/420602001/population/table?year=2025")
    lines = table.get_data().decode("utf-8-sig").splitlines()
    assert lines[:2] == ["代码,名称,年份,常住人口,来源,是否建成区", "420602001001,周公庙社区,2025,3000,台账,是"]
    filled = table.get_data().replace(b",2025,,,", ",2025,80,台账,".encode())
    assert "保存 1 个数" in upload(city, "/admin/population/import", filled, expect=200).text


def test_the_former_figure_is_in_the_trail(city: Browser):
    address = "/admin/areas/420602001001/population?year=2025"
    for residents in ("3000", "3100"):
        set_figure(city, address, residents)
    page = city.get("/admin/audit?room=areas").text
    assert "原来 3,000" in page
    assert "现在 3,100" in page
    assert count(city, AuditEvent) == 2


def test_pages_beyond_the_end_and_strange_years_are_answered(city: Browser):
    city.get("/admin/areas/420600/population?page=1000000000&year=９９９９")
    city.get("/admin/areas/420600/population?page=-1&year=0001&edit=%25")
    city.get("/admin/areas?year=20266")
