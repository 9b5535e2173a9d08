"""All areas of one level below an area: their figures, their places, and those that lag most."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from heapq import nsmallest

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area, AreaPopulation
from models.base import db
from models.hours import Entry
from models.metrics import FigureDelta
from models.surveys import SurveyResult
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import tree_on
from volunteer.hours.rules import EntryKind
from volunteer.kernel.periods import ONE_DAY, month_start, window
from volunteer.kernel.text import Words
from volunteer.metrics import people_queries, queries
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Deltas, Grain, Total
from volunteer.metrics.ledger import STRICT_SOURCES
from volunteer.metrics.queries import AreaReport, Counted
from volunteer.metrics.ranking import ACTED_UPON, Standing, lag, reasons, standings
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement
from volunteer.metrics.snapshots import population_of, thresholds_of

LAGGARDS = 5


@dataclass(frozen=True, slots=True)
class RankedArea:
    """One area with its place; `above` names what it lies in, from the district down."""

    area: Area
    above: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Ranking:
    """Areas of one level in the order of their places; `before_on` is the day that their movement is counted from."""

    rows: Sequence[RankedArea]
    before_on: date


@dataclass(frozen=True, slots=True)
class Laggard:
    """A community that is far behind, and why."""

    area: Area
    above: str
    reasons: Sequence[Words]
    measurements: Mapping[IndicatorCode, Measurement]


def reports_of_level(
    area: Area,
    level: AreaLevel,
    basis: Basis,
    codes: Collection[IndicatorCode] = tuple(INDICATORS),
    *,
    only_known: bool = False,
) -> Sequence[AreaReport]:
    """Return the reports of all areas of a level that stood below an area on the day, by code.

    With `only_known` those of which nothing was ever recorded that the indicators are measured from are left out, as
    long as others are there: most communities of a city that begins, whom nobody wants to read.
    """
    tree = tree_on(basis.window.last_on)
    here = select(Area).where(Area.level == level, tree.inside(tree.lineage_of(area))).order_by(Area.code)
    found = db.session.scalars(here.where(_is_known(codes, basis))).all() if only_known else ()
    return queries.report_over(area, found or db.session.scalars(here), basis, tree, codes).children


def _is_known(codes: Collection[IndicatorCode], basis: Basis) -> ColumnElement[bool]:
    """Return the condition that anything was ever recorded of an area that these indicators are measured from."""
    known: list[ColumnElement[bool]] = [
        exists().where(FigureDelta.area_id == Area.id, FigureDelta.grain == Grain.YEAR.value)
    ]
    if IndicatorCode.REGISTERED_SHARE in codes:
        years = {day.year for day in (basis.window.last_on, before(basis).window.last_on)}
        counts = (AreaPopulation.year.in_(years), AreaPopulation.is_built_up, AreaPopulation.residents > 0)
        lived = exists().where(AreaPopulation.area_id == Area.id, *counts)
        # What lies above communities has the residents that they have.
        known += [lived, Area.level != AreaLevel.COMMUNITY]
    if IndicatorCode.SUPPORT_SHARE in codes:
        known.append(exists().where(SurveyResult.area_id == Area.id))
    return or_(*known)


def before(basis: Basis) -> Basis:
    """Return the same basis at the end of the month before."""
    day = month_start(basis.as_of) - ONE_DAY
    return replace(basis, as_of=day, window=window(basis.window.kind, day))


def ranking(
    area: Area,
    level: AreaLevel,
    code: IndicatorCode,
    basis: Basis,
    hidden: tuple[Discretion, Discretion] | None = None,
    *,
    only_known: bool = False,
) -> Ranking:
    """Return the areas of a level by an indicator, with what moved since the end of the month before.

    `hidden`: what is not shown of now and of then. With `only_known` areas without data may be left out.
    """
    then = before(basis)
    shown = reports_of_level(area, level, basis, [code], only_known=only_known)
    # The same areas as of the day before: who stands here now is who moved up or down.
    former = queries.report_over(area, [one.area for one in shown], then, codes=[code]).children
    veils = hidden or (None, None)
    found = standings(*(_by_area(reports, code, veil) for reports, veil in zip((shown, former), veils, strict=True)))
    areas = {one.area.id: one.area for one in shown}
    names = names_above(list(areas.values()))
    return Ranking(
        [RankedArea(areas[key], names[key], standing) for key, standing in found.items()], then.window.last_on
    )


def _by_area(reports: Sequence[AreaReport], code: IndicatorCode, hidden: Discretion | None) -> dict[int, Measurement]:
    """Return one indicator by area id, as the reader may see it."""
    told = map(hidden.on_area, reports) if hidden else reports
    return {one.area.id: one.measurements[code] for one in told}


def laggards(area: Area, basis: Basis, hidden: Discretion | None = None) -> Sequence[Laggard]:
    """Return at most five communities below an area that are furthest behind, and why; none that lags nowhere.

    All are measured by the area's edition; seven statements, however many there are.
    """
    worst = _furthest_behind(area, basis, hidden)
    areas = {one.id: one for one in db.session.scalars(select(Area).where(Area.id.in_(worst)))}
    if not areas:
        return []
    on, names, last = basis.window.last_on, names_above(list(areas.values())), _last_served(list(worst), basis)
    measured = [queries.measured(areas[area_id], counted, basis) for area_id, counted in worst.items()]
    return [
        Laggard(
            one.area,
            names[one.area.id],
            reasons(one.figures, one.measurements, last.get(one.area.id), on),
            {code: one.measurements[code] for code in ACTED_UPON},
        )
        for one in measured
    ]


def _furthest_behind(area: Area, basis: Basis, hidden: Discretion | None) -> dict[int, Counted]:
    """Return by id the communities that lag most, worst first, with what was counted; numbers alone are looked at."""
    on, kind, total = basis.window.last_on, basis.window.kind, basis.total
    tree = tree_on(on)
    here = select(Area.id).where(Area.level == AreaLevel.COMMUNITY, tree.inside(tree.lineage_of(area)))
    ids = db.session.scalars(here.order_by(Area.code)).all()
    known = select(AreaPopulation.area_id, AreaPopulation.residents, AreaPopulation.is_built_up)
    rows = {row[0]: row for row in db.session.execute(known.where(AreaPopulation.year == on.year))}
    facts, nothing, thresholds = queries.facts_at(ids, on), Deltas(), thresholds_of(basis.edition)
    # What is hidden is not told of in words either.
    untold = hidden.active if hidden else frozenset()
    behind: list[tuple[Fraction, int, Counted]] = []
    for area_id in ids:
        counted = Counted(facts.get(area_id, nothing), population_of(rows.get(area_id)), None)
        # Outside the built-up area nobody is expected; who registered there all the same counts.
        if area_id not in untold and (counted.population.counted or counted.facts.registered):
            behind.append((lag(counted.figures(kind, total), thresholds), area_id, counted))
    worst = nsmallest(LAGGARDS, (one for one in behind if one[0]), key=lambda one: -one[0])
    return {area_id: counted for _, area_id, counted in worst}


def names_above(areas: Sequence[Area]) -> dict[int, str]:
    """Return by id the names of what each area lies in, from the district down, as it stands now."""
    uppers = {area.id: area.lineage.rpartition("/")[0] for area in areas}
    names = full_names(uppers.values())
    return {area_id: names[lineage] if "/" in lineage else "" for area_id, lineage in uppers.items()}


def _last_served(area_ids: Sequence[int], basis: Basis) -> dict[int, date]:
    """Return by community when somebody who was registered there on the day had last served."""
    resident = people_queries.residents(area_ids, basis.window.last_on).subquery()
    reversal = aliased(Entry)
    counts = [
        Entry.volunteer_id == resident.c.volunteer_id,
        Entry.kind == EntryKind.CREDIT,
        Entry.served_on <= basis.window.last_on,
        ~exists().where(reversal.reverses_id == Entry.id),
    ]
    if basis.total is Total.STRICT:
        counts.append(Entry.source.in_(STRICT_SOURCES))
    query = select(resident.c.area_id, func.max(Entry.served_on)).join(Entry, and_(*counts))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(resident.c.area_id))}
