"""The city's tree of districts, streets and communities, and how many people live there."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Digest, Id, Line, Name, PublicId
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
    """Permanent residents of one community in one year; a community without a row is not known.

    Those of a community outside the built-up area (`is_built_up` false) are kept and do not count.
    """

    __tablename__ = "area_population"
    __table_args__ = (UniqueConstraint("area_id", "year"), CheckConstraint("residents >= 0", name="residents"))

    id: Mapped[Id]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    year: Mapped[int]
    residents: Mapped[int]
    is_built_up: Mapped[bool] = mapped_column(default=True, server_default=true())
    source: Mapped[Line]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class AreaMove(Base):
    """A community that stands below another street from a day on; append-only, so that each day keeps its own tree.

    `area.parent_id` and `area.lineage` tell where it stands after its last move.
    """

    __tablename__ = "area_move"
    __table_args__ = (UniqueConstraint("area_id", "effective_on"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    from_parent_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    to_parent_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    effective_on: Mapped[date]
    reason: Mapped[Line]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class PopulationFile(Base):
    """A file of populations as it was handed in, kept byte for byte."""

    __tablename__ = "population_file"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[Line]
    digest: Mapped[Digest]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class PopulationChange(Base):
    """What a community's figure of one year was set to, and what it was before; append-only. None: not known."""

    __tablename__ = "population_change"
    __table_args__ = (Index(None, "area_id", "year"), Index(None, "recorded_at"))

    id: Mapped[Id]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    year: Mapped[int]
    residents: Mapped[int]
    is_built_up: Mapped[bool]
    residents_before: Mapped[int | None]
    was_built_up: Mapped[bool | None]
    source: Mapped[Line]
    file_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("population_file.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
