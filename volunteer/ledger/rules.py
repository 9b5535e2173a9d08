"""What may stand in the tree. Pure."""

import re
from enum import StrEnum

HASH_BYTES = 32
TILE_WIDTH = 256
TILE_BYTES = HASH_BYTES * TILE_WIDTH
_TILE_PATH = re.compile(
    r"(?P<level>[0-9]|[1-5][0-9])/(?P<place>(?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?", re.ASCII
)


class LeafKind(StrEnum):
    """What a leaf is about."""

    OPENED = "opened"
    ENTRY = "entry"
    STAR = "star"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"


# What is sealed and never stands in the tree; no kind of leaf has this name, so no seal passes for another's.
PROPOSAL = "proposal"


def tile_path(level: int, position: int, width: int = TILE_WIDTH) -> str:
    """Return where a tile lies below `tile/` (C2SP tlog-tiles): 3 digits a folder, `.p/` and the width while it grows.

    Level 0, tile 1234067 with 8 hashes is `0/x001/x234/067.p/8`.
    """
    digits = f"{position:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    folders = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"{level}/{folders}" + ("" if width == TILE_WIDTH else f".p/{width}")


def read_tile_path(path: str) -> tuple[int, int, int] | None:
    """Return (level, position, width) of a path below `tile/`, or None for any other spelling."""
    found = _TILE_PATH.fullmatch(path)
    if found is None:
        return None
    level, position = int(found["level"]), int(found["place"].replace("x", "").replace("/", ""))
    width = int(found["width"] or TILE_WIDTH)
    return (level, position, width) if tile_path(level, position, width) == path else None
