"""Raw presence, append-only."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Id
from volunteer.checkin.rules import Direction, Method


class PresenceEvent(Base):
    """One coming or going of one volunteer at one shift; triggers refuse to change or delete it.

    A volunteer's events are numbered from 1: odd ones come, even ones go. The number is unique, so there is at most
    one open interval, whatever happens at once. `happened_at` is when it was, `received_at` when we heard.
    """

    __tablename__ = "presence_event"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "ordinal"),
        CheckConstraint("ordinal >= 1 AND (ordinal % 2 = 1) = (direction = 'in')", name="ordinal"),
        Index(None, "shift_id", "volunteer_id"),
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
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    request_key: Mapped[str] = mapped_column(String(40), unique=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_metres: Mapped[float | None]
