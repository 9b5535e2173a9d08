"""The hashes of an RFC 9162 tree, and whether a proof about it holds. Needs Python alone."""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162, 2.1.1): a zero byte in front keeps a leaf from posing as a node."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf hash `leaf` stands at `position` in the tree of `size` and `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size or not _are_hashes(leaf, root, *path):
        return False
    first, last, seen = position, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            seen = node_hash(other, seen)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            seen = node_hash(seen, other)
        first, last = first >> 1, last >> 1
    return last == 0 and seen == root


def verify_consistency(
    first_size: int, second_size: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Return whether the first tree stands unchanged at the beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 < first_size <= second_size or not _are_hashes(first_root, second_root, *path):
        return False
    if first_size == second_size:
        return not path and first_root == second_root
    steps = list(path) if first_size & (first_size - 1) else [first_root, *path]
    if not steps:
        return False
    first, last = first_size - 1, second_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = steps[0]
    for other in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, other)
        first, last = first >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
