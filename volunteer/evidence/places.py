"""Every area as the tree stands now: what a table of records says of where something was, and what adds up along it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from models.areas import Area
from models.base import db


@dataclass(frozen=True, slots=True)
class Places:
    """Every area with its parent, lineage and name, as the tree stands now."""

    parents: Mapping[int, int | None]
    lineages: Mapping[int, str]
    names: Mapping[str, str]

    @classmethod
    def read(cls) -> "Places":
        """Return the tree."""
        rows = db.session.execute(select(Area.id, Area.parent_id, Area.lineage, Area.code, Area.name)).all()
        parents = {row.id: row.parent_id for row in rows}
        return cls(parents, {row.id: row.lineage for row in rows}, {row.code: row.name for row in rows})

    def said(self, area_id: int) -> str:
        """Return an area with what it lies in, below the city: 襄城区 真武山街道."""
        codes = self.lineages[area_id].split("/")
        return " ".join(self.names[code] for code in (codes[1:] or codes))

    def sums(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Return counts of areas with those of everything below added."""
        found: dict[int, int] = defaultdict(int)
        for area_id, count in counts.items():
            at: int | None = area_id
            while at is not None:
                found[at] += count
                at = self.parents[at]
        return {area_id: found[area_id] for area_id in self.parents}
