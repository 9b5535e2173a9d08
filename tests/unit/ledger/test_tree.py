"""The tree: against the vectors of certificate-transparency, a library of others, and the definition itself."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as their_consistency
from pymerkle import verify_inclusion as their_inclusion

from volunteer.ledger.tree import NotInTree, Tree, grown, tiles_of
from volunteer.verifier.tree import leaf_hash, node_hash, verify_consistency, verify_inclusion

# The leaves and roots that implementations of RFC 6962 and RFC 9162 share as test vectors.
VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.one_of(st.integers(1, 40), st.integers(250, 262), st.integers(505, 520))


class Shelf(dict):
    """Tiles in memory."""

    def read(self, level: int, position: int) -> bytes:
        return self.get((level, position), b"")

    def add(self, size: int, leaves: list[bytes]) -> int:
        self.update(grown(size, leaves, self.read))
        return size + len(leaves)


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def planted(leaves: list[bytes]) -> Shelf:
    shelf = Shelf()
    shelf.add(0, leaves)
    return shelf


def definition(leaves: list[bytes]) -> bytes:
    """Return the root as the RFC defines it."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(definition(leaves[:middle]), definition(leaves[middle:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_shared_vectors_have_their_roots(size: int) -> None:
    shelf = planted([leaf_hash(leaf) for leaf in VECTOR_LEAVES])
    assert Tree(size, shelf.read).root().hex() == VECTOR_ROOTS[size - 1]


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_any_batches_give_the_root_of_the_definition_at_every_earlier_size(size: int, data: st.DataObject) -> None:
    leaves, shelf = leaves_of(size), Shelf()
    cuts = sorted({0, size, *data.draw(st.lists(st.integers(0, size), max_size=6))})
    for before, after in pairwise(cuts):
        assert shelf.add(before, leaves[before:after]) == after
    earlier = data.draw(st.integers(1, size))
    assert Tree(earlier, shelf.read).root() == definition(leaves[:earlier])
    assert {(level, position): width for level, position, width in tiles_of(size)} == {
        place: len(tile) // 32 for place, tile in shelf.items()
    }


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_inclusion_is_what_a_library_of_others_proves_and_accepts(size: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, size - 1))
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(size):
        theirs.append_entry(b"%d" % number)
    tree = Tree(size, planted(leaves_of(size)).read)
    assert tree.root() == theirs.get_root()
    path, leaf = tree.inclusion(position), leaf_hash(b"%d" % position)
    assert verify_inclusion(leaf, position, size, path, tree.root())
    proof = theirs.prove_inclusion(position + 1)
    their_inclusion(leaf, tree.root(), proof)
    assert set(path) <= set(proof.path)


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_consistency_holds_between_any_two_sizes(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(size):
        theirs.append_entry(b"%d" % number)
    shelf = planted(leaves_of(size))
    old, new = Tree(first, shelf.read), Tree(size, shelf.read)
    assert old.root() == theirs.get_root(first)
    assert verify_consistency(first, size, new.consistency(first), old.root(), new.root())
    their_consistency(old.root(), new.root(), theirs.prove_consistency(first, size))


@given(SIZES, st.data())
@settings(max_examples=100, deadline=None)
def test_nothing_else_is_accepted(size: int, data: st.DataObject) -> None:
    position, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size + 3))
    shelf = planted(leaves_of(size))
    tree = Tree(size, shelf.read)
    leaf, path, root = leaf_hash(b"%d" % position), tree.inclusion(position), tree.root()
    if other != position:
        assert not verify_inclusion(leaf, other, size, path, root)
    assert not verify_inclusion(leaf_hash(b"forged"), position, size, path, root)
    assert not verify_inclusion(leaf, position, size, path, leaf_hash(b"forged"))
    assert not verify_inclusion(leaf, position, size, [*path, root], root)
    assert not verify_inclusion(leaf, position, size, [hash_[:31] for hash_ in path] or [b""], root)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not verify_inclusion(leaf, position, size, [*path[:at], leaf, *path[at + 1 :]], root)
        assert not verify_inclusion(leaf, position, size, path[:at] + path[at + 1 :], root)


@given(st.integers(2, 300), st.data())
@settings(max_examples=100, deadline=None)
def test_a_rewritten_past_is_not_consistent(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, first - 1))
    leaves = leaves_of(size)
    old = Tree(first, planted(leaves).read).root()
    leaves[changed] = leaf_hash(b"rewritten")
    tree = Tree(size, planted(leaves).read)
    assert not verify_consistency(first, size, tree.consistency(first), old, tree.root())
    assert not verify_consistency(first, size, [], old, tree.root())


def test_what_the_tree_never_had_is_refused() -> None:
    tree = Tree(3, planted(leaves_of(3)).read)
    for ask in (lambda: tree.inclusion(3), lambda: tree.inclusion(-1), lambda: tree.consistency(4)):
        with pytest.raises(NotInTree):
            ask()
    with pytest.raises(NotInTree):
        tree.consistency(0)
    with pytest.raises(NotInTree):
        Tree(0, planted([]).read).root()
    with pytest.raises(NotInTree):
        Tree(5, planted(leaves_of(3)).read).root()
    with pytest.raises(NotInTree):
        grown(5, leaves_of(1), planted(leaves_of(3)).read)


def test_a_tree_of_more_than_two_levels_of_tiles_is_the_definition() -> None:
    leaves = leaves_of(66_000)
    shelf = planted(leaves)
    tree = Tree(66_000, shelf.read)
    assert tree.root() == definition(leaves)
    assert shelf.keys() >= {(2, 0), (1, 1), (0, 257)}
    assert verify_inclusion(leaves[40_000], 40_000, 66_000, tree.inclusion(40_000), tree.root())
