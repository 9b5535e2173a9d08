"""Reading the tree: its size, proofs, checkpoints, and what waits to become a leaf."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal, select, table

from models.base import db
from models.ledger import LedgerCheckpoint, LedgerDue, LedgerLeaf, LedgerTile
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.ledger.rules import LeafKind
from volunteer.ledger.tree import Tree

_LARGEST = 2**62
# By name: the model is of a room above.
_ANY_ENTRY = select(literal(1)).select_from(table("entry")).limit(1)


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf as it was written, where it stands, and the path to the root of the checkpoint whose note is `note`."""

    content: str
    position: int
    path: tuple[bytes, ...]
    size: int
    note: str


def read_tile(level: int, position: int) -> bytes:
    """Return the hashes of one tile as far as it has grown; none when there is no such tile."""
    query = select(LedgerTile.hashes).where(LedgerTile.level == level, LedgerTile.position == position)
    return db.session.scalar(query) or b""


def tree_of(size: int) -> Tree:
    """Return the tree as it was with `size` leaves, read from the stored tiles."""
    return Tree(size, read_tile)


def tree_size() -> int:
    """Return how many leaves there are."""
    last = db.session.scalar(select(func.max(LedgerLeaf.position)))
    return 0 if last is None else last + 1


def latest_checkpoint() -> LedgerCheckpoint | None:
    """Return the newest signed checkpoint, or None before the first."""
    return db.session.scalar(select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1))


def checkpoints(limit: int) -> Sequence[LedgerCheckpoint]:
    """Return the newest checkpoints, newest first."""
    return db.session.scalars(select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(limit)).all()


def proof_of(kind: LeafKind, row_id: int) -> Proof | None:
    """Return the proof of a row's leaf against the newest checkpoint; None until one covers it."""
    return proofs_of(kind, [row_id]).get(row_id)


def proofs_of(kind: LeafKind, row_ids: Sequence[int]) -> dict[int, Proof]:
    """Return by row the proofs against the newest checkpoint of those that it covers; tiles are read once for all."""
    checkpoint = latest_checkpoint()
    if checkpoint is None:
        return {}
    leaves = db.session.execute(
        select(LedgerLeaf.row_id, LedgerLeaf.position, LedgerLeaf.content)
        .where(LedgerLeaf.kind == kind, LedgerLeaf.row_id.in_(row_ids), LedgerLeaf.position < checkpoint.size)
        .order_by(LedgerLeaf.position)
    ).all()
    tree = tree_of(checkpoint.size)
    return {
        leaf.row_id: Proof(
            leaf.content, leaf.position, tuple(tree.inclusion(leaf.position)), checkpoint.size, checkpoint.note
        )
        for leaf in leaves
    }


def consistency(first: int, second: int) -> list[bytes]:
    """Return the path that proves that the tree of `first` leaves is the beginning of that of `second`.

    Only what was signed is shown: raises Invalid on "second" above the newest checkpoint, on "first" below 1 or above
    `second`.
    """
    newest = latest_checkpoint()
    if newest is None or not 0 < second <= newest.size:
        raise Invalid(N_("还没有这么多条记录的存证点"), field="second")
    if not 0 < first <= second:
        raise Invalid(N_("起点要在 1 和终点之间"), field="first")
    return tree_of(second).consistency(first)


def is_due(waiting: int = 1) -> bool:
    """Return whether that many rows wait to become leaves, without those that were refused."""
    due = select(LedgerDue.id).where(LedgerDue.refused_because == "").order_by(LedgerDue.id)
    return db.session.scalar(due.offset(waiting - 1).limit(1)) is not None


def lacks_opening() -> bool:
    """Return whether there are entries and no tree: it was never opened, or somebody emptied it."""
    return tree_size() == 0 and db.session.scalar(_ANY_ENTRY) is not None


def refused() -> Sequence[LedgerDue]:
    """Return the rows that were not taken into the tree, oldest first."""
    return db.session.scalars(select(LedgerDue).where(LedgerDue.refused_because != "").order_by(LedgerDue.id)).all()


def checkpoint_of(size: int) -> LedgerCheckpoint | None:
    """Return the checkpoint of the tree with `size` leaves, if one was signed."""
    return db.session.get(LedgerCheckpoint, size) if size < _LARGEST else None
