"""Reading the tree: what is below an area, what a few typed words mean, and an area's name with those above it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import case, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area
from models.base import db
from volunteer.areas.rules import AreaLevel

MOST_MATCHES = 20
MOST_WORDS = 6
LONGEST_CODE = AreaLevel.COMMUNITY.code_length


@dataclass(frozen=True, slots=True)
class AreaMatch:
    """An area with its full name (樊城区 汉江街道); `steps` are the codes below the city that lead to it."""

    code: str
    name: str
    level: AreaLevel
    full_name: str
    steps: tuple[str, ...]


def area_by_code(code: str) -> Area | None:
    """Return the area with `code`, or None; whatever was typed may be asked, also what no database takes."""
    if not (code.isascii() and code.isdigit() and len(code) <= LONGEST_CODE):
        return None
    return db.session.scalar(select(Area).where(Area.code == code))


def children_of(code: str) -> Sequence[Area]:
    """Return the areas right below `code`, by code; for "" those below the city, where every choice begins."""
    parent = aliased(Area)
    above = parent.parent_id.is_(None) if code == "" else parent.code == code
    query = select(Area).join(parent, parent.id == Area.parent_id).where(above).order_by(Area.code)
    return db.session.scalars(query).all()


def search_areas(words: str) -> list[AreaMatch]:
    """Return at most 20 areas below the city for typed words, best first.

    Each word stands in the area's name or in one above it, at least one in its own: 樊城 邵家 finds 邵家巷社区.
    """
    typed = _words(words)
    if not typed:
        return []
    above, top = aliased(Area), aliased(Area)
    names = (Area.name, above.name, top.name)
    query = (
        select(Area)
        .join(above, above.id == Area.parent_id)
        .outerjoin(top, top.id == above.parent_id)
        .where(*[or_(*[name.contains(word, autoescape=True) for name in names]) for word in typed])
        .where(or_(*[Area.name.contains(word, autoescape=True) for word in typed]))
        .order_by(case((Area.name.startswith(typed[-1], autoescape=True), 0), else_=1), Area.code)
        .limit(MOST_MATCHES)
    )
    found = db.session.scalars(query).all()
    full = full_names(area.lineage for area in found)
    return [
        AreaMatch(area.code, area.name, area.level, full[area.lineage], tuple(area.lineage.split("/")[1:]))
        for area in found
    ]


def communities_named(typed: str) -> list[Area]:
    """Return by code the communities that a code or a name means: 420606001001, 邵家巷社区, 樊城区 邵家巷社区."""
    words = _words(typed)
    if not words:
        return []
    named = or_(Area.code == words[-1], Area.name == words[-1])
    query = select(Area).where(Area.level == AreaLevel.COMMUNITY, named).order_by(Area.code)
    found = db.session.scalars(query).all()
    full = full_names(area.lineage for area in found)
    return [area for area in found if all(word in full[area.lineage] for word in words[:-1])]


def full_names(lineages: Iterable[str]) -> dict[str, str]:
    """Return by lineage the names from the district down, one statement for all; the city itself keeps its own name."""
    wanted = set(lineages)
    codes = {code for lineage in wanted for code in lineage.split("/")}
    if not codes:
        return {}
    rows = db.session.execute(select(Area.code, Area.name).where(Area.code.in_(codes)))
    names = {row.code: row.name for row in rows}
    return {
        lineage: " ".join(names.get(code, code) for code in lineage.split("/")[1:] or [lineage]) for lineage in wanted
    }


def full_name(area: Area) -> str:
    """Return one area's name with those above it, from the district down."""
    return full_names([area.lineage])[area.lineage]


def _words(typed: str) -> list[str]:
    """Return the words of what was typed; PostgreSQL takes no NUL."""
    return typed.replace("\x00", " ").split()[:MOST_WORDS]
