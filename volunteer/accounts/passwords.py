"""Passwords: argon2id, at most one hash a core at a time so that a queue of sign-ins cannot starve check-ins."""

import os
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_TURNS = threading.BoundedSemaphore(os.cpu_count() or 1)
_NOBODY = HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password that the rules have passed."""
    with _TURNS:
        return HASHER.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Return whether `password` is behind the hash; an unknown account (None) takes just as long and is False."""
    with _TURNS:
        try:
            HASHER.verify(password_hash or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
