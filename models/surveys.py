"""Surveys on support: what they found."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BIG_INTEGER, Base, Id, Line, PublicId


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
