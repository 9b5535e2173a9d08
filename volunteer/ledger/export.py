"""The whole tree as static files, in the layout that others' tools read (C2SP tlog-tiles)."""

from pathlib import Path

from models.base import db
from models.ledger import LedgerCheckpoint
from volunteer.kernel.errors import Conflict
from volunteer.kernel.text import N_
from volunteer.ledger import keys, queries
from volunteer.ledger.notes import BadNote, open_note, verifier_keys
from volunteer.ledger.rules import HASH_BYTES, tile_path
from volunteer.ledger.tree import NotInTree, tiles_of


def export_tree(folder: Path) -> tuple[int, int]:
    """Write checkpoints, tiles and keys into `folder` and return the size of the tree and how many files were new.

    `checkpoint` is the newest note, `checkpoints/SIZE` each one, `tile/LEVEL/…` the hashes, `keys.txt` the lines that
    check the notes. What lies there already and cannot change is left. Raises Conflict before the first checkpoint,
    and when the folder holds a checkpoint that is no beginning of this tree: it is never written over.
    """
    newest = queries.latest_checkpoint()
    if newest is None:
        raise Conflict(N_("还没有签过存证点"))
    _require_extension(folder / "checkpoint", newest.size)
    written = sum(_write_tile(folder, *tile) for tile in tiles_of(newest.size))
    for size, note in db.session.execute(db.select(LedgerCheckpoint.size, LedgerCheckpoint.note)):
        written += _write_once(folder / "checkpoints" / str(size), note.encode())
    lines = verifier_keys(keys.ring(), keys.origin())
    (folder / "keys.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    # Last, so that a reader who finds it finds all that it speaks of.
    fresh = folder / "checkpoint.new"
    fresh.write_text(newest.note, encoding="utf-8")
    fresh.replace(folder / "checkpoint")
    return newest.size, written


def _require_extension(path: Path, size: int) -> None:
    if not path.exists():
        return
    try:
        signed = open_note(keys.ring(), keys.origin(), path.read_text(encoding="utf-8"))
        stands = signed.size <= size and queries.tree_of(signed.size).root() == signed.root
    except (BadNote, NotInTree):
        stands = False
    if not stands:
        raise Conflict(N_("这个文件夹里的存证点和现在的存证树接不上，没有覆盖"))


def _write_tile(folder: Path, level: int, position: int, width: int) -> bool:
    path = folder / "tile" / tile_path(level, position, width)
    return not path.exists() and _write_once(path, queries.read_tile(level, position)[: width * HASH_BYTES])


def _write_once(path: Path, content: bytes) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True
