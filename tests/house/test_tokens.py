"""Nothing is changed by a request that does not bring the token of a page of ours."""

import pytest
from flask import Flask

from tests.client import Browser
from tests.house.test_access import address, routes
from tests.house.world import World
from volunteer.web.tokens import KEEPS_TYPED

PHONE = "13912345678"


@pytest.fixture(autouse=True)
def _with_tokens(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def test_every_changing_route_refuses_a_request_without_its_token(app: Flask, world: World) -> None:
    browsers = {name: Browser(app).sign_in(account) for name, account in world.principals.items() if account}
    browsers["visitor"] = Browser(app)
    for rule, method in routes(app):
        if method != "POST":
            continue
        answers = {name: browser.client.post(address(rule, world)).status_code for name, browser in browsers.items()}
        allowed = {400, 401, 403, 404, *([200, 409, 422] if rule.endpoint in KEEPS_TYPED else [])}
        assert set(answers.values()) <= allowed, (rule.rule, answers)


def test_what_was_typed_is_kept_when_the_token_is_missing(app: Flask) -> None:
    page = Browser(app).post("/accounts/sign-up", {"phone": PHONE, "display_name": "李晓梅"}, expect=422)
    assert PHONE in page.text
    assert "这个页面打开太久了，请再提交一次" in page.text


def test_with_its_token_the_same_form_is_taken(app: Flask) -> None:
    browser = Browser(app)
    page = browser.get("/accounts/sign-up").text
    token = page.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    fields = {
        "phone": PHONE,
        "display_name": "李晓梅",
        "password": "一把很好用的钥匙",
        "consent": "y",
        "csrf_token": token,
    }
    browser.post("/accounts/sign-up", fields, expect=302)
