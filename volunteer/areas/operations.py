"""Writing the tree: a file as a whole or nothing of it."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from models.areas import Area
from models.base import db
from volunteer.areas import plans
from volunteer.areas.rules import LEVELS, AreaPlan, AreaRow, lineage
from volunteer.audit.operations import record
from volunteer.kernel.errors import Conflict
from volunteer.kernel.text import N_

SHIPPED_TREE = Path(__file__).with_name("areas-420600.csv")


def import_areas(plan: AreaPlan, *, account_id: int | None) -> AreaPlan:
    """Store what `plan` adds and renames; raise Conflict when somebody else stored the same meanwhile."""
    try:
        for level in LEVELS:
            _add_level([row for row in plan.added if row.level is level])
    except IntegrityError:
        raise moved_on() from None
    for row in plan.renamed:
        db.session.execute(update(Area).where(Area.code == row.code).values(name=row.name))
        details = {"before": plan.before[row.code], "after": row.name}
        record("areas.rename", "area", row.code, account_id=account_id, lineage=lineage(row), **details)
    if plan.touched:
        top = common_lineage(lineage(row) for row in plan.touched)
        counts = {"added": len(plan.added), "renamed": len(plan.renamed), "unchanged": plan.unchanged_count}
        record("areas.import", "area", top.rpartition("/")[2], account_id=account_id, lineage=top, **counts)
    return plan


def import_shipped_tree(*, account_id: int | None = None) -> AreaPlan:
    """Store the tree of 襄阳市 that ships: 2,957 areas."""
    return import_areas(plans.read_area_file(SHIPPED_TREE.read_bytes()), account_id=account_id)


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


def common_lineage(lineages: Iterable[str]) -> str:
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


def moved_on() -> Conflict:
    """Return what to say where somebody else stored the same meanwhile."""
    return Conflict(N_("有人刚刚改过同样的内容，请重新上传再看一遍"), field="file")
