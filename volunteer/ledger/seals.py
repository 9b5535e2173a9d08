"""Seals: by which a row of a ledger proves that the program made it, and not somebody with the database alone. Pure."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.signing import secret_for


def seal(ring: KeyRing, kind: str, values: Mapping[str, Any]) -> str:
    """Return the mac of a row by the ring's current key: HMAC-SHA256 over the kind and all values, in hexadecimal.

    Values are texts, whole numbers, booleans, days, aware moments, members of enums, JSON, and None.
    """
    return _mac(ring.current, kind, _spelled(values))


def holds(ring: KeyRing, kind: str, values: Mapping[str, Any], seal: str) -> bool:
    """Return whether `seal` is the seal of these values by any key of the ring."""
    spelled = _spelled(values)
    return any(hmac.compare_digest(seal, _mac(key, kind, spelled)) for key in ring.keys)


def _mac(key: Key, kind: str, spelled: bytes) -> str:
    return hmac.digest(_secret(key), b"%b\n%b" % (kind.encode(), spelled), "sha256").hex()


@lru_cache(maxsize=16)
def _secret(key: Key) -> bytes:
    return secret_for(key, "seal", "ledger")


def _spelled(values: Mapping[str, Any]) -> bytes:
    return _write(values).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"a seal cannot cover {type(value).__name__}")


# Built once: a row is sealed in every check-out.
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode
