"""Short signed texts that prove themselves without the database: `key.body.mac`.

The mac is HMAC-SHA256 cut to 128 bits, in base64url without padding. It covers the key's name, the purpose, the body
and whatever the text is bound to, so that a text made for one purpose or browser is worthless in another.
"""

import hmac
from base64 import urlsafe_b64encode

from volunteer.kernel.keys import Key, KeyRing

MAC_BYTES = 16
LONGEST = 400
_SEPARATOR = b"\x1f"


class Forged(ValueError):
    """The text was not made with one of our keys, or not for this purpose, or was changed."""


def sign(ring: KeyRing, purpose: str, body: str, bound_to: str = "") -> str:
    """Return `body` signed by the ring's current key.

    `body` is made of characters that need no escape in an address. `bound_to` is left out of the text: its reader must
    know it.
    """
    key = ring.current
    return f"{key.id}.{body}.{_mac(key, purpose, body, bound_to)}"


def unsign(ring: KeyRing, purpose: str, text: str, bound_to: str = "") -> str:
    """Return the body of a signed text, or raise `Forged`. Keys that were replaced but kept still verify."""
    if len(text) > LONGEST or not text.isascii():
        raise Forged
    key_id, dot, rest = text.partition(".")
    body, _, mac = rest.rpartition(".")
    key = ring.named(key_id)
    # The letters are compared, not the bytes they stand for: base64 leaves spare bits that could be flipped unseen.
    if not dot or key is None or not hmac.compare_digest(mac, _mac(key, purpose, body, bound_to)):
        raise Forged
    return body


def digits(key: Key, purpose: str, body: str, length: int) -> str:
    """Return a code of `length` decimal digits that only the key's holder can foretell; rate-limit who may guess it."""
    number = int.from_bytes(_digest(key, purpose, body, "digits"), "big")
    return f"{number % 10**length:0{length}d}"


def _mac(key: Key, purpose: str, body: str, bound_to: str) -> str:
    return urlsafe_b64encode(_digest(key, purpose, body, bound_to)[:MAC_BYTES]).decode("ascii").rstrip("=")


def _digest(key: Key, purpose: str, body: str, bound_to: str) -> bytes:
    fields = (key.id.encode(), purpose.encode(), body.encode(), bound_to.encode())
    # Lengths in front: no two different lists of fields give the same message.
    message = _SEPARATOR.join(b"%d:%b" % (len(field), field) for field in fields)
    return hmac.digest(key.secret, message, "sha256")
