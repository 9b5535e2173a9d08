"""The tree is opened once and goes on from there: its name, its mark, and databases of yesterday."""

import socket
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, update

from models.base import db
from models.hours import Entry
from models.ledger import LedgerCheckpoint, LedgerLeaf, LedgerTile
from models.scheduler import SchedulerLease
from tests.cast import Cast
from tests.factories.ledger import Ledger
from tests.integration.ledger.conftest import Scene
from tests.integration.ledger.test_taking_in import contents, settle, without_guards
from volunteer.kernel import clock
from volunteer.ledger import health, jobs, keys, marks, queries
from volunteer.ledger.notes import open_note
from volunteer.ledger.operations import TreeRewritten, sign_checkpoint
from volunteer.ledger.rules import LeafKind
from volunteer.scheduler import take_lease


def test_the_opening_leaf_says_how_many_rows_came_before_seals(app: Flask, cast: Cast) -> None:
    ledger = Ledger(app, cast)
    person = ledger.volunteer("420602001001")
    for day in (1, 2, 3):
        ledger.serve(person, date(2026, 3, day))
    with app.app_context():
        jobs.open_tree()
        opening = {"v": 1, "kind": "opened", "origin": "localhost/ledger", "adopted": 3, "at": ""}
        assert contents()[0] | {"at": ""} == opening
        assert [leaf["kind"] for leaf in contents()[1:]] == ["entry"] * 3


def test_after_the_first_run_a_row_without_a_seal_is_refused_and_named(app: Flask, cast: Cast, scene: Scene) -> None:
    scene.opened()
    ledger = Ledger(app, cast)
    forged = ledger.serve(ledger.volunteer("420602001001"), date(2026, 3, 9), 720)
    good = scene.serve()
    assert settle() == 1
    (refused,) = queries.refused()
    assert (refused.kind, refused.row_id, refused.refused_because) == (LeafKind.ENTRY, forged.id, "the row has no seal")
    assert contents()[-1]["id"] == db.session.get_one(Entry, good).public_id
    assert settle() == 0


def test_the_clock_never_opens_a_tree(app: Flask, cast: Cast) -> None:
    ledger = Ledger(app, cast)
    ledger.serve(ledger.volunteer("420602001001"), date(2026, 3, 9), 720)
    with app.app_context():
        assert settle() == 0
        assert queries.lacks_opening()
        assert not health.keeps_up()
        jobs.open_tree()
        assert health.keeps_up()


def test_a_tree_is_opened_over_nothing_so_that_no_later_row_is_adopted(app: Flask, cast: Cast) -> None:
    with app.app_context():
        jobs.open_tree()
        assert [leaf["adopted"] for leaf in contents()] == [0]
    ledger = Ledger(app, cast)
    ledger.serve(ledger.volunteer("420602001001"), date(2026, 3, 9), 720)
    with app.app_context():
        jobs.open_tree()
        assert settle() == 0
        assert [one.refused_because for one in queries.refused()] == ["the row has no seal"]


@pytest.mark.parametrize("is_signed", [True, False])
def test_an_emptied_tree_is_not_opened_anew(app: Flask, scene: Scene, is_signed: bool) -> None:
    scene.opened()
    if is_signed:
        jobs.sign()
        marks.mark_file().unlink()
    empty_tree(keeps_checkpoint=is_signed)
    scene.serve()
    assert settle() == 0
    assert queries.tree_size() == 0
    with pytest.raises(TreeRewritten, match="there was one before"):
        jobs.open_tree()


def test_a_new_address_changes_neither_the_name_of_the_tree_nor_its_signing(scene: Scene, app: Flask) -> None:
    scene.opened()
    jobs.sign()
    before = queries.latest_checkpoint()
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, public_url="https://zyz.example.gov.cn")
    try:
        scene.serve()
        settle()
        jobs.sign()
        after = queries.latest_checkpoint()
        assert before is not None
        assert after is not None
        assert (before.size, after.size) == (2, 3)
        assert open_note(keys.ring(), keys.origin(), before.note).origin == "localhost/ledger"
        assert after.note.startswith("localhost/ledger\n3\n")
        assert marks.mark_fault() == ""
    finally:
        app.config["SETTINGS"] = settings


def test_the_mark_covers_every_leaf_not_only_those_under_a_checkpoint(app: Flask, scene: Scene) -> None:
    scene.opened()
    jobs.sign()
    for _ in range(3):
        scene.serve()
    settle()
    assert open_note(keys.ring(), keys.origin(), marks.read_mark()).size == 5
    older_database(app, 2)
    assert "5 leaves were signed, the tree has 2" in marks.mark_fault()


def test_readiness_asks_for_the_mark_where_the_scheduler_runs(scene: Scene) -> None:
    scene.opened()
    marks.mark_file().unlink()
    assert health.is_the_signed_one()
    for host, is_right in (("elsewhere", True), (socket.gethostname(), False)):
        take_lease(f"{host}:7:abcd", clock.now())
        db.session.commit()
        assert health.is_the_signed_one() is is_right
        db.session.execute(delete(SchedulerLease))
        db.session.commit()


def older_database(app: Flask, to: int) -> None:
    """Put the tree back to `to` leaves, as a restored database has it."""
    tile = db.session.get_one(LedgerTile, (0, 0)).hashes[: to * 32]
    with without_guards():
        db.session.execute(delete(LedgerLeaf).where(LedgerLeaf.position >= to))
        db.session.execute(delete(LedgerCheckpoint).where(LedgerCheckpoint.size > to))
        db.session.execute(update(LedgerTile).values(hashes=tile))
    db.session.expire_all()
    db.session.commit()


def empty_tree(*, keeps_checkpoint: bool) -> None:
    """Take away all leaves and tiles, as somebody who wants the tree to begin anew."""
    with without_guards():
        for model in (LedgerLeaf, LedgerTile, *(() if keeps_checkpoint else (LedgerCheckpoint,))):
            db.session.execute(delete(model))
    db.session.expire_all()
    db.session.commit()


def test_yesterdays_database_is_noticed_and_never_signed_over(app: Flask, scene: Scene) -> None:
    scene.opened()
    for _ in range(4):
        scene.serve()
    settle()
    jobs.sign()
    assert marks.mark_fault() == ""
    older_database(app, 3)
    assert "an older database was put back" in marks.mark_fault()
    for _ in range(5):
        scene.serve()
    settle()
    assert queries.tree_size() == 8
    with pytest.raises(TreeRewritten, match="not those that were signed"):
        sign_checkpoint(clock.now())
    # Taking in went on, and did not write the mark over.
    assert "not those that were signed" in marks.mark_fault()
    marks.mark_file().unlink()
    assert marks.mark_fault().endswith("is gone")


def test_a_mark_that_somebody_wrote_is_no_mark(scene: Scene) -> None:
    scene.opened()
    jobs.sign()
    note = marks.mark_file().read_text()
    marks.mark_file().write_text(note.replace("\n2\n", "\n1\n"))
    assert "not signed by a key of ours" in marks.mark_fault()
