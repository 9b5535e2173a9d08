"""The few statements that a stadium asks within a minute, compiled once and handed to the driver without a middleman.

They run outside the request's transaction. Each stands alone and commits by itself; on SQLite, where a commit costs
more than a statement, a few can share one short transaction.
"""

import os
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Engine, Insert, Select
from sqlalchemy.exc import DBAPIError

from models.engine import standing_alone

try:
    import fcntl
except ImportError:  # not on Unix: SQLite's own patience has to do
    fcntl = None  # type: ignore[assignment]

_CURSORS = "cursors_of_prepared_statements"

Statement = Select[*tuple[Any, ...]] | Insert


class Prepared:
    """A statement of Core whose binds all have names and whose text is the same each time."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement

    def rows(self, binds: Mapping[str, Any]) -> Sequence[Any]:
        """Run it with all its binds and return its rows, the columns as attributes."""
        with lend_wire() as wire:
            return wire.rows(self, binds)


class Wire:
    """A connection of the driver, lent by an engine."""

    def __init__(self, engine: Engine, connection: Any) -> None:
        self.engine, self.connection = engine, connection

    def rows(self, prepared: Prepared, binds: Mapping[str, Any]) -> list[Any]:
        """Run a prepared statement."""
        plan = _plan(prepared, self.engine.dialect)
        cursor = self._cursor_for(plan)
        self._send(cursor, plan.text, plan.filled(binds))
        return [plan.read(row) for row in cursor.fetchall()] if plan.has_rows else []

    @contextmanager
    def short_transaction(self) -> Iterator[None]:
        """Let the statements within commit together, on SQLite; the line of writers is held as briefly as can be.

        Who has written in the request's own transaction stands in that line already and would wait for itself.
        """
        cursor = self.connection.cursor()
        with _turn_to_write(self.engine):
            self._send(cursor, "BEGIN IMMEDIATE", {})
            try:
                yield
            except BaseException:
                self._send(cursor, "ROLLBACK", {})
                raise
            self._send(cursor, "COMMIT", {})

    def _cursor_for(self, plan: "_Plan") -> Any:
        """Return the cursor that this connection keeps for a statement.

        Those of psycopg remember how the statement's values and columns are converted; a new one looks all of it up.
        """
        kept: dict[_Plan, Any] = self.connection.info.setdefault(_CURSORS, {})
        cursor = kept.get(plan)
        if cursor is None:
            cursor = kept[plan] = self.connection.cursor()
        return cursor

    def _send(self, cursor: Any, text: str, values: Mapping[str, Any]) -> None:
        # Whoever listens to the engine, to count or to log, hears these statements like all others.
        for hear in self.engine.dispatch.before_cursor_execute:
            hear(None, cursor, text, values, None, False)
        dialect = self.engine.dialect
        try:
            cursor.execute(text, values)
        except dialect.loaded_dbapi.Error as fault:
            if dialect.is_disconnect(fault, self.connection.driver_connection, cursor):
                self.connection.invalidate(fault)
            raise DBAPIError.instance(text, None, fault, dialect.loaded_dbapi.Error, dialect=dialect) from fault


@contextmanager
def lend_wire() -> Iterator[Wire]:
    """Give a connection to whoever has several statements to run, each by itself or in a short transaction."""
    engine = standing_alone()
    refused: type[Exception] = engine.dialect.loaded_dbapi.Error
    try:
        connection = engine.raw_connection()
    except refused as fault:
        raise DBAPIError.instance(None, None, fault, refused, dialect=engine.dialect) from fault
    try:
        yield Wire(engine, connection)
    finally:
        connection.close()


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """Wait until those who came before have written; SQLite itself would sleep and try again, longer each time."""
    if fcntl is None:
        yield
        return
    # A bare descriptor: a file object, which also empties the file, would cost as much as a statement.
    line = os.open(f"{engine.url.database}-line", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(line, fcntl.LOCK_EX)
        yield
    finally:
        os.close(line)


class _Plan:
    """The text of a statement for one dialect, and what its binds and columns have to go through."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        if dialect.paramstyle == "qmark":
            dialect = type(dialect)(paramstyle="named")  # type: ignore[call-arg]
        compiled = statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise ValueError("a list of values makes another text each time: this statement cannot be prepared")
        self.text = compiled.string
        columns = statement.exported_columns
        self.has_rows = bool(columns)
        self.row: Any = namedtuple("Row", map(str, columns.keys()))  # type: ignore[misc]
        self.constants: dict[str, Any] = {}
        self.into: dict[str, Callable[[Any], Any]] = {}
        for bound, name in compiled.bind_names.items():
            convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if not bound.required:
                self.constants[name] = convert(bound.effective_value) if convert else bound.effective_value
            elif convert:
                self.into[name] = convert
        kinds = [column.type.dialect_impl(dialect) for column in columns]
        found = [(place, kind.result_processor(dialect, None)) for place, kind in enumerate(kinds)]
        self.out_of = [(place, convert) for place, convert in found if convert]

    def filled(self, binds: Mapping[str, Any]) -> dict[str, Any]:
        values = {**self.constants, **binds}
        for name, convert in self.into.items():
            values[name] = convert(values[name])
        return values

    def read(self, row: Sequence[Any]) -> Any:
        cells = list(row)
        for place, convert in self.out_of:
            cells[place] = convert(cells[place])
        return self.row._make(cells)


@lru_cache(maxsize=64)
def _plan(prepared: Prepared, dialect: Dialect) -> _Plan:
    return _Plan(prepared.statement, dialect)
