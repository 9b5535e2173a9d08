"""The house tests need one application; what may be done does not depend on the database, so SQLite serves."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.databases import prepared
from tests.house.world import World, build


@pytest.fixture(scope="session")
def app(worker_id: str) -> Iterator[Flask]:
    """Return the application on an empty city."""
    with prepared("sqlite", f"house-{worker_id}") as (app, _database):
        yield app


@pytest.fixture(scope="session")
def world(app: Flask) -> World:
    """Return one object of every kind, and everybody who might knock."""
    return build(app)
