"""Editions side by side: series, grades, clauses, who chose what, and what was changed when."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from models.base import db
from tests.cast import Cast
from tests.client import Browser
from volunteer.areas.moves import move_community
from volunteer.areas.queries import area_by_code
from volunteer.kernel import clock
from volunteer.kernel.periods import ONE_DAY
from volunteer.kernel.permissions import Role
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries as queries
from volunteer.metrics.editions import SHIPPED_CLAUSES, SHIPPED_EDITION, SHIPPED_SERIES, MaterialKind
from volunteer.metrics.rules import IndicatorCode

COUNTY_SERIES = "全国文明城市测评体系（县级）"
COUNTY = {
    "name": "2018 版县级测评体系",
    "series": COUNTY_SERIES,
    "city_kind": "county",
    "effective_from": "2018-01-01",
    "effective_to": "",
    "reason": "省里来文",
    "registered_share_threshold": "13",
    "active_share_threshold": "50",
    "active_share_grade_a": "90%",
    "active_share_grade_b": "７０",
    "active_share_grade_c": "50",
}
CLAUSE = {"code": "1.10", "title": "专项", "words": "另有规定", "wants": ["table", "note"], "indicator": "active_share"}


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of the city's administrator; the shipped edition is in store."""
    account = cast.office()
    with browser.app.app_context():
        operations.ensure_shipped_edition()
        db.session.commit()
    return browser.sign_in(account)


@pytest.fixture
def county(city: Browser) -> Browser:
    """Return the same browser when an edition for counties stands beside the shipped one."""
    city.submit("/admin/editions/create", COUNTY)
    return city


def id_of(browser: Browser, name: str = SHIPPED_EDITION.name) -> str:
    with browser.app.app_context():
        return next(one.public_id for one in queries.stored_editions() if one.edition.name == name)


def shipped(**changes: str) -> dict[str, str]:
    """Return the shipped edition as its form sends it."""
    return {
        "name": SHIPPED_EDITION.name,
        "series": SHIPPED_SERIES,
        "city_kind": "prefecture_and_above",
        "effective_from": "2017-01-01",
        "registered_share_threshold": "10",
        "active_share_threshold": "70",
        "hours_per_head_threshold": "25",
        "support_share_threshold": "90",
        **changes,
    }


def choose(browser: Browser, *, expect: int = 302, **changes: str) -> str:
    typed = {
        "area": "420602",
        "series": COUNTY_SERIES,
        "effective_from": "2020-01-01",
        "reason": "按县级市测评",
        "seen": "yes",
    }
    return browser.post("/admin/editions/choices", {**typed, "seen": "yes", **changes}, expect=expect).text


def test_editions_of_two_series_are_in_force_at_once_and_of_one_series_never(county: Browser) -> None:
    with county.app.app_context():
        assert {one.series for one in queries.editions_in_store()} == {SHIPPED_SERIES, COUNTY_SERIES}
    again = COUNTY | {"name": "又一版", "effective_from": "2019-01-01"}
    page = county.post("/admin/editions/create", again, expect=422).text
    assert "与“2018 版县级测评体系”的有效期重叠，请先把它的截止日期改到 2018 年 12 月 31 日或更早" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"active_share_grade_a": ""}, "要先填 A 级"),
        ({"active_share_grade_b": "95"}, "B 级的起点要比 A 级低"),
        ({"active_share_grade_a": "1000"}, "标准要大于 0%，不超过 100%"),
        ({"active_share_grade_c": "很多"}, "标准要填大于 0 的数字"),
        ({"hours_per_head_grade_a": "30"}, "填了等级，也要填标准"),
        ({"registered_share_threshold": "1000"}, "标准要大于 0%，不超过 100%"),
        ({"series": " "}, "请填写系列"),
        ({"effective_from": "0001-01-01"}, "年份要在 1950 到 2199 之间"),
    ],
)
def test_an_impossible_edition_is_refused_on_its_field(city: Browser, changes: dict[str, str], words: str) -> None:
    assert words in city.post("/admin/editions/create", COUNTY | changes, expect=422).text
    with city.app.app_context():
        assert len(queries.editions_in_store()) == 1


def test_an_edition_that_has_begun_changes_only_with_a_reason_and_the_history_tells_it(city: Browser) -> None:
    path = f"/admin/editions/{id_of(city)}"
    changed = shipped(registered_share_threshold="13")
    assert "请写明为什么要改" in city.post(path, changed, expect=422).text
    with city.app.app_context():
        assert queries.editions_in_store() == [SHIPPED_EDITION]
    city.submit(path, changed | {"reason": "市文明办 2026 年 5 号文"})
    page = city.get(f"{path}/history").text
    for said in (
        "市文明办 2026 年 5 号文",
        "注册志愿者占常住人口比例：标准",
        "10%",
        "13%",
        "从这里开始记录",
        "文明办的老周",
    ):
        assert said in page


def test_an_edition_that_has_not_begun_changes_without_a_reason(city: Browser) -> None:
    later = COUNTY | {"effective_from": (clock.today() + timedelta(days=30)).isoformat()}
    city.submit("/admin/editions/create", later)
    city.submit(f"/admin/editions/{id_of(city, COUNTY['name'])}", later | {"registered_share_threshold": "12"})


def test_clauses_that_the_office_took_out_do_not_come_back(context: Flask, cast: Cast) -> None:
    cast.city()
    operations.ensure_shipped_edition()
    (stored,) = queries.stored_editions()
    for one in queries.clauses_of(stored.public_id):
        operations.remove_clause(stored.public_id, one.public_id, reason="另写", account_id=None)
    assert not operations.ensure_shipped_edition()
    assert queries.clauses_of(stored.public_id) == []
    assert queries.clauses_of("x" * 20) == []


def test_an_edition_older_than_clauses_gets_the_shipped_ones_once(context: Flask, cast: Cast) -> None:
    from models.metrics import Edition as EditionRow

    cast.city()
    row = EditionRow(
        name=SHIPPED_EDITION.name,
        series=SHIPPED_SERIES,
        city_kind=SHIPPED_EDITION.city_kind,
        effective_from=SHIPPED_EDITION.effective_from,
    )
    db.session.add(row)
    db.session.flush()
    operations.ensure_shipped_edition()
    assert [one.clause for one in queries.clauses_of(row.public_id)] == list(SHIPPED_CLAUSES)
    operations.ensure_shipped_edition()
    assert len(queries.clauses_of(row.public_id)) == len(SHIPPED_CLAUSES)


def test_a_clause_is_added_in_its_place_changed_and_removed_each_with_a_reason(city: Browser) -> None:
    path = f"/admin/editions/{id_of(city)}/clauses"
    assert "请写明为什么要改" in city.post(f"{path}/create", CLAUSE, expect=422).text
    page = city.submit(f"{path}/create", CLAUSE | {"reason": "补漏"}).text
    assert page.index("<td>1.5</td>") < page.index("<td>1.10</td>") < page.index("<td>2.1</td>")
    with city.app.app_context():
        (kept,) = [one for one in queries.clauses_of(id_of(city)) if one.clause.code == "1.10"]
    assert kept.clause.wants == (MaterialKind.NOTE, MaterialKind.TABLE)
    assert kept.clause.indicator is IndicatorCode.ACTIVE_SHARE
    one = f"{path}/{kept.public_id}"
    assert "另有规定" in city.get(one).text
    assert "改了标题" in city.submit(one, CLAUSE | {"title": "改了标题", "reason": "错字"}).text
    assert "请写明为什么要改" in city.post(f"{one}/removal", {"remove-reason": ""}, expect=422).text
    assert "改了标题" not in city.submit(f"{one}/removal", {"remove-reason": "不用了"}).text
    history = city.get(f"/admin/editions/{id_of(city)}/history").text
    assert history.count("条款 1.10") == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "1.1"}, "编号 1.1 已经用在另一条上"),
        ({"code": ""}, "请填写编号"),
        ({"title": ""}, "请填写标题"),
        ({"wants": []}, "请选择要交哪几类材料"),
        ({"wants": ["video"]}, "请选择要交哪几类材料"),
        ({"indicator": "height"}, "请选择一项"),
        ({"words": "长" * 1001}, "最多 1000 个字"),
    ],
)
def test_an_impossible_clause_is_refused_on_its_field(city: Browser, changes: dict[str, object], words: str) -> None:
    path = f"/admin/editions/{id_of(city)}/clauses/create"
    assert words in city.post(path, {**CLAUSE, "reason": "补漏", **changes}, expect=422).text


def test_a_copy_brings_the_clauses_along(city: Browser) -> None:
    later = COUNTY | {"effective_from": "2018-01-01"}
    city.submit(f"/admin/editions/create?from={id_of(city)}", later)
    with city.app.app_context():
        assert [one.clause for one in queries.clauses_of(id_of(city, COUNTY["name"]))] == list(SHIPPED_CLAUSES)


def test_a_district_that_chose_is_measured_otherwise_from_the_day_on_and_all_below_it_too(county: Browser) -> None:
    choose(county)
    with county.app.app_context():
        areas = {code: area_by_code(code) for code in ("420600", "420602", "420602001001", "420606")}
        for on, expected in ((date(2019, 12, 31), SHIPPED_EDITION.name), (date(2020, 1, 1), COUNTY["name"])):
            found = queries.editions_for(areas.values(), on)
            names = {code: found[area.id].name for code, area in areas.items()}
            assert names["420602"] == names["420602001001"] == expected
            assert names["420600"] == names["420606"] == SHIPPED_EDITION.name
            assert queries.edition_for(areas["420602"], on).name == expected
    page = county.get("/admin/editions/choices").text
    for said in ("襄城区", COUNTY["name"], "按县级市测评", "文明办的老周"):
        assert said in page


def test_the_city_page_names_the_other_edition_and_the_district_is_judged_by_it(county: Browser, cast: Cast) -> None:
    choose(county)
    assert "襄城区按“2018 版县级测评体系”对照" in county.get("/metrics/?as_of=2026-06-15").text
    assert "13%" in county.get("/metrics/areas/420602?as_of=2026-06-15").text
    assert "13%" not in county.get("/metrics/areas/420602?as_of=2019-06-15").text


def test_the_editions_of_many_areas_take_as_many_statements_as_those_of_one(county: Browser) -> None:
    choose(county)
    with county.app.app_context():
        areas = [area_by_code(code) for code in ("420600", "420602", "420606", "420602001", "420602001001")]
        asked: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        queries.editions_for(areas[:1], date(2026, 1, 1))
        of_one = len(asked)
        queries.editions_for(areas, date(2026, 1, 1))
        assert len(asked) == 2 * of_one


def test_a_choice_shows_whose_verdicts_change_before_it_is_stored(county: Browser) -> None:
    page = choose(county, expect=200, area="420600", seen="")
    assert "还没有保存" in page
    for said in ("标准 10%", "标准 13%", "襄城区"):
        assert said in page
    with county.app.app_context():
        assert queries.choices_until(date(2099, 1, 1)) == []
    assert "版本没有变，没有结论会变" in choose(county, expect=200, series=SHIPPED_SERIES, seen="")
    assert "这一天这个系列没有有效的版本" in choose(county, expect=422, effective_from="2017-06-01", seen="")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"series": "没有的"}, "请选择一项"),
        ({"series": ""}, "请选择一项"),
        ({"area": "420602001"}, "请选择一项"),
        ({"effective_from": "2017-06-01"}, "这一天这个系列没有有效的版本"),
        ({"effective_from": "2026-02-30"}, "请填写日期"),
        ({"reason": ""}, "请填写依据和原因"),
    ],
)
def test_an_impossible_choice_is_refused_on_its_field(county: Browser, changes: dict[str, str], words: str) -> None:
    assert words in choose(county, expect=422, **changes)
    with county.app.app_context():
        assert queries.choices_until(date(2099, 1, 1)) == []


def test_the_last_edition_of_a_chosen_series_cannot_leave_it(county: Browser) -> None:
    choose(county)
    moved = COUNTY | {"series": "别的", "reason": "改名"}
    page = county.post(f"/admin/editions/{id_of(county, COUNTY['name'])}", moved, expect=422).text
    assert "不能改到别的系列" in page


def test_a_district_chooses_for_itself_alone(county: Browser, cast: Cast) -> None:
    district = Browser(county.app).sign_in(cast.office(code="420602", name="区里的小何"))
    assert "请选择一项" in choose(district, expect=422, area="420600")
    choose(district)
    other = Browser(county.app).sign_in(cast.office(code="420606", name="樊城的小何"))
    page = other.get("/admin/editions/choices").text
    assert "按县级市测评" not in page
    other.get(f"/admin/editions/{id_of(county)}/clauses/create", expect=404)


@pytest.mark.parametrize("code", ["", "420602"])
def test_a_series_that_is_in_use_keeps_its_editions_and_the_refusal_names_who_uses_it(city: Browser, code: str) -> None:
    if code:
        choose(city, area=code, series=SHIPPED_SERIES)
    page = city.post(f"/admin/editions/{id_of(city)}", shipped(series="襄阳市测评体系", reason="改名"), expect=422).text
    assert ("襄城区选用了系列" if code else "没有另选系列的区划都按系列") in page
    with city.app.app_context():
        assert queries.edition_for(area_by_code("420600"), date(2026, 6, 1)).name == SHIPPED_EDITION.name


def test_what_has_begun_stays_in_its_series_and_what_has_not_may_change_it(city: Browser) -> None:
    begins = {"effective_from": (clock.today() + timedelta(days=30)).isoformat()}
    for name, days in (("今年的", {}), ("明年的", begins)):
        city.submit("/admin/editions/create", COUNTY | {"name": name, "series": name} | days)
    moved = COUNTY | {"name": "今年的", "series": "别的", "reason": "改名"}
    assert (
        "这个版本已经生效，不能改到别的系列"
        in city.post(f"/admin/editions/{id_of(city, '今年的')}", moved, expect=422).text
    )
    city.submit(f"/admin/editions/{id_of(city, '明年的')}", COUNTY | begins | {"name": "明年的", "series": "别的"})


def test_an_edition_that_is_to_begin_in_the_past_asks_why(city: Browser) -> None:
    begins = {"effective_from": (clock.today() + timedelta(days=30)).isoformat(), "reason": ""}
    refused = "过去的达标结论会跟着变，请写明原因"
    assert refused in city.post("/admin/editions/create", COUNTY | {"reason": " "}, expect=422).text
    city.submit("/admin/editions/create", COUNTY | begins)
    place = f"/admin/editions/{id_of(city, COUNTY['name'])}"
    assert refused in city.post(place, COUNTY | {"reason": ""}, expect=422).text
    city.submit(place, COUNTY | {"reason": "省里来文"})
    assert "省里来文" in city.get(f"{place}/history").text


def test_a_community_that_moved_is_measured_by_where_it_stood(county: Browser, cast: Cast) -> None:
    choose(county, area="420606")
    with county.app.app_context():
        moved = area_by_code("420602001002")
        moved_on = date(2026, 7, 1)
        move_community(moved, area_by_code("420606001"), effective_on=moved_on, reason="调整", account_id=None)
        db.session.commit()
        names = {on: queries.edition_for(moved, on).name for on in (moved_on - ONE_DAY, moved_on)}
        assert list(names.values()) == [SHIPPED_EDITION.name, COUNTY["name"]]
    reader = Browser(county.app).sign_in(cast.office(Role.ASSESSOR, "420602"))
    page = reader.get("/metrics/areas/420602001?as_of=2026-06-15").text
    assert "后来划出，不归您看" in page
    assert "/metrics/areas/420602001002" not in page
    assert "/metrics/areas/420602001001" in page
