"""Raw presence, append-only."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Id, PublicId
from volunteer.checkin.rules import Direction, Method


class PresenceEvent(Base):
    """One coming or going of one volunteer at one shift; triggers refuse to change or delete it.

    A volunteer's events are numbered from 1: odd ones come, even ones go. The number is unique, so there is at most
    one open interval, whatever happens at once. `happened_at` is when it was, `received_at` when we heard.
    `device` is a keyed digest of the browser's secret name.
    """

    __tablename__ = "presence_event"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "ordinal"),
        CheckConstraint("ordinal >= 1 AND (ordinal % 2 = 1) = (direction = 'in')", name="ordinal"),
        Index(None, "shift_id", "volunteer_id"),
        Index(None, "shift_id", "device"),
    )

    id: Mapped[Id]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    ordinal: Mapped[int]
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    direction: Mapped[Direction]
    method: Mapped[Method]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    station: Mapped[str] = mapped_column(String(40), default="")
    device: Mapped[str] = mapped_column(String(32), default="", server_default="")
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    request_key: Mapped[str] = mapped_column(String(40), unique=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_metres: Mapped[float | None]


class PresenceRefusal(Base):
    """A coming or going that was refused: who, what, when, by which rule, and what was said; append-only.

    `volunteer_id` and `shift_id` are None where the scan did not tell. `told` is the reason in the source language.
    """

    __tablename__ = "presence_refusal"
    __table_args__ = (Index(None, "shift_id", "id"), Index(None, "account_id", "refused_at"))

    id: Mapped[Id]
    refused_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    shift_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    volunteer_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    account_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    direction: Mapped[Direction | None]
    method: Mapped[Method]
    rule: Mapped[str] = mapped_column(String(40))
    told: Mapped[str] = mapped_column(String(300))
    device: Mapped[str] = mapped_column(String(32), default="")
    request_key: Mapped[str] = mapped_column(String(40), unique=True)


class SpotCheck(Base):
    """A second look asked of somebody who is in, drawn at random: scan the venue's code once more until `due_at`.

    `drawn_by` is None when the system drew. `shown_by` is who vouched for them on the spot, None for their own scan.
    """

    __tablename__ = "spot_check"
    __table_args__ = (
        Index(None, "shift_id", "volunteer_id"),
        Index(None, "volunteer_id", "due_at"),
        Index(None, "shown_at", "due_at"),
        CheckConstraint("due_at > drawn_at", name="due"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    due_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    shown_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    method: Mapped[Method | None]
