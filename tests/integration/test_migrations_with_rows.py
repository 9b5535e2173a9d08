"""A database that has been in use is migrated with what it holds: nothing changes, and what was guarded stays so."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, MetaData, Row, Table, insert, select, text
from sqlalchemy.exc import DatabaseError

from models.base import db

AT = datetime(2026, 10, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEDGERS = ("presence_event", "entry")
GROWN = (
    ("presence_event", "method", ("poster", "mended")),
    ("entry", "source", ("poster",)),
    ("proposal", "source", ("poster",)),
    ("proposal", "cause", ("signal", "poster", "offline")),
)
SPAN = {"volunteer_id": 1, "shift_id": 1, "organization_id": 1, "served_on": date(2026, 10, 1)}
SPAN |= {"started_at": AT, "ended_at": AT + HOUR, "minutes": 60, "rules_version": "1", "derivation": {"a": 1}}


def presence(number: int, **more: Any) -> dict[str, Any]:
    told = {"id": number, "volunteer_id": 1, "ordinal": number, "shift_id": 1, "happened_at": AT, "received_at": AT}
    told |= {"direction": "in" if number % 2 else "out", "method": "venue_code", "station": "1", "reason": ""}
    return {**told, "request_key": f"{number:020d}", **more}


def entry(number: int, **more: Any) -> dict[str, Any]:
    told = {"id": number, "public_id": f"{number:020d}", "kind": "credit", **SPAN, "source": "scan", "reason": ""}
    return {**told, "presence_event_id": None, "made_at": AT, **more}


def proposal(number: int, **more: Any) -> dict[str, Any]:
    told = {"id": number, "public_id": f"{number:020d}", "kind": "credit", **SPAN, "source": "manual"}
    told |= {"state": "awaiting", "cause": "by_hand", "reason": "", "evidence": "", "made_at": AT, "answer": ""}
    return {**told, **more}


ROWS: dict[str, list[dict[str, Any]]] = {
    "account": [
        {"id": 1, "public_id": "a" * 20, "phone": "13900000000", "password_hash": "x", "display_name": "王主任"}
        | {"status": "active", "text_size": "normal", "contrast": "normal", "locale": "zh_Hans_CN", "created_at": AT}
    ],
    "area": [{"id": 1, "name": "檀溪社区", "level": "community", "code": "420602001001", "lineage": "1"}],
    "organization": [
        {"id": 1, "public_id": "o" * 20, "name": "服务队", "kind": "community", "area_id": 1, "introduction": ""}
        | {"contact_name": "王", "contact_phone": "13900000000", "status": "approved", "status_reason": ""}
        | {"created_by": 1, "created_at": AT}
    ],
    "activity": [
        {"id": 1, "public_id": "c" * 20, "organization_id": 1, "area_id": 1, "title": "清洁", "category": "environment"}
        | {"description": "", "place": "东门", "contact_name": "王", "contact_phone": "13900000000", "bring": ""}
        | {"requirements": "", "minimum_age": 8, "risk": "ordinary", "risks": "", "insurance": "", "gate": {}}
        | {"status": "published", "cancel_reason": "", "created_by": 1, "created_at": AT}
    ],
    "shift": [
        {"id": 1, "public_id": "s" * 20, "activity_id": 1, "task": "", "starts_at": AT, "ends_at": AT + HOUR}
        | {"break_minutes": 0, "capacity": 9, "taken": 0, "allows_walk_in": False, "extension_reason": ""}
        | {"status": "open"}
    ],
    "volunteer": [
        {"id": 1, "public_id": "v" * 20, "number": "420602260000001", "account_id": 1, "relation": "self"}
        | {"name": "李晓梅", "document_kind": "resident_id", "document_cipher": b"x", "document_digest": "d" * 64}
        | {"document_mask": "420***", "gender": "female", "birth_on": date(1990, 5, 1), "phone": "13900000000"}
        | {"community_id": 1, "skills": [], "categories": [], "status": "active", "registered_at": AT}
    ],
    "presence_event": [presence(1), presence(2, method="organizer_scan", recorded_by=1)],
    "entry": [entry(1, presence_event_id=2)],
    "proposal": [
        proposal(1),
        proposal(2, objection="那天没有办", objected_at=AT),
        proposal(
            3, objection="没来", objected_at=AT, state="returned", answer="查过了", checked_by=1, checked_at=AT + HOUR
        ),
    ],
    "entry_question": [
        {"id": 1, "public_id": "q" * 20, "entry_id": 1, "volunteer_id": 1, "organization_id": 1, "text": "少了"}
        | {"asked_by": 1, "asked_at": AT, "answer": ""}
    ],
}
# What came with 0005, as it stood there.
NUMBERED: dict[str, dict[str, Any]] = {
    "supervision_order": {"id": 1, "public_id": "g" * 20, "issuer_id": 1, "year": 2026, "number": 1, "area_id": 1}
    | {"title": "请抓紧", "indicator": "active_share", "figures": {}, "demand": "办", "working_days": 10}
    | {"first_due_on": date(2026, 11, 1), "sent_at": AT, "sent_by": 1, "status": "awaiting"}
    | {"due_on": date(2026, 11, 1), "steps": 1},
    "bulletin": {"id": 1, "public_id": "b" * 20, "area_id": 1, "month": date(2026, 9, 1), "content": {}}
    | {"drafted_at": AT, "status": "released", "opening": "", "closing": "", "year": 2026, "number": 1}
    | {"decided_at": AT, "decided_by": 1, "reason": ""},
}
# What was moved to a table of its own.
MOVED = {"proposal": ("objection", "objected_at")}
KEPT = ("presence_event", "entry", "proposal", "entry_question")


def table(connection: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def put(connection: Connection, name: str, row: dict[str, Any]) -> None:
    connection.execute(insert(table(connection, name)).values(row))


def is_taken(name: str, row: dict[str, Any]) -> bool:
    """Try a row and leave nothing."""
    with db.engine.connect() as connection:
        try:
            put(connection, name, row)
        except DatabaseError:
            return False
        finally:
            connection.rollback()
    return True


def stored(names: dict[str, list[str]]) -> dict[str, list[Row[Any]]]:
    """Return all rows of these tables, of these columns."""
    with db.engine.connect() as connection:
        found = {}
        for name, columns in names.items():
            here = table(connection, name)
            found[name] = list(connection.execute(select(*(here.c[one] for one in columns)).order_by(here.c.id)))
        return found


@pytest.fixture
def used(app: Flask) -> Iterator[dict[str, list[Row[Any]]]]:
    """Give a database of the earlier version with rows in it, migrated; return what it held before."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            file = db.engine.url.database
            db.engine.dispose()
            assert file
            with open(file, "wb"):
                pass
        else:
            with db.engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
                # A second schema with rules of the same names confuses nobody.
                connection.execute(text("CREATE SCHEMA IF NOT EXISTS elsewhere"))
                for name, column, _words in GROWN:
                    connection.execute(
                        text(
                            f"CREATE TABLE IF NOT EXISTS elsewhere.{name}_{column} "
                            f"(x int CONSTRAINT ck_{name}_{column} CHECK (x > 0))"
                        )
                    )
        upgrade(revision="0002")
        with db.engine.begin() as connection:
            for name, rows in ROWS.items():
                for row in rows:
                    put(connection, name, {**dict.fromkeys(MOVED.get(name, ())[:1], ""), **row})
        with db.engine.connect() as connection:
            columns = {
                name: [
                    column.name for column in table(connection, name).columns if column.name not in MOVED.get(name, ())
                ]
                for name in KEPT
            }
        before = stored(columns)
        db.engine.dispose()
        upgrade(revision="0005")
        with db.engine.begin() as connection:
            for name, row in NUMBERED.items():
                put(connection, name, row)
        db.engine.dispose()
        upgrade()
        assert stored(columns) == before
        yield before
        db.session.remove()
        db.engine.dispose()


def test_every_row_is_as_it_was_and_new_columns_say_nothing_of_it(used: dict[str, list[Row[Any]]]) -> None:
    assert {name: len(rows) for name, rows in used.items()} == {name: len(ROWS[name]) for name in KEPT}
    added = {"presence_event": ["device"], "entry_question": ["wanted_from", "wanted_to", "correction_id", "seen_at"]}
    added |= {"proposal": ["sheet_id", "replaces_id", "seen_at"]}
    for rows in stored(added).values():
        assert all(value in (None, "") for row in rows for value in row)


def test_an_objection_has_a_row_of_its_own_and_is_open_where_its_proposal_waits(
    used: dict[str, list[Row[Any]]],
) -> None:
    names = ["proposal_id", "organization_id", "text", "outcome", "answer", "answered_by", "answer_by_on"]
    rows = [tuple(row) for row in stored({"objection": names})["objection"]]
    assert rows == [
        (2, 1, "那天没有办", None, "", None, (AT + 7 * 24 * HOUR).date()),
        (3, 1, "没来", "upheld", "查过了", 1, (AT + 7 * 24 * HOUR).date()),
    ]


def test_numbers_that_were_given_before_marks_stay_as_they_are_on_paper(used: dict[str, list[Row[Any]]]) -> None:
    kept = stored({name: ["mark", "number"] for name in NUMBERED})
    assert [tuple(row) for rows in kept.values() for row in rows] == [("督办", 1), ("通报", 1)]
    for name in NUMBERED:
        with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text(f"UPDATE {name} SET mark = 'x'"))


def test_ledgers_still_refuse_to_be_changed(used: dict[str, list[Row[Any]]]) -> None:
    for name in LEDGERS:
        for statement in (f"UPDATE {name} SET reason = 'x'", f"DELETE FROM {name}"):
            with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
                connection.execute(text(statement))


def test_new_words_are_accepted_and_no_word_at_all_is(used: dict[str, list[Row[Any]]]) -> None:
    make = {"presence_event": presence, "entry": entry, "proposal": proposal}
    for name, column, words in GROWN:
        for word in words:
            assert is_taken(name, make[name](7, **{column: word})), (name, column, word)
        assert not is_taken(name, make[name](7, **{column: "nonsense"})), (name, column)


def test_a_question_wants_both_times_or_none(used: dict[str, list[Row[Any]]]) -> None:
    question = {**ROWS["entry_question"][0], "id": 7, "public_id": "p" * 20}
    assert is_taken("entry_question", {**question, "wanted_from": AT, "wanted_to": AT + HOUR})
    for wrong in ({"wanted_from": AT}, {"wanted_from": AT, "wanted_to": AT}):
        assert not is_taken("entry_question", {**question, **wrong})


def test_the_new_tables_are_guarded(used: dict[str, list[Row[Any]]]) -> None:
    refusal = {"id": 1, "refused_at": AT, "asked_at": AT, "method": "poster", "rule": "x", "told": "x", "device": ""}
    with db.engine.begin() as connection:
        put(connection, "presence_refusal", {**refusal, "request_key": "k" * 20})
    for statement in ("UPDATE presence_refusal SET rule = 'y'", "DELETE FROM presence_refusal"):
        with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text(statement))
