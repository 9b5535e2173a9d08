"""Reading editions and survey results as they are stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.metrics import Edition as EditionRow
from models.metrics import SurveyResult
from volunteer.areas.overview import inside
from volunteer.metrics.editions import CityKind, Edition, Standard
from volunteer.metrics.rules import IndicatorCode


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition and the public id under which it is kept."""

    public_id: str
    edition: Edition


def stored_editions() -> list[StoredEdition]:
    """Return every edition, the latest first."""
    query = select(EditionRow).options(selectinload(EditionRow.indicators))
    rows = db.session.scalars(query.order_by(EditionRow.effective_from.desc(), EditionRow.id.desc()))
    return [_stored(row) for row in rows]


def editions_in_store() -> list[Edition]:
    """Return every edition as a value, the latest first."""
    return [stored.edition for stored in stored_editions()]


def stored_edition(public_id: str) -> StoredEdition | None:
    """Return one edition, or None."""
    row = db.session.scalar(select(EditionRow).where(EditionRow.public_id == public_id))
    return _stored(row) if row else None


def _stored(row: EditionRow) -> StoredEdition:
    standards = {
        IndicatorCode(kept.code): Standard(
            label=kept.label,
            clause=kept.clause,
            threshold=Fraction(kept.threshold_numerator, kept.threshold_denominator),
        )
        for kept in row.indicators
    }
    edition = Edition(
        name=row.name,
        city_kind=CityKind(row.city_kind),
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        standards=standards,
    )
    return StoredEdition(row.public_id, edition)


def surveys_below(lineages: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """Select (result, area, name of who entered it) at or below any of `lineages`, the latest survey first."""
    return (
        select(SurveyResult, Area, Account.display_name)
        .join(Area, Area.id == SurveyResult.area_id)
        .outerjoin(Account, Account.id == SurveyResult.recorded_by)
        .where(inside(lineages))
        .order_by(SurveyResult.held_on.desc(), SurveyResult.id.desc())
    )
