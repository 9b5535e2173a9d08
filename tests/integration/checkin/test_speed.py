"""How many statements a check-in costs: counts are stable where times are not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, event

from models.base import db
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from volunteer.checkin.rules import Direction


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what any engine sends to the database, COMMIT and ROLLBACK of real transactions included."""
    seen: list[str] = []
    listeners: list[tuple[str, Any]] = [
        ("before_cursor_execute", lambda connection, cursor, statement, *rest: seen.append(statement)),
        ("commit", lambda connection: seen.extend(_unless_alone(connection, "COMMIT"))),
        ("rollback", lambda connection: seen.extend(_unless_alone(connection, "ROLLBACK"))),
    ]
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


def _unless_alone(connection: Connection, word: str) -> list[str]:
    """Ending a transaction costs nothing where every statement stands alone."""
    return [] if getattr(connection.connection.dbapi_connection, "autocommit", False) is True else [word]


def is_postgresql(app: Flask) -> bool:
    with app.app_context():
        return db.engine.dialect.name == "postgresql"


def test_a_check_in_is_two_round_trips_on_postgresql(venue: Venue, resident: Browser) -> None:
    if not is_postgresql(venue.app):
        pytest.skip("SQLite has no round trips")
    sent = venue.scan(resident)
    with statements() as seen:
        resident.post("/checkin/record", sent, expect=200)
    assert len(seen) == 2, seen
    assert "account_session" in seen[0]
    assert "INSERT INTO presence_event" in seen[1]
    assert "INSERT INTO audit_event" in seen[1]
    assert len(venue.events()) == 1


def test_a_check_in_writes_in_one_short_transaction_on_sqlite(venue: Venue, resident: Browser) -> None:
    if is_postgresql(venue.app):
        pytest.skip("PostgreSQL has its own count")
    sent = venue.scan(resident)
    with statements() as seen:
        resident.post("/checkin/record", sent, expect=200)
    inside = seen[seen.index("BEGIN IMMEDIATE") :]
    assert len(inside) <= 6, inside
    assert inside[-1] == "COMMIT"


def test_a_check_out_adds_a_transaction_and_nothing_else(venue: Venue, resident: Browser) -> None:
    if not is_postgresql(venue.app):
        pytest.skip("SQLite has no round trips")
    from volunteer.checkin import operations

    venue.tap(resident)
    sent = venue.scan(resident, Direction.OUT)
    rooms_above, operations.after_check_out[:] = list(operations.after_check_out), []
    try:
        with statements() as seen:
            resident.post("/checkin/record", sent, expect=200)
    finally:
        operations.after_check_out[:] = rooms_above
    assert [re.match(r"\w+", statement)[0] for statement in seen] == ["SELECT", "WITH", "COMMIT"]  # type: ignore[index]


def test_a_check_in_changes_no_row_that_others_at_the_shift_share(venue: Venue, resident: Browser) -> None:
    sent = venue.scan(resident)
    with statements() as seen:
        resident.post("/checkin/record", sent, expect=200)
    assert not [statement for statement in seen if "UPDATE" in statement.upper()]
