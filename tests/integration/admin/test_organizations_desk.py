"""The office decides on the organizations of its area, and on no others."""

import pytest

from models.audit import AuditEvent
from models.base import db
from models.organizations import Organization
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationStatus


@pytest.fixture
def office(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of 襄城区's staff."""
    return browser.sign_in(cast.office(Role.OFFICE_STAFF, code="420602"))


def pending(cast: Cast, name: str = "新来的志愿服务队", **changes: object) -> Organization:
    organization: Organization = cast.organization(name=name, status=OrganizationStatus.PENDING, **changes)
    return organization


def status_of(browser: Browser, organization: Organization) -> OrganizationStatus:
    with browser.app.app_context():
        return db.session.get_one(Organization, organization.id).status


def test_those_that_wait_come_first_and_are_counted(office: Browser, cast: Cast):
    cast.organization(name="早就通过的服务队")
    pending(cast)
    page = office.get("/admin/organizations").text
    assert "1 个组织在等您审核" in page
    assert page.index("新来的志愿服务队") < page.index("早就通过的服务队")
    assert "早就通过的服务队" not in office.get("/admin/organizations?status=pending").text
    office.get("/admin/organizations?status=nothing&page=99999999999999")


def test_an_organization_is_approved_suspended_and_resumed(office: Browser, cast: Cast):
    organization = pending(cast)
    path = f"/admin/organizations/{organization.public_id}"
    assert "通过审核" in office.get(path).text
    for act, reason, status in (
        ("approve", "", OrganizationStatus.APPROVED),
        ("suspend", "年检没有通过", OrganizationStatus.SUSPENDED),
        ("resume", "", OrganizationStatus.APPROVED),
    ):
        assert "新来的志愿服务队" in office.submit(path, {"act": act, "reason": reason}).text
        assert status_of(office, organization) is status
    with office.app.app_context():
        assert db.session.query(AuditEvent).filter_by(subject_id=organization.public_id).count() == 3


def test_returning_needs_a_reason_that_stays_as_typed(office: Browser, cast: Cast):
    organization = pending(cast)
    path = f"/admin/organizations/{organization.public_id}"
    assert "请写明原因" in office.post(path, {"act": "return", "reason": "  "}, expect=422).text
    assert "最多 300 个字" in office.post(path, {"act": "return", "reason": "长" * 301}, expect=422).text
    assert status_of(office, organization) is OrganizationStatus.PENDING
    office.submit(path, {"act": "return", "reason": "请补上联系人的真实姓名"})
    assert status_of(office, organization) is OrganizationStatus.RETURNED
    assert "请补上联系人的真实姓名" in office.get(path).text


def test_a_decision_that_no_longer_follows_is_refused(office: Browser, cast: Cast):
    path = f"/admin/organizations/{pending(cast).public_id}"
    office.submit(path, {"act": "approve"})
    assert "状态已经变了" in office.post(path, {"act": "return", "reason": "晚了"}, expect=422).text
    office.post(path, {"act": "delete"}, expect=404)


def test_an_organization_of_another_district_is_not_there(office: Browser, cast: Cast):
    organization = pending(cast, "樊城的服务队", area_id=cast.area("420606001001").id)
    assert "樊城" not in office.get("/admin/organizations").text
    path = f"/admin/organizations/{organization.public_id}"
    office.get(f"/admin/organizations/{'x' * 19}%00", expect=404)
    office.get(path, expect=404)
    office.post(path, {"act": "approve"}, expect=404)
    assert status_of(office, organization) is OrganizationStatus.PENDING


def test_who_holds_no_role_of_the_office_is_turned_away(cast: Cast, browser: Browser):
    organization = pending(cast)
    browser.get("/admin/organizations", expect=302)
    for account in (cast.account(), cast.office(Role.ASSESSOR)):
        Browser(browser.app).sign_in(account).get("/admin/organizations", expect=403)
    owner = Browser(browser.app).sign_in(organization.created_by)
    owner.post(f"/admin/organizations/{organization.public_id}", {"act": "approve"}, expect=403)
