"""The tree of any day, read from where the areas stand now and from the moves of communities."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, and_, case, or_, select
from sqlalchemy.orm import aliased

from models.areas import Area, AreaMove
from models.base import db
from volunteer.areas.overview import inside
from volunteer.areas.standing import Move, Stay, stays


@dataclass(frozen=True, slots=True)
class Displaced:
    """A community that stood elsewhere on a day than it does now: below which street, and its lineage then."""

    parent_id: int
    lineage: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as of a day: as it stands now, but for the communities that have moved since (by id)."""

    displaced: Mapping[int, Displaced]

    def lineage(self) -> ColumnElement[str]:
        """Return the lineage of an area on the day, to be read beside the table of areas."""
        if not self.displaced:
            return Area.lineage.expression
        then = {area_id: one.lineage for area_id, one in self.displaced.items()}
        return case(then, value=Area.id, else_=Area.lineage)

    def lineage_of(self, area: Area) -> str:
        """Return where an area stood on the day."""
        found = self.displaced.get(area.id)
        return found.lineage if found else area.lineage

    def inside(self, lineage: str) -> ColumnElement[bool]:
        """Return the condition that an area stood at or below `lineage` on the day."""
        if not self.displaced:
            return inside((lineage,))
        here = [area_id for area_id, one in self.displaced.items() if is_at_or_below(one.lineage, lineage)]
        stayed = and_(inside((lineage,)), Area.id.not_in(self.displaced))
        return or_(stayed, Area.id.in_(here))

    def children(self, area: Area) -> Sequence[Area]:
        """Return the areas that stood right below `area` on the day, by code."""
        here = [area_id for area_id, one in self.displaced.items() if one.parent_id == area.id]
        stayed = and_(Area.parent_id == area.id, Area.id.not_in(self.displaced))
        return db.session.scalars(select(Area).where(or_(stayed, Area.id.in_(here))).order_by(Area.code)).all()


def is_at_or_below(lineage: str, upper: str) -> bool:
    """Return whether an area stands at or below another, by their lineages."""
    return lineage == upper or lineage.startswith(upper + "/")


def tree_on(day: date) -> Tree:
    """Return the tree as of a day."""
    return trees_on([day])[day]


def trees_on(days: Iterable[date]) -> dict[date, Tree]:
    """Return the trees as of some days, in one statement; where nothing has moved in between they are equal."""
    days = list(days)
    street = aliased(Area)
    query = (
        select(AreaMove.area_id, AreaMove.from_parent_id, AreaMove.effective_on, Area.code, street.lineage)
        .join(Area, Area.id == AreaMove.area_id)
        .join(street, street.id == AreaMove.from_parent_id)
        .where(AreaMove.effective_on > min(days))
        .order_by(AreaMove.effective_on.desc())
    )
    moves = db.session.execute(query).all()
    # The earliest move after the day says where the community stood before it; it comes last and wins.
    return {
        day: Tree(
            {
                move.area_id: Displaced(move.from_parent_id, f"{move.lineage}/{move.code}")
                for move in moves
                if move.effective_on > day
            }
        )
        for day in days
    }


def all_moves() -> list[Move]:
    """Return every move of a community, in the order of their days."""
    columns = (AreaMove.area_id, AreaMove.from_parent_id, AreaMove.to_parent_id, AreaMove.effective_on)
    rows = db.session.execute(select(*columns).order_by(AreaMove.effective_on, AreaMove.id))
    return [Move(*row) for row in rows]


def all_stays() -> dict[int, list[Stay]]:
    """Return by area id when each area stood where: itself first, everything that was ever above it after it."""
    return _stays(db.session.execute(_PLACES).all(), all_moves())


def stays_of(area_ids: Collection[int]) -> dict[int, list[Stay]]:
    """Return the same of some areas, without reading the whole tree."""
    moves = [move for move in all_moves() if move.area_id in area_ids]
    streets = {street for move in moves for street in (move.from_parent_id, move.to_parent_id)}
    found = db.session.execute(_PLACES.where(Area.id.in_({*area_ids, *streets}))).all()
    codes = {code for row in found for code in row.lineage.split("/")}
    above = db.session.execute(_PLACES.where(Area.code.in_(codes - {row.code for row in found}))).all()
    return _stays([*found, *above], moves)


_PLACES = select(Area.id, Area.parent_id, Area.code, Area.lineage)


def _stays(places: Sequence[Row[int, int | None, str, str]], moves: Iterable[Move]) -> dict[int, list[Stay]]:
    """Return the stays of places, among which are all that stand above them or ever did."""
    ids = {row.code: row.id for row in places}
    chains = {row.id: [ids[code] for code in reversed(row.lineage.split("/"))] for row in places}
    of: dict[int, list[Move]] = {}
    for move in moves:
        of.setdefault(move.area_id, []).append(move)
    return {
        row.id: stays(row.id, row.parent_id, of[row.id], chains)
        if row.id in of
        else [Stay(one) for one in chains[row.id]]
        for row in places
    }
