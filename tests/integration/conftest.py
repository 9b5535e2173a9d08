"""Fixtures for stored behaviour: each test runs on SQLite and on PostgreSQL, from an empty city."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.cast import Cast
from tests.client import Browser
from tests.databases import KINDS, prepared

_open: dict[str, Any] = {}


@pytest.fixture(scope="session")
def _databases(worker_id: str) -> Iterator[dict[str, Any]]:
    yield {"worker": worker_id}
    for context, _ in _open.values():
        context.__exit__(None, None, None)
    _open.clear()


@pytest.fixture(params=KINDS)
def app(request: pytest.FixtureRequest, _databases: dict[str, Any]) -> Flask:
    """Return the application on a fresh copy of the migrated database."""
    kind = request.param
    if kind not in _open:
        context = prepared(kind, _databases["worker"])
        _open[kind] = (context, context.__enter__())
    app, database = _open[kind][1]
    database.reset(app)
    # An older tree than the mark is a fault, and every test begins with none.
    (app.config["SETTINGS"].instance / "ledger-mark.txt").unlink(missing_ok=True)
    return app


@pytest.fixture
def anew(app: Flask, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Return what empties the database once more, for a test that lives through several cities."""
    _, database = _open[request.node.callspec.params["app"]][1]
    return lambda: database.reset(app)


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """Push an application context for tests of operations and queries."""
    with app.app_context():
        yield app


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Return the people and places that the tests speak of, made on demand."""
    return Cast(app)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Return a visitor's browser; `browser.sign_in(account)` makes it somebody's."""
    return Browser(app)
