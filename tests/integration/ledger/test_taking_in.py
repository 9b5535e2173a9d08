"""Rows become leaves: what comes in, what is refused, what is signed, and what a proof shows."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update

from models.base import db
from models.hours import Entry
from models.ledger import LedgerCheckpoint, LedgerDue, LedgerLeaf, LedgerTile, VolunteerSecret
from models.scheduler import SchedulerLease
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.factories.ledger import Ledger
from volunteer.hours.leaves import entries_in_doubt, entry_leaves, entry_openings
from volunteer.hours.ledger import enter
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.operations import reverse_entry
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.ledger import health, jobs, keys, marks, operations, queries
from volunteer.ledger.leaves import canonical, opens
from volunteer.ledger.notes import open_note
from volunteer.ledger.operations import TreeRewritten, sign_checkpoint, take_in
from volunteer.ledger.rules import LeafKind
from volunteer.scheduler import take_lease
from volunteer.verifier.tree import leaf_hash, verify_consistency, verify_inclusion


class Scene:
    """Somebody who serves day after day, recorded as a check-out records it."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.volunteer, self.shift = cast, cast.volunteer(), cast.shift()
        self.organization = cast.organization(name="汉江护鸟队")
        self.day = date(2026, 3, 1)

    def serve(self, minutes: int = 60) -> int:
        self.day += timedelta(days=1)
        starts_at = clock.now().replace(year=self.day.year, month=self.day.month, day=self.day.day)
        return enter(
            {
                "kind": EntryKind.CREDIT,
                "volunteer_id": self.volunteer.id,
                "shift_id": self.shift.id,
                "organization_id": self.organization.id,
                "served_on": self.day,
                "started_at": starts_at,
                "ended_at": starts_at + timedelta(minutes=minutes),
                "minutes": minutes,
                "source": Source.SCAN,
                "rules_version": RULES_VERSION,
                "derivation": {"words": "9:00–10:00 在场 → 60 分钟", "minutes": minutes, "extended_to": None},
            }
        )

    def opened(self) -> None:
        """Open the tree over nothing of ours but one row."""
        self.serve()
        jobs.open_tree()


def settle() -> int:
    """Take everything in as the job does; return how many leaves came in."""
    before = queries.tree_size()
    jobs.take_in()
    return queries.tree_size() - before


def contents() -> list[dict]:
    leaves = db.session.scalars(select(LedgerLeaf.content).order_by(LedgerLeaf.position))
    return [json.loads(content) for content in leaves]


@pytest.fixture
def scene(cast: Cast, context: Flask) -> Scene:
    return Scene(cast)


def test_a_row_that_the_program_wrote_becomes_a_leaf_without_personal_fields(scene: Scene) -> None:
    scene.opened()
    entry = db.session.get_one(Entry, scene.serve(90))
    assert settle() == 1
    leaf = contents()[-1]
    assert leaf["kind"] == "entry"
    assert leaf["id"] == entry.public_id
    assert (leaf["act"], leaf["reverses"], leaf["minutes"], leaf["source"]) == ("credit", None, 90, "scan")
    assert leaf["organization"] == scene.organization.public_id
    text_of_leaf = json.dumps(leaf, ensure_ascii=False)
    person = scene.volunteer
    for personal in (person.name, person.number, person.document_digest, person.public_id, "9:00"):
        assert personal not in text_of_leaf
    assert db.session.scalar(select(func.count()).select_from(LedgerDue)) == 0


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


def test_a_row_that_was_changed_before_it_came_in_is_refused(scene: Scene) -> None:
    scene.opened()
    entry = db.session.get_one(Entry, scene.serve(60))
    columns = [column for column in Entry.__table__.columns if column.name != "id"]
    row = {column.name: getattr(entry, column.name) for column in columns}
    changed = {**row, "public_id": "0" * 20, "minutes": 600}
    forged = db.session.execute(insert(Entry.__table__).values(changed)).inserted_primary_key
    settle()
    (refused,) = queries.refused()
    assert (refused.row_id, refused.refused_because) == (forged[0], "the seal does not hold")


def test_a_row_that_is_gone_or_due_twice_keeps_nobody_out(scene: Scene) -> None:
    scene.opened()
    entry_id = scene.serve()
    db.session.add_all(LedgerDue(kind=LeafKind.ENTRY, row_id=row_id) for row_id in (entry_id, 9_999_999))
    settle()
    (refused,) = queries.refused()
    assert (refused.row_id, refused.refused_because) == (9_999_999, "the row is gone")
    assert queries.tree_size() == 3


def test_a_row_that_breaks_its_source_keeps_nobody_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.opened()
    bad, good = scene.serve(), scene.serve()

    def breaks(row_ids: list[int], *, makes_secrets: bool = False) -> dict:
        if bad in row_ids:
            raise LookupError(bad)
        return entry_leaves(row_ids, makes_secrets=makes_secrets)

    monkeypatch.setitem(operations.sources, LeafKind.ENTRY, breaks)
    settle()
    assert [(one.row_id, one.refused_because) for one in queries.refused()] == [
        (bad, "the row cannot be read: LookupError")
    ]
    assert contents()[-1]["id"] == db.session.get_one(Entry, good).public_id


def test_a_reversal_stands_after_what_it_reverses(scene: Scene) -> None:
    scene.opened()
    entry = db.session.get_one(Entry, scene.serve(60))
    reverse_entry(entry, reason="记错了人", made_by=None, checked_by=None)
    settle()
    credit, reversal = contents()[-2:]
    assert (reversal["act"], reversal["reverses"], reversal["minutes"]) == ("reversal", credit["id"], -60)


def test_batches_of_any_size_give_one_tree(scene: Scene) -> None:
    scene.opened()
    for _ in range(7):
        scene.serve()
    while take_in(3):
        pass
    leaves = db.session.scalars(select(LedgerLeaf.content).order_by(LedgerLeaf.position)).all()
    tile = db.session.get_one(LedgerTile, (0, 0))
    assert tile.hashes == b"".join(leaf_hash(content.encode()) for content in leaves)
    assert len(leaves) == 9
    assert [canonical(json.loads(content)).decode() for content in leaves] == list(leaves)


def test_a_proof_shows_the_leaf_in_the_signed_tree_and_its_openings_open_it(scene: Scene) -> None:
    scene.opened()
    wanted = scene.serve()
    for _ in range(5):
        scene.serve()
    settle()
    assert queries.proof_of(LeafKind.ENTRY, wanted) is None
    jobs.sign()
    proof = queries.proof_of(LeafKind.ENTRY, wanted)
    assert proof is not None
    signed = open_note(keys.ring(), keys.origin(), proof.note)
    assert signed.size == proof.size == 8
    hashed = leaf_hash(proof.content.encode())
    assert verify_inclusion(hashed, proof.position, signed.size, proof.path, signed.root)
    assert not verify_inclusion(leaf_hash(b"another"), proof.position, signed.size, proof.path, signed.root)
    leaf, opened = json.loads(proof.content), entry_openings([wanted])[wanted]
    assert opens(leaf["person"], opened["person"])
    assert opens(leaf["evidence"], opened["evidence"])
    assert opened["person"].value["number"] == scene.volunteer.number
    assert queries.proof_of(LeafKind.ENTRY, 9_999_999) is None


def test_the_tree_is_signed_when_it_grew_and_each_checkpoint_begins_the_next(scene: Scene) -> None:
    assert sign_checkpoint(clock.now()) is None
    scene.opened()
    jobs.sign()
    first = queries.latest_checkpoint()
    jobs.sign()
    assert db.session.scalar(select(func.count()).select_from(LedgerCheckpoint)) == 1
    for _ in range(3):
        scene.serve()
    settle()
    jobs.sign()
    second = queries.latest_checkpoint()
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (2, 5)
    path = queries.consistency(2, 5)
    assert verify_consistency(2, 5, path, bytes.fromhex(first.root), bytes.fromhex(second.root))
    assert marks.mark_file().read_text() == second.note


def test_a_leaf_keeps_its_hash_when_it_is_made_again(scene: Scene) -> None:
    scene.opened()
    wanted = scene.serve()
    settle()
    db.session.expire_all()
    assert entry_leaves([wanted])[wanted].content == contents()[-1]
    assert entry_leaves([wanted])[wanted].seal_holds


def test_without_the_secret_nobody_can_open_a_leaf_and_nothing_makes_it_anew(scene: Scene) -> None:
    scene.opened()
    wanted = scene.serve()
    settle()
    db.session.execute(delete(VolunteerSecret))
    assert entry_openings([wanted]) == {}
    again = entry_leaves([wanted])[wanted].content
    assert (again["person"], again["evidence"]) == ("", "")
    assert db.session.scalar(select(func.count()).select_from(VolunteerSecret)) == 0


def test_what_is_written_about_an_erased_person_cannot_be_opened(scene: Scene) -> None:
    scene.opened()
    entry = db.session.get_one(Entry, scene.serve())
    settle()
    db.session.execute(delete(VolunteerSecret))
    db.session.execute(update(Volunteer).where(Volunteer.id == scene.volunteer.id).values(erased_at=clock.now()))
    reverse_entry(entry, reason="记错了人", made_by=None, checked_by=None)
    settle()
    assert len(contents()[-1]["person"]) == 64
    assert db.session.scalar(select(func.count()).select_from(VolunteerSecret)) == 0


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


@contextmanager
def without_guards() -> Iterator[None]:
    """Let statements pass that the schema refuses."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite:
        names = db.session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%refuses%'")
        ).all()
        for name in names:
            db.session.execute(text(f"DROP TRIGGER {name}"))
    else:
        db.session.execute(text("SET session_replication_role = replica"))
    yield
    if not is_sqlite:
        db.session.execute(text("SET session_replication_role = origin"))


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


def test_a_leaf_that_was_altered_along_with_its_row_does_not_stand_for_it(scene: Scene) -> None:
    scene.opened()
    wanted = scene.serve(60)
    settle()
    assert entries_in_doubt([wanted]) == []
    with without_guards():
        db.session.execute(update(Entry).where(Entry.id == wanted).values(minutes=600))
        content = canonical(entry_leaves([wanted])[wanted].content).decode()
        db.session.execute(update(LedgerLeaf).where(LedgerLeaf.row_id == wanted).values(content=content))
    assert entries_in_doubt([wanted]) == [wanted]


def test_a_mark_that_somebody_wrote_is_no_mark(scene: Scene) -> None:
    scene.opened()
    jobs.sign()
    note = marks.mark_file().read_text()
    marks.mark_file().write_text(note.replace("\n2\n", "\n1\n"))
    assert "not signed by a key of ours" in marks.mark_fault()
