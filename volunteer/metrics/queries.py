"""Reading the figures: of an area and of what lies right below it, as of any day, in a handful of statements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, exists, func, select, union_all

from models.areas import Area, AreaPopulation
from models.base import among, db
from models.engine import single_statements
from models.metrics import FigureDelta, FigureState
from models.organizations import Organization
from models.surveys import SurveyResult
from models.volunteers import FigureChange
from volunteer.areas.overview import inside
from volunteer.areas.tree import Tree, tree_on
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import ONE_DAY, WindowKind, trend_days, window
from volunteer.kernel.text import N_, Words
from volunteer.metrics.documents import Basis
from volunteer.metrics.edition_queries import edition_for, editions_for
from volunteer.metrics.editions import Edition
from volunteer.metrics.facts import Deltas, Stretch, Total, add_up, prefix_cover
from volunteer.metrics.populations import Population, populations_on, populations_over
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, Measurement, TrendPoint, figures, measure, trend
from volunteer.organizations.rules import OrganizationStatus
from volunteer.surveys.queries import results_of
from volunteer.surveys.rules import result_that_counts

_COLUMNS = [getattr(FigureDelta, name) for name in Deltas._fields]
_NOTHING = Deltas()


@dataclass(frozen=True, slots=True)
class Counted:
    """All that is counted for one area as of one day: the windows and totals are read out of it."""

    facts: Deltas
    population: Population
    survey: SurveyResult | None

    def figures(self, kind: WindowKind, total: Total) -> Figures:
        """Return the figures of one window and total; a population without any row is not known."""
        return figures(
            self.facts,
            kind,
            total,
            population=self.population.counted,
            missing_population_areas=self.population.missing,
            outside_areas=self.population.outside,
            supporting=self.survey.supporting if self.survey else None,
            valid_answers=self.survey.valid_answers if self.survey else None,
            is_self_test=self.survey is not None and not self.survey.is_official,
            surveyed_on=self.survey.held_on if self.survey else None,
        )


@dataclass(frozen=True, slots=True)
class AreaReport:
    """One area with what was counted and the indicators measured from it, by the edition that the area chose."""

    area: Area
    counted: Counted
    figures: Figures
    measurements: Mapping[IndicatorCode, Measurement]
    edition: Edition | None

    def grade(self, code: IndicatorCode) -> str | None:
        """Return the grade that an indicator reaches; None without data, below all, or where there are no grades."""
        return self.edition.grade(code, self.measurements[code].value) if self.edition else None

    def grade_words(self, code: IndicatorCode) -> Words | None:
        """Return the grade as the page says it; None without data or where there are no grades."""
        return self.edition.grade_words(code, self.measurements[code].value) if self.edition else None


@dataclass(frozen=True, slots=True)
class Report:
    """An area and those right below it, by code, all on one basis."""

    basis: Basis
    whole: AreaReport
    children: Sequence[AreaReport]

    def otherwise_measured(self) -> list[Words]:
        """Return which of the areas below another edition measures than the whole."""
        return [
            Words(N_("%(area)s按“%(edition)s”对照"), {"area": one.area.name, "edition": one.edition.name})
            if one.edition
            else Words(N_("%(area)s所选的系列这一天没有有效的版本，没有标准"), {"area": one.area.name})
            for one in self.children
            if one.edition != self.whole.edition
        ]

    def largest(self, code: IndicatorCode) -> Fraction:
        """Return the largest value of one indicator on the page or its threshold: where the bars end."""
        measured = [one.measurements[code] for one in (self.whole, *self.children)]
        return max(max(one.value or Fraction(), one.threshold or Fraction()) for one in measured)

    def sorted_children(self, sort: str) -> Sequence[AreaReport]:
        """Return the children by "name" or an indicator's code, "-" before it for the largest first.

        Those without data come last either way; anything else leaves the order by code.
        """
        key = sort.removeprefix("-")
        if key == "name":
            return sorted(self.children, key=lambda child: child.area.name, reverse=sort.startswith("-"))
        if key not in set(IndicatorCode):
            return self.children
        code = IndicatorCode(key)
        known = [child for child in self.children if child.measurements[code].value is not None]
        known.sort(key=lambda child: child.measurements[code].value or 0, reverse=sort.startswith("-"))
        return known + [child for child in self.children if child.measurements[code].value is None]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far the figures are: `waiting` changes are not in them yet; `applied_at` is None before the first."""

    waiting: int
    applied_at: datetime | None


@dataclass(frozen=True, slots=True)
class CitySummary:
    """The four indicators of the whole city, in the order of INDICATORS, and what they rest on."""

    area: Area
    basis: Basis
    measurements: Sequence[Measurement]


def basis_for(as_of: date, kind: WindowKind, total: Total, *, today: date, area: Area | None = None) -> Basis:
    """Return what figures of an area rest on, of the whole city without one.

    Raises Invalid on "as_of" for a day that has not come or makes no sense.
    """
    if as_of > today:
        raise Invalid(N_("日期不能在今天以后"), field="as_of")
    days = window(kind, as_of)
    area = area or city()
    return Basis(as_of=as_of, window=days, total=total, edition=edition_for(area, as_of) if area else None)


def city() -> Area | None:
    """Return the whole city; None before a tree is there."""
    return db.session.scalars(select(Area).where(Area.parent_id.is_(None)).order_by(Area.code).limit(1)).first()


def report(area: Area, basis: Basis) -> Report:
    """Return the figures and indicators of an area and of what stood right below it, each by its own edition."""
    tree = tree_on(basis.window.last_on)
    return report_over(area, tree.children(area), basis, tree)


def report_over(
    area: Area,
    below: Iterable[Area],
    basis: Basis,
    tree: Tree | None = None,
    codes: Collection[IndicatorCode] = tuple(INDICATORS),
) -> Report:
    """Return the figures and some indicators of an area and of some of one level that stood below it on the day."""
    on = basis.window.last_on
    areas = [area, *below]
    editions = editions_for(areas, basis.as_of, known=basis.edition)
    bases = {one.id: _by_edition(basis, editions[one.id]) for one in areas}
    whole, *children = (measured(one, counted, bases[one.id], codes) for one, counted in counted_each(areas, on, tree))
    return Report(bases[area.id], whole, children)


def _by_edition(basis: Basis, edition: Edition | None) -> Basis:
    return basis if edition is basis.edition else replace(basis, edition=edition)


def measured(
    area: Area, counted: Counted, basis: Basis, codes: Collection[IndicatorCode] = tuple(INDICATORS)
) -> AreaReport:
    """Return the indicators of what was counted, by the window, total and edition of the basis."""
    read = counted.figures(basis.window.kind, basis.total)
    measured = {code: measure(INDICATORS[code], read, _threshold(basis, code)) for code in codes}
    return AreaReport(area, counted, read, measured, basis.edition)


def city_summary(as_of: date, *, total: Total = Total.INCLUSIVE) -> CitySummary | None:
    """Return the indicators of the whole city for the year of `as_of`; None before a tree is there."""
    area = city()
    if area is None:
        return None
    basis = basis_for(as_of, WindowKind.CALENDAR_YEAR, total, today=as_of, area=area)
    ((_, counted),) = counted_each([area], as_of)
    return CitySummary(area, basis, tuple(measured(area, counted, basis).measurements.values()))


def series(area: Area, basis: Basis) -> list[tuple[date, Counted]]:
    """Return what was counted for an area on thirteen days: the ends of twelve months, then the basis's own day.

    Each under the day that it is read on, which is the last of its window.
    """
    days = [window(basis.window.kind, day).last_on for day in trend_days(basis.as_of)]
    rows = _fact_rows(area.id, days)
    surveys = results_of([area.id], days[-1])[area.id]
    populations = populations_over(area, days)
    return [
        (
            day,
            Counted(
                add_up([_NOTHING, *(deltas for row, deltas in rows if _covers(_cover(day), row))]),
                populations[day],
                result_that_counts(surveys, day),
            ),
        )
        for day in days
    ]


def trend_of(
    counts: Iterable[tuple[date, Counted]], code: IndicatorCode, basis: Basis, total: Total
) -> Sequence[TrendPoint]:
    """Return one indicator over a series, by one total, against the threshold that the basis shows."""
    read = [(day, counted.figures(basis.window.kind, total)) for day, counted in counts]
    return trend(INDICATORS[code], read, _threshold(basis, code))


def has_waiting_changes() -> bool:
    """Return whether the outbox holds anything; reads beside whoever writes."""
    with single_statements() as connection:
        return bool(connection.scalar(select(exists(select(FigureChange.id)))))


def freshness() -> Freshness:
    """Return how far the figures are."""
    waiting = select(func.count()).select_from(FigureChange).scalar_subquery()
    applied_at = select(FigureState.applied_at).where(FigureState.id == 1).scalar_subquery()
    row = db.session.execute(select(waiting, applied_at)).one()
    return Freshness(*row)


def pending_organizations(area: Area) -> int:
    """Return how many organizations at or below an area wait for the office's decision."""
    query = select(func.count()).select_from(Organization).join(Area, Area.id == Organization.area_id)
    waiting = Organization.status == OrganizationStatus.PENDING
    return db.session.scalar(query.where(waiting, inside((area.lineage,)))) or 0


def population_sources(area: Area, on: date, most: int = 3) -> Sequence[str]:
    """Return the notes on where the populations that count for an area on a day come from, at most so many of them."""
    tree = tree_on(on)
    query = select(AreaPopulation.source).join(Area, Area.id == AreaPopulation.area_id)
    counts = (AreaPopulation.year == on.year, AreaPopulation.is_built_up, tree.inside(tree.lineage_of(area)))
    noted = query.where(*counts).distinct()
    return db.session.scalars(noted.order_by(AreaPopulation.source).limit(most)).all()


def counted_alone(area: Area, on: date) -> Counted:
    """Return what is counted for one area as of a day."""
    ((_, counted),) = counted_each([area], on)
    return counted


def _threshold(basis: Basis, code: IndicatorCode) -> Fraction | None:
    return basis.edition.threshold(code) if basis.edition else None


def counted_each(areas: Sequence[Area], on: date, tree: Tree | None = None) -> list[tuple[Area, Counted]]:
    """Return what is counted for an area, which comes first, and for those that stood right below it on a day."""
    ids = [one.id for one in areas]
    facts, surveys = facts_at(ids, on), results_of(ids, on)
    populations = populations_on(areas, on, tree or tree_on(on))
    return [
        (
            one,
            Counted(facts.get(one.id, _NOTHING), populations[one.id], result_that_counts(surveys[one.id], on)),
        )
        for one in areas
    ]


def facts_at(area_ids: Sequence[int], on: date) -> dict[int, Deltas]:
    """Return the figures of areas as of a day; an area without any is absent."""
    covered = union_all(*(_rows_of(area_ids, stretch) for stretch in prefix_cover(on))).subquery()
    sums = [func.sum(covered.c[name]) for name in Deltas._fields]
    rows = db.session.execute(select(covered.c.area_id, *sums).group_by(covered.c.area_id))
    return {row[0]: Deltas(*map(int, row[1:])) for row in rows}


def _rows_of(area_ids: Sequence[int], stretch: Stretch) -> Select[*tuple[Any, ...]]:
    return select(FigureDelta.area_id, FigureDelta.grain, FigureDelta.starts_on, *_COLUMNS).where(
        among(FigureDelta.area_id, area_ids),
        FigureDelta.grain == stretch.grain.value,
        FigureDelta.starts_on.between(stretch.first_on, stretch.last_on),
    )


def _fact_rows(area_id: int, days: Sequence[date]) -> list[tuple[Stretch, Deltas]]:
    """Return each stored row that any of the days needs, once; some hundred at most."""
    needed = {stretch for day in days for stretch in _cover(day)}
    by_grain = [[one for one in needed if one.grain is grain] for grain in {one.grain for one in needed}]
    wide = [Stretch(of[0].grain, min(one.first_on for one in of), max(one.last_on for one in of)) for of in by_grain]
    rows = db.session.execute(union_all(*(_rows_of([area_id], stretch) for stretch in wide)))
    grains = {stretch.grain.value: stretch.grain for stretch in wide}
    return [(Stretch(grains[row[1]], row[2], row[2]), Deltas(*row[3:])) for row in rows]


def _cover(day: date) -> tuple[Stretch, ...]:
    """Return the rows that sum everything up to a day; up to a month's last day whole months do."""
    next_day = day + ONE_DAY
    return prefix_cover(next_day)[:-1] if next_day.day == 1 else prefix_cover(day)


def _covers(cover: Iterable[Stretch], row: Stretch) -> bool:
    return any(one.grain is row.grain and one.first_on <= row.first_on <= one.last_on for one in cover)
