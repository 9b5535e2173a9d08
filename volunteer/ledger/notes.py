"""Signed notes about the tree, as others know them: C2SP signed-note and tlog-checkpoint, with Ed25519. Pure.

The text of a note is the tree's name, its size and its root; a line with the signature follows. The verifier key
(vkey) names the tree and holds the public key, so that one line is enough to check every note.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from volunteer.kernel.keys import Key, KeyRing
from volunteer.ledger.rules import HASH_BYTES

LONGEST = 4_000
_ED25519 = b"\x01"
_NAME_BYTES = 4
_BODY = re.compile(r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})\n")


class BadNote(ValueError):
    """The text is no checkpoint of this tree, or nobody whose key we know signed it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says: whose tree, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def origin_of(public_url: str) -> str:
    """Return the name of an installation's tree: the host that people open, and our path."""
    return public_url.partition("://")[2].partition("/")[0] + "/ledger"


def sign_note(ring: KeyRing, checkpoint: Checkpoint) -> str:
    """Return the signed note about a checkpoint, by the ring's current key."""
    return _signed(ring, checkpoint.origin, checkpoint.text())


def sign_statement(ring: KeyRing, origin: str, what: str, digest: bytes) -> str:
    """Return a signed note that the installation of the tree `origin` gave out a file of the kind `what`.

    Its first line names the kind and its second is the SHA-256, so that it can never be read as a checkpoint.
    """
    return _signed(ring, origin, f"{origin}/{what}\n{b64encode(digest).decode()}\n")


def open_note(ring: KeyRing, origin: str, note: str) -> Checkpoint:
    """Return what a note of the tree `origin` says; raise `BadNote` unless a key of the ring signed it.

    Signatures of others, such as witnesses, may stand beside ours.
    """
    if len(note) > LONGEST:
        raise BadNote("too long")
    text, blank, signatures = note.partition("\n\n")
    text += "\n"
    body = _BODY.fullmatch(text)
    if not blank or body is None:
        raise BadNote("not a checkpoint")
    if body["origin"] != origin:
        raise BadNote("a checkpoint of another tree")
    lines = signatures.splitlines(keepends=True)
    signed = [found for line in lines if (found := _SIGNATURE.fullmatch(line))]
    if len(signed) != len(lines) or not any(
        found["name"] == origin and _is_signed(key, origin, text, found["signature"])
        for found in signed
        for key in ring.keys
    ):
        raise BadNote("not signed by a key of ours")
    root = b64decode(body["root"])
    if b64encode(root).decode() != body["root"] or len(root) != HASH_BYTES:
        raise BadNote("not a checkpoint")
    return Checkpoint(origin, int(body["size"]), root)


def verifier_keys(ring: KeyRing, origin: str) -> list[str]:
    """Return the line (vkey) that checks the notes of each key of the ring, newest first."""
    publics = [_public(_private_key(key)) for key in ring.keys]
    return [f"{origin}+{_key_name(origin, public).hex()}+{b64encode(_ED25519 + public).decode()}" for public in publics]


def _signed(ring: KeyRing, origin: str, text: str) -> str:
    key = _private_key(ring.current)
    signature = _key_name(origin, _public(key)) + key.sign(text.encode())
    return f"{text}\n— {origin} {b64encode(signature).decode()}\n"


@lru_cache(maxsize=16)
def _private_key(key: Key) -> Ed25519PrivateKey:
    told = f"Ed25519 ledger checkpoint {key.id}".encode()
    seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=told).derive(key.secret)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key_name(origin: str, public: bytes) -> bytes:
    return sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:_NAME_BYTES]


def _is_signed(key: Key, origin: str, text: str, signature: str) -> bool:
    public = _public(_private_key(key))
    try:
        raw = b64decode(signature, validate=True)
        if raw[:_NAME_BYTES] != _key_name(origin, public):
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(raw[_NAME_BYTES:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True
