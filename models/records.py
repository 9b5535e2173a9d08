"""What is recorded of a volunteer beside service: trainings, commendations, evaluations.

A row is never altered; a wrong one is withdrawn with a reason.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.activities import Shift
from models.base import BIG_INTEGER, Base, Id, Name, PublicId
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.records.rules import Grade


class Training(Base):
    """A training that a volunteer completed: name, content, time learned, who held it, the day."""

    __tablename__ = "training"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 60000", name="minutes"),
        Index(None, "volunteer_id"),
        Index(None, "organization_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    name: Mapped[Name]
    content: Mapped[str] = mapped_column(String(300))
    minutes: Mapped[int]
    held_by: Mapped[Name]
    held_on: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="")

    volunteer: Mapped[Volunteer] = relationship()
    organization: Mapped[Organization] = relationship()


class Commendation(Base):
    """An honour that a volunteer was given: its name, the day, who gave it."""

    __tablename__ = "commendation"
    __table_args__ = (Index(None, "volunteer_id"), Index(None, "organization_id"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    name: Mapped[Name]
    given_by: Mapped[Name]
    given_on: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="")

    volunteer: Mapped[Volunteer] = relationship()
    organization: Mapped[Organization] = relationship()


class Evaluation(Base):
    """How good a volunteer's service on a shift was, and the day on which that was said."""

    __tablename__ = "evaluation"
    __table_args__ = (Index(None, "volunteer_id"), Index(None, "shift_id"), Index(None, "organization_id"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    grade: Mapped[Grade]
    words: Mapped[str] = mapped_column(String(300), default="")
    evaluated_on: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="")

    volunteer: Mapped[Volunteer] = relationship()
    organization: Mapped[Organization] = relationship()
    shift: Mapped[Shift] = relationship()
