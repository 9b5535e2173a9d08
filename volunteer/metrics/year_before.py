"""Reading the same areas on the same day of the year before, in the same window and by the same total."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from models.areas import Area
from volunteer.areas.tree import is_at_or_below, tree_on
from volunteer.kernel.periods import FIRST_YEAR, window
from volunteer.metrics.comparisons import Compared
from volunteer.metrics.discretion import discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.queries import AreaReport, Counted, Report, counted_each, measured
from volunteer.metrics.rules import IndicatorCode

Comparisons = Mapping[int, Mapping[IndicatorCode, Compared]]
"""By area id and indicator."""


def same_day(day: date) -> date:
    """Return the same day of the year before, 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def basis_before(basis: Basis) -> Basis | None:
    """Return the same basis a year before, by no edition: what is compared are values. None before the first year."""
    if basis.as_of.year <= FIRST_YEAR + 1:
        return None
    on = same_day(basis.as_of)
    return replace(basis, as_of=on, window=window(basis.window.kind, on), edition=None)


def compared(report: Report, *, is_veiled: bool, with_children: bool = False) -> Comparisons:
    """Return how an area, and those below it that stand there now, compare with the year before.

    `is_veiled`: for a reader who is not shown small counts, those of a year before are not shown either. Empty where
    no year before makes sense.
    """
    then = basis_before(report.basis)
    if then is None:
        return {}
    rows = [report.whole, *(report.children if with_children else ())]
    counts = _counted([one.area for one in rows], then.window.last_on)
    found = [measured(one.area, counts[one.area.id], then) for one in rows]
    hidden = discretion(then) if is_veiled else None
    before = [hidden.on_area(one) for one in found] if hidden else found
    return {now.area.id: _compared(now, one, then.as_of) for now, one in zip(rows, before, strict=True)}


def _counted(areas: Sequence[Area], on: date) -> dict[int, Counted]:
    """Return by id what was counted for an area, which comes first, and for those below it now, wherever they stood.

    Who has come under it since is counted alone, and it is itself counted with those who have left it since.
    """
    tree, whole, below = tree_on(on), areas[0], areas[1:]
    stayed = [one for one in below if is_at_or_below(tree.lineage_of(one), tree.lineage_of(whole))]
    groups = [[whole, *stayed]] if stayed else []
    groups += [*([one] for one in below if one not in stayed), [whole]]
    return {area.id: counted for group in groups for area, counted in counted_each(group, on, tree)}


def _compared(now: AreaReport, then: AreaReport, on: date) -> dict[IndicatorCode, Compared]:
    # Before anybody was registered a share of none is no number to compare with; a survey is one of its own.
    is_told = then.figures.registered > 0
    return {
        code: Compared(one, then.measurements[code] if is_told or code is IndicatorCode.SUPPORT_SHARE else None, on)
        for code, one in now.measurements.items()
    }
