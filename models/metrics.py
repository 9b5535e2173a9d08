"""Editions of the indicators and the figures per area and day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BIG_INTEGER, Base, Id, Line, Name, PublicId


class Edition(Base):
    """A set of indicators with thresholds, in force between two days, both inside.

    Editions of one `series` follow each other; those of different series stand side by side, and a city chooses.
    """

    __tablename__ = "edition"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[Name] = mapped_column(unique=True)
    series: Mapped[Name] = mapped_column(default="", server_default="")
    city_kind: Mapped[str] = mapped_column(String(30))
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]

    indicators: Mapped[list["EditionIndicator"]] = relationship(order_by="EditionIndicator.position")


class EditionIndicator(Base):
    """One indicator of one edition: its label, clause and threshold as an exact fraction.

    `grades` are [{"grade": "A", "numerator": 1, "denominator": 10}, …], the best first; [] where the edition has none.
    """

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
    grades: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")


class EditionClause(Base):
    """What an edition asks assessors to look at: a clause with the kinds of material that prove it.

    `wants` are kinds of material (evidence room); `indicator` is the code of the figure it speaks of, or "".
    """

    __tablename__ = "edition_clause"
    __table_args__ = (UniqueConstraint("edition_id", "code"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    edition_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("edition.id"))
    code: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    title: Mapped[Name]
    words: Mapped[str] = mapped_column(String(1000))
    wants: Mapped[list[str]]
    indicator: Mapped[str] = mapped_column(String(30), default="")


class EditionVersion(Base):
    """An edition as it stood after each saving, whole; append-only. `reason` says why one in force was changed."""

    __tablename__ = "edition_version"
    __table_args__ = (Index(None, "edition_id", "id"),)

    id: Mapped[Id]
    edition_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("edition.id"))
    content: Mapped[dict[str, Any]]
    reason: Mapped[Line]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class EditionChoice(Base):
    """Which series of editions an area and all below it is measured by, from a day on; append-only.

    Of an area the choice with the latest `effective_from` up to the day counts, of equal ones the newest; without one
    that of the nearest area above.
    """

    __tablename__ = "edition_choice"
    __table_args__ = (Index(None, "area_id", "effective_from"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"))
    series: Mapped[Name]
    effective_from: Mapped[date]
    reason: Mapped[Line]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BIG_INTEGER, ForeignKey("account.id"))


class NineFigures:
    """By how much the nine figures change: people and minutes, by window and total; see `metrics.facts.Deltas`."""

    # Behind the key of each table, which comes first.
    registered: Mapped[int] = mapped_column(sort_order=1, default=0)
    active_year_strict: Mapped[int] = mapped_column(sort_order=1, default=0)
    active_year_all: Mapped[int] = mapped_column(sort_order=1, default=0)
    active_rolling_strict: Mapped[int] = mapped_column(sort_order=1, default=0)
    active_rolling_all: Mapped[int] = mapped_column(sort_order=1, default=0)
    minutes_year_strict: Mapped[int] = mapped_column(BIG_INTEGER, sort_order=1, default=0)
    minutes_year_all: Mapped[int] = mapped_column(BIG_INTEGER, sort_order=1, default=0)
    minutes_rolling_strict: Mapped[int] = mapped_column(BIG_INTEGER, sort_order=1, default=0)
    minutes_rolling_all: Mapped[int] = mapped_column(BIG_INTEGER, sort_order=1, default=0)


class FigureDelta(NineFigures, Base):
    """By how much the figures of an area change on a day (`grain` d), in a month (m) or in a year (y).

    The sum of the rows that cover the days up to a date is the figure as of that date. Rebuilt whole at any time.
    """

    __tablename__ = "figure_delta"

    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"), primary_key=True)
    grain: Mapped[str] = mapped_column(String(1), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)


class FigureState(Base):
    """One row: which version the figures are and when they were last brought up to date."""

    __tablename__ = "figure_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    applied_at: Mapped[datetime]
    rebuilt_at: Mapped[datetime | None]


class FigureSnapshot(Base):
    """What was shown for an area at the end of a day, as of that day; written at night and never altered.

    `figures` are the nine sums of FigureDelta and what stood beside them: residents, communities without residents,
    the survey, the edition.
    """

    __tablename__ = "figure_snapshot"

    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"), primary_key=True)
    shown_on: Mapped[date] = mapped_column(primary_key=True)
    figures: Mapped[dict[str, Any]]
    taken_at: Mapped[datetime]


class PartDelta(NineFigures, Base):
    """FigureDelta once more, split by one `dimension`: organization, theme, age band, year of first registration.

    Kept by month and year alone (`grain` m, y): read as of a month's end.
    """

    __tablename__ = "part_delta"

    area_id: Mapped[int] = mapped_column(BIG_INTEGER, ForeignKey("area.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    grain: Mapped[str] = mapped_column(String(1), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
