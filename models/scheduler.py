"""Which process leads, and which jobs have run."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id


class SchedulerLease(Base):
    """One row: the process that may start jobs until `ends_at`; `token` grows with every new leader."""

    __tablename__ = "scheduler_lease"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(60))
    token: Mapped[int]
    ends_at: Mapped[datetime]


class JobRun(Base):
    """One due run of one job; unique by (job, due time), so its effect happens once."""

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job", "due_at"), Index(None, "job", "finished_at"))

    id: Mapped[Id]
    job: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime]
    token: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
