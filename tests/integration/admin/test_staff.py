"""Roles of the office: given and taken within one's own area, never one's own, never the last."""

from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from models.accounts import Account, RoleGrant
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from volunteer.admin import operations, queries
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Grant, Principal, Role


def admin_of(cast: Cast, browser: Browser, code: str = "420600") -> tuple[Browser, Account]:
    account = cast.office(code=code)
    return browser.sign_in(account), account


def roles_of(browser: Browser, account: Account) -> set[Role]:
    with browser.app.app_context():
        held = select(RoleGrant.role).where(RoleGrant.account_id == account.id, RoleGrant.revoked_at.is_(None))
        return set(db.session.scalars(held))


def grant_of(browser: Browser, account: Account) -> str:
    with browser.app.app_context():
        return db.session.scalars(select(RoleGrant.public_id).where(RoleGrant.account_id == account.id)).one()


def test_a_role_is_given_by_phone_and_taken_back(cast: Cast, browser: Browser):
    desk, _ = admin_of(cast, browser)
    colleague = cast.account("新来的小吴")
    typed = {"phone": " +86 " + colleague.phone, "role": "office_staff", "area": "420602"}
    page = desk.submit("/admin/staff/grant", typed).text
    assert "新来的小吴" in page
    assert colleague.phone not in page
    assert roles_of(desk, colleague) == {Role.OFFICE_STAFF}
    page = desk.submit(f"/admin/staff/{grant_of(desk, colleague)}/revoke").text
    assert "已收回新来的小吴的“主管单位工作人员”" in page
    assert roles_of(desk, colleague) == set()
    desk.post(f"/admin/staff/{grant_of(desk, colleague)}/revoke", expect=404)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"phone": "", "role": "office_staff", "area": "420602"}, "请填写手机号"),
        ({"phone": "13899999999", "role": "office_staff", "area": "420602"}, "这个手机号还没有账号"),
        ({"phone": "12345", "role": "office_staff", "area": "420602"}, "手机号是 11 位数字"),
        ({"phone": "13800000001", "role": "organization_owner", "area": "420602"}, "请选择一项"),
        ({"phone": "13800000001", "role": "office_staff", "area": "999999"}, "请选择一项"),
        ({}, "请填写手机号"),
    ],
)
def test_what_is_wrong_with_a_grant_stands_on_its_field(
    cast: Cast, browser: Browser, typed: dict[str, str], words: str
):
    desk, _ = admin_of(cast, browser)
    assert words in desk.post("/admin/staff/grant", typed, expect=422).text


def test_the_same_role_twice_is_refused(cast: Cast, browser: Browser):
    desk, _ = admin_of(cast, browser)
    colleague = cast.office(Role.OFFICE_STAFF, code="420602", name="小吴")
    typed = {"phone": colleague.phone, "role": "office_staff", "area": "420602"}
    assert "已经有这个角色了" in desk.post("/admin/staff/grant", typed, expect=422).text


def test_a_district_gives_roles_only_within_itself(cast: Cast, browser: Browser):
    desk, _ = admin_of(cast, browser, "420602")
    colleague = cast.account("小吴")
    for code in ("420600", "420606", "420606001"):
        desk.post("/admin/staff/grant", {"phone": colleague.phone, "role": "office_staff", "area": code}, expect=422)
    assert roles_of(desk, colleague) == set()
    desk.submit("/admin/staff/grant", {"phone": colleague.phone, "role": "office_admin", "area": "420602001"})
    assert roles_of(desk, colleague) == {Role.OFFICE_ADMIN}


def test_a_district_neither_sees_nor_takes_roles_above_and_beside(cast: Cast, browser: Browser):
    above = cast.office(name="市里的老周")
    beside = cast.office(code="420606", name="樊城的小李")
    owner = cast.account("王主任")
    organization = cast.organization(owner)
    desk, _ = admin_of(cast, browser, "420602")
    page = desk.get("/admin/staff").text
    assert not [name for name in ("市里的老周", "樊城的小李", "王主任") if name in page]
    for account in (above, beside, owner):
        desk.post(f"/admin/staff/{grant_of(desk, account)}/revoke", expect=404)
        assert roles_of(desk, account)
    assert organization.id


def test_nobody_changes_their_own_role(cast: Cast, browser: Browser):
    cast.office(name="另一位管理员")
    desk, own = admin_of(cast, browser)
    assert "这是您自己" in desk.get("/admin/staff").text
    page = desk.post(f"/admin/staff/{grant_of(desk, own)}/revoke", expect=409).text
    assert "不能改自己的角色" in page
    typed = {"phone": own.phone, "role": "assessor", "area": "420602"}
    assert "不能改自己的角色" in desk.post("/admin/staff/grant", typed, expect=422).text
    assert roles_of(desk, own) == {Role.OFFICE_ADMIN}


def test_the_last_administrator_of_the_city_stays(context: Flask, cast: Cast):
    city = cast.area("420600")
    last, gone = cast.office(name="最后一位"), cast.account("刚被收回的那位")
    who = Principal(account_id=gone.id, grants=(Grant(Role.OFFICE_ADMIN, city.lineage),))
    public_id = db.session.scalars(select(RoleGrant.public_id).where(RoleGrant.account_id == last.id)).one()
    found = queries.grant_below((city.lineage,), public_id)
    assert found is not None
    with pytest.raises(Conflict, match="最后一位管理员"):
        operations.revoke_office_role(who, found[0], found[1])
    db.session.rollback()
    cast.office(name="又一位")
    found = queries.grant_below((city.lineage,), public_id)
    assert found is not None
    operations.revoke_office_role(who, found[0], found[1])
    assert queries.grant_below((city.lineage,), public_id) is None


def test_a_role_that_is_taken_back_closes_the_desk_at_once(cast: Cast, browser: Browser):
    desk, _ = admin_of(cast, browser)
    colleague = cast.office(Role.OFFICE_ADMIN, code="420602", name="小吴")
    other = Browser(browser.app).sign_in(colleague)
    other.get("/admin/staff")
    desk.submit(f"/admin/staff/{grant_of(desk, colleague)}/revoke")
    assert other.client.get("/admin/staff").status_code in (302, 403)


def test_two_administrators_who_revoke_each_other_leave_one(cast: Cast, app: Flask):
    first, second = cast.office(name="老周"), cast.office(name="老郑")
    desks = {account.id: Browser(app).sign_in(account) for account in (first, second)}
    grants = {account.id: grant_of(desks[account.id], account) for account in (first, second)}
    start, answers = Barrier(2), []

    def revoke(own: Account, other: Account) -> None:
        start.wait()
        answers.append(desks[own.id].client.post(f"/admin/staff/{grants[other.id]}/revoke").status_code)

    threads = [Thread(target=revoke, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [account for account in (first, second) if roles_of(desks[account.id], account)]
    assert len(left) == 1, answers
    assert answers.count(302) == 1
