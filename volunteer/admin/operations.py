"""Writes of the office that belong to no other room: who holds a role of the office."""

from sqlalchemy import select

from models.accounts import Account, RoleGrant
from models.areas import Area
from models.base import db
from volunteer.accounts import operations as accounts
from volunteer.accounts.queries import account_by_phone
from volunteer.accounts.rules import AccountStatus
from volunteer.admin.rules import check_last_admin, check_not_own
from volunteer.areas.queries import area_by_code
from volunteer.kernel.errors import Invalid
from volunteer.kernel.permissions import Permission, Principal, Role, Scope
from volunteer.kernel.phones import check_phone
from volunteer.kernel.text import N_


def grant_office_role(who: Principal, *, phone: str, role: Role, area_code: str) -> RoleGrant:
    """Give the account with `phone` a role for an area within the reach of `who`.

    Raises Invalid or Conflict on the field (phone, area) that keeps it from being given.
    """
    area = area_by_code(area_code)
    if area is None or not who.may_at(Permission.MANAGE_STAFF, Scope(area.lineage)):
        raise Invalid(N_("请选择您管理范围里的区划"), field="area")
    account = account_by_phone(check_phone(phone))
    if account is None or account.status is not AccountStatus.ACTIVE:
        raise Invalid(N_("这个手机号还没有账号，请对方先注册"), field="phone")
    check_not_own(who.account_id, account.id, field="phone")
    return accounts.grant_role(
        account=account, role=role, granted_by=who.account_id or 0, lineage=area.lineage, area_id=area.id
    )


def revoke_office_role(who: Principal, grant: RoleGrant, area: Area) -> RoleGrant:
    """Take a role of the office back; nobody takes their own, and the last administrator of the city stays."""
    check_not_own(who.account_id, grant.account_id)
    if grant.role is Role.OFFICE_ADMIN and area.parent_id is None:
        check_last_admin(len(_locked_admins(area)))
    db.session.refresh(grant)
    accounts.revoke_role(grant=grant, revoked_by=who.account_id or 0, lineage=area.lineage)
    return grant


def _locked_admins(area: Area) -> list[int]:
    """Return the active administrators of an area; two who revoke each other come one after the other."""
    return list(
        db.session.scalars(
            select(RoleGrant.account_id)
            .join(Account, Account.id == RoleGrant.account_id)
            .where(
                RoleGrant.area_id == area.id,
                RoleGrant.role == Role.OFFICE_ADMIN,
                RoleGrant.revoked_at.is_(None),
                Account.status == AccountStatus.ACTIVE,
            )
            .order_by(RoleGrant.id)
            .with_for_update(of=RoleGrant)
        )
    )
