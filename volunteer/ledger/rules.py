"""What may stand in the tree. Pure."""

from enum import StrEnum

HASH_BYTES = 32
TILE_WIDTH = 256
TILE_BYTES = HASH_BYTES * TILE_WIDTH


class LeafKind(StrEnum):
    """What a leaf is about."""

    OPENED = "opened"
    ENTRY = "entry"
    STAR = "star"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"
