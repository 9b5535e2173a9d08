"""Registered people."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Name, PublicId
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.id_documents import DocumentKind, Gender
from volunteer.volunteers.rules import RegistrationKind, Relation, Skill, VolunteerStatus


class Volunteer(Base):
    """One natural person with a volunteer number; the document is unique and only kept encrypted."""

    __tablename__ = "volunteer"
    __table_args__ = (Index(None, "account_id"), Index(None, "community_id"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    account_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    relation: Mapped[Relation]
    name: Mapped[Name]
    document_kind: Mapped[DocumentKind]
    document_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    document_digest: Mapped[Digest] = mapped_column(unique=True)
    document_mask: Mapped[str] = mapped_column(String(30))
    gender: Mapped[Gender]
    birth_on: Mapped[date]
    phone: Mapped[str | None] = mapped_column(String(20))
    community_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    skills: Mapped[list[str]] = mapped_column(default=list)
    categories: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[VolunteerStatus] = mapped_column(default=VolunteerStatus.ACTIVE)
    registered_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # since when nobody can tell who it was; the number and the minutes stay
    erased_seal: Mapped[str] = mapped_column(String(64), default="", server_default="")  # that the program did it

    account: Mapped[Account] = relationship()
    community: Mapped[Area] = relationship()

    @property
    def skill_labels(self) -> list[str]:
        """Return the words for what the volunteer can do, for the catalogue."""
        return [Skill(skill).label for skill in self.skills]

    @property
    def category_labels(self) -> list[str]:
        """Return the words for what the volunteer would like to do, for the catalogue."""
        return [ServiceCategory(category).label for category in self.categories]


class RegistrationEvent(Base):
    """When and where a volunteer began, moved or ceased to be counted; append-only, so any day can be recounted."""

    __tablename__ = "registration_event"
    __table_args__ = (
        Index(None, "volunteer_id", "id"),
        Index(None, "area_id"),
        Index(None, "recorded_at"),
        CheckConstraint("(kind = 'ended') = (area_id IS NULL)", name="area"),
    )

    id: Mapped[Id]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    kind: Mapped[RegistrationKind]
    area_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(40), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class VolunteerSerial(Base):
    """The last serial given in one area and month, so that numbers have no race and no gap to guess from."""

    __tablename__ = "volunteer_serial"

    prefix: Mapped[str] = mapped_column(String(12), primary_key=True)
    last: Mapped[int]


class FigureChange(Base):
    """Outbox to the figures: a volunteer whose entries or registration the figures have not taken in yet."""

    __tablename__ = "figure_change"
    __table_args__ = (
        CheckConstraint("(entry_id IS NULL) <> (registration_event_id IS NULL)", name="one_subject"),
        Index(None, "volunteer_id"),
    )

    id: Mapped[Id]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER)
    entry_id: Mapped[int | None] = mapped_column(BIG_INTEGER)
    registration_event_id: Mapped[int | None] = mapped_column(BIG_INTEGER)
