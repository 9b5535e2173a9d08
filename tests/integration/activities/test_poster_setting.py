"""Whether people may check in by a printed code is said in the form of a shift."""

from collections.abc import Callable

from flask import Flask

from models.activities import Activity
from models.base import db
from models.organizations import Organization
from tests.client import Browser
from tests.integration.activities.conftest import tomorrow, typed_activity, typed_shift

Stored = Callable[[], list[Activity]]
DANGEROUS = {"risk": "dangerous", "minimum_age": "18", "risks": "水边湿滑", "insurance": "人保 A1"}


def whole(organization: Organization, *, act: str = "publish", **changes: str) -> dict[str, str]:
    return typed_activity(act, organization=organization.public_id, **changes)


def posters(app: Flask, stored: Stored) -> list[bool]:
    with app.app_context():
        [activity] = stored()
        allowed = [shift.allows_poster for shift in db.session.merge(activity).shifts]
        db.session.rollback()
        return allowed


def test_the_form_says_what_a_poster_costs(desk: Browser) -> None:
    page = desk.get("/activities/new").get_data(as_text=True)
    assert "可以用印出来的海报码签到" in page
    assert "海报能被拍照转发，这样签的时长要第二个人确认" in page


def test_a_shift_keeps_that_it_may_have_a_poster_and_gives_it_up_again(
    app: Flask, desk: Browser, stored: Stored, organization: Organization
) -> None:
    desk.post("/activities/new", whole(organization) | typed_shift(0, tomorrow(), allows_poster="y"))
    assert posters(app, stored) == [True]
    [activity] = stored()
    edit = f"/activities/{activity.public_id}/edit"
    page = desk.get(edit).get_data(as_text=True)
    assert 'checked class="form-check-input" id="shifts-0-allows_poster"' in page
    with app.app_context():
        shift_id = db.session.merge(activity).shifts[0].public_id
        db.session.rollback()
    row = typed_shift(0, tomorrow(), public_id=shift_id)
    desk.post(edit, whole(organization, act="save") | row)
    assert posters(app, stored) == [False]


def test_a_dangerous_activity_is_not_published_with_a_poster(
    app: Flask, desk: Browser, stored: Stored, organization: Organization
) -> None:
    row = typed_shift(0, tomorrow(), allows_poster="y")
    page = desk.post("/activities/new", whole(organization, **DANGEROUS) | row, expect=422).get_data(as_text=True)
    assert "有人身危险的活动不能用海报码，请去掉这一项" in page
    assert stored() == []
    desk.post("/activities/new", whole(organization, **DANGEROUS))
    assert posters(app, stored) == [False]


def test_what_becomes_dangerous_gives_up_its_poster_first(
    app: Flask, desk: Browser, stored: Stored, organization: Organization
) -> None:
    desk.post("/activities/new", whole(organization) | typed_shift(0, tomorrow(), allows_poster="y"))
    [activity] = stored()
    edit = f"/activities/{activity.public_id}/edit"
    with app.app_context():
        shift_id = db.session.merge(activity).shifts[0].public_id
        db.session.rollback()
    row = typed_shift(0, tomorrow(), public_id=shift_id, allows_poster="y")
    page = desk.post(edit, whole(organization, act="save", **DANGEROUS) | row, expect=422).get_data(as_text=True)
    assert "有人身危险的活动不能用海报码" in page
    assert posters(app, stored) == [True]
