"""Full-width forms that Chinese keyboards produce, brought back to ASCII."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FILLERS = str.maketrans("", "", " \t\r\n\u00a0\u200b\u2060\ufeff-\u2010\u2011\u2012\u2013\u2014\u2212")


def narrow(text: str) -> str:
    """Return `text` with full-width letters, digits, signs and spaces as their ASCII forms."""
    return text.translate(_FULL_WIDTH)


def compact(text: str) -> str:
    """Return `text` narrow and without the spaces and dashes with which people group a number."""
    return narrow(text).translate(_FILLERS)
