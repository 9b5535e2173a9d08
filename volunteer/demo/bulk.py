"""Loading many rows: COPY on PostgreSQL, prepared executemany on SQLite."""

import enum
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

from models.base import Base

CACHE_KIB = 400_000
Convert = Callable[[Any], Any]


class Loader:
    """Collects rows by table and writes them, parents first, within the caller's transaction."""

    def __init__(self, connection: Connection, *tables: tuple[type[Base], str]) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._columns = {model: columns.split() for model, columns in tables}
        self._rows: dict[type[Base], list[tuple[Any, ...]]] = {model: [] for model, _ in tables}
        if self.is_sqlite:
            # Random keys fall all over their indexes: with a small cache each page is written out again and again.
            connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")

    def add(self, model: type[Base], *values: Any) -> None:
        """Keep one row of `model`; `values` follow the columns that were named for it."""
        self._rows[model].append(values)

    def flush(self) -> int:
        """Write what was kept and return how many rows that was."""
        written = 0
        for model, rows in self._rows.items():
            if rows:
                self._write(model, rows)
                written += len(rows)
                rows.clear()
        return written

    def follow_sequences(self) -> None:
        """Let PostgreSQL's own numbering continue after the numbers that were given here."""
        if self.is_sqlite:
            return
        for model in self._rows:
            if "id" in self._columns[model]:
                table = model.__tablename__
                self.connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
                )

    def _write(self, model: type[Base], rows: list[tuple[Any, ...]]) -> None:
        columns = self._columns[model]
        converters = [_converter(rows, place, is_sqlite=self.is_sqlite) for place in range(len(columns))]
        converted = _converted(rows, converters)
        raw = self.connection.connection.cursor()
        names = ", ".join(columns)
        if self.is_sqlite:
            marks = ", ".join("?" * len(columns))
            raw.executemany(f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})", list(converted))  # noqa: S608
        else:
            with raw.copy(f"COPY {model.__tablename__} ({names}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)


def _converted(rows: list[tuple[Any, ...]], converters: list[Convert | None]) -> Iterable[tuple[Any, ...]]:
    busy = [(place, convert) for place, convert in enumerate(converters) if convert]
    for row in rows:
        cells = list(row)
        for place, convert in busy:
            if cells[place] is not None:
                cells[place] = convert(cells[place])
        yield tuple(cells)


def _converter(rows: list[tuple[Any, ...]], place: int, *, is_sqlite: bool) -> Convert | None:
    sample = next((row[place] for row in rows if row[place] is not None), None)
    if isinstance(sample, enum.Enum):
        return lambda value: value.value
    if isinstance(sample, dict | list):
        return lambda value: json.dumps(value, ensure_ascii=False)
    if is_sqlite and isinstance(sample, datetime):
        return lambda value: value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if is_sqlite and isinstance(sample, date):
        return lambda value: value.isoformat()
    return None
