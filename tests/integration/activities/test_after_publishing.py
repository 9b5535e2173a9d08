"""What happens to a published activity: changes that are told, longer shifts, cancelling, closing, the poster."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from models.activities import Activity, ActivityChange, Shift
from models.base import db
from models.organizations import Organization
from models.signups import Signup
from tests.cast import Cast
from tests.client import Browser
from tests.integration.activities.conftest import GATE, tomorrow, typed_activity, typed_moment, typed_shift
from volunteer.activities import operations
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.kernel import clock
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.web.assets import vendor_path

Stored = Callable[[], list[Activity]]
HOUR = timedelta(hours=1)


@pytest.fixture
def published(cast: Cast, organization: Organization) -> Activity:
    return cast.activity(organization, gate=dict.fromkeys(GATE, False), bring="饮用水", requirements="穿防滑的鞋")


def typed_row(shift: Shift, number: int = 0, **changes: str) -> dict[str, str]:
    """Return a stored shift as its row."""
    row = typed_shift(number, shift.starts_at, capacity=str(shift.capacity), public_id=shift.public_id)
    return {**row, **{f"shifts-{number}-{name}": value for name, value in changes.items()}}


def typed_change(shift: Shift, **changes: str) -> dict[str, str]:
    """Return the whole form of the published activity with its one shift."""
    return {**typed_activity("save"), "description": "沿护城河捡拾垃圾，分类装袋。", **typed_row(shift), **changes}


def told(app: Flask) -> list[str]:
    """Return in words everything that was noted for those signed up."""
    from volunteer.activities.change_rules import Change

    with app.app_context():
        rows = db.session.scalars(select(ActivityChange).order_by(ActivityChange.id)).all()
        return [str(Change.from_json(one).words(clock.now())) for row in rows for one in row.changes]


class TestChanging:
    def test_tells_what_changed_in_words(self, app: Flask, desk: Browser, cast: Cast, published: Activity) -> None:
        shift = cast.shift(published, tomorrow())
        form = typed_change(shift, place="西门", minimum_age="8", contact_phone="13800000000")
        later = {"shifts-0-starts_at": typed_moment(tomorrow(1)), "shifts-0-ends_at": typed_moment(tomorrow(3))}
        page = desk.submit(f"/activities/{published.public_id}/edit", {**form, **later}).get_data(as_text=True)
        assert "报了名的人会看到改了什么" in page
        words = told(app)
        assert "地点由 护城河东门广场 改为 西门" in words
        assert any(one.startswith("开始时间由") for one in words)

    def test_saving_without_a_change_tells_nothing(
        self, app: Flask, desk: Browser, cast: Cast, published: Activity
    ) -> None:
        shift = cast.shift(published, tomorrow() + timedelta(seconds=41))
        form = typed_change(shift, minimum_age="8", contact_phone="13800000000")
        desk.submit(f"/activities/{published.public_id}/edit", form)
        assert told(app) == []

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"title": ""}, "请写活动名称"),
            ({"shifts-0-capacity": "5"}, "已经有 6 人报上"),
            ({"shifts-0-ends_at": "2026-01-01T00:00"}, "结束时间要晚于开始时间"),
            ({"risk": "dangerous"}, "18 岁或以上"),
            ({"shifts-0-public_id": "0" * 20}, "没有找到这个班次"),
            (typed_shift(1, clock.now() - 9 * HOUR), "开始时间已经过了"),
        ],
    )
    def test_refuses_the_same_mistakes_and_keeps_nothing(
        self,
        app: Flask,
        desk: Browser,
        cast: Cast,
        published: Activity,
        stored: Stored,
        changes: dict[str, str],
        words: str,
    ) -> None:
        shift = cast.shift(published, tomorrow(), taken=6)
        form = {**typed_change(shift, place="西门"), **changes}
        page = desk.post(f"/activities/{published.public_id}/edit", form, expect=422).get_data(as_text=True)
        assert words in page
        assert stored()[0].place == "护城河东门广场"
        assert told(app) == []

    @pytest.mark.parametrize("starts_in", [-HOUR, timedelta(minutes=29)])
    def test_the_time_of_a_shift_at_which_people_may_be_stays(
        self, desk: Browser, cast: Cast, published: Activity, starts_in: timedelta
    ) -> None:
        shift = cast.shift(published, clock.now().replace(second=0, microsecond=0) + starts_in)
        path = f"/activities/{published.public_id}/edit"
        form = typed_change(shift, **{"shifts-0-ends_at": typed_moment(shift.ends_at + HOUR)})
        assert "签到已经开放" in desk.post(path, form, expect=422).get_data(as_text=True)
        desk.submit(path, typed_change(shift, **{"shifts-0-task": "引导组"}))

    def test_a_shift_that_is_not_sent_stays_and_a_new_one_is_added(
        self, desk: Browser, cast: Cast, published: Activity, stored: Stored
    ) -> None:
        first, _second = cast.shift(published, tomorrow()), cast.shift(published, tomorrow(30))
        form = {**typed_change(first), **typed_shift(7, tomorrow(50), capacity="3")}
        desk.submit(f"/activities/{published.public_id}/edit", form)
        assert [shift.capacity for shift in stored()[0].shifts] == [10, 10, 3]

    def test_while_suspended_no_shift_is_added_or_extended_and_all_else_goes_on(
        self, app: Flask, desk: Browser, cast: Cast, organization: Organization, published: Activity, stored: Stored
    ) -> None:
        shift, running = cast.shift(published, tomorrow()), cast.shift(published, clock.now() - HOUR)
        with app.app_context():
            db.session.get_one(Organization, organization.id).status = OrganizationStatus.SUSPENDED
            db.session.commit()
        path = f"/activities/{published.public_id}"
        added = desk.post(f"{path}/edit", {**typed_change(shift), **typed_shift(7, tomorrow(50))}, expect=422)
        assert "这个组织已暂停" in added.get_data(as_text=True)
        longer = {"extended_until": typed_moment(running.ends_at + HOUR), "extension_reason": "人手不够"}
        extended = desk.post(f"{path}/shifts/{running.public_id}/extend", longer, expect=422)
        assert "这个组织已暂停" in extended.get_data(as_text=True)
        desk.submit(f"{path}/edit", typed_change(shift, place="西门"))
        desk.submit(f"{path}/shifts/{shift.public_id}/cancel", {"reason": "暂停了"})
        assert stored()[0].place == "西门"
        assert [one.status for one in stored()[0].shifts] == [ShiftStatus.OPEN, ShiftStatus.CANCELLED]

    def test_a_shift_of_another_activity_is_never_touched(
        self, desk: Browser, cast: Cast, published: Activity, stored: Stored
    ) -> None:
        mine, other = cast.shift(published, tomorrow()), cast.shift(cast.activity(cast.organization(name="别人的")))
        form = {**typed_change(mine), **typed_row(other, 1, capacity="1")}
        desk.post(f"/activities/{published.public_id}/edit", form, expect=422)
        assert stored()[1].shifts[0].capacity == 10

    def test_more_places_move_the_line_up(self, app: Flask, desk: Browser, cast: Cast, published: Activity) -> None:
        shift = cast.shift(published, tomorrow(), capacity=1, taken=1)
        for name, status in (("在内的", SignupStatus.PLACED), ("等着的", SignupStatus.WAITING)):
            volunteer, now = cast.volunteer(name=name), clock.now()
            cast.add(
                Signup(
                    shift_id=shift.id,
                    volunteer_id=volunteer.id,
                    account_id=volunteer.account_id,
                    status=status,
                    created_at=now,
                    changes_seen_at=now,
                )
            )
        form = typed_change(shift, **{"shifts-0-capacity": "2"})
        desk.submit(f"/activities/{published.public_id}/edit", form)
        with app.app_context():
            assert set(db.session.scalars(select(Signup.status))) == {SignupStatus.PLACED}
            assert db.session.get_one(Shift, shift.id).taken == 2

    def test_more_places_call_whoever_keeps_the_line(
        self, app: Flask, cast: Cast, desk: Browser, published: Activity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shift, called = cast.shift(published, tomorrow(), capacity=4, taken=4), []
        monkeypatch.setattr(operations, "room_grew", [called.append])
        for capacity in ("6", "4"):
            form = typed_change(shift, **{"shifts-0-capacity": capacity})
            desk.submit(f"/activities/{published.public_id}/edit", form)
        assert called == [[shift.id]]


class TestShifts:
    def extend(self, desk: Browser, shift: Shift, until: datetime, reason: str, expect: int) -> str:
        path = f"/activities/{self.activity.public_id}/shifts/{shift.public_id}/extend"
        form = {"extended_until": typed_moment(until), "extension_reason": reason}
        return desk.post(path, form, expect=expect).get_data(as_text=True)

    @pytest.fixture(autouse=True)
    def _activity(self, published: Activity) -> None:
        self.activity = published

    def test_one_that_runs_may_go_on_longer_for_a_reason(
        self, app: Flask, desk: Browser, cast: Cast, stored: Stored
    ) -> None:
        shift = cast.shift(self.activity, clock.now().replace(second=0, microsecond=0) - HOUR)
        assert "为什么延长" in desk.get(
            f"/activities/{self.activity.public_id}/shifts/{shift.public_id}/extend"
        ).get_data(as_text=True)
        assert "请填写为什么延长" in self.extend(desk, shift, shift.ends_at + HOUR, "", 422)
        assert "要晚于" in self.extend(desk, shift, shift.ends_at, "人手不够", 422)
        assert "16 小时" in self.extend(desk, shift, shift.ends_at + 30 * HOUR, "人手不够", 422)
        self.extend(desk, shift, shift.ends_at + HOUR, "人手不够", 302)
        assert stored()[0].shifts[0].extended_until == shift.ends_at + HOUR
        assert "延长到" in told(app)[0]

    def test_one_that_is_long_over_may_not(self, desk: Browser, cast: Cast) -> None:
        shift = cast.shift(self.activity, clock.now() - 9 * HOUR)
        assert "不能再延长" in self.extend(desk, shift, shift.ends_at + HOUR, "补一下", 422)

    def test_one_is_cancelled_with_a_reason_before_it_starts(
        self, app: Flask, desk: Browser, cast: Cast, stored: Stored
    ) -> None:
        shift, running = cast.shift(self.activity, tomorrow()), cast.shift(self.activity, clock.now() - HOUR)
        path = f"/activities/{self.activity.public_id}/shifts/{{}}/cancel"
        assert "请填写原因" in desk.post(path.format(shift.public_id), {"reason": " "}, expect=422).get_data(
            as_text=True
        )
        desk.submit(path.format(shift.public_id), {"reason": "下雨"})
        assert [one.status for one in stored()[0].shifts] == [ShiftStatus.OPEN, ShiftStatus.CANCELLED]
        assert told(app) == ["这个班次取消了：下雨"]
        desk.post(path.format(shift.public_id), {"reason": "再来一次"}, expect=422)
        desk.post(path.format(running.public_id), {"reason": "晚了"}, expect=422)

    def test_signups_stop_and_go_on(self, desk: Browser, cast: Cast, stored: Stored) -> None:
        shift = cast.shift(self.activity, tomorrow())
        path = f"/activities/{self.activity.public_id}/shifts/{shift.public_id}/signups"
        assert "继续报名" in desk.submit(path, {"open": "0"}).get_data(as_text=True)
        assert stored()[0].shifts[0].status is ShiftStatus.CLOSED
        desk.submit(path, {"open": "1"})
        assert stored()[0].shifts[0].status is ShiftStatus.OPEN


class TestEnding:
    def test_cancelling_needs_a_reason_that_everybody_reads(
        self, app: Flask, desk: Browser, cast: Cast, published: Activity, stored: Stored
    ) -> None:
        cast.shift(published, tomorrow())
        path = f"/activities/{published.public_id}/cancel"
        desk.get(path)
        desk.post(path, {"reason": ""}, expect=422)
        desk.post(path, {"reason": "长" * 8000}, expect=422)
        desk.submit(path, {"reason": "台风要来"})
        assert stored()[0].status is ActivityStatus.CANCELLED
        page = Browser(app).get(f"/activities/{published.public_id}").get_data(as_text=True)
        assert "台风要来" in page
        assert "/signups/" not in page
        desk.post(path, {"reason": "再来"}, expect=422)
        desk.get(f"/activities/{published.public_id}/edit", expect=409)

    def test_what_has_begun_is_not_cancelled_as_a_whole(self, desk: Browser, cast: Cast, published: Activity) -> None:
        cast.shift(published, clock.now() - HOUR)
        page = desk.post(f"/activities/{published.public_id}/cancel", {"reason": "晚了"}, expect=422)
        assert "一个个取消" in page.get_data(as_text=True)

    def test_closes_when_everything_is_over(
        self, desk: Browser, cast: Cast, published: Activity, stored: Stored
    ) -> None:
        cast.shift(published, clock.now() - 5 * HOUR)
        late = cast.shift(published, tomorrow())
        path = f"/activities/{published.public_id}/close"
        assert "才结束" in desk.post(path, expect=409).get_data(as_text=True)
        desk.submit(f"/activities/{published.public_id}/shifts/{late.public_id}/cancel", {"reason": "人不够"})
        assert "结项" in desk.get(f"/activities/{published.public_id}/manage").get_data(as_text=True)
        desk.submit(path)
        assert stored()[0].status is ActivityStatus.CLOSED
        desk.post(path, expect=409)


class TestDesk:
    def test_lists_today_coming_drafts_and_past(self, desk: Browser, cast: Cast, organization: Organization) -> None:
        now = clock.now()
        titles = {"正在办的": now - HOUR / 2, "以后的": now + timedelta(days=3), "办完的": now - timedelta(days=3)}
        for title, starts_at in titles.items():
            cast.shift(cast.activity(organization, title=title), starts_at)
        cast.activity(organization, title="写一半的", status=ActivityStatus.DRAFT, published_at=None)
        cast.shift(cast.activity(cast.organization(name="别人的"), title="别人办的"))
        coming = desk.get("/activities/managed").get_data(as_text=True)
        assert coming.index("正在办的") < coming.index("<h2>接下来") < coming.index("以后的")
        assert "办完的" not in coming
        assert "别人办的" not in coming
        assert "草稿（1）" in coming
        past = desk.get("/activities/managed?show=past&page=1000000000").get_data(as_text=True)
        assert "等您结项" in past
        assert "以后的" not in past
        assert "写一半的" in desk.get("/activities/managed?show=drafts").get_data(as_text=True)
        desk.get("/activities/managed?show=%1f")

    def test_a_foreign_activity_is_not_found_by_any_address(self, desk: Browser, cast: Cast) -> None:
        foreign = cast.activity(cast.organization(name="别人的"))
        shift = cast.shift(foreign)
        base = f"/activities/{foreign.public_id}"
        for part in ("manage", "edit", "preview", "cancel", "poster", f"shifts/{shift.public_id}/extend"):
            desk.get(f"{base}/{part}", expect=404)
        for part in (
            "close",
            "discard",
            "autosave",
            f"shifts/{shift.public_id}/signups",
            f"shifts/{shift.public_id}/cancel",
        ):
            desk.post(f"{base}/{part}", {"reason": "x"}, expect=404)

    def test_a_shift_of_another_activity_is_not_found_in_mine(
        self, desk: Browser, cast: Cast, published: Activity
    ) -> None:
        foreign = cast.shift(cast.activity(cast.organization(name="别人的")))
        desk.get(f"/activities/{published.public_id}/shifts/{foreign.public_id}/cancel", expect=404)

    def test_the_poster_leads_to_the_public_page(self, desk: Browser, cast: Cast, published: Activity) -> None:
        try:
            vendor_path("fonts/noto-serif-sc-bold.ttf")
        except FileNotFoundError:
            pytest.skip("the fonts were not built")
        cast.shift(published, tomorrow())
        answer = desk.get(f"/activities/{published.public_id}/poster")
        assert answer.mimetype == "application/pdf"
        text = PdfReader(BytesIO(answer.data)).pages[0].extract_text()
        assert "护城河东门广场" in "".join(text.split())

    def test_a_draft_has_no_poster(self, desk: Browser, cast: Cast, organization: Organization) -> None:
        draft = cast.activity(organization, status=ActivityStatus.DRAFT, published_at=None)
        desk.get(f"/activities/{draft.public_id}/poster", expect=409)
