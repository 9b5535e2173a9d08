"""The tree built once more from the contents of its leaves alone, beside what is stored and what was signed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from models.base import db
from models.ledger import LedgerCheckpoint, LedgerTile
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.ledger import keys
from volunteer.ledger.notes import BadNote, open_note
from volunteer.ledger.rules import HASH_BYTES, TILE_WIDTH
from volunteer.ledger.tree import tile_root
from volunteer.verifier.tree import node_hash

_READ_AT_ONCE = 500
_FULL = TILE_WIDTH * HASH_BYTES


@dataclass(slots=True)
class _Level:
    """The tile of one level that is being filled, and how many were filled before it."""

    position: int = 0
    hashes: bytearray = field(default_factory=bytearray)


class Rebuilt:
    """Takes leaf hashes in order, compares full tiles with the stored ones, and knows the root at every size.

    Holds a tile a level and a hash for each power of two: nothing grows with the tree.
    """

    def __init__(self, findings: Findings) -> None:
        self.size = 0
        self._findings = findings
        self._levels: list[_Level] = []
        self._perfect: list[tuple[int, bytes]] = []  # (leaves under it, hash), the largest first
        self._stored = _Tiles()

    def stand_in(self, position: int) -> bool:
        """Take the stored hashes in place of leaves that are gone, up to `position`; return whether there were all."""
        while self.size < position:
            hashed = self._stored_leaf()
            if len(hashed) != HASH_BYTES:
                return False
            self._take(hashed)
        return True

    def add(self, leaf: bytes, name: str) -> None:
        """Take the hash of the next leaf; `name` says whose it is should the stored one differ."""
        stored = self._stored_leaf()
        if stored != leaf:
            detail = "its tile ends before it" if len(stored) < HASH_BYTES else ""
            self._findings.add(Found(Fault.LEAF_CHANGED, name, position=self.size, detail=detail))
        self._take(leaf)

    def _take(self, leaf: bytes) -> None:
        self._put(0, leaf)
        self._perfect.append((1, leaf))
        while len(self._perfect) > 1 and self._perfect[-1][0] == self._perfect[-2][0]:
            (count, left), (_, right) = self._perfect[-2:]
            self._perfect[-2:] = [(2 * count, node_hash(left, right))]
        self.size += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far; there is one at least."""
        hashes = [one for _, one in self._perfect]
        found = hashes.pop()
        while hashes:
            found = node_hash(hashes.pop(), found)
        return found

    def finish(self) -> None:
        """Compare the tiles that are not full, and find stored tiles that no leaf stands behind."""
        for number, level in enumerate(self._levels):
            if level.hashes and number:
                self._compare_tile(number, level)
        if self._levels and (level := self._levels[0]).hashes:
            self._compare_length(level)
        last = {number: level.position - (not level.hashes) for number, level in enumerate(self._levels)}
        for number, position in _last_tiles():
            if position > last.get(number, -1) and number:
                where = f"tile {number}/{position}"
                self._findings.add(Found(Fault.TILE_CHANGED, where, detail="no leaf stands behind it"))

    def _stored_leaf(self) -> bytes:
        position, offset = divmod(self.size, TILE_WIDTH)
        return self._stored.read(0, position)[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]

    def _put(self, number: int, one: bytes) -> None:
        if number == len(self._levels):
            self._levels.append(_Level())
        level = self._levels[number]
        level.hashes += one
        if len(level.hashes) == _FULL:
            if number:
                self._compare_tile(number, level)
            self._put(number + 1, tile_root(bytes(level.hashes)))
            level.position, level.hashes = level.position + 1, bytearray()

    def _compare_tile(self, number: int, level: _Level) -> None:
        stored = self._stored.read(number, level.position)
        if stored == level.hashes:
            return
        span = TILE_WIDTH**number
        at = next(
            (
                at
                for at in range(0, _FULL, HASH_BYTES)
                if stored[at : at + HASH_BYTES] != level.hashes[at : at + HASH_BYTES]
            ),
            0,
        )
        first = (level.position * TILE_WIDTH + at // HASH_BYTES) * span
        detail = f"hash {at // HASH_BYTES} over the leaves {first} to {first + span - 1}"
        self._findings.add(Found(Fault.TILE_CHANGED, f"tile {number}/{level.position}", detail=detail))

    def _compare_length(self, level: _Level) -> None:
        if len(self._stored.read(0, level.position)) > len(level.hashes):
            detail = f"it holds hashes of leaves from {self.size} on, which are gone"
            self._findings.add(Found(Fault.LEAF_MISSING, f"tile 0/{level.position}", position=self.size, detail=detail))


class _Tiles:
    """The stored tiles, one a level in memory: they are asked for in order."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[int, bytes]] = {}

    def read(self, level: int, position: int) -> bytes:
        held = self._held.get(level)
        if held is None or held[0] != position:
            query = select(LedgerTile.hashes).where(LedgerTile.level == level, LedgerTile.position == position)
            held = self._held[level] = (position, db.session.scalar(query) or b"")
        return held[1]


def _last_tiles() -> Sequence[tuple[int, int]]:
    rows = db.session.execute(select(LedgerTile.level, func.max(LedgerTile.position)).group_by(LedgerTile.level))
    return [(level, position) for level, position in rows]


# What was signed


@dataclass(frozen=True, slots=True)
class Signed:
    """A root that was signed: where the note stands, how many leaves it is over. `root` is None for a bad note."""

    where: str
    size: int
    root: bytes | None
    fault: str = ""
    is_outside: bool = False


def signed_in_store() -> Iterator[Signed]:
    """Yield the checkpoints of the database by size."""
    last = 0
    while True:
        query = select(LedgerCheckpoint).where(LedgerCheckpoint.size > last).order_by(LedgerCheckpoint.size)
        rows = db.session.scalars(query.limit(_READ_AT_ONCE)).all()
        if not rows:
            return
        for row in rows:
            last = row.size
            yield _of_row(row)
        db.session.expunge_all()


def _of_row(row: LedgerCheckpoint) -> Signed:
    where = f"checkpoint {row.size}"
    try:
        said = open_note(keys.ring(), keys.origin(), row.note)
    except BadNote as error:
        return Signed(where, row.size, None, str(error))
    if said.size != row.size or said.root.hex() != row.root:
        return Signed(where, row.size, None, "its columns differ from its note")
    return Signed(where, row.size, said.root)


def signed_outside(text: str, where: str) -> list[Signed]:
    """Return the notes of a text that was kept outside, one after the other, smallest first."""
    found = []
    for number, note in enumerate(_notes_in(text), 1):
        place = f"{where}, note {number}"
        try:
            said = open_note(keys.ring(), keys.origin(), note)
        except BadNote as error:
            found.append(Signed(place, 0, None, str(error), is_outside=True))
        else:
            found.append(Signed(place, said.size, said.root, is_outside=True))
    return sorted(found, key=lambda one: one.size)


def _notes_in(text: str) -> list[str]:
    """Return the notes of a text: each ends with its lines of signatures, "— name base64"."""
    notes: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if notes[-1] and notes[-1][-1].startswith("— ") and not line.startswith("— "):
            notes.append([])
        if line.strip() or notes[-1]:
            notes[-1].append(line)
    return ["".join(note) for note in notes if note]
