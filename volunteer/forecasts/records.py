"""Reading what forecasts are made from: the monthly figures of an area, of all below it and of those above it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from models.areas import Area, AreaMove, AreaPopulation, PopulationChange
from models.base import db
from models.metrics import FigureDelta
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import Tree, tree_on
from volunteer.forecasts.courses import MONTHS, NOTHING, YEARS_LEARNED, Origin, Record, Standing
from volunteer.forecasts.forest import Node
from volunteer.kernel.periods import ONE_DAY, WindowKind, month_end, month_start
from volunteer.metrics.facts import Grain, Total


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at the end of a day: the areas from the whole city down, and how each stands.

    `nodes` are the area asked for, all at or below it that ever had anybody, and those above it.
    """

    origin: Origin
    nodes: Sequence[Node]
    nows: Mapping[int, Standing]


def known_of(area: Area, as_of: date, total: Total, kind: WindowKind = WindowKind.CALENDAR_YEAR) -> Known:
    """Return what is known of an area at the end of a day, by the tree of that day, in a handful of statements.

    `kind` says which window is read, that of the calendar year or the last twelve months.

    What was recorded later about days up to `as_of` is in it; later days are not.
    """
    tree = tree_on(as_of)
    areas = _areas(area, tree)
    ends_month = as_of == month_end(as_of)
    last = _month(as_of) if ends_month else _month(as_of) - 1
    first = (as_of.year - YEARS_LEARNED - 1) * MONTHS
    here = _inside(select(Area.id), area, tree).subquery()
    steps = _steps(here, first, last, (total, kind))
    today = {} if ends_month else _steps_of_days(here, as_of, (total, kind))
    residents = _residents(area, tree, range(as_of.year - YEARS_LEARNED - 1, as_of.year + 1), areas)
    begin = min((month for months in steps.values() for month in months if month >= first), default=last + 1)
    nodes, nows = [], {}
    for row in areas:
        months = steps.get(row.id, {})
        if months or row.id in today:
            record = _record(months, begin, last)
            node = Node(row.id, _parent(row, tree), AreaLevel(row.level), record, residents[row.id])
            nodes.append(node)
            nows[row.id] = _plus(record.at(last), today.get(row.id, NOTHING))
    passed = 1.0 if ends_month else as_of.day / month_end(as_of).day
    return Known(Origin(_month(as_of), passed), nodes, nows)


def steps_by_day(area_ids: Sequence[int], as_of: date, total: Total) -> Mapping[int, Mapping[date, Standing]]:
    """Return by area what was added on each day of the year up to one, registrations net of those that end.

    What a new year takes away is not in it. For some areas, not for all.
    """
    days = and_(
        FigureDelta.grain == Grain.DAY.value,
        FigureDelta.starts_on.between(as_of - timedelta(days=364), as_of),
        FigureDelta.area_id.in_(area_ids),
    )
    columns = (FigureDelta.area_id, FigureDelta.starts_on, *_columns(total))
    query: Select[*tuple[Any, ...]] = select(*columns).where(days)
    found: dict[int, dict[date, Standing]] = {area_id: {} for area_id in area_ids}
    for area_id, day, registered, active, minutes in db.session.execute(query):
        found[area_id][day] = Standing(registered, max(0, active), max(0, minutes))
    return found


def history_mark(year: int, total: Total) -> tuple[int, ...]:
    """Return what changes when the figures of the years before `year` do: what a reckoning from them is kept under."""
    squares = [func.sum(column * column) for column in _columns(total)]
    query = (
        select(func.count(), *squares)
        .join(Area, Area.id == FigureDelta.area_id)
        .where(
            Area.level.in_((AreaLevel.CITY, AreaLevel.DISTRICT)),
            FigureDelta.grain == Grain.MONTH.value,
            FigureDelta.starts_on < date(year, 1, 1),
        )
    )
    numbers = [int(number or 0) for number in db.session.execute(query).one()]
    set_anew, moved = func.max(PopulationChange.id), func.max(AreaMove.id)
    last = select(select(set_anew).scalar_subquery(), select(moved).scalar_subquery())
    return (*numbers, *(int(number or 0) for number in db.session.execute(last).one()))


_AreaRow = Row[int, int | None, AreaLevel, str]
_Columns = TypeVarTuple("_Columns")
_Which = tuple[Total, WindowKind]


def _areas(area: Area, tree: Tree) -> Sequence[_AreaRow]:
    """Return the area, all below and all above it on the day, each after the one above it."""
    columns = select(Area.id, Area.parent_id, Area.level, Area.lineage)
    rows = db.session.execute(_inside(columns, area, tree)).all()
    return sorted(rows, key=lambda row: (row.lineage.count("/"), row.lineage))


def _inside(query: Select[*_Columns], area: Area, tree: Tree) -> Select[*_Columns]:
    lineage = tree.lineage_of(area)
    return query.where(or_(tree.inside(lineage), Area.code.in_(lineage.split("/")[:-1])))


def _parent(row: _AreaRow, tree: Tree) -> int | None:
    moved = tree.displaced.get(row.id)
    return moved.parent_id if moved else row.parent_id


def _steps(here: Subquery, first: int, last: int, which: _Which) -> dict[int, dict[int, Standing]]:
    """Return by area and month how figures changed; all that lies before `first` as one step in the month before it."""
    begins, ends = _first_day(first), _first_day(last)
    months = and_(FigureDelta.grain == Grain.MONTH.value, FigureDelta.starts_on.between(begins, ends))
    years = and_(FigureDelta.grain == Grain.YEAR.value, FigureDelta.starts_on < begins)
    found: defaultdict[int, dict[int, Standing]] = defaultdict(dict)
    # An area has one row a month, so that only the years before are added up: the database does it.
    for area_id, *step in _sums(here, years, which):
        found[area_id][first - 1] = Standing(*step)
    for area_id, starts_on, registered, active, minutes in _rows(here, months, which):
        found[area_id][starts_on.year * MONTHS + starts_on.month - 1] = Standing(registered, active, minutes)
    return found


def _steps_of_days(here: Subquery, as_of: date, which: _Which) -> dict[int, Standing]:
    days = and_(FigureDelta.grain == Grain.DAY.value, FigureDelta.starts_on.between(month_start(as_of), as_of))
    return {area_id: Standing(*step) for area_id, *step in _sums(here, days, which)}


def _rows(here: Subquery, when: ColumnElement[bool], which: _Which) -> Iterable[tuple[int, date, int, int, int]]:
    columns = (FigureDelta.area_id, FigureDelta.starts_on, *_columns(*which))
    query: Select[*tuple[Any, ...]] = select(*columns).where(FigureDelta.area_id.in_(select(here.c.id)), when)
    return (tuple(row) for row in db.session.execute(query))


def _sums(here: Subquery, when: ColumnElement[bool], which: _Which) -> Iterable[tuple[int, int, int, int]]:
    sums = map(func.sum, _columns(*which))
    query: Select[*tuple[Any, ...]] = select(FigureDelta.area_id, *sums).group_by(FigureDelta.area_id)
    rows = db.session.execute(query.where(FigureDelta.area_id.in_(select(here.c.id)), when))
    return ((row[0], *map(int, row[1:])) for row in rows)


def _columns(total: Total, kind: WindowKind = WindowKind.CALENDAR_YEAR) -> tuple[InstrumentedAttribute[int], ...]:
    window = "year" if kind is WindowKind.CALENDAR_YEAR else "rolling"
    which = "strict" if total is Total.STRICT else "all"
    names = ("registered", f"active_{window}_{which}", f"minutes_{window}_{which}")
    return tuple(getattr(FigureDelta, name) for name in names)


def _record(steps: Mapping[int, Standing], first: int, last: int) -> Record:
    standing = steps.get(first - 1, NOTHING)
    ends = []
    for month in range(first, last + 1):
        if month in steps:
            standing = _plus(standing, steps[month])
        ends.append(standing)
    return Record(first, ends)


def _residents(area: Area, tree: Tree, years: range, areas: Sequence[_AreaRow]) -> defaultdict[int, dict[int, int]]:
    """Return by area and year the residents that count, of areas above communities those of their communities."""
    counts = (AreaPopulation.is_built_up, AreaPopulation.year.in_(years), tree.inside(tree.lineage_of(area)))
    query = select(Area.id, AreaPopulation.year, AreaPopulation.residents).join(Area, Area.id == AreaPopulation.area_id)
    parents = {row.id: _parent(row, tree) for row in areas}
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for community, year, residents in db.session.execute(query.where(*counts)):
        upper: int | None = community
        while upper is not None:
            found[upper][year] = found[upper].get(year, 0) + residents
            upper = parents.get(upper)
    return found


def _plus(one: Standing, other: Standing) -> Standing:
    return Standing(one[0] + other[0], one[1] + other[1], one[2] + other[2])


def _month(day: date) -> int:
    return day.year * MONTHS + day.month - 1


def _first_day(month: int) -> date:
    return date(month // MONTHS, month % MONTHS + 1, 1)


def last_day(month: int) -> date:
    """Return the last day of a month counted from 0."""
    return _first_day(month + 1) - ONE_DAY
