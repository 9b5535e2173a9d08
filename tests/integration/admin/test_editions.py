"""Editions as the office keeps them."""

from datetime import date
from fractions import Fraction

import pytest
from flask import Flask

from models.audit import AuditEvent
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries as queries
from volunteer.metrics.editions import SHIPPED_EDITION, SHIPPED_SERIES, CityKind
from volunteer.metrics.rules import IndicatorCode

EDITION = {
    "name": "2027 版测评体系",
    "series": SHIPPED_SERIES,
    "city_kind": "prefecture_and_above",
    "effective_from": "2027-01-01",
    "effective_to": "",
    "registered_share_threshold": "１２．５",
    "registered_share_label": "注册志愿者占比",
    "registered_share_clause": "第 3 条",
    "active_share_threshold": "70%",
    "hours_per_head_threshold": "30",
    "support_share_threshold": "90",
}


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city, the 2017 edition in store until the end of 2026."""
    account = cast.office()
    with browser.app.app_context():
        public_id = operations.ensure_shipped_edition() and queries.stored_editions()[0].public_id
        assert public_id
        closed = queries.stored_editions()[0].edition
        object.__setattr__(closed, "effective_to", date(2026, 12, 31))
        operations.save_edition(closed, public_id=public_id, reason="换版", account_id=None)
        db.session.commit()
    return browser.sign_in(account)


def first_id(browser: Browser) -> str:
    with browser.app.app_context():
        return queries.stored_editions()[-1].public_id


def test_the_shipped_edition_is_stored_once_and_as_it_was_declared(context: Flask, cast: Cast):
    cast.city()
    assert operations.ensure_shipped_edition()
    assert not operations.ensure_shipped_edition()
    assert queries.editions_in_store() == [SHIPPED_EDITION]


def test_an_edition_is_added_as_a_copy_and_keeps_exact_thresholds(city: Browser):
    form = city.get(f"/admin/editions/create?from={first_id(city)}").text
    assert 'name="registered_share_threshold"' in form
    assert 'value="10"' in form
    page = city.submit("/admin/editions/create", EDITION).text
    assert "已新建2027 版测评体系" in page
    assert "12.5%" in page
    with city.app.app_context():
        newest = queries.editions_in_store()[0]
    assert newest.city_kind is CityKind.PREFECTURE_AND_ABOVE
    assert newest.threshold(IndicatorCode.REGISTERED_SHARE) == Fraction(1, 8)
    assert newest.threshold(IndicatorCode.HOURS_PER_HEAD) == 30
    assert newest.standards[IndicatorCode.REGISTERED_SHARE].clause == "第 3 条"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"registered_share_threshold": "1000"}, "标准要大于 0%，不超过 100%"),
        ({"registered_share_threshold": "0"}, "标准要大于 0%"),
        ({"registered_share_threshold": "-5"}, "标准要填大于 0 的数字"),
        ({"registered_share_threshold": "1e9999999"}, "标准要填大于 0 的数字"),
        ({"registered_share_threshold": "很多"}, "标准要填大于 0 的数字"),
        ({"hours_per_head_threshold": "9999"}, "标准要大于 0 小时"),
        ({"hours_per_head_threshold": "1.00001"}, "标准最多填四位小数"),
        ({"effective_from": "2026-06-01"}, "重叠"),
        ({"effective_from": "2027-02-30"}, "请填写日期，比如 2026-11-22"),
        ({"effective_from": ""}, "请填写生效日期"),
        ({"effective_to": "2026-12-31"}, "截止日期不能早于生效日期"),
        ({"name": ""}, "请填写名称"),
        ({"name": SHIPPED_EDITION.name}, "已经有一个叫"),
        ({"city_kind": "village"}, "请选择一项"),
        ({"name": "长" * 101}, "最多 100 个字"),
        ({"registered_share_label": "长" * 101}, "最多 100 个字"),
    ],
)
def test_an_impossible_edition_is_refused_on_its_field(city: Browser, changes: dict[str, str], words: str):
    page = city.post("/admin/editions/create", EDITION | changes, expect=422).text
    assert words in page
    with city.app.app_context():
        assert len(queries.editions_in_store()) == 1


def test_the_summary_names_the_indicator_that_is_wrong(city: Browser):
    page = city.post("/admin/editions/create", EDITION | {"hours_per_head_threshold": "9999"}, expect=422).text
    assert "人均服务时间的标准</a>：标准要大于 0 小时" in page


def test_an_edition_without_any_threshold_is_refused(city: Browser):
    empty = {key: value for key, value in EDITION.items() if not key.endswith("_threshold")}
    assert "至少要填一项指标的标准" in city.post("/admin/editions/create", empty, expect=422).text


def test_an_edition_is_changed_and_an_indicator_taken_out_of_it(city: Browser):
    path = f"/admin/editions/{first_id(city)}"
    assert SHIPPED_EDITION.name in city.get(path).text
    changed = EDITION | {
        "effective_from": "2017-01-01",
        "effective_to": "2026-12-31",
        "support_share_threshold": "",
        "reason": "市里来文",
    }
    assert "已保存" in city.submit(path, changed).text
    with city.app.app_context():
        (edition,) = queries.editions_in_store()
        trail = db.session.query(AuditEvent).filter_by(action="editions.edit").all()
    assert IndicatorCode.SUPPORT_SHARE not in edition.standards
    assert trail[-1].details["before"]["support_share"] == "9/10"
    assert trail[-1].lineage == "420600"


def test_a_district_reads_editions_and_changes_none(cast: Cast, city: Browser):
    district = Browser(city.app).sign_in(cast.office(code="420602", name="区里的小何"))
    page = district.get("/admin/editions").text
    assert SHIPPED_EDITION.name in page
    assert "新建版本" not in page
    for path in ("/admin/editions/create", f"/admin/editions/{first_id(city)}"):
        district.get(path, expect=404)
        district.post(path, EDITION, expect=404)


def test_an_edition_that_is_not_ours_is_not_there(city: Browser):
    city.get("/admin/editions/" + "x" * 20, expect=404)
    city.get("/admin/editions/create?from=x", expect=404)
