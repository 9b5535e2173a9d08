"""The code on a ticket: short enough to type, too long to guess. Pure."""

import secrets

from volunteer.kernel.widths import narrow

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans("ILO", "110")
LENGTH = 12
_GROUP = 4


def new_code() -> str:
    """Return 12 letters and digits of Crockford's base 32: 60 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def plain_code(typed: str) -> str:
    """Return a code as it was made, however it was typed: small letters, spaces, dashes, O for 0, l for 1."""
    text = narrow(typed)[:100].upper()
    return "".join(one for one in text if one.isascii() and one.isalnum()).translate(_LOOK_ALIKE)


def shown_code(code: str) -> str:
    """Return a code in groups of four: 7K2M-9QXD-4TBA."""
    return "-".join(code[place : place + _GROUP] for place in range(0, len(code), _GROUP))
