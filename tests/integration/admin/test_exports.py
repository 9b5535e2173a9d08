"""The office takes its lists away: short ones at once, long ones from the background."""

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select, update

from models.accounts import RoleGrant
from models.audit import AuditEvent
from models.base import db
from models.tasks import Task
from models.volunteers import RegistrationEvent
from tests.cast import Cast
from tests.client import Browser
from volunteer.admin import exports
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.tasks import jobs


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city."""
    return browser.sign_in(cast.office())


def sheet(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def made(browser: Browser, place: str) -> bytes:
    """Do what waits and return the file of the task at `place`."""
    with browser.app.app_context():
        jobs.run_waiting()
        db.session.rollback()
    return browser.get(f"{place}/file").data


def fill_trail(browser: Browser, count: int, lineage: str) -> None:
    row = {"at": clock.now(), "action": "areas.rename", "subject_kind": "area", "subject_id": "420602"}
    rows = [{**row, "lineage": lineage, "details": {"after": f"=cmd|{number}"}} for number in range(count)]
    with browser.app.app_context():
        db.session.execute(insert(AuditEvent), rows)
        db.session.commit()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_organizations_staff_and_the_trail_are_handed_out_as_they_stand_on_the_page(
    city: Browser, cast: Cast, kind: str
):
    cast.organization(name="护鸟志愿服务队")
    fill_trail(city, 1, "420600/420602")
    for path, words in (("organizations", "护鸟志愿服务队"), ("staff", "文明办的老周"), ("audit", "区划改名")):
        page = city.get(f"/admin/{path}")
        assert f"/admin/{path}.{kind}" in page.text
        answer = city.get(f"/admin/{path}.{kind}")
        text = answer.data.decode("utf-8-sig") if kind == "csv" else str(sheet(answer.data))
        assert words in text
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=file.")


def test_a_filter_of_the_page_holds_for_its_file(city: Browser, cast: Cast):
    cast.organization(name="护鸟志愿服务队")
    assert "护鸟" not in city.get("/admin/organizations.csv?status=pending").data.decode("utf-8-sig")
    fill_trail(city, 1, "420600/420602")
    assert "区划改名" not in city.get("/admin/audit.csv?room=hours").data.decode("utf-8-sig")
    assert "区划改名" not in city.get("/admin/audit.csv?day=2020-01-01").data.decode("utf-8-sig")


def test_a_long_trail_is_made_in_the_background_and_read_in_steps(city: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exports, "AT_ONCE", 5)
    monkeypatch.setattr(exports, "STEP", 4)
    fill_trail(city, 11, "420600/420602")
    assert "在后台做 Excel" in city.get("/admin/audit?room=areas").text
    city.get("/admin/audit.csv?room=areas", expect=422)
    place = city.post("/admin/audit/file", {"room": "areas"}).headers["Location"]
    rows = sheet(made(city, place))
    acts = [row for row in rows if row[2] == "区划改名"]
    assert len(acts) == 11
    assert [row[5] for row in acts] == [f"现在 =cmd|{number}" for number in range(10, -1, -1)]
    with city.app.app_context():
        task = db.session.scalars(select(Task)).one()
        assert (task.done, task.total) == (11, 11)


def test_a_trail_holds_what_is_in_its_askers_sight_alone(city: Browser, cast: Cast):
    fill_trail(city, 1, "420600/420602")
    other = Browser(city.app).sign_in(cast.office(code="420606"))
    assert "区划改名" not in other.get("/admin/audit.csv").data.decode("utf-8-sig")
    place = other.post("/admin/audit/file", {"room": "areas"}).headers["Location"]
    assert "区划改名" not in str(sheet(made(other, place)))


def test_all_volunteers_of_a_district_are_listed_with_masked_names(city: Browser, cast: Cast):
    kept, elsewhere = (
        cast.volunteer(name="欧阳小满"),
        cast.volunteer(name="司马在外", community=cast.area("420606001001")),
    )
    left = cast.volunteer(name="诸葛已退")
    with city.app.app_context():
        ended = RegistrationEvent(
            volunteer_id=left.id, kind="ended", area_id=None, effective_on=clock.today(), recorded_at=clock.now()
        )
        db.session.add(ended)
        db.session.commit()
    assert "在后台做注册志愿者名单" in city.get("/maps/420602").text
    place = city.post("/admin/people/420602/file").headers["Location"]
    text = str(sheet(made(city, place)))
    assert kept.number in text
    assert "欧阳小满" not in text
    assert elsewhere.number not in text
    assert left.number not in text
    assert "周公庙社区" in text


def test_a_list_of_people_is_for_who_may_read_them_there(browser: Browser, cast: Cast):
    cast.city()
    Browser(browser.app).sign_in(cast.office(Role.ASSESSOR)).post("/admin/people/420602/file", expect=403)
    browser.sign_in(cast.office(Role.OFFICE_STAFF, code="420606"))
    browser.post("/admin/people/420602/file", expect=404)
    browser.get("/admin/staff.csv", expect=403)
    browser.get("/admin/audit.csv", expect=403)


def test_what_was_asked_with_a_right_is_not_handed_out_without_it(city: Browser, cast: Cast):
    cast.volunteer()
    place = city.post("/admin/people/420600/file").headers["Location"]
    made(city, place)
    with city.app.app_context():
        db.session.execute(update(RoleGrant).values(role=Role.ASSESSOR))
        db.session.commit()
    city.get(f"{place}/file", expect=403)
