"""Boundaries of areas, as the office uploaded them, and the files that they come from."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Line, PublicId

_STANDS = text("replaced_at IS NULL")


class BoundaryFile(Base):
    """An uploaded GeoJSON file, kept as it came. `saved_at` is None until somebody who saw its drawing confirms.

    `read` is what was found in it: the shapes by area code, thinned out, what matched no area and what came twice.
    """

    __tablename__ = "boundary_file"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[Line]
    source: Mapped[Line]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[Digest]
    size: Mapped[int]
    read: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    saved_at: Mapped[datetime | None]
    saved_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class AreaBoundary(Base):
    """The boundary of one area from `drawn_at` until a newer one took its place (`replaced_at` None: it is drawn now).

    `shape` holds polygons of rings of points [longitude, latitude] in ten-millionths of a degree (WGS 84).
    """

    __tablename__ = "area_boundary"
    __table_args__ = (
        Index(None, "area_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index(None, "file_id"),
    )

    id: Mapped[Id]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    file_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("boundary_file.id"))
    shape: Mapped[dict[str, Any]]
    drawn_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    area: Mapped[Area] = relationship()
    file: Mapped[BoundaryFile] = relationship()
