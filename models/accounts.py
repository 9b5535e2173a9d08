"""Credentials, sessions, roles with scopes, consents, and counts of failed guesses."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Digest, Id, Name, PublicId
from volunteer.accounts.rules import AccountStatus, ConsentKind
from volunteer.kernel.ids import PUBLIC_ID_LENGTH
from volunteer.kernel.permissions import Role

if TYPE_CHECKING:
    from models.volunteers import Volunteer


class Account(Base):
    """Someone who signs in; may act for several volunteers."""

    __tablename__ = "account"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    display_name: Mapped[Name]
    status: Mapped[AccountStatus] = mapped_column(default=AccountStatus.ACTIVE)
    text_size: Mapped[str] = mapped_column(String(10), default="normal")
    contrast: Mapped[str] = mapped_column(String(10), default="normal")
    locale: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    created_at: Mapped[datetime]
    password_lent_at: Mapped[datetime | None]  # the password was made by somebody else; null once it is one's own


class AccountSession(Base):
    """One browser that is signed in; the cookie holds what `digest` is the SHA-256 of."""

    __tablename__ = "account_session"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[Id]
    digest: Mapped[Digest] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    device_label: Mapped[Name]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_ends_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    @property
    def address(self) -> str:
        """Return what names this session in an address; it does not open it."""
        return self.digest[:PUBLIC_ID_LENGTH]


_LIVE = text("revoked_at IS NULL")


class RoleGrant(Base):
    """One role of one account, in an organization or for an area and all below it."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(None, "account_id"),
        Index(None, "organization_id"),
        # A null is equal to nothing, so each of the two speaks only of grants of its own kind.
        *(
            Index(None, "account_id", "role", place, unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE)
            for place in ("area_id", "organization_id")
        ),
        CheckConstraint("(area_id IS NULL) <> (organization_id IS NULL)", name="one_scope"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    role: Mapped[Role]
    area_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    organization_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    granted_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Consent(Base):
    """What a person agreed to, in which version and when; withdrawn by a time, never deleted."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "account_id"), Index(None, "volunteer_id"))

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    volunteer_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    kind: Mapped[ConsentKind]
    version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    volunteer: Mapped["Volunteer | None"] = relationship()


class Attempt(Base):
    """How often something was tried in one window of time; `subject` is a keyed digest, never a phone or an address."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("kind", "subject", "window_starts_at"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(30))
    subject: Mapped[Digest]
    window_starts_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=0)
