"""Reading the parts of an area's figures: by organization, theme, age or first year."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import sub

from sqlalchemy import and_, func, or_, select

from models.areas import Area
from models.base import db
from models.metrics import PartDelta
from models.organizations import Organization
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import tree_on
from volunteer.kernel.categories import CATEGORY_LABELS, ServiceCategory
from volunteer.kernel.periods import ONE_DAY, WindowKind, month_end, month_start, window, year_start
from volunteer.kernel.text import N_, Words
from volunteer.metrics import part_operations, queries
from volunteer.metrics.documents import Basis, PartRow
from volunteer.metrics.facts import Deltas, Grain, Total, add_up
from volunteer.metrics.parts import AGE_BANDS, AgeBand, Dimension, band_of, parts_at
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.small_cells import hide_columns

_SUMS = [func.sum(getattr(PartDelta, name)) for name in Deltas._fields]
_IDS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an area with the area itself; `basis` is that of the day they are read on.

    `is_kept` is false where an installation has not made its parts yet; there are no rows then.
    """

    dimension: Dimension
    basis: Basis
    whole: AreaReport
    rows: Sequence[PartRow]
    is_kept: bool


def readable_day(on: date, kind: WindowKind, today: date, level: AreaLevel) -> date:
    """Return the day up to `on` on which parts can be read exactly.

    Any day in a community, and any month's end. Today in the calendar year: nothing falls out of that window before
    the year is over, so the month so far is all of it. Else the end of the month before.
    """
    is_exact = level is AreaLevel.COMMUNITY or on == month_end(on) or (kind is WindowKind.CALENDAR_YEAR and on == today)
    return on if is_exact else month_start(on) - ONE_DAY


def parts_of(area: Area, dimension: Dimension, basis: Basis, *, today: date) -> Parts:
    """Return the parts of an area by one dimension."""
    kind, on = basis.window.kind, basis.window.last_on
    read_on = readable_day(on, kind, today, area.level)
    if read_on != on:
        basis = replace(basis, as_of=read_on, window=window(kind, read_on))
    whole = queries.report_over(area, (), basis).whole
    if area.level is AreaLevel.COMMUNITY:
        found = parts_at(part_operations.people_of(area.id), read_on, area.id)
        facts = {part.key: deltas for part, deltas in found.items() if part.dimension is dimension}
        return Parts(dimension, basis, whole, _rows(dimension, facts, basis), is_kept=True)
    if not part_operations.are_kept():
        return Parts(dimension, basis, whole, (), is_kept=False)
    return Parts(dimension, basis, whole, _rows(dimension, _stored(area, dimension, read_on), basis), is_kept=True)


def veiled(parts: Parts, whole: AreaReport) -> Parts:
    """Return parts as they are shown to who may not see people by name; `whole` is the area as it is shown to them.

    They are shown of the city and its districts alone, and a part that is small in one of them is shown in none: so
    the parts of neighbours, of the area above and of both totals cannot be laid side by side. Where the whole is not
    shown, or no part is left, there are no rows.
    """
    top = queries.city()
    if is_too_low(whole.area) or top is None or any(one.is_hidden for one in whole.measurements.values()):
        return replace(parts, whole=whole, rows=())
    hidden = _small_anywhere(top, parts.dimension, parts.basis)
    if all(str(row.label) in hidden for row in parts.rows):
        return replace(parts, rows=())
    rows = [
        replace(one, registered=None, active=None, minutes=None) if str(one.label) in hidden else one
        for one in parts.rows
    ]
    return replace(parts, rows=rows)


def is_too_low(area: Area) -> bool:
    """Return whether an area stands too low for its parts to be told without names: below a district."""
    return area.level in (AreaLevel.STREET, AreaLevel.COMMUNITY)


def _small_anywhere(top: Area, dimension: Dimension, basis: Basis) -> set[str]:
    """Return the labels of the parts that are not shown: the same for the city and its districts.

    What lies between the two totals must not be small either; where it is, the strict one is not shown.
    """
    areas = [top, *tree_on(basis.window.last_on).children(top)]
    by_area = _stored_of([one.id for one in areas], dimension, basis.window.last_on)
    named = [_labelled(dimension, by_area.get(one.id, {}), basis) for one in areas]
    # In the order of their names, which is another one than that of the page: it stays the same from day to day.
    labels = sorted({str(label) for one in named for label, _deltas in one})
    rows: list[list[Deltas]] = []
    for one in named:
        of: defaultdict[str, list[Deltas]] = defaultdict(list)
        for label, deltas in one:
            of[str(label)].append(deltas)
        rows.append([add_up(of[label]) if label in of else Deltas() for label in labels])
    return {labels[place] for place in _hidden_places(rows, basis)}


def _hidden_places(rows: Sequence[Sequence[Deltas]], basis: Basis) -> frozenset[int]:
    kind = basis.window.kind
    inclusive, strict = (
        [[one.active(kind, total) for one in row] for row in rows] for total in (Total.INCLUSIVE, Total.STRICT)
    )
    hidden = hide_columns([*([one.registered for one in row] for row in rows), *inclusive])
    if basis.total is Total.INCLUSIVE:
        return hidden
    between = [[*map(sub, *both)] for both in zip(inclusive, strict, strict=True)]
    return hidden | hide_columns([*strict, *between])


def _stored(area: Area, dimension: Dimension, read_on: date) -> dict[str, Deltas]:
    """Return what the stored rows sum up to at a month's end, or in the month so far."""
    return _stored_of([area.id], dimension, read_on).get(area.id, {})


def _stored_of(area_ids: Sequence[int], dimension: Dimension, read_on: date) -> dict[int, dict[str, Deltas]]:
    """Return the same of a city's few upper areas, by id."""
    whole_years = and_(PartDelta.grain == Grain.YEAR.value, PartDelta.starts_on < year_start(read_on))
    months = and_(
        PartDelta.grain == Grain.MONTH.value, PartDelta.starts_on.between(year_start(read_on), month_start(read_on))
    )
    query = select(PartDelta.area_id, PartDelta.key, *_SUMS).where(
        PartDelta.area_id.in_(area_ids), PartDelta.dimension == dimension.value, or_(whole_years, months)
    )
    found: defaultdict[int, dict[str, Deltas]] = defaultdict(dict)
    for row in db.session.execute(query.group_by(PartDelta.area_id, PartDelta.key)):
        found[row[0]][row[1]] = Deltas(*map(int, row[2:]))
    return dict(found)


def _rows(dimension: Dimension, facts: Mapping[str, Deltas], basis: Basis) -> list[PartRow]:
    kind, total = basis.window.kind, basis.total
    facts = {key: deltas for key, deltas in facts.items() if deltas.registered or deltas.active(kind, total)}
    return [
        PartRow(
            label,
            deltas.registered if dimension.holds_people else None,
            deltas.active(kind, total),
            deltas.minutes(kind, total),
        )
        for label, deltas in _labelled(dimension, facts, basis)
    ]


def _labelled(dimension: Dimension, facts: Mapping[str, Deltas], basis: Basis) -> "Labelled":
    make = {
        Dimension.ORGANIZATION: _organizations,
        Dimension.THEME: _themes,
        Dimension.AGE: _ages,
        Dimension.COHORT: _cohorts,
    }[dimension]
    return make(facts, basis)


Labelled = list[tuple[Words, Deltas]]
_Maker = Callable[[Mapping[str, Deltas], Basis], Labelled]


def _organizations(facts: Mapping[str, Deltas], basis: Basis) -> Labelled:
    ids = [int(key) for key in facts]
    names: dict[int, str] = {}
    for start in range(0, len(ids), _IDS_AT_ONCE):
        query = select(Organization.id, Organization.name).where(Organization.id.in_(ids[start : start + _IDS_AT_ONCE]))
        names |= {row[0]: row[1] for row in db.session.execute(query)}
    named = [(Words(names[int(key)]), deltas) for key, deltas in facts.items()]
    return sorted(named, key=lambda one: (-one[1].minutes(basis.window.kind, basis.total), one[0].msgid))


def _themes(facts: Mapping[str, Deltas], basis: Basis) -> Labelled:
    named = [(Words(CATEGORY_LABELS[ServiceCategory(key)]), deltas) for key, deltas in facts.items()]
    return sorted(named, key=lambda one: (-one[1].minutes(basis.window.kind, basis.total), one[0].msgid))


def _ages(facts: Mapping[str, Deltas], basis: Basis) -> Labelled:
    bands: defaultdict[AgeBand, list[Deltas]] = defaultdict(list)
    for year, deltas in facts.items():
        bands[band_of(int(year), basis.window.last_on)].append(deltas)
    return [(_band_words(band), add_up(bands[band])) for band in AGE_BANDS if band in bands]


def _cohorts(facts: Mapping[str, Deltas], basis: Basis) -> Labelled:
    this_year = str(basis.window.last_on.year)
    return [
        (Words(N_("%(year)s 年（当年新注册）") if year == this_year else N_("%(year)s 年"), {"year": year}), deltas)
        for year, deltas in sorted(facts.items(), reverse=True)
    ]


def _band_words(band: AgeBand) -> Words:
    if band.last is None:
        return Words(N_("%(first)s 岁以上"), {"first": str(band.first)})
    return Words(N_("%(first)s–%(last)s 岁"), {"first": str(band.first), "last": str(band.last)})
