"""Whose an order is to answer and to judge: offices, organizations, and who is left when people or places move."""

from flask import Flask
from sqlalchemy import select, text, update

from models.accounts import Account, RoleGrant
from models.areas import Area, AreaPopulation
from models.base import db
from models.notices import Notice
from models.organizations import Organization
from tests.cast import Cast
from tests.integration.supervision.conftest import COMMUNITY, STREET, Desk, Offices
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationStatus
from volunteer.supervision.order_rules import OrderStatus


def test_who_answered_never_judges(app: Flask, offices: Offices, desk: Desk, cast: Cast) -> None:
    # A district's order about itself: the office answers and judges, but never with one pair of hands.
    second = cast.office(Role.OFFICE_STAFF, "420602", "区里另一位")
    path = desk.send(offices.district, "420602")
    assert desk.order(path).handler_id == cast.area("420602").id
    desk.of(offices.district).post(f"{path}/sign", expect=403)
    other = desk.of(second)
    other.post(f"{path}/sign")
    other.post(f"{path}/answer", {"text": "办了"})
    page = other.post(f"{path}/judge", {"verdict": "accept", "text": "", "working_days": "10"}, expect=422)
    assert "要由另一个人审核" in page.text
    desk.of(offices.district).post(f"{path}/judge", {"verdict": "accept", "text": "", "working_days": "10"})


def test_strangers_find_nothing_and_the_lower_side_cannot_judge(offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city)
    desk.of(offices.other_district).get(path, expect=404)
    desk.of(offices.owner).get(path, expect=404)
    desk.of(offices.assessor).get(path, expect=403)
    desk.of(offices.street).post(f"{path}/judge", {"verdict": "accept", "working_days": "10"}, expect=422)
    desk.of(offices.street).post(f"{path}/withdraw", {"reason": "不想办"}, expect=422)
    desk.of(offices.city).post(f"{path}/sign", expect=403)
    desk.of(offices.street).get("/supervision/orders/create?area=420606&indicator=active_share", expect=404)
    assert desk.order(path).status is OrderStatus.AWAITING


def test_an_organization_answers_from_its_own_desk(app: Flask, offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.district, COMMUNITY, addressee=offices.organization.public_id)
    owner = desk.of(offices.owner)
    assert "待答复的督办 1 份" in owner.get("/today").text
    owner.post(f"{path}/sign")
    owner.get(f"{path}/answer")
    owner.post(f"{path}/answer", {"text": "开了三场"})
    desk.of(offices.street).post(f"{path}/sign", expect=403)
    assert desk.order(path).status is OrderStatus.ANSWERED


def test_without_anybody_there_the_nearest_above_signs(app: Flask, offices: Offices, desk: Desk, cast: Cast) -> None:
    page = desk.of(offices.city).get(f"/supervision/orders/create?area={COMMUNITY}&indicator=active_share")
    assert "周公庙社区自己没有能签收的人" in page.text
    assert "最近的上级真武山街道的 1 位工作人员" in page.text
    path = desk.send(offices.city, COMMUNITY)
    assert desk.order(path).handler_id == cast.area(STREET).id
    desk.of(offices.street).post(f"{path}/sign")


def test_where_nobody_is_between_nothing_is_sent(app: Flask, offices: Offices, desk: Desk, cast: Cast) -> None:
    create = "/supervision/orders/create?area=420606001&indicator=registered_share"
    cast.grant(offices.street, Role.OFFICE_STAFF, area=cast.area("420606"))
    with app.app_context():
        db.session.execute(text("DELETE FROM role_grant WHERE account_id != :kept"), {"kept": offices.street.id})
        db.session.execute(update(AreaPopulation).values(residents=9000))
        db.session.commit()
    browser = desk.of(offices.street)
    assert "都没有能签收的人" in browser.get(create).text
    facts = {"addressee": "area", "title": "请抓紧", "demand": "办", "working_days": "10"}
    browser.post(create, facts, expect=422)


def _move(app: Flask, code: str, under: str) -> None:
    """Put an area under another one, as a finished move leaves it."""
    with app.app_context():
        moved, upper = (db.session.query(Area).filter_by(code=one).one() for one in (code, under))
        moved.parent_id, moved.lineage = upper.id, f"{upper.lineage}/{code}"
        db.session.commit()


def test_an_order_follows_its_community_to_another_district(
    app: Flask, offices: Offices, desk: Desk, cast: Cast
) -> None:
    path = desk.send(offices.district, COMMUNITY)
    _move(app, COMMUNITY, "420606001")
    sender, new = desk.of(offices.district), desk.of(offices.other_district)
    for page in ("/supervision/orders/", "/supervision/orders/calendar?month=2026-12"):
        assert path in sender.get(page).text
    assert path in new.get("/supervision/orders/?turn=answer").text
    desk.of(offices.street).get(path, expect=404)
    sender.post(f"{path}/sign", expect=403)
    new.post(f"{path}/sign")
    new.post(f"{path}/answer", {"text": "办了"})
    assert desk.order(path).status is OrderStatus.ANSWERED
    new.post(f"{path}/judge", {"verdict": "accept", "text": "", "working_days": "10"}, expect=422)
    sender.post(f"{path}/judge", {"verdict": "accept", "text": "", "working_days": "10"})
    assert desk.order(path).status is OrderStatus.SETTLED


def test_where_everybody_has_left_another_one_of_the_senders_office_answers(
    app: Flask, offices: Offices, desk: Desk, cast: Cast
) -> None:
    path = desk.send(offices.city)
    colleague = desk.of(cast.office(name="第二人"))
    assert path not in colleague.get("/supervision/orders/?turn=answer").text
    colleague.post(f"{path}/sign", expect=403)
    _revoke(app, offices.street, offices.district)
    assert path in colleague.get("/supervision/orders/?turn=answer").text
    assert path not in desk.of(offices.city).get("/supervision/orders/?turn=answer").text
    desk.of(offices.city).post(f"{path}/sign", expect=403)
    colleague.post(f"{path}/sign")
    assert desk.order(path).status is OrderStatus.UNDER_WAY


def _revoke(app: Flask, *accounts: Account) -> None:
    with app.app_context():
        for grant in db.session.query(RoleGrant).where(RoleGrant.account_id.in_([one.id for one in accounts])):
            grant.revoked_at = clock.now()
        db.session.commit()


def _grant(app: Flask, account: Account, area: Area) -> None:
    with app.app_context():
        facts = {"role": Role.OFFICE_STAFF, "area_id": area.id, "granted_at": clock.now(), "granted_by": None}
        db.session.add(RoleGrant(account_id=account.id, **facts))
        db.session.commit()


def test_the_sending_side_does_not_answer_itself_by_another_role(
    app: Flask, offices: Offices, desk: Desk, cast: Cast, street: Area
) -> None:
    colleague = cast.office(name="同事")
    for account in (offices.city, colleague):
        _grant(app, account, street)
    path = desk.send(offices.city)
    for account in (offices.city, colleague):
        browser = desk.of(account)
        browser.post(f"{path}/sign", expect=403)
        assert "签收</button>" not in browser.get(path).text
        assert path not in browser.get("/supervision/orders/?turn=answer").text
    desk.of(offices.street).post(f"{path}/sign")


def test_a_suspended_organization_does_not_answer(app: Flask, offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city, COMMUNITY, addressee=offices.organization.public_id)
    owner = desk.of(offices.owner)
    assert path in owner.get("/supervision/orders/?turn=answer").text
    with app.app_context():
        db.session.get_one(Organization, offices.organization.id).status = OrganizationStatus.SUSPENDED
        db.session.commit()
    owner.post(f"{path}/sign", expect=403)
    assert path not in owner.get("/supervision/orders/?turn=answer").text


def test_who_sent_and_left_is_told_no_more(app: Flask, offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city)
    _revoke(app, offices.city)
    desk.of(offices.street).post(f"{path}/sign")
    with app.app_context():
        assert not db.session.scalars(select(Notice).where(Notice.account_id == offices.city.id)).all()
