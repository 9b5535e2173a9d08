"""What a bulletin says of a month: every area below with its parts, score and place, read branch by branch."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import ONE_DAY, month_end, month_start
from volunteer.kernel.text import Words
from volunteer.metrics import queries as metrics
from volunteer.metrics.discretion import Discretion, discretion
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.small_cells import WHY
from volunteer.supervision import bulletin_queries
from volunteer.supervision.bulletin_queries import basis_of, weights_for
from volunteer.supervision.bulletin_rules import Content, bulletin_number
from volunteer.supervision.order_queries import order_counts
from volunteer.supervision.scores import Part, Parts, Row, Weights, ranked, scored
from volunteer.tasks.operations import Progress


def content_of(area: Area, month: date, progress: Progress) -> Content:
    """Return all that a bulletin says; reads branch by branch, each in a transaction of its own."""
    rows = _rows(area, month, progress)
    weights, earlier = weights_for(area).weights, bulletin_queries.before(area.id, month)
    places = Content.from_json(earlier.content).places() if earlier else {}
    basis = basis_of(area, month_end(month))
    whole, origin = metrics.report(area, basis).whole, bulletin_queries.origin()
    asked = {code: one for code, one in whole.measurements.items() if one.threshold is not None}
    groups = _groups(rows, weights.only(asked), places)
    edition = basis.edition
    if edition is None:
        raise Invalid(bulletin_queries.WITHOUT_EDITION, field="month")
    shown = rows[0][0]
    return Content(
        area_code=area.code,
        area_name=area.name,
        level=area.level,
        month=month,
        first_on=basis.window.first_on,
        edition=edition.name,
        thresholds={code: text for code, one in asked.items() if (text := one.threshold_text)},
        weights=weights,
        whole=shown,
        sentences=tuple(
            Words(WHY) if shown.parts[code].is_small else one.told for code, one in whole.measurements.items()
        ),
        groups=groups,
        orders=order_counts(area, month, month_end(month)),
        compared_with=bulletin_number(earlier.mark, earlier.year or 0, earlier.number or 0) if earlier else "",
        figures_version=origin.figures_version,
        checkpoint_size=origin.checkpoint_size,
        made_at=clock.now().isoformat(),
    )


def _groups(
    rows: Sequence[tuple[Row, Parts | None]], weights: Weights, places: Mapping[str, int | None]
) -> dict[AreaLevel, tuple[Row, ...]]:
    """Return those below the first row by level and place, scored from exact numbers."""
    below: dict[AreaLevel, list[Row]] = {}
    for row, past in rows[1:]:
        below.setdefault(row.level, []).append(scored(row, past, weights))
    return {level: tuple(ranked(below[level], places)) for level in AreaLevel if level in below}


def _rows(area: Area, month: date, progress: Progress) -> list[tuple[Row, Parts | None]]:
    """Return an area and all below it, each with its parts a month before, without what must not be shown."""
    branch_ids, before_on = bulletin_queries.branches_of(area), month_start(month) - ONE_DAY
    # The yearly figures begin anew in January: nothing is compared with December.
    is_comparable = before_on.year == month.year
    hidden = discretion(basis_of(area, month_end(month)))
    hidden_before = discretion(basis_of(area, before_on)) if is_comparable else hidden
    found: list[tuple[Row, Parts | None]] = []
    area_id, names = area.id, _names_within(area, branch_ids)
    for number, branch_id in enumerate(branch_ids):
        progress(number, len(branch_ids))
        top, branch = db.session.get_one(Area, area_id), db.session.get_one(Area, branch_id)
        report = metrics.report(branch, basis_of(top, month_end(month)))
        past = metrics.report(branch, basis_of(top, before_on)) if is_comparable else None
        earlier = {one.area.code: _parts(one, hidden_before) for one in past.children} if past else {}
        if number == 0:
            found.append((_row(report.whole, "", hidden), None))
        found += [(_row(one, names[branch_id], hidden), earlier.get(one.area.code)) for one in report.children]
    progress(len(branch_ids), len(branch_ids))
    return found


def _names_within(top: Area, branch_ids: Sequence[int]) -> dict[int, str]:
    """Return by id what areas are called below `top`: a street with its district, since many streets share a name."""
    lineages = {one.id: one.lineage for one in db.session.scalars(select(Area).where(Area.id.in_(branch_ids)))}
    names = full_names([*lineages.values(), top.lineage])
    begins = f"{names[top.lineage]} "
    return {area_id: names[lineage].removeprefix(begins) for area_id, lineage in lineages.items()}


def _row(one: AreaReport, above: str, hidden: Discretion) -> Row:
    return Row(
        code=one.area.code,
        name=one.area.name,
        level=one.area.level,
        above=above,
        parts=_parts(one, hidden),
        improvement=None,
        score=None,
    )


def _parts(one: AreaReport, hidden: Discretion) -> Parts:
    """Return what is frozen of an area's report, nothing of what tells of too few people."""
    codes = hidden.codes_of(one.area)
    parts = {code: Part.of(measurement) for code, measurement in one.measurements.items()}
    return {code: part.hidden() if code in codes else part for code, part in parts.items()}
