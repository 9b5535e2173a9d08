"""Growing the tree: rows that are due become leaves, and what stands there is signed.

Nothing of this runs in a request: a row is written with its seal, a trigger makes it due, a job does the rest.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, upsert
from models.engine import take_all_the_time
from models.ledger import LedgerCheckpoint, LedgerDue, LedgerLeaf, LedgerTile
from volunteer.kernel import clock
from volunteer.ledger import keys, marks, queries
from volunteer.ledger.leaves import Made, canonical, opened_leaf
from volunteer.ledger.notes import Checkpoint, sign_note
from volunteer.ledger.rules import LeafKind
from volunteer.ledger.tree import grown
from volunteer.verifier.tree import leaf_hash

log = logging.getLogger(__name__)

BATCH = 500
_TREE_LOCK = 7_366_420_003


class Source(Protocol):
    """How a room tells the leaves of its rows; rows that are gone are left out.

    With `makes_secrets` persons who have none get one: only for taking in, never for checking.
    """

    def __call__(self, row_ids: Sequence[int], *, makes_secrets: bool = False) -> dict[int, Made]:
        """Return the leaves of these rows by row id, asked in a few statements for all."""


sources: dict[LeafKind, Source] = {}
"""Who tells the leaves of a kind; filled by app.py, since rooms above own the rows."""

opening: list[Callable[[], None]] = []
"""What rooms above do when the tree is opened, in the same transaction; filled by app.py."""


class TreeRewritten(RuntimeError):
    """What was signed before is no beginning of the tree as it is: it is not signed over."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A leaf that is to be appended."""

    kind: LeafKind
    row_id: int
    subject: str
    content: bytes
    is_adopted: bool = False


def take_in(limit: int = BATCH) -> int:
    """Append the leaves of up to `limit` rows that are due, oldest first; return how many rows were looked at.

    A row whose seal does not hold stays due, with why. Nothing comes into a tree that is not open (`open_tree`): a
    tree that somebody emptied is not begun anew.
    """
    if not queries.is_due():
        return 0
    _stand_in_line()
    size = queries.tree_size()
    if size == 0:
        return 0
    due = _due(limit)
    leaves = _judged(due, adopts=False)
    _write(size, leaves)
    _grow(size, [leaf_hash(leaf.content) for leaf in leaves])
    return len(due)


def sign_checkpoint(now: datetime) -> LedgerCheckpoint | None:
    """Sign the tree as it is, if it grew since the last time; return the checkpoint, or None.

    Raises `TreeRewritten` when the mark or the newest checkpoint is no beginning of it. The caller commits and then
    keeps the note as the new mark (`marks.keep_mark`).
    """
    if fault := marks.mark_fault():
        raise TreeRewritten(fault)
    size, newest = queries.tree_size(), queries.latest_checkpoint()
    if size == 0 or (newest is not None and newest.size == size):
        return None
    root = queries.tree_of(size).root()
    note = sign_note(keys.ring(), Checkpoint(keys.origin(), size, root))
    checkpoint = LedgerCheckpoint(size=size, root=root.hex(), note=note, signed_at=now)
    db.session.add(checkpoint)
    db.session.flush()
    return checkpoint


def open_tree() -> bool:
    """Begin the tree with leaf 0 and all that is there, in one transaction; return False when it is open already.

    Done once and by an operator, never by a job: rows without a seal are taken in here, and leaf 0 says how many they
    were. It also gives the tree the name that it keeps. Raises `TreeRewritten` when a mark or a checkpoint tells that
    there was a tree before. The caller commits and then writes the first mark (`marks.begin_mark`).
    """
    _stand_in_line()
    if queries.tree_size():
        return False
    if marks.read_mark() or queries.latest_checkpoint() is not None:
        raise TreeRewritten("the tree is empty, and there was one before")
    take_all_the_time(db.session.connection())
    for prepare in opening:
        prepare()
    hashes: list[bytes] = []
    adopted = 0
    while due := _due(BATCH):
        leaves = _judged(due, adopts=True)
        _write(1 + len(hashes), leaves)
        hashes += [leaf_hash(leaf.content) for leaf in leaves]
        adopted += sum(leaf.is_adopted for leaf in leaves)
    opened = _Leaf(LeafKind.OPENED, 0, "", canonical(opened_leaf(keys.origin(), adopted, clock.now())))
    _write(0, [opened])
    _grow(0, [leaf_hash(opened.content), *hashes])
    return True


def _stand_in_line() -> None:
    """Let one process at a time grow the tree; SQLite has one writer anyway."""
    if db.session.get_bind().dialect.name != "sqlite":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _TREE_LOCK})


_Due = Row[int, LeafKind, int]


def _due(limit: int) -> Sequence[_Due]:
    query = select(LedgerDue.id, LedgerDue.kind, LedgerDue.row_id).where(LedgerDue.refused_because == "")
    return db.session.execute(query.order_by(LedgerDue.id).limit(limit)).all()


def _judged(due: Sequence[_Due], *, adopts: bool) -> list[_Leaf]:
    """Return the leaves of what may come in, in order; what was looked at is due no more, or keeps why it is refused.

    A row that stands in the tree already is passed over: whether it changed since is for who verifies.
    """
    ids: dict[LeafKind, list[int]] = {}
    for one in due:
        ids.setdefault(one.kind, []).append(one.row_id)
    made = {kind: _made(kind, row_ids) for kind, row_ids in ids.items()}
    standing = {(kind, row_id) for kind, row_ids in ids.items() for row_id in _standing(kind, row_ids)}
    leaves, refused = [], {}
    for one in due:
        found, place = made[one.kind].get(one.row_id, "the row is gone"), (one.kind, one.row_id)
        if place in standing:
            continue
        leaf = found if isinstance(found, str) else _leaf(*place, found, adopts=adopts)
        if isinstance(leaf, str):
            refused[one.id] = leaf
        else:
            standing.add(place)
            leaves.append(leaf)
    _settle([one.id for one in due if one.id not in refused], refused)
    return leaves


def _made(kind: LeafKind, row_ids: list[int]) -> dict[int, Made | str]:
    """Return by row its leaf, or why it cannot be made; one bad row does not keep the others out."""
    try:
        return dict(sources[kind](row_ids, makes_secrets=True))
    except SQLAlchemyError:
        raise
    except Exception as error:
        if len(row_ids) == 1:
            log.exception("%s %s cannot become a leaf", kind, row_ids[0])
            return {row_ids[0]: f"the row cannot be read: {type(error).__name__}"}
    found: dict[int, Made | str] = {}
    for row_id in row_ids:
        found |= _made(kind, [row_id])
    return found


def _leaf(kind: LeafKind, row_id: int, made: Made, *, adopts: bool) -> _Leaf | str:
    """Return the leaf that a row makes, or why it does not."""
    is_adopted = adopts and made.seal == ""
    if not made.seal_holds and not is_adopted:
        return "the seal does not hold" if made.seal else "the row has no seal"
    try:
        return _Leaf(kind, row_id, made.subject, canonical(made.content), is_adopted)
    except ValueError as error:
        return f"the row has no canonical form: {type(error).__name__}"


def _standing(kind: LeafKind, row_ids: list[int]) -> Sequence[int]:
    query = select(LedgerLeaf.row_id).where(LedgerLeaf.kind == kind, LedgerLeaf.row_id.in_(row_ids))
    return db.session.scalars(query).all()


def _settle(settled: list[int], refused: dict[int, str]) -> None:
    if settled:
        db.session.execute(delete(LedgerDue).where(LedgerDue.id.in_(settled)))
    for due_id, why in refused.items():
        db.session.execute(update(LedgerDue).where(LedgerDue.id == due_id).values(refused_because=why))


def _write(position: int, leaves: Sequence[_Leaf]) -> None:
    if not leaves:
        return
    now = clock.now()
    rows = [
        {
            "position": position + offset,
            "kind": leaf.kind,
            "row_id": leaf.row_id,
            "subject": leaf.subject,
            "content": leaf.content.decode(),
            "added_at": now,
        }
        for offset, leaf in enumerate(leaves)
    ]
    db.session.execute(insert(LedgerLeaf), rows)


def _grow(size: int, hashes: list[bytes]) -> None:
    changed = grown(size, hashes, queries.read_tile)
    if not changed:
        return
    statement = upsert(LedgerTile)
    statement = statement.on_conflict_do_update(
        index_elements=["level", "position"], set_={"hashes": statement.excluded.hashes}
    )
    rows = [{"level": level, "position": at, "hashes": tile} for (level, at), tile in changed.items()]
    db.session.execute(statement, rows)
