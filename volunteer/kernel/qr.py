"""QR codes as a matrix and as SVG. Pure."""

from functools import lru_cache
from html import escape
from itertools import groupby

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError

QUIET_ZONE = 4
"""Empty modules around the code, as ISO/IEC 18004 asks."""

# Choosing the best of eight masks takes most of the time and decides nothing that today's readers notice.
_MASK = 3

Matrix = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=64)
def qr_matrix(text: str) -> Matrix:
    """Return the modules of `text` by rows, True for dark, without the quiet zone; error correction M.

    Raises ValueError when the text is empty or longer than the largest code can hold (2,331 bytes).
    """
    if not text:
        raise ValueError("a QR code needs a text")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(text.encode(), optimize=0)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        raise ValueError("the text is too long for a QR code") from None
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def qr_svg(text: str, *, title: str) -> str:
    """Return `text` as an SVG code with its quiet zone; `title` is what a screen reader says.

    One path that fills its box, without style attributes, so a strict content policy lets it pass.
    """
    matrix = qr_matrix(text)
    size = len(matrix) + 2 * QUIET_ZONE
    path = "".join(
        f"M{left + QUIET_ZONE} {top + QUIET_ZONE}h{width}v1h-{width}z" for left, top, width in dark_runs(matrix)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}" role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def dark_runs(matrix: Matrix) -> list[tuple[int, int, int]]:
    """Return the dark stretches as (left, top, width) in modules, row by row: fewer shapes than single modules."""
    runs = []
    for top, row in enumerate(matrix):
        left = 0
        for is_dark, stretch in groupby(row):
            width = len(list(stretch))
            if is_dark:
                runs.append((left, top, width))
            left += width
    return runs
