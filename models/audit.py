"""Who did what: one row for every change, never altered."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Id


class AuditEvent(Base):
    """One act by one account; triggers refuse to change or delete it."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "subject_kind", "subject_id"), Index(None, "account_id", "at"))

    id: Mapped[Id]
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(BIG_INTEGER)
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    lineage: Mapped[str] = mapped_column(String(60), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
