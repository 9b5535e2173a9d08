"""A small city with figures, small cells among them, and tokens that read it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from models.base import db
from tests.cast import Cast
from tests.factories.ledger import Ledger, city_with_residents
from volunteer.api import operations
from volunteer.areas.queries import area_by_code
from volunteer.kernel import clock

Ask = Callable[..., TestResponse]


@pytest.fixture
def ledger(app: Flask, cast: Cast) -> Ledger:
    """Return a city of thirteen: six and two below one district, where the two are a small cell, five in the other."""
    ledger = city_with_residents(
        app, cast, {"420602001001": 60, "420602001002": 20, "420602002001": 10, "420606001001": 40}
    )
    people = [ledger.volunteer("420602001001") for _ in range(6)]
    for _ in range(2):
        ledger.volunteer("420602002001")
    people += [ledger.volunteer("420606001001") for _ in range(5)]
    for volunteer in people:
        ledger.serve(volunteer, date(2026, 3, 1), 100)
    ledger.survey("420600", 920, 1000)
    ledger.survey("420602", 7, 9)
    ledger.settle()
    return ledger


@pytest.fixture
def make_token(app: Flask, cast: Cast) -> Callable[..., str]:
    """Return what makes a token for an area and returns its text."""
    maker = cast.office(name="数据员")

    def make(code: str = "420600", *, ends_on: date | None = None) -> str:
        with app.app_context():
            area = area_by_code(code)
            assert area
            last = ends_on or clock.today() + timedelta(days=30)
            _token, text = operations.make_token(area, "市数据平台", ends_on=last, account_id=maker.id)
            db.session.commit()
        return text

    return make


@pytest.fixture
def ask(app: Flask) -> Ask:
    """Return what asks the interface: ask(path, token, expect=200, **headers)."""

    def asked(path: str, token: str = "", *, expect: int = 200, **headers: Any) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        response = app.test_client().get(f"/api/v1{path}", headers=sent)
        assert response.status_code == expect, f"{path}: {response.status_code} {response.get_data(as_text=True)}"
        assert "Set-Cookie" not in response.headers
        return response

    return asked
