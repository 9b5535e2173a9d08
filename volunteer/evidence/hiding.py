"""Which cells of a table of records are not shown, by the one rule of the city: see `metrics.small_cells`.

Judged over the whole city, so that the city's table and each district's hide the same.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.metrics.small_cells import hide_in_tree

_LEAST = 1


@dataclass(frozen=True, slots=True)
class Places:
    """Every area with its parent, lineage and name, as the tree stands now."""

    parents: Mapping[int, int | None]
    lineages: Mapping[int, str]
    names: Mapping[str, str]
    top: int | None

    @classmethod
    def read(cls) -> "Places":
        """Return the tree."""
        rows = db.session.execute(select(Area.id, Area.parent_id, Area.lineage, Area.code, Area.name)).all()
        top = min((row.lineage, row.id) for row in rows if row.parent_id is None)[1] if rows else None
        parents = {row.id: row.parent_id for row in rows}
        return cls(parents, {row.id: row.lineage for row in rows}, {row.code: row.name for row in rows}, top)

    def said(self, area_id: int) -> str:
        """Return an area with what it lies in, below the city: 襄城区 真武山街道."""
        codes = self.lineages[area_id].split("/")
        return " ".join(self.names[code] for code in (codes[1:] or codes))

    def district_of(self, area_id: int) -> str:
        """Return the code of the district that an area lies in; "" of what stands above them."""
        codes = self.lineages[area_id].split("/")
        return codes[1] if len(codes) > 1 else ""

    def holds(self, area: Area, area_id: int) -> bool:
        """Whether an area lies at or below another."""
        return f"{self.lineages[area_id]}/".startswith(f"{area.lineage}/")

    def sums(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Return counts of areas with those of everything below added."""
        found: dict[int, int] = defaultdict(int)
        for area_id, count in counts.items():
            at: int | None = area_id
            while at is not None:
                found[at] += count
                at = self.parents[at]
        return {area_id: found[area_id] for area_id in self.parents}


def hidden_leaves(places: Places, leaves: Mapping[Hashable, tuple[int, int]]) -> frozenset[Hashable]:
    """Return which lines of a list are not shown; `leaves` are by key the area they belong to and their count.

    Lines make the sums of districts and these the city's: no list and no total of another area is given out.
    """
    top = ("area", "")
    children: dict[Hashable, list[Hashable]] = defaultdict(list)
    counts: dict[Hashable, int] = defaultdict(int)
    for key, (area_id, count) in leaves.items():
        district = ("area", places.district_of(area_id))
        if district != top and district not in children:
            children[top].append(district)
        children[district].append(("leaf", key))
        counts["leaf", key] = count
        counts[top] += count
        if district != top:
            counts[district] += count
    hidden = hide_in_tree(counts, children, top) if leaves else frozenset()
    return frozenset(key for key in leaves if ("leaf", key) in hidden)


def hidden_areas(places: Places, counts: Mapping[int, int]) -> frozenset[int]:
    """Return of which areas a count is not shown that adds up along the tree."""
    children: dict[int, list[int]] = defaultdict(list)
    for area_id, parent_id in places.parents.items():
        if parent_id is not None:
            children[parent_id].append(area_id)
    return hide_in_tree(counts, children, places.top) if places.top is not None else frozenset()


def hidden_in_grid(
    lines: Mapping[Hashable, Mapping[int, int]], top: int, below: Iterable[int]
) -> frozenset[tuple[Hashable, int]]:
    """Return which cells of a summary are not shown, by line and area: people of the city and of its districts.

    An area's lines may make a total that stands elsewhere, and a line's districts make the city's: wherever exactly
    one cell of such a sum would be hidden, the first of the others goes with it, until nothing more has to.
    """
    areas = list(below)
    children = {top: areas}
    forced: set[tuple[Hashable, int]] = set()
    while True:
        hidden: set[tuple[Hashable, int]] = set()
        for line, found in lines.items():
            counts = {one: _LEAST if (line, one) in forced else found.get(one, 0) for one in (top, *areas)}
            hidden |= {(line, one) for one in hide_in_tree(counts, children, top)}
        more = {cell for one in (top, *areas) if (cell := _another(lines, hidden, one)) is not None}
        if not more:
            return frozenset(hidden)
        forced |= more


def _another(
    lines: Mapping[Hashable, Mapping[int, int]], hidden: set[tuple[Hashable, int]], area_id: int
) -> tuple[Hashable, int] | None:
    """Return the line of an area that must be hidden beside the only hidden one, the first in an order that stays."""
    out = [line for line in lines if (line, area_id) in hidden]
    others = [line for line, found in lines.items() if line not in out and found.get(area_id)]
    if len(out) != 1 or not others:
        return None
    return min(others, key=str), area_id
