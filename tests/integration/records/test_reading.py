"""Who reads whose record, how far, and what is written down of it."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from models.audit import AuditEvent
from models.base import db
from tests.client import Browser
from tests.integration.records.conftest import Scene, numbered
from volunteer.hours.operations import reverse_entry
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.volunteers.rules import Relation


def readings(app: Flask) -> int:
    with app.app_context():
        query = select(func.count()).where(AuditEvent.action == "records.read")
        return db.session.scalar(query) or 0


def test_a_volunteer_reads_every_field_and_totals_that_add_up(app: Flask, browser: Browser, scene: Scene) -> None:
    scene.serve(10, minutes=45)
    reversed_id = scene.serve(12, minutes=60)
    with app.app_context():
        from models.hours import Entry

        reverse_entry(db.session.get_one(Entry, reversed_id), reason="记错了", made_by=scene.keeper.id, checked_by=None)
        db.session.commit()
    page = browser.sign_in(scene.volunteer.account_id).get(f"/records/{scene.volunteer.public_id}")
    words = page.get_data(as_text=True)
    for fact in ("龚䶮", "女", "1990 年 5 月 1 日", "420***********001X", "周公庙社区", scene.volunteer.phone or ""):
        assert fact in words
    for fact in ("周末清洁护城河", "护城河东门广场", "服务内容：", "组织单位：", "负责人：王主任"):
        assert fact in words
    assert "2 次，共 2.75 小时" in words, "what was reversed counts nothing"
    assert readings(app) == 0


def test_pages_and_years_split_the_services(browser: Browser, scene: Scene) -> None:
    for days_ago in range(20, 75):
        scene.serve(days_ago)
    path = f"/records/{scene.volunteer.public_id}"
    browser.sign_in(scene.volunteer.account_id)
    first, second = (browser.get(f"{path}?page={page}").get_data(as_text=True) for page in (1, 2))
    assert first.count("负责人：") == 50
    assert second.count("负责人：") == 6
    browser.get(f"{path}?year=nonsense&page=-3")


def test_the_family_is_read_and_strangers_are_not(app: Flask, browser: Browser, scene: Scene) -> None:
    child = numbered(scene.cast, 5, "孩子")
    with app.app_context():
        kept = db.session.merge(child)
        kept.account_id, kept.relation = scene.volunteer.account_id, Relation.CHILD
        db.session.commit()
    own = browser.sign_in(scene.volunteer.account_id)
    own.get(f"/records/{child.public_id}")
    assert own.get("/records/", expect=302).headers["Location"].endswith(scene.volunteer.public_id)
    Browser(app).sign_in(scene.stranger.account_id).get(f"/records/{scene.volunteer.public_id}", expect=404)
    Browser(app).get(f"/records/{scene.volunteer.public_id}", expect=302)


def test_an_organization_sees_only_what_it_recorded_itself(app: Flask, browser: Browser, scene: Scene) -> None:
    other = scene.cast.organization(name="另一个队")
    keeper = scene.cast.account("别家的")
    scene.cast.grant(keeper, Role.ORGANIZER, organization=other)
    path = f"/records/{scene.volunteer.public_id}"
    page = browser.sign_in(scene.keeper).get(path).get_data(as_text=True)
    assert "1 次，共 2.00 小时" in page
    assert "1990-05-01" not in page
    assert "420***" not in page
    Browser(app).sign_in(keeper).get(path, expect=404)


def test_the_office_says_why_first_and_each_reading_is_written_down(app: Flask, browser: Browser, scene: Scene) -> None:
    path = f"/records/{scene.volunteer.public_id}"
    office = browser.sign_in(scene.cast.office())
    gate = office.get(path).get_data(as_text=True)
    assert "龚䶮" not in gate
    office.post(path, {"purpose": ""}, expect=422)
    assert readings(app) == 0
    page = office.submit(path, {"purpose": "核对星级"}).get_data(as_text=True)
    assert "龚䶮" in page
    assert (scene.volunteer.phone or "-") not in page
    assert readings(app) == 1
    elsewhere = scene.cast.office(code="420606")
    Browser(app).sign_in(elsewhere).get(path, expect=404)


def test_the_office_finds_a_record_by_number_only_where_it_is(app: Flask, browser: Browser, scene: Scene) -> None:
    office, number = browser.sign_in(scene.cast.office(code="420602")), scene.volunteer.number
    office.get("/records/find")
    assert (
        office.get(f"/records/find?number={number.lower()}", expect=302)
        .headers["Location"]
        .endswith(scene.volunteer.public_id)
    )
    elsewhere = Browser(app).sign_in(scene.cast.office(code="420606"))
    nobodys = make_volunteer_number("420602", clock.today(), 78)
    told = {
        elsewhere.get(f"/records/find?number={one}", expect=422).get_data(as_text=True).count("您管的地方没有")
        for one in (number, nobodys)
    }
    assert told == {1}
    office.get("/records/find?number=%3Cb%3E", expect=422)
    Browser(app).sign_in(scene.keeper).get("/records/find", expect=403)


def test_a_reading_of_the_office_lasts_half_an_hour(app: Flask, browser: Browser, scene: Scene) -> None:
    from volunteer.records.queries import has_read_lately

    account = scene.cast.office()
    path = f"/records/{scene.volunteer.public_id}"
    browser.sign_in(account).submit(path, {"purpose": "核对星级"})
    with app.app_context():
        assert has_read_lately(account.id, scene.volunteer, clock.now())
        assert not has_read_lately(account.id, scene.volunteer, clock.now() + timedelta(minutes=31))
        assert not has_read_lately(scene.keeper.id, scene.volunteer, clock.now())


def test_an_organization_says_why_before_a_minors_record(app: Flask, browser: Browser, scene: Scene) -> None:
    minor = numbered(scene.cast, 6, "小明", birth_on=clock.today() - timedelta(days=365 * 12))
    scene.serve(4, minor)
    path = f"/records/{minor.public_id}"
    organizer = browser.sign_in(scene.keeper)
    assert "未成年人" in organizer.get(path).get_data(as_text=True)
    organizer.submit(path, {"purpose": "填学校的表"})
    with app.app_context():
        act = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "records.read")).one()
        assert act.details == {"purpose": "填学校的表", "is_minor": True}
