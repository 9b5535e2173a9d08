"""Reading how populations came to be: every change with who made it, and the files they came in."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, not_, select

from models.accounts import Account
from models.areas import Area, AreaPopulation, PopulationChange, PopulationFile
from models.base import db
from volunteer.areas.overview import inside


def changes_below(area: Area, year: int | None = None) -> Select[*tuple[Any, ...]]:
    """Select (change, community, name of who made it, file or None) at or below an area, the latest first."""
    query = (
        select(PopulationChange, Area, Account.display_name, PopulationFile)
        .join(Area, Area.id == PopulationChange.area_id)
        .outerjoin(Account, Account.id == PopulationChange.recorded_by)
        .outerjoin(PopulationFile, PopulationFile.id == PopulationChange.file_id)
        .where(inside((area.lineage,)))
        .order_by(PopulationChange.id.desc())
    )
    return query if year is None else query.where(PopulationChange.year == year)


def count_empty(area: Area, year: int) -> int:
    """Return how many built-up communities at or below an area are said to have no residents: likely nobody counted."""
    query = (
        select(func.count())
        .select_from(AreaPopulation)
        .join(Area, Area.id == AreaPopulation.area_id)
        .where(inside((area.lineage,)), AreaPopulation.year == year, AreaPopulation.is_built_up)
    )
    return db.session.scalar(query.where(AreaPopulation.residents == 0)) or 0


def own_file(public_id: str, account_id: int) -> PopulationFile | None:
    """Return a file that an account handed in, whether or not it was stored."""
    wanted = (PopulationFile.public_id == public_id, PopulationFile.recorded_by == account_id)
    return db.session.scalar(select(PopulationFile).where(*wanted))


def stored_file(public_id: str, lineages: Iterable[str]) -> PopulationFile | None:
    """Return a file out of which figures were stored, all of them at or below `lineages`; else None."""
    of_file = (
        select(func.count())
        .select_from(PopulationChange)
        .join(Area, Area.id == PopulationChange.area_id)
        .where(PopulationChange.file_id == PopulationFile.id)
    )
    elsewhere = of_file.where(not_(inside(lineages))).scalar_subquery()
    wanted = (PopulationFile.public_id == public_id, of_file.scalar_subquery() > 0, elsewhere == 0)
    return db.session.scalar(select(PopulationFile).where(*wanted))


def names_of_accounts(account_ids: Iterable[int | None]) -> dict[int, str]:
    """Return what accounts are called, by id."""
    wanted = {account_id for account_id in account_ids if account_id}
    rows = db.session.execute(select(Account.id, Account.display_name).where(Account.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}
