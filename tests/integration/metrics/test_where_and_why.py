"""Places, reasons, parts, what is left out, and what is not shown to who may see no names."""

import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import event

from models.base import db
from models.volunteers import FigureChange, RegistrationEvent, Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger
from tests.integration.metrics.test_dashboard import CITY, COMMUNITY, DISTRICT, ON, STREET, rows_of, words
from volunteer.kernel import clock
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics import queries
from volunteer.metrics.facts import Total
from volunteer.metrics.left_out_queries import left_out
from volunteer.metrics.rules import IndicatorCode
from volunteer.volunteers.rules import RegistrationKind

RANKING = f"/metrics/areas/{CITY}/ranking?{ON}"


@pytest.fixture
def office(cast: Cast, browser: Browser, ledger: Ledger) -> Browser:
    """Return the browser of the city's office."""
    return browser.sign_in(cast.office())


@pytest.fixture
def assessor(cast: Cast, browser: Browser, ledger: Ledger) -> Browser:
    """Return the browser of an assessor of the city, who may see no names."""
    return browser.sign_in(cast.office(Role.ASSESSOR))


def test_the_ranking_has_places_movement_and_what_is_missing(office: Browser) -> None:
    page = words(office.get(f"{RANKING}&by=active_share"))
    assert "参加活动占比：3 个有数据，1 个达标" in page
    assert "1 邵家巷社区" not in page
    first = rows_of(office.get(f"/metrics/areas/{CITY}/ranking.csv?{ON}&by=active_share"))[1]
    assert first[:4] == ["1", first[1], "襄城区 真武山街道", "4"]
    assert first[4:7] == ["4", "100.00%", "达标"]
    worst = rows_of(office.get(f"/metrics/areas/{CITY}/ranking.csv?{ON}&by=active_share&order=worst&only=all"))
    assert [row[0] for row in worst[1:5]] == ["2", "2", "1", "—"]


def test_who_overtook_whom_since_the_end_of_last_month(office: Browser, ledger: Ledger) -> None:
    for _ in range(3):
        ledger.serve(ledger.volunteer("420606001001", since=date(2026, 6, 2)), date(2026, 6, 3), 6000 // 10)
    ledger.settle()
    rows = rows_of(office.get(f"/metrics/areas/{CITY}/ranking.csv?{ON}&by=hours_per_head&level=district"))
    assert [(row[1], row[-3], row[-1]) for row in rows[1:3]] == [("樊城区", "2", "升 1 位"), ("襄城区", "1", "降 1 位")]
    assert "升 1 位 上月底 0.00" in words(office.get(f"{RANKING}&by=hours_per_head&level=district"))


def test_only_what_is_not_met(office: Browser) -> None:
    page = words(office.get(f"{RANKING}&by=registered_share&only=not_met"))
    assert "还差 2 人" in page
    assert "10 / 100" not in page
    assert "达标" not in page.split("和上月底比")[1].split("隐私说明")[0].replace("未达标", "")


@pytest.mark.parametrize(
    "choice", ["by=happiness", "level=city", "level=planet", "only=some", "order=upside", "as_of=2026-02-30"]
)
def test_a_senseless_choice_of_the_ranking_is_answered_on_its_field(office: Browser, choice: str) -> None:
    page = words(office.get(f"/metrics/areas/{CITY}/ranking?{choice}", expect=422))
    assert "没有这个选项，请从列表里选一项" in page or "没有这一天" in page
    office.get(f"/metrics/areas/{CITY}/ranking.xlsx?{choice}", expect=422)


def test_below_a_community_nothing_is_ranked_and_elsewhere_there_is_no_way_in(office: Browser, cast: Cast) -> None:
    office.get(f"/metrics/areas/{COMMUNITY}/ranking", expect=404)
    office.get(f"/metrics/areas/{CITY}/parts/happiness", expect=404)
    office.sign_in(cast.office(Role.ASSESSOR, DISTRICT))
    for page in ("ranking", "ranking.csv", "parts/age", "parts/age.csv", "shown"):
        office.get(f"/metrics/areas/420606/{page}", expect=404)


def test_the_ranking_asks_a_handful_of_statements(office: Browser, app: Flask) -> None:
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    office.get(RANKING)
    assert len(asked) <= 28, "\n".join(asked)


def test_the_dashboard_says_why_communities_lag(office: Browser) -> None:
    page = words(office.get(f"/metrics/areas/{CITY}?{ON}"))
    assert "掉队最多的 4 个社区，为什么" in page
    idle = "来的人少：4 人里有 4 人统计期内没有服务过；时间少：人均 0.00 小时，人均还差 25.00 小时"
    assert f"{idle}；最近一次服务在 287 天前（2025 年 9 月 1 日）。" in page
    assert "还没有注册志愿者。" in page
    assert "注册的人少" not in page.split("掉队最多")[0]


def test_the_link_from_the_list_leads_to_the_order_that_made_it(office: Browser) -> None:
    front = office.get(f"/metrics/areas/{CITY}?{ON}").text.partition('id="laggards"')[2]
    href = unescape(re.findall(r'href="([^"]*/ranking[^"]*)"', front)[0])
    assert "by=lag" in href
    listed = re.findall(r'<li><a href="[^"]*">([^<]*)</a>', front.partition("</ol>")[0])
    page = words(office.get(href))
    assert "三项合起来：4 个有数据，0 个三项都达标" in page
    assert "看预测" in page
    assert "发督办" in page
    rows = rows_of(office.get(href.replace("/ranking?", "/ranking.csv?")))
    assert "三项平均差" in rows[0]
    assert [row[1] for row in rows[1 : len(listed) + 1]] == listed


def test_who_may_not_send_orders_is_led_to_the_forecast_alone(assessor: Browser) -> None:
    page = words(assessor.get(f"{RANKING}&by=lag"))
    assert "发督办" not in page


def test_the_trend_opens_on_what_lags_most(office: Browser) -> None:
    trend = office.get(f"/metrics/areas/{CITY}?{ON}").text.partition('id="trend"')[2]
    assert re.findall(r'aria-current="true">([^<]*)<', trend)[0] == "人均服务时间"
    assert "地图：人均服务时间" in office.get(f"/maps/{CITY}?{ON}").text


@pytest.mark.parametrize("area", [CITY, STREET, COMMUNITY])
@pytest.mark.parametrize("dimension", ["organization", "theme", "age", "cohort"])
def test_the_parts_of_an_area_add_up_to_it(office: Browser, area: str, dimension: str) -> None:
    day = "as_of=2026-05-31"
    rows = rows_of(office.get(f"/metrics/areas/{area}/parts/{dimension}.csv?{day}"))
    body = rows[1 : rows.index([])]
    *parts, total = body
    whole = rows_of(office.get(f"/metrics/areas/{area}/hours_per_head/trend.csv?{day}"))[13]
    assert total[-1] == whole[1]
    assert sum(float(row[-1]) for row in parts) == pytest.approx(float(total[-1]), abs=0.011 * len(parts))
    if dimension in ("age", "cohort"):
        assert [sum(int(row[column]) for row in parts) for column in (1, 2)] == [int(total[1]), int(total[2])]
    assert "合计" in total[0]
    office.get(f"/metrics/areas/{area}/parts/{dimension}?{day}")


def test_parts_between_months_ends_say_which_day_they_are_of(office: Browser) -> None:
    page = words(office.get(f"/metrics/areas/{CITY}/parts/age?{ON}"))
    assert "所选日期不是月底，这里看的是 5 月 31 日" in page
    assert "18–39 岁 10 4 40.00% 7 小时 35 分 0.75 小时" in page
    assert "不是月底" not in words(office.get(f"/metrics/areas/{COMMUNITY}/parts/age?{ON}"))
    assert "不是月底" not in words(office.get(f"/metrics/areas/{CITY}/parts/age"))
    assert "2025 年 10" in words(office.get(f"/metrics/areas/{CITY}/parts/cohort?{ON}"))
    office.get(f"/metrics/areas/{CITY}/parts/age?as_of=2999-01-01", expect=422)


def left_out_of(
    area: str, code: IndicatorCode, cast: Cast, total: Total = Total.INCLUSIVE
) -> dict[str, tuple[int, int | None]]:
    """Return what is left out, by its words."""
    one = cast.area(area)
    basis = queries.basis_for(date(2026, 6, 15), WindowKind.CALENDAR_YEAR, total, today=clock.today(), area=one)
    return {str(kind.label): (kind.count, kind.minutes) for kind in left_out(one, code, basis)}


def test_what_is_left_out_is_counted_kind_by_kind(ledger: Ledger, cast: Cast, context: Flask, browser: Browser) -> None:
    gone, moved = ledger.volunteer("420602001001"), ledger.volunteer("420602001001")
    ledger.serve(gone, date(2026, 5, 2), 70)
    change(cast, gone, RegistrationKind.ENDED, None, "withdrawn")
    change(cast, moved, RegistrationKind.MOVED, "420606001001", "")
    ledger.settle()
    people = left_out_of(COMMUNITY, IndicatorCode.REGISTERED_SHARE, cast)
    assert people["已退出"] == (1, None)
    assert people["已暂停"] == (0, None)
    assert people["统计期内从这里搬走，算在新住处"] == (1, None)
    assert left_out_of("420606", IndicatorCode.REGISTERED_SHARE, cast)["统计期内搬来，已算在这里"] == (1, None)
    assert left_out_of("420606", IndicatorCode.REGISTERED_SHARE, cast)["已退出"] == (0, None)
    rows = left_out_of(COMMUNITY, IndicatorCode.HOURS_PER_HEAD, cast)
    assert rows["这一天已不在册的人的记录"] == (1, 70)
    assert rows["已冲销的记录"] == (0, 0)
    assert left_out_of(CITY, IndicatorCode.ACTIVE_SHARE, cast)["已冲销的记录"] == (1, 480)
    assert left_out_of(CITY, IndicatorCode.SUPPORT_SHARE, cast) == {}
    db.session.commit()
    browser.sign_in(cast.office())
    page = words(browser.get(f"/metrics/areas/{CITY}/hours_per_head?{ON}"))
    assert "已冲销的记录 1 条 8 小时" in page
    assert "待确认的记录 0 条" in page


def change(cast: Cast, volunteer: Volunteer, kind: RegistrationKind, area: str | None, reason: str) -> None:
    """Add to somebody's registration."""
    area_id = cast.area(area).id if area else None
    row = {"volunteer_id": volunteer.id, "kind": kind, "area_id": area_id, "effective_on": date(2026, 6, 1)}
    added = cast.add(RegistrationEvent(**row, reason=reason, recorded_at=clock.now()))
    cast.add(FigureChange(volunteer_id=volunteer.id, registration_event_id=added.id))


def test_small_cells_are_shown_neither_on_pages_nor_in_files_nor_left_to_be_computed(assessor: Browser) -> None:
    page = words(assessor.get(f"/metrics/areas/{CITY}?{ON}"))
    assert "4 / 40" not in page
    assert "6 / 60" not in page
    assert "不显示" in page
    assert "人里有" not in page
    assert "已冲销的记录" not in words(assessor.get(f"/metrics/areas/{CITY}/hours_per_head?{ON}"))
    rows = rows_of(assessor.get(f"/metrics/areas/{CITY}/table.csv?{ON}"))
    assert [row[1] for row in rows[1:4]] == ["—", "—", "10"]
    assert ["不到 5 人的格子不显示；为了不让人从合计推算出来，旁边的格子有时也不显示"] in rows
    assert "人数太少，为保护个人信息不显示" in words(assessor.get(f"/metrics/areas/{COMMUNITY}/registered_share?{ON}"))
    assert len(rows_of(assessor.get(f"/metrics/areas/{COMMUNITY}/active_share/trend.csv?{ON}"))) < 13
    ranked = rows_of(assessor.get(f"/metrics/areas/{CITY}/ranking.csv?{ON}&by=hours_per_head&only=all"))
    assert {row[5] for row in ranked[1:5]} == {"—"}
    assert "人数太少" in words(assessor.get(f"/metrics/areas/{COMMUNITY}/parts/age?{ON}"))
    assert rows_of(assessor.get(f"/metrics/areas/{COMMUNITY}/parts/age.csv?{ON}"))[1] == ["合计", "—", "—", "—"]
    assessor.get(f"/metrics/areas/{COMMUNITY}/shown?{ON}")
    assessor.get(f"/metrics/areas/{CITY}/shown.csv?{ON}", expect=403)


def test_the_office_sees_the_same_cells(office: Browser) -> None:
    page = words(office.get(f"/metrics/areas/{CITY}?{ON}"))
    assert "4 / 40" in page
    assert "不显示" not in page
