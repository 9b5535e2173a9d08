"""Random identities for addresses that people can see."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PUBLIC_ID_LENGTH = 20


def new_public_id() -> str:
    """Return 20 characters of lower-case Crockford base 32: 100 random bits, no look-alike letters."""
    bits = secrets.randbits(5 * PUBLIC_ID_LENGTH)
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 5 * PUBLIC_ID_LENGTH, 5))
