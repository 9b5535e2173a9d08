"""The dossier that assessors read: items by an edition's clauses, who owes them, and its packages."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Line, PublicId
from models.metrics import Edition
from volunteer.evidence.rules import ItemAct
from volunteer.metrics.editions import MaterialKind


class Dossier(Base):
    """What one area collects in one year against the clauses of one edition."""

    __tablename__ = "dossier"
    __table_args__ = (UniqueConstraint("area_id", "year"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    year: Mapped[int]
    edition_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("edition.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    area: Mapped[Area] = relationship()
    edition: Mapped[Edition] = relationship()


class DossierDuty(Base):
    """Who owes the materials of a clause, until when, and how many pictures it wants.

    `holder_id`: whose work it is here; None leaves it to all who keep the dossier. `*_told_on`: when they were told
    that it is due soon, and that it is late; None while nobody was.
    """

    __tablename__ = "dossier_duty"
    __table_args__ = (
        UniqueConstraint("dossier_id", "clause_code"),
        CheckConstraint("pictures BETWEEN 1 AND 20", name="pictures"),
    )

    id: Mapped[Id]
    dossier_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("dossier.id"))
    clause_code: Mapped[str] = mapped_column(String(20))
    unit: Mapped[Line]
    due_on: Mapped[date | None]
    pictures: Mapped[int]
    holder_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    soon_told_on: Mapped[date | None]
    late_told_on: Mapped[date | None]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    dossier: Mapped[Dossier] = relationship()
    holder: Mapped[Account | None] = relationship(foreign_keys=[holder_id])


class DossierFile(Base):
    """A file of an item: the pages of a PDF without scripts and attachments, or a picture drawn anew; append-only.

    `digest` is of `content`; `pages` is 0 for pictures, `width` and `height` are 0 for PDFs, else pixels.
    """

    __tablename__ = "dossier_file"
    __table_args__ = (Index(None, "digest"),)

    id: Mapped[Id]
    name: Mapped[Line]
    type: Mapped[str] = mapped_column(String(40))
    digest: Mapped[Digest]
    size: Mapped[int]
    pages: Mapped[int] = mapped_column(default=0)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class DossierItem(Base):
    """One piece of evidence for a clause; withdrawn with a reason, never deleted.

    `number` counts within the clause and is never given twice. `facts` are those of its kind (see the room's
    rules), `words` the text of a 情况说明.
    """

    __tablename__ = "dossier_item"
    __table_args__ = (UniqueConstraint("dossier_id", "clause_code", "number"), Index(None, "file_id"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    dossier_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("dossier.id"))
    clause_code: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    kind: Mapped[MaterialKind]
    title: Mapped[Line]
    facts: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("dossier_file.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]

    dossier: Mapped[Dossier] = relationship()
    file: Mapped[DossierFile | None] = relationship()


class DossierItemVersion(Base):
    """An item as it stood after each act, whole; append-only. `reason` says why it was changed or withdrawn."""

    __tablename__ = "dossier_item_version"
    __table_args__ = (Index(None, "item_id", "id"),)

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("dossier_item.id"))
    act: Mapped[ItemAct]
    content: Mapped[dict[str, Any]]
    reason: Mapped[Line] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class DossierPackage(Base):
    """A dossier as it was handed out once: a ZIP file with its digest; append-only.

    `figures_as_of` is the latest day that its tables speak of, None without tables; `contents` is its index.
    """

    __tablename__ = "dossier_package"
    __table_args__ = (UniqueConstraint("dossier_id", "number"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    dossier_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("dossier.id"))
    number: Mapped[int]
    name: Mapped[Line]
    digest: Mapped[Digest]
    size: Mapped[int]
    figures_as_of: Mapped[date | None]
    contents: Mapped[dict[str, Any]]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    dossier: Mapped[Dossier] = relationship()
