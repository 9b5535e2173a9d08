"""Writing populations: a file as a whole or nothing of it, and single figures; every change is kept with its file."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from models.areas import Area, AreaPopulation, PopulationFile
from models.areas import PopulationChange as KeptChange
from models.base import db
from volunteer.areas import plans
from volunteer.areas.operations import common_lineage, moved_on
from volunteer.areas.population_rules import PopulationChange, PopulationPlan, read_population_rows
from volunteer.areas.tables import RowErrors
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid


def keep_file(name: str, content: bytes, *, account_id: int | None) -> PopulationFile:
    """Keep a file of populations byte for byte; the same one handed in again by the same account is kept once."""
    digest = sha256(content).hexdigest()
    same = (PopulationFile.digest == digest, PopulationFile.recorded_by == account_id, PopulationFile.name == name)
    kept = db.session.scalar(select(PopulationFile).where(*same).limit(1))
    if kept is None:
        kept = PopulationFile(
            name=name, digest=digest, content=content, recorded_at=clock.now(), recorded_by=account_id
        )
        db.session.add(kept)
        db.session.flush()
    return kept


def import_populations(
    plan: PopulationPlan, *, account_id: int | None, file: PopulationFile | None = None
) -> PopulationPlan:
    """Store the figures of `plan`; the trail says what each year's total was and keeps every value that is replaced."""
    lineages = _store(plan, account_id, file)
    for change in plan.changes:
        if change.before:
            _record(change, lineages[change.row.code], account_id)
    if plan.changes:
        top = common_lineage(lineages[change.row.code] for change in plan.changes)
        for total in plan.totals:
            details = {"year": total.year, "before": total.residents_before, "after": total.residents_after}
            counts = {"added": total.count_after - total.count_before}
            place = top.rpartition("/")[2]
            record("areas.import_population", "area", place, account_id=account_id, lineage=top, **details, **counts)
    return plan


def plan_population(
    area: Area,
    *,
    year: int,
    residents: str,
    source: str,
    is_built_up: bool = True,
    lineages: tuple[str, ...] | None = None,
) -> PopulationPlan:
    """Return what one figure as typed would change; raise Invalid on the field that is wrong."""
    typed = {
        "code": area.code,
        "year": str(year),
        "residents": residents,
        "source": source,
        "is_built_up": str(is_built_up),
    }
    try:
        rows = read_population_rows([typed], clock.today())
    except RowErrors as faults:
        first = faults.errors[0]
        raise Invalid(first.words.msgid, field=first.column, **first.words.params) from None
    return plans.plan_population_rows(rows, lineages)


def set_populations(plan: PopulationPlan, *, account_id: int | None) -> PopulationPlan:
    """Store figures that were typed one by one."""
    lineages = _store(plan, account_id, None)
    for change in plan.changes:
        _record(change, lineages[change.row.code], account_id)
    return plan


def _store(plan: PopulationPlan, account_id: int | None, file: PopulationFile | None) -> dict[str, str]:
    """Store the figures of `plan` with what they were, and return the lineages of its communities by code."""
    ids = plans.ids_by_code()
    present = {"recorded_at": clock.now(), "recorded_by": account_id}
    new: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for change in plan.changes:
        row, before = change.row, change.before
        key = {"area_id": ids[row.code], "year": row.year}
        values = {"residents": row.residents, "is_built_up": row.is_built_up, "source": row.source, **present}
        (kept if before else new).append({**key, **values})
        former = {
            "residents_before": before.residents if before else None,
            "was_built_up": before.is_built_up if before else None,
        }
        changes.append({**key, **values, **former, "file_id": file.id if file else None})
    try:
        if new:
            db.session.execute(insert(AreaPopulation), new)
        _replace(kept)
    except IntegrityError:
        raise moved_on() from None
    if changes:
        db.session.execute(insert(KeptChange), changes)
    return _lineages(change.row.code for change in plan.changes)


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


def _record(change: PopulationChange, at: str, account_id: int | None) -> None:
    details: dict[str, object] = {"year": change.row.year, "after": change.row.residents, "source": change.row.source}
    if not change.row.is_built_up:
        details["built_up"] = "no"
    if change.before:
        details |= {"before": change.before.residents, "source_before": change.before.source}
        if change.before.is_built_up != change.row.is_built_up:
            details["built_up"] = "yes" if change.row.is_built_up else "no"
    record("areas.set_population", "area", change.row.code, account_id=account_id, lineage=at, **details)


def _lineages(codes: Iterable[str]) -> dict[str, str]:
    wanted = set(codes)
    return {code: at for code, at in db.session.execute(select(Area.code, Area.lineage)) if code in wanted}
