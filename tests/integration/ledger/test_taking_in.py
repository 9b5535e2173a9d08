"""Rows become leaves: what comes in, what is refused, what is signed, and what a proof shows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from models.base import db
from models.hours import Entry
from models.ledger import LedgerCheckpoint, LedgerDue, LedgerLeaf, LedgerTile, VolunteerSecret
from models.volunteers import Volunteer
from tests.integration.ledger.conftest import Scene
from volunteer.hours.leaves import entries_in_doubt, entry_leaves, entry_openings
from volunteer.hours.operations import reverse_entry
from volunteer.kernel import clock
from volunteer.ledger import jobs, keys, marks, operations, queries
from volunteer.ledger.leaves import canonical, opens
from volunteer.ledger.notes import open_note
from volunteer.ledger.operations import sign_checkpoint, take_in
from volunteer.ledger.rules import LeafKind
from volunteer.verifier.tree import leaf_hash, verify_consistency, verify_inclusion


def settle() -> int:
    """Take everything in as the job does; return how many leaves came in."""
    before = queries.tree_size()
    jobs.take_in()
    return queries.tree_size() - before


def contents() -> list[dict]:
    leaves = db.session.scalars(select(LedgerLeaf.content).order_by(LedgerLeaf.position))
    return [json.loads(content) for content in leaves]


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
