"""What the office reads of the year's end: one source with the dashboard, what is missing, and what more would do."""

import csv
import re
from datetime import date
from io import BytesIO, StringIO

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from models.areas import Area
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from volunteer.forecasts import queries
from volunteer.forecasts.courses import MONTHS, Standing
from volunteer.forecasts.experience import experience_before
from volunteer.forecasts.needs import Aim
from volunteer.forecasts.rules import CODES, Verdict
from volunteer.kernel import clock
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import basis_for, report
from volunteer.metrics.rules import IndicatorCode

CITY, DISTRICT, STREET, COMMUNITY, EMPTY = "420600", "420602", "420602001", "420602001001", "420602002001"
JUNE, NOVEMBER = date(2026, 6, 30), date(2026, 11, 20)
HOURS = IndicatorCode.HOURS_PER_HEAD
pytestmark = pytest.mark.usefixtures("months")


def area_of(code: str) -> Area:
    return db.session.query(Area).filter_by(code=code).one()


@pytest.fixture
def office(cast: Cast, browser: Browser) -> Browser:
    return browser.sign_in(cast.office())


def test_one_stands_where_the_dashboard_stands(context: Flask) -> None:
    for as_of in (JUNE, NOVEMBER, date(2026, 7, 15)):
        for code in (CITY, DISTRICT, STREET, COMMUNITY):
            area = area_of(code)
            shown = report(area, basis_for(as_of, WindowKind.CALENDAR_YEAR, Total.STRICT, today=as_of, area=area))
            expected = queries.outlook_of(area, as_of, total=Total.STRICT).whole.expected
            figures = shown.whole.figures
            assert expected is not None
            assert expected.now == Standing(figures.registered, figures.active, figures.minutes)


def test_a_city_without_chance_is_forecast_closely_and_from_below_upward(context: Flask) -> None:
    outlook = queries.outlook_of(area_of(CITY), JUNE)
    assert outlook.whole.expected is not None
    came = Standing(0, 0, 60 * (60 + 40 + 1 + 90) * 32)
    assert abs(outlook.whole.expected.end.minutes - came.minutes) < 0.1 * came.minutes
    assert [day.month for day, _ in outlook.course] == list(range(6, MONTHS + 1))
    ends = [child.expected.end for child in outlook.children if child.expected]
    assert len(ends) == 2
    assert Standing(*map(sum, zip(*ends, strict=True))) == outlook.whole.expected.end
    streets = queries.forecasts_below(area_of(DISTRICT), JUNE)
    assert [one.area.code for one in streets] == [STREET, "420602002"]


def test_a_community_of_four_is_not_forecast_and_a_survey_never(context: Flask) -> None:
    one = queries.forecast_of(area_of(EMPTY), HOURS, JUNE)
    assert (one.expected, one.verdict) == (None, Verdict.NONE)
    assert str(one.verdict_words).startswith("数据不够，不预测")
    with pytest.raises(KeyError):
        queries.forecast_of(area_of(CITY), IndicatorCode.SUPPORT_SHARE, JUNE)


def test_on_the_last_day_there_is_nothing_left_to_forecast(context: Flask) -> None:
    for one in queries.outlook_of(area_of(CITY), date(2025, 12, 31)).whole.forecasts.values():
        assert str(one.verdict_words) == "今年已经结束"


def test_the_past_is_forecast_from_what_was_known_then(context: Flask) -> None:
    outlook = queries.outlook_of(area_of(COMMUNITY), date(2024, 6, 30))
    backtest = queries.backtest_of(area_of(COMMUNITY), outlook)
    assert outlook.whole.expected is not None
    assert backtest.years == []
    later = queries.outlook_of(area_of(COMMUNITY), NOVEMBER)
    assert queries.backtest_of(area_of(COMMUNITY), later).years == [2024, 2025]


def test_the_back_test_is_made_anew_when_an_older_year_changes(context: Flask) -> None:
    from models.metrics import FigureDelta

    before = experience_before(2026, Total.INCLUSIVE)
    assert experience_before(2026, Total.INCLUSIVE) is before
    area = area_of(COMMUNITY)
    for code in area.lineage.split("/"):
        row = db.session.get(FigureDelta, (area_of(code).id, "m", date(2025, 4, 1)))
        assert row is not None
        row.minutes_year_all += 90_000
    db.session.flush()
    assert experience_before(2026, Total.INCLUSIVE).by_level != before.by_level
    db.session.rollback()


def test_the_page_says_what_will_be_how_sure_and_how_it_was_before(office: Browser) -> None:
    page = office.get(f"/forecasts/{CITY}?as_of={JUNE}").text
    for said in (
        "襄阳市：到年底的预测",
        "区间",
        "以前准不准",
        "同去年",
        "直线外推",
        "人均服务时间",
        "chart-band",
        "樊城区",
    ):
        assert said in page
    assert re.search(r"预计(达标|差|人均差)|看不准", page)


def test_the_areas_below_are_sorted_by_what_is_expected(office: Browser) -> None:
    def names(sort: str) -> list[str]:
        page = office.get(f"/forecasts/{CITY}?as_of={JUNE}&total=strict&sort={sort}").text
        return re.findall(r'<th scope="row"><a href="/forecasts/\d+[^>]*>([^<]+)<', page)

    upward = names("hours_per_head")
    assert sorted(upward) == sorted(["襄城区", "樊城区"])
    assert names("-hours_per_head") == upward[::-1]
    assert names("nonsense") == ["襄城区", "樊城区"]


def test_more_saturdays_move_the_number_on_the_page(office: Browser) -> None:
    address = f"/forecasts/{COMMUNITY}?as_of={JUNE}&indicator=hours_per_head"
    plain = office.get(address).text
    tried = office.get(f"{address}&activities=2&people=30&hours=3&new_percent=20").text
    assert "加了以后" in tried
    assert "加了以后" not in plain

    def number(page: str) -> float:
        return float(re.findall(r'tile-number"><a [^>]*>([0-9.,]+)', page)[2].replace(",", ""))

    registered = registered_at_the_end(office)
    assert number(tried) - number(plain) == pytest.approx(2 * 30 * 3 / registered, abs=0.02)


def test_whom_to_urge_first_is_named_with_what_is_missing_its_forecast_and_an_order(
    cast: Cast, office: Browser, browser: Browser
) -> None:
    address = f"/forecasts/{CITY}?indicator=registered_share&as_of="
    page = office.get(f"{address}{clock.today()}").text
    assert "先催哪里：注册占比" in page
    named = re.findall(r'forecast-place"><a href="/forecasts/(\d+)', page)
    # The one of three people is not forecast, the first reaches a tenth of its residents; fewest are registered first.
    assert named == ["420606001001", "420602001002"]
    assert re.search(r"缺 \d+ 人", page)
    assert f"/supervision/orders/create?area={named[0]}&amp;indicator=registered_share" in page
    assert "/supervision/orders/create" not in office.get(f"{address}{JUNE}").text
    assert "先催哪里" not in office.get(f"/forecasts/{COMMUNITY}?indicator=registered_share").text
    reader = browser.sign_in(cast.office(Role.ASSESSOR))
    assert "/supervision/orders/create" not in reader.get(f"{address}{clock.today()}").text


def test_where_one_cannot_be_sure_the_page_says_what_would_make_it_sure(context: Flask) -> None:
    outlook = queries.outlook_of(area_of(CITY), JUNE)
    for code, one in outlook.whole.forecasts.items():
        if code is HOURS:  # no activity was held here, so that hours are not told in people
            continue
        aims = [need.aim for need in outlook.needs.get(code, ())]
        if one.verdict is Verdict.OPEN:
            assert aims[-1] is Aim.SURE
        assert (Aim.EXPECTED in aims) is (one.expected is not None and one.expected.is_met is False)


def registered_at_the_end(office: Browser) -> int:
    with office.app.app_context():
        expected = queries.outlook_of(area_of(COMMUNITY), JUNE).whole.expected
        assert expected is not None
        return expected.end.registered


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("activities=10000&people=30&hours=2&new_percent=20", "场数填 1 到 1,000"),
        ("activities=-2&people=30&hours=2&new_percent=20", "要填整数"),
        ("activities=&people=30&hours=2&new_percent=20", "要填整数"),
        ("activities=两&people=30&hours=2&new_percent=20", "要填整数"),
        ("activities=0&people=30&hours=2&new_percent=20", "场数填 1 到 1,000"),
        ("activities=2&people=30&hours=25&new_percent=20", "每场小时数填大于 0"),
        ("activities=2&people=30&hours=-1&new_percent=20", "要填数"),
        ("activities=2&people=30&hours=2&new_percent=101", "填 0 到 100"),
        ("activities=2&people=99999999999&hours=2&new_percent=20", "要填整数"),
    ],
)
def test_a_senseless_try_is_answered_on_its_field_and_kept(office: Browser, typed: str, said: str) -> None:
    page = office.get(f"/forecasts/{COMMUNITY}?as_of={JUNE}&{typed}", expect=422).text
    assert said in page
    assert f'value="{typed.split("&")[0].partition("=")[2]}"' in page
    assert "加了以后" not in page


@pytest.mark.parametrize(
    ("typed", "said"), [("2199-01-01", "日期不能在今天以后"), ("2026-02-30", "没有这一天"), ("1200-01-01", "之间")]
)
def test_a_senseless_day_is_answered_on_its_field(office: Browser, typed: str, said: str) -> None:
    page = office.get(f"/forecasts/{CITY}?as_of={typed}", expect=422).text
    assert said in page
    assert typed in page


def test_a_material_period_is_forecast_to_its_own_end(context: Flask) -> None:
    december = queries.outlook_of(area_of(CITY), NOVEMBER, until=date(2026, 12, 31))
    year = queries.outlook_of(area_of(CITY), NOVEMBER)
    assert december.whole.forecasts == year.whole.forecasts
    end = date(2027, 3, 31)
    march = queries.outlook_of(area_of(CITY), NOVEMBER, until=end)
    assert march.ends_on == end
    assert [day.month for day, _ in march.course] == [11, 12, 1, 2, 3]
    assert march.whole.expected is not None
    for child in march.children:
        for one in child.forecasts.values():
            assert one.ends_on == end
    ends = [child.expected.end for child in march.children if child.expected]
    assert Standing(*map(sum, zip(*ends, strict=True))) == march.whole.expected.end


def test_the_page_offers_material_periods_and_says_how_it_was_before(office: Browser) -> None:
    page = office.get(f"/forecasts/{CITY}?as_of={NOVEMBER}&until=2027-01-31").text
    for said in ("襄阳市：材料期到 2027 年 1 月 31 日的预测", "（2 月测评）", "往后看同样多的月"):
        assert said in page
    assert "until=2027-01-31" in page
    office.get(f"/forecasts/{CITY}/table.csv?as_of={NOVEMBER}&until=2027-01-31")
    for senseless in ("2027-01-30", "2026-10-31", "2028-01-31", "x"):
        refused = office.get(f"/forecasts/{CITY}?as_of={NOVEMBER}&until={senseless}", expect=422).text
        assert "没有这个选项，请从列表里选一项" in refused


def test_before_the_first_record_the_page_says_that_there_is_too_little(office: Browser) -> None:
    assert "数据不够，不预测" in office.get(f"/forecasts/{CITY}?as_of=2022-06-30").text


def test_the_table_goes_along_as_csv_and_excel(office: Browser) -> None:
    address = f"/forecasts/{CITY}/table"
    rows = list(
        csv.reader(StringIO(office.get(f"{address}.csv?as_of={JUNE}").get_data().decode("utf-8-sig"), newline=""))
    )
    assert rows[0][0] == "区划"
    assert len(rows[0]) == 1 + 4 * len(CODES)
    assert {row[0] for row in rows[1:4]} == {"襄城区", "樊城区", "襄阳市"}
    book = CalamineWorkbook.from_filelike(BytesIO(office.get(f"{address}.xlsx?as_of={JUNE}").get_data()))
    sheet = book.get_sheet_by_index(0)
    assert any("襄阳市" in row for row in sheet.to_python())


def test_an_office_of_another_district_finds_nothing(cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.office(Role.OFFICE_STAFF, code="420606"))
    browser.get("/forecasts/420606")
    for code in (CITY, DISTRICT, COMMUNITY, "999999"):
        browser.get(f"/forecasts/{code}", expect=404)
        browser.get(f"/forecasts/{code}/table.csv", expect=404)


def test_the_command_prints_the_back_test(app: Flask) -> None:
    printed = app.test_cli_runner().invoke(args=["forecasts", "backtest"]).output
    assert "站在 2024 到 2025 年每个月底" in printed
    assert printed.count("人均服务时间") == 4
    alone = app.test_cli_runner().invoke(args=["forecasts", "backtest", COMMUNITY]).output
    assert alone.count("人均服务时间") == 1
    assert app.test_cli_runner().invoke(args=["forecasts", "backtest", "1"]).exit_code == 1
