"""In a plain SQLite shell, where a row that another one replaces meets no DELETE trigger, what is kept stays too."""

import enum
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, Enum, Table, UniqueConstraint

from models.base import Base, db

ABORTS = (
    *("area_move", "population_file", "population_change", "edition_version", "edition_choice", "dossier"),
    *("dossier_file", "dossier_item", "dossier_item_version", "dossier_package", "supervision_order", "order_step"),
    *("order_file", "score_weights", "bulletin", "bulletin_paper", "supervision_serial"),
)
KEEPS_SILENTLY = ("figure_snapshot", "survey_answer")
MOVABLE = ("dossier", "dossier_item", "supervision_order", "bulletin")
PLAIN = {int: 1, str: "1", bytes: b"1", bool: 1}
PLAIN |= {datetime: "2026-11-01 00:00:00", object: "2026-11-01 00:00:00"}  # the last for moments of ours


@pytest.fixture
def shell(app: Flask) -> Iterator[sqlite3.Connection]:
    """Return a shell as anybody opens one: no pragma of ours; rows may stand alone in it."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL has no words that replace a row without an UPDATE or DELETE")
        path = db.engine.url.database
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints=ON")
    assert connection.execute("PRAGMA recursive_triggers").fetchone() == (0,)
    yield connection
    connection.close()


def keys_of(table: Table) -> list[tuple[str, ...]]:
    """Return the keys under which a row is replaced."""
    unique = (rule.columns for rule in table.constraints if isinstance(rule, UniqueConstraint))
    return [tuple(one.name for one in columns) for columns in (table.primary_key.columns, *unique)]


def row(table: Table, number: int) -> dict[str, Any]:
    """Return a row whose every key is its own; what is no draft, and final, where that is asked."""
    values = {one.name: _value(one.type, number) for one in table.columns}
    return values | {name: told for name, told in {"status": "released", "is_final": 1}.items() if name in values}


def _value(kind: Any, number: int) -> Any:
    python = kind.python_type
    if isinstance(kind, Enum) or issubclass(python, enum.Enum):
        return "1"
    if isinstance(kind, JSON):
        return f"[{number}]"
    if python in (int, str):
        return number if python is int else str(number)
    return date(2026, 11, number).isoformat() if python is date else PLAIN[python]


def put(shell: sqlite3.Connection, table: str, values: dict[str, Any], verb: str = "INSERT") -> None:
    marks = ", ".join("?" * len(values))
    shell.execute(f"{verb} INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def first_of(shell: sqlite3.Connection, table: Table, values: dict[str, Any]) -> list[Any]:
    key = keys_of(table)[0]
    where = " AND ".join(f"{one} = ?" for one in key)
    return shell.execute(f"SELECT * FROM {table.name} WHERE {where}", [values[one] for one in key]).fetchall()


@pytest.mark.parametrize("name", [*ABORTS, *KEEPS_SILENTLY])
def test_nothing_is_put_in_the_place_of_what_is_kept(shell: sqlite3.Connection, name: str) -> None:
    table = Base.metadata.tables[name]
    kept, other = row(table, 1), row(table, 2)
    put(shell, name, kept)
    before = first_of(shell, table, kept)
    for key in keys_of(table):
        intruder = other | {one: kept[one] for one in key}
        if name in KEEPS_SILENTLY:
            put(shell, name, intruder, "INSERT OR REPLACE")
        else:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                put(shell, name, intruder, "INSERT OR REPLACE")
        assert first_of(shell, table, kept) == before, key
    put(shell, name, other)
    for trigger in ("refuses_replacing", "refuses_update", "refuses_delete", "frozen"):
        shell.execute(f"DROP TRIGGER IF EXISTS {name}_{trigger}")
    for key in keys_of(table):  # the control: without the guard the row is gone
        shell.execute("BEGIN")
        put(shell, name, row(table, 3) | {one: kept[one] for one in key}, "INSERT OR REPLACE")
        assert first_of(shell, table, kept) != before, key
        shell.execute("ROLLBACK")


@pytest.mark.parametrize("name", MOVABLE)
def test_nothing_is_moved_to_the_place_of_what_is_kept(shell: sqlite3.Connection, name: str) -> None:
    table = Base.metadata.tables[name]
    kept, other = row(table, 1), row(table, 2)
    if name == "bulletin":
        other |= {"status": "draft"}
    put(shell, name, kept)
    put(shell, name, other)
    before = first_of(shell, table, kept)
    statements = []
    for key in keys_of(table):
        changes = ", ".join(f"{one} = {kept[one]!r}" for one in key)
        statements.append(f"UPDATE OR REPLACE {name} SET {changes} WHERE id = 2")
    for statement in statements:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            shell.execute(statement)
        assert first_of(shell, table, kept) == before
    for trigger in ("refuses_pushing", "frozen"):
        shell.execute(f"DROP TRIGGER IF EXISTS {name}_{trigger}")
    shell.execute(statements[0])  # the control
    assert first_of(shell, table, kept) != before


def test_a_draft_still_makes_way(shell: sqlite3.Connection) -> None:
    table = Base.metadata.tables["bulletin"]
    put(shell, "bulletin", row(table, 1) | {"status": "draft"})
    put(shell, "bulletin", row(table, 1) | {"status": "draft", "opening": "改过"}, "INSERT OR REPLACE")
    assert shell.execute("SELECT opening FROM bulletin").fetchall() == [("改过",)]
