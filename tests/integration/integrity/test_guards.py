"""`flask ledger verify` looks at the guards of the schema, whole: gone, switched off, changed or added, it names them.

`ZHIYUANTAI_REWRITE=1 pytest tests/integration/integrity/test_guards.py` writes what the migrations make of them anew.
"""

import json
import os

from flask import Flask
from sqlalchemy import text

from models.base import db
from volunteer.integrity import guards
from volunteer.integrity.faults import Fault, Findings

GUARDED = (
    *("audit_event", "certificate", "certificate_entry", "certificate_file", "commendation", "entry"),
    *("evaluation", "ledger_checkpoint", "ledger_leaf", "ledger_tile", "paper_sheet", "presence_event"),
    *("presence_refusal", "registration_event", "star_event", "station_record", "survey_result", "training"),
    "volunteer_secret",
)


def told() -> list[str]:
    findings = Findings()
    guards.check_guards(findings)
    db.session.rollback()
    assert {one.fault for one in findings} <= {Fault.GUARD_MISSING}
    return [f"{one.subject}: {one.detail}" for one in findings]


def run(*, sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    for statement in sqlite if db.engine.dialect.name == "sqlite" else postgresql:
        db.session.execute(text(statement))


def test_what_is_asked_for_is_what_the_migrations_make(context: Flask) -> None:
    if os.environ.get("ZHIYUANTAI_REWRITE"):
        kept = json.loads(guards.KEPT.read_text()) | {db.engine.dialect.name: guards.guards_now()}
        guards.KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
        guards._kept.cache_clear()
    assert told() == []
    assert guards.expected_guards() == guards.guards_now()
    assert {place.partition(".")[0] for place in guards.expected_guards()} >= set(GUARDED)


def test_a_guard_that_is_gone_or_switched_off_is_named(context: Flask) -> None:
    run(
        sqlite=("DROP TRIGGER entry_refuses_update",),
        postgresql=("ALTER TABLE entry DISABLE TRIGGER entry_append_only",),
    )
    (found,) = told()
    assert found in ("entry: entry_refuses_update is gone", "entry: entry_append_only is not as it was made")


def test_a_guard_that_holds_for_some_rows_alone_is_named(context: Flask) -> None:
    made = "CREATE TRIGGER entry_is_due AFTER INSERT ON entry"
    run(
        sqlite=(
            "DROP TRIGGER entry_is_due",
            (
                f"{made} WHEN NEW.volunteer_id <> 1 "
                "BEGIN INSERT INTO ledger_due (kind, row_id) VALUES ('entry', NEW.id); END"
            ),
        ),
        postgresql=(
            "DROP TRIGGER entry_is_due ON entry",
            f"{made} FOR EACH ROW WHEN (NEW.volunteer_id <> 1) EXECUTE FUNCTION become_due('entry')",
        ),
    )
    assert told() == ["entry: entry_is_due is not as it was made"]


def test_a_refusal_that_refuses_nothing_any_more_is_named(context: Flask) -> None:
    run(
        sqlite=(
            "DROP TRIGGER paper_sheet_refuses_update",
            (
                "CREATE TRIGGER paper_sheet_refuses_update BEFORE UPDATE ON paper_sheet "
                "WHEN 0 BEGIN SELECT RAISE(ABORT, 'paper_sheet is append-only'); END"
            ),
        ),
        postgresql=(
            (
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF false THEN RAISE EXCEPTION 'append-only'; END IF; RETURN NEW; END $$"
            ),
        ),
    )
    assert any(one.startswith("paper_sheet: ") for one in told())


def test_a_trigger_that_no_migration_makes_is_named(context: Flask) -> None:
    run(
        sqlite=("CREATE TRIGGER helpful AFTER INSERT ON entry BEGIN SELECT 1; END",),
        postgresql=("CREATE TRIGGER helpful BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change()",),
    )
    assert told() == ["entry: helpful was added"]
