"""What a file would change in the tree or in its populations, before anything is stored."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from models.areas import Area, AreaPopulation
from models.base import db
from volunteer.areas.overview import inside
from volunteer.areas.population_rules import (
    BUILT_UP_COLUMN,
    POPULATION_COLUMNS,
    PopulationPlan,
    PopulationRow,
    plan_populations,
    read_population_rows,
)
from volunteer.areas.rules import (
    AREA_COLUMNS,
    AreaLevel,
    AreaPlan,
    AreaRow,
    has_moved,
    lineage,
    plan_areas,
    read_area_rows,
)
from volunteer.areas.tables import COLUMN_LABELS
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.sheets import read_sheet
from volunteer.kernel.text import N_

AREA_HEADINGS = {heading: key for key in AREA_COLUMNS for heading in (key, COLUMN_LABELS[key])}
POPULATION_HEADINGS = {
    heading: key for key in (*POPULATION_COLUMNS, BUILT_UP_COLUMN) for heading in (key, COLUMN_LABELS[key])
}


def known_areas() -> dict[str, AreaRow]:
    """Return every area by code."""
    rows = db.session.execute(select(Area.code, Area.name, Area.level, Area.lineage).order_by(Area.code))
    return {
        row.code: AreaRow(row.code, row.name, row.level, row.lineage.rpartition("/")[0].rpartition("/")[2] or None)
        for row in rows
    }


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of areas by code."""
    rows = db.session.execute(select(Area.code, Area.name).where(Area.code.in_(list(codes))))
    return {row.code: row.name for row in rows}


def ids_by_code(codes: Iterable[str] | None = None) -> dict[str, int]:
    """Return the ids of areas by code, of all or of `codes`."""
    wanted = select(Area.code, Area.id)
    rows = db.session.execute(wanted if codes is None else wanted.where(Area.code.in_(list(codes))))
    return {row.code: row.id for row in rows}


def read_area_file(data: bytes, lineages: tuple[str, ...] | None = None) -> AreaPlan:
    """Return what a file of areas would change; raise Invalid or RowErrors with everything that is wrong in it.

    `lineages` are where its reader may edit areas; None is everywhere.
    """
    sheet = read_sheet(data, AREA_HEADINGS)
    known = known_areas()
    moved = {row.code: row.parent_code for row in known.values() if row.parent_code and has_moved(row)}
    levels = {code: row.level for code, row in known.items()}
    rows = read_area_rows(sheet, levels, moved)  # type: ignore[arg-type]
    plan = plan_areas(rows, known)
    foreign = [row for row in plan.touched if lineages is not None and not _is_inside(lineage(row), lineages)]
    if foreign:
        words = N_("文件里有 %(count)s 个区划不归您管，比如“%(name)s”（%(code)s）")
        raise Invalid(words, field="file", count=len(foreign), name=foreign[0].name, code=foreign[0].code)
    return plan


def read_population_file(data: bytes, lineages: tuple[str, ...] | None = None) -> PopulationPlan:
    """Return what a file of populations would change; raise Invalid or RowErrors with everything that is wrong in it.

    `lineages` are where its reader may edit; communities elsewhere are not known to them. None is everywhere.
    """
    sheet = read_sheet(data, POPULATION_HEADINGS)
    wanted = select(Area.code).where(Area.level == AreaLevel.COMMUNITY)
    codes = set(db.session.scalars(wanted if lineages is None else wanted.where(inside(lineages))))
    rows = read_population_rows(sheet, clock.today(), codes)  # type: ignore[arg-type]
    return plan_population_rows(rows, lineages)


def plan_population_rows(rows: Sequence[PopulationRow], lineages: tuple[str, ...] | None = None) -> PopulationPlan:
    """Return what checked `rows` would change; the totals are of the communities at or below `lineages`."""
    years = {row.year for row in rows}
    return plan_populations(rows, _known_populations(years | {year - 1 for year in years}), _totals(years, lineages))


def _known_populations(years: Iterable[int]) -> dict[tuple[str, int], PopulationRow]:
    rows = db.session.execute(
        select(
            Area.code,
            AreaPopulation.year,
            AreaPopulation.residents,
            AreaPopulation.source,
            AreaPopulation.is_built_up,
        )
        .join(Area, Area.id == AreaPopulation.area_id)
        .where(AreaPopulation.year.in_(list(years)))
    )
    return {(row.code, row.year): PopulationRow(*row) for row in rows}


def _totals(years: Iterable[int], lineages: tuple[str, ...] | None) -> dict[int, tuple[int, int]]:
    rows = db.session.execute(
        select(AreaPopulation.year, func.count(), func.sum(AreaPopulation.residents))
        .join(Area, Area.id == AreaPopulation.area_id)
        .where(
            AreaPopulation.year.in_(list(years)),
            AreaPopulation.is_built_up,
            *([] if lineages is None else [inside(lineages)]),
        )
        .group_by(AreaPopulation.year)
    )
    return {year: (count, int(residents)) for year, count, residents in rows}


def _is_inside(one: str, lineages: Iterable[str]) -> bool:
    return any(one == outer or one.startswith(outer + "/") for outer in lineages)
