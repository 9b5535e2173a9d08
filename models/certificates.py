"""What the recording organization certifies."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Digest, Id, PublicId
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.certificates.rules import BatchItemState, BatchStatus


class Certificate(Base):
    """One issued certificate, frozen; only its revocation can be added. The seals show that the program did both."""

    __tablename__ = "certificate"
    __table_args__ = (
        Index(None, "volunteer_id"),
        Index(None, "organization_id"),
        # Somebody brings a file: is it one of these?
        Index(None, "pdf_digest"),
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
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")
    revoke_seal: Mapped[str] = mapped_column(String(64), default="", server_default="")

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


class CertificateBatch(Base):
    """Certificates for many at once: which, asked by whom, and how far it is. A job issues them one by one.

    `options` is what the form asked: the activities chosen, the language, whether a seal is drawn. `book` is all of
    them in one file for the printer, drawn when the last one is issued.
    """

    __tablename__ = "certificate_batch"
    __table_args__ = (
        CheckConstraint("period_to >= period_from", name="period"),
        Index(None, "organization_id"),
        Index(None, "status"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    title: Mapped[str] = mapped_column(String(100))
    period_from: Mapped[date]
    period_to: Mapped[date]
    options: Mapped[dict[str, Any]]
    status: Mapped[BatchStatus] = mapped_column(default=BatchStatus.RUNNING)
    created_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    book: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    organization: Mapped[Organization] = relationship()


class CertificateBatchItem(Base):
    """One volunteer of a batch: what became of it. `why` is the refusal as it is told."""

    __tablename__ = "certificate_batch_item"
    __table_args__ = (UniqueConstraint("batch_id", "volunteer_id"), Index(None, "batch_id", "state"))

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("certificate_batch.id"))
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    state: Mapped[BatchItemState] = mapped_column(default=BatchItemState.WAITING)
    certificate_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("certificate.id"), unique=True)
    why: Mapped[dict[str, Any] | None]

    volunteer: Mapped[Volunteer] = relationship()
    certificate: Mapped[Certificate | None] = relationship()
