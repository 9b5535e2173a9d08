"""Who of the offices and organizations is told of an order or a bulletin, and who is there to sign for one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from models.accounts import Account, RoleGrant
from models.areas import Area
from models.base import db
from models.organizations import Organization
from volunteer.accounts.rules import AccountStatus
from volunteer.areas.overview import inside
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import ROLE_PERMISSIONS, Permission
from volunteer.kernel.text import N_
from volunteer.supervision.order_rules import is_below, lineages_between, lineages_up


@dataclass(frozen=True, slots=True)
class Handler:
    """Who signs for an order: the accounts, and the area where they sit; None for an organization's own people."""

    area: Area | None
    account_ids: frozenset[int]


def handler_of(issuer: Area, target: Area, organization: Organization | None, sender_id: int) -> Handler:
    """Return who would sign for an order: the organization's people, or those at the area or the nearest above it.

    Of the issuing office itself only where nobody sits between, and never who sends. Raises Conflict where there is
    nobody at all.
    """
    if organization is not None:
        found = _of_organization(organization.id) - {sender_id}
        if not found:
            raise Conflict(N_("“%(name)s”现在没有负责人，没有人能签收"), field="addressee", name=organization.name)
        return Handler(None, found)
    for lineage in lineages_up(target.lineage):
        if lineage == issuer.lineage or is_below(lineage, issuer.lineage):
            found = office_people(Permission.ANSWER_ORDERS, [lineage]) - {sender_id}
            if found:
                return Handler(db.session.scalars(select(Area).where(Area.lineage == lineage)).one(), found)
    words = N_("%(area)s和它到%(issuer)s之间都没有能签收的人，请先在“工作人员”里授权")
    raise Conflict(words, field="addressee", area=target.name, issuer=issuer.name)


def answer_side(issuer: str, target: str, organization_id: int | None, handler: str) -> frozenset[int]:
    """Return everybody who can sign for an order and answer it."""
    if organization_id is not None:
        return _of_organization(organization_id)
    between = lineages_between(target, issuer)
    return office_people(Permission.ANSWER_ORDERS, [*between, issuer] if issuer == handler else between)


def office_people(permission: Permission, lineages: Collection[str]) -> frozenset[int]:
    """Return the active accounts that hold `permission` by a role given for one of exactly these areas."""
    return _accounts(permission, RoleGrant.area_id.in_(select(Area.id).where(Area.lineage.in_(lineages))))


def office_people_within(permission: Permission, lineages: Iterable[str]) -> frozenset[int]:
    """Return the active accounts that hold `permission` by a role given for an area at or below these."""
    return _accounts(permission, RoleGrant.area_id.in_(select(Area.id).where(inside(lineages))))


def senders_at(issuer_id: int, moment: datetime) -> frozenset[int]:
    """Return the accounts that could send orders for an area at a moment."""
    query = select(RoleGrant.account_id).where(
        RoleGrant.area_id == issuer_id,
        RoleGrant.role.in_(_roles(Permission.SEND_ORDERS)),
        RoleGrant.granted_at <= moment,
        or_(RoleGrant.revoked_at.is_(None), RoleGrant.revoked_at > moment),
    )
    return frozenset(db.session.scalars(query))


def areas_with(permission: Permission, areas: Iterable[Area]) -> list[Area]:
    """Return those of some areas for which somebody holds `permission`."""
    by_id = {area.id: area for area in areas}
    query = select(RoleGrant.area_id).where(
        RoleGrant.area_id.in_(by_id), RoleGrant.role.in_(_roles(permission)), RoleGrant.revoked_at.is_(None)
    )
    return [by_id[area_id] for area_id in sorted({one for one in db.session.scalars(query) if one is not None})]


def _of_organization(organization_id: int) -> frozenset[int]:
    return _accounts(Permission.ANSWER_ORDERS, RoleGrant.organization_id == organization_id)


def _accounts(permission: Permission, where: object) -> frozenset[int]:
    query = (
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            where,  # type: ignore[arg-type]
            RoleGrant.role.in_(_roles(permission)),
            RoleGrant.revoked_at.is_(None),
            Account.status == AccountStatus.ACTIVE,
        )
    )
    return frozenset(db.session.scalars(query))


def _roles(permission: Permission) -> list[str]:
    return [role for role, permissions in ROLE_PERMISSIONS.items() if permission in permissions]
