"""Alembic's entry: the application's own engine and metadata."""

from alembic import context
from flask import current_app

from models.base import Base, db
from models.engine import take_all_the_time


def run() -> None:
    """Migrate the application's database in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=False,
            render_as_batch=connection.dialect.name == "sqlite",
            **current_app.extensions["migrate"].configure_args.get("alembic", {}),
        )
        with context.begin_transaction():
            take_all_the_time(connection)
            context.run_migrations()


run()
