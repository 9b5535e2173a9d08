"""The thin loader behind flask-login: a cookie, a row, a principal."""

from datetime import timedelta

from flask import Request, Response, current_app, g
from sqlalchemy import update

from models.accounts import AccountSession
from models.base import db
from volunteer.accounts import queries
from volunteer.accounts.rules import session_lifetimes
from volunteer.kernel import clock
from volunteer.kernel.permissions import Principal

_UNKNOWN = "principal_is_unknown"
SEEN_EVERY = timedelta(minutes=5)


def cookie_name() -> str:
    """Return the name of the session's cookie; the __Host- prefix needs https."""
    return "__Host-session" if current_app.config["SETTINGS"].production else "session_id"


def load_principal(request: Request) -> Principal | None:
    """Return who this request is from, or None; asked by flask-login once a request.

    When the database does not answer, the request fails once; the page that says so is then a visitor's.
    """
    if g.get(_UNKNOWN):
        return None
    token = request.cookies.get(cookie_name(), "")
    if not 20 <= len(token) <= 100:
        return None
    now = clock.now()
    setattr(g, _UNKNOWN, True)
    found = queries.principal_of(token, now)
    setattr(g, _UNKNOWN, False)
    if found is None:
        return None
    principal, seen_at = found
    if now - seen_at > SEEN_EVERY and request.method == "POST":
        idle, _ = session_lifetimes(is_staff=bool(principal.grants))
        db.session.execute(
            update(AccountSession)
            .where(AccountSession.id == principal.session_id)
            .values(last_seen_at=now, idle_ends_at=now + idle)
        )
    return principal


def ask_nobody() -> None:
    """Treat this request as a visitor's: no session is looked up, and none is marked as seen."""
    setattr(g, _UNKNOWN, True)


def set_cookie(response: Response, token: str, seconds: int) -> None:
    """Give the browser its session for at most `seconds`."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=seconds,
        path="/",
        secure=current_app.config["SETTINGS"].production,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(), path="/", secure=current_app.config["SETTINGS"].production, httponly=True)
