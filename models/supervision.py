"""Orders (督办通知单) with their steps and files, bulletins (通报), and what scores and numbers are made from."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Line, PublicId
from models.organizations import Organization
from volunteer.supervision.bulletin_rules import BulletinStatus
from volunteer.supervision.order_rules import OrderAct, OrderStatus

_IS_DRAFT = text("status = 'draft'")
ORDERS_BEFORE, BULLETINS_BEFORE = "督办", "通报"
"""The marks of what was numbered before marks told whose a number is."""


class SupervisionSerial(Base):
    """The last number that an office gave in a year to its orders or its bulletins (`kind`)."""

    __tablename__ = "supervision_serial"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Order(Base):
    """What the office of `issuer` asks of the office of `area`, or of an organization there, until `due_on`.

    `mark` stands before the year in its number and says whose it is.
    `figures` is the gap as it stood when the order was sent. `handler` is the area whose people were told, the nearest
    at or above `area`; None where an organization answers. Everything but `status`, `due_on`, `steps` and what tells
    of the escalation stays as it was sent. `steps` counts the rows of `order_step`.
    """

    __tablename__ = "supervision_order"
    __table_args__ = (
        UniqueConstraint("issuer_id", "year", "number"),
        Index(None, "status", "due_on"),
        Index(None, "area_id"),
        Index(None, "organization_id"),
        Index(None, "sent_at"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    issuer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    mark: Mapped[str] = mapped_column(String(60), default=ORDERS_BEFORE, server_default=ORDERS_BEFORE)
    year: Mapped[int]
    number: Mapped[int]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    organization_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    handler_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    title: Mapped[Line]
    indicator: Mapped[str] = mapped_column(String(30))
    figures: Mapped[dict[str, Any]]
    demand: Mapped[str] = mapped_column(String(2000))
    working_days: Mapped[int]
    first_due_on: Mapped[date]
    sent_at: Mapped[datetime]
    sent_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    status: Mapped[OrderStatus]
    due_on: Mapped[date]
    steps: Mapped[int]
    escalated_at: Mapped[datetime | None]
    escalated_to_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))

    issuer: Mapped[Area] = relationship(foreign_keys=[issuer_id])
    area: Mapped[Area] = relationship(foreign_keys=[area_id])
    handler: Mapped[Area | None] = relationship(foreign_keys=[handler_id])
    escalated_to: Mapped[Area | None] = relationship(foreign_keys=[escalated_to_id])
    organization: Mapped[Organization | None] = relationship()


class OrderStep(Base):
    """One thing that was done with an order, from the first on; append-only. `made_by` is None for the clock."""

    __tablename__ = "order_step"
    __table_args__ = (UniqueConstraint("order_id", "ordinal"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    order_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("supervision_order.id"))
    ordinal: Mapped[int]
    act: Mapped[OrderAct]
    text: Mapped[str] = mapped_column(String(4000), default="")
    due_on: Mapped[date | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    order: Mapped[Order] = relationship()
    account: Mapped[Account | None] = relationship()
    files: Mapped[list["OrderFile"]] = relationship(order_by="OrderFile.id")


class OrderFile(Base):
    """Evidence with an answer: a picture drawn anew, or a PDF that was opened once; append-only."""

    __tablename__ = "order_file"
    __table_args__ = (Index(None, "step_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    step_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("order_step.id"))
    name: Mapped[Line]
    type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    digest: Mapped[Digest]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    step: Mapped[OrderStep] = relationship(overlaps="files")


class ScoreWeights(Base):
    """How much each part of a score counts in the bulletins of an area and below, from then on; append-only."""

    __tablename__ = "score_weights"
    __table_args__ = (Index(None, "area_id", "id"),)

    id: Mapped[Id]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    weights: Mapped[dict[str, Any]]
    reason: Mapped[Line]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    account: Mapped[Account | None] = relationship()


class Bulletin(Base):
    """How the areas below `area` stood at the end of a month; what is no draft any more never changes.

    `content` is all that it says beside the two texts, frozen when it was drafted. A released one is corrected by
    another that names it in `supersedes_id`.
    """

    __tablename__ = "bulletin"
    __table_args__ = (
        Index(None, "area_id", "month", unique=True, postgresql_where=_IS_DRAFT, sqlite_where=_IS_DRAFT),
        UniqueConstraint("area_id", "year", "number"),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("(status = 'released') = (number IS NOT NULL)", name="number"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    month: Mapped[date]
    content: Mapped[dict[str, Any]]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    status: Mapped[BulletinStatus] = mapped_column(default=BulletinStatus.DRAFT)
    opening: Mapped[str] = mapped_column(String(2000), default="")
    closing: Mapped[str] = mapped_column(String(2000), default="")
    mark: Mapped[str] = mapped_column(String(60), default=BULLETINS_BEFORE, server_default=BULLETINS_BEFORE)
    year: Mapped[int | None]
    number: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    reason: Mapped[Line] = mapped_column(default="")
    supersedes_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("bulletin.id"))

    area: Mapped[Area] = relationship()
    supersedes: Mapped["Bulletin | None"] = relationship(remote_side="Bulletin.id")


class BulletinPaper(Base):
    """A bulletin as a file of one `kind` (pdf, xlsx, csv) and language, drawn once.

    A final one, of a released bulletin, stays byte for byte whatever draws later ones; those of a draft make way.
    """

    __tablename__ = "bulletin_paper"
    __table_args__ = (UniqueConstraint("bulletin_id", "kind", "language"),)

    id: Mapped[Id]
    bulletin_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("bulletin.id"))
    kind: Mapped[str] = mapped_column(String(4))
    language: Mapped[str] = mapped_column(String(20))
    is_final: Mapped[bool]
    digest: Mapped[Digest]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    drawn_at: Mapped[datetime]
