"""What is published, and its shifts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.areas import Area
from models.base import BIG_INTEGER, Base, Id, Name, PublicId
from models.organizations import Organization
from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.kernel.categories import ServiceCategory


class Activity(Base):
    """One call for volunteers; what a resident reads before deciding."""

    __tablename__ = "activity"
    __table_args__ = (Index(None, "organization_id", "status"), Index(None, "area_id"), Index(None, "status"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    title: Mapped[Name]
    category: Mapped[ServiceCategory]
    description: Mapped[str] = mapped_column(String(4000), default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    contact_name: Mapped[Name] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    bring: Mapped[str] = mapped_column(String(500), default="")
    requirements: Mapped[str] = mapped_column(String(1000), default="")
    minimum_age: Mapped[int] = mapped_column(default=8)
    risk: Mapped[RiskLevel] = mapped_column(default=RiskLevel.ORDINARY)
    risks: Mapped[str] = mapped_column(String(1000), default="")
    insurance: Mapped[str] = mapped_column(String(300), default="")
    gate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[ActivityStatus] = mapped_column(default=ActivityStatus.DRAFT)
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()
    area: Mapped[Area] = relationship()
    shifts: Mapped[list["Shift"]] = relationship(back_populates="activity", order_by="Shift.starts_at, Shift.id")


class Shift(Base):
    """One time, place and task of an activity, with a capacity.

    `taken` counts placed signups and is changed only by conditional updates at sign-up, never by a check-in.
    """

    __tablename__ = "shift"
    __table_args__ = (
        Index(None, "activity_id"),
        Index(None, "starts_at"),
        Index(None, "ends_at"),
        CheckConstraint("ends_at > starts_at", name="span"),
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        CheckConstraint("break_minutes >= 0", name="break_minutes"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    activity_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("activity.id"))
    task: Mapped[Name] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    break_minutes: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    allows_walk_in: Mapped[bool] = mapped_column(default=False)
    allows_poster: Mapped[bool] = mapped_column(default=False, server_default=false())
    extended_until: Mapped[datetime | None]
    extension_reason: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[ShiftStatus] = mapped_column(default=ShiftStatus.OPEN)

    activity: Mapped[Activity] = relationship(back_populates="shifts")


class ActivityChange(Base):
    """What was changed after publishing, for those who had already signed up."""

    __tablename__ = "activity_change"
    __table_args__ = (Index(None, "activity_id", "at"),)

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("activity.id"))
    shift_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
