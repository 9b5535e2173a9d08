"""How the two databases are opened: durable, with foreign keys, and with writers in line."""

import sqlite3
from contextvars import ContextVar
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from models.base import db

WAL_SAFE_SINCE = (3, 51, 3)
BUSY_MILLISECONDS = 15_000

# Set by whoever only reads: SQLite then lets it beside the writer instead of into the line.
is_reading: ContextVar[bool] = ContextVar("is_reading", default=False)


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options for `url`; SQLite comes from the bundled library where there is one."""
    if url.startswith("sqlite"):
        return {"module": _sqlite_module(), "connect_args": {"timeout": BUSY_MILLISECONDS / 1000}}
    return {"pool_size": 8, "max_overflow": 8, "pool_recycle": 1800, "pool_pre_ping": True}


def install(app: Flask) -> None:
    """Prepare the engine of `app`: pragmas, and BEGIN IMMEDIATE for whoever may write."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)


def _sqlite_module() -> Any:
    try:
        import pysqlite3.dbapi2 as module
    except ImportError:
        return sqlite3
    return module


def _prepare_sqlite(engine: Engine) -> None:
    version = tuple(int(part) for part in _sqlite_module().sqlite_version.split("."))
    journal = "WAL" if version >= WAL_SAFE_SINCE else "DELETE"

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if is_reading.get() else "BEGIN IMMEDIATE")
