"""Reading editions, their clauses and which areas chose which, as they are stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.metrics import Edition as EditionRow
from models.metrics import EditionChoice, EditionClause, EditionVersion
from volunteer.areas.overview import inside
from volunteer.areas.tree import Tree, tree_on
from volunteer.metrics.edition_versions import Change, changes
from volunteer.metrics.editions import (
    Choice,
    CityKind,
    Clause,
    Edition,
    Grade,
    MaterialKind,
    Standard,
    chosen_series,
    edition_in_force,
)
from volunteer.metrics.rules import IndicatorCode


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition and the public id under which it is kept."""

    public_id: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class StoredClause:
    """A clause, its row's number and the public id under which it is kept."""

    id: int
    public_id: str
    clause: Clause


def stored_editions() -> list[StoredEdition]:
    """Return every edition, the latest first."""
    query = select(EditionRow).options(joinedload(EditionRow.indicators))
    rows = db.session.scalars(query.order_by(EditionRow.effective_from.desc(), EditionRow.id.desc()))
    return [_stored(row) for row in rows.unique()]


def editions_in_store() -> list[Edition]:
    """Return every edition as a value, the latest first."""
    return [stored.edition for stored in stored_editions()]


def stored_edition(public_id: str) -> StoredEdition | None:
    """Return one edition, or None."""
    row = db.session.scalar(select(EditionRow).where(EditionRow.public_id == public_id))
    return _stored(row) if row else None


def edition_for(area: Area, on: date) -> Edition | None:
    """Return the edition that an area is measured by on a day; None where its series has none in force."""
    return editions_for([area], on)[area.id]


def editions_for(areas: Iterable[Area], on: date, *, known: Edition | None = None) -> dict[int, Edition | None]:
    """Return by area id the edition that each is measured by on a day, by where it stood then.

    In two statements for all and one more where anything was chosen; the editions are not read where all of them chose
    the series of `known`, an edition that was read for that day.
    """
    choices = choices_until(on)
    tree = tree_on(on) if choices else Tree({})
    series = {area.id: chosen_series(choices, tree.lineage_of(area), on) for area in areas}
    if known and set(series.values()) == {known.series}:
        return dict.fromkeys(series, known)
    editions = editions_in_store()
    in_force = {name: edition_in_force(editions, on, name) for name in set(series.values())}
    return {area_id: in_force[name] for area_id, name in series.items()}


def editions_with(areas: Iterable[Area], on: date, area: Area, series: str, since: date) -> dict[int, Edition | None]:
    """Return the same as if an area had chosen a series with effect from `since`."""
    choices = choices_until(on)
    number = max((choice.number for choice in choices), default=0) + 1
    chosen = [*choices, Choice(area.lineage, series, since, number)]
    editions, tree = editions_in_store(), tree_on(on)
    return {one.id: edition_in_force(editions, on, chosen_series(chosen, tree.lineage_of(one), on)) for one in areas}


def choices_until(on: date) -> list[Choice]:
    """Return what areas have chosen with effect up to a day; a city makes few choices."""
    query = select(Area.lineage, EditionChoice.series, EditionChoice.effective_from, EditionChoice.id).join(
        Area, Area.id == EditionChoice.area_id
    )
    rows = db.session.execute(query.where(EditionChoice.effective_from <= on).order_by(EditionChoice.id))
    return [Choice(*row) for row in rows]


def clauses_of(edition_public_id: str) -> list[StoredClause]:
    """Return the clauses of an edition in their order; none for an edition that is not there."""
    query = select(EditionClause).join(EditionRow, EditionRow.id == EditionClause.edition_id)
    rows = db.session.scalars(
        query.where(EditionRow.public_id == edition_public_id).order_by(EditionClause.position, EditionClause.id)
    )
    return [StoredClause(row.id, row.public_id, clause_from(row)) for row in rows]


def clause_from(row: EditionClause) -> Clause:
    """Return a stored clause as a value."""
    wants = tuple(kind for kind in MaterialKind if kind in row.wants)
    indicator = IndicatorCode(row.indicator) if row.indicator else None
    return Clause(row.code, row.title, row.words, wants, indicator)


def series_names() -> list[str]:
    """Return the series that have an edition, by name."""
    return list(db.session.scalars(select(EditionRow.series).distinct().order_by(EditionRow.series)))


def choosers_of(series: str) -> list[str]:
    """Return the names of the areas that chose a series at any time, by code."""
    ids = select(EditionChoice.area_id).where(EditionChoice.series == series)
    return list(db.session.scalars(select(Area.name).where(Area.id.in_(ids)).order_by(Area.code)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice as its page tells it."""

    area: Area
    choice: EditionChoice
    made_by: str | None


def choices_below(lineages: Iterable[str]) -> list[Chosen]:
    """Return what the areas at or below any of `lineages` have chosen, the newest choice first."""
    query = (
        select(Area, EditionChoice, Account.display_name)
        .join(Area, Area.id == EditionChoice.area_id)
        .outerjoin(Account, Account.id == EditionChoice.made_by)
        .where(inside(lineages))
        .order_by(EditionChoice.id.desc())
    )
    return [Chosen(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Saving:
    """One saving of an edition: when, by whom, why, and what it changed; nothing for the first."""

    version: EditionVersion
    made_by: str | None
    changes: Sequence[Change]


def history_of(edition_public_id: str) -> list[Saving]:
    """Return every saving of an edition, the newest first."""
    query = (
        select(EditionVersion, Account.display_name)
        .join(EditionRow, EditionRow.id == EditionVersion.edition_id)
        .outerjoin(Account, Account.id == EditionVersion.made_by)
        .where(EditionRow.public_id == edition_public_id)
        .order_by(EditionVersion.id)
    )
    rows = db.session.execute(query).all()
    earlier = [None, *(version for version, _name in rows)]
    savings = [
        Saving(version, name, changes(before.content, version.content) if before else ())
        for before, (version, name) in zip(earlier, rows, strict=False)
    ]
    return savings[::-1]


def _stored(row: EditionRow) -> StoredEdition:
    standards = {
        IndicatorCode(kept.code): Standard(
            label=kept.label,
            clause=kept.clause,
            threshold=Fraction(kept.threshold_numerator, kept.threshold_denominator),
            grades=tuple(Grade(one["grade"], Fraction(one["numerator"], one["denominator"])) for one in kept.grades),
        )
        for kept in row.indicators
    }
    edition = Edition(
        name=row.name,
        series=row.series,
        city_kind=CityKind(row.city_kind),
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        standards=standards,
    )
    return StoredEdition(row.public_id, edition)
