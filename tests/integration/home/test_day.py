"""What a resident must not miss today: shifts that run now, people who have not left, in normal text and in large."""

from datetime import datetime, time, timedelta

import pytest
import time_machine

from models.accounts import Account
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from volunteer.activities.rules import ActivityStatus
from volunteer.checkin.rules import Method
from volunteer.kernel import clock


@pytest.fixture(autouse=True)
def _afternoon() -> object:
    """Make it three in the afternoon, so that no shift of these tests runs into midnight."""
    with time_machine.travel(datetime.combine(clock.today(), time(15), clock.LOCAL_ZONE), tick=False):
        yield


@pytest.fixture
def mother(cast: Cast) -> Account:
    return cast.account("李晓梅")


@pytest.fixture
def child(cast: Cast, mother: Account) -> Volunteer:
    cast.volunteer(mother)
    return cast.volunteer(mother, name="李小宝")


@pytest.fixture
def reader(browser: Browser, mother: Account) -> Browser:
    return browser.sign_in(mother)


def ago(**span: float) -> datetime:
    return clock.now() - timedelta(**span)


@pytest.mark.parametrize("size", ["normal", "large"])
class TestNotLeft:
    def fronts(self, reader: Browser, size: str) -> str:
        reader.post("/accounts/display", {"text_size": size})
        return reader.get("/").text

    def test_a_child_who_forgot_is_said_while_check_out_is_open(
        self, reader: Browser, cast: Cast, child: Volunteer, size: str
    ) -> None:
        shift = cast.shift(cast.activity(title="清洁护城河"), ago(hours=2, minutes=30))
        cast.signup(shift, child)
        cast.presence(shift, child, happened_at=ago(hours=2))
        page = self.fronts(reader, size)
        assert "李小宝还没有签退" in page
        assert "“清洁护城河”14:30 结束了，请在 15:30 前扫签退码" in page

    def test_and_after_it_closed(self, reader: Browser, cast: Cast, child: Volunteer, size: str) -> None:
        shift = cast.shift(starts_at=ago(hours=3, minutes=30))
        cast.presence(shift, child, happened_at=ago(hours=3))
        assert "签退 14:30 截止了" in self.fronts(reader, size)

    def test_and_when_the_system_closed_it(self, reader: Browser, cast: Cast, child: Volunteer, size: str) -> None:
        shift = cast.shift(starts_at=ago(hours=5))
        cast.presence(shift, child, happened_at=ago(hours=5))
        cast.presence(shift, child, 2, happened_at=ago(hours=2), method=Method.AUTO_CLOSE)
        page = self.fronts(reader, size)
        assert "有一次没有签退" in page
        assert "补签退时间" in page
        assert "李小宝还没有签退" not in page

    def test_who_joined_on_the_spot_is_told_to_check_out_too(
        self, reader: Browser, cast: Cast, child: Volunteer, size: str
    ) -> None:
        cast.presence(cast.shift(cast.activity(title="义诊"), ago(hours=1)), child, happened_at=ago(minutes=50))
        page = self.fronts(reader, size)
        assert "李小宝正在参加“义诊”" in page
        assert "14:10 签到，16:00 结束时扫签退码" in page
        assert "还没有签退" not in page

    def test_who_is_on_the_shown_shift_is_not_said_twice(
        self, reader: Browser, cast: Cast, child: Volunteer, size: str
    ) -> None:
        shift = cast.shift(starts_at=ago(hours=1))
        cast.signup(shift, child)
        cast.presence(shift, child, happened_at=ago(minutes=50))
        page = self.fronts(reader, size)
        assert "我要签退" in page
        assert "正在参加“" not in page

    def test_nobody_reads_of_other_families(self, reader: Browser, cast: Cast, size: str) -> None:
        stranger = cast.volunteer(name="陈桂兰")
        cast.presence(cast.shift(starts_at=ago(hours=3)), stranger, happened_at=ago(hours=3))
        assert "陈桂兰" not in self.fronts(reader, size)


class TestDay:
    def test_own_shifts_that_run_come_first(self, reader: Browser, cast: Cast, child: Volunteer) -> None:
        shift = cast.shift(cast.activity(title="清洁护城河"), ago(minutes=20))
        cast.signup(shift, child)
        cast.shift(cast.activity(title="晚上的活动"), clock.now() + timedelta(hours=3))
        page = reader.get("/my-day").text
        assert page.index("清洁护城河") < page.index("晚上的活动")
        assert "我要签到" in page

    def test_what_runs_and_takes_whoever_comes_is_there(self, reader: Browser, cast: Cast) -> None:
        cast.shift(cast.activity(title="随到随做"), ago(minutes=20), allows_walk_in=True)
        cast.shift(cast.activity(title="只收报名的"), ago(minutes=20))
        cast.shift(
            cast.activity(title="已经取消的", status=ActivityStatus.CANCELLED), ago(minutes=20), allows_walk_in=True
        )
        cast.shift(cast.activity(title="已经结束的"), ago(hours=3), allows_walk_in=True)
        page = reader.get("/my-day").text
        assert "随到随做" in page
        for title in ("只收报名的", "已经取消的", "已经结束的"):
            assert title not in page

    def test_tomorrow_is_not_today(self, reader: Browser, cast: Cast, child: Volunteer) -> None:
        cast.signup(cast.shift(cast.activity(title="明天的")), child)
        assert "明天的" not in reader.get("/my-day").text

    def test_an_own_shift_stands_there_once(self, reader: Browser, cast: Cast, child: Volunteer) -> None:
        shift = cast.shift(cast.activity(title="清洁护城河"), clock.now() + timedelta(hours=1), allows_walk_in=True)
        cast.signup(shift, child)
        assert reader.get("/my-day").text.count(">清洁护城河</a>") == 1

    def test_an_empty_day_says_so(self, reader: Browser) -> None:
        assert "今天没有活动" in reader.get("/my-day").text

    def test_the_door_of_large_text_leads_there(self, reader: Browser) -> None:
        reader.post("/accounts/display", {"text_size": "large"})
        assert 'href="/my-day"' in reader.get("/").text
