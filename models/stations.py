"""Devices that an organizer opened for scanning at one shift, and what they recorded while they had no network."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.activities import Shift
from models.base import BIG_INTEGER, Base, Id, PublicId
from models.volunteers import Volunteer
from volunteer.checkin.rules import Direction
from volunteer.stations.rules import Kind, Outcome, Resolution


class Station(Base):
    """One browser that scans volunteers at one shift; what it sends counts only while it was open."""

    __tablename__ = "station"
    __table_args__ = (Index(None, "shift_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    name: Mapped[str] = mapped_column(String(40))
    opened_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    opened_at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    shift: Mapped[Shift] = relationship()
    opener: Mapped[Account] = relationship(foreign_keys=[opened_by])


class StationRecord(Base):
    """One coming or going as a station sent it, and what became of it; never dropped.

    `record_key` is made by the browser, so the same record sent twice is one row; `body_digest` tells a different
    record under the same key. `device_at` is the device's clock, `happened_at` what we take for the moment,
    `received_at` ours. `told` holds why it was not recorded (`rules.kept_words`), and nobody's name: no row is deleted.
    """

    __tablename__ = "station_record"
    __table_args__ = (
        UniqueConstraint("station_id", "record_key"),
        Index(None, "outcome", "resolved_at"),
        Index(None, "volunteer_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    station_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("station.id"))
    record_key: Mapped[str] = mapped_column(String(40))
    body_digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[Kind]
    typed: Mapped[str] = mapped_column(String(400))
    direction: Mapped[Direction]
    device_at: Mapped[datetime]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    volunteer_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    outcome: Mapped[Outcome]
    rule: Mapped[str] = mapped_column(String(40), default="")
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    presence_event_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("presence_event.id"))
    resolution: Mapped[Resolution | None]
    resolution_reason: Mapped[str] = mapped_column(String(300), default="")
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    station: Mapped[Station] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()
