"""Counting tries in the database, so that limits hold across processes and outlast a refused request.

A try is counted before it is made and taken off again when it turns out right: however many are made at once, no more
than the limit get through. The caller commits between the two (`keep_despite_refusal`), which also ends the
transaction before a slow hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, select, update

from models.accounts import Attempt
from models.base import db, upsert
from volunteer.accounts.rules import (
    LOGIN_LIMITS,
    Limit,
    LoginScope,
    address_subject,
    counts_after_success,
    decide_login,
    scopes_of_failure,
    too_many,
)
from volunteer.kernel.errors import TooMany
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.sealing import blind_index


@dataclass(frozen=True, slots=True)
class Try:
    """One try that is counted as failed until `forgive` takes it off."""

    kind: str
    subject: str
    window_starts_at: datetime


@dataclass(frozen=True, slots=True)
class LoginTry:
    """One try at a password: the counts that it moved and what success adds to each."""

    counted: Mapping[LoginScope, Try]
    after_success: Mapping[LoginScope, int]


def claim_try(kind: str, subject: str, limit: Limit, now: datetime, words: str | None = None) -> Try:
    """Count one try of `subject` (a digest), or raise TooMany when the window's tries are used up.

    `words` (with %(most)s) are for what is no guess and only limited.
    """
    claim = Try(kind, subject, limit.window_starts_at(now))
    if _add(claim, 1) > limit.most:
        seconds = limit.seconds_left(now)
        raise TooMany(words, retry_after=seconds, most=limit.most) if words else too_many(seconds)
    return claim


def forgive(claim: Try) -> None:
    """Take a try that turned out right off its count."""
    _add(claim, -1)


def claim_login(phone: str, address: str | None, keys: KeyRing, now: datetime) -> LoginTry:
    """Count one try to sign in as failed, by pair, account, address and everyone, or raise TooMany."""
    tries = _login_tries(phone, address, keys, now)
    before = {LoginScope.PAIR: _add(tries[LoginScope.PAIR], 1) - 1}
    counted = scopes_of_failure(before)
    for scope in LoginScope:
        if scope is not LoginScope.PAIR:
            before[scope] = _add(tries[scope], 1) - 1 if scope in counted else _count(tries[scope])
    decide_login(before, now).require()
    after = counts_after_success(before)
    return LoginTry(tries, {scope: after[scope] - before[scope] - (scope in counted) for scope in LoginScope})


def forgive_login(claim: LoginTry) -> None:
    """Leave the counts as a success leaves them."""
    for scope, change in claim.after_success.items():
        if change:
            _add(claim.counted[scope], change)


def subject_of(keys: KeyRing, *parts: str) -> str:
    """Return the digest under which a phone, an address or an account is counted: no table holds them readable."""
    return blind_index(keys, "attempt", *parts)


def _login_tries(phone: str, address: str | None, keys: KeyRing, now: datetime) -> dict[LoginScope, Try]:
    place = address_subject(address)
    subjects = {
        LoginScope.PAIR: subject_of(keys, "pair", phone, place),
        LoginScope.ACCOUNT: subject_of(keys, "account", phone),
        LoginScope.ADDRESS: subject_of(keys, "address", place),
        LoginScope.EVERYONE: subject_of(keys, "everyone"),
    }
    return {scope: Try(scope, subjects[scope], LOGIN_LIMITS[scope].window_starts_at(now)) for scope in LoginScope}


def _add(claim: Try, by: int) -> int:
    """Add to a count, never below 0, and return it; two at once wait for each other."""
    if by < 0:
        left = case((Attempt.count > -by, Attempt.count + by), else_=0)
        db.session.execute(update(Attempt).where(*_here(claim)).values(count=left))
        return 0
    statement = upsert(Attempt).values(
        kind=claim.kind, subject=claim.subject, window_starts_at=claim.window_starts_at, count=by
    )
    return db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "subject", "window_starts_at"], set_={"count": Attempt.count + by}
        ).returning(Attempt.count)
    ).scalar_one()


def _count(claim: Try) -> int:
    return db.session.scalar(select(Attempt.count).where(*_here(claim))) or 0


def _here(claim: Try) -> tuple[ColumnElement[bool], ...]:
    return (
        Attempt.kind == claim.kind,
        Attempt.subject == claim.subject,
        Attempt.window_starts_at == claim.window_starts_at,
    )
