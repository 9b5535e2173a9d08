"""What people were told."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Id, PublicId
from volunteer.notices.rules import NoticeKind


class Notice(Base):
    """One thing that an account is told; `text` is a msgid with `params`, `link` a path of ours or "".

    `volunteer_id`: whom it names.
    """

    __tablename__ = "notice"
    __table_args__ = (Index(None, "account_id", "read_at"), Index(None, "volunteer_id"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    volunteer_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    kind: Mapped[NoticeKind]
    text: Mapped[str] = mapped_column(String(300))
    params: Mapped[dict[str, Any]]
    link: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
