"""What a leaf holds: canonical JSON, and commitments in place of what is personal. Pure."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785

VERSION = 1
SECRET_BYTES = 32
PROOF_FORMAT = "volunteer-ledger-proof/1"


@dataclass(frozen=True, slots=True)
class Made:
    """The leaf of one row as the row is now.

    `subject` is the public id of what it is about. `seal` is what the row carries, "" in rows older than the tree, and
    `seal_holds` whether it is the row's. A commitment is "" where the person was erased and nothing can be rebuilt.
    """

    subject: str
    content: dict[str, Any]
    seal_holds: bool
    seal: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one commitment: the salt, and the value that was committed to."""

    salt: bytes
    value: Any


def canonical(value: Any) -> bytes:
    """Return the one spelling of a JSON value (RFC 8785)."""
    # For texts, whole numbers and ASCII names Python's own writer gives the same bytes, twenty times as fast.
    if _is_plain(value):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return rfc8785.dumps(value)


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value's canonical spelling, in hexadecimal."""
    return sha256(canonical(value)).hexdigest()


def salt_for(secret: bytes, kind: str, subject: str, field: str) -> bytes:
    """Return the 32 bytes that hide one field of one leaf; only the person's secret makes them."""
    return hmac.digest(secret, f"{kind}:{subject}:{field}".encode(), "sha256")


def commitment(secret: bytes, kind: str, subject: str, field: str, value: Any) -> str:
    """Return what stands in a leaf for a personal value: SHA-256 over its salt and its canonical spelling, in hex."""
    return sha256(salt_for(secret, kind, subject, field) + canonical(value)).hexdigest()


def commitments(secret: bytes | None, kind: str, subject: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the commitments of several fields; "" each without a secret."""
    if secret is None:
        return dict.fromkeys(fields, "")
    return {field: commitment(secret, kind, subject, field, value) for field, value in fields.items()}


def openings(secret: bytes, kind: str, subject: str, fields: Mapping[str, Any]) -> dict[str, Opening]:
    """Return what opens the commitments of several fields."""
    return {field: Opening(salt_for(secret, kind, subject, field), value) for field, value in fields.items()}


def opens(found: str, opening: Opening) -> bool:
    """Return whether the commitment `found` is to the opening's value."""
    return hmac.compare_digest(found, sha256(opening.salt + canonical(opening.value)).hexdigest())


def moment(at: datetime) -> str:
    """Return a moment as leaves spell it: ISO 8601 in UTC, microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def opened_leaf(origin: str, adopted: int, at: datetime) -> dict[str, Any]:
    """Return leaf 0: the name that the tree keeps, and how many rows without a seal stood there when it began."""
    return {"v": VERSION, "kind": "opened", "origin": origin, "adopted": adopted, "at": moment(at)}


def proof_file(
    leaf: Mapping[str, Any], position: int, path: Sequence[str], note: str, opened: Mapping[str, Opening]
) -> dict[str, Any]:
    """Return the proof that a leaf stands in the tree of a signed checkpoint, as it is given out (proof/1)."""
    return {
        "format": PROOF_FORMAT,
        "leaf": dict(leaf),
        "position": position,
        "path": list(path),
        "checkpoint": note,
        "openings": {field: {"salt": one.salt.hex(), "value": one.value} for field, one in opened.items()},
    }


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(one) for name, one in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    if kind is int:
        return -(2**53) < value < 2**53
    return kind is str or kind is bool or value is None
