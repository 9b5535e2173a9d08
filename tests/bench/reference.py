"""The reference: a bare Flask application that does one durable transaction a POST, and nothing else.

A select, an insert with a unique key, an update of a counter row: what a check-in costs when nobody asks who it is,
whether it is allowed, or who did it.
"""

import os
from urllib.parse import urlencode

from flask import Flask, request
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    update,
)

from models.engine import engine_options, prepare

metadata = MetaData()
activity = Table(
    "activity",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(80), nullable=False),
    Column("present", Integer, nullable=False),
)
arrival = Table(
    "arrival",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("activity_id", Integer, ForeignKey("activity.id"), nullable=False),
    Column("key", String(40), nullable=False, unique=True),
)
ACTIVITIES = 100


def create_app() -> Flask:
    """Build the application on the database that the environment names."""
    app = Flask("reference")
    engine = open_engine(os.environ["BENCH_REFERENCE_URL"])

    @app.post("/arrivals")
    def arrive() -> str:
        activity_id, key = int(request.form["activity"]), request.form["key"]
        with engine.begin() as connection:
            title = connection.scalar(select(activity.c.title).where(activity.c.id == activity_id))
            connection.execute(insert(arrival).values(activity_id=activity_id, key=key))
            connection.execute(
                update(activity).where(activity.c.id == activity_id).values(present=activity.c.present + 1)
            )
        return f"{title}"

    return app


def open_engine(url: str) -> Engine:
    """Return an engine as durable and as patient as the product's own."""
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return engine


def fill(url: str) -> None:
    """Make the tables and the activities that people arrive at."""
    engine = open_engine(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        rows = [{"id": number, "title": f"activity {number}", "present": 0} for number in range(1, ACTIVITIES + 1)]
        connection.execute(insert(activity), rows)
    engine.dispose()


def request_for(serial: int) -> bytes:
    """Return the arrival number `serial`, which comes to one of the activities."""
    body = urlencode({"activity": serial % ACTIVITIES + 1, "key": f"arrival-{serial:012d}"})
    return (
        "POST /arrivals HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def require_all_kept(url: str, answered: int) -> None:
    """Raise AssertionError unless each arrival that was answered is stored exactly once, and counted."""
    engine = open_engine(url)
    with engine.connect() as connection:
        stored = connection.scalar(select(func.count()).select_from(arrival))
        counted = connection.scalar(select(func.sum(activity.c.present)))
    engine.dispose()
    assert stored == counted == answered, f"reference: {answered} answered, {stored} stored, {counted} counted"
