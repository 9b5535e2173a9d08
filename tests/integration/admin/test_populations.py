"""Populations: what a change does to the ratios is seen before it is stored, and every change is kept."""

import io
import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError

from models.areas import AreaPopulation, PopulationChange, PopulationFile
from models.base import db
from models.metrics import FigureDelta
from tests.cast import Cast
from tests.client import Browser
from tests.integration.admin.test_area_pages import carried, set_figure, upload
from volunteer.kernel import clock
from volunteer.metrics.edition_operations import ensure_shipped_edition

COMMUNITY = "420602001001"
HEADING = "代码,年份,常住人口,来源,是否建成区\n"
IMPORT, CONFIRM = "/admin/population/import", "/admin/population/import/confirm"


@pytest.fixture
def city(app: Flask, cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of a city with the shipped edition."""
    cast.city()
    with app.app_context():
        ensure_shipped_edition()
        db.session.commit()
    return browser.sign_in(cast.office())


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("<main")[2]))


def count(browser: Browser, table: type) -> int:
    with browser.app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def this_year() -> int:
    return clock.today().year


def rows(*lines: str) -> str:
    return HEADING + "".join(f"{line}\n" for line in lines)


def whole_city(**others: str) -> str:
    """Return a file of all four communities; those of `others` otherwise."""
    usual = {"420602001001": "225000,台账,", "420602001002": "225000,台账,", "420602002001": "225000,台账,"}
    usual |= {"420606001001": "225000,台账,"} | {f"42060{code}": line for code, line in others.items()}
    return rows(*(f"{code},{this_year()},{line}" for code, line in usual.items()))


def register(browser: Browser, cast: Cast, count: int) -> None:
    """Let figures say that so many people are registered in the first community."""
    area = cast.area(COMMUNITY)
    day = date(this_year(), 1, 1)
    with browser.app.app_context():
        for one in area.lineage.split("/"):
            for grain in "dmy":
                key = {"area_id": cast.area(one).id, "grain": grain, "starts_on": day}
                db.session.add(FigureDelta(**key, registered=count))
        db.session.commit()


def test_a_population_of_nobody_is_pointed_at(city: Browser, cast: Cast) -> None:
    with city.app.app_context():
        held = {"area_id": cast.area(COMMUNITY).id, "year": this_year(), "source": "台账", "recorded_at": clock.now()}
        db.session.add(AreaPopulation(**held, residents=0))
        db.session.commit()
    page = city.get(f"/admin/areas/420600/population?year={this_year()}").text
    assert "1 个建成区的社区（村）填的是 0 人" in page
    assert page.count("填的是 0</span>") == 1


@pytest.mark.parametrize(
    ("registered", "said", "city_shows", "verdict"),
    [
        (90_000, "10.00% 达标 90,000 ÷ 900,000", "10.00%", "达标"),
        (89_999, "9.99% 未达标 89,999 ÷ 900,000", "9.99%", "还差 1 人"),
    ],
)
def test_a_tenth_is_met_and_one_person_less_is_not(
    city: Browser, cast: Cast, registered: int, said: str, city_shows: str, verdict: str
) -> None:
    register(city, cast, registered)
    preview = upload(city, IMPORT, whole_city(), expect=200)
    assert f"襄阳市 暂无数据 4 个社区没有常住人口数据，补齐后才能算 {said}" in words(preview.text)
    city.submit(CONFIRM, carried(preview))
    page = words(city.get("/metrics/areas/420600/registered_share").text)
    assert f"{city_shows} {verdict}" in page
    assert "一共 4 个：4 个计入，0 个不在建成区、不计入，0 个还没有数" in page


def test_a_community_outside_the_built_up_area_neither_counts_nor_is_missing(city: Browser, cast: Cast) -> None:
    register(city, cast, 90)
    text = whole_city(
        **{"2001001": "900,台账,是", "2001002": "100,台账,是", "2002001": "5000,台账,否", "6001001": "9,台账,不在"}
    )
    preview = upload(city, IMPORT, text, expect=200)
    assert "9.00% 未达标 90 ÷ 1,000" in words(preview.text)
    assert "樊城区 暂无数据 1 个社区没有常住人口数据，补齐后才能算 暂无数据 不在建成区，不计算" in words(preview.text)
    city.submit(CONFIRM, carried(preview))
    page = words(city.get("/metrics/areas/420600/registered_share").text)
    assert "一共 4 个：2 个计入，2 个不在建成区、不计入，0 个还没有数" in page
    assert "不在建成区的 2 个社区（村）的人口" in page
    assert "不在建成区，不计算" in words(city.get("/metrics/areas/420606/registered_share").text)
    listed = words(city.get(f"/admin/areas/420600/population?year={this_year()}").text)
    assert "都填了" in listed
    assert "一共 4 个，其中 2 个不在建成区，不算" in listed
    assert "不在建成区" in words(city.get("/admin/areas/420606").text)
    # A later file that does not say leaves it as it was.
    again = upload(city, IMPORT, f"代码,年份,常住人口,来源\n420602002001,{this_year()},6000,新台账\n", expect=200)
    city.submit(CONFIRM, carried(again))
    with city.app.app_context():
        kept = db.session.scalars(select(AreaPopulation).where(AreaPopulation.residents == 6000)).one()
        assert kept.is_built_up is False


def test_one_figure_says_what_it_changes_up_to_the_city_and_is_then_stored(city: Browser, cast: Cast) -> None:
    register(city, cast, 50)
    city.submit(CONFIRM, carried(upload(city, IMPORT, whole_city(), expect=200)))
    address = f"/admin/areas/{COMMUNITY}/population?at=420602001&year={this_year()}"
    page = city.post(address, {"residents": "400", "source": "普查", "is_built_up": "yes"}, expect=200).text
    assert "周公庙社区 0.02% 未达标 50 ÷ 225,000 12.50% 达标 50 ÷ 400" in words(page)
    assert "襄阳市 0.00% 未达标 50 ÷ 900,000 0.00% 未达标 50 ÷ 675,400" in words(page)
    assert count(city, PopulationChange) == 4
    landing = set_figure(city, address, "400", "普查", is_built_up="no")
    assert "不在建成区" in landing.text
    assert count(city, PopulationChange) == 5
    history = words(city.get(f"/admin/areas/{COMMUNITY}/population/history?year={this_year()}").text)
    assert f"周公庙社区 {this_year()} 225,000 400 不在建成区 普查 文明办的老周" in history


def test_a_year_to_come_changes_nothing_now(city: Browser) -> None:
    text = rows(f"{COMMUNITY},{this_year() + 1},3000,预测,是")
    assert f"{this_year() + 1} 年还没有开始" in upload(city, IMPORT, text, expect=200).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("420602001001,0,3000,台账,是", "年份要在 1990 到"),
        ("420602001001,2100,3000,台账,是", "年份要在 1990 到"),
        ("420602001001,,3000,台账,是", "没有填年份"),
        ("420602001001,2025,-3000,台账,是", "人数不能是负数"),
        ("420602001001,2025,99999999,台账,是", "最多 1,000,000 人"),
        ("420602001001,2025,,台账,是", "没有填人数"),
        ("420602001001,2025,3000,台账,大概", "填“是”或“否”，不是“大概”"),
        ("420602001002,2025,3000,台账,否", "和第 2 行重复"),
    ],
)
def test_every_bad_row_is_refused_in_its_row_and_no_file_is_kept(city: Browser, line: str, said: str) -> None:
    page = upload(city, IMPORT, rows("420602001002,2025,5,台账,是", line), expect=422)
    assert re.search(rf"3 [^/]*{re.escape(said)}", words(page.text))
    assert (count(city, AreaPopulation), count(city, PopulationFile)) == (0, 0)


def test_the_file_is_kept_byte_for_byte_and_only_for_those_who_hold_all_of_it(city: Browser, cast: Cast) -> None:
    content = whole_city().encode("gb18030")
    data = {"file": (io.BytesIO(content), "人口 2026.csv")}
    preview = city.post(IMPORT, data, content_type="multipart/form-data", expect=200)
    assert "人口 2026.csv" not in city.get("/admin/areas/420600/population/history").text
    city.submit(CONFIRM, carried(preview))
    history = city.get("/admin/areas/420602/population/history").text
    assert history.count("人口 2026.csv") == 3
    (address,) = set(re.findall(r'href="(/admin/population/files/[^"]+)"', history))
    assert city.get(address).get_data() == content
    browser = Browser(city.app)
    browser.sign_in(cast.office(code="420602", name="区里的小何")).get(address, expect=404)
    with pytest.raises(DatabaseError), city.app.app_context():
        db.session.execute(delete(PopulationChange))


def test_nobody_confirms_a_file_of_somebody_else(city: Browser, cast: Cast) -> None:
    preview = upload(city, IMPORT, whole_city(), expect=200)
    browser = Browser(city.app)
    page = browser.sign_in(cast.office(name="另一位")).post(CONFIRM, carried(preview), expect=422)
    assert "没有找到刚才的文件" in page.text
    assert count(city, AreaPopulation) == 0
