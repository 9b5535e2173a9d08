"""What the office lets an organization type in beyond its limit, for a time, and taking it back."""

from datetime import date

from models.base import db
from models.hours import TypedAllowance
from models.organizations import Organization
from volunteer.audit.operations import record
from volunteer.hours.limits import check_allowance
from volunteer.hours.office import accounts_with, is_member, principal_of_account
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Forbidden, Invalid
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import hours_text, say_date
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.queries import scope_of

TYPING_PAGE = "/hours/new"


def allow_typed(
    organization: Organization, *, hours: int | None, until_on: date | None, reason: str, account_id: int
) -> TypedAllowance:
    """Let an organization type in so many hours more until the end of `until_on`; its owners are told.

    Raises Invalid on hours, until_on or reason, Forbidden for who is of the organization themselves.
    """
    _require_outsider(organization, account_id)
    minutes = check_allowance(hours, until_on, clock.today())
    if not reason.strip():
        raise Invalid(N_("请写明为什么加"), field="reason")
    made = TypedAllowance(
        organization_id=organization.id,
        minutes=minutes,
        until_on=until_on,
        reason=reason.strip(),
        granted_by=account_id,
        granted_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    _record("hours.allow_typed", made, organization, account_id)
    words = Words(
        N_("主管单位给%(organization)s加了 %(hours)s 小时补录额度，用到 %(day)s：%(why)s"),
        {
            "organization": organization.name,
            "hours": hours_text(minutes),
            "day": say_date(made.until_on),
            "why": made.reason,
        },
    )
    _tell_owners(organization, words)
    return made


def revoke_allowance(allowance: TypedAllowance, *, account_id: int) -> TypedAllowance:
    """Take an allowance back from now on; what was proposed under it stays. Raises Conflict when it holds no more."""
    organization = allowance.organization
    _require_outsider(organization, account_id)
    if allowance.revoked_at is not None or allowance.until_on < clock.today():
        raise Conflict(N_("这笔额度已经不算数了"))
    allowance.revoked_at = clock.now()
    db.session.flush()
    _record("hours.revoke_allowance", allowance, organization, account_id)
    facts = {"organization": organization.name, "hours": hours_text(allowance.minutes)}
    _tell_owners(organization, Words(N_("主管单位收回了给%(organization)s加的 %(hours)s 小时补录额度"), facts))
    return allowance


def _require_outsider(organization: Organization, account_id: int) -> None:
    if is_member(principal_of_account(account_id), organization.id):
        raise Forbidden(N_("您也是这个组织的人，请主管单位的另一位同事办"))


def _record(action: str, allowance: TypedAllowance, organization: Organization, account_id: int) -> None:
    record(
        action,
        "typed_allowance",
        allowance.public_id,
        account_id=account_id,
        lineage=scope_of(organization).lineage,
        organization=organization.public_id,
        minutes=allowance.minutes,
        until_on=allowance.until_on.isoformat(),
        reason=allowance.reason,
    )


def _tell_owners(organization: Organization, words: Words) -> None:
    owners = accounts_with(organization.id, Permission.MANAGE_ORGANIZATION)
    tell_each(owners, NoticeKind.HOURS_PROPOSED, words, link=TYPING_PAGE)
