"""How many people live in an area and in what stood right below it, by the tree of the day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, select

from models.areas import Area, AreaPopulation
from models.base import db
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tree import Tree, trees_on


class Population(NamedTuple):
    """The communities of an area: how many there are, are built-up with a figure, their residents, are not built-up.

    `outside` communities are known, are not missing and do not count.
    """

    communities: int = 0
    known: int = 0
    residents: int = 0
    outside: int = 0

    @property
    def missing(self) -> int:
        """Return how many communities have no figure."""
        return self.communities - self.known - self.outside

    @property
    def counted(self) -> int | None:
        """Return the residents that count; None where no figure is known."""
        return self.residents if self.known else None


def add_up(parts: Iterable[Population]) -> Population:
    """Return several areas taken together."""
    return Population(*map(sum, zip(Population(), *parts, strict=True)))


def populations_on(areas: Sequence[Area], day: date, tree: Tree) -> dict[int, Population]:
    """Return by id who lived in an area, which comes first, and in those that stood right below it, in a day's year."""
    return {area_id: found for (area_id, _), found in _populations(areas[0], areas[1:], {day.year}, tree).items()}


def populations_over(area: Area, days: Sequence[date]) -> dict[date, Population]:
    """Return who lived in one area as of several days."""
    trees = trees_on(days)
    alike: defaultdict[object, list[date]] = defaultdict(list)
    for day in days:
        alike[frozenset(trees[day].displaced.items())].append(day)
    found: dict[date, Population] = {}
    for together in alike.values():
        by_year = _populations(area, (), {day.year for day in together}, trees[together[0]])
        found |= {day: by_year[area.id, day.year] for day in together}
    return found


def _populations(
    area: Area, children: Sequence[Area], years: set[int], tree: Tree
) -> dict[tuple[int, int], Population]:
    """Return by (area id, year) who lives in an area and in those right below it."""
    branches = [tree.lineage_of(one) for one in children or [area]]
    # The lineages right below an area are equally long, so a community's own begins with the branch it is in.
    branch = func.substr(tree.lineage(), 1, len(branches[0])).label("branch")
    here = (Area.level == AreaLevel.COMMUNITY, tree.inside(tree.lineage_of(area)))
    counts = select(branch, func.count()).where(*here).group_by(branch)
    communities: dict[str, int] = {row[0]: row[1] for row in db.session.execute(counts)}
    built_up = AreaPopulation.is_built_up
    sums = (
        select(
            branch,
            AreaPopulation.year,
            func.sum(case((built_up, 1), else_=0)),
            func.sum(case((built_up, AreaPopulation.residents), else_=0)),
            func.sum(case((built_up, 0), else_=1)),
        )
        .join(Area, Area.id == AreaPopulation.area_id)
        .where(*here, AreaPopulation.year.in_(years))
        .group_by(branch, AreaPopulation.year)
    )
    known = {(row[0], row[1]): tuple(map(int, row[2:])) for row in db.session.execute(sums)}
    found: dict[tuple[int, int], Population] = {}
    for year in years:
        below = [Population(communities.get(one, 0), *known.get((one, year), (0, 0, 0))) for one in branches]
        found |= {(one.id, year): population for one, population in zip(children or [area], below, strict=True)}
        found[area.id, year] = add_up(below)
    return found
