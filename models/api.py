"""Tokens with which another system reads figures, and nothing else."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Name, PublicId


class ApiToken(Base):
    """A key to the figures of one area and all below it; only a digest of it is kept, it ends by itself."""

    __tablename__ = "api_token"
    __table_args__ = (Index(None, "area_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[Name]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    digest: Mapped[Digest] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    ends_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    last_used_on: Mapped[date | None]

    area: Mapped[Area] = relationship()
    maker: Mapped[Account] = relationship(foreign_keys=[made_by])
