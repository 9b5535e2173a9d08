"""Coming in and going out."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from models.accounts import AccountSession, Attempt
from models.base import db
from tests.cast import PASSWORD, Cast
from tests.client import Browser
from volunteer.accounts import jobs
from volunteer.accounts.passwords import HASHER
from volunteer.accounts.queries import digest_of
from volunteer.accounts.rules import LOGIN_LIMITS, AccountStatus, LoginScope
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role

WRONG = "手机号或密码不对，请再核对一遍"


def _fields(account: Any, password: str = PASSWORD) -> dict[str, str]:
    return {"phone": account.phone, "password": password}


def test_a_resident_lands_on_the_front_page_with_a_session_that_only_its_digest_names(
    app: Flask, cast: Cast, browser: Browser
) -> None:
    account = cast.account()
    response = browser.post("/accounts/sign-in", _fields(account))
    assert response.headers["Location"] == "/"
    cookie = browser.client.get_cookie("session_id")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    with app.app_context():
        row = db.session.scalars(select(AccountSession)).one()
        assert row.digest == digest_of(cookie.value)
        assert cookie.value not in row.digest
    browser.get("/accounts/sessions")


def test_each_sits_down_at_their_own_desk(app: Flask, cast: Cast) -> None:
    office, organizer = cast.office(), cast.account("王主任")
    cast.organization(organizer)
    for account, desk in ((office, "/metrics/"), (organizer, "/today")):
        response = Browser(app).post("/accounts/sign-in", _fields(account))
        assert response.headers["Location"].startswith(desk.rstrip("/")), account.display_name


def test_a_reader_comes_back_to_the_page_they_wanted(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    assert browser.get("/volunteers/codes", expect=302).headers["Location"] == "/accounts/sign-in"
    assert browser.post("/accounts/sign-in", _fields(account)).headers["Location"] == "/volunteers/codes"
    browser.post("/accounts/sign-out")
    assert browser.post("/accounts/sign-in", _fields(account)).headers["Location"] == "/"


@pytest.mark.parametrize("elsewhere", ["//evil.example/a", "https://evil.example", "/\\evil.example", "/no/such/page"])
def test_nobody_is_sent_elsewhere(cast: Cast, browser: Browser, elsewhere: str) -> None:
    account = cast.account()
    with browser.client.session_transaction() as session:
        session["return_to"] = elsewhere
    assert browser.post("/accounts/sign-in?next=//evil.example", _fields(account)).headers["Location"] == "/"


def test_unknown_phone_and_wrong_password_look_the_same(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account(phone="13812345678")
    other = {"phone": "13812345679", "password": "wrong password"}
    # A token says in which second it was made.
    with time_machine.travel(clock.now(), tick=False):
        wrong = browser.post("/accounts/sign-in", _fields(account, "wrong password"), expect=422).text
        unknown = browser.post("/accounts/sign-in", other, expect=422).text
    assert WRONG in wrong
    assert wrong.replace("13812345678", "13812345679") == unknown


def test_unknown_phone_and_wrong_password_take_the_same_work_below_half_a_second(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = cast.account()
    compared: list[str] = []

    class Watched:
        def verify(self, password_hash: str, password: str) -> bool:
            compared.append(password_hash.rsplit("$", 2)[0])
            return HASHER.verify(password_hash, password)

    monkeypatch.setattr("volunteer.accounts.passwords.HASHER", Watched())

    def seconds(phone: str) -> float:
        browser = Browser(app)
        start = time.perf_counter()
        browser.post("/accounts/sign-in", {"phone": phone, "password": "wrong password"}, expect=422)
        return time.perf_counter() - start

    known = [seconds(account.phone) for _ in range(4)]
    unknown = [seconds(f"1371111111{number}") for number in range(4)]
    assert len(compared) == 8, "one hash for each try, known or not"
    assert len(set(compared)) == 1, "all of the same cost"
    assert max(min(known), min(unknown)) < 0.5


def test_the_phone_stays_in_the_form_and_the_password_does_not(cast: Cast, browser: Browser) -> None:
    page = browser.post("/accounts/sign-in", {"phone": "13812345678", "password": "wrong password"}, expect=422)
    assert 'value="13812345678"' in page.text
    assert "wrong password" not in page.text


@pytest.mark.parametrize("typed", ["", "密" * 8000])
def test_a_password_that_cannot_be_one_is_never_hashed(
    cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("volunteer.accounts.operations.is_password", lambda *_: pytest.fail("hashed"))
    browser.post("/accounts/sign-in", {"phone": "13812345678", "password": typed}, expect=422)


def test_the_sixth_try_is_refused_even_with_the_right_password_and_counts_outlast_it(
    app: Flask, cast: Cast, browser: Browser
) -> None:
    account = cast.account()
    for _ in range(LOGIN_LIMITS[LoginScope.PAIR].most):
        browser.post("/accounts/sign-in", _fields(account, "wrong password"), expect=422)
    page = browser.post("/accounts/sign-in", _fields(account), expect=429)
    assert "试错的次数太多，请过" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 900
    with app.app_context():
        counts = dict(db.session.execute(select(Attempt.kind, Attempt.count)).all())
        assert counts == {"login_pair": 5, "login_account": 5, "login_address": 1, "login_everyone": 5}


def test_no_more_than_five_passwords_are_tried_however_many_come_at_once(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = cast.account()
    tried: list[str] = []
    monkeypatch.setattr("volunteer.accounts.operations.is_password", lambda _, password: tried.append(password))

    def guess(number: int) -> None:
        client = app.test_client()
        client.post("/accounts/sign-in", data=_fields(account, f"guess number {number}"))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tried) == 5


def test_a_success_takes_its_own_failures_off(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    browser.post("/accounts/sign-in", _fields(account, "wrong password"), expect=422)
    browser.post("/accounts/sign-in", _fields(account))
    with app.app_context():
        counts = dict(db.session.execute(select(Attempt.kind, Attempt.count)).all())
        assert counts == {"login_pair": 0, "login_account": 1, "login_address": 0, "login_everyone": 1}


def test_counts_hold_no_phone_and_no_address(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    browser.post("/accounts/sign-in", _fields(account, "wrong password"), expect=422)
    with app.app_context():
        for subject in db.session.scalars(select(Attempt.subject)):
            assert len(subject) == 64
            assert account.phone not in subject
            assert "127.0.0.1" not in subject


def test_old_counts_are_forgotten(app: Flask, cast: Cast, browser: Browser) -> None:
    browser.post("/accounts/sign-in", _fields(cast.account(), "wrong password"), expect=422)
    with app.app_context():
        jobs.forget_old_attempts()
        assert len(db.session.scalars(select(Attempt)).all()) == 4
        db.session.execute(update(Attempt).values(window_starts_at=clock.now() - timedelta(days=2)))
        jobs.forget_old_attempts()
        assert db.session.scalars(select(Attempt)).all() == []


def test_a_suspended_account_is_told_so_only_with_its_password(cast: Cast, browser: Browser) -> None:
    account = cast.account(status=AccountStatus.SUSPENDED)
    assert WRONG in browser.post("/accounts/sign-in", _fields(account, "wrong password"), expect=422).text
    assert "这个账号已停用" in browser.post("/accounts/sign-in", _fields(account), expect=422).text


def test_signing_in_again_gives_a_new_session_and_ends_the_old_one(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account()
    browser.post("/accounts/sign-in", _fields(account))
    first = browser.client.get_cookie("session_id").value
    browser.post("/accounts/sign-in", _fields(account))
    assert browser.client.get_cookie("session_id").value != first
    stale = Browser(app)
    stale.client.set_cookie("session_id", first)
    stale.get("/accounts/sessions", expect=302)


def test_signing_out_ends_the_session_for_good_and_keeps_the_text_large(cast: Cast, app: Flask) -> None:
    browser = Browser(app).sign_in(cast.account(text_size="large"))
    token = browser.client.get_cookie("session_id").value
    browser.post("/accounts/sign-out")
    assert browser.client.get_cookie("session_id") is None
    assert 'data-size="large"' in browser.get("/accounts/sign-in").text
    browser.client.set_cookie("session_id", token)
    browser.get("/accounts/sessions", expect=302)


def test_signing_out_twice_is_harmless_and_by_a_link_impossible(browser: Browser) -> None:
    browser.post("/accounts/sign-out")
    browser.get("/accounts/sign-out", expect=405)


def test_staff_stay_signed_in_for_a_shorter_time(app: Flask, cast: Cast) -> None:
    resident, office = cast.account(), cast.office(Role.OFFICE_STAFF)
    for account in (resident, office):
        Browser(app).post("/accounts/sign-in", _fields(account))
    with app.app_context():
        ends = {row.account_id: row.ends_at - row.created_at for row in db.session.scalars(select(AccountSession))}
    assert (ends[resident.id].days, ends[office.id].days) == (30, 7)


def test_large_text_chosen_on_the_way_in_stays_large_inside(cast: Cast, app: Flask) -> None:
    account = cast.account()
    browser = Browser(app)
    browser.post("/accounts/display", {"text_size": "large"})
    browser.post("/accounts/sign-in", {"phone": account.phone, "password": PASSWORD})
    assert 'data-size="large"' in browser.get("/").text


def test_large_text_of_an_earlier_reader_is_not_the_next_ones(cast: Cast, app: Flask) -> None:
    account = cast.account()
    browser = Browser(app).sign_in(cast.account(text_size="large"))
    browser.post("/accounts/sign-out")
    browser.post("/accounts/sign-in", {"phone": account.phone, "password": PASSWORD})
    assert 'data-size="normal"' in browser.get("/").text
