"""The migrations and the tables say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Enum, text

from models.base import Base, db

SQLITE_RULES = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"
POSTGRESQL_RULES = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:name AS regclass)"
)


def test_the_migrated_schema_is_the_schema_of_the_tables(context: Flask) -> None:
    with db.engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        differences = compare_metadata(migration, Base.metadata)
    assert differences == []


def test_every_list_of_words_in_the_schema_holds_every_word_of_its_enum(context: Flask) -> None:
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rules = connection.execute(text(SQLITE_RULES if is_sqlite else POSTGRESQL_RULES), {"name": table.name})
            said = " ".join(rules.scalars())
            missing = {
                (table.name, column.name, word)
                for column in table.columns
                if isinstance(column.type, Enum)
                for word in column.type.enums
                if f"'{word}'" not in said
            }
            assert not missing
