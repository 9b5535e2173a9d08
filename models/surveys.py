"""Surveys on support: results, campaigns with their quotas, and answers that nothing joins with a ticket or a person.

Answers and tickets are kept by random keys, without a number that grows, so that no order of arrival is stored.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.areas import Area
from models.base import BIG_INTEGER, Base, Digest, Id, Line, Name, PublicId
from volunteer.surveys.rules import Channel, Miss


class SurveyResult(Base):
    """The result of one survey on support, as reported: never altered, the newest of an area and day counts."""

    __tablename__ = "survey_result"
    __table_args__ = (
        Index(None, "area_id", "held_on"),
        CheckConstraint("valid_answers >= 1", name="valid_answers"),
        CheckConstraint("supporting BETWEEN 0 AND valid_answers", name="supporting"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    held_on: Mapped[date]
    supporting: Mapped[int]
    valid_answers: Mapped[int]
    is_official: Mapped[bool]
    source: Mapped[Line]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class SurveyCampaign(Base):
    """One survey from its plan to its result; `frame` are the residents of each area right below, at planning time.

    It is a draft until `published_at`. Once `frozen_at`, answers change no more and `result_id` is what was found; a
    campaign without any answer has none.
    """

    __tablename__ = "survey_campaign"
    __table_args__ = (Index(None, "area_id"), CheckConstraint("opens_on <= closes_on", name="days"))

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    title: Mapped[Name]
    is_official: Mapped[bool]
    conducted_by: Mapped[Line] = mapped_column(default="")
    question_set: Mapped[str] = mapped_column(String(20))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    wanted: Mapped[int]
    reserve_percent: Mapped[int]
    population_year: Mapped[int]
    frame: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    frozen_at: Mapped[datetime | None]
    result_id: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("survey_result.id"))

    area: Mapped[Area] = relationship()
    result: Mapped[SurveyResult | None] = relationship()


class SurveyQuota(Base):
    """How many answers a campaign wants from a community, of how many residents at planning time.

    `branch` is the code of the area right below the campaign's in which the community then lay: a survey is counted as
    it was planned, also where the community has moved since.
    """

    __tablename__ = "survey_quota"
    __table_args__ = (CheckConstraint("wanted >= 0", name="wanted"),)

    campaign_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("survey_campaign.id"), primary_key=True)
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"), primary_key=True)
    branch: Mapped[str] = mapped_column(String(12))
    wanted: Mapped[int]
    residents: Mapped[int]

    area: Mapped[Area] = relationship()


class SurveyTicket(Base):
    """A slip of paper that lets somebody answer once; only the keyed digest of its code is kept, and no time of use."""

    __tablename__ = "survey_ticket"
    __table_args__ = (Index(None, "campaign_id", "area_id"), {"sqlite_with_rowid": False})

    digest: Mapped[Digest] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("survey_campaign.id"))
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    is_used: Mapped[bool]
    is_void: Mapped[bool]


class SurveyAnswer(Base):
    """One person's answers: where and by which channel, and nothing that leads to who it was or when.

    `key` is random. It stands for no account, ticket, pass, address or device. The day is not kept: two copies of
    the database would tell by it which of the tickets used in between belongs to an answer.
    """

    __tablename__ = "survey_answer"
    __table_args__ = (Index(None, "campaign_id", "area_id"), {"sqlite_with_rowid": False})

    key: Mapped[Digest] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("survey_campaign.id"))
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    channel: Mapped[Channel]
    choices: Mapped[dict[str, Any]]


class SurveyPass(Base):
    """A secret link with which an interviewer asks people in one community; only its keyed digest is kept."""

    __tablename__ = "survey_pass"
    __table_args__ = (Index(None, "campaign_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    campaign_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("survey_campaign.id"))
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    name: Mapped[Name]
    digest: Mapped[Digest] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))
    revoked_at: Mapped[datetime | None]

    area: Mapped[Area] = relationship()


class SurveyMiss(Base):
    """Somebody who was approached and gave no answer: who refused, or a door behind which nobody was met.

    `noted_at` is the moment by the interviewer's device, to the minute; None for those noted before it was kept. One
    that was taken back stays as a row, so that the same one sent again is known, and counts no more.
    """

    __tablename__ = "survey_miss"
    __table_args__ = (Index(None, "campaign_id", "area_id"), {"sqlite_with_rowid": False})

    key: Mapped[Digest] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("survey_campaign.id"))
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    kind: Mapped[Miss]
    met_on: Mapped[date]
    noted_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
