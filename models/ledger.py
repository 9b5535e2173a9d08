"""What makes the ledgers provable: the leaves of one tree, its tiles, signed checkpoints, and persons' secrets."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Digest, Id
from volunteer.kernel.ids import PUBLIC_ID_LENGTH
from volunteer.ledger.rules import TILE_BYTES, LeafKind

_WAITING = text("refused_because = ''")


class LedgerDue(Base):
    """A row that has to become a leaf; triggers of its own table add it in the same transaction.

    `refused_because` is "" until the row was looked at and its seal did not hold; such a row stays to be explained.
    """

    __tablename__ = "ledger_due"
    # What waits is asked for every few seconds; what was refused stays.
    __table_args__ = (Index("ix_ledger_due_waiting", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),)

    id: Mapped[Id]
    kind: Mapped[LeafKind]
    row_id: Mapped[int] = mapped_column(BIG_INTEGER)
    refused_because: Mapped[str] = mapped_column(String(300), default="", server_default="")


class LedgerLeaf(Base):
    """One leaf, append-only: `content` is its canonical JSON, `position` counts from 0 without a gap.

    `subject` is the public id of what it is about, `row_id` the row, 0 for the leaf that opened the tree.
    """

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        UniqueConstraint("kind", "row_id"),
        CheckConstraint("position >= 0", name="position"),
    )

    position: Mapped[int] = mapped_column(BIG_INTEGER, primary_key=True, autoincrement=False)
    kind: Mapped[LeafKind]
    row_id: Mapped[int] = mapped_column(BIG_INTEGER)
    subject: Mapped[str] = mapped_column(String(PUBLIC_ID_LENGTH))
    content: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]


class LedgerTile(Base):
    """Up to 256 neighbouring hashes of 32 bytes of one level of the tree; it only grows, and full ones never change.

    Level 0 holds leaf hashes; a hash of level n + 1 is the root of a full tile of level n.
    """

    __tablename__ = "ledger_tile"
    __table_args__ = (
        CheckConstraint(f"length(hashes) BETWEEN 32 AND {TILE_BYTES} AND length(hashes) % 32 = 0", name="hashes"),
    )

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BIG_INTEGER, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerCheckpoint(Base):
    """A signed note about the tree at one size; append-only. `root` is hexadecimal."""

    __tablename__ = "ledger_checkpoint"
    __table_args__ = (CheckConstraint("size >= 1", name="size"),)

    size: Mapped[int] = mapped_column(BIG_INTEGER, primary_key=True, autoincrement=False)
    root: Mapped[Digest]
    note: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]


class VolunteerSecret(Base):
    """What the salts of one person's leaves are made from: without it nobody can tell whom they are about.

    Deleted when the person is erased; never changed.
    """

    __tablename__ = "volunteer_secret"

    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
