"""A volunteer's place, or wait, on a shift."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.activities import Shift
from models.base import BIG_INTEGER, Base, Id, PublicId
from models.volunteers import Volunteer
from volunteer.signups.rules import SignupStatus


class Signup(Base):
    """One volunteer on one shift; at most one that is not cancelled. The line is by id."""

    __tablename__ = "signup"
    __table_args__ = (
        Index(
            "uq_signup_live",
            "shift_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
        Index(None, "volunteer_id"),
        Index(None, "shift_id", "status"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    account_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    status: Mapped[SignupStatus]
    created_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    changes_seen_at: Mapped[datetime]

    shift: Mapped[Shift] = relationship()
    volunteer: Mapped[Volunteer] = relationship()
