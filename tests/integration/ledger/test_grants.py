"""The program's own role on PostgreSQL: it does its work, and can rewrite nothing that is append-only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from app import create_app
from models.base import db
from models.hours import Entry
from tests.cast import Cast
from tests.databases import settings_for
from tests.integration.ledger.conftest import Scene
from tests.integration.ledger.test_taking_in import settle
from volunteer.hours.operations import reverse_entry
from volunteer.ledger import jobs, queries
from volunteer.ledger.rules import LeafKind

GRANTS = Path(__file__).parents[3] / "deploy" / "postgresql-grants.sql"
WRITTEN_ONCE = (
    *("audit_event", "registration_event", "presence_event", "presence_refusal", "entry", "star_event"),
    *("survey_result", "paper_sheet", "certificate_entry", "ledger_leaf", "ledger_checkpoint"),
)


@pytest.fixture
def restricted(app: Flask) -> Iterator[Flask]:
    """Return the application signed in as the role of deploy/postgresql-grants.sql."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no roles; its triggers are tested elsewhere")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(GRANTS.read_text(encoding="utf-8").replace("%", "%%"))
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(username="zhiyuantai_app")
    plain = url.render_as_string(hide_password=False)
    own = create_app(settings_for(plain, app.config["SETTINGS"].instance), {"TESTING": True})
    yield own
    with own.app_context():
        db.session.remove()
        db.engine.dispose()


def refused(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_the_program_does_its_work_with_what_it_was_granted(restricted: Flask) -> None:
    scene = Scene(Cast(restricted))
    with restricted.app_context():
        scene.opened()
        entry_id = scene.serve(90)
        settle()
        reverse_entry(db.session.get_one(Entry, entry_id), reason="记错了人", made_by=None, checked_by=None)
        settle()
        jobs.sign()
        assert queries.proof_of(LeafKind.ENTRY, entry_id) is not None
        assert db.session.scalar(text("SELECT current_user")) == "zhiyuantai_app"


def test_it_can_rewrite_nothing_that_is_append_only(restricted: Flask) -> None:
    scene = Scene(Cast(restricted))
    with restricted.app_context():
        scene.opened()
        jobs.sign()
        for table in WRITTEN_ONCE:
            column = db.metadata.tables[table].columns[0].name
            refused(f"UPDATE {table} SET {column} = {column}")
            refused(f"DELETE FROM {table}")
            refused(f"TRUNCATE {table}")
        refused("UPDATE certificate SET minutes = 600000")
        refused("UPDATE certificate SET seal = ''")
        refused("UPDATE training SET minutes = 1")
        refused("DELETE FROM certificate")
        refused("UPDATE certificate_file SET pdf = ''")
        refused("DELETE FROM ledger_tile")
        refused("UPDATE volunteer_secret SET secret = ''")
        refused("UPDATE alembic_version SET version_num = ''")


def test_it_cannot_take_the_guards_away(restricted: Flask) -> None:
    with restricted.app_context():
        refused("DROP TRIGGER entry_append_only ON entry")
        refused("ALTER TABLE entry DISABLE TRIGGER ALL")
        refused("ALTER TABLE entry DROP CONSTRAINT ck_entry_minutes")
        refused(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
        refused("SET session_replication_role = replica")
        refused("DROP TABLE entry")
        refused("CREATE TABLE of_our_own (id int)")


def test_whatever_a_trigger_guards_wholly_is_not_granted_either(restricted: Flask) -> None:
    guarded = text(
        "SELECT tgrelid::regclass::text, tgtype FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
        "WHERE proname = 'refuse_change' AND cardinality(tgattr::int2[]) = 0 AND tgqual IS NULL"
    )
    may = text("SELECT has_table_privilege('zhiyuantai_app', :table, :verb)")
    with restricted.app_context():
        rows = db.session.execute(guarded).all()
        assert {table for table, _ in rows} >= set(WRITTEN_ONCE)
        for table, kind in rows:
            for bit, verb in ((8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE")):
                if kind & bit:
                    assert not db.session.scalar(may, {"table": table, "verb": verb}), f"{verb} on {table}"


def test_without_the_grants_the_owner_can_do_all_this(app: Flask) -> None:
    """The control: it is the role that refuses, not chance."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no roles")
        db.session.execute(text("DROP TRIGGER entry_append_only ON entry"))
        db.session.execute(text("DELETE FROM entry"))
        db.session.rollback()
