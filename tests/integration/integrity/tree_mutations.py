"""What could be done to the tree itself: leaves, tiles and checkpoints."""

import json
import random
from base64 import b64encode
from hashlib import sha256

from sqlalchemy import delete, insert

from models.base import db
from models.ledger import LedgerCheckpoint, LedgerLeaf, LedgerTile
from tests.integration.integrity.raw import Places, change, remove, rows, table_of
from volunteer.ledger import keys
from volunteer.ledger.leaves import canonical
from volunteer.ledger.notes import Checkpoint, sign_note
from volunteer.ledger.tree import Tree, grown
from volunteer.verifier.tree import leaf_hash


def change_leaf(chance: random.Random) -> Places:
    """Change a leaf; sometimes its hash in the tile too, and the tiles above it."""
    row = chance.choice(rows(LedgerLeaf)[1:])
    told = {**json.loads(row.content), "v": 2}
    change(LedgerLeaf, row, content=canonical(told).decode())
    if chance.random() < 0.6:
        grow_anew()
    return (f"leaf {row.position},", row.subject)


def change_leaf_column(chance: random.Random) -> Places:
    """File a leaf under something else, or at another place."""
    leaves = rows(LedgerLeaf)
    row = chance.choice(leaves[1:])
    new = chance.choice(
        ({"subject": "x" * 20}, {"row_id": row.row_id + 1000}, {"position": len(leaves) + chance.randint(0, 999)})
    )
    change(LedgerLeaf, row, **new)
    return (f"leaf {row.position},", row.subject)


def delete_leaf(chance: random.Random) -> Places:
    """Take a leaf away; sometimes the later ones move up, and the tree is grown anew."""
    row = chance.choice(rows(LedgerLeaf)[1:])
    remove(LedgerLeaf, row)
    if chance.random() < 0.5:
        for later in rows(LedgerLeaf):
            if later.position > row.position:
                change(LedgerLeaf, later, position=later.position - 1)
        grow_anew()
    return (f"leaf {row.position},", row.subject)


def change_tile(chance: random.Random) -> Places:
    """Change a hash in a tile."""
    row = chance.choice(rows(LedgerTile))
    at = chance.randrange(len(row.hashes))
    change(LedgerTile, row, hashes=row.hashes[:at] + bytes([row.hashes[at] ^ 1]) + row.hashes[at + 1 :])
    return (f"leaf {at // 32}," if row.level == 0 else f"tile {row.level}/{row.position}",)


def change_checkpoint(chance: random.Random) -> Places:
    """Change a checkpoint: its root, its note, or its size."""
    row = chance.choice(rows(LedgerCheckpoint))
    root = sha256(row.root.encode()).digest()
    forged = row.note.replace(b64encode(bytes.fromhex(row.root)).decode(), b64encode(root).decode())
    new = chance.choice(({"root": root.hex()}, {"note": forged}, {"size": row.size + 1000}))
    change(LedgerCheckpoint, row, **new)
    return (f"checkpoint {new.get('size', row.size)}",)


def cut(size: int) -> None:
    """Cut the tree back to a size, tiles and checkpoints too."""
    db.session.execute(delete(table_of(LedgerLeaf)).where(LedgerLeaf.position >= size))
    db.session.execute(delete(table_of(LedgerCheckpoint)).where(LedgerCheckpoint.size > size))
    grow_anew()


def grow_anew() -> None:
    """Grow the tiles from the leaves that there are."""
    db.session.execute(delete(table_of(LedgerTile)))
    hashes = [leaf_hash(row.content.encode()) for row in rows(LedgerLeaf)]
    for (level, position), tile in grown(0, hashes, lambda *_: b"").items():
        db.session.execute(insert(LedgerTile).values(level=level, position=position, hashes=tile))


def sign_anew() -> None:
    """Sign every checkpoint again, with the keys in hand."""
    tiles = {(row.level, row.position): row.hashes for row in rows(LedgerTile)}
    for row in rows(LedgerCheckpoint):
        root = Tree(row.size, lambda level, position: tiles.get((level, position), b"")).root()
        note = sign_note(keys.ring(), Checkpoint(keys.origin(), row.size, root))
        change(LedgerCheckpoint, row, root=root.hex(), note=note)
