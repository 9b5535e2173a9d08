"""All that the wall's page shows, gathered: sentence, tiles, map or ranking, trend, those behind, the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from flask import current_app
from markupsafe import Markup

from models.areas import Area
from volunteer.forecasts.queries import forecast_of
from volunteer.forecasts.rules import CODES
from volunteer.kernel import clock
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.text import Words
from volunteer.maps import pictures as map_pictures
from volunteer.maps import queries as maps
from volunteer.metrics import pictures, ranking
from volunteer.metrics import queries as metrics
from volunteer.metrics.discretion import Discretion, discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import AreaReport, Freshness, Report
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement
from volunteer.screen import queries, rules
from volunteer.screen.queries import Live
from volunteer.screen.rules import Mark
from volunteer.supervision.offices import office_of
from volunteer.supervision.order_queries import order_counts

MOST_RANKED = 12
# What a whole city will be takes seconds to say and hardly changes within the hour; a wall asks each minute.
_KEPT = "screen_outlooks"
_Kept = dict[tuple[int, IndicatorCode], tuple[datetime, rules.Outlook | None]]


@dataclass(frozen=True, slots=True)
class Tile:
    """One indicator: how it stands, in words and by a mark."""

    measurement: Measurement
    mark: Mark


@dataclass(frozen=True, slots=True)
class Rank:
    """One area in the list, with the share of the longest bar that its value takes, and its number on the map."""

    number: int
    name: str
    measurement: Measurement
    share: Fraction


@dataclass(frozen=True, slots=True)
class Behind:
    """One area that lags, called so that two of one name are told apart."""

    name: str
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Board:
    """The page as of one moment."""

    area: Area
    office: str
    made_at: datetime
    today: date
    basis: Basis
    headline: Words
    detail: Words | None
    caveats: Sequence[Words]
    tiles: Sequence[Tile]
    subject: IndicatorCode
    map: Markup
    sources: Sequence[str]
    ranking: Sequence[Rank]
    unlisted: int
    unknown: int
    chart: Markup
    behind: Sequence[Behind]
    behind_level: str
    live: Live
    overdue_orders: int
    freshness: Freshness
    is_late: bool

    @property
    def subject_name(self) -> str:
        """Return the name of the indicator that is looked at, for the catalogue."""
        return INDICATORS[self.subject].short_name


def of(area: Area, *, look: str = "dark") -> Board:
    """Return the page of an area as of now: this year, all service."""
    now, today = clock.now(), clock.today()
    basis = metrics.basis_for(today, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=today, area=area)
    hidden = discretion(basis)
    report = hidden.on_report(metrics.report(area, basis))
    measured = report.whole.measurements
    subject, everything = ranking.subject(measured), list(measured.values())
    below = [hidden.on_area(one) for one in queries.two_below(report, basis)]
    freshness = metrics.freshness()
    ranked = [one for one in report.sorted_children(f"-{subject}") if one.measurements[subject].value is not None]
    shapes, sources = _shapes(report, subject, ranked[:MOST_RANKED])
    return Board(
        area=area,
        office=office_of(area),
        made_at=now,
        today=today,
        basis=basis,
        headline=rules.headline(area.level, area.name, everything),
        detail=rules.detail(everything, _outlook(area, ranking.weakest(everything), now, today)),
        caveats=rules.caveats(everything),
        tiles=[Tile(one, rules.mark(one)) for one in everything],
        subject=subject,
        map=shapes,
        sources=sources,
        ranking=_ranking(ranked[:MOST_RANKED], subject, report.largest(subject)),
        unlisted=len(ranked[MOST_RANKED:]),
        unknown=len(report.children) - len(ranked),
        chart=_chart(area, subject, basis, hidden),
        behind=_behind(below, subject, {one.area.id: one.area.name for one in report.children}),
        behind_level=below[0].area.level.label if below else "",
        live=queries.live(area, now, today),
        overdue_orders=order_counts(area, today, queries.yesterday(today)).overdue,
        freshness=freshness,
        is_late=_is_late(freshness, now),
    )


def _outlook(area: Area, worst: Measurement | None, now: datetime, today: date) -> rules.Outlook | None:
    """Return where the weakest indicator goes; None where nothing is forecast of it."""
    if worst is None or worst.indicator.code not in CODES:
        return None
    hour, key = now.replace(minute=0, second=0, microsecond=0), (area.id, worst.indicator.code)
    known: _Kept = current_app.extensions.setdefault(_KEPT, {})
    if key not in known or known[key][0] != hour:
        found = forecast_of(area, worst.indicator.code, today)
        expected, value = found.expected, found.expected.value if found.expected else None
        outlook = rules.Outlook(value, found.verdict, expected.short_gap) if expected and value is not None else None
        known[key] = hour, outlook
    return known[key][1]


def _shapes(report: Report, subject: IndicatorCode, ranked: Sequence[AreaReport]) -> tuple[Markup, list[str]]:
    """Return the map of what lies right below, what is ranked with its number, and where its boundaries come from.

    Across the room a number is read on the map; names and figures stand in the list beside it.
    """
    boundaries = maps.boundaries_of(one.area for one in report.children)
    numbers = {one.area.id: f"{number}" for number, one in enumerate(ranked, start=1)}
    drawn = [
        replace(
            map_pictures.drawn(one, subject, boundaries[one.area.id]),
            label=numbers.get(one.area.id, ""),
        )
        for one in report.children
        if one.area.id in boundaries
    ]
    picture = map_pictures.area_map(report.whole.area, subject, drawn, key="wall", letter=64)
    return picture, [file.source for file in maps.sources_of(boundaries.values())]


def _ranking(ranked: Sequence[AreaReport], subject: IndicatorCode, largest: Fraction) -> list[Rank]:
    found = [(one.area.name, one.measurements[subject]) for one in ranked]
    return [Rank(number, name, one, _share(one.value, largest)) for number, (name, one) in enumerate(found, start=1)]


def _share(value: Fraction | None, largest: Fraction) -> Fraction:
    return value / largest if value is not None and largest else Fraction()


def _chart(area: Area, subject: IndicatorCode, basis: Basis, hidden: Discretion) -> Markup:
    counts = metrics.series(area, basis)
    if not hidden.allows_series(area, counts):
        return Markup()
    trend = {basis.total: metrics.trend_of(counts, subject, basis, basis.total)}
    return pictures.trend_chart(area.name, subject, basis, trend)


def _behind(below: Sequence[AreaReport], subject: IndicatorCode, names: Mapping[int, str]) -> list[Behind]:
    by_code = {one.area.code: one for one in below}
    rows = [(code, one.measurements[subject]) for code, one in by_code.items()]
    registered = {code: one.counted.facts.registered for code, one in by_code.items()}
    found = [by_code[code] for code in rules.lagging(rows, registered)]
    return [
        Behind(names.get(one.area.parent_id or 0, "") + rules.short_name(one.area.name), one.measurements[subject])
        for one in found
    ]


def _is_late(freshness: Freshness, now: datetime) -> bool:
    """Return whether changes wait that nobody counts: the scheduler is still."""
    at = freshness.applied_at
    return freshness.waiting > 0 and (at is None or now - at > rules.LONGEST_UNCOUNTED)
