"""Making an account."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.accounts import Account, Attempt, Consent
from models.audit import AuditEvent
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from volunteer.accounts.rules import PRIVACY_NOTICE_VERSION, SIGN_UP_LIMIT, ConsentKind

PASSWORD = "一把自己才知道的钥匙"
FILLED = {"phone": "13812345678", "display_name": "李晓梅", "password": PASSWORD, "consent": "y"}


def test_a_visitor_becomes_an_account_and_is_asked_to_register_a_volunteer(app: Flask, browser: Browser) -> None:
    page = browser.submit("/accounts/sign-up", FILLED)
    assert page.request.path == "/volunteers/new"
    assert "账号开好了" in page.text
    with app.app_context():
        account = db.session.scalars(select(Account)).one()
        assert (account.phone, account.display_name) == ("13812345678", "李晓梅")
        assert account.password_hash.startswith("$argon2id$")
        assert PASSWORD not in account.password_hash
        consent = db.session.scalars(select(Consent)).one()
        assert (consent.kind, consent.version) == (ConsentKind.PRIVACY_NOTICE, PRIVACY_NOTICE_VERSION)
        actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert actions == ["accounts.sign_up", "accounts.give_consent", "accounts.sign_in"]


def test_full_width_digits_and_the_country_code_are_the_same_phone(app: Flask, browser: Browser) -> None:
    browser.post("/accounts/sign-up", {**FILLED, "phone": "+86 １３８-1234-５６７８"})
    with app.app_context():
        assert db.session.scalars(select(Account.phone)).one() == "13812345678"


@pytest.mark.parametrize("name", ["䶮𬱖", "阿卜杜·热西提", "欧阳娜娜", "Jean-Luc O'Neil"])
def test_every_real_name_is_kept_as_it_is(app: Flask, browser: Browser, name: str) -> None:
    browser.post("/accounts/sign-up", {**FILLED, "display_name": name})
    with app.app_context():
        assert db.session.scalars(select(Account.display_name)).one() == name


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("phone", "1381234567", "手机号是 11 位数字，现在是 10 位"),
        ("phone", "12812345678", "手机号要以 13 到 19 开头"),
        ("phone", "", "请填写手机号"),
        ("phone", "1" * 8000, "最多 40 个字，现在是 8000 个字"),
        ("phone", "138\x0012345678", "这里有看不见的控制字符"),
        ("display_name", "<b>李</b>", "姓名里不能有 &lt;"),
        ("display_name", "李" * 8000, "最多 200 个字，现在是 8000 个字"),
        ("display_name", "李\x00梅", "这里有看不见的控制字符"),
        ("password", "short", "密码至少 8 个字符，现在是 5 个"),
        ("password", "密" * 8000, "密码最多 128 个字符，现在是 8000 个"),
        ("password", "12345678", "这个密码太常见"),
        ("password", "a13812345678", "密码里不要用手机号"),
        ("password", "", "密码至少 8 个字符"),
        ("consent", "", "请先阅读并同意隐私说明"),
    ],
)
def test_what_is_wrong_is_said_on_its_field_and_nothing_is_saved(
    app: Flask, browser: Browser, field: str, typed: str, words: str
) -> None:
    page = browser.post("/accounts/sign-up", {**FILLED, field: typed}, expect=422)
    assert words in page.text
    assert f'id="{field}-error"' in page.text
    if field != "phone":
        assert 'value="13812345678"' in page.text
    with app.app_context():
        assert db.session.scalars(select(Account)).all() == []


def test_all_wrong_fields_are_told_at_once(browser: Browser) -> None:
    page = browser.post("/accounts/sign-up", {}, expect=422)
    for field in ("phone", "display_name", "password", "consent"):
        assert f'id="{field}-error"' in page.text


def test_a_phone_has_one_account(app: Flask, cast: Cast, browser: Browser) -> None:
    cast.account(phone="13812345678")
    page = browser.post("/accounts/sign-up", FILLED, expect=422)
    assert "这个手机号已经注册过，请直接登录" in page.text
    with app.app_context():
        assert len(db.session.scalars(select(Account)).all()) == 1


def test_nobody_can_ask_through_a_list_of_phones(app: Flask, cast: Cast, browser: Browser) -> None:
    cast.account(phone="13812345678")
    browser.post("/accounts/sign-up", FILLED, expect=422)
    with app.app_context():
        attempt = db.session.scalars(select(Attempt)).one()
        assert attempt.count == 1, "a refused sign-up stays counted"
        attempt.count = SIGN_UP_LIMIT.most
        db.session.commit()
    page = browser.post("/accounts/sign-up", {**FILLED, "phone": "13900000000"}, expect=429)
    assert "试错的次数太多" in page.text
    assert int(page.headers["Retry-After"]) > 0


def test_a_crowd_behind_one_address_can_sign_up(app: Flask, browser: Browser) -> None:
    browser.post("/accounts/sign-up", FILLED)
    with app.app_context():
        assert db.session.scalars(select(Attempt.count)).all() == [0]


def test_a_visitors_large_text_goes_into_the_new_account(app: Flask, browser: Browser) -> None:
    browser.post("/accounts/display", {"text_size": "large"})
    browser.post("/accounts/sign-up", FILLED)
    with app.app_context():
        assert db.session.scalars(select(Account.text_size)).one() == "large"


def test_the_privacy_notice_names_its_version_and_who_answers_for_it(browser: Browser) -> None:
    page = browser.get("/accounts/privacy")
    assert PRIVACY_NOTICE_VERSION in page.text
    assert "个人信息保护法" in page.text
    assert "市文明办" in page.text
