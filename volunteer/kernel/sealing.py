"""Sealing single fields: AES-256-GCM bound to the row they belong to, and keyed digests to find them by."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from volunteer.kernel.keys import KeyRing

_NONCE_BYTES = 12


class BrokenSeal(Exception):
    """The sealed bytes were altered, moved to another row, or sealed with a key we do not have."""


def seal(keys: KeyRing, text: str, *, bound_to: str) -> bytes:
    """Return `text` sealed with the current key; it opens only with the same `bound_to` (the row's identity)."""
    key = keys.current
    nonce = os.urandom(_NONCE_BYTES)
    name = key.id.encode()
    return bytes([len(name)]) + name + nonce + AESGCM(key.secret[:32]).encrypt(nonce, text.encode(), bound_to.encode())


def unseal(keys: KeyRing, sealed: bytes, *, bound_to: str) -> str:
    """Return the text sealed for `bound_to`; raise `BrokenSeal` when it was altered, moved, or its key is gone."""
    length = sealed[0] if sealed else 0
    key = keys.named(sealed[1 : 1 + length].decode("ascii", "replace"))
    if key is None:
        raise BrokenSeal("the key of this field is not in the ring")
    nonce, body = sealed[1 + length : 1 + length + _NONCE_BYTES], sealed[1 + length + _NONCE_BYTES :]
    try:
        return AESGCM(key.secret[:32]).decrypt(nonce, body, bound_to.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal("the sealed field does not belong to this row") from error


def blind_index(keys: KeyRing, *parts: str) -> str:
    """Return the keyed digest (64 hexadecimal characters) under which `parts` are found without being readable."""
    return hmac.new(keys.current.secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
