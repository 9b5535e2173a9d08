"""A browser for tests: it proof-reads every page it is given and never sees a fault."""

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from models.accounts import Account, AccountSession
from models.base import db
from tests.proofreading import proofread
from volunteer.accounts.queries import digest_of
from volunteer.kernel import clock

REDIRECTS = (301, 302, 303)


class Browser:
    """One browser with its own cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def sign_in(self, account: Account | int) -> "Browser":
        """Make this the browser of `account` (or of the account with that id) without asking its password."""
        token = secrets.token_urlsafe(32)
        now = clock.now()
        with self.app.app_context():
            db.session.add(
                AccountSession(
                    digest=digest_of(token),
                    account_id=account if isinstance(account, int) else account.id,
                    device_label="test",
                    created_at=now,
                    last_seen_at=now,
                    idle_ends_at=now + timedelta(days=14),
                    ends_at=now + timedelta(days=30),
                )
            )
            db.session.commit()
        self.client.set_cookie("session_id", token)
        return self

    def get(self, path: str, *, expect: int = 200, **options: Any) -> TestResponse:
        """Fetch `path`, expect a status, and proof-read what comes."""
        return self._read(self.client.get(path, **options), path, expect)

    def post(self, path: str, data: dict[str, Any] | None = None, *, expect: int = 302, **options: Any) -> TestResponse:
        """Send a form to `path`, expect a status (302 after a success), and proof-read what comes."""
        return self._read(self.client.post(path, data=data or {}, **options), path, expect)

    def submit(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """Send a form that succeeds and follow to the page after it."""
        response = self.post(path, data, expect=302)
        return self.get(response.headers["Location"])

    def _read(self, response: TestResponse, path: str, expect: int) -> TestResponse:
        assert response.status_code < 500 or expect >= 500, f"{path}: fault {response.status_code}"
        for name, value in response.headers:
            assert value.isascii(), f"{path}: a real server cannot send the header {name}: {value}"
        if response.mimetype == "text/html" and b"<html" in response.data and response.status_code not in REDIRECTS:
            proofread(response.get_data(as_text=True), path)
        assert response.status_code == expect, f"{path}: {response.status_code} in place of {expect}\n{_gist(response)}"
        return response


def _gist(response: TestResponse) -> str:
    if response.status_code in REDIRECTS:
        return f"to {response.headers.get('Location')}"
    text = response.get_data(as_text=True)
    start = text.find("<main")
    return text[start : start + 1500]
