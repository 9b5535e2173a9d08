"""What looks odd about presence or entries, for people to judge."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.activities import Shift
from models.base import BIG_INTEGER, Base, Id, PublicId
from models.volunteers import Volunteer
from volunteer.signals.rules import SignalKind, Verdict


class Signal(Base):
    """One thing that looks odd: which rule saw it, about whom at which shift, and what a person made of it.

    `subject_key` makes a rerun harmless: the same oddity is one row. `facts` are the numbers that its words say.
    `volunteer_id` is None when it is about the shift or an organizer (`account_id`).
    """

    __tablename__ = "signal"
    __table_args__ = (
        Index(None, "shift_id", "volunteer_id"),
        Index(None, "verdict", "id"),
        CheckConstraint("(verdict IS NULL) = (judged_at IS NULL)", name="judged"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[SignalKind]
    subject_key: Mapped[str] = mapped_column(String(120), unique=True)
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    volunteer_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    account_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    seen_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    verdict: Mapped[Verdict | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    judged_at: Mapped[datetime | None]
    judged_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))

    shift: Mapped[Shift] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()
    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])
