"""The migrations and the tables say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from models.base import Base, db


def test_the_migrated_schema_is_the_schema_of_the_tables(context: Flask) -> None:
    with db.engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        differences = compare_metadata(migration, Base.metadata)
    assert differences == []
