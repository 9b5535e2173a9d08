"""Forecasts of areas, for this room's pages and for every room above it.

`forecast_of` gives one indicator of one area, `forecasts_below` all three of each area right below it, `outlook_of`
everything that the page shows. All are read from the figures as they stand; nothing is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import ceil

from sqlalchemy import func, select

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.hours import Entry
from volunteer.areas.overview import inside
from volunteer.forecasts import records
from volunteer.forecasts.backtests import Ranges, Score, values
from volunteer.forecasts.courses import MONTHS, Origin, Standing
from volunteer.forecasts.experience import experience_before, rolling_experience_before
from volunteer.forecasts.forest import Ahead, Habits, Node, habits, has_enough, is_young, look_ahead
from volunteer.forecasts.needs import Best, Need, Pace, best_of, needs
from volunteer.forecasts.rolling import look_round
from volunteer.forecasts.rules import (
    CODES,
    SHORT_HISTORY,
    TOO_LITTLE,
    YEAR_IS_OVER,
    Expected,
    Forecast,
    WhatIf,
    forecast,
)
from volunteer.hours.rules import EntryKind
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.errors import NotFound
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.text import N_, Words
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.editions import Edition
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import basis_for, city, report
from volunteer.metrics.rules import Figures, IndicatorCode
from volunteer.metrics.small_cells import WHY

_WIDER = 1.5
_SHIFTS_LOOKED_AT = 200
_A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class AreaForecast:
    """One area with its forecasts, in the order of CODES; `expected` is None where nothing is forecast."""

    area: Area
    forecasts: Mapping[IndicatorCode, Forecast]
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What an outlook was read from: every area at or below it that has people, and what is expected of each by id."""

    known: records.Known
    ahead: Mapping[int, Ahead]
    ranges: Ranges
    nodes: Mapping[int, Node]
    until: date | None

    @property
    def months_left(self) -> float:
        """Return the months to the day that is forecast, a part of one included."""
        origin = self.known.origin
        if self.until is None:
            return origin.months_left
        return self.until.year * MONTHS + self.until.month - origin.month - origin.passed


@dataclass(frozen=True, slots=True)
class Outlook:
    """An area and those right below it, as seen from the end of `as_of` to the year's end.

    `course` is what is expected of the area at the ends of the months to come; empty where nothing is forecast.
    `needs` say what is missing to the standard, and what makes it sure; `best` is what they are measured by.
    """

    as_of: date
    total: Total
    whole: AreaForecast
    children: Sequence[AreaForecast]
    course: Sequence[tuple[date, Standing]]
    needs: Mapping[IndicatorCode, Sequence[Need]]
    pace: Pace | None
    best: Best | None
    seen: Seen

    @property
    def window(self) -> WindowKind:
        """Return the window that is forecast: the calendar year, or the last twelve months of a material period."""
        return WindowKind.ROLLING_YEAR if self.seen.until else WindowKind.CALENDAR_YEAR

    @property
    def ends_on(self) -> date:
        """Return the day that is forecast."""
        return next(iter(self.whole.forecasts.values())).ends_on

    @property
    def days_left(self) -> int:
        """Return the days to the day that is forecast."""
        return (self.ends_on - self.as_of).days

    def sorted_children(self, sort: str) -> Sequence[AreaForecast]:
        """Return the children by "name" or an indicator's expected value, "-" before it for the largest first.

        Those without a forecast come last; anything else leaves the order by code.
        """
        key = sort.removeprefix("-")
        if key == "name":
            return sorted(self.children, key=lambda child: child.area.name, reverse=sort.startswith("-"))
        if key not in CODES:
            return self.children
        code = IndicatorCode(key)
        known = {child.area.id: _value(child, code) for child in self.children}
        told = [child for child in self.children if known[child.area.id] is not None]
        told.sort(key=lambda child: known[child.area.id] or 0, reverse=sort.startswith("-"))
        return told + [child for child in self.children if known[child.area.id] is None]


@dataclass(frozen=True, slots=True)
class Backtest:
    """How far off forecasts of whole past years would have been: of one area, and of all communities of the city."""

    years: Sequence[int]
    own: Sequence[Score]
    communities: Sequence[Score]


def forecast_of(area: Area, code: IndicatorCode, today: date, *, total: Total = Total.INCLUSIVE) -> Forecast:
    """Return what one indicator of an area will be at the end of the year of `today`, as known at the end of that day.

    `code` is one of registered_share, active_share and hours_per_head; KeyError for another: a survey has no course.
    Where nothing can be said `expected` is None and `reason` says why. A whole city takes some seconds once a day and
    process, for the ranges, and one to two after that; a community a few hundredths.
    """
    return outlook_of(area, today, total=total).whole.forecasts[code]


def forecasts_below(area: Area, today: date, *, total: Total = Total.INCLUSIVE) -> Sequence[AreaForecast]:
    """Return the forecasts of the areas right below an area, by code: an empty list below a community."""
    return outlook_of(area, today, total=total).children


def outlook_of(area: Area, as_of: date, *, total: Total = Total.INCLUSIVE, until: date | None = None) -> Outlook:
    """Return everything that is forecast of an area and of those right below it, as known at the end of a day.

    To the year's end, or to the end of the material period that ends on `until`, one of `material_ends`; that which
    ends on 31 December is the year. Raises Invalid on "as_of" for a senseless year.
    """
    if until == date(as_of.year, 12, 31):
        until = None
    kind = WindowKind.ROLLING_YEAR if until else WindowKind.CALENDAR_YEAR
    shown = report(area, basis_for(as_of, kind, total, today=as_of, area=area))
    known = records.known_of(area, as_of, total)
    learned, nodes = habits(known.nodes, as_of.year), {node.id: node for node in known.nodes}
    if learned is None:
        seen = Seen(known, {}, Ranges(()), nodes, until)
    elif until:
        seen = _seen_rolling(area, as_of, total, known, learned, until)
    else:
        ahead = look_ahead(known.nodes, learned, known.origin, known.nows)
        seen = Seen(known, ahead, experience_before(as_of.year, total).ranges, nodes, None)
    told = [told_of(one.area, one.figures, one.edition, seen, as_of) for one in (shown.whole, *shown.children)]
    # What came within so many days is known of the year; of twelve months some drops out as well.
    is_measured = bool(seen.ahead) and not until
    pace, best = pace_of(area, as_of), best_by_area([area.id], as_of, total)[area.id] if is_measured else None
    course = _course(seen.ahead.get(area.id), known.origin)
    return Outlook(as_of, total, told[0], told[1:], course, _needs(told[0], pace, best), pace, best, seen)


def _seen_rolling(area: Area, as_of: date, total: Total, known: records.Known, learned: Habits, until: date) -> Seen:
    """Return what twelve months up to a day that comes are seen from; who is not known of them is left out."""
    of_twelve = records.known_of(area, as_of, total, WindowKind.ROLLING_YEAR)
    nodes = [node for node in known.nodes if node.id in of_twelve.nows]
    last = until.year * MONTHS + until.month - 1
    ahead = look_round(nodes, of_twelve.nows, learned, known.origin, known.nows, last)
    by_id = {node.id: node for node in nodes}
    seen = Seen(replace(known, nodes=nodes, nows=of_twelve.nows), ahead, Ranges(()), by_id, until)
    months = ceil(seen.months_left)
    return replace(seen, ranges=rolling_experience_before(as_of.year, total, months).ranges)


def best_by_area(area_ids: Sequence[int], as_of: date, total: Total) -> dict[int, Best | None]:
    """Return by area the most that came in as many days as are left of the year, within the last year."""
    days = (date(as_of.year, 12, 31) - as_of).days
    return {one: best_of(steps, days, as_of) for one, steps in records.steps_by_day(area_ids, as_of, total).items()}


def try_out(outlook: Outlook, extra: WhatIf) -> Outlook:
    """Return the outlook with activities on top: expected values move, and their ranges with them."""
    before = outlook.whole
    if before.expected is None:
        return outlook
    expected = extra.applied(before.expected, outlook.days_left)
    until = outlook.seen.until
    moved = {code: _moved(one, expected, until) for code, one in before.forecasts.items()}
    whole = AreaForecast(before.area, moved, expected)
    return replace(outlook, whole=whole, needs=_needs(whole, outlook.pace, outlook.best))


def without_small(outlook: Outlook, hidden: Discretion) -> Outlook:
    """Return an outlook without what is not shown to who may not see people by name.

    What an area is expected to be begins with what it is now: where one of its counts is not shown nothing is.
    """
    children = [_untold(one, hidden) for one in outlook.children]
    if not hidden.codes_of(outlook.whole.area):
        return replace(outlook, children=children)
    whole = _untold(outlook.whole, hidden)
    return replace(outlook, whole=whole, children=children, course=[], needs={}, pace=None, best=None)


def _untold(one: AreaForecast, hidden: Discretion) -> AreaForecast:
    if not hidden.codes_of(one.area):
        return one
    why = Words(WHY)
    told = {code: Forecast(code, was.as_of, was.ends_on, None, reason=why) for code, was in one.forecasts.items()}
    return AreaForecast(one.area, told)


def backtest_of(area: Area, outlook: Outlook) -> Backtest:
    """Return how far off forecasts like an outlook were in past years, for an area and all communities of the city."""
    year, seen = outlook.as_of.year, outlook.seen
    if seen.until:
        found = rolling_experience_before(year, outlook.total, ceil(seen.months_left))
    else:
        found = experience_before(year, outlook.total)
    return Backtest(found.years, found.by_area.get(area.id, ()), found.communities)


def pace_of(area: Area, as_of: date) -> Pace | None:
    """Return what the last year's activities of an area were worth, of the city where it had none; None without any.

    The latest 200 shifts speak for the year, so that a city is read as fast as a community.
    """
    own = _pace(area, as_of)
    if own is None and area.parent_id is not None and (whole := city()):
        found = _pace(whole, as_of)
        return replace(found, is_of_city=True) if found else None
    return own


def _pace(area: Area, as_of: date) -> Pace | None:
    end = datetime.combine(as_of, time.max, LOCAL_ZONE)
    shifts = (
        select(Shift.id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .where(inside((area.lineage,)), Shift.ends_at.between(end - _A_YEAR, end))
        .order_by(Shift.ends_at.desc(), Shift.id)
        .limit(_SHIFTS_LOOKED_AT)
        .subquery()
    )
    counts = select(func.count(Entry.shift_id.distinct()), func.count(), func.sum(Entry.minutes))
    row = db.session.execute(
        counts.where(Entry.shift_id.in_(select(shifts.c.id)), Entry.kind == EntryKind.CREDIT)
    ).one()
    held, came, minutes = map(int, (row[0], row[1], row[2] or 0))
    return Pace(Fraction(minutes, came), Fraction(came, held)) if came else None


def told_of(area: Area, figures: Figures, edition: Edition | None, seen: Seen, as_of: date) -> AreaForecast:
    """Return an area's forecasts against an edition, or why there are none; of `figures` the residents are read."""
    known, node, ahead = seen.known, seen.nodes.get(area.id), seen.ahead.get(area.id)
    ends_on = seen.until or date(as_of.year, 12, 31)
    origin = known.origin
    reason = None
    if seen.months_left == 0:
        reason = Words(YEAR_IS_OVER)
    elif node is None or ahead is None or not has_enough(node, origin, known.nows[node.id]):
        reason = Words(TOO_LITTLE)
    if reason or node is None or ahead is None:
        return AreaForecast(area, {code: Forecast(code, as_of, ends_on, None, reason=reason) for code in CODES})
    expected = Expected(known.nows[node.id], ahead.end, figures)
    wide = is_young(node, origin)
    note = Words(SHORT_HISTORY) if wide else None
    forecasts = {}
    guesses = values(ahead.end, figures.population)
    for code in CODES:
        around = seen.ranges.around(
            node.level, code, guesses.get(code, 0.0), seen.months_left, wider=_WIDER if wide else 1
        )
        threshold = edition.threshold(code) if edition else None
        forecasts[code] = forecast(code, expected, around, threshold, as_of=as_of, note=note, until=seen.until)
    return AreaForecast(area, forecasts, expected)


def _moved(one: Forecast, expected: Expected, until: date | None) -> Forecast:
    if one.expected is None or one.expected.value is None or one.low is None or one.high is None:
        return one
    threshold = one.expected.threshold
    plain = forecast(one.code, expected, (0.0, 0.0), threshold, as_of=one.as_of, until=until)
    if plain.expected is None or plain.expected.value is None:
        return one
    by = plain.expected.value - one.expected.value
    bounds = float(one.low + by), float(one.high + by)
    return forecast(one.code, expected, bounds, threshold, as_of=one.as_of, note=one.note, until=until)


def _needs(one: AreaForecast, pace: Pace | None, best: Best | None) -> dict[IndicatorCode, Sequence[Need]]:
    if one.expected is None:
        return {}
    found = {code: needs(told, one.expected, pace, best) for code, told in one.forecasts.items()}
    return {code: told for code, told in found.items() if told}


def _course(ahead: Ahead | None, origin: Origin) -> Sequence[tuple[date, Standing]]:
    if ahead is None:
        return []
    return [(records.last_day(origin.month + number), one) for number, one in enumerate(ahead.course)]


def _value(child: AreaForecast, code: IndicatorCode) -> Fraction | None:
    measured = child.forecasts[code].expected
    return measured.value if measured else None


def whole_city() -> Area:
    """Return the whole city; raise NotFound before a tree is there."""
    found = city()
    if found is None:
        raise NotFound(N_("还没有区划，请先导入区划"))
    return found
