"""A prepared statement gives what it gives by the usual way, is heard by who listens, and fails as it would."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, String, bindparam, cast, event, func, insert, literal, select
from sqlalchemy.exc import DBAPIError

from models.accounts import Attempt
from models.activities import Activity, Shift
from models.base import db
from models.engine import standing_alone
from models.prepared import Prepared, lend_wire
from models.volunteers import Volunteer
from tests.cast import Cast
from volunteer.activities.rules import ActivityStatus
from volunteer.kernel import clock

EVERY_KIND = (
    select(Volunteer.id, Volunteer.name, Volunteer.birth_on, Volunteer.gender, Volunteer.skills)
    .add_columns(Shift.starts_at, Shift.extended_until, Shift.allows_walk_in, Activity.status, Activity.gate)
    .add_columns(literal("已发布").label("words"))
    .select_from(Volunteer)
    .join(Shift, Shift.starts_at > bindparam("after", type_=Shift.starts_at.type))
    .join(Activity, Activity.id == Shift.activity_id)
    .where(Activity.status == ActivityStatus.PUBLISHED, Volunteer.name == bindparam("name", type_=Volunteer.name.type))
    .order_by(Volunteer.id)
)
COUNT = select(func.count(Attempt.id).label("number"))
ATTEMPT = (
    literal("proof").label("kind"),
    literal("0" * 64).label("subject"),
    bindparam("at", type_=Attempt.window_starts_at.type).label("window_starts_at"),
    literal(1).label("count"),
)


def test_it_gives_the_rows_of_the_usual_way(context: Flask, cast: Cast) -> None:
    for skills in ([], ["first_aid"]):
        cast.volunteer(name="阿卜杜·热西提", skills=skills)
    cast.shift(cast.activity(gate={"danger": False}))
    binds = {"after": clock.now() - timedelta(hours=1), "name": "阿卜杜·热西提"}
    usual = db.session.execute(EVERY_KIND, binds).all()
    db.session.rollback()
    rows = Prepared(EVERY_KIND).rows(binds)
    assert len(rows) == 2
    assert [tuple(row) for row in rows] == [tuple(row) for row in usual]
    assert [type(cell) for cell in rows[0]] == [type(cell) for cell in usual[0]]
    assert (rows[0].status, rows[0].words) == (ActivityStatus.PUBLISHED, "已发布")


def test_none_found_is_no_row(context: Flask) -> None:
    assert list(Prepared(EVERY_KIND).rows({"after": clock.now(), "name": "陈桂兰"})) == []


def test_who_listens_to_the_engine_hears_it(context: Flask) -> None:
    heard: list[Any] = []
    event.listen(Engine, "before_cursor_execute", listener := lambda *told: heard.append(told[2]))
    try:
        Prepared(select(func.count(Volunteer.id).label("number"))).rows({})
    finally:
        event.remove(Engine, "before_cursor_execute", listener)
    assert [statement for statement in heard if "count(volunteer.id)" in statement]


def test_a_fault_is_a_fault_of_the_database_and_the_next_statement_works(context: Flask) -> None:
    faulty = Prepared(select(cast(func.abs(bindparam("number", type_=String)), String).label("answer")))
    if standing_alone().dialect.name == "sqlite":
        pytest.skip("SQLite takes the usual way")
    with pytest.raises(DBAPIError):
        faulty.rows({"number": "no number"})
    assert Prepared(select(literal(1).label("one"))).rows({})[0].one == 1


def test_a_list_of_values_cannot_be_prepared(context: Flask) -> None:
    if standing_alone().dialect.name == "sqlite":
        pytest.skip("SQLite takes the usual way")
    with pytest.raises(ValueError, match="prepared"):
        Prepared(select(Volunteer.id).where(Volunteer.name.in_(["李", "王"]))).rows({})


def test_writers_on_sqlite_come_one_after_the_other(app: Flask) -> None:
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        pytest.skip("only SQLite has one writer at a time")
    inside: list[int] = []

    def write(number: int) -> list[int]:
        with app.app_context(), lend_wire() as wire, wire.short_transaction():
            inside.append(number)
            seen = list(inside)
            wire.rows(Prepared(select(literal(number).label("number"))), {})
            inside.remove(number)
        return seen

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(40))) == [[number] for number in range(40)]


def test_what_fails_in_a_short_transaction_is_undone_and_lets_the_next_one_in(context: Flask) -> None:
    if standing_alone().dialect.name != "sqlite":
        pytest.skip("only SQLite shares a commit")
    trail = Prepared(insert(Attempt).from_select(["kind", "subject", "window_starts_at", "count"], select(*ATTEMPT)))

    def write(*, fails: bool) -> None:
        with lend_wire() as wire, wire.short_transaction():
            wire.rows(trail, {"at": clock.now()})
            if fails:
                raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            write(fails=True)
    assert [row.number for row in Prepared(COUNT).rows({})] == [0]
    write(fails=False)
    assert [row.number for row in Prepared(COUNT).rows({})] == [1]
