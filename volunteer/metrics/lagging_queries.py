"""All areas of one level by how much is missing of three indicators together: the order of the list of those behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from models.areas import Area
from volunteer.areas.rules import AreaLevel
from volunteer.metrics import queries
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.ranking import ACTED_UPON, Lag, lag, lags
from volunteer.metrics.ranking_queries import before, names_above, reports_of_level
from volunteer.metrics.rules import IndicatorCode, Measurement
from volunteer.metrics.snapshots import thresholds_of


@dataclass(frozen=True, slots=True)
class LaggingArea:
    """One area with its place and the indicators that it was placed by; `above` names what it lies in."""

    area: Area
    above: str
    standing: Lag
    measurements: Mapping[IndicatorCode, Measurement]

    @property
    def is_met(self) -> bool:
        """Return whether all three are met."""
        return all(one.is_met for one in self.measurements.values())


@dataclass(frozen=True, slots=True)
class Lagging:
    """Areas of one level, the least behind first; `before_on` is the day that their movement is counted from."""

    rows: Sequence[LaggingArea]
    before_on: date


def lagging(
    area: Area,
    level: AreaLevel,
    basis: Basis,
    hidden: tuple[Discretion, Discretion] | None = None,
    *,
    only_known: bool = False,
) -> Lagging:
    """Return the areas of a level by what is missing of the three, with what moved since the end of the month before.

    All are measured by the area's edition, as the list of those behind is. `hidden`: what is not shown of now and then.
    With `only_known` areas without data may be left out.
    """
    then = before(basis)
    shown = reports_of_level(area, level, basis, ACTED_UPON, only_known=only_known)
    former = queries.report_over(area, [one.area for one in shown], then, codes=ACTED_UPON).children
    now_hidden, then_hidden = hidden or (None, None)
    found = lags(_missing(shown, basis, now_hidden), _missing(former, then, then_hidden))
    by_id = {one.area.id: one for one in shown}
    names = names_above([one.area for one in shown])
    rows = [
        LaggingArea(by_id[key].area, names[key], standing, _measured(by_id[key], basis, now_hidden))
        for key, standing in found.items()
    ]
    return Lagging(rows, then.window.last_on)


def _missing(reports: Sequence[AreaReport], basis: Basis, hidden: Discretion | None) -> dict[int, Fraction | None]:
    thresholds = thresholds_of(basis.edition)

    def missing(one: AreaReport) -> Fraction | None:
        is_told = hidden is None or not hidden.codes_of(one.area)
        # Outside the built-up area nobody is expected; who registered there all the same counts.
        is_known = one.counted.population.counted or one.counted.facts.registered
        return lag(one.figures, thresholds) if is_told and is_known else None

    return {one.area.id: missing(one) for one in reports}


def _measured(one: AreaReport, basis: Basis, hidden: Discretion | None) -> Mapping[IndicatorCode, Measurement]:
    is_measured = one.edition == basis.edition
    found = one if is_measured else queries.measured(one.area, one.counted, basis, ACTED_UPON)
    return (hidden.on_area(found) if hidden else found).measurements
