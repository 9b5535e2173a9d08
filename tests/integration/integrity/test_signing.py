"""`flask ledger sign` opens the tree, notices another one, and goes on from a restored one when told to."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DatabaseError

from models.audit import AuditEvent
from models.base import db
from models.certificates import Certificate
from models.hours import Entry
from models.ledger import LedgerCheckpoint, LedgerDue, LedgerLeaf, LedgerTile
from models.records import Training
from tests.cast import Cast
from tests.integration.integrity.ledgers import Ledgers
from tests.integration.integrity.raw import change, rows, unguarded
from tests.integration.integrity.tree_mutations import cut
from volunteer.integrity import rows as walked
from volunteer.integrity.faults import Fault, Findings
from volunteer.integrity.verifying import examine
from volunteer.kernel import clock
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.ledger import jobs, marks, queries
from volunteer.ledger.marks import MarkStays, mark_fault, mark_file


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE)):
        yield


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def put_back() -> None:
    """Put the tree back to an earlier checkpoint."""
    earlier = rows(LedgerCheckpoint)[2].size
    with unguarded():
        cut(earlier)
    db.session.commit()
    db.session.remove()


def acts() -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "ledger.new_mark")))


def test_the_command_opens_a_tree_even_over_nothing(context: Flask, runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["ledger", "sign"])
    assert (done.exit_code, done.output[:9]) == (0, "1 leaves,")
    assert (queries.tree_size(), mark_fault()) == (1, "")


def test_a_restored_database_ends_the_command_with_1_until_a_new_mark_is_asked_for(
    ledgers: Ledgers, runner: FlaskCliRunner
) -> None:
    newest = mark_file().read_text(encoding="utf-8")
    put_back()
    size = queries.tree_size()
    checkpoint = queries.latest_checkpoint()
    assert checkpoint is not None
    # Nothing is left to sign, and yet it is told.
    assert checkpoint.size == size
    refused = runner.invoke(args=["ledger", "sign"])
    assert refused.exit_code == 1
    assert "an older database was put back" in refused.output
    done = runner.invoke(args=["ledger", "sign", "--new-mark"])
    assert done.exit_code == 0, done.output
    assert mark_fault() == ""
    (act,) = acts()
    assert act.details["size"] == size
    assert "an older database was put back" in act.details["fault"]
    (former,) = mark_file().parent.glob("ledger-mark-2*.txt")
    assert former.read_text(encoding="utf-8") == newest
    former.unlink()
    assert runner.invoke(args=["ledger", "sign"]).exit_code == 0


def test_a_mark_that_is_gone_is_a_fault_and_is_not_written_anew_by_itself(
    ledgers: Ledgers, runner: FlaskCliRunner
) -> None:
    mark_file().unlink()
    assert [one.fault for one in examine()] == [Fault.MARK_GONE]
    db.session.rollback()
    refused = runner.invoke(args=["ledger", "sign"])
    assert refused.exit_code == 1
    assert "is gone" in refused.output
    assert not mark_file().exists()
    assert runner.invoke(args=["ledger", "sign", "--new-mark"]).exit_code == 0
    assert list(examine()) == []


def test_a_mark_that_is_in_order_is_not_replaced(ledgers: Ledgers, runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["ledger", "sign", "--new-mark"])
    assert done.exit_code == 1
    assert "the mark is in order" in done.output
    assert acts() == []


def test_a_tree_that_contradicts_its_own_checkpoint_gets_no_new_mark(ledgers: Ledgers) -> None:
    with unguarded():
        tile = next(one for one in rows(LedgerTile) if one.level == 0)
        change(LedgerTile, tile, hashes=bytes(32) + tile.hashes[32:])
    with pytest.raises(MarkStays, match="not those that were signed"):
        marks.replace_mark(clock.now())
    db.session.rollback()


def test_an_emptied_tree_is_named(ledgers: Ledgers) -> None:
    with unguarded():
        for model in (LedgerLeaf, LedgerTile, LedgerCheckpoint):
            db.session.execute(delete(model))
    mark_file().unlink()
    assert Fault.NOT_OPENED in {one.fault for one in examine()}
    db.session.rollback()


def test_leaves_that_no_checkpoint_covers_are_missed_when_they_are_cut_off(ledgers: Ledgers) -> None:
    size = queries.tree_size()
    db.session.rollback()
    shift = ledgers.hours.shift("18:00", 60, days_ago=3)
    ledgers.hours.serve(shift, shift.starts_at, shift.ends_at, volunteer=ledgers.people[2])
    jobs.take_in()
    assert queries.tree_size() == size + 1
    before = db.session.get_one(LedgerTile, (0, 0)).hashes
    with unguarded():
        db.session.execute(delete(LedgerLeaf).where(LedgerLeaf.position >= size))
        if len(before) > 32 * size:
            db.session.execute(update(LedgerTile).where(LedgerTile.level == 0).values(hashes=before[: 32 * size]))
    assert any(f"the leaves {size} to {size} are gone" in one.detail for one in examine())
    db.session.rollback()


# What was taken back stays so


def test_a_certificate_stays_revoked_and_a_record_withdrawn(ledgers: Ledgers, cast: Cast) -> None:
    person, organization, account = ledgers.people[0], cast.organization(name="汉江护鸟队"), cast.account()
    training = cast.add(
        Training(
            volunteer_id=person.id,
            organization_id=organization.id,
            name="急救",
            content="",
            minutes=60,
            held_by="红十字会",
            held_on=clock.today(),
            recorded_by=account.id,
            recorded_at=clock.now(),
            withdrawn_at=clock.now(),
            withdrawn_by=account.id,
            withdrawn_because="记错了人",
        )
    )
    revoked = next(one.id for one in rows(Certificate) if one.revoked_at is not None)
    for undone in (
        update(Certificate).where(Certificate.id == revoked).values(revoked_at=None),
        update(Training).where(Training.id == training.id).values(withdrawn_at=None),
    ):
        with pytest.raises(DatabaseError, match=r"stays|append-only"):
            db.session.execute(undone)
        db.session.rollback()


def test_every_row_that_was_refused_is_a_fault_even_one_that_stands_in_the_tree(ledgers: Ledgers) -> None:
    entry = rows(Entry)[3]
    kept = next(one for one in rows(Certificate) if one.revoked_at is None)
    db.session.add_all(
        [
            LedgerDue(kind="revocation", row_id=kept.id, refused_because="the row is gone"),
            LedgerDue(kind="entry", row_id=entry.id, refused_because="the seal does not hold"),
            LedgerDue(kind="entry", row_id=entry.id),
        ]
    )
    db.session.flush()
    told = [(one.fault, one.subject, one.detail) for one in examine()]
    assert told == [
        (Fault.ROW_REFUSED, f"row {kept.id}", "the row is gone"),
        (Fault.ROW_REFUSED, f"row {entry.id}", "the seal does not hold"),
    ]
    db.session.rollback()


def test_what_waits_is_asked_for_a_batch_at_once(ledgers: Ledgers, context: Flask) -> None:
    def statements(waiting: int) -> int:
        entry_id = rows(Entry)[0].id
        db.session.add_all(LedgerDue(kind="entry", row_id=entry_id) for _ in range(waiting))
        db.session.flush()
        asked = 0

        def count(*_: object) -> None:
            nonlocal asked
            asked += 1

        db.event.listen(db.engine, "before_cursor_execute", count)
        walked.check_rows_without_leaf(Findings())
        db.event.remove(db.engine, "before_cursor_execute", count)
        db.session.rollback()
        return asked

    assert statements(40) == statements(1)


def test_waiting_rows_are_found_by_an_index_that_holds_no_others(context: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        plan = "EXPLAIN QUERY PLAN SELECT id FROM ledger_due WHERE refused_because = '' ORDER BY id LIMIT 1"
    else:
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "EXPLAIN SELECT id FROM ledger_due WHERE refused_because = '' ORDER BY id LIMIT 1"
    assert "ix_ledger_due_waiting" in "\n".join(str(one) for one in db.session.execute(text(plan)))
    assert db.session.scalar(select(func.count()).select_from(LedgerDue)) == 0
