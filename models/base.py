"""The database handle, the base class and the kinds of columns, each named once."""

import enum
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    any_,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, mapped_column, registry
from sqlalchemy.types import JSON, TypeDecorator

from volunteer.kernel.ids import PUBLIC_ID_LENGTH, new_public_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always with its zone in Python; a naive one is refused before it is stored."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        return value.astimezone(UTC) if dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BIG_INTEGER = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Base class of every table."""

    registry = registry(
        type_annotation_map={
            datetime: UtcDateTime(),
            enum.Enum: Enum(
                enum.Enum,
                native_enum=False,
                create_constraint=True,
                length=32,
                values_callable=lambda members: [member.value for member in members],
            ),
            dict[str, Any]: JSON(),
            list[str]: JSON(),
            list[int]: JSON(),
            list[dict[str, Any]]: JSON(),
        },
        metadata=MetaData(naming_convention=NAMING),
    )


db = SQLAlchemy(model_class=Base)

Id = Annotated[int, mapped_column(BIG_INTEGER, primary_key=True, autoincrement=True)]
PublicId = Annotated[str, mapped_column(String(PUBLIC_ID_LENGTH), unique=True, default=new_public_id)]
Name = Annotated[str, mapped_column(String(100))]
Line = Annotated[str, mapped_column(String(300))]
Digest = Annotated[str, mapped_column(String(64))]


def upsert(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT into `table` that knows ON CONFLICT in the database in use."""
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def among(column: ColumnElement[Any] | InstrumentedAttribute[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `ids`, which travel as one parameter, however many they are.

    A placeholder for each would cost a city's 2,817 communities more than what is asked about them.
    """
    wanted = sorted(set(ids))
    if db.session.get_bind().dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(wanted)).table_valued("value").c.value))
    return column == any_(literal(wanted, ARRAY(BigInteger)))


def broken_constraint(error: IntegrityError) -> str:
    """Return what an IntegrityError broke: "table.column" of a unique rule, else the constraint's name.

    Several columns are joined by ",". Both databases give the same answer; "" when the driver does not say.
    """
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name = diagnosis.constraint_name or ""
        return _unique_columns(name) or name
    text = str(error.orig)
    for prefix in ("UNIQUE constraint failed: index ", "UNIQUE constraint failed: ", "CHECK constraint failed: "):
        if text.startswith(prefix):
            broken = text.removeprefix(prefix).strip("'").replace(", ", ",")
            return _unique_columns(broken) or broken
    return text


def _unique_columns(name: str) -> str:
    for table in Base.metadata.tables.values():
        for rule in (*table.constraints, *table.indexes):
            if isinstance(rule, UniqueConstraint | Index) and rule.name == name:
                return ",".join(f"{table.name}.{column.name}" for column in rule.columns)
    return ""
