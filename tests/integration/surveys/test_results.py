"""Results of surveys as the office reports them."""

from datetime import timedelta

import pytest
from flask import Flask

from models.base import db
from models.surveys import SurveyResult
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city."""
    return browser.sign_in(cast.office())


def survey(**changes: str) -> dict[str, str]:
    return {
        "area": "420602",
        "held_on": "2026-09-30",
        "supporting": "912",
        "valid_answers": "1,000",
        "kind": "official",
        "source": "第三季度入户问卷",
        **changes,
    }


def test_a_survey_is_entered_and_shown_with_its_share(city: Browser):
    page = city.submit("/surveys/results/create", survey()).text
    for words in ("襄城区", "91.20%", "912", "1,000", "正式测评", "第三季度入户问卷", "文明办的老周"):
        assert words in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"supporting": "1001"}, "支持的答卷要在 0 份到 1,000 份之间"),
        ({"supporting": "-1"}, "要填整数"),
        ({"supporting": ""}, "请填写表示认同和支持的答卷"),
        ({"supporting": "0", "valid_answers": "0"}, "有效答卷至少 1 份"),
        ({"valid_answers": "九百"}, "要填整数"),
        ({"valid_answers": "9" * 30}, "要填整数"),
        ({"held_on": "1026-01-01"}, "调查日期太早"),
        ({"held_on": "昨天"}, "请填写日期"),
        ({"area": "420606999"}, "请选择一项"),
        ({"kind": "rumour"}, "请选择一项"),
        ({"source": ""}, "请填写来源"),
        ({"source": "有\0空"}, "控制字符"),
    ],
)
def test_an_impossible_survey_is_refused_on_its_field(city: Browser, changes: dict[str, str], words: str):
    page = city.post("/surveys/results/create", survey(**changes), expect=422).text
    assert words in page
    with city.app.app_context():
        assert db.session.query(SurveyResult).count() == 0


def test_a_survey_of_tomorrow_is_refused(city: Browser):
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    assert "不能在今天以后" in city.post("/surveys/results/create", survey(held_on=tomorrow), expect=422).text


def test_a_district_enters_and_sees_only_its_own_surveys(cast: Cast, city: Browser):
    city.submit("/surveys/results/create", survey(area="420606", source="樊城的问卷"))
    district = Browser(city.app).sign_in(cast.office(code="420602", name="区里的小何"))
    assert "樊城的问卷" not in district.get("/surveys/results").text
    for code in ("420600", "420606"):
        assert "请选择一项" in district.post("/surveys/results/create", survey(area=code), expect=422).text
    assert "第三季度入户问卷" in district.submit("/surveys/results/create", survey(area="420602001")).text


def test_a_street_measures_itself_but_never_officially(cast: Cast, city: Browser):
    own = Browser(city.app).sign_in(cast.office(code="420602001", name="街道的小何"))
    typed = survey(area="420602001", source="自己")
    assert "街道和社区只能做自测" in own.post("/surveys/results/create", typed, expect=422).text
    assert "自己" in own.submit("/surveys/results/create", {**typed, "kind": "self"}).text
    plan = {"title": "自己测", "conducted_by": "自己", "opens_on": "2026-11-22", "closes_on": "2099-11-22"}
    numbers = {"population_year": "2026", "wanted": "40", "least": "1", "reserve": "0"}
    page = own.post("/surveys/create", {**plan, **numbers, "area": typed["area"], "kind": "official"}, expect=422)
    assert "街道和社区只能做自测" in page.text
    # The control: an office above records the same.
    city.submit("/surveys/results/create", typed)


def test_a_survey_of_three_people_has_its_interval_and_no_verdict_anywhere(app: Flask, cast: Cast, browser: Browser):
    cast.city()
    office = browser.sign_in(cast.office())
    three = {"held_on": clock.today().isoformat(), "valid_answers": "3", "supporting": "3", "kind": "official"}
    office.submit("/surveys/results/create", {"area": "420600", "source": "三个人的调查", **three})
    pages = ("/surveys/results", "/metrics/", "/metrics/areas/420600/support_share", "/screen/420600")
    for reader, page in (*((office, page) for page in pages), (Browser(app), "/")):
        shown = reader.get(page).text
        assert "100.00%" in shown, page
        assert "43.85%" in shown, page
        assert "样本太少" in shown, page
