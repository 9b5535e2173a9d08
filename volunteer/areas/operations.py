"""Writing the tree and its populations: a file as a whole or nothing of it, and single figures."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from models.areas import Area, AreaPopulation
from models.base import db
from volunteer.areas import plans
from volunteer.areas.population_rules import PopulationChange, PopulationPlan, read_population_rows
from volunteer.areas.rules import LEVELS, AreaPlan, AreaRow, lineage
from volunteer.areas.tables import RowErrors
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_

SHIPPED_TREE = Path(__file__).with_name("areas-420600.csv")


def import_areas(plan: AreaPlan, *, account_id: int | None) -> AreaPlan:
    """Store what `plan` adds and renames; raise Conflict when somebody else stored the same meanwhile."""
    try:
        for level in LEVELS:
            _add_level([row for row in plan.added if row.level is level])
    except IntegrityError:
        raise _moved_on() from None
    for row in plan.renamed:
        db.session.execute(update(Area).where(Area.code == row.code).values(name=row.name))
        details = {"before": plan.before[row.code], "after": row.name}
        record("areas.rename", "area", row.code, account_id=account_id, lineage=lineage(row), **details)
    if plan.touched:
        top = _common_lineage(lineage(row) for row in plan.touched)
        counts = {"added": len(plan.added), "renamed": len(plan.renamed), "unchanged": plan.unchanged_count}
        record("areas.import", "area", top.rpartition("/")[2], account_id=account_id, lineage=top, **counts)
    return plan


def import_shipped_tree(*, account_id: int | None = None) -> AreaPlan:
    """Store the tree of 襄阳市 that ships: 2,957 areas."""
    return import_areas(plans.read_area_file(SHIPPED_TREE.read_bytes()), account_id=account_id)


def import_populations(plan: PopulationPlan, *, account_id: int | None) -> PopulationPlan:
    """Store the figures of `plan`; the trail says what each year's total was and keeps every value that is replaced."""
    lineages = _store_populations(plan, account_id)
    for change in plan.changes:
        if change.before:
            _record_population(change, lineages[change.row.code], account_id)
    if plan.changes:
        top = _common_lineage(lineages[change.row.code] for change in plan.changes)
        for total in plan.totals:
            details = {"year": total.year, "before": total.residents_before, "after": total.residents_after}
            counts = {"added": total.count_after - total.count_before}
            place = top.rpartition("/")[2]
            record("areas.import_population", "area", place, account_id=account_id, lineage=top, **details, **counts)
    return plan


def _store_populations(plan: PopulationPlan, account_id: int | None) -> dict[str, str]:
    """Store the figures of `plan` and return the lineages of its communities by code."""
    ids = plans.ids_by_code()
    present = {"recorded_at": clock.now(), "recorded_by": account_id}
    new: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for change in plan.changes:
        values = {"residents": change.row.residents, "source": change.row.source, **present}
        key = {"area_id": ids[change.row.code], "year": change.row.year}
        (kept if change.before else new).append({**key, **values})
    try:
        if new:
            db.session.execute(insert(AreaPopulation), new)
        _replace(kept)
    except IntegrityError:
        raise _moved_on() from None
    return _lineages(change.row.code for change in plan.changes)


def set_population(area: Area, *, year: int, residents: str, source: str, account_id: int | None) -> PopulationPlan:
    """Store one community's figure as typed; raise Invalid on the field (year, residents, source) that is wrong."""
    typed = {"code": area.code, "year": str(year), "residents": residents, "source": source}
    try:
        rows = read_population_rows([typed], clock.today())
    except RowErrors as faults:
        first = faults.errors[0]
        raise Invalid(first.words.msgid, field=first.column, **first.words.params) from None
    plan = plans.plan_population_rows(rows)
    _store_populations(plan, account_id)
    for change in plan.changes:
        _record_population(change, area.lineage, account_id)
    return plan


def _add_level(rows: list[AreaRow]) -> None:
    if not rows:
        return
    parents = plans.ids_by_code({row.parent_code for row in rows if row.parent_code})
    values = [
        {
            "code": row.code,
            "name": row.name,
            "level": row.level,
            "parent_id": parents[row.parent_code] if row.parent_code else None,
            "lineage": lineage(row),
        }
        for row in rows
    ]
    db.session.execute(insert(Area), values)


def _replace(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    found = db.session.execute(
        select(AreaPopulation.id, AreaPopulation.area_id, AreaPopulation.year)
        .where(AreaPopulation.year.in_({row["year"] for row in rows}))
        .with_for_update()
    )
    ids = {(area_id, year): row_id for row_id, area_id, year in found}
    db.session.execute(update(AreaPopulation), [{"id": ids[row["area_id"], row["year"]], **row} for row in rows])


def _record_population(change: PopulationChange, at: str, account_id: int | None) -> None:
    details: dict[str, object] = {"year": change.row.year, "after": change.row.residents, "source": change.row.source}
    if change.before:
        details |= {"before": change.before.residents, "source_before": change.before.source}
    record("areas.set_population", "area", change.row.code, account_id=account_id, lineage=at, **details)


def _lineages(codes: Iterable[str]) -> dict[str, str]:
    wanted = set(codes)
    return {code: at for code, at in db.session.execute(select(Area.code, Area.lineage)) if code in wanted}


def _common_lineage(lineages: Iterable[str]) -> str:
    """Return the lineage of the smallest area that contains all of `lineages`."""
    first, *others = [one.split("/") for one in lineages]
    depth = len(first)
    for other in others:
        shared = sum(1 for _ in _shared(first[:depth], other))
        depth = min(depth, shared)
    return "/".join(first[:depth])


def _shared(one: list[str], other: list[str]) -> Iterable[str]:
    for left, right in zip(one, other, strict=False):
        if left != right:
            return
        yield left


def _moved_on() -> Conflict:
    return Conflict(N_("有人刚刚改过同样的内容，请重新上传再看一遍"), field="file")
