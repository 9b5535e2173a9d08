"""Reading organizations: one, those of an account, their people and their teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.accounts import Account, RoleGrant
from models.areas import Area
from models.base import db
from models.organizations import Organization
from volunteer.areas import queries as areas
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import ORGANIZATION_ROLES, Role, Scope
from volunteer.kernel.phones import mask_phone
from volunteer.kernel.text import N_
from volunteer.organizations.rules import OrganizationFacts, OrganizationStatus

_ROLE_ORDER = (Role.ORGANIZATION_OWNER, Role.ORGANIZER, Role.CHECKER)
SEEN_BY_ALL = frozenset({OrganizationStatus.APPROVED, OrganizationStatus.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Person:
    """One role of one account in an organization; the phone is masked, and so is `masked_name`."""

    grant_public_id: str
    account_id: int
    name: str
    phone: str
    role: Role
    granted_at: datetime

    @property
    def masked_name(self) -> str:
        """The name as strangers see it."""
        return mask_name(self.name)


def organization_by_public_id(public_id: str) -> Organization:
    """Return the organization with its area; raise `NotFound` when there is none."""
    query = select(Organization).options(joinedload(Organization.area)).where(Organization.public_id == public_id)
    organization = db.session.scalar(query)
    if organization is None:
        raise NotFound(N_("没有找到这个组织"))
    return organization


def organizations_by_id(ids: Sequence[int]) -> Sequence[Organization]:
    """Return organizations with their areas by name."""
    query = select(Organization).options(joinedload(Organization.area)).where(Organization.id.in_(ids))
    return db.session.scalars(query.order_by(Organization.name, Organization.id)).all()


def teams_of(organization: Organization) -> Sequence[Organization]:
    """Return the approved teams below an organization, by name."""
    query = select(Organization).where(
        Organization.parent_id == organization.id, Organization.status == OrganizationStatus.APPROVED
    )
    return db.session.scalars(query.order_by(Organization.name, Organization.id)).all()


def parent_of(organization: Organization) -> Organization | None:
    """Return the organization that a team belongs to, if any."""
    return None if organization.parent_id is None else db.session.get(Organization, organization.parent_id)


def possible_parents(ids: Sequence[int]) -> Sequence[Organization]:
    """Return which of these organizations may have teams: approved and no team itself, by name."""
    query = select(Organization).where(
        Organization.id.in_(ids),
        Organization.status == OrganizationStatus.APPROVED,
        Organization.parent_id.is_(None),
    )
    return db.session.scalars(query.order_by(Organization.name, Organization.id)).all()


def awaiting_count(account_id: int) -> int:
    """Return how many organizations that the account created wait for the office."""
    query = select(func.count()).where(
        Organization.created_by == account_id, Organization.status == OrganizationStatus.PENDING
    )
    return db.session.scalar(query) or 0


def people_of(organization: Organization) -> list[Person]:
    """Return who holds which role: owners first, then organizers, then checkers, each by when they came."""
    query = (
        select(RoleGrant, Account)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.organization_id == organization.id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    people = [
        Person(
            grant.public_id, account.id, account.display_name, mask_phone(account.phone), grant.role, grant.granted_at
        )
        for grant, account in db.session.execute(query)
        if grant.role in ORGANIZATION_ROLES
    ]
    return sorted(people, key=lambda person: _ROLE_ORDER.index(person.role))


def live_grant(organization: Organization, public_id: str) -> RoleGrant:
    """Return a role that is held in this organization; raise `NotFound` for any other."""
    grant = db.session.scalar(
        select(RoleGrant).where(
            RoleGrant.public_id == public_id,
            RoleGrant.organization_id == organization.id,
            RoleGrant.revoked_at.is_(None),
        )
    )
    if grant is None:
        raise NotFound(N_("这个人已经不在组织里了"))
    return grant


def owner_count(organization: Organization) -> int:
    """Return how many accounts own the organization."""
    query = select(func.count(RoleGrant.account_id.distinct())).where(
        RoleGrant.organization_id == organization.id,
        RoleGrant.role == Role.ORGANIZATION_OWNER,
        RoleGrant.revoked_at.is_(None),
    )
    return db.session.scalar(query) or 0


def account_with_phone(phone: str) -> Account | None:
    """Return the account that signs in with `phone`."""
    return db.session.scalar(select(Account).where(Account.phone == phone))


def area_meant(typed: str, *, field: str = "area_code") -> Area:
    """Return the area that a picker's code, or a community's typed name, means; raise `Invalid`."""
    area = areas.area_by_code(typed)
    if area is not None:
        return area
    found = areas.communities_named(typed)
    if not found:
        raise Invalid(N_("没有找到这个区划，请重新选一下"), field=field)
    if len(found) > 1:
        raise Invalid(N_("有 %(count)d 个地方叫这个名字，请在前面加上区县再试"), field=field, count=len(found))
    return found[0]


def scope_of(organization: Organization) -> Scope:
    """Return where an organization stands."""
    return Scope(organization.area.lineage, organization.id)


def facts_of(organization: Organization) -> OrganizationFacts:
    """Return what an organization says of itself."""
    return OrganizationFacts(
        name=organization.name,
        kind=organization.kind,
        credit_code=organization.credit_code or "",
        area_code=organization.area.code,
        introduction=organization.introduction,
        contact_name=organization.contact_name,
        contact_phone=organization.contact_phone,
    )
