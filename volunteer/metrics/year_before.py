"""Reading the same areas on the same day of the year before, in the same window and by the same total."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from volunteer.kernel.periods import FIRST_YEAR, window
from volunteer.metrics.comparisons import Compared
from volunteer.metrics.discretion import discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.queries import AreaReport, Report, counted_each, measured
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
    counts = counted_each([one.area for one in rows], then.window.last_on)
    found = [measured(area, counted, then) for area, counted in counts]
    hidden = discretion(then) if is_veiled else None
    before = [hidden.on_area(one) for one in found] if hidden else found
    return {now.area.id: _compared(now, one, then.as_of) for now, one in zip(rows, before, strict=True)}


def _compared(now: AreaReport, then: AreaReport, on: date) -> dict[IndicatorCode, Compared]:
    # Before anybody was registered a share of none is no number to compare with; a survey is one of its own.
    is_told = then.figures.registered > 0
    return {
        code: Compared(one, then.measurements[code] if is_told or code is IndicatorCode.SUPPORT_SHARE else None, on)
        for code, one in now.measurements.items()
    }
