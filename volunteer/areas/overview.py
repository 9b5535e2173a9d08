"""The tree with its counts and populations, as the office looks through it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area, AreaPopulation
from models.base import db
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel


def inside(lineages: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that an area stands at or below any of `lineages`."""
    return or_(
        false(),
        *(or_(Area.lineage == one, Area.lineage.startswith(one + "/", autoescape=True)) for one in lineages),
    )


def city_lineage() -> str:
    """Return the lineage of the whole city, "" before a tree is there."""
    return db.session.scalar(select(Area.lineage).where(Area.level == AreaLevel.CITY).order_by(Area.code)) or ""


def areas_starting_at(lineages: Iterable[str]) -> Sequence[Area]:
    """Return the areas at which a reader's lineages begin, by code."""
    return db.session.scalars(select(Area).where(Area.lineage.in_(list(lineages))).order_by(Area.code)).all()


def path_to(area: Area, lineages: Iterable[str]) -> Sequence[Area]:
    """Return the areas from the outermost that the reader holds down to `area` itself."""
    return db.session.scalars(
        select(Area).where(Area.code.in_(area.lineage.split("/")), inside(lineages)).order_by(func.length(Area.lineage))
    ).all()


def population_years() -> list[int]:
    """Return the years of which any population is known, the newest first."""
    return list(db.session.scalars(select(AreaPopulation.year).distinct().order_by(AreaPopulation.year.desc())))


# The communities with a figure that counts, their residents, and those outside the built-up area.
_COUNTS = (
    func.coalesce(func.sum(case((AreaPopulation.is_built_up, 1), else_=0)), 0),
    func.coalesce(func.sum(case((AreaPopulation.is_built_up, AreaPopulation.residents), else_=0)), 0),
    func.coalesce(func.sum(case((AreaPopulation.is_built_up.is_(False), 1), else_=0)), 0),
)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One area directly below another, with what it contains.

    `residents` are those of the `known` communities, which are built-up and have a figure; `outside` are not built-up.
    """

    code: str
    name: str
    level: AreaLevel
    streets: int
    communities: int
    known: int
    residents: int
    outside: int


def branches_of(area: Area, year: int) -> list[BranchRow]:
    """Return the areas directly below `area`, by code, with their counts and their populations in `year`."""
    return _branches(Area.parent_id == area.id, year)


def branches(areas: Iterable[Area], year: int) -> list[BranchRow]:
    """Return `areas` themselves, by code, with their counts and their populations in `year`."""
    return _branches(Area.id.in_([area.id for area in areas]), year)


def _branches(which: ColumnElement[bool], year: int) -> list[BranchRow]:
    below = aliased(Area)
    is_community = below.level == AreaLevel.COMMUNITY
    rows = db.session.execute(
        select(
            Area.code,
            Area.name,
            Area.level,
            func.sum(case((below.level == AreaLevel.STREET, 1), else_=0)),
            func.sum(case((is_community, 1), else_=0)),
            *_COUNTS,
        )
        .join(below, or_(below.id == Area.id, below.lineage.startswith(Area.lineage + "/")))
        .outerjoin(AreaPopulation, and_(AreaPopulation.area_id == below.id, AreaPopulation.year == year))
        .where(which)
        .group_by(Area.id, Area.code, Area.name, Area.level)
        .order_by(Area.code)
    )
    return [BranchRow(*row) for row in rows]


def population_rows(area: Area, year: int, *, only_missing: bool = False) -> Select[Area, AreaPopulation]:
    """Select the communities at or below `area`, by code, each with its population of `year` or None."""
    wanted = (
        select(Area, AreaPopulation)
        .outerjoin(AreaPopulation, and_(AreaPopulation.area_id == Area.id, AreaPopulation.year == year))
        .where(inside((area.lineage,)), Area.level == AreaLevel.COMMUNITY)
        .order_by(Area.code)
    )
    return wanted.where(AreaPopulation.id.is_(None)) if only_missing else wanted


def population_sum(area: Area, year: int) -> Row[int, int, int, int]:
    """Return what `area` has for `year`: communities, those that count, their residents, those not built-up."""
    return db.session.execute(
        select(func.count(), *_COUNTS)
        .select_from(Area)
        .outerjoin(AreaPopulation, and_(AreaPopulation.area_id == Area.id, AreaPopulation.year == year))
        .where(inside((area.lineage,)), Area.level == AreaLevel.COMMUNITY)
    ).one()


def area_choices(lineages: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """Return cities, districts and streets at or below `lineages` as choices (code, name), grouped by district."""
    offered = or_(Area.level != AreaLevel.COMMUNITY, Area.lineage.in_(lineages))
    areas = list(db.session.scalars(select(Area).where(inside(lineages), offered).order_by(Area.lineage)))
    districts = {"/".join(area.lineage.split("/")[:2]) for area in areas}
    names = full_names(districts)
    groups: dict[str, list[tuple[str, str]]] = {}
    for area in areas:
        group = names["/".join(area.lineage.split("/")[:2])]
        groups.setdefault(group, []).append((area.code, area.name))
    return groups


def street_choices(lineages: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """Return the streets at or below `lineages` as choices (code, name), grouped by the name of their district."""
    above = aliased(Area)
    query = (
        select(above.name, Area.code, Area.name)
        .join(above, above.id == Area.parent_id)
        .where(inside(lineages), Area.level == AreaLevel.STREET)
        .order_by(Area.code)
    )
    groups: dict[str, list[tuple[str, str]]] = {}
    for district, code, name in db.session.execute(query):
        groups.setdefault(district, []).append((code, name))
    return groups
