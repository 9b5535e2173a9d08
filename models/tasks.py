"""Long work that somebody asked for: how far it is, and the file it gave."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Id, Line, PublicId
from volunteer.tasks.rules import TaskStatus


class Task(Base):
    """One piece of long work; a job does it, so that whoever asked may leave the page.

    `done` of `total` steps are behind it, total 0 while unknown; `tries` counts how often it was begun, `started_at`
    tells the last beginning from earlier ones. `lineage` is where the asker had the right. `result` is the file, None
    for work that leaves its result elsewhere; `result_href` then is the page to go to.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(None, "status", "id"),
        Index(None, "requested_by", "id"),
        CheckConstraint("done >= 0 AND total >= 0", name="progress"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[Line]
    params: Mapped[dict[str, Any]]
    lineage: Mapped[str] = mapped_column(String(60), default="")
    requested_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    requested_at: Mapped[datetime]
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    why: Mapped[dict[str, Any] | None]
    result_name: Mapped[Line] = mapped_column(default="")
    result_type: Mapped[str] = mapped_column(String(100), default="")
    result_href: Mapped[Line] = mapped_column(default="")
    result: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
