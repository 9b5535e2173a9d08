"""Passes that open the wall's page, and nothing else, on a computer where nobody is signed in."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Name, PublicId


class ScreenPass(Base):
    """A link to the page of one area: its secret is stored as a digest alone, it ends by itself and can be revoked."""

    __tablename__ = "screen_pass"
    __table_args__ = (Index(None, "area_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    name: Mapped[Name]
    digest: Mapped[Digest] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    ends_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    area: Mapped[Area] = relationship()
    maker: Mapped[Account] = relationship(foreign_keys=[made_by])
