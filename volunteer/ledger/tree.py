"""The Merkle tree of RFC 9162 over tiles of 256 hashes. Pure.

A tile of level 0 holds leaf hashes, and a hash of level n + 1 is the root of a full tile of level n. From tiles alone
come the root of the tree at any size it ever had and both kinds of proof, each by reading a few tiles.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from volunteer.ledger.rules import HASH_BYTES, TILE_WIDTH
from volunteer.verifier.tree import node_hash

TILE_HEIGHT = TILE_WIDTH.bit_length() - 1
ReadTile = Callable[[int, int], bytes]
"""Gives the hashes of the tile of a level and position, one after another; as many as there are, maybe none."""


class NotInTree(ValueError):
    """A size or position that the tree never had."""


class Tree:
    """A tree of `size` leaves that reads its tiles by `read`, each one once.

    Bigger tiles than `size` needs do no harm, so that an older tree is read from the tiles of a newer one.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size, self._read = size, cache(read)
        self._perfect = cache(self._perfect_root)

    def root(self) -> bytes:
        """Return the root; raise `NotInTree` when there are no leaves."""
        return self._range(0, self.size)

    def inclusion(self, position: int) -> list[bytes]:
        """Return the path that proves the leaf at `position` (RFC 9162, 2.1.3.1)."""
        if not 0 <= position < self.size:
            raise NotInTree(f"no leaf {position} in a tree of {self.size}")
        start, end, path = 0, self.size, []
        while end - start > 1:
            middle = start + _largest_power_below(end - start)
            if position < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, first: int) -> list[bytes]:
        """Return the path that proves that the tree of `first` leaves is the beginning of this (RFC 9162, 2.1.4.1)."""
        if not 0 < first <= self.size:
            raise NotInTree(f"a tree of {first} is no beginning of one of {self.size}")
        start, end, path = 0, self.size, []
        while first != end:
            middle = start + _largest_power_below(end - start)
            if first <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        if start:
            path.append(self._range(start, end))
        return path[::-1]

    def _range(self, start: int, end: int) -> bytes:
        """Return the root over leaves from `start` to `end`; `start` is a multiple of the power of two above both."""
        if not 0 <= start < end <= self.size:
            raise NotInTree(f"no leaves from {start} to {end} in a tree of {self.size}")
        roots, at = [], start
        while at < end:
            height = (end - at).bit_length() - 1
            roots.append(self._perfect(height, at >> height))
            at += 1 << height
        found = roots.pop()
        while roots:
            found = node_hash(roots.pop(), found)
        return found

    def _perfect_root(self, height: int, index: int) -> bytes:
        """Return the root of the full subtree of 2**height leaves that is the `index`th of its height."""
        level, rest = divmod(height, TILE_HEIGHT)
        if rest:
            return node_hash(self._perfect(height - 1, 2 * index), self._perfect(height - 1, 2 * index + 1))
        position, offset = divmod(index, TILE_WIDTH)
        found = self._read(level, position)[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]
        if len(found) != HASH_BYTES:
            raise NotInTree(f"hash {offset} is missing from tile {level}/{position}")
        return found


def grown(size: int, leaves: Iterable[bytes], read: ReadTile) -> dict[tuple[int, int], bytes]:
    """Return by level and position the tiles that change when the hashes `leaves` follow the `size` that are there."""
    changed: dict[tuple[int, int], bytes] = {}
    level, hashes = 0, list(leaves)
    while hashes:
        at, full = size >> (TILE_HEIGHT * level), []
        for position, tile in _filled(level, at, hashes, read):
            changed[level, position] = tile
            if len(tile) == TILE_WIDTH * HASH_BYTES:
                full.append(tile_root(tile))
        level, hashes = level + 1, full
    return changed


def _filled(level: int, at: int, hashes: list[bytes], read: ReadTile) -> Iterable[tuple[int, bytes]]:
    """Yield the tiles of one level that `hashes` fall into, from the hash number `at` on."""
    done = 0
    while done < len(hashes):
        position, offset = divmod(at + done, TILE_WIDTH)
        before = read(level, position) if offset else b""
        if len(before) != offset * HASH_BYTES:
            raise NotInTree(f"tile {level}/{position} does not hold {offset} hashes")
        taken = hashes[done : done + TILE_WIDTH - offset]
        yield position, before + b"".join(taken)
        done += len(taken)


def tile_root(tile: bytes) -> bytes:
    """Return the root over a full tile: one hash of the level above."""
    row = [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def tiles_of(size: int) -> Sequence[tuple[int, int, int]]:
    """Return (level, position, width) of every tile of a tree of `size`, full ones and the last one of each level."""
    found, level, count = [], 0, size
    while count:
        full, rest = divmod(count, TILE_WIDTH)
        found += [(level, position, TILE_WIDTH) for position in range(full)]
        found += [(level, full, rest)] if rest else []
        level, count = level + 1, full
    return found


def _largest_power_below(count: int) -> int:
    """Return the largest power of two smaller than `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
