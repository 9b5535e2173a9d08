"""One page: drafts that may be incomplete, publishing that checks everything, nothing half-saved."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from models.accounts import Account
from models.activities import Activity
from models.organizations import Organization
from tests.cast import Cast
from tests.client import Browser
from tests.integration.activities.conftest import tomorrow, typed_activity, typed_moment, typed_shift
from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationStatus

Stored = Callable[[], list[Activity]]
NEW = "/activities/new"


@pytest.fixture
def whole(organization: Organization) -> dict[str, str]:
    return typed_activity(organization=organization.public_id)


class TestPublishing:
    def test_puts_the_activity_before_residents(
        self, app: Flask, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        second = typed_shift(3, tomorrow(24), capacity="２０", task="引导组", allows_walk_in="y", break_minutes="15")
        page = desk.submit(NEW, {**whole, **second}).get_data(as_text=True)
        assert "已发布" in page
        [activity] = stored()
        assert activity.status is ActivityStatus.PUBLISHED
        assert [shift.capacity for shift in activity.shifts] == [10, 20], "full-width digits are digits"
        assert activity.shifts[0].starts_at == tomorrow()
        assert (activity.shifts[1].task, activity.shifts[1].break_minutes) == ("引导组", 15)
        assert activity.shifts[1].allows_walk_in
        public = Browser(app).get(f"/activities/{activity.public_id}").get_data(as_text=True)
        assert "还剩 10 个" in public
        assert 'href="tel:07103220000"' in public
        assert 'property="og:title" content="周末清洁护城河"' in public

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"title": ""}, "请写活动名称"),
            ({"title": "长" * 8000}, "最多 100 个字，现在是 8000 个字"),
            ({"title": "有\x00字"}, "控制字符"),
            ({"place": ""}, "请写地点"),
            ({"contact_name": ""}, "请写联系人"),
            ({"contact_phone": ""}, "请写联系电话"),
            ({"contact_phone": "12"}, "电话要填手机号"),
            ({"category": "war"}, "请从列表里选一项"),
            ({"area_code": "000"}, "没有找到这个区划"),
            ({"area_code": "420602\x00"}, "控制字符"),
            ({"minimum_age": "7"}, "8 到 70 岁"),
            ({"minimum_age": "1e9"}, "请填整数"),
            ({"risk": "dangerous"}, "18 岁或以上"),
            ({"risk": "dangerous", "minimum_age": "18"}, "保险公司和保单号"),
            ({"gate_paid": "yes"}, "有报酬的工作不算志愿服务"),
            ({"gate_visit": ""}, "都答完"),
            ({"gate_visit": "maybe"}, "都答完"),
            ({"shifts-0-capacity": "0"}, "名额至少 1 人"),
            ({"shifts-0-capacity": "-1"}, "名额至少 1 人"),
            ({"shifts-0-capacity": "1e9"}, "请填整数"),
            ({"shifts-0-capacity": "9" * 8000}, "这个数太大了"),
            ({"shifts-0-capacity": "99999"}, "名额最多 10000 人"),
            ({"shifts-0-capacity": ""}, "请填要几个人"),
            ({"shifts-0-break_minutes": "-5"}, "不能是负数"),
            ({"shifts-0-break_minutes": "120"}, "休息时间要比班次短"),
            ({"shifts-0-ends_at": typed_moment(tomorrow(-1))}, "结束时间要晚于开始时间"),
            ({"shifts-0-ends_at": typed_moment(tomorrow(240))}, "最长 16 小时"),
            ({"shifts-0-ends_at": ""}, "请选结束时间"),
            ({"shifts-0-starts_at": "2027-02-30T10:00"}, "没有这个日期或时间"),
            ({"shifts-0-starts_at": "2027-02-20T25:00"}, "没有这个日期或时间"),
            ({"shifts-0-starts_at": "0001-01-01T00:00"}, "年份不对"),
            ({"shifts-0-starts_at": "9999-12-31T23:59"}, "年份不对"),
            ({"shifts-0-starts_at": "明天"}, "请选日期和时间"),
            ({"shifts-0-starts_at": "\x00"}, "请选日期和时间"),
            ({"latitude": "NaN", "longitude": "112"}, "小数"),
            ({"latitude": "1e309", "longitude": "112"}, "小数"),
            ({"latitude": "91", "longitude": "112"}, "小数"),
            ({"latitude": "32"}, "要么都填"),
        ],
    )
    def test_says_on_the_field_what_to_change_and_keeps_nothing(
        self, desk: Browser, whole: dict[str, str], stored: Stored, changes: dict[str, str], words: str
    ) -> None:
        page = desk.post(NEW, {**whole, **changes}, expect=422).get_data(as_text=True)
        assert words in page
        assert "穿防滑的鞋" in page, "what was typed stays"
        assert stored() == []

    def test_finds_every_problem_at_once(self, desk: Browser, whole: dict[str, str]) -> None:
        changes = {"place": "", "gate_paid": "yes", "shifts-0-starts_at": typed_moment(clock.now() - timedelta(days=9))}
        changes["shifts-0-ends_at"] = typed_moment(clock.now() - timedelta(days=9) + timedelta(hours=1))
        page = desk.post(NEW, {**whole, **changes}, expect=422).get_data(as_text=True)
        for words in ("请写地点", "有报酬的工作", "开始时间已经过了"):
            assert words in page

    def test_finds_what_is_missing_beside_what_is_mistyped(self, desk: Browser, whole: dict[str, str]) -> None:
        changes = {"contact_phone": "12", "place": "", "gate_visit": "", "shifts-0-capacity": "0"}
        page = desk.post(NEW, {**whole, **changes}, expect=422).get_data(as_text=True)
        for words in ("电话要填手机号", "请写地点", "都答完", "名额至少 1 人"):
            assert words in page
        assert "还有 4 处要改" in page
        assert '<a href="#shifts-0-capacity">班次 1 · 名额（人）</a>：名额至少 1 人' in page
        draft = desk.post(NEW, {**whole, **changes, "act": "draft"}, expect=422).get_data(as_text=True)
        assert "请写地点" not in draft

    def test_a_problem_of_the_second_row_stands_in_the_second_row(self, desk: Browser, whole: dict[str, str]) -> None:
        blank = {"shifts-2-starts_at": "", "shifts-2-ends_at": "", "shifts-2-capacity": "", "shifts-2-task": ""}
        wrong = typed_shift(5, tomorrow(), hours=-2)
        page = desk.post(NEW, {**whole, **blank, **wrong}, expect=422).get_data(as_text=True)
        assert re.findall(r'id="(shifts-[^"]*)-error"', page) == ["shifts-2-ends_at"], "rows are numbered anew"

    @pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "x", ""])
    def test_a_row_with_a_senseless_number_is_no_row(
        self, desk: Browser, whole: dict[str, str], stored: Stored, number: str
    ) -> None:
        desk.submit(NEW, {**whole, f"shifts-{number}-task": "引导组"})
        assert len(stored()[0].shifts) == 1

    def test_more_than_fifty_shifts_are_too_many(self, desk: Browser, whole: dict[str, str], stored: Stored) -> None:
        for number in range(51):
            whole.update(typed_shift(number, tomorrow(number)))
        assert "最多 50 个班次" in desk.post(NEW, whole, expect=422).get_data(as_text=True)
        assert stored() == []

    def test_a_form_without_shifts_says_so(self, desk: Browser, whole: dict[str, str]) -> None:
        bare = {name: value for name, value in whole.items() if not name.startswith("shifts-")}
        assert "请至少加一个班次" in desk.post(NEW, bare, expect=422).get_data(as_text=True)

    @pytest.mark.parametrize("status", sorted(set(OrganizationStatus) - {OrganizationStatus.APPROVED}))
    def test_waits_for_the_office_but_drafts_are_kept(
        self, desk: Browser, cast: Cast, owner: Account, stored: Stored, status: OrganizationStatus
    ) -> None:
        waiting = cast.organization(owner, name="等着的", status=status)
        form = typed_activity(organization=waiting.public_id)
        assert "草稿可以先存着" in desk.post(NEW, form, expect=422).get_data(as_text=True) or (
            status is OrganizationStatus.RETURNED
        )
        assert stored() == []
        desk.submit(NEW, {**form, "act": "draft"})
        assert [activity.status for activity in stored()] == [ActivityStatus.DRAFT]

    def test_a_form_without_its_token_changes_nothing(
        self, app: Flask, desk: Browser, whole: dict[str, str], stored: Stored, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
        page = desk.post(NEW, whole, expect=422).get_data(as_text=True)
        assert "这个页面打开太久了" in page
        assert whole["title"] in page
        assert stored() == []

    def test_nobody_publishes_for_an_organization_of_others(
        self, app: Flask, desk: Browser, cast: Cast, whole: dict[str, str], stored: Stored
    ) -> None:
        foreign = cast.organization(name="别人的")
        desk.post(NEW, {**whole, "organization": foreign.public_id}, expect=422)
        checker = cast.account("复核的人")
        cast.grant(checker, Role.CHECKER, organization=foreign)
        Browser(app).sign_in(checker).get(NEW, expect=403)
        Browser(app).sign_in(cast.account("居民")).get(NEW, expect=403)
        assert stored() == []


class TestDrafts:
    def test_are_kept_incomplete(self, desk: Browser, organization: Organization, stored: Stored) -> None:
        form = {"organization": organization.public_id, "category": "culture", "risk": "ordinary", "act": "draft"}
        page = desk.submit(NEW, form).get_data(as_text=True)
        assert "草稿已存" in page
        [draft] = stored()
        assert (draft.title, draft.status, draft.shifts) == ("", ActivityStatus.DRAFT, [])
        assert "没有名称的草稿" in desk.get("/activities/managed?show=drafts").get_data(as_text=True)

    def test_refuse_only_what_is_no_shift_at_all(
        self, desk: Browser, organization: Organization, stored: Stored
    ) -> None:
        form = typed_activity("draft", organization=organization.public_id, title="", place="")
        bad = {**form, **typed_shift(0, tomorrow(), hours=240)}
        assert "最长 16 小时" in desk.post(NEW, bad, expect=422).get_data(as_text=True)
        assert stored() == []
        past = {**form, **typed_shift(0, clock.now() - timedelta(days=30))}
        desk.submit(NEW, past)
        assert len(stored()[0].shifts) == 1

    def test_go_on_and_are_published_from_their_own_page(
        self, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        desk.submit(NEW, {**whole, "act": "draft"})
        path = f"/activities/{stored()[0].public_id}/edit"
        assert "周末清洁护城河" in desk.get(path).get_data(as_text=True)
        desk.post(path, {**whole, "place": "", "title": "改过的"}, expect=422)
        assert stored()[0].title == "周末清洁护城河", "a refusal keeps nothing"
        desk.submit(path, {**whole, **typed_shift(1, tomorrow(5))})
        [activity] = stored()
        assert activity.status is ActivityStatus.PUBLISHED
        assert len(activity.shifts) == 2

    def test_save_themselves_and_say_when_they_cannot(
        self, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        desk.submit(NEW, {**whole, "act": "draft"})
        path = f"/activities/{stored()[0].public_id}/autosave"
        for _ in range(3):
            desk.post(path, {**whole, "title": "自己存的"}, expect=200)
        assert (stored()[0].title, len(stored()[0].shifts)) == ("自己存的", 1)
        answer = desk.post(path, {**whole, "shifts-0-capacity": "x"}, expect=422)
        assert "没填好" in answer.get_json()["error"]

    def test_nothing_published_is_ever_saved_by_itself(
        self, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        desk.submit(NEW, whole)
        path = f"/activities/{stored()[0].public_id}/autosave"
        desk.post(path, {**whole, "title": "悄悄改的"}, expect=422)
        assert (stored()[0].title, len(stored()[0].shifts)) == ("周末清洁护城河", 1)

    def test_rows_come_and_go_without_script_and_all_that_was_typed_stays(
        self, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        page = desk.post(NEW, {**whole, "shifts-0-capacity": "很多", "act": "add"}, expect=200).get_data(as_text=True)
        assert 'name="shifts-1-starts_at"' in page
        assert 'value="很多"' in page
        page = desk.post(NEW, {**whole, "act": "remove-shifts-0"}, expect=200).get_data(as_text=True)
        assert typed_moment(tomorrow()) not in page
        desk.post(NEW, {**whole, "act": "remove-shifts-99"}, expect=200)
        assert stored() == []

    def test_are_seen_by_their_organizers_alone(self, app: Flask, cast: Cast, organization: Organization) -> None:
        draft = cast.activity(organization, status=ActivityStatus.DRAFT, published_at=None)
        Browser(app).get(f"/activities/{draft.public_id}", expect=404)
        office, stranger = Browser(app).sign_in(cast.office()), Browser(app).sign_in(_owner_elsewhere(cast))
        for part in ("preview", "edit", "manage"):
            office.get(f"/activities/{draft.public_id}/{part}", expect=403)
            stranger.get(f"/activities/{draft.public_id}/{part}", expect=404)
        stranger.post(f"/activities/{draft.public_id}/discard", expect=404)

    def test_can_be_thrown_away_while_they_are_drafts(
        self, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        desk.submit(NEW, {**whole, "act": "draft"})
        desk.submit(f"/activities/{stored()[0].public_id}/discard")
        assert stored() == []
        desk.submit(NEW, whole)
        desk.post(f"/activities/{stored()[0].public_id}/discard", expect=409)
        assert len(stored()) == 1


class TestPreviewAndCopies:
    def test_the_preview_shows_what_a_resident_will_see(
        self, desk: Browser, whole: dict[str, str], stored: Stored
    ) -> None:
        page = desk.submit(NEW, {**whole, "act": "preview"}).get_data(as_text=True)
        assert "别人看不到" in page
        assert "还剩 10 个" in page
        assert stored()[0].status is ActivityStatus.DRAFT

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"title": "<b>"},
            {"shifts-0-ends_at": "x"},
            {"category": "war"},
            {"area_code": "0"},
            {"area_code": "\x00"},
            {"risk": "?"},
        ],
    )
    def test_the_live_preview_keeps_nothing_whatever_is_typed(
        self, desk: Browser, whole: dict[str, str], stored: Stored, changes: dict[str, str]
    ) -> None:
        page = desk.post("/activities/preview", {**whole, **changes}, expect=200).get_data(as_text=True)
        assert "护城河东门广场" in page
        assert "<b>" not in page
        assert stored() == []

    def test_a_copy_lies_ahead_and_asks_the_gate_anew(
        self, desk: Browser, cast: Cast, organization: Organization
    ) -> None:
        old = cast.activity(organization, title="去年的清洁", risk=RiskLevel.DANGEROUS, gate={"paid": False})
        cast.shift(old, tomorrow() - timedelta(weeks=3), capacity=17)
        page = desk.get(f"/activities/new?source={old.public_id}").get_data(as_text=True)
        assert 'value="去年的清洁"' in page
        assert 'value="17"' in page
        assert typed_moment(tomorrow()) in page
        assert 'name="gate_paid" id="gate_paid-no" value="no" checked' not in page

    def test_nobody_copies_what_is_not_theirs(self, desk: Browser, cast: Cast) -> None:
        foreign = cast.activity(cast.organization(name="别人的"), status=ActivityStatus.DRAFT, published_at=None)
        desk.get(f"/activities/new?source={foreign.public_id}", expect=404)
        desk.get("/activities/new?source=%00x", expect=404)


def _owner_elsewhere(cast: Cast) -> Account:
    account = cast.account("别处的主任")
    cast.organization(account, name="别处的组织")
    return account
