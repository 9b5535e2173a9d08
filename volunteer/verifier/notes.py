"""Signed notes of a tree: C2SP signed-note and tlog-checkpoint, with Ed25519."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .tree import HASH_BYTES

LONGEST = 4_000
_ED25519 = b"\x01"
_NAME_BYTES = 4
_BODY = re.compile(r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")
_STATEMENT = re.compile(r"([^\s+]+)/([a-z]+)\n([A-Za-z0-9+/]{43}=)\n")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\n")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class BadNote(ValueError):
    """A text is no checkpoint, no key, or nobody whose key is known signed it."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A published key (vkey): whose notes it checks, its short name, and the 32 bytes of the key."""

    origin: str
    name: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says: whose tree, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes


def read_key(line: str) -> NoteKey:
    """Return the key of a vkey line; raise BadNote."""
    found = _KEY.fullmatch(line.strip())
    if found is None:
        raise BadNote("not a vkey")
    origin, name, held = found[1], bytes.fromhex(found[2]), from_base64(found[3])
    if held[:1] != _ED25519 or len(held) != 33 or _name(origin, held) != name:
        raise BadNote("not a vkey")
    return NoteKey(origin, name, held[1:])


def open_note(note: str, keys: Sequence[NoteKey]) -> Checkpoint:
    """Return what a note says when one of `keys` signed it; raise BadNote. Signatures of others may stand beside."""
    body = _signed_body(_BODY, note, keys)
    return Checkpoint(body[1], int(body[2]), _hash(body[3]))


def open_statement(note: str, what: str, keys: Sequence[NoteKey]) -> bytes:
    """Return the SHA-256 of the file of the kind `what` that a note vouches for, signed by one of `keys`; or BadNote.

    Its first line is the key's name, a slash and the kind; the second is the digest, so it is no checkpoint.
    """
    body = _signed_body(_STATEMENT, note, keys)
    if body[2] != what:
        raise BadNote("a statement about something else")
    return _hash(body[3])


def _signed_body(form: re.Pattern[str], note: str, keys: Sequence[NoteKey]) -> re.Match[str]:
    """Return the text of a note, read by `form`, whose first group is the name of the key that has to have signed."""
    text, blank, signatures = note.partition("\n\n")
    body = form.fullmatch(text + "\n")
    lines = [_SIGNATURE.fullmatch(line) for line in signatures.splitlines(keepends=True)]
    if len(note) > LONGEST or not blank or body is None or not all(lines):
        raise BadNote("not a note of this kind")
    message = (text + "\n").encode()
    for key in keys:
        for line in lines:
            if line and line[1] == key.origin == body[1] and _is_signed(key, message, line[2]):
                return body
    raise BadNote("not signed by a known key")


def _hash(text: str) -> bytes:
    held = from_base64(text)
    if len(held) != HASH_BYTES:
        raise BadNote("not a hash")
    return held


def _is_signed(key: NoteKey, message: bytes, text: str) -> bool:
    held = from_base64(text)
    if held[:_NAME_BYTES] != key.name:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(held[_NAME_BYTES:], message)
    except InvalidSignature:
        return False
    return True


def _name(origin: str, held: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + held).digest()[:_NAME_BYTES]


def from_base64(text: str) -> bytes:
    """Return what base64 stands for; raise BadNote for a spelling that is not the one of its bytes."""
    try:
        held = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadNote("not base64") from None
    if base64.b64encode(held).decode() != text:
        raise BadNote("not base64")
    return held
