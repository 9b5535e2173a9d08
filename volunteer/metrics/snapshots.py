"""What was shown for every area at the end of a day, written down the night after and never altered."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select

from models.areas import Area, AreaPopulation
from models.base import db, upsert
from models.metrics import FigureSnapshot
from models.surveys import SurveyResult
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import tree_on
from volunteer.kernel import clock
from volunteer.metrics import queries
from volunteer.metrics.edition_queries import editions_for
from volunteer.metrics.editions import Edition
from volunteer.metrics.facts import Deltas
from volunteer.metrics.populations import Population, add_up
from volunteer.metrics.queries import Counted
from volunteer.metrics.rules import IndicatorCode
from volunteer.surveys.queries import results_of
from volunteer.surveys.rules import result_that_counts

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What an area's figures were made of on a day: as written down, or as worked out from what was known then.

    `taken_at` is the moment whose knowledge it is; `edition_name` is "" where none was in force.
    """

    counted: Counted
    edition_name: str
    thresholds: Mapping[IndicatorCode, Fraction]
    taken_at: datetime
    is_kept: bool


def take_snapshots(day: date) -> int:
    """Write down the figures of every area as of a day; return how many were written, 0 where that was done already.

    In one transaction, which the caller commits: a run that is cut off leaves nothing and can be repeated. Nine
    statements or so and one for each five thousand areas.
    """
    if db.session.scalar(select(FigureSnapshot.area_id).where(FigureSnapshot.shown_on == day).limit(1)):
        return 0
    areas = db.session.scalars(select(Area).order_by(Area.id)).all()
    ids = [area.id for area in areas]
    facts, surveys = queries.facts_at(ids, day), results_of(ids, day)
    populations, editions = populations_everywhere(day), editions_for(areas, day)
    taken_at, nothing = clock.now(), Deltas()
    rows = [
        {
            "area_id": area_id,
            "shown_on": day,
            "taken_at": taken_at,
            "figures": _written(
                facts.get(area_id, nothing),
                populations.get(area_id, Population()),
                result_that_counts(surveys[area_id], day),
                editions[area_id],
            ),
        }
        for area_id in ids
    ]
    statement = upsert(FigureSnapshot).on_conflict_do_nothing()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        db.session.execute(statement, rows[start : start + _ROWS_AT_ONCE])
    return len(rows)


def snapshot(area: Area, day: date) -> Shown | None:
    """Return what was written down for an area; None where that day has none."""
    row = db.session.get(FigureSnapshot, (area.id, day))
    if row is None:
        return None
    kept = row.figures
    survey = SurveyResult(**kept["survey"]) if kept["survey"] else None
    thresholds = {IndicatorCode(code): Fraction(*pair) for code, pair in kept["thresholds"].items()}
    counted = Counted(Deltas(*kept["facts"]), Population(*kept["population"]), survey)
    return Shown(counted, kept["edition"], thresholds, row.taken_at, is_kept=True)


def facts_written(day: date) -> dict[int, Deltas]:
    """Return by id what was written down for every area on a day; empty where that day has nothing."""
    query = select(FigureSnapshot.area_id, FigureSnapshot.figures).where(FigureSnapshot.shown_on == day)
    return {row[0]: Deltas(*row[1]["facts"]) for row in db.session.execute(query)}


def first_snapshot_on() -> date | None:
    """Return the first day of which anything was written down."""
    return db.session.scalar(select(func.min(FigureSnapshot.shown_on)))


def thresholds_of(edition: Edition | None) -> dict[IndicatorCode, Fraction]:
    """Return what an edition asks of each indicator."""
    found = {code: edition.threshold(code) if edition else None for code in IndicatorCode}
    return {code: threshold for code, threshold in found.items() if threshold is not None}


def populations_everywhere(day: date) -> dict[int, Population]:
    """Return by id who lived in each area, by the tree of the day and the figures of its year, in three statements."""
    tree = tree_on(day)
    areas = db.session.execute(select(Area.id, Area.level, Area.code, tree.lineage().label("lineage"))).all()
    ids = {area.code: area.id for area in areas}
    query = select(AreaPopulation.area_id, AreaPopulation.residents, AreaPopulation.is_built_up)
    known = {row[0]: row for row in db.session.execute(query.where(AreaPopulation.year == day.year))}
    below: defaultdict[int, list[Population]] = defaultdict(list)
    for area in areas:
        if area.level is AreaLevel.COMMUNITY:
            one = population_of(known.get(area.id))
            for code in area.lineage.split("/"):
                below[ids[code]].append(one)
    return {area_id: add_up(many) for area_id, many in below.items()}


def population_of(row: Any) -> Population:
    """Return one community's population from (…, residents, is built-up), or from nothing where it is not known."""
    if row is None:
        return Population(1)
    return Population(1, 1, row[-2]) if row[-1] else Population(1, 0, 0, 1)


def _written(facts: Deltas, population: Population, survey: Any, edition: Edition | None) -> dict[str, Any]:
    asked = ("supporting", "valid_answers", "is_official")
    return {
        "facts": list(facts),
        "population": list(population),
        "survey": {name: getattr(survey, name) for name in asked} if survey else None,
        "edition": edition.name if edition else "",
        "thresholds": {code.value: [one.numerator, one.denominator] for code, one in thresholds_of(edition).items()},
    }
