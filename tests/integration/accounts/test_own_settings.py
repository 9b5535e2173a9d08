"""What one changes about one's own account, and what roles do to sessions."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.accounts import Account, AccountSession, Consent, RoleGrant
from models.audit import AuditEvent
from models.base import db
from tests.cast import PASSWORD, Cast
from tests.client import Browser
from volunteer.accounts import operations, queries
from volunteer.accounts.rules import AccountStatus, ConsentKind
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Role

NEW = "另一把好用的钥匙"


def _address_of(app: Flask, browser: Browser) -> str:
    digest = queries.digest_of(browser.client.get_cookie("session_id").value)
    with app.app_context():
        return db.session.scalars(select(AccountSession).where(AccountSession.digest == digest)).one().address


def test_a_lost_phone_is_signed_out_from_another(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    lost = Browser(app).sign_in(account)
    browser.sign_in(account)
    page = browser.get("/accounts/sessions")
    assert page.text.count("上次使用") == 2
    assert page.text.count("这台设备") == 1
    browser.submit(f"/accounts/sessions/{_address_of(app, lost)}/end")
    lost.get("/accounts/sessions", expect=302)
    browser.get("/accounts/sessions")


def test_anothers_session_cannot_be_ended(app: Flask, cast: Cast, browser: Browser) -> None:
    other = Browser(app).sign_in(cast.account("张伟"))
    browser.sign_in(cast.account())
    browser.post(f"/accounts/sessions/{_address_of(app, other)}/end", expect=404)
    other.get("/accounts/sessions")


def test_all_other_devices_are_signed_out_at_once(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    others = [Browser(app).sign_in(account) for _ in range(2)]
    browser.sign_in(account)
    browser.submit("/accounts/sessions/end-others")
    for other in others:
        other.get("/accounts/sessions", expect=302)


def test_ending_this_very_session_leads_to_the_door(app: Flask, cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.account())
    page = browser.submit(f"/accounts/sessions/{_address_of(app, browser)}/end")
    assert page.request.path == "/accounts/sign-in"


def test_a_new_password_ends_all_other_sessions(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    other = Browser(app).sign_in(account)
    browser.sign_in(account)
    browser.post("/accounts/password", {"present": PASSWORD, "password": NEW})
    browser.get("/accounts/sessions")
    other.get("/accounts/sessions", expect=302)
    fresh = Browser(app)
    fresh.post("/accounts/sign-in", {"phone": account.phone, "password": PASSWORD}, expect=422)
    fresh.post("/accounts/sign-in", {"phone": account.phone, "password": NEW})


@pytest.mark.parametrize(
    ("present", "password", "field", "words"),
    [
        ("not mine at all", NEW, "present", "现在的密码不对"),
        ("", NEW, "present", "请填写现在的密码"),
        (PASSWORD, "short", "password", "密码至少 8 个字符"),
        (PASSWORD, "", "password", "密码至少 8 个字符"),
    ],
)
def test_a_refused_change_of_password_changes_nothing(
    app: Flask, cast: Cast, browser: Browser, present: str, password: str, field: str, words: str
) -> None:
    account = cast.account()
    browser.sign_in(account)
    page = browser.post("/accounts/password", {"present": present, "password": password}, expect=422)
    assert words in page.text
    assert f'id="{field}-error"' in page.text
    with app.app_context():
        assert db.session.get_one(Account, account.id).password_hash == account.password_hash


def test_guessing_the_present_password_is_limited_too(cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.account())
    for _ in range(5):
        browser.post("/accounts/password", {"present": "not mine at all", "password": NEW}, expect=422)
    browser.post("/accounts/password", {"present": PASSWORD, "password": NEW}, expect=429)


def test_a_visitors_choice_of_display_holds_in_this_browser(app: Flask, browser: Browser) -> None:
    page = browser.post(
        "/accounts/display", {"text_size": "large"}, headers={"Referer": "http://localhost/accounts/privacy?from=x"}
    )
    assert page.headers["Location"] == "/accounts/privacy?from=x"
    browser.post("/accounts/display", {"contrast": "high", "text_size": "<b>"})
    text = browser.get("/accounts/sign-in").text
    assert 'data-size="large"' in text
    assert 'data-contrast="high"' in text
    assert 'data-size="normal"' in Browser(app).get("/accounts/sign-in").text


def test_an_accounts_choice_of_display_follows_it_to_every_browser(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    browser.sign_in(account).post("/accounts/display", {"text_size": "large", "contrast": "high"})
    text = Browser(app).sign_in(account).get("/accounts/sessions").text
    assert 'data-size="large"' in text
    assert 'data-contrast="high"' in text


@pytest.mark.parametrize(
    "referer", ["https://evil.example/accounts/privacy", "http://localhost//evil.example", "http://localhost/nowhere"]
)
def test_after_a_choice_of_display_nobody_is_sent_elsewhere(browser: Browser, referer: str) -> None:
    response = browser.post("/accounts/display", {"text_size": "large"}, headers={"Referer": referer})
    assert response.headers["Location"] == "/"


def test_a_consent_is_given_taken_back_and_both_are_remembered(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    browser.sign_in(account)
    browser.submit("/accounts/consents/location", {"agreed": "yes"})
    browser.submit("/accounts/consents/location", {"agreed": "yes"})
    with app.app_context():
        assert queries.current_consent(account.id, ConsentKind.LOCATION) is not None
    browser.submit("/accounts/consents/location", {"agreed": "no"})
    with app.app_context():
        assert queries.current_consent(account.id, ConsentKind.LOCATION) is None
        (consent,) = db.session.scalars(select(Consent)).all()
        assert consent.withdrawn_at is not None
    browser.post("/accounts/consents/location", {"agreed": "no"}, expect=409)
    browser.post("/accounts/consents/guardian", {"agreed": "yes"}, expect=404)


def test_a_new_role_works_at_once_and_signs_nobody_out(app: Flask, cast: Cast) -> None:
    account, office, city = cast.account(), cast.office(), cast.area("420600")
    browser = Browser(app).sign_in(account)
    with app.app_context():
        operations.grant_role(
            account=db.session.get_one(Account, account.id),
            role=Role.OFFICE_STAFF,
            granted_by=office.id,
            area_id=city.id,
            lineage=city.lineage,
        )
        db.session.commit()
        assert queries.roles_of(account.id) == {Role.OFFICE_STAFF}
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "accounts.grant_role")).one()
        assert (event.account_id, event.lineage, event.details) == (office.id, "420600", {"role": "office_staff"})
    browser.get("/metrics/")


def test_with_a_role_no_session_lasts_longer_than_staff(app: Flask, cast: Cast) -> None:
    account, organization = cast.account(), cast.organization()
    browsers = [Browser(app).sign_in(account) for _ in range(2)]
    with app.app_context():
        operations.grant_role(
            account=db.session.get_one(Account, account.id),
            role=Role.ORGANIZATION_OWNER,
            granted_by=account.id,
            organization_id=organization.id,
            lineage="420600",
        )
        db.session.commit()
        for kept in db.session.scalars(select(AccountSession)):
            assert (kept.ends_at - clock.now()).days == 6
            assert kept.idle_ends_at - clock.now() < timedelta(hours=12)
    for browser in browsers:
        browser.get("/accounts/sessions")


def test_a_role_is_held_once_and_taken_back_once(app: Flask, context: Flask, cast: Cast) -> None:
    office, city = cast.office(), cast.area("420600")
    account = db.session.get_one(Account, office.id)
    with pytest.raises(Conflict, match="已经有这个角色了"):
        operations.grant_role(
            account=account, role=Role.OFFICE_ADMIN, granted_by=account.id, area_id=city.id, lineage=city.lineage
        )
    db.session.rollback()
    account = db.session.get_one(Account, office.id)
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == office.id)).one()
    operations.revoke_role(grant=grant, revoked_by=account.id, lineage=city.lineage)
    db.session.flush()
    assert queries.roles_of(office.id) == frozenset()
    with pytest.raises(Conflict, match="已经收回了"):
        operations.revoke_role(grant=grant, revoked_by=account.id, lineage=city.lineage)


def test_a_role_needs_the_place_of_its_kind(context: Flask, cast: Cast) -> None:
    account = cast.account()
    for places in ({}, {"area_id": 1, "organization_id": 1}, {"organization_id": 1}):
        with pytest.raises(ValueError, match="needs"):
            operations.grant_role(account=account, role=Role.OFFICE_STAFF, granted_by=account.id, lineage="", **places)


def test_a_suspended_account_is_out_at_once(app: Flask, cast: Cast) -> None:
    account, office = cast.account(), cast.office()
    browser = Browser(app).sign_in(account)
    with app.app_context():
        operations.set_status(
            account=db.session.get_one(Account, account.id), status=AccountStatus.SUSPENDED, by=office.id
        )
        db.session.commit()
        assert db.session.scalars(select(AccountSession.revoked_at)).one() is not None
    browser.get("/accounts/sessions", expect=302)


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.OFFICE_STAFF])
def test_the_tables_hold_a_role_once(app: Flask, cast: Cast, role: Role) -> None:
    account, organization = cast.account(), cast.organization()
    place = {"organization": organization} if role.is_of_organization else {"area": cast.area()}
    first = cast.grant(account, role, **place)
    with pytest.raises(IntegrityError):
        cast.grant(account, role, **place)
    with app.app_context():
        db.session.get_one(RoleGrant, first.id).revoked_at = clock.now()
        db.session.commit()
    cast.grant(account, role, **place)


def test_nobody_is_asked_for_a_consent_that_nothing_uses(cast: Cast, browser: Browser) -> None:
    browser.sign_in(cast.account())
    page = browser.get("/accounts/consents").text
    assert "同意签到时记录位置" in page
    assert "表彰" not in page
    browser.post("/accounts/consents/public_honour", {"agreed": "yes"}, expect=404)
