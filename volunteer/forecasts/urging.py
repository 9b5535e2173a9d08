"""Whom to urge first: the communities below an area where most is missing at the year's end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from heapq import nlargest

from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.courses import Standing
from volunteer.forecasts.forest import has_enough
from volunteer.forecasts.needs import Aim, Need, missing_to_standard, needs
from volunteer.forecasts.queries import Outlook, Seen, best_by_area, pace_of, told_of
from volunteer.forecasts.rules import Forecast
from volunteer.kernel.ratio import MINUTES_PER_HOUR, decimal_up, thousands
from volunteer.kernel.text import N_, Words
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.edition_queries import editions_for
from volunteer.metrics.ranking_queries import names_above
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, measure

MOST = 10


@dataclass(frozen=True, slots=True)
class Urged:
    """One community where much is missing of an indicator; `above` names what it lies in, from the district down.

    `lags_now` tells whether it is short of the standard already today, which is what an order can be about.
    """

    area: Area
    above: str
    forecast: Forecast
    need: Need | None
    missing: Words
    lags_now: bool


def urged(outlook: Outlook, code: IndicatorCode, hidden: Discretion | None) -> Sequence[Urged]:
    """Return at most ten communities below an area, those first where most persons or hours are missing at the end.

    Measured by each one's own edition; `hidden` are those that are not told of. None below a community.
    """
    if outlook.whole.area.level is AreaLevel.COMMUNITY or not outlook.seen.ahead:
        return []
    worst = _largest_gaps(outlook, code, hidden)
    areas = {one.id: one for one in db.session.scalars(select(Area).where(Area.id.in_(worst)))}
    names, editions = names_above(list(areas.values())), editions_for(areas.values(), outlook.as_of)
    # What came within so many days is known of the year; of twelve months some drops out as well.
    best = {} if outlook.seen.until else best_by_area(worst, outlook.as_of, outlook.total)
    found = []
    for area_id in worst:
        node, now = outlook.seen.nodes[area_id], outlook.seen.known.nows[area_id]
        figures = _figures(outlook.seen, area_id, now, outlook.as_of)
        told = told_of(areas[area_id], figures, editions[area_id], outlook.seen, outlook.as_of)
        one = told.forecasts[code]
        if one.expected is None or one.expected.value is None or one.expected.is_met is not False or not told.expected:
            continue
        # By its own activities, as its own page says it.
        made = needs(one, told.expected, pace_of(areas[area_id], outlook.as_of), best.get(area_id))
        now_measured = measure(INDICATORS[code], figures, one.expected.threshold)
        missing = missing_to_standard(one, one.expected.value)
        found.append(
            Urged(
                areas[node.id],
                names[node.id],
                one,
                next((need for need in made if need.aim is Aim.EXPECTED), None),
                _told(code, missing),
                now_measured.is_met is False,
            )
        )
    return found


def _largest_gaps(outlook: Outlook, code: IndicatorCode, hidden: Discretion | None) -> list[int]:
    """Return by id the communities where most is missing by the edition of the whole, the worst first."""
    measured = outlook.whole.forecasts[code].expected
    if measured is None or measured.threshold is None:
        return []
    threshold = measured.threshold
    seen, gaps = outlook.seen, []
    untold = (hidden.active | hidden.registered) if hidden else frozenset()
    for node in seen.nodes.values():
        if node.level is not AreaLevel.COMMUNITY or node.id in untold or node.id not in seen.ahead:
            continue
        if not has_enough(node, seen.known.origin, seen.known.nows[node.id]):
            continue
        end = measure(INDICATORS[code], _figures(seen, node.id, seen.ahead[node.id].end, outlook.as_of), threshold)
        if end.is_met is False and end.value is not None:
            gaps.append(((threshold - end.value) * end.indicator.per * (end.denominator or 0), -node.id))
    return [-area_id for _, area_id in nlargest(MOST, gaps)]


def _figures(seen: Seen, area_id: int, standing: Standing, as_of: date) -> Figures:
    """Return a community's figures as of a standing, with the residents of the year."""
    return Figures(
        population=seen.nodes[area_id].residents.get(as_of.year),
        registered=standing.registered,
        active=standing.active,
        minutes=standing.minutes,
    )


def _told(code: IndicatorCode, missing: Fraction) -> Words:
    if code is IndicatorCode.HOURS_PER_HEAD:
        return Words(N_("缺 %(hours)s 小时"), {"hours": decimal_up(missing / MINUTES_PER_HOUR, 0)})
    return Words(N_("缺 %(count)s 人"), {"count": thousands(-(-missing.numerator // missing.denominator))})
