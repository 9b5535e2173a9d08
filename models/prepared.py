"""The few statements that a stadium asks within a minute, compiled once and handed to the driver without a middleman.

On a server, where each stands alone and commits by itself, that halves what they cost on this side of the wire. On
SQLite they take the usual way.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Engine, Select
from sqlalchemy.exc import DBAPIError

from models.engine import single_statements, standing_alone


class Prepared:
    """A statement of Core that returns rows, run outside the request's transaction."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement

    def rows(self, binds: Mapping[str, Any]) -> Sequence[Any]:
        """Run it with every bind of the statement and return its rows, the columns as attributes.

        On a server it may write and has committed when this returns; on SQLite it may only read.
        """
        engine = standing_alone()
        if engine is None:
            with single_statements() as connection:
                return connection.execute(self.statement, dict(binds)).all()
        return _plan(self, engine.dialect).run(engine, binds)


class _Plan:
    """The text of a statement for one dialect, and what its binds and columns have to go through."""

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise ValueError("a list of values makes another text each time: this statement cannot be prepared")
        self.text = compiled.string
        self.row: Any = namedtuple("Row", statement.selected_columns.keys())  # type: ignore[misc]
        self.constants: dict[str, Any] = {}
        self.into: list[tuple[str, Callable[[Any], Any]]] = []
        for bound, name in compiled.bind_names.items():
            convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if not bound.required:
                self.constants[name] = convert(bound.effective_value) if convert else bound.effective_value
            elif convert:
                self.into.append((name, convert))
        kinds = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        found = [(place, kind.result_processor(dialect, None)) for place, kind in enumerate(kinds)]
        self.out_of = [(place, convert) for place, convert in found if convert]

    def run(self, engine: Engine, binds: Mapping[str, Any]) -> list[Any]:
        values = {**self.constants, **binds}
        for name, convert in self.into:
            values[name] = convert(values[name])
        connection = engine.raw_connection()
        cursor = connection.cursor()
        # Whoever listens to the engine, to count or to log, hears these statements like all others.
        for hear in engine.dispatch.before_cursor_execute:
            hear(None, cursor, self.text, values, None, False)
        faults = engine.dialect.loaded_dbapi.Error
        try:
            cursor.execute(self.text, values)
            return [self._read(row) for row in cursor.fetchall()]
        except faults as fault:
            if engine.dialect.is_disconnect(fault, connection.driver_connection, cursor):
                connection.invalidate(fault)
            raise DBAPIError.instance(self.text, None, fault, faults, dialect=engine.dialect) from fault
        finally:
            connection.close()

    def _read(self, row: Sequence[Any]) -> Any:
        cells = list(row)
        for place, convert in self.out_of:
            cells[place] = convert(cells[place])
        return self.row._make(cells)


@lru_cache(maxsize=64)
def _plan(prepared: Prepared, _dialect: Dialect) -> _Plan:
    return _Plan(prepared.statement, _dialect)
