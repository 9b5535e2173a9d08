"""The city's tree of districts, streets and communities, and how many people live there."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Id, Line, Name
from volunteer.areas.rules import AreaLevel


class Area(Base):
    """One node of the tree; `lineage` is the codes from the city down to this one, joined by "/"."""

    __tablename__ = "area"
    __table_args__ = (Index(None, "parent_id", "code"), Index(None, "lineage"))

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[Name]
    level: Mapped[AreaLevel]
    parent_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    lineage: Mapped[str] = mapped_column(String(60))

    parent: Mapped["Area | None"] = relationship(remote_side="Area.id")


class AreaPopulation(Base):
    """Built-up-area permanent residents of one community in one year; a community without a row is not known."""

    __tablename__ = "area_population"
    __table_args__ = (UniqueConstraint("area_id", "year"), CheckConstraint("residents >= 0", name="residents"))

    id: Mapped[Id]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    year: Mapped[int]
    residents: Mapped[int]
    source: Mapped[Line]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
