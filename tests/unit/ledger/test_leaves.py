"""Leaves, commitments, seals and the paths of tiles."""

from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.keys import Key, KeyRing
from volunteer.ledger.leaves import Opening, canonical, commitment, moment, openings, opens, salt_for
from volunteer.ledger.rules import LeafKind, read_tile_path, tile_path
from volunteer.ledger.seals import holds, seal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=12,
)
RING = KeyRing((Key("k1", b"s" * 32),))
ROW = {
    "kind": LeafKind.ENTRY,
    "minutes": 60,
    "served_on": date(2026, 3, 1),
    "made_at": datetime(2026, 3, 1, 2, tzinfo=UTC),
    "derivation": {"b": 1, "a": None},
    "reason": "补记",
}


@given(JSON)
def test_the_fast_writer_writes_what_the_library_writes(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_what_has_no_canonical_form_is_refused() -> None:
    for value in (2**53, float("nan"), "\ud800", {1: 2}):
        with pytest.raises((ValueError, UnicodeEncodeError)):
            canonical(value)


def test_a_commitment_is_what_the_format_says_and_opens_to_one_value() -> None:
    secret, value = b"p" * 32, {"number": "V1", "document": "d"}
    salt = salt_for(secret, "entry", "abc", "person")
    assert commitment(secret, "entry", "abc", "person", value) == sha256(salt + rfc8785.dumps(value)).hexdigest()
    opened = openings(secret, "entry", "abc", {"person": value})["person"]
    assert opened == Opening(salt, value)
    found = commitment(secret, "entry", "abc", "person", value)
    assert opens(found, opened)
    assert not opens(found, Opening(salt, {**value, "number": "V2"}))
    assert (
        len({salt_for(secret, *names) for names in (("entry", "a", "x"), ("star", "a", "x"), ("entry", "b", "x"))}) == 3
    )


def test_moments_are_utc_and_carry_fractions_only_if_there_are_any() -> None:
    local = datetime(2026, 11, 22, 14, 0, tzinfo=timezone(timedelta(hours=8)))
    assert moment(local) == "2026-11-22T06:00:00Z"
    assert moment(local.replace(microsecond=250)) == "2026-11-22T06:00:00.000250Z"


@pytest.mark.parametrize(
    "change",
    [{"minutes": 61}, {"minutes": -60}, {"served_on": date(2026, 3, 2)}, {"derivation": {"b": 1}}, {"reason": ""}],
)
def test_a_seal_covers_every_value(change: dict[str, object]) -> None:
    found = seal(RING, "entry", ROW)
    assert holds(RING, "entry", dict(reversed(ROW.items())), found)
    assert not holds(RING, "entry", ROW | change, found)
    assert not holds(RING, "star", ROW, found)
    assert not holds(RING, "entry", ROW, "")


def test_a_seal_is_the_same_wherever_the_moment_was_read_and_needs_a_key_of_ours() -> None:
    found = seal(RING, "entry", ROW)
    local = ROW | {"made_at": ROW["made_at"].astimezone(timezone(timedelta(hours=8)))}
    assert holds(RING, "entry", local, found)
    other = Key("k2", b"t" * 32)
    assert holds(KeyRing((other, *RING.keys)), "entry", ROW, found)
    assert not holds(KeyRing((other,)), "entry", ROW, found)


@given(st.integers(0, 5), st.integers(0, 10**14), st.integers(1, 256))
def test_paths_of_tiles_are_read_as_they_are_written(level: int, position: int, width: int) -> None:
    assert read_tile_path(tile_path(level, position, width)) == (level, position, width)


def test_paths_are_those_of_the_format() -> None:
    assert tile_path(0, 1_234_067) == "0/x001/x234/067"
    assert tile_path(1, 5, 8) == "1/005.p/8"
    for wrong in ("0/5", "0/0005", "00/005", "0/005.p/256", "0/x000/005", "0/x001/234/067", "0/٠٠٥", "64/000", ""):
        assert read_tile_path(wrong) is None
