"""The ledger of service time, and what waits to enter it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.activities import Shift
from models.base import BIG_INTEGER, Base, Digest, Id, PublicId
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.hours.minutes import Source
from volunteer.hours.rules import Cause, EntryKind, ObjectionOutcome, ProposalState, StarAct


class Entry(Base):
    """Credited minutes of one volunteer on one shift and local day, or the reversal of such a row.

    Triggers refuse to change or delete it. A reversal carries the negative minutes of what it reverses. `seal` shows
    that the program made the row; it is "" only in rows that are older than the tree.
    `presence_event_id` is the check-out that the minutes rest on, credited once a day; None for typed times.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses"),
        CheckConstraint(
            "(kind = 'credit' AND minutes BETWEEN 1 AND 720) OR (kind = 'reversal' AND minutes < 0)", name="minutes"
        ),
        CheckConstraint("ended_at > started_at", name="span"),
        UniqueConstraint("presence_event_id", "served_on"),
        Index(None, "volunteer_id", "served_on"),
        Index(None, "shift_id"),
        # Whatever was recorded after a day explains why a figure of that day reads otherwise now.
        Index(None, "made_at"),
        # Holds all that an organization's totals need, so that summing a city reads no rows.
        Index(None, "organization_id", "served_on", "source", "kind", "minutes"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[EntryKind]
    reverses_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"), unique=True)
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    served_on: Mapped[date]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    minutes: Mapped[int]
    source: Mapped[Source]
    rules_version: Mapped[str] = mapped_column(String(20))
    derivation: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(300), default="")
    presence_event_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("presence_event.id"))
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    checked_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    made_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")

    volunteer: Mapped[Volunteer] = relationship()
    shift: Mapped[Shift] = relationship()
    organization: Mapped[Organization] = relationship()


class CreditedSpan(Base):
    """The time that effective credits of a volunteer cover now; the schema refuses an overlap."""

    __tablename__ = "credited_span"
    __table_args__ = (Index(None, "volunteer_id", "started_at"),)

    entry_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"), primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]


def _standing_index(*columns: str) -> Index:
    standing = text("state <> 'returned'")
    return Index(None, *columns, unique=True, sqlite_where=standing, postgresql_where=standing)


class PaperSheet(Base):
    """The photo of a signed attendance sheet, drawn anew without the camera's data, and who brought it; append-only."""

    __tablename__ = "paper_sheet"
    __table_args__ = (Index(None, "shift_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    picture: Mapped[bytes] = mapped_column(deferred=True)
    picture_digest: Mapped[Digest]
    width: Mapped[int]
    height: Mapped[int]
    uploaded_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    uploaded_at: Mapped[datetime]

    shift: Mapped[Shift] = relationship()


class Proposal(Base):
    """Minutes that need a person before they count or are taken back.

    One of kind reversal takes back the entry `reverses_id`. A credit that corrects an entry names it in `replaces_id`:
    the entry is taken back in the moment in which the credit takes effect. A returned one keeps in `answer` why, and in
    `seen_at` when the volunteer said that they had read it; a day's minutes may then be more than an entry can hold.
    `seal` shows that the program made the row and its last change, and that nothing held against it is gone.
    What stands (is not returned) is unique by check-out, by entry to reverse and by entry to replace.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("ended_at > started_at", name="span"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses"),
        _standing_index("presence_event_id", "served_on"),
        _standing_index("reverses_id"),
        _standing_index("replaces_id"),
        Index(None, "organization_id", "state"),
        Index(None, "volunteer_id", "state"),
        Index(None, "shift_id"),
        Index(None, "state", "notice_until_on"),
        Index(None, "made_by", "made_at"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[EntryKind] = mapped_column(default=EntryKind.CREDIT)
    reverses_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"))
    replaces_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"))
    presence_event_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("presence_event.id"))
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    served_on: Mapped[date]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    minutes: Mapped[int]
    source: Mapped[Source]
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.AWAITING)
    rules_version: Mapped[str] = mapped_column(String(20))
    derivation: Mapped[dict[str, Any]]
    cause: Mapped[Cause]
    reason: Mapped[str] = mapped_column(String(300), default="")
    evidence: Mapped[str] = mapped_column(String(300), default="")
    sheet_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("paper_sheet.id"))
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    made_at: Mapped[datetime]
    checked_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    checked_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="")
    notice_until_on: Mapped[date | None]
    entry_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"), unique=True)
    seen_at: Mapped[datetime | None]
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")

    volunteer: Mapped[Volunteer] = relationship()
    shift: Mapped[Shift] = relationship()
    organization: Mapped[Organization] = relationship()
    replaces: Mapped[Entry | None] = relationship(foreign_keys=[replaces_id])
    sheet: Mapped[PaperSheet | None] = relationship()


class EntryQuestion(Base):
    """What a volunteer asks the organization about one of their records, and the answer.

    `wanted_*`: the times that the volunteer says are right; None for a question without. `correction_id`: what was
    proposed in answer. `seen_at`: when the volunteer said that they had read the answer.
    """

    __tablename__ = "entry_question"
    __table_args__ = (
        CheckConstraint("(entry_id IS NULL) <> (proposal_id IS NULL)", name="one_record"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered"),
        CheckConstraint("(wanted_from IS NULL) = (wanted_to IS NULL) AND wanted_to > wanted_from", name="wanted"),
        Index(None, "organization_id", "answered_at"),
        Index(None, "entry_id"),
        Index(None, "proposal_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    entry_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("entry.id"))
    proposal_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("proposal.id"))
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    text: Mapped[str] = mapped_column(String(300))
    asked_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    wanted_from: Mapped[datetime | None]
    wanted_to: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="")
    answered_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]
    correction_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("proposal.id"))
    seen_at: Mapped[datetime | None]

    entry: Mapped[Entry | None] = relationship()
    proposal: Mapped[Proposal | None] = relationship(foreign_keys=[proposal_id])
    correction: Mapped[Proposal | None] = relationship(foreign_keys=[correction_id])
    volunteer: Mapped[Volunteer] = relationship()
    organization: Mapped[Organization] = relationship()


class Objection(Base):
    """What somebody holds against minutes on public notice, and the answer; visible to both by its public id.

    `account_id` is None for a visitor. `answer_by_on`: the day by which the organization answers; after it, or where
    nobody else is there, the office does (`by_office`).
    """

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name="answered"),
        Index(None, "proposal_id"),
        Index(None, "organization_id", "answered_at"),
        Index(None, "account_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    proposal_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("proposal.id"))
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    account_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    text: Mapped[str] = mapped_column(String(300))
    raised_at: Mapped[datetime]
    answer_by_on: Mapped[date]
    outcome: Mapped[ObjectionOutcome | None]
    answer: Mapped[str] = mapped_column(String(300), default="")
    answered_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]
    by_office: Mapped[bool] = mapped_column(default=False)

    proposal: Mapped[Proposal] = relationship()
    organization: Mapped[Organization] = relationship()


class StarEvent(Base):
    """A star that effective hours were worth, or its taking back by a reversal; append-only.

    `hours` is the threshold of the scale in force then, `minutes` the effective minutes at that moment.
    """

    __tablename__ = "star_event"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 9", name="level"),
        CheckConstraint("hours >= 1 AND minutes >= 0", name="hours"),
        Index(None, "volunteer_id", "id"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("volunteer.id"))
    act: Mapped[StarAct]
    level: Mapped[int]
    hours: Mapped[int]
    minutes: Mapped[int]
    made_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")

    volunteer: Mapped[Volunteer] = relationship()


class StarDue(Base):
    """A volunteer whose stars have to be looked at: a trigger adds a row with every entry, a new scale one for each."""

    __tablename__ = "star_due"

    id: Mapped[Id]
    volunteer_id: Mapped[int] = mapped_column(BIG_INTEGER)


class StarScale(Base):
    """From when which hours are worth how many stars; the office sets it, the latest one that has begun holds.

    `spread_at`: when everybody's stars were put down to be looked at under it.
    """

    __tablename__ = "star_scale"
    __table_args__ = (Index(None, "effective_on"),)

    id: Mapped[Id]
    hours: Mapped[list[int]]
    effective_on: Mapped[date]
    set_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    set_at: Mapped[datetime]
    spread_at: Mapped[datetime | None]


class TypedAllowance(Base):
    """What the office lets an organization type in beyond the limits, for a time and a reason."""

    __tablename__ = "typed_allowance"
    __table_args__ = (CheckConstraint("minutes >= 1", name="minutes"), Index(None, "organization_id", "until_on"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    minutes: Mapped[int]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    granted_by: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()


class OverdueShift(Base):
    """A shift that nears or passed its last day unsettled: when its organization was last reminded, the office told.

    `escalated_at`: the office near by was told; `city_told_at`: five working days later that of the city.
    """

    __tablename__ = "overdue_shift"
    __table_args__ = (Index(None, "organization_id", "settled_at"), Index(None, "settled_at", "escalated_at"))

    shift_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("shift.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("organization.id"))
    due_on: Mapped[date]
    reminded_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    city_told_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    shift: Mapped[Shift] = relationship()
    organization: Mapped[Organization] = relationship()
