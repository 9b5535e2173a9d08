"""What is done with organizations: sent to the office, decided, changed, and staffed."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.accounts import Account, RoleGrant
from models.areas import Area
from models.base import broken_constraint, db
from models.organizations import Organization
from volunteer.accounts import operations as accounts
from volunteer.accounts.rules import AccountStatus
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Invalid
from volunteer.kernel.permissions import Role
from volunteer.kernel.phones import check_phone
from volunteer.kernel.text import N_
from volunteer.organizations import queries
from volunteer.organizations.rules import (
    OrganizationFacts,
    OrganizationStatus,
    check_contact_phone,
    check_credit_code,
    check_identity_kept,
    check_reason,
    may_add_people,
    may_ask_for_another,
    may_take_role,
    next_status,
)

_TAKEN = {
    "organization.name": ("name", N_("已经有叫这个名字的组织了，请换一个名字，或联系对方加入")),
    "organization.credit_code": ("credit_code", N_("这个统一社会信用代码已经登记过了，请联系对方加入")),
}


def create_organization(
    facts: OrganizationFacts,
    *,
    account_id: int,
    parent: Organization | None = None,
) -> Organization:
    """Send a new organization to the office and make its creator the owner; until approved it cannot publish."""
    may_ask_for_another(queries.awaiting_count(account_id)).require()
    organization = Organization(
        parent_id=parent.id if parent else None,
        status=OrganizationStatus.PENDING,
        created_by=account_id,
        created_at=clock.now(),
    )
    area = _write_facts(organization, facts)
    db.session.add(organization)
    _flush()
    accounts.grant_role(
        account=db.session.get_one(Account, account_id),
        role=Role.ORGANIZATION_OWNER,
        granted_by=account_id,
        lineage=area.lineage,
        organization_id=organization.id,
    )
    _record("created", organization, area, account_id, name=organization.name)
    return organization


def edit_organization(organization: Organization, facts: OrganizationFacts, *, account_id: int) -> Organization:
    """Change what an organization says of itself; one that was returned goes to the office again."""
    _lock(organization)
    before = queries.facts_of(organization)
    area = _write_facts(organization, facts)
    check_identity_kept(organization.status, before, queries.facts_of(organization))
    is_again = organization.status is OrganizationStatus.RETURNED
    if is_again:
        organization.status = next_status(organization.status, "submit")
    _flush()
    _record("submitted" if is_again else "edited", organization, area, account_id)
    return organization


def decide_organization(organization: Organization, act: str, reason: str, account_id: int) -> Organization:
    """Approve, return or suspend (`act`) an organization; returning and suspending need a reason.

    Raises `Conflict` when its state has moved on, `Invalid` on `reason`.
    """
    _lock(organization)
    organization.status = next_status(organization.status, act)
    organization.status_reason = check_reason(act, reason)
    organization.decided_by = account_id
    organization.decided_at = clock.now()
    db.session.flush()
    _record(act, organization, organization.area, account_id, reason=organization.status_reason)
    return organization


def add_person(organization: Organization, *, phone: str, role: Role, account_id: int) -> RoleGrant:
    """Give the account with `phone` a role in an approved organization; raise `Invalid` or `Conflict` on `phone`."""
    _lock(organization)
    may_add_people(organization.status).require("phone")
    account = queries.account_with_phone(check_phone(phone))
    if account is None or account.status is not AccountStatus.ACTIVE:
        raise Invalid(N_("这个手机号还没有账号，请对方先注册，再回来添加"), field="phone")
    return accounts.grant_role(
        account=account,
        role=role,
        granted_by=account_id,
        lineage=organization.area.lineage,
        organization_id=organization.id,
    )


def remove_person(organization: Organization, grant_public_id: str, *, account_id: int) -> None:
    """Take a role away; the last owner cannot leave."""
    _lock(organization)
    grant = queries.live_grant(organization, grant_public_id)
    may_take_role(grant.role, queries.owner_count(organization)).require()
    accounts.revoke_role(grant=grant, revoked_by=account_id, lineage=organization.area.lineage)


def _write_facts(organization: Organization, facts: OrganizationFacts) -> Area:
    area = queries.area_meant(facts.area_code)
    organization.name = facts.name
    organization.kind = facts.kind
    organization.credit_code = check_credit_code(facts.credit_code) if facts.credit_code else None
    organization.area_id, organization.area = area.id, area
    organization.introduction = facts.introduction
    organization.contact_name = facts.contact_name
    organization.contact_phone = check_contact_phone(facts.contact_phone)
    return area


def _lock(organization: Organization) -> None:
    """Let one change of an organization follow another; reads its row afresh."""
    db.session.execute(
        select(Organization.id).where(Organization.id == organization.id).with_for_update(key_share=True)
    )
    db.session.refresh(organization)


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise _taken(error) from error


def _taken(error: IntegrityError) -> DomainError:
    broken = broken_constraint(error)
    if broken not in _TAKEN:
        raise error
    field, words = _TAKEN[broken]
    return Conflict(words, field=field)


def _record(verb: str, organization: Organization, area: Area, account_id: int, **details: str) -> None:
    record(
        f"organizations.{verb}",
        "organization",
        organization.public_id,
        account_id=account_id,
        lineage=area.lineage,
        **details,
    )
