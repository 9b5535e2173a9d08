"""Organizations from the first form to the last owner."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.accounts import Account, RoleGrant
from models.audit import AuditEvent
from models.base import db
from models.organizations import Organization
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.permissions import Role
from volunteer.organizations import operations, queries
from volunteer.organizations.rules import OrganizationStatus

CODE = "91350100M000100Y43"
TYPED = {
    "name": "周公庙社区志愿服务队",
    "kind": "community",
    "parent": "",
    "credit_code": "",
    "area_code": "420602001001",
    "introduction": "清洁护城河，陪老人说话。",
    "contact_name": "王主任",
    "contact_phone": "0710-3220000",
}


@pytest.fixture
def owner(cast: Cast) -> Account:
    cast.city()
    return cast.account("王主任")


@pytest.fixture
def desk(browser: Browser, owner: Account) -> Browser:
    return browser.sign_in(owner)


def stored(app: Flask) -> list[Organization]:
    with app.app_context():
        return list(db.session.scalars(select(Organization).order_by(Organization.id)))


class TestCreating:
    def test_makes_the_creator_owner_while_the_office_decides(self, app: Flask, desk: Browser, owner: Account) -> None:
        page = desk.submit("/organizations/new", TYPED).get_data(as_text=True)
        assert "待审核" in page
        [organization] = stored(app)
        assert organization.status is OrganizationStatus.PENDING
        with app.app_context():
            grant = db.session.scalars(select(RoleGrant)).one()
            assert (grant.account_id, grant.role) == (owner.id, Role.ORGANIZATION_OWNER)
            actions = db.session.scalars(select(AuditEvent.action)).all()
            assert "organizations.created" in actions

    @pytest.mark.parametrize(
        ("field", "typed", "words"),
        [
            ("name", "", "请填写组织名称"),
            ("name", "长" * 8000, "最多 100 个字"),
            ("name", "有\x00字", "控制字符"),
            ("kind", "bank", "请从列表里选一项"),
            ("parent", "somebody-else", "请从列表里选一项"),
            ("credit_code", CODE[:-1] + "4", "第 18 位不对"),
            ("area_code", "999999", "没有找到这个区划"),
            ("area_code", "<b>", "没有找到这个区划"),
            ("area_code", "420602\x00", "控制字符"),
            ("introduction", "长" * 8000, "最多 2000 个字"),
            ("contact_phone", "12345", "电话要填手机号"),
        ],
    )
    def test_says_on_the_field_what_to_change(
        self, app: Flask, desk: Browser, field: str, typed: str, words: str
    ) -> None:
        page = desk.post("/organizations/new", {**TYPED, field: typed}, expect=422).get_data(as_text=True)
        assert words in page
        assert "陪老人说话" in page or field == "introduction", "what was typed stays"
        assert stored(app) == []

    def test_takes_a_community_by_its_name_where_there_is_no_script(self, app: Flask, desk: Browser) -> None:
        desk.submit("/organizations/new", {**TYPED, "area_code": "樊城区 邵家巷社区"})
        with app.app_context():
            assert db.session.scalars(select(Organization)).one().area.code == "420606001001"

    def test_a_name_or_a_code_is_there_once(self, app: Flask, desk: Browser, cast: Cast) -> None:
        cast.organization(name=TYPED["name"], credit_code=CODE)
        page = desk.post("/organizations/new", TYPED, expect=422).get_data(as_text=True)
        assert "已经有叫这个名字的组织了" in page
        again = {**TYPED, "name": "另一个", "credit_code": CODE.lower()}
        assert "已经登记过" in desk.post("/organizations/new", again, expect=422).get_data(as_text=True)
        assert len(stored(app)) == 1

    def test_three_may_wait_and_no_more(self, desk: Browser) -> None:
        for number in range(3):
            desk.submit("/organizations/new", {**TYPED, "name": f"第 {number} 队"})
        page = desk.post("/organizations/new", {**TYPED, "name": "第四队"}, expect=422).get_data(as_text=True)
        assert "审核完再申请新的" in page

    def test_a_team_may_hang_below_an_organization_of_mine_alone(
        self, app: Flask, desk: Browser, cast: Cast, owner: Account
    ) -> None:
        mine, foreign = cast.organization(owner, name="我的协会"), cast.organization(name="别人的协会")
        desk.post("/organizations/new", {**TYPED, "parent": foreign.public_id}, expect=422)
        desk.submit("/organizations/new", {**TYPED, "kind": "team", "parent": mine.public_id})
        assert stored(app)[-1].parent_id == mine.id

    def test_a_visitor_signs_in_first(self, browser: Browser) -> None:
        assert "/accounts/sign-in" in browser.get("/organizations/new", expect=302).headers["Location"]

    def test_a_form_without_its_token_changes_nothing(
        self, app: Flask, desk: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
        page = desk.post("/organizations/new", TYPED, expect=422).get_data(as_text=True)
        assert "这个页面打开太久了" in page
        assert TYPED["name"] in page
        assert stored(app) == []


class TestDeciding:
    def test_approves_returns_and_suspends_with_a_reason(self, context: Flask, cast: Cast, owner: Account) -> None:
        organization = db.session.get_one(Organization, cast.organization(owner, status=OrganizationStatus.PENDING).id)
        with pytest.raises(Invalid, match="原因"):
            operations.decide_organization(organization, "return", " ", owner.id)
        db.session.rollback()
        operations.decide_organization(organization, "return", "请补材料", owner.id)
        assert organization.status is OrganizationStatus.RETURNED
        assert organization.status_reason == "请补材料"
        with pytest.raises(Conflict):
            operations.decide_organization(organization, "approve", "", owner.id)

    def test_what_was_returned_goes_to_the_office_again(
        self, app: Flask, desk: Browser, cast: Cast, owner: Account
    ) -> None:
        returned = cast.organization(
            owner, name="退回的", status=OrganizationStatus.RETURNED, status_reason="名称要写全"
        )
        assert "名称要写全" in desk.get("/organizations/").get_data(as_text=True)
        path = f"/organizations/{returned.public_id}/edit"
        assert "名称要写全" in desk.get(path).get_data(as_text=True)
        assert "待审核" in desk.submit(path, {**TYPED, "name": "写全的名称"}).get_data(as_text=True)
        [organization] = stored(app)
        assert (organization.name, organization.status) == ("写全的名称", OrganizationStatus.PENDING)


class TestChanging:
    def test_an_approved_one_keeps_what_was_judged(self, app: Flask, desk: Browser, cast: Cast, owner: Account) -> None:
        organization = cast.organization(owner)
        path = f"/organizations/{organization.public_id}/edit"
        refused = desk.post(path, {**TYPED, "name": "改个名字"}, expect=422).get_data(as_text=True)
        assert "审核通过后" in refused
        desk.submit(path, {**TYPED, "introduction": "新的介绍"})
        assert stored(app)[0].introduction == "新的介绍"

    def test_strangers_get_404_and_readers_403(self, app: Flask, cast: Cast) -> None:
        organization = cast.organization()
        stranger = Browser(app).sign_in(_owner_elsewhere(cast))
        office = Browser(app).sign_in(cast.office())
        for path in ("edit", "people"):
            stranger.get(f"/organizations/{organization.public_id}/{path}", expect=404)
        office.get(f"/organizations/{organization.public_id}/edit", expect=403)
        office.get(f"/organizations/{organization.public_id}/people")


class TestPeople:
    def test_somebody_with_an_account_is_given_a_role(
        self, app: Flask, desk: Browser, cast: Cast, owner: Account
    ) -> None:
        organization, helper = cast.organization(owner), cast.account("小陈")
        path = f"/organizations/{organization.public_id}/people"
        page = desk.submit(path, {"phone": f" {helper.phone} ", "role": "checker"}).get_data(as_text=True)
        assert "小陈" in page
        assert "复核人" in page
        assert helper.phone not in page, "a phone is masked"
        again = desk.post(path, {"phone": helper.phone, "role": "checker"}, expect=422).get_data(as_text=True)
        assert "已经" in again

    @pytest.mark.parametrize(
        ("phone", "role", "words"),
        [
            ("13900009999", "organizer", "还没有账号"),
            ("1390000", "organizer", "11 位"),
            ("", "organizer", "请填写手机号"),
            ("13900009999", "office_admin", "请选择角色"),
        ],
    )
    def test_a_mistake_is_said_on_its_field(
        self, desk: Browser, cast: Cast, owner: Account, phone: str, role: str, words: str
    ) -> None:
        path = f"/organizations/{cast.organization(owner).public_id}/people"
        assert words in desk.post(path, {"phone": phone, "role": role}, expect=422).get_data(as_text=True)

    def test_the_last_owner_cannot_leave(self, context: Flask, cast: Cast, owner: Account) -> None:
        second, own = cast.account("李副主任"), cast.organization(owner)
        organization = db.session.get_one(Organization, own.id)
        [person] = queries.people_of(organization)
        with pytest.raises(Conflict, match="最后一位负责人"):
            operations.remove_person(organization, person.grant_public_id, account_id=owner.id)
        operations.add_person(organization, phone=second.phone, role=Role.ORGANIZATION_OWNER, account_id=owner.id)
        operations.remove_person(organization, person.grant_public_id, account_id=owner.id)
        assert [one.name for one in queries.people_of(organization)] == ["李副主任"]

    def test_a_role_of_another_organization_is_not_found(
        self, app: Flask, desk: Browser, cast: Cast, owner: Account
    ) -> None:
        mine, foreign = cast.organization(owner, name="我的"), cast.organization(name="别人的")
        with app.app_context():
            grant = db.session.scalars(select(RoleGrant).where(RoleGrant.organization_id == foreign.id)).one()
        desk.post(f"/organizations/{mine.public_id}/people/{grant.public_id}/revoke", expect=404)
        with app.app_context():
            live = select(func.count()).where(RoleGrant.revoked_at.is_(None))
            assert db.session.scalar(live) == 2

    def test_a_checker_reads_but_does_not_appoint(self, app: Flask, cast: Cast) -> None:
        organization, checker = cast.organization(), cast.account("复核的人")
        cast.grant(checker, Role.CHECKER, organization=organization)
        browser, path = Browser(app).sign_in(checker), f"/organizations/{organization.public_id}/people"
        assert "添加一个人" not in browser.get(path).get_data(as_text=True)
        browser.post(path, {"phone": "13900009999", "role": "organizer"}, expect=403)

    @pytest.mark.parametrize("status", [OrganizationStatus.PENDING, OrganizationStatus.SUSPENDED])
    def test_only_an_approved_one_adds_people_and_hears_their_names(
        self, desk: Browser, cast: Cast, owner: Account, status: OrganizationStatus
    ) -> None:
        organization, helper = cast.organization(owner, status=status), cast.account("欧阳小陈")
        cast.grant(helper, Role.CHECKER, organization=organization)
        path = f"/organizations/{organization.public_id}/people"
        page = desk.get(path).text
        assert "添加一个人" not in page
        assert "欧阳小陈" not in page
        assert "欧**" in page
        assert "王主任" in page, "one's own name is no secret"
        refused = desk.post(path, {"phone": cast.account("小李").phone, "role": "organizer"}, expect=422).text
        assert "审核通过的组织才能添加人员" in refused

    def test_an_organizer_reads_masked_names(self, app: Flask, cast: Cast, owner: Account) -> None:
        organization, organizer = cast.organization(owner), cast.account("小李")
        cast.grant(organizer, Role.ORGANIZER, organization=organization)
        page = Browser(app).sign_in(organizer).get(f"/organizations/{organization.public_id}/people").text
        assert "王**" in page

    def test_people_are_added_twenty_times_a_day(self, desk: Browser, cast: Cast, owner: Account) -> None:
        path = f"/organizations/{cast.organization(owner).public_id}/people"
        for number in range(20):
            desk.post(path, {"phone": f"139000099{number:02d}", "role": "organizer"}, expect=422)
        helper = cast.account("小陈")
        page = desk.post(path, {"phone": helper.phone, "role": "organizer"}, expect=422).text
        assert "一天最多添加 20 次" in page
        assert "小陈" not in page


class TestPublicPage:
    def test_shows_introduction_contact_teams_and_what_is_coming(self, browser: Browser, cast: Cast) -> None:
        organization = cast.organization(introduction="第一行\n<b>第二行</b>")
        team = cast.organization(name="护河小队", parent_id=organization.id)
        cast.shift(cast.activity(organization, title="清洁护城河"))
        page = browser.get(f"/organizations/{organization.public_id}").get_data(as_text=True)
        assert "&lt;b&gt;第二行" in page
        assert "护河小队" in page
        assert f'href="tel:{organization.contact_phone}"' in page
        part = browser.client.get(f"/activities/of/{organization.public_id}").get_data(as_text=True)
        assert "清洁护城河" in part
        assert organization.name in browser.get(f"/organizations/{team.public_id}").get_data(as_text=True)

    def test_hides_one_that_is_not_approved_from_strangers(
        self, app: Flask, browser: Browser, cast: Cast, owner: Account
    ) -> None:
        pending = cast.organization(owner, status=OrganizationStatus.PENDING)
        browser.get(f"/organizations/{pending.public_id}", expect=404)
        Browser(app).sign_in(owner).get(f"/organizations/{pending.public_id}")

    @pytest.mark.parametrize("address", ["0" * 20, "short", "a" * 8000, "%00" * 20])
    def test_an_address_that_is_not_ours_is_not_found(self, browser: Browser, address: str) -> None:
        browser.get(f"/organizations/{address}", expect=404)

    def test_a_newcomer_is_invited_to_register_one(self, desk: Browser) -> None:
        assert "登记一个组织" in desk.get("/organizations/").get_data(as_text=True)


def _owner_elsewhere(cast: Cast) -> Account:
    account = cast.account("别处的主任")
    cast.organization(account, name="别处的组织")
    return account
