"""Two hundred people behind one address sign in before they check in: the limits on guessing let the school in."""

from datetime import datetime
from itertools import islice

from flask import Flask

from models.base import db
from tests.databases import TEST_KEYS
from volunteer.accounts.guessing import LoginTry, claim_login, forgive_login
from volunteer.accounts.rules import LOGIN_LIMITS, LoginScope
from volunteer.kernel import clock
from volunteer.kernel.errors import TooMany

SCHOOL, PUPILS = "203.0.113.7", 200
# So many passwords are compared at once by eight workers of four threads.
AT_ONCE = 32


def _try(number: int, now: datetime) -> LoginTry:
    return claim_login(f"{15_000_000_000 + number}", SCHOOL, TEST_KEYS["address"], now)


def test_a_whole_school_signs_in_though_every_tenth_mistypes(context: Flask) -> None:
    waiting, now = iter(range(PUPILS)), clock.now()
    let_in = 0
    while group := list(islice(waiting, AT_ONCE)):
        for number in group:
            if number % 10 == 0:
                _try(number, now)
        tries = [_try(number, now) for number in group]
        for claim in tries:
            forgive_login(claim)
        let_in += len(tries)
    db.session.rollback()
    assert let_in == PUPILS


def test_who_tries_one_password_on_account_after_account_is_stopped_at_the_same_address(context: Flask) -> None:
    tried, now = 0, clock.now()
    try:
        for number in range(PUPILS):
            _try(number, now)
            tried += 1
    except TooMany:
        pass
    db.session.rollback()
    assert tried == LOGIN_LIMITS[LoginScope.ADDRESS].most
