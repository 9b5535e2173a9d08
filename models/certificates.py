"""What the recording organization certifies."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Digest, Id, PublicId
from models.organizations import Organization
from models.volunteers import Volunteer


class Certificate(Base):
    """One issued certificate, frozen; only its revocation can be added."""

    __tablename__ = "certificate"
    __table_args__ = (
        Index(None, "volunteer_id"),
        Index(None, "organization_id"),
        CheckConstraint("minutes >= 1", name="minutes"),
        CheckConstraint("period_to >= period_from", name="period"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    period_from: Mapped[date]
    period_to: Mapped[date]
    minutes: Mapped[int]
    facts: Mapped[dict[str, Any]]
    pdf_digest: Mapped[Digest]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    revoke_reason: Mapped[str] = mapped_column(String(300), default="")

    volunteer: Mapped[Volunteer] = relationship()
    organization: Mapped[Organization] = relationship()


class CertificateEntry(Base):
    """Which ledger rows a certificate rests on; one of them reversed makes the certificate superseded."""

    __tablename__ = "certificate_entry"
    __table_args__ = (Index(None, "entry_id"),)

    certificate_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("certificate.id"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"), primary_key=True)


class CertificateFile(Base):
    """The bytes that were given out; kept apart so that lists do not carry them."""

    __tablename__ = "certificate_file"

    certificate_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("certificate.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
