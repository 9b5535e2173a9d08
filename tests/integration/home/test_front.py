from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from models.accounts import Account
from models.activities import ActivityChange, Shift
from models.base import db
from models.hours import Entry
from models.volunteers import FigureChange, Volunteer
from tests.cast import Cast
from tests.client import Browser
from volunteer.activities.rules import ActivityStatus
from volunteer.hours.minutes import Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.metrics.operations import take_in_changes
from volunteer.volunteers.rules import Relation


def credit(cast: Cast, shift: Shift, volunteer: Volunteer, served_on: date, minutes: int) -> Entry:
    starts_at = datetime(served_on.year, served_on.month, served_on.day, 9, tzinfo=clock.LOCAL_ZONE)
    entry = cast.add(
        Entry(
            kind=EntryKind.CREDIT,
            volunteer_id=volunteer.id,
            shift_id=shift.id,
            organization_id=cast.organization().id,
            served_on=served_on,
            started_at=starts_at,
            ended_at=starts_at + timedelta(minutes=minutes),
            minutes=minutes,
            source=Source.SCAN,
            rules_version="test",
            derivation={},
            made_at=clock.now(),
        )
    )
    cast.add(FigureChange(volunteer_id=volunteer.id, entry_id=entry.id))
    return entry


@pytest.fixture
def resident(cast: Cast) -> tuple[Account, Volunteer]:
    """Return 李晓梅 with herself registered."""
    account = cast.account()
    return account, cast.volunteer(account)


class TestVisitor:
    def test_reads_what_this_is_and_the_activities_soonest_first(self, browser: Browser, cast: Cast) -> None:
        cast.shift(cast.activity(title="后天的活动"), clock.now() + timedelta(days=2))
        cast.shift(cast.activity(title="明天的活动"), clock.now() + timedelta(days=1), capacity=3, taken=1)
        page = browser.get("/").text
        assert "在襄阳市做志愿者" in page
        assert page.index("明天的活动") < page.index("后天的活动")
        assert "还剩 2 个名额" in page

    def test_sees_neither_drafts_nor_what_has_begun(self, browser: Browser, cast: Cast) -> None:
        cast.shift(cast.activity(title="还是草稿", status=ActivityStatus.DRAFT))
        cast.shift(cast.activity(title="已经开始"), clock.now() - timedelta(minutes=1))
        page = browser.get("/").text
        assert "还是草稿" not in page
        assert "已经开始" not in page

    def test_reads_the_citys_figures_with_what_they_rest_on(self, browser: Browser, cast: Cast, context: Flask) -> None:
        volunteer = cast.volunteer()
        cast.volunteer(name="张建国")
        credit(cast, cast.shift(starts_at=clock.now() - timedelta(days=1)), volunteer, clock.today(), 90)
        take_in_changes()
        db.session.commit()
        page = browser.get("/").text
        assert "50.00%" in page
        assert "参加过活动的 1 人 ÷ 注册志愿者 2 人" in page
        assert "0.75<small>小时</small>" in page
        assert "暂无数据" in page  # no population, no survey

    def test_reads_no_figures_before_anybody_is_registered(self, browser: Browser, cast: Cast) -> None:
        cast.city()
        assert "全市志愿服务" not in browser.get("/").text

    def test_finds_a_page_before_there_is_a_city(self, browser: Browser) -> None:
        page = browser.get("/").text
        assert "做志愿者，从这里开始" in page
        assert "最近没有新的活动" in page


class TestResident:
    def test_without_a_volunteer_is_asked_to_register(self, browser: Browser, cast: Cast) -> None:
        page = browser.sign_in(cast.account("刘新")).get("/").text
        assert "刘新，" in page
        assert "先登记成为志愿者" in page
        assert "服务时长" not in page

    def test_reads_the_hours_of_this_year_for_each_of_the_family(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        account, volunteer = resident
        child = cast.volunteer(account, "李小宝", relation=Relation.CHILD)
        shift, today = cast.shift(starts_at=clock.now() - timedelta(days=400)), clock.today()
        credit(cast, shift, volunteer, today, 700)
        credit(cast, shift, child, date(today.year - 1, 12, 31), 600)
        page = browser.sign_in(account).get("/").text
        assert "李晓梅今年服务 11.66 小时，目标 25 小时" in page
        assert "还差 13.33 小时" in page
        assert "李小宝今年服务 0.00 小时，目标 25 小时" in page

    def test_may_cancel_a_shift_that_lies_ahead(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        shift = cast.shift(taken=1)
        signup = cast.signup(shift, resident[1])
        page = browser.sign_in(resident[0]).get("/").text
        assert f"/signups/{signup.public_id}/cancel" in page
        assert "我要签到" not in page

    @pytest.mark.parametrize(
        ("events", "words"), [(0, "我要签到"), (1, "我要签退")], ids=["not yet there", "there since"]
    )
    def test_is_led_to_the_code_when_it_is_time(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer], events: int, words: str
    ) -> None:
        shift = cast.shift(starts_at=clock.now() - timedelta(minutes=10), taken=1)
        cast.signup(shift, resident[1])
        for ordinal in range(1, events + 1):
            cast.presence(shift, resident[1], ordinal)
        page = browser.sign_in(resident[0]).get("/").text
        assert words in page
        assert "取消报名" not in page

    def test_may_still_check_out_after_the_planned_end(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        shift = cast.shift(starts_at=clock.now() - timedelta(minutes=130), minutes=120, taken=1)
        cast.signup(shift, resident[1])
        cast.presence(shift, resident[1])
        assert "我要签退" in browser.sign_in(resident[0]).get("/").text

    def test_goes_on_to_the_next_shift_after_checking_out(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        done = cast.shift(cast.activity(title="上午的活动"), clock.now() - timedelta(minutes=60), taken=1)
        cast.signup(done, resident[1])
        cast.presence(done, resident[1], 1)
        cast.presence(done, resident[1], 2)
        cast.signup(cast.shift(cast.activity(title="明天的活动"), taken=1), resident[1])
        page = browser.sign_in(resident[0]).get("/").text
        assert "上午的活动" not in page
        assert "明天的活动" in page

    def test_does_not_see_a_cancelled_activity_as_the_next(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        gone = cast.activity(title="取消的活动", status=ActivityStatus.CANCELLED)
        cast.signup(cast.shift(gone, taken=1), resident[1])
        assert "取消的活动" not in browser.sign_in(resident[0]).get("/").text

    def test_reads_why_an_activity_is_not_for_them(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        mine = cast.shift(cast.activity(title="已经报上的"), taken=1)
        cast.signup(mine, resident[1])
        cast.shift(cast.activity(title="同一时间的"), mine.starts_at)
        page = browser.sign_in(resident[0]).get("/").text
        assert "先取消那一个才能报这个" in page
        assert page.count("已经报上的") == 2  # the card of the next shift, and the reason

    def test_gives_no_reason_while_one_of_the_family_may_come(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        cast.volunteer(resident[0], "李小宝", relation=Relation.CHILD, birth_on=date(clock.today().year - 10, 1, 1))
        cast.shift(cast.activity(title="大人的活动", minimum_age=18))
        page = browser.sign_in(resident[0]).get("/").text
        assert "这个活动要年满" not in page
        assert "还剩 10 个名额" in page

    def test_is_told_that_an_activity_changed(
        self, browser: Browser, cast: Cast, resident: tuple[Account, Volunteer]
    ) -> None:
        shift = cast.shift(taken=1)
        cast.signup(shift, resident[1], changes_seen_at=clock.now() - timedelta(hours=1))
        cast.add(
            ActivityChange(
                activity_id=shift.activity_id,
                at=clock.now(),
                changed_by=resident[0].id,
                changes=[{"field": "place", "before": "东门", "after": "西门"}],
            )
        )
        assert "1 个活动改了时间、地点或别的安排" in browser.sign_in(resident[0]).get("/").text


class TestLargeText:
    @pytest.fixture
    def page(self, browser: Browser, cast: Cast) -> Iterator[str]:
        account = cast.account("陈奶奶", text_size="large")
        cast.volunteer(account, "陈桂兰")
        return browser.sign_in(account).get("/").text

    def test_offers_four_things(self, page: str) -> None:
        for words in ("我的码", "今天的活动", "我的时长", "打电话求助"):
            assert page.count(words) == 3  # the page itself, and both lines of doors
        assert 'href="tel:12345"' in page

    def test_leaves_the_usual_doors_away(self, page: str) -> None:
        assert "我的报名" not in page


class TestLostDatabase:
    """When the database is gone, the reader is told so, whoever they are."""

    @pytest.fixture(autouse=True)
    def _lose(self, browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        browser.sign_in(cast.account())

        def refuse(*_: object, **__: object) -> None:
            raise OperationalError("SELECT", {}, Exception("gone"))

        monkeypatch.setattr(Engine, "raw_connection", refuse)

    def test_the_error_page_is_a_visitors(self, browser: Browser) -> None:
        page = browser.get("/", expect=503)
        assert "请过几秒再试" in page.text
        assert page.headers["Retry-After"] == "3"
        assert "验证证明" in page.text

    def test_a_page_of_ones_own_does_not_lead_to_sign_in(self, browser: Browser) -> None:
        assert "请过几秒再试" in browser.get("/signups/", expect=503).text

    def test_a_form_is_refused_too(self, browser: Browser) -> None:
        browser.post("/accounts/sign-out", expect=503)
