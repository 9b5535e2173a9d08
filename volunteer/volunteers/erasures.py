"""Seals of erasures: a person is taken out by the program, which needs their typed name, and not by a database alone.

Who could mark somebody as erased would end all proofs about that person and let their certificates go.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from volunteer.ledger import keys, seals

_KIND = "erasure"


def seal_erasure(public_id: str, number: str, erased_at: datetime) -> str:
    """Return the seal of an erasure that the program makes."""
    return seals.seal(keys.ring(), _KIND, _values(public_id, number, erased_at))


def erasure_holds(public_id: str, number: str, erased_at: datetime | None, seal: str) -> bool:
    """Return whether the program itself erased this person at that moment."""
    if erased_at is None:
        return seal == ""
    return seals.holds(keys.ring(), _KIND, _values(public_id, number, erased_at), seal)


def _values(public_id: str, number: str, erased_at: datetime) -> Mapping[str, Any]:
    return {"public_id": public_id, "number": number, "erased_at": erased_at}
