"""Urging an organization to settle what is overdue."""

from sqlalchemy import exists, select

from models.accounts import RoleGrant
from models.audit import AuditEvent
from models.base import db
from models.organizations import Organization
from volunteer.audit.operations import record
from volunteer.integrity.queries import OverdueOrganization
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import ROLE_PERMISSIONS, Permission
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind

URGE = "integrity.urge"
_CONFIRMING = [role for role, held in ROLE_PERMISSIONS.items() if Permission.CONFIRM_HOURS in held]


def urge(overdue: OverdueOrganization, *, link: str, account_id: int) -> int:
    """Tell everybody who can confirm hours of an organization what is overdue; return how many were told.

    Once a day and organization: a second time raises Conflict.
    """
    organization = overdue.organization
    # Two who urge at once wait for each other here.
    one = select(Organization.id).where(Organization.id == organization.id)
    db.session.execute(one.with_for_update(key_share=True))
    if is_urged_today(organization):
        raise Conflict(N_("今天已经催办过这个组织，请明天再来"))
    said = {"organization": organization.name, "count": len(overdue.shifts)}
    words = Words(N_("主管单位催办：%(organization)s有 %(count)d 个班次过了期限还没有记完时长"), said)
    told = tell_each(_who_can_confirm(organization), NoticeKind.OVERDUE, words, link=link)
    record(
        URGE,
        "organization",
        organization.public_id,
        account_id=account_id,
        lineage=organization.area.lineage,
        shifts=len(overdue.shifts),
        told=len(told),
    )
    return len(told)


def is_urged_today(organization: Organization) -> bool:
    """Return whether somebody urged this organization today."""
    urged = select(AuditEvent.id).where(
        AuditEvent.subject_kind == "organization",
        AuditEvent.subject_id == organization.public_id,
        AuditEvent.action == URGE,
        AuditEvent.at >= clock.midnight(clock.today()),
    )
    return bool(db.session.scalar(select(exists(urged))))


def _who_can_confirm(organization: Organization) -> list[int]:
    query = select(RoleGrant.account_id).where(
        RoleGrant.organization_id == organization.id,
        RoleGrant.role.in_(_CONFIRMING),
        RoleGrant.revoked_at.is_(None),
    )
    return list(db.session.scalars(query))
