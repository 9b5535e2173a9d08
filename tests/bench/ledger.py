"""The tree over the ledgers: what a seal costs, how fast rows become leaves, and a proof among a million."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import insert

from models.base import db
from models.hours import Entry
from models.ledger import LedgerCheckpoint, LedgerLeaf, LedgerTile
from tests.bench.figures import Figure, alone
from tests.cast import Cast
from tests.databases import KINDS, prepared
from volunteer.hours.leaves import seal_entry
from volunteer.hours.minutes import RULES_VERSION, DayCredit, Derivation, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.ledger import jobs, operations, queries
from volunteer.ledger.keys import origin, ring
from volunteer.ledger.notes import open_note
from volunteer.ledger.rules import LeafKind
from volunteer.ledger.tree import grown
from volunteer.verifier.tree import leaf_hash, verify_consistency, verify_inclusion

ROWS, ROUNDS, SEALS = 10_000, 5, 2_000
LEAVES, PROOFS = 1_000_000, 200


def measure() -> Iterator[Figure]:
    """Yield the figures of each database, on an empty one of its own."""
    for kind in KINDS:
        with prepared(kind, "bench") as (app, _), app.app_context():
            yield from _measure(app, kind)


def _measure(app: Flask, kind: str) -> Iterator[Figure]:
    rows = _rows(Cast(app), ROWS * (ROUNDS + 1))
    yield alone("sealing an entry", kind, 0, "µs", [_sealing(rows) for _ in range(ROUNDS)])
    speeds = [_take_in(rows[at : at + ROWS]) for at in range(0, len(rows), ROWS)]
    # The first run opens the tree and makes the secrets of all persons.
    yield alone("entries taken into the tree", kind, 0, "rows/s", speeds[1:])
    _plant(LEAVES)
    checkpoint = operations.sign_checkpoint(clock.now())
    assert checkpoint is not None
    assert checkpoint.size == LEAVES
    yield alone("inclusion proof, 1,000,000 leaves", kind, 0, "ms", _proofs(checkpoint))
    yield alone("consistency proof, 1,000,000 leaves", kind, 0, "ms", _consistencies(checkpoint))


def _rows(cast: Cast, count: int) -> list[dict[str, Any]]:
    """Return entries of 500 people as a check-out writes them, a day each."""
    people = [cast.volunteer().id for _ in range(500)]
    shift, organization_id = cast.shift(), cast.organization(name="汉江护鸟队").id
    begins = datetime(2020, 1, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(count):
        starts_at = begins + timedelta(days=number // len(people))
        ends_at = starts_at + timedelta(hours=2)
        derivation = Derivation(starts_at, ends_at, starts_at, ends_at, None, starts_at, ends_at, 0, 120)
        day = DayCredit(clock.local_day(starts_at), starts_at, ends_at, 120, derivation)
        rows.append(
            {
                "public_id": new_public_id(),
                "kind": EntryKind.CREDIT,
                "volunteer_id": people[number % len(people)],
                "shift_id": shift.id,
                "organization_id": organization_id,
                "served_on": day.served_on,
                "started_at": day.started_at,
                "ended_at": day.ended_at,
                "minutes": day.minutes,
                "source": Source.SCAN,
                "rules_version": RULES_VERSION,
                "derivation": day.derivation.to_json(),
                "reason": "",
                "made_at": ends_at,
            }
        )
    return rows


def _sealing(rows: list[dict[str, Any]]) -> float:
    began = perf_counter()
    for row in rows[:SEALS]:
        seal_entry(row)
    return (perf_counter() - began) / SEALS * 1e6


def _take_in(rows: list[dict[str, Any]]) -> float:
    """Write sealed rows and return how many of them a second became leaves, commits and all."""
    db.session.execute(insert(Entry), [{**row, "seal": seal_entry(row)} for row in rows])
    db.session.commit()
    before, began = queries.tree_size(), perf_counter()
    jobs.open_tree()
    jobs.take_in()
    seconds = perf_counter() - began
    assert queries.tree_size() - before >= len(rows)
    assert not queries.refused()
    return len(rows) / seconds


def _plant(leaves: int) -> None:
    """Let the tree grow to `leaves` with leaves of no row; of the content only every 5,000th is kept."""
    size = queries.tree_size()
    contents = [json.dumps({"v": 1, "kind": "entry", "n": number}) for number in range(size, leaves)]
    tiles = grown(size, [leaf_hash(content.encode()) for content in contents], queries.read_tile)
    held = set(db.session.execute(db.select(LedgerTile.level, LedgerTile.position)).tuples())
    for place in held & tiles.keys():
        db.session.get_one(LedgerTile, place).hashes = tiles[place]
    db.session.flush()
    new = [
        {"level": level, "position": at, "hashes": tile}
        for (level, at), tile in tiles.items()
        if (level, at) not in held
    ]
    db.session.execute(insert(LedgerTile), new)
    kept = [number for number in range(size, leaves) if number % (leaves // PROOFS) == 0] + [leaves - 1]
    db.session.execute(
        insert(LedgerLeaf),
        [
            {
                "position": number,
                "kind": LeafKind.ENTRY,
                "row_id": 10**9 + number,
                "subject": "",
                "content": contents[number - size],
                "added_at": clock.now(),
            }
            for number in dict.fromkeys(kept)
        ],
    )
    db.session.commit()


def _proofs(checkpoint: LedgerCheckpoint) -> list[float]:
    """Return the milliseconds of single proofs, each checked, read from the database as a page would."""
    row_ids = db.session.scalars(db.select(LedgerLeaf.row_id).where(LedgerLeaf.row_id >= 10**9)).all()
    root, times = open_note(ring(), origin(), checkpoint.note).root, []
    for row_id in row_ids:
        db.session.expire_all()
        began = perf_counter()
        proof = queries.proof_of(LeafKind.ENTRY, row_id)
        times.append((perf_counter() - began) * 1e3)
        assert proof is not None
        assert verify_inclusion(leaf_hash(proof.content.encode()), proof.position, proof.size, proof.path, root)
    return times


def _consistencies(checkpoint: LedgerCheckpoint) -> list[float]:
    times = []
    for first in range(1, checkpoint.size, checkpoint.size // PROOFS + 7):
        began = perf_counter()
        path = queries.consistency(first, checkpoint.size)
        times.append((perf_counter() - began) * 1e3)
        old = queries.tree_of(first).root()
        assert verify_consistency(first, checkpoint.size, path, old, bytes.fromhex(checkpoint.root))
    return times
