"""What a reader who may not see people by name is shown of small areas: see `small_cells`.

It is decided once for a day and the whole city, and holds for every such reader and every page, file, token and wall,
wherever they begin to read: what one of them is not shown no other is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import starmap
from operator import sub

from sqlalchemy import func, select

from models.areas import Area
from models.base import db
from models.metrics import FigureDelta
from volunteer.areas.tree import Tree, trees_on
from volunteer.kernel.periods import WindowKind, month_end, year_start
from volunteer.metrics import queries
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Deltas, Grain, Total
from volunteer.metrics.judgements import Judgement, judgements
from volunteer.metrics.queries import AreaReport, Counted, Report
from volunteer.metrics.rules import IndicatorCode
from volunteer.metrics.small_cells import hide_in_tree

_OF_ACTIVE = (IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD)
_NOBODY = Deltas()
# What counts people comes first among the fields; minutes are hidden with those who served them and not read.
_COUNTS = [getattr(FigureDelta, name) for name in Deltas._fields if not name.startswith("minutes")]
_Facts = Mapping[int, Deltas]


@dataclass(frozen=True, slots=True)
class Discretion:
    """Of which areas a count is not shown; hours are not where the count of those who served them is not.

    The two totals stand side by side, so what lies between them must not be small either: where it is, the strict one
    is not shown. Whoever is not shown by the inclusive one is not by the strict one, whoever is not among the
    registered is not by either.
    """

    kind: WindowKind
    total: Total
    day: date
    judgement: Judgement

    @property
    def registered(self) -> frozenset[int]:
        """Return by id of which areas the registered are not shown."""
        return self.judgement.registered

    @property
    def active(self) -> frozenset[int]:
        """Return by id of which areas those who served are not shown, by the total of the page."""
        return _active(self.judgement, self.total)

    def by(self, total: Total) -> "Discretion":
        """Return what is not shown by another total."""
        return replace(self, total=total)

    def on_area(self, one: AreaReport) -> AreaReport:
        """Return an area's report with what must not be shown taken out."""
        hidden = self.codes_of(one.area)
        masked = {code: was.hidden() if code in hidden else was for code, was in one.measurements.items()}
        return replace(one, measurements=masked)

    def codes_of(self, area: Area) -> frozenset[IndicatorCode]:
        """Return which indicators of an area are not shown."""
        hidden = set(_OF_ACTIVE) if area.id in self.active else set()
        return frozenset(hidden | ({IndicatorCode.REGISTERED_SHARE} if area.id in self.registered else set()))

    def on_report(self, report: Report) -> Report:
        """Return a report with what must not be shown taken out."""
        return replace(
            report, whole=self.on_area(report.whole), children=[self.on_area(one) for one in report.children]
        )

    def allows_series(self, area: Area, counts: Sequence[tuple[date, Counted]]) -> bool:
        """Return whether an area's trend may be shown: all of it or nothing, each day judged over the whole city."""
        if area.id in self.active:
            return False
        others = [day for day, _ in counts if day != self.day]
        return not any(area.id in _active(one, self.total) for one in _judged(others, self.kind).values())


def discretion(basis: Basis) -> Discretion:
    """Return what is not shown to who reads figures but no names, in some statements for all areas of the city."""
    day, kind = basis.window.last_on, basis.window.kind
    return Discretion(kind, basis.total, day, _judged([day], kind)[day])


def discretion_over(facts: _Facts, day: date, kind: WindowKind, total: Total) -> Discretion:
    """Return the same for counts of a day that come from elsewhere: those that were written down that night."""
    return Discretion(kind, total, day, _judge(facts, _Places.read(), trees_on([day])[day], kind))


def _active(judgement: Judgement, total: Total) -> frozenset[int]:
    return judgement.strict if total is Total.STRICT else judgement.inclusive


def _judged(days: Sequence[date], kind: WindowKind) -> Mapping[date, Judgement]:
    """Return what is not shown on each of some days."""
    return judgements(days, kind, lambda missing: dict(_judge_anew(missing, kind))) if days else {}


def _judge_anew(days: Sequence[date], kind: WindowKind) -> Iterable[tuple[date, Judgement]]:
    places, trees = _Places.read(), trees_on(days)
    ends = _at_month_ends([day for day in days if day == month_end(day)]) if len(days) > 1 else {}
    for day in days:
        facts = ends[day] if day in ends else queries.facts_at(list(places.lineages.values()), day)
        yield day, _judge(facts, places, trees[day], kind)


@dataclass(frozen=True, slots=True)
class _Places:
    """Every area's id by where it stands now, the last code first."""

    lineages: Mapping[str, int]

    @classmethod
    def read(cls) -> "_Places":
        rows = db.session.execute(select(Area.lineage, Area.id).order_by(Area.code.desc()))
        return cls({row.lineage: row.id for row in rows})

    def children(self, tree: Tree) -> dict[int, list[int]]:
        """Return by id which areas stood right below each on a day.

        The last code comes first, and is the first to be hidden for another's sake: the inner city has the first ones.
        """
        below: defaultdict[int, list[int]] = defaultdict(list)
        for lineage, area_id in self.lineages.items():
            there = tree.displaced.get(area_id)
            above = there.parent_id if there else self.lineages.get(lineage.rpartition("/")[0])
            if above is not None:
                below[above].append(area_id)
        return dict(below)


def _judge(facts: _Facts, places: _Places, tree: Tree, kind: WindowKind) -> Judgement:
    children = places.children(tree)
    tops = [area_id for lineage, area_id in places.lineages.items() if "/" not in lineage]

    def hide(counts: Iterable[int]) -> frozenset[int]:
        by_area = {area_id: count for area_id, count in zip(facts, counts, strict=True) if count}
        return frozenset().union(*(hide_in_tree(by_area, children, top) for top in tops))

    inclusive, strict = (
        [one.active(kind, total) for one in facts.values()] for total in (Total.INCLUSIVE, Total.STRICT)
    )
    registered = hide(one.registered for one in facts.values())
    hidden = registered | hide(inclusive)
    between = starmap(sub, zip(inclusive, strict, strict=True))
    return Judgement(registered, hidden, hidden | hide(strict) | hide(between))


def _at_month_ends(days: Sequence[date]) -> dict[date, dict[int, Deltas]]:
    """Return the figures of all areas at some months' ends, in two statements."""
    if not days:
        return {}
    first_on = year_start(min(days))
    before = select(FigureDelta.area_id, *map(func.sum, _COUNTS)).where(
        FigureDelta.grain == Grain.YEAR.value, FigureDelta.starts_on < first_on
    )
    standing = {row[0]: Deltas(*map(int, row[1:])) for row in db.session.execute(before.group_by(FigureDelta.area_id))}
    since = (
        select(FigureDelta.starts_on, FigureDelta.area_id, *_COUNTS)
        .where(FigureDelta.grain == Grain.MONTH.value, FigureDelta.starts_on.between(first_on, max(days)))
        .order_by(FigureDelta.starts_on)
    )
    rows = db.session.execute(since).all()
    found: dict[date, dict[int, Deltas]] = {}
    place = 0
    for day in sorted(days):
        while place < len(rows) and rows[place][0] <= day:
            _, area_id, *more = rows[place]
            standing[area_id] = Deltas(*map(int.__add__, standing.get(area_id, _NOBODY), more))
            place += 1
        found[day] = dict(standing)
    return found
