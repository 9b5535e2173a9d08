"""What residents and visitors find: soonest first, narrowed by place, kind, day and words."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from models.base import db
from tests.cast import Cast
from tests.client import Browser
from tests.integration.activities.conftest import tomorrow
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.organizations.rules import OrganizationStatus

HOUR = timedelta(hours=1)


def titles(page: str) -> list[str]:
    """Return the titles of the cards in their order."""
    return [part.split("</a>")[0].rpartition(">")[2] for part in page.split('class="activity-title"')[1:]]


def found(browser: Browser, query: str = "") -> list[str]:
    """Return what the list shows."""
    return titles(browser.get(f"/activities/{query}").get_data(as_text=True))


class TestList:
    def test_is_soonest_first_with_places_left(self, browser: Browser, cast: Cast) -> None:
        organization = cast.organization()
        cast.shift(cast.activity(organization, title="后天的"), tomorrow(24))
        soon = cast.activity(organization, title="明天的")
        cast.shift(soon, tomorrow(), capacity=5, taken=2)
        cast.shift(soon, tomorrow(48))
        page = browser.get("/activities/").get_data(as_text=True)
        assert titles(page) == ["明天的", "后天的"]
        assert "还剩 3 个" in page
        assert "另有 1 个班次" in page

    def test_leaves_out_what_nobody_can_join(self, browser: Browser, cast: Cast) -> None:
        organization = cast.organization()
        for title, status in (("草稿", ActivityStatus.DRAFT), ("取消的", ActivityStatus.CANCELLED)):
            cast.shift(cast.activity(organization, title=title, status=status), tomorrow())
        cast.shift(cast.activity(organization, title="开始了的"), clock.now() - HOUR)
        cast.shift(cast.activity(organization, title="停止报名的"), tomorrow(), status=ShiftStatus.CLOSED)
        suspended = cast.organization(name="暂停的", status=OrganizationStatus.SUSPENDED)
        cast.shift(cast.activity(suspended, title="暂停组织的"), tomorrow())
        cast.activity(organization, title="没有班次的")
        assert found(browser) == []

    def test_is_narrowed_by_area_at_every_level(self, browser: Browser, cast: Cast) -> None:
        organization = cast.organization()
        for code in ("420602001001", "420602002001", "420606001001", "420602"):
            cast.shift(cast.activity(organization, title=code, area_id=cast.area(code).id), tomorrow())
        assert len(found(browser)) == 4
        assert sorted(found(browser, "?district=420602")) == ["420602", "420602001001", "420602002001"]
        assert found(browser, "?district=420602&street=420602002") == ["420602002001"]
        assert found(browser, "?district=420602&street=420602001&community=420602001002") == []
        assert len(found(browser, "?district=420606&street=420602002")) == 1, "a street of another district is ignored"

    def test_is_narrowed_by_kind_day_words_and_places(self, browser: Browser, cast: Cast) -> None:
        organization = cast.organization()
        river = cast.activity(organization, title="清洁护城河", category=ServiceCategory.ENVIRONMENT)
        cast.shift(river, tomorrow(), capacity=2, taken=2)
        tea = cast.activity(organization, title="陪老人喝茶 100%", place="养老服务站", category=ServiceCategory.ELDERS)
        cast.shift(tea, tomorrow(240))
        day = clock.local_day(tomorrow(240))
        assert found(browser, "?category=elders") == ["陪老人喝茶 100%"]
        assert found(browser, f"?day={day}") == ["陪老人喝茶 100%"]
        assert found(browser, "?words=养老") == ["陪老人喝茶 100%"]
        assert found(browser, "?words=100%25") == ["陪老人喝茶 100%"], "a percent sign is a percent sign"
        assert found(browser, "?words=周公庙+护城河") == ["清洁护城河"]
        assert found(browser, "?places=1") == ["陪老人喝茶 100%"]
        assert found(browser, f"?organization={organization.public_id}&category=environment") == ["清洁护城河"]

    def test_today_ends_at_midnight_here(self, browser: Browser, cast: Cast) -> None:
        organization, now = cast.organization(), clock.now()
        midnight = clock.to_local(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        cast.shift(cast.activity(organization, title="半夜的"), midnight)
        if midnight - timedelta(minutes=1) > now:
            cast.shift(cast.activity(organization, title="睡前的"), midnight - timedelta(minutes=1))
            assert found(browser, "?when=today") == ["睡前的"]

    @pytest.mark.parametrize(
        "query",
        [
            "?page=1000000000",
            "?page=-1",
            "?when=never&day=2026-02-30&category=war&district=1&street=2",
            "?day=9999-12-31",
            "?day=0001-01-01",
            "?words=%0a%1f%FF",
            f"?words={'长' * 2000}",
            "?organization=00000000000000000000",
            "?organization=%27",
            "?when=weekend",
        ],
    )
    def test_answers_senseless_addresses_sensibly(self, browser: Browser, cast: Cast, query: str) -> None:
        cast.shift(cast.activity(), tomorrow())
        browser.get(f"/activities/{query}")

    def test_pages_are_twenty_long(self, browser: Browser, cast: Cast) -> None:
        organization = cast.organization()
        for number in range(21):
            cast.shift(cast.activity(organization, title=f"第 {number}"), tomorrow(number))
        assert len(found(browser)) == 20
        assert found(browser, "?page=2") == ["第 20"]
        assert found(browser, "?page=1000000000") == ["第 20"]

    def test_asks_the_database_the_same_few_times_however_long(self, app: Flask, browser: Browser, cast: Cast) -> None:
        organization = cast.organization()
        cast.shift(cast.activity(organization, title="第一个"), tomorrow())
        few = _statements(app, browser)
        for number in range(5):
            cast.shift(cast.activity(organization, title=f"又一个 {number}"), tomorrow(number))
        assert _statements(app, browser) == few


def _statements(app: Flask, browser: Browser) -> int:
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(*said: object) -> None:
        seen.append(str(said[2]))

    event.listen(engine, "before_cursor_execute", note)
    browser.get("/activities/")
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


class TestPage:
    def test_shows_each_shift_with_its_own_door(self, browser: Browser, cast: Cast) -> None:
        activity = cast.activity(bring="饮用水", risks="堤岸湿滑", insurance="保单 117", requirements="<script>")
        free, full = (
            cast.shift(activity, tomorrow(), capacity=3),
            cast.shift(activity, tomorrow(5), capacity=1, taken=1),
        )
        closed = cast.shift(activity, tomorrow(9), status=ShiftStatus.CLOSED)
        page = browser.get(f"/activities/{activity.public_id}").get_data(as_text=True)
        assert free.public_id in page
        assert full.public_id in page
        assert closed.public_id not in page
        for words in ("还剩 3 个", "排队候补", "停止报名", "饮用水", "堤岸湿滑", "保单 117", "&lt;script&gt;"):
            assert words in page

    def test_says_when_it_is_over(self, browser: Browser, cast: Cast) -> None:
        activity = cast.activity()
        cast.shift(activity, clock.now() - 9 * HOUR)
        assert "已经结束" in browser.get(f"/activities/{activity.public_id}").get_data(as_text=True)

    @pytest.mark.parametrize("address", ["0" * 20, "managed0", "a" * 5000, "%00" * 20])
    def test_an_address_that_is_not_ours_is_not_found(self, browser: Browser, address: str) -> None:
        browser.get(f"/activities/{address}", expect=404)
