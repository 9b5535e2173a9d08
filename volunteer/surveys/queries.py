"""Reading the results of surveys as they are stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from models.accounts import Account
from models.areas import Area
from models.base import among, db
from models.surveys import SurveyResult
from volunteer.areas.overview import inside


def results_of(area_ids: Sequence[int], on: date) -> defaultdict[int, list[SurveyResult]]:
    """Return by area its results up to a day, the latest first; `rules.result_that_counts` picks among them."""
    found: defaultdict[int, list[SurveyResult]] = defaultdict(list)
    query = select(SurveyResult).where(among(SurveyResult.area_id, area_ids), SurveyResult.held_on <= on)
    for result in db.session.scalars(query.order_by(SurveyResult.held_on.desc(), SurveyResult.id.desc())):
        found[result.area_id].append(result)
    return found


def results_below(lineages: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """Select (result, area, name of who entered it) at or below any of `lineages`, the latest survey first."""
    return (
        select(SurveyResult, Area, Account.display_name)
        .join(Area, Area.id == SurveyResult.area_id)
        .outerjoin(Account, Account.id == SurveyResult.recorded_by)
        .where(inside(lineages))
        .order_by(SurveyResult.held_on.desc(), SurveyResult.id.desc())
    )
