"""What the office sees: numbers with their verdicts, the way down to people, files, clear answers to bad choices."""

import csv
import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO, StringIO
from itertools import pairwise

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from models.base import db
from models.metrics import EditionIndicator
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.metrics import queries
from volunteer.metrics.rules import IndicatorCode
from volunteer.organizations.rules import OrganizationStatus

CITY, DISTRICT, STREET, COMMUNITY = "420600", "420602", "420602001", "420602001001"
ON = "as_of=2026-06-15"
PAGES = [f"/metrics/areas/{code}" for code in (CITY, DISTRICT, STREET, COMMUNITY)]


@pytest.fixture
def office(cast: Cast, browser: Browser, ledger: Ledger) -> Browser:
    """Return the browser of the city's office."""
    return browser.sign_in(cast.office())


def words(response: TestResponse) -> str:
    """Return the text of a page, tags and folded spaces out."""
    markup = re.sub(r"<svg.*?</svg>", "", response.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def rows_of(response: TestResponse) -> list[list[str]]:
    return list(csv.reader(StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_the_tiles_show_value_verdict_threshold_and_edition(office: Browser) -> None:
    page = words(office.get(f"/metrics/?{ON}"))
    for said in (
        "注册志愿者占常住人口比例 10.00% 达标 标准 10% · 2017 版《全国文明城市测评体系（地级以上）》 注册志愿者 10 人",
        "参加活动的志愿者占比 40.00% 还差 3 人 标准 70%",
        "注册志愿者人均服务时间 0.75 小时 人均还差 24.25 小时 标准 25 小时",
        "市民认同和支持率 92.00% 2026 年 3 月 1 日调查 达标 标准 90%",
        "本年：2026 年 1 月 1 日至 6 月 15 日 · 全部口径 · 全部记录已计入",
    ):
        assert said in page


@pytest.mark.parametrize(
    ("window", "total", "active", "hours"),
    [
        ("calendar_year", "strict", "3 / 10", "4 小时 30 分 / 10"),
        ("calendar_year", "inclusive", "4 / 10", "7 小时 35 分 / 10"),
        ("rolling_year", "strict", "4 / 10", "12 小时 30 分 / 10"),
        ("material", "inclusive", "5 / 10", "15 小时 35 分 / 10"),
    ],
)
def test_window_and_total_decide_what_counts(office: Browser, window: str, total: str, active: str, hours: str) -> None:
    page = words(office.get(f"/metrics/?{ON}&window={window}&total={total}"))
    assert active in page
    assert hours in page


def test_the_page_says_what_is_still_on_its_way_and_counts_it_once_taken_in(office: Browser, ledger: Ledger) -> None:
    volunteer = ledger.volunteer("420606001001")
    entry = ledger.serve(volunteer, date(2026, 6, 1), 100)
    waiting = words(office.get(f"/metrics/?{ON}"))
    assert "还有 2 条记录正在计入" in waiting
    assert "7 小时 35 分 / 10" in waiting
    ledger.settle()
    assert "9 小时 15 分 / 11" in words(office.get(f"/metrics/?{ON}"))
    ledger.reverse(entry, volunteer)
    ledger.settle()
    assert "7 小时 35 分 / 11" in words(office.get(f"/metrics/?{ON}"))


@pytest.mark.parametrize("page", PAGES)
def test_every_area_down_to_the_community_has_its_page_and_explains_its_numbers(office: Browser, page: str) -> None:
    markup = office.get(f"{page}?{ON}").get_data(as_text=True)
    for code in IndicatorCode:
        assert f'href="{page}/{code}?as_of=2026-06-15&amp;window=calendar_year&amp;total=inclusive"' in markup
        explained = words(office.get(f"{page}/{code}?{ON}"))
        assert "怎么算的" in explained
        assert "不算在内" in explained


def test_the_way_leads_down_and_back_up(office: Browser) -> None:
    for above, below in pairwise(PAGES):
        assert f'href="{below}?' in office.get(f"{above}?{ON}").get_data(as_text=True)
        assert f'href="{above}?' in office.get(f"{below}?{ON}").get_data(as_text=True)


def test_the_parts_add_up_to_the_whole(office: Browser) -> None:
    heading, *rows = rows_of(office.get(f"/metrics/areas/{CITY}/table.csv?{ON}"))
    districts, total = rows[:2], rows[2]
    assert [row[0] for row in (*districts, total)] == ["襄城区", "樊城区", "襄阳市"]
    for name in ("注册志愿者人数", "建成区常住人口", "参加过活动的注册志愿者人数"):
        column = heading.index(name)
        assert sum(int(row[column]) for row in districts) == int(total[column])
    assert total[1:5] == ["10", "100", "10.00%", "达标"]


def test_excel_holds_what_csv_holds(office: Browser) -> None:
    response = office.get(f"/metrics/areas/{DISTRICT}/table.xlsx?{ON}&sort=-registered_share")
    sheet = CalamineWorkbook.from_filelike(BytesIO(response.get_data())).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet if row[0] in ("古城街道", "真武山街道", "襄城区")] == [
        "古城街道",
        "真武山街道",
        "襄城区",
    ]
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_the_table_sorts_by_any_indicator_and_shrugs_at_nonsense(office: Browser) -> None:
    def order(sort: str) -> list[str]:
        rows = rows_of(office.get(f"/metrics/areas/{DISTRICT}/table.csv?{ON}&sort={sort}"))
        return [row[0] for row in rows[1:3]]

    assert order("-registered_share") == ["古城街道", "真武山街道"]
    assert order("registered_share") == ["真武山街道", "古城街道"]
    assert order("'; DROP TABLE area;--") == order("") == ["真武山街道", "古城街道"]
    marked = office.get(f"/metrics/areas/{DISTRICT}?{ON}&sort=-active_share").get_data(as_text=True)
    assert 'aria-sort="descending"' in marked


def test_below_a_community_stand_its_people_masked_longest_service_first(office: Browser) -> None:
    page = words(office.get(f"/metrics/areas/{COMMUNITY}?{ON}"))
    assert "阿** 2025-01-01 3 小时 35 分" in page
    assert "合计 4 人 7 小时 35 分" in page
    assert "张伟" not in page
    assert "热西提" not in page
    strict = words(office.get(f"/metrics/areas/{COMMUNITY}/hours_per_head?{ON}&total=strict"))
    assert "阿** 2025-01-01 1 小时 30 分" in strict
    assert "补录、纸质签到和导入的服务：3 小时 5 分" in strict
    assert "刘* 2025-01-01 没有服务" in strict


def test_the_list_of_people_is_the_list_of_that_day(office: Browser) -> None:
    assert "这一天还没有注册志愿者" in words(office.get(f"/metrics/areas/{COMMUNITY}?as_of=2024-12-31"))
    rows = rows_of(office.get(f"/metrics/areas/{COMMUNITY}/people.csv?{ON}"))
    assert rows[1][1:] == ["阿**", "2025-01-01", "3.58"]
    assert len([row for row in rows if row and row[0].startswith("V420602")]) == 4
    office.get(f"/metrics/areas/{DISTRICT}/people.csv?{ON}", expect=404)


def test_an_assessor_reads_numbers_but_no_names(cast: Cast, browser: Browser, ledger: Ledger) -> None:
    browser.sign_in(cast.office(Role.ASSESSOR))
    page = words(browser.get(f"/metrics/areas/{COMMUNITY}?{ON}"))
    assert "您的账号能看数字，不能看名单" in page
    assert "阿**" not in page
    browser.get(f"/metrics/areas/{COMMUNITY}/people.csv", expect=403)


def test_a_district_sees_its_own_part_alone(cast: Cast, browser: Browser, ledger: Ledger) -> None:
    browser.sign_in(cast.office(Role.OFFICE_STAFF, DISTRICT))
    start = browser.get(f"/metrics/?{ON}")
    assert "襄城区志愿服务指标" in words(start)
    assert "樊城区" not in words(start)
    assert "/metrics/areas/420600" not in start.get_data(as_text=True)
    browser.get(f"/metrics/areas/{COMMUNITY}?{ON}")
    for code in (CITY, "420606", "420606001001"):
        browser.get(f"/metrics/areas/{code}", expect=404)
        browser.get(f"/metrics/areas/{code}/active_share", expect=404)
        browser.get(f"/metrics/areas/{code}/table.csv", expect=404)
        browser.get(f"/metrics/areas/{code}/active_share/trend.csv", expect=404)
    browser.get("/metrics/areas/420606001001/people.csv", expect=404)


def test_who_has_two_districts_finds_both(cast: Cast, browser: Browser, ledger: Ledger) -> None:
    account = cast.office(Role.OFFICE_STAFF, DISTRICT)
    cast.grant(account, Role.OFFICE_STAFF, area=cast.area("420606"))
    page = browser.sign_in(account).get("/metrics/").get_data(as_text=True)
    assert 'href="/metrics/areas/420606?' in page


def test_residents_and_visitors_do_not_see_it(cast: Cast, browser: Browser, ledger: Ledger) -> None:
    browser.get("/metrics/", expect=302)
    browser.sign_in(cast.account()).get("/metrics/", expect=403)


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        ("as_of=2026-02-30", "没有这一天，请按 2026-11-22 的样子填写"),
        ("as_of=昨天", "没有这一天，请按 2026-11-22 的样子填写"),
        ("as_of=1066-10-14", "日期要在 1950 年到 2199 年之间"),
        ("window=decade", "没有这个选项，请从列表里选一项"),
        ("total=double", "没有这个选项，请从列表里选一项"),
    ],
)
@pytest.mark.parametrize("path", ["/metrics/", f"/metrics/areas/{COMMUNITY}/active_share"])
def test_a_senseless_choice_is_answered_on_its_field(office: Browser, path: str, choice: str, answer: str) -> None:
    page = office.get(f"{path}?{choice}", expect=422)
    assert answer in words(page)
    office.get(f"/metrics/areas/{CITY}/table.csv?{choice}", expect=422)


def test_what_was_typed_stays(office: Browser) -> None:
    page = office.get("/metrics/?as_of=2026-02-30&window=material", expect=422).get_data(as_text=True)
    assert 'value="2026-02-30"' in page
    assert re.search(r'<option selected[^>]*value="material"', page)


def test_tomorrow_is_refused_and_today_is_not(office: Browser) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    assert "日期不能在今天以后" in words(office.get(f"/metrics/?as_of={tomorrow}", expect=422))
    office.get(f"/metrics/?as_of={clock.today()}")
    office.get("/metrics/?as_of=２０２６-06-15&window=&total=")


def test_before_the_first_record_there_is_no_data_and_no_verdict(office: Browser) -> None:
    page = words(office.get("/metrics/?as_of=2016-12-31"))
    assert "还没有注册志愿者，算不出来" in page
    assert "没有有效的测评体系" in page
    assert "达标" not in page.replace("未达标", "")


@pytest.mark.parametrize("page", ["1000000000", "-1", "0", "abc", "９", "99999999999999999999"])
def test_a_page_beyond_the_list_is_its_last(office: Browser, page: str) -> None:
    assert "阿**" in words(office.get(f"/metrics/areas/{COMMUNITY}?{ON}&page={page}"))


@pytest.mark.parametrize("code", ["420699", "420602001099", "1", "4206020010010", "abcdef", "420602'--"])
def test_an_unknown_area_is_not_found(office: Browser, code: str) -> None:
    office.get(f"/metrics/areas/{code}", expect=404)
    office.get(f"/metrics/areas/{CITY}/happiness", expect=404)


def test_a_missing_population_is_missing_and_never_nothing(office: Browser, ledger: Ledger) -> None:
    page = words(office.get("/metrics/?as_of=2025-06-15"))
    assert "4 个社区没有常住人口数据，补齐后才能算" in page
    assert "4 个社区缺 2025 年常住人口" in page


def test_the_side_says_what_waits_for_a_decision(office: Browser, cast: Cast) -> None:
    assert "没有等着办的事" in words(office.get(f"/metrics/?{ON}"))
    cast.organization(name="汉江护鸟队", status=OrganizationStatus.PENDING)
    page = office.get(f"/metrics/?{ON}")
    assert "1 个组织等待审核" in words(page)
    assert 'href="/admin/organizations' in page.get_data(as_text=True)


def test_the_trend_has_a_table_and_a_file_with_the_same_days(office: Browser) -> None:
    page = words(office.get(f"/metrics/?{ON}&trend=hours_per_head"))
    assert "2025-12-31 0.80 0.80" in page
    rows = rows_of(office.get(f"/metrics/areas/{CITY}/hours_per_head/trend.csv?{ON}"))
    days = [row[0] for row in rows[1:14]]
    assert days[0] == "2025-06-30"
    assert days[-1] == "2026-06-15"
    assert rows[7] == ["2025-12-31", "8.00", "10", "0.80"]
    office.get(f"/metrics/?{ON}&trend=nonsense")


def test_ten_percent_is_met_exactly_and_one_person_less_is_not(office: Browser, ledger: Ledger) -> None:
    assert "10 / 100" in words(office.get(f"/metrics/?{ON}"))
    ledger.residents("420606001001", 41, year=2025)
    for code, count in (("420602001001", 30), ("420602001002", 20), ("420602002001", 10)):
        ledger.residents(code, count, year=2025)
    page = words(office.get("/metrics/?as_of=2025-12-31"))
    assert "9.90% 还差 1 人" in page


def test_a_threshold_that_changes_changes_the_verdict(office: Browser, app: Flask) -> None:
    with app.app_context():
        db.session.query(EditionIndicator).filter_by(code="active_share").update(
            {"threshold_numerator": 4, "threshold_denominator": 10}
        )
        db.session.commit()
    assert "40.00% 达标 标准 40%" in words(office.get(f"/metrics/?{ON}"))


def test_the_city_in_brief_is_what_the_dashboard_says(ledger: Ledger, context: Flask) -> None:
    summary = queries.city_summary(date(2026, 6, 15))
    assert summary is not None
    assert summary.area.name == "襄阳市"
    assert [one.value_text for one in summary.measurements] == ["10.00%", "40.00%", "0.75", "92.00%"]


def test_a_number_stands_beside_that_of_the_same_day_a_year_before(office: Browser) -> None:
    day = "as_of=2026-09-15"
    page = words(office.get(f"/metrics/?{day}"))
    for said in ("比去年同日高 30.00 个百分点", "比去年同日少 0.05 小时", "去年同日没有数据"):
        assert said in page
    explained = office.get(f"/metrics/areas/{CITY}/active_share?{day}")
    assert "比去年同日高 30.00 个百分点。 2025 年 9 月 15 日是 10.00%" in words(explained)
    assert "as_of=2025-09-15" in explained.text
    heading, *rows = rows_of(office.get(f"/metrics/areas/{CITY}/table.csv?{day}"))
    whole = next(row for row in rows if row[0] == "襄阳市")
    places = [place for place, words in enumerate(heading) if words == "去年同日"]
    assert [whole[place : place + 2] for place in places] == [
        ["—", "去年同日没有数据"],
        ["10.00%", "比去年同日高 30.00 个百分点"],
        ["0.80", "比去年同日少 0.05 小时"],
        ["—", "去年同日没有数据"],
    ]


def test_a_year_before_that_counts_few_is_not_told_to_who_sees_no_names(
    cast: Cast, browser: Browser, ledger: Ledger
) -> None:
    page = words(browser.sign_in(cast.office(Role.ASSESSOR)).get("/metrics/?as_of=2026-09-15"))
    assert "比去年同日高 30.00" not in page
    assert "少 0.05 小时" not in page


def test_without_a_tree_the_city_has_no_summary(context: Flask) -> None:
    assert queries.city_summary(date(2026, 6, 15)) is None


def test_the_dashboard_asks_a_handful_of_statements_however_many_areas(office: Browser, app: Flask) -> None:
    from sqlalchemy import event

    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    office.get(f"/metrics/?{ON}")
    assert len(asked) <= 40, f"{len(asked)}\n" + "\n".join(asked)
