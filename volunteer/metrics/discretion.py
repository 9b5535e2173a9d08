"""What a reader who may not see people by name is shown of small areas: see `small_cells`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.areas.tree import tree_on
from volunteer.kernel.periods import WindowKind
from volunteer.metrics import queries
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Deltas, Total
from volunteer.metrics.queries import AreaReport, Counted, Report
from volunteer.metrics.rules import IndicatorCode
from volunteer.metrics.small_cells import hide_in_tree, is_small

_OF_ACTIVE = (IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD)


@dataclass(frozen=True, slots=True)
class Discretion:
    """Of which areas, by id, a count is not shown; hours are not where the count of those who served them is not."""

    kind: WindowKind
    registered: frozenset[int]
    active: Mapping[Total, frozenset[int]]

    def on_area(self, one: AreaReport, total: Total) -> AreaReport:
        """Return an area's report with what must not be shown taken out."""
        hidden: set[IndicatorCode] = set()
        if one.area.id in self.registered:
            hidden |= {IndicatorCode.REGISTERED_SHARE, *_OF_ACTIVE}
        if one.area.id in self.active[total]:
            hidden |= set(_OF_ACTIVE)
        masked = {code: was.hidden() if code in hidden else was for code, was in one.measurements.items()}
        return replace(one, measurements=masked)

    def on_report(self, report: Report) -> Report:
        """Return a report with what must not be shown taken out."""
        total = report.basis.total
        children = [self.on_area(one, total) for one in report.children]
        return replace(report, whole=self.on_area(report.whole, total), children=children)

    def allows_series(self, area: Area, counts: Sequence[tuple[date, Counted]]) -> bool:
        """Return whether an area's trend may be shown: all of it or nothing, since its points explain each other."""
        if area.id in self.registered or any(area.id in hidden for hidden in self.active.values()):
            return False
        return not any(
            is_small(counted.facts.registered) or any(is_small(counted.facts.active(self.kind, one)) for one in Total)
            for _, counted in counts
        )


def discretion(top: Area, basis: Basis) -> Discretion:
    """Return what is not shown to who reads figures from `top` down but no names, in two statements for all areas."""
    on, kind = basis.window.last_on, basis.window.kind
    tree = tree_on(on)
    query = select(Area.id, tree.lineage().label("lineage")).where(tree.inside(tree.lineage_of(top)))
    lineages = {row.lineage: row.id for row in db.session.execute(query)}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for lineage, area_id in lineages.items():
        if (above := lineages.get(lineage.rpartition("/")[0])) is not None:
            children[above].append(area_id)
    facts = queries.facts_at(list(lineages.values()), on)
    nothing = Deltas()
    registered = {area_id: facts.get(area_id, nothing).registered for area_id in lineages.values()}
    active = {
        total: {area_id: facts.get(area_id, nothing).active(kind, total) for area_id in lineages.values()}
        for total in Total
    }
    return Discretion(
        kind,
        hide_in_tree(registered, children, top.id),
        {total: hide_in_tree(counts, children, top.id) for total, counts in active.items()},
    )
