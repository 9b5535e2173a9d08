"""How the two databases are opened: durable, with foreign keys, and with writers in line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from models.base import db

WAL_SAFE_SINCE = (3, 51, 3)
BUSY_MILLISECONDS = 15_000
LOCK_SECONDS = 10
STATEMENT_SECONDS = 60
# A connection that rested longer is asked whether it still lives; asking each time would cost a round trip a request.
ASKED_AFTER_SECONDS = 30
_RESTS_SINCE = "rests_since"
_STANDING_ALONE = "statements_standing_alone"

# Set by whoever only reads: SQLite then lets it beside the writer instead of into the line.
is_reading: ContextVar[bool] = ContextVar("is_reading", default=False)


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options for `url`; SQLite comes from the bundled library where there is one."""
    if url.startswith("sqlite"):
        return {
            "module": sqlite_module(),
            "connect_args": {"timeout": BUSY_MILLISECONDS / 1000},
            "hide_parameters": True,
        }
    return {
        "pool_size": 8,
        "max_overflow": 8,
        "pool_recycle": 1800,
        # Compiling a statement costs more than any of ours takes.
        "connect_args": {
            "options": f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s -c jit=off"
        },
        # What a statement was given holds names and phones; a log must not.
        "hide_parameters": True,
    }


def take_all_the_time(connection: Connection) -> None:
    """Let the statements of this transaction run as long as they need: for loading, rebuilding and migrating."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def install(app: Flask) -> None:
    """Prepare the engine of `app`, and on a server a second one beside it for statements that stand alone."""
    with app.app_context():
        prepare(db.engine)
        is_sqlite = db.engine.dialect.name == "sqlite"
        app.extensions[_STANDING_ALONE] = db.engine if is_sqlite else _beside(db.engine)


def _beside(engine: Engine) -> Engine:
    """Return an engine on the same database whose connections always commit by themselves.

    To switch a connection of the first engine there and back would cost more than many a statement.
    """
    beside = create_engine(
        engine.url, **engine_options(str(engine.url)), isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    )
    prepare(beside)
    event.listen(engine, "engine_disposed", lambda _engine: beside.dispose())
    return beside


def prepare(engine: Engine) -> None:
    """Make `engine` durable and patient: pragmas and BEGIN IMMEDIATE on SQLite, connections that live on a server."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _refuse_dead_connections(engine)


def standing_alone() -> Engine:
    """Return the engine whose driver commits each statement by itself."""
    engine: Engine = current_app.extensions[_STANDING_ALONE]
    return engine


@contextmanager
def single_statements() -> Iterator[Connection]:
    """Give a connection for reading whose statements each stand alone, outside the request's transaction.

    On a server every statement costs one round trip; SQLite has none to save, but reads beside whoever writes.
    """
    before = is_reading.set(True)
    try:
        with standing_alone().connect() as connection:
            yield connection
    finally:
        is_reading.reset(before)


def _refuse_dead_connections(engine: Engine) -> None:
    @event.listens_for(engine, "checkin")
    def note_rest(_connection: Any, record: Any) -> None:
        record.info[_RESTS_SINCE] = monotonic()

    @event.listens_for(engine, "checkout")
    def ask_after_rest(connection: Any, record: Any, _proxy: Any) -> None:
        rests_since = record.info.get(_RESTS_SINCE)
        if rests_since is None or monotonic() - rests_since < ASKED_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("the connection died while it rested") from error


def sqlite_module() -> Any:
    """Return the SQLite library to use: the bundled one, else Python's own."""
    try:
        import pysqlite3.dbapi2 as module
    except ImportError:
        return sqlite3
    return module


def _prepare_sqlite(engine: Engine) -> None:
    version = tuple(int(part) for part in sqlite_module().sqlite_version.split("."))
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
            # A row that INSERT OR REPLACE would push out meets the triggers that refuse deleting.
            "recursive_triggers=ON",
            "temp_store=MEMORY",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if is_reading.get() else "BEGIN IMMEDIATE")
