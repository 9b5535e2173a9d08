"""What the interface tells: the figures of the pages, exactly, and nothing of small cells."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from tests.factories.ledger import Ledger
from tests.integration.api.conftest import Ask
from volunteer.api.doors import DOORS, PREFIX
from volunteer.metrics.rules import IndicatorCode

ON = "as_of=2026-06-15"


@pytest.fixture
def city_token(ledger: Ledger, make_token: Callable[..., str]) -> str:
    """Return a token for the whole city, its figures in store."""
    return make_token()


def indicator(told: dict[str, Any], code: IndicatorCode) -> dict[str, Any]:
    return next(one for one in told["indicators"] if one["code"] == code)


def test_every_answer_is_as_the_description_says(ask: Ask, city_token: str) -> None:
    document = ask("/openapi.json").json
    for path in (
        "/areas?size=3",
        f"/areas/420600/indicators?{ON}&children=true",
        f"/areas/420602/indicators?{ON}&children=true&window=rolling_year&total=strict",
        f"/areas/420602002001/indicators?{ON}",
        f"/areas/420600/indicators/active_share/trend?{ON}",
        f"/areas/420602002/indicators/hours_per_head/trend?{ON}",
        f"/areas/420600/forecast?{ON}",
        f"/areas/420602001/forecast?{ON}",
        f"/areas/420600/surveys?{ON}",
        f"/areas/420602/surveys?{ON}",
    ):
        answer = ask(path, city_token).json
        (door,) = [one for one in DOORS if fits(one.path, path)]
        told = document["paths"][PREFIX + door.path]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**told["schema"], "components": document["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer)


def fits(door: str, path: str) -> bool:
    parts, asked = door.split("/"), path.partition("?")[0].split("/")
    return len(parts) == len(asked) and all(
        part == one or part.startswith("{") for part, one in zip(parts, asked, strict=True)
    )


def test_the_figures_are_told_exactly_with_what_they_rest_on(ask: Ask, city_token: str) -> None:
    answer = ask(f"/areas/420600/indicators?{ON}", city_token).json
    assert answer["basis"]["window"] == {"kind": "calendar_year", "first_on": "2026-01-01", "last_on": "2026-06-15"}
    assert answer["basis"]["as_of"] == "2026-06-15"
    assert answer["basis"]["total"] == "inclusive"
    assert answer["basis"]["waiting"] == 0
    assert answer["children"] == []
    assert answer["whole"]["edition"]["name"] == "2017 版《全国文明城市测评体系（地级以上）》"
    active = indicator(answer["whole"], IndicatorCode.ACTIVE_SHARE)
    assert (active["numerator"], active["denominator"]) == (11, 13)
    assert active["value"] == {"fraction": "11/13", "decimal": "0.8461538461", "shown": "84.61%"}
    assert active["threshold"]["fraction"] == "7/10"
    assert active["is_met"] is True
    hours = indicator(answer["whole"], IndicatorCode.HOURS_PER_HEAD)
    assert (hours["numerator"], hours["denominator"], hours["value"]["fraction"]) == (1100, 13, "55/39")


def test_a_value_stands_beside_that_of_a_year_before_where_there_was_one(ask: Ask, city_token: str) -> None:
    answer = ask(f"/areas/420600/indicators?{ON}", city_token).json
    before = [one["year_before"] for one in answer["whole"]["indicators"]]
    then = ask("/areas/420600/indicators?as_of=2025-06-15", city_token).json
    assert before == [one["value"] for one in then["whole"]["indicators"]]


def test_a_value_can_be_worked_out_from_the_units_alone(ask: Ask, city_token: str) -> None:
    # 1,100 minutes of 13 people beside a value in hours: whoever divides must be told that they are minutes.
    answer = ask(f"/areas/420600/indicators?{ON}", city_token).json
    told = {one["code"]: one for one in answer["whole"]["indicators"]}
    units = {code: (one["numerator_unit"], one["denominator_unit"], one["unit"]) for code, one in told.items()}
    assert units == {
        "registered_share": ("people", "people", "percent"),
        "active_share": ("people", "people", "percent"),
        "hours_per_head": ("minutes", "people", "hours"),
        "support_share": ("answers", "answers", "percent"),
    }
    per = {("minutes", "hours"): 60, ("people", "percent"): 1, ("answers", "percent"): 1}
    for one in told.values():
        worked_out = Fraction(one["numerator"], one["denominator"]) / per[one["numerator_unit"], one["unit"]]
        assert worked_out == Fraction(one["value"]["fraction"])
    trend = ask(f"/areas/420600/indicators/hours_per_head/trend?{ON}", city_token).json
    assert (trend["numerator_unit"], trend["denominator_unit"], trend["unit"]) == ("minutes", "people", "hours")


def test_a_small_cell_is_not_told_and_cannot_be_computed(ask: Ask, city_token: str) -> None:
    answer = ask(f"/areas/420602/indicators?{ON}&children=true", city_token).json
    assert indicator(answer["whole"], IndicatorCode.REGISTERED_SHARE)["numerator"] == 8
    for street in answer["children"]:
        told = indicator(street, IndicatorCode.REGISTERED_SHARE)
        assert told["is_suppressed"] is True
        assert (told["numerator"], told["denominator"], told["value"], told["is_met"]) == (None, None, None, None)
        assert told["note"]
    trend = ask(f"/areas/420602002/indicators/active_share/trend?{ON}", city_token).json
    assert trend["is_suppressed"] is True
    assert trend["points"] == []


def test_a_small_cell_is_hidden_from_a_token_of_its_own_street_alike(
    ask: Ask, ledger: Ledger, make_token: Callable[..., str]
) -> None:
    answer = ask(f"/areas/420602001/indicators?{ON}", make_token("420602001")).json
    assert indicator(answer["whole"], IndicatorCode.REGISTERED_SHARE)["is_suppressed"] is True


def test_a_trend_has_thirteen_days_of_which_the_last_is_the_figure(ask: Ask, city_token: str) -> None:
    trend = ask(f"/areas/420606/indicators/active_share/trend?{ON}&window=rolling_year", city_token).json
    assert trend["is_suppressed"] is False
    assert [point["as_of"] for point in trend["points"]][-2:] == ["2026-05-31", "2026-06-15"]
    assert len(trend["points"]) == 13
    assert trend["points"][-1]["value"]["fraction"] == "1/1"
    assert trend["threshold"]["fraction"] == "7/10"


def test_surveys_are_told_with_their_interval_and_none_of_nine_answers(ask: Ask, city_token: str) -> None:
    (told,) = ask(f"/areas/420600/surveys?{ON}", city_token).json["surveys"]
    assert (told["supporting"], told["valid_answers"], told["share"]["fraction"]) == (920, 1000, "23/25")
    assert float(told["low"]["decimal"]) < 0.92 < float(told["high"]["decimal"])
    (few,) = ask(f"/areas/420602/surveys?{ON}", city_token).json["surveys"]
    assert few["is_suppressed"] is True
    assert (few["supporting"], few["valid_answers"], few["share"], few["low"]) == (None, None, None, None)


def test_areas_come_page_by_page_by_level_and_below_one(ask: Ask, city_token: str) -> None:
    first = ask("/areas?size=2", city_token).json
    assert first["areas"][0] == {"code": "420600", "name": "襄阳市", "level": "city", "parent": None}
    assert first["pages"] == -(-first["total"] // 2)
    assert len(first["areas"]) == 2
    codes = []
    for number in range(1, first["pages"] + 1):
        codes += [one["code"] for one in ask(f"/areas?size=2&page={number}", city_token).json["areas"]]
    assert codes == sorted(set(codes))
    assert len(codes) == first["total"]
    below = ask("/areas?below=420602&level=street", city_token).json["areas"]
    assert {one["parent"] for one in below} == {"420602"}


def test_what_has_not_changed_is_not_sent_again(ask: Ask, city_token: str, ledger: Ledger) -> None:
    path = f"/areas/420600/indicators?{ON}"
    first = ask(path, city_token)
    mark = first.headers["ETag"]
    assert mark.startswith(f'"{first.json["basis"]["figures_version"]}-')
    assert ask(path, city_token, expect=304, If_None_Match=mark).get_data() == b""
    ledger.serve(ledger.volunteer("420606001001"), date(2026, 6, 1), 60)
    ledger.settle()
    assert ask(path, city_token, If_None_Match=mark).headers["ETag"] != mark


@pytest.mark.parametrize(
    ("path", "parameter", "words"),
    [
        ("/areas/420600/indicators?as_of=2999-01-01", "as_of", "日期不能在今天以后"),
        ("/areas/420600/indicators?as_of=2026-02-30", "as_of", "没有这一天"),
        ("/areas/420600/indicators?as_of=0001-01-01", "as_of", "1950"),
        ("/areas/420600/indicators?window=week", "window", "没有这个选项"),
        ("/areas/420600/indicators?total=most", "total", "没有这个选项"),
        ("/areas/420600/indicators?children=yes", "children", "要填 true 或 false"),
        ("/areas/420600/indicators?asof=2026-01-01", "asof", "没有“asof”这个参数"),
        ("/areas/420600/surveys?window=material", "window", "没有“window”这个参数"),
        ("/areas?size=501", "size", "1 到 500"),
        ("/areas?page=0", "page", "1 到"),
        ("/areas?page=x", "page", "1 到"),
        ("/areas?level=village", "level", "没有这一级"),
    ],
)
def test_a_wrong_parameter_is_named_in_the_problem(
    ask: Ask, city_token: str, path: str, parameter: str, words: str
) -> None:
    problem = ask(path, city_token, expect=422)
    assert problem.content_type == "application/problem+json"
    (error,) = problem.json["errors"]
    assert error["parameter"] == parameter
    assert words in error["detail"]
    assert problem.json["status"] == 422
    assert problem.json["type"].endswith("/api/#bad-parameter")


def test_words_are_english_where_english_is_asked_for(ask: Ask, city_token: str) -> None:
    path = "/areas/420600/indicators?as_of=2999-01-01"
    chinese = ask(path, city_token, expect=422, Accept_Language="zh-CN,zh;q=0.9,en;q=0.8").json["errors"][0]["detail"]
    english = ask(path, city_token, expect=422, Accept_Language="en").json["errors"][0]["detail"]
    assert chinese == "日期不能在今天以后"
    assert english.isascii()


def test_the_description_page_tells_every_door_and_problem(app: Flask) -> None:
    from tests.client import Browser

    page = Browser(app).get("/api/").text
    for said in ("GET /api/v1/areas/{code}/indicators", "token-revoked", "IndicatorAnswer", "If-None-Match"):
        assert said in page
