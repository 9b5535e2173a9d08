"""Signed notes: what others' tools read, and nothing but what a key of ours signed."""

from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from volunteer.kernel.keys import Key, KeyRing
from volunteer.ledger.notes import BadNote, Checkpoint, open_note, origin_of, sign_note, verifier_keys

OLD, NEW = Key("k1", b"o" * 32), Key("k2", b"n" * 32)
ORIGIN = "zhiyuan.example.gov.cn/ledger"
CHECKPOINT = Checkpoint(ORIGIN, 1024, bytes(range(32)))
RING = KeyRing((OLD,))
NOTE = sign_note(RING, CHECKPOINT)


def test_a_note_has_the_lines_of_the_format() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == [ORIGIN, "1024", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[5:] == [""]
    assert open_note(RING, ORIGIN, NOTE) == CHECKPOINT


def test_the_public_line_alone_is_enough_to_check_a_note() -> None:
    """Written from the format's own text, without our code."""
    (line,) = verifier_keys(RING, ORIGIN)
    name, key_name, key = line.split("+", 2)
    raw = b64decode(key)
    assert (name, raw[0], len(raw)) == (ORIGIN, 1, 33)
    assert key_name == sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    text, signature = NOTE.split("\n\n— ")
    signed = b64decode(signature.split(" ")[1])
    assert signed[:4].hex() == key_name
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signed[4:], text.encode() + b"\n")


def test_a_key_that_was_replaced_but_kept_still_opens_its_notes() -> None:
    both = KeyRing((NEW, OLD))
    assert open_note(both, ORIGIN, NOTE) == CHECKPOINT
    assert sign_note(both, CHECKPOINT) != NOTE
    assert len(verifier_keys(both, ORIGIN)) == 2
    with pytest.raises(BadNote):
        open_note(KeyRing((NEW,)), ORIGIN, NOTE)


def test_every_change_of_a_character_is_noticed() -> None:
    for at, letter in enumerate(NOTE):
        changed = NOTE[:at] + ("A" if letter != "A" else "B") + NOTE[at + 1 :]
        with pytest.raises(BadNote):
            open_note(RING, ORIGIN, changed)


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "x" * 5_000, NOTE[:-1], NOTE + "x", NOTE.replace("\n\n", "\n"), NOTE.replace("\n1024\n", "\n01024\n")],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        open_note(RING, ORIGIN, text)


def test_a_witness_may_sign_beside_us_but_not_instead() -> None:
    witness = "— witness.example " + "AAAA" * 18 + "\n"
    assert open_note(RING, ORIGIN, NOTE + witness) == CHECKPOINT
    with pytest.raises(BadNote):
        open_note(RING, ORIGIN, CHECKPOINT.text() + "\n" + witness)


def test_a_note_of_another_tree_is_not_ours() -> None:
    other = sign_note(RING, Checkpoint("other.example/ledger", 1024, bytes(32)))
    with pytest.raises(BadNote, match="another tree"):
        open_note(RING, ORIGIN, other)


def test_the_name_of_the_tree_is_the_host_that_people_open() -> None:
    assert origin_of("https://zhiyuan.example.gov.cn") == ORIGIN
    assert origin_of("http://127.0.0.1:8000") == "127.0.0.1:8000/ledger"
