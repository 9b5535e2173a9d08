"""`flask ledger verify` says that all is well when it is, and names the first wrong row when it is not."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, text, update

from models.base import db
from models.hours import Entry
from models.ledger import LedgerDue, LedgerLeaf, VolunteerSecret
from models.volunteers import Volunteer
from tests.integration.integrity.ledgers import Ledgers, kept_outside
from tests.integration.integrity.raw import rows, unguarded
from volunteer.integrity.faults import Fault, Findings
from volunteer.integrity.verifying import examine, verify_ledgers
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.ledger.marks import keep_mark, mark_file
from volunteer.volunteers.operations import erase_volunteer


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE)):
        yield


def said(findings: Findings) -> list[str]:
    return [str(one) for one in findings]


def first_entry() -> Entry:
    return db.session.scalars(select(Entry).order_by(Entry.id)).all()[4]


def change_minutes(minutes: int) -> tuple[str, int]:
    """Change the minutes of an entry for good; return its public id and the place of its leaf."""
    row = first_entry()
    leaf = db.session.scalars(select(LedgerLeaf).where(LedgerLeaf.row_id == row.id, LedgerLeaf.kind == "entry")).one()
    found = (row.public_id, leaf.position)
    with unguarded():
        db.session.execute(update(Entry).where(Entry.id == row.id).values(minutes=minutes))
    db.session.commit()
    return found


def test_untouched_ledgers_hold(ledgers: Ledgers) -> None:
    findings = verify_ledgers()
    assert said(findings) == []
    # The one that opened the tree, four stars, four certificates, one of them taken back.
    assert findings.counted["leaves"] == findings.counted["entries"] + 1 + 4 + 5
    assert findings.counted["certificates"] == 4


def test_nothing_at_all_holds_too(context: Flask) -> None:
    assert said(verify_ledgers()) == []


def test_the_command_says_that_all_is_well(ledgers: Ledgers, app: Flask, tmp_path: Path) -> None:
    kept = kept_outside(ledgers, tmp_path)
    done = app.test_cli_runner().invoke(args=["ledger", "verify", "--against", str(kept)])
    assert done.exit_code == 0, done.output
    assert "The ledgers hold." in done.output
    quiet = app.test_cli_runner().invoke(args=["ledger", "verify", "--quiet"])
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_the_command_names_the_entry_its_leaf_its_volunteer_and_what_differs(ledgers: Ledgers, app: Flask) -> None:
    number = ledgers.people[0].number
    public_id, position = change_minutes(719)
    done = app.test_cli_runner().invoke(args=["ledger", "verify", "--quiet"])
    assert done.exit_code == 1
    first = next(line for line in done.output.splitlines() if line.startswith("First wrong"))
    assert f"leaf {position}, entry {public_id}, {number}" in first
    assert "719 in the row" in first


def test_an_erased_person_still_verifies_and_a_change_of_what_is_not_personal_is_found(ledgers: Ledgers) -> None:
    person = db.session.get_one(Volunteer, first_entry().volunteer_id)
    erase_volunteer(volunteer=person, account_id=person.account_id, confirmation=person.name)
    db.session.commit()
    assert said(verify_ledgers()) == []
    public_id, _ = change_minutes(3)
    assert any(public_id in one and "minutes" in one for one in said(verify_ledgers()))


def test_a_secret_that_is_gone_without_an_erasure_is_named(ledgers: Ledgers) -> None:
    row = first_entry()
    public_id = row.public_id
    db.session.execute(delete(VolunteerSecret).where(VolunteerSecret.volunteer_id == row.volunteer_id))
    db.session.commit()
    found = verify_ledgers()
    assert {one.fault for one in found} == {Fault.COMMITTED_ALONE}
    assert any(one.subject == public_id for one in found)


def test_a_row_that_waits_for_the_tree_is_no_fault(ledgers: Ledgers) -> None:
    shift = ledgers.hours.shift("18:00", 60, days_ago=3)
    ledgers.hours.serve(shift, shift.starts_at, shift.ends_at, volunteer=ledgers.people[2])
    findings = verify_ledgers()
    assert said(findings) == []
    assert findings.counted["rows waiting for the tree"] == 1


def test_a_row_that_was_due_and_vanished_is_named(ledgers: Ledgers) -> None:
    db.session.add(LedgerDue(kind="entry", row_id=9999))
    db.session.commit()
    assert any("row 9999" in one for one in said(verify_ledgers()))


def test_an_older_mark_is_fine_and_a_newer_one_tells_of_a_restored_database(ledgers: Ledgers) -> None:
    newest = mark_file().read_text(encoding="utf-8")
    keep_mark(ledgers.notes[0])
    assert said(verify_ledgers()) == []
    keep_mark(newest)
    size = int(ledgers.notes[-2].splitlines()[1])
    with unguarded():
        db.session.execute(text("DELETE FROM ledger_leaf WHERE position >= :size"), {"size": size})
        db.session.execute(text("DELETE FROM ledger_checkpoint WHERE size > :size"), {"size": size})
    db.session.commit()
    findings = verify_ledgers()
    assert any(one.fault is Fault.MARK_DIFFERS and f"the leaves {size} to" in one.detail for one in findings)


def test_a_note_that_somebody_else_signed_is_refused(ledgers: Ledgers, app: Flask, tmp_path: Path) -> None:
    kept = tmp_path / "forged.txt"
    kept.write_text(ledgers.notes[0].replace("localhost", "elsewhere"), encoding="utf-8")
    done = app.test_cli_runner().invoke(args=["ledger", "verify", "--quiet", "--against", str(kept)])
    assert done.exit_code == 1
    assert "not signed by this installation" in done.output


def test_one_who_confirms_their_own_is_named(ledgers: Ledgers) -> None:
    row = next(one for one in rows(Entry) if one.made_by is not None and one.kind == "credit")
    with unguarded():
        db.session.execute(update(Entry).where(Entry.id == row.id).values(checked_by=row.made_by))
    assert any(one.fault is Fault.ONE_PERSON and one.subject == row.public_id for one in examine())
    db.session.rollback()
