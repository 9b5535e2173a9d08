"""Editions of the indicators, survey results, and the figures per area and day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Id, Line, Name, PublicId


class Edition(Base):
    """A set of indicators with thresholds, in force for a kind of city between two days, both inside."""

    __tablename__ = "edition"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[Name] = mapped_column(unique=True)
    city_kind: Mapped[str] = mapped_column(String(30))
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]

    indicators: Mapped[list["EditionIndicator"]] = relationship(order_by="EditionIndicator.position")


class EditionIndicator(Base):
    """One indicator of one edition: its label, clause and threshold as an exact fraction."""

    __tablename__ = "edition_indicator"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("threshold_numerator > 0 AND threshold_denominator > 0", name="threshold"),
    )

    id: Mapped[Id]
    edition_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("edition.id"))
    code: Mapped[str] = mapped_column(String(30))
    position: Mapped[int]
    label: Mapped[Name]
    clause: Mapped[Line]
    threshold_numerator: Mapped[int]
    threshold_denominator: Mapped[int]


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


class FigureDelta(Base):
    """By how much the figures of an area change on a day (`grain` d), in a month (m) or in a year (y).

    The sum of the rows that cover the days up to a date is the figure as of that date. Rebuilt whole at any time.
    """

    __tablename__ = "figure_delta"

    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(String(1), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    registered: Mapped[int] = mapped_column(default=0)
    active_year_strict: Mapped[int] = mapped_column(default=0)
    active_year_all: Mapped[int] = mapped_column(default=0)
    active_rolling_strict: Mapped[int] = mapped_column(default=0)
    active_rolling_all: Mapped[int] = mapped_column(default=0)
    minutes_year_strict: Mapped[int] = mapped_column(BIG_INTEGER, default=0)
    minutes_year_all: Mapped[int] = mapped_column(BIG_INTEGER, default=0)
    minutes_rolling_strict: Mapped[int] = mapped_column(BIG_INTEGER, default=0)
    minutes_rolling_all: Mapped[int] = mapped_column(BIG_INTEGER, default=0)


class FigureState(Base):
    """One row: which version the figures are and when they were last brought up to date."""

    __tablename__ = "figure_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    applied_at: Mapped[datetime]
    rebuilt_at: Mapped[datetime | None]
