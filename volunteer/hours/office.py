"""Who of the office looks after an organization's hours, and whether somebody is one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from models.accounts import RoleGrant
from models.areas import Area
from models.base import db
from models.organizations import Organization
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.permissions import OFFICE_ROLES, ROLE_PERMISSIONS, Grant, Permission, Principal
from volunteer.organizations.queries import scope_of

_ROLES = [role for role in OFFICE_ROLES if Permission.READ_INTEGRITY in ROLE_PERMISSIONS[role]]


@dataclass(frozen=True, slots=True)
class Officials:
    """Account ids of the office for one place: `near` of its district or below, `city` of the whole city.

    Where nobody sits near, the city does both.
    """

    near: frozenset[int]
    city: frozenset[int]


def officials_for(lineage: str) -> Officials:
    """Return who of the office looks after hours at `lineage`."""
    rows = db.session.execute(
        select(RoleGrant.account_id, Area.lineage, Area.level)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.role.in_(_ROLES), RoleGrant.revoked_at.is_(None))
    ).all()
    over = [row for row in rows if lineage == row.lineage or lineage.startswith(row.lineage + "/")]
    city = frozenset(row.account_id for row in over if row.level is AreaLevel.CITY)
    near = frozenset(row.account_id for row in over if row.level is not AreaLevel.CITY)
    return Officials(near or city, city)


def principal_of_account(account_id: int) -> Principal:
    """Return an account with its live roles, as the doors know who asks."""
    rows = db.session.execute(
        select(RoleGrant.role, RoleGrant.organization_id, Area.lineage)
        .outerjoin(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.account_id == account_id, RoleGrant.revoked_at.is_(None))
    )
    grants = (Grant(row.role, row.lineage or "", row.organization_id) for row in rows)
    return Principal(account_id=account_id, grants=tuple(grants))


def is_of_office(account_id: int, organization: Organization) -> bool:
    """Return whether an account looks after an organization's hours for the office."""
    return principal_of_account(account_id).may_at(Permission.READ_INTEGRITY, scope_of(organization))


def is_member(who: Principal, organization_id: int) -> bool:
    """Return whether somebody holds a role in an organization."""
    return any(grant.organization_id == organization_id for grant in who.grants)


def accounts_with(organization_id: int, permission: Permission) -> list[int]:
    """Return the accounts that hold `permission` in an organization, ascending."""
    query = select(RoleGrant.account_id, RoleGrant.role).where(
        RoleGrant.organization_id == organization_id, RoleGrant.revoked_at.is_(None)
    )
    return sorted(_having(db.session.execute(query).all(), permission))


def _having(rows: Iterable[object], permission: Permission) -> set[int]:
    return {row.account_id for row in rows if permission in ROLE_PERMISSIONS[row.role]}  # type: ignore[attr-defined]
