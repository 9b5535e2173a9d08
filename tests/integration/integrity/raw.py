"""Rows as the database has them, and statements past its guards."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, delete, select, text, update

from models.base import Base, db

Places = Sequence[str]
Mutation = Callable[[random.Random], Places]


@contextmanager
def unguarded() -> Iterator[None]:
    """Let statements pass that the schema refuses, and put its guards back as they were."""
    connection = db.session.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        connection.execute(text("SET LOCAL session_replication_role = origin"))
        return
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in guards:
        connection.exec_driver_sql(statement)


def table_of(model: type[Base]) -> Table:
    found: Table = model.__table__  # type: ignore[assignment]
    return found


def rows(model: type[Base]) -> list[Any]:
    table = table_of(model)
    return list(db.session.execute(select(table).order_by(*table.primary_key.columns)).all())


def change(model: type[Base], row: Any, **values: Any) -> None:
    """Change columns of one row, found by its key."""
    table = table_of(model)
    same = (column == getattr(row, column.name) for column in table.primary_key.columns)
    db.session.execute(update(table).where(*same).values(values))


def remove(model: type[Base], row: Any) -> None:
    table = table_of(model)
    db.session.execute(
        delete(table).where(*(column == getattr(row, column.name) for column in table.primary_key.columns))
    )
