"""Short signed texts that prove themselves without the database.

`key.body.mac` is for ourselves to read. The mac is HMAC-SHA256 cut to 128 bits, in base64url without padding. It covers
the key's name, the purpose, the body and whatever the text is bound to, so that a text made for one purpose or browser
is worthless in another.

`key.field.field.signature` can be verified by whoever holds the public points, and made by nobody else: ECDSA with
P-256 and SHA-256. Both parts r and s stand in it as 32 bytes each; of the two equal signatures that every message has,
the one with the smaller s alone is taken, so that a text has one spelling.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from volunteer.kernel.keys import Key, KeyRing

MAC_BYTES = 16
SIGNATURE_BYTES = 64
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_CURVE, _SHA256 = ec.SECP256R1(), hashes.SHA256()
# The same message has the same signature: nothing leaks through a bad source of chance.
_SIGNING = ec.ECDSA(_SHA256, deterministic_signing=True)
_VERIFYING = ec.ECDSA(_SHA256)
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


def secret_for(key: Key, purpose: str, about: str) -> bytes:
    """Return a secret of 32 bytes of its own for one purpose and thing, which need not be stored: the key makes it."""
    return _digest(key, purpose, about, "secret")


def sign_openly(ring: KeyRing, purpose: str, *fields: str) -> str:
    """Return `fields` (none with "." or a new line) signed so that `public_points` are enough to verify them."""
    key = ring.current
    r, s = decode_dss_signature(_private_key(key, purpose).sign(_message(purpose, fields), _SIGNING))
    signature = r.to_bytes(32, "big") + min(s, _P256_ORDER - s).to_bytes(32, "big")
    return ".".join((key.id, *fields, encode_base64(signature)))


def unsign_openly(ring: KeyRing, purpose: str, text: str) -> tuple[str, ...]:
    """Return the fields of an openly signed text, or raise `Forged`. Kept keys still verify."""
    if len(text) > LONGEST or not text.isascii() or "\n" in text:
        raise Forged
    key_id, *fields, signature = text.split(".") if text.count(".") > 1 else ("", "")
    key, raw = ring.named(key_id), decode_base64(signature)
    if key is None or raw is None or len(raw) != SIGNATURE_BYTES:
        raise Forged
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if not 0 < s <= _P256_ORDER // 2:
        raise Forged
    try:
        point = _private_key(key, purpose).public_key()
        point.verify(encode_dss_signature(r, s), _message(purpose, fields), _VERIFYING)
    except InvalidSignature:
        raise Forged from None
    return tuple(fields)


def public_points(ring: KeyRing, purpose: str) -> dict[str, bytes]:
    """Return by key id the uncompressed points (65 bytes) that verify what `sign_openly` makes for `purpose`."""
    return {
        key.id: _private_key(key, purpose).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        for key in ring.keys
    }


def encode_base64(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def decode_base64(text: str) -> bytes | None:
    """Return the bytes of base64url without padding, or None for any other spelling of them."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # Spare bits, signs of another alphabet and padding would make several spellings of one text.
    return raw if encode_base64(raw) == text else None


@lru_cache(maxsize=16)
def _private_key(key: Key, purpose: str) -> ec.EllipticCurvePrivateKey:
    """Derive a scalar from a key of a ring; 16 bytes more than it has keep it even (FIPS 186-5, A.2.1)."""
    told = f"P-256 {purpose} {key.id}".encode()
    wide = HKDF(algorithm=_SHA256, length=48, salt=None, info=told).derive(key.secret)
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_P256_ORDER - 1) + 1, _CURVE)


def _message(purpose: str, fields: tuple[str, ...] | list[str]) -> bytes:
    return "\n".join((purpose, *fields)).encode()


def _mac(key: Key, purpose: str, body: str, bound_to: str) -> str:
    return encode_base64(_digest(key, purpose, body, bound_to)[:MAC_BYTES])


def _digest(key: Key, purpose: str, body: str, bound_to: str) -> bytes:
    fields = (key.id.encode(), purpose.encode(), body.encode(), bound_to.encode())
    # Lengths in front: no two different lists of fields give the same message.
    message = _SEPARATOR.join(b"%d:%b" % (len(field), field) for field in fields)
    return hmac.digest(key.secret, message, "sha256")
