"""The doors of the office: by what they are opened for, each reader's own, and where they stand now."""

import re

import pytest

from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel.permissions import Role


def doors(page: str, nav: str) -> dict[str, list[str]]:
    """Return the labels of the doors by the name of their group."""
    held = page.partition(f'<nav class="{nav}"')[2].partition("</nav>")[0]
    groups = re.split(r'<p class="door-group-name"[^>]*>', held)[1:]
    return {group.partition("<")[0]: re.findall(r"</svg><span>([^<]*)</span>", group) for group in groups}


@pytest.mark.parametrize("nav", ["sidenav", "officemenu"])
def test_the_office_finds_its_doors_by_what_they_are_for(browser: Browser, cast: Cast, nav: str) -> None:
    cast.city()
    page = browser.sign_in(cast.office()).get("/metrics/").text
    found = doors(page, nav)
    assert list(found) == ["看数字", "督办和迎检", "组织和记录", "管理"]
    assert found["看数字"] == ["指标", "地图", "大屏"]
    assert sum(map(len, found.values())) == 17


def test_an_assessor_sees_no_group_without_a_door_of_theirs(browser: Browser, cast: Cast) -> None:
    cast.city()
    found = doors(browser.sign_in(cast.office(Role.ASSESSOR)).get("/metrics/").text, "sidenav")
    assert "管理" not in found
    assert all(found.values())


def test_the_menu_of_a_phone_says_where_the_reader_is(browser: Browser, cast: Cast) -> None:
    cast.city()
    page = browser.sign_in(cast.office()).get("/admin/editions/choices").text
    summary = page.partition('<nav class="officemenu"')[2].partition("</summary>")[0]
    assert re.sub(r"<[^>]*>", "", summary).partition(">")[2].strip() == "管理 › 测评体系"
    assert page.count('aria-current="page"><svg') == 2  # at the side, and in the menu
