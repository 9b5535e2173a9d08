"""Helping somebody who lost their password."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from models.accounts import Account
from models.audit import AuditEvent
from models.base import db
from tests.cast import PASSWORD, Cast
from tests.client import Browser
from volunteer.accounts.passwords import hash_password
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role

PATH = "/accounts/reset"
LENT = "k7mp-x2wd-9hta"
REFUSED = "这个账号不全在您的管理范围里"


def test_a_new_password_is_read_out_once_and_the_old_one_is_gone(app: Flask, cast: Cast, browser: Browser) -> None:
    account, office = cast.account(), cast.office()
    signed_in = Browser(app).sign_in(account)
    page = browser.sign_in(office).post(PATH, {"phone": account.phone, "is_checked": "y"}, expect=200)
    found = re.search(r'"spoken-password">([2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4})<', page.text)
    assert found is not None
    assert page.headers["Cache-Control"] == "no-store"
    signed_in.get("/accounts/sessions", expect=302)
    fresh = Browser(app)
    fresh.post("/accounts/sign-in", {"phone": account.phone, "password": PASSWORD}, expect=422)
    fresh.post("/accounts/sign-in", {"phone": account.phone, "password": found[1]})
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "accounts.reset_password")).one()
        assert (event.account_id, event.subject_id) == (office.id, account.public_id)
        assert found[1] not in str(event.details)


@pytest.mark.parametrize(
    ("filled", "field", "words"),
    [
        ({"phone": "13900000000", "is_checked": "y"}, "phone", "没有这个手机号的账号"),
        ({"phone": "139", "is_checked": "y"}, "phone", "手机号是 11 位数字"),
        ({"phone": "13900000000"}, "is_checked", "请先核对对方的身份证件"),
    ],
)
def test_a_refused_reset_says_where(
    cast: Cast, browser: Browser, filled: dict[str, str], field: str, words: str
) -> None:
    page = browser.sign_in(cast.office()).post(PATH, filled, expect=422)
    assert words in page.text
    assert f'id="{field}-error"' in page.text


def test_a_district_cannot_get_hold_of_the_citys_account(app: Flask, cast: Cast, browser: Browser) -> None:
    city, district = cast.office(), cast.office(Role.OFFICE_ADMIN, "420602")
    below = cast.office(Role.OFFICE_STAFF, "420602001")
    page = browser.sign_in(district).post(PATH, {"phone": city.phone, "is_checked": "y"}, expect=422)
    assert REFUSED in page.text
    browser.post(PATH, {"phone": below.phone, "is_checked": "y"}, expect=200)
    with app.app_context():
        assert db.session.get_one(Account, city.id).password_hash == city.password_hash


def test_nobody_gets_hold_of_an_organization_elsewhere(app: Flask, cast: Cast, browser: Browser) -> None:
    owner, street = cast.account("王主任"), cast.office(Role.OFFICE_ADMIN, "420602001")
    cast.organization(owner, area_id=cast.area("420606001001").id)
    browser.sign_in(street)
    assert REFUSED in browser.post(PATH, {"phone": owner.phone, "is_checked": "y"}, expect=422).text
    Browser(app).sign_in(cast.office()).post(PATH, {"phone": owner.phone, "is_checked": "y"}, expect=200)


@pytest.mark.parametrize(("home", "status"), [("420602001002", 200), ("420602002001", 422), (None, 422)])
def test_a_resident_is_helped_where_they_live(
    app: Flask, cast: Cast, browser: Browser, home: str | None, status: int
) -> None:
    account, street = cast.account(), cast.office(Role.OFFICE_ADMIN, "420602001")
    expected = []
    if home:
        cast.volunteer(account, community=cast.area(home))
        expected = [cast.area(home).lineage] if status == 200 else []
    browser.sign_in(street).post(PATH, {"phone": account.phone, "is_checked": "y"}, expect=status)
    with app.app_context():
        query = select(AuditEvent.lineage).where(AuditEvent.action == "accounts.reset_password")
        assert db.session.scalars(query).all() == expected


def test_a_password_that_was_read_out_opens_only_the_page_to_change_it(
    app: Flask, cast: Cast, browser: Browser
) -> None:
    account = cast.account(password_hash=hash_password(LENT), password_lent_at=clock.now())
    answer = browser.post("/accounts/sign-in", {"phone": account.phone, "password": LENT})
    assert answer.headers["Location"] == "/"
    for path in ("/volunteers/", "/accounts/sessions"):
        assert browser.get(path, expect=302).headers["Location"] == "/accounts/password"
    browser.post("/accounts/sessions/end-others", expect=302)
    assert "只有您知道的" in browser.get("/accounts/password").text
    same = browser.post("/accounts/password", {"present": LENT, "password": LENT}, expect=422)
    assert "新密码和现在的一样" in same.text
    browser.submit("/accounts/password", {"present": LENT, "password": "另一把好用的钥匙"})
    browser.get("/volunteers/")


def test_only_who_manages_staff_resets(cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.office(Role.OFFICE_STAFF)).get(PATH, expect=403)
