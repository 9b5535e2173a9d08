"""What the area picker is told."""

import pytest
from flask import Flask

from tests.cast import Cast
from tests.client import Browser
from volunteer.areas import queries


def test_it_opens_with_the_districts_and_goes_down_to_communities(cast: Cast, browser: Browser) -> None:
    cast.city()
    assert [area["name"] for area in browser.get("/areas/children").get_json()] == ["襄城区", "樊城区"]
    streets = browser.get("/areas/children?parent=420602").get_json()
    assert streets[0] == {"code": "420602001", "name": "真武山街道", "level": "street"}
    assert [area["code"] for area in browser.get("/areas/children?parent=420602001").get_json()] == [
        "420602001001",
        "420602001002",
    ]
    assert browser.get("/areas/children?parent=420602001001").get_json() == []


def test_a_word_finds_areas_with_their_full_names_and_the_way_to_them(cast: Cast, browser: Browser) -> None:
    cast.city()
    assert browser.get("/areas/search?q=邵家").get_json() == [
        {
            "code": "420606001001",
            "name": "邵家巷社区",
            "level": "community",
            "full_name": "樊城区 汉江街道 邵家巷社区",
            "lineage": ["420606", "420606001", "420606001001"],
        }
    ]


def test_a_second_word_narrows_by_what_stands_above(cast: Cast, browser: Browser) -> None:
    cast.city()
    assert len(browser.get("/areas/search?q=社区").get_json()) == 4
    assert [area["name"] for area in browser.get("/areas/search?q=樊城 社区").get_json()] == ["邵家巷社区"]


def test_signs_of_the_database_and_nothing_at_all_find_nothing(cast: Cast, browser: Browser) -> None:
    cast.city()
    for question in ("%", "_", "", "’ OR 1=1", "襄" * 8000):
        assert browser.get("/areas/search", query_string={"q": question}).get_json() == []
    assert browser.get("/areas/children?parent=nowhere").get_json() == []


@pytest.mark.parametrize("typed", ["\x00", "420602\x00", "四二零", "４２０６０２", "9" * 400, "", "' or 1=1"])
def test_no_area_has_a_code_that_is_none(context: Flask, cast: Cast, typed: str) -> None:
    cast.city()
    assert queries.area_by_code(typed) is None


def test_a_community_is_meant_by_code_by_name_or_by_name_in_full(context: Flask, cast: Cast) -> None:
    cast.city()
    for typed in ("420606001001", "邵家巷社区", "樊城区 汉江街道 邵家巷社区", " 樊城 邵家巷社区 "):
        assert [area.code for area in queries.communities_named(typed)] == ["420606001001"], typed
    for typed in ("420606001", "樊城区", "襄城区 邵家巷社区", "", "邵家"):
        assert queries.communities_named(typed) == [], typed


def test_names_in_full_leave_out_the_city_unless_it_is_all_there_is(context: Flask, cast: Cast) -> None:
    city = cast.city()
    assert queries.full_name(city["420606001"]) == "樊城区 汉江街道"
    assert queries.full_name(city["420600"]) == "襄阳市"
    assert queries.full_names([]) == {}
