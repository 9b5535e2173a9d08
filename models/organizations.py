"""Who organizes and records."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.areas import Area
from models.base import BIG_INTEGER, Base, Id, Name, PublicId
from volunteer.organizations.rules import OrganizationKind, OrganizationStatus


class Organization(Base):
    """A volunteer-service organization or one of its teams."""

    __tablename__ = "organization"
    __table_args__ = (Index(None, "area_id"), Index(None, "status"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[Name] = mapped_column(unique=True)
    kind: Mapped[OrganizationKind]
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    parent_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    introduction: Mapped[str] = mapped_column(String(2000), default="")
    contact_name: Mapped[Name]
    contact_phone: Mapped[str] = mapped_column(String(20))
    status: Mapped[OrganizationStatus] = mapped_column(default=OrganizationStatus.PENDING)
    status_reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    created_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]

    area: Mapped[Area] = relationship()
