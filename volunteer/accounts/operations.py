"""Writing accounts: signing up and in, sessions, roles, consents."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from models.accounts import Account, AccountSession, Consent, RoleGrant
from models.base import broken_constraint, db
from volunteer.accounts import queries
from volunteer.accounts.passwords import hash_password, is_password
from volunteer.accounts.rules import (
    PRIVACY_NOTICE_VERSION,
    AccountStatus,
    ConsentKind,
    Display,
    check_password,
    common_lineage,
    session_lifetimes,
)
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Forbidden, Invalid
from volunteer.kernel.names import check_name
from volunteer.kernel.permissions import Permission, Principal, Role, Scope
from volunteer.kernel.phones import check_phone
from volunteer.kernel.text import N_

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session: its account, the cookie's value, which is kept nowhere, and for how many seconds it can last."""

    account_id: int
    token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is compared with; of an unknown account nothing, so that comparing takes as long."""

    account_id: int | None = None
    status: AccountStatus = AccountStatus.CLOSED
    password_hash: str | None = field(default=None, repr=False)


# --- credentials ---


def sign_up(
    *, phone: str, password: str, display_name: str, has_consented: bool, display: Display | None = None
) -> Account:
    """Return a new account of `phone`, with the consent to the privacy notice in its present version.

    Raises Invalid on a field, or Conflict on "phone" when it has an account. The hash comes before the first statement,
    so that nobody waits in the database for it.
    """
    phone = check_phone(phone)
    name = check_name(display_name, field="display_name")
    check_password(password, phone=phone)
    if not has_consented:
        raise Invalid(N_("请先阅读并同意隐私说明"), field="consent")
    display = display or Display()
    account = Account(
        phone=phone,
        password_hash=hash_password(password),
        display_name=name,
        text_size=display.text_size,
        contrast=display.contrast,
        locale=display.locale,
        created_at=clock.now(),
    )
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error) != "account.phone":
            raise
        raise Conflict(N_("这个手机号已经注册过，请直接登录"), field="phone") from error
    record("accounts.sign_up", "account", account.public_id, account_id=account.id)
    give_consent(account.id, ConsentKind.PRIVACY_NOTICE)
    return account


def credentials_of(phone: str) -> Credentials:
    """Return what a password typed for `phone` has to match."""
    account = queries.account_by_phone(phone)
    return Credentials(account.id, account.status, account.password_hash) if account else Credentials()


def verify(credentials: Credentials, password: str) -> int:
    """Return the account's id when the password is right; call outside a transaction, it takes a while.

    Raises Invalid on "password" in the same words and after the same time for an unknown account, Forbidden for a
    suspended one, and only to whoever knows its password.
    """
    is_right = is_password(credentials.password_hash, password)
    if not is_right or credentials.account_id is None or credentials.status is AccountStatus.CLOSED:
        raise Invalid(N_("手机号或密码不对，请再核对一遍"), field="password")
    if credentials.status is AccountStatus.SUSPENDED:
        raise Forbidden(N_("这个账号已停用，请联系社区或主管单位"))
    return credentials.account_id


def change_password(*, account_id: int, new_hash: str, keep_session_id: int | None) -> None:
    """Give an account a new password, already hashed, and end all its sessions but one."""
    account = queries.account_by_id(account_id)
    account.password_hash, account.password_lent_at = new_hash, None
    revoke_sessions(account_id, keep_session_id=keep_session_id)
    record("accounts.change_password", "account", account.public_id, account_id=account_id)


def reset_password(*, account: Account, new_hash: str, by: Principal) -> None:
    """Give an account that lost its password a new one, already hashed, and end all its sessions.

    Who gets it has to change it at once. Raises Forbidden unless everything that the account reaches lies where `by`
    manages staff: its roles, its organizations and its volunteers. One that reaches nothing is the city's to reset.
    """
    reached = queries.lineages_reached_by(account.id) or queries.outermost_lineages()
    if not reached or not all(by.may_at(Permission.MANAGE_STAFF, Scope(lineage)) for lineage in reached):
        raise Forbidden(N_("这个账号不全在您的管理范围里，请上级管理员重设"), field="phone")
    account.password_hash, account.password_lent_at = new_hash, clock.now()
    revoke_sessions(account.id)
    lineage = common_lineage(reached)
    record("accounts.reset_password", "account", account.public_id, account_id=by.account_id, lineage=lineage)


def set_status(*, account: Account, status: AccountStatus, by: int) -> None:
    """Suspend, close or reactivate an account and end its sessions."""
    if account.status is AccountStatus.CLOSED:
        raise Conflict(N_("这个账号已注销，不能再改"))
    account.status = status
    revoke_sessions(account.id)
    record("accounts.set_status", "account", account.public_id, account_id=by, status=status)


def set_display(*, account_id: int, display: Display) -> None:
    """Keep how an account wants its pages to look."""
    values = {"text_size": display.text_size, "contrast": display.contrast, "locale": display.locale}
    db.session.execute(update(Account).where(Account.id == account_id).values(**values))


def enlarge_text(account_id: int) -> None:
    """Keep the pages of an account in large text."""
    db.session.execute(update(Account).where(Account.id == account_id).values(text_size="large"))


# --- sessions ---


def open_session(*, account_id: int, device_label: str) -> OpenedSession:
    """Return a new session of an account; only the digest of its token is stored."""
    now = clock.now()
    idle, lifetime = session_lifetimes(is_staff=bool(queries.roles_of(account_id)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.session.add(
        AccountSession(
            digest=queries.digest_of(token),
            account_id=account_id,
            device_label=device_label,
            created_at=now,
            last_seen_at=now,
            idle_ends_at=now + idle,
            ends_at=now + lifetime,
        )
    )
    account = queries.account_by_id(account_id)
    record("accounts.sign_in", "account", account.public_id, account_id=account_id, device=device_label)
    return OpenedSession(account_id, token, int(lifetime.total_seconds()))


def revoke_session(session_id: int) -> None:
    """End one session."""
    db.session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def revoke_sessions(account_id: int, *, keep_session_id: int | None = None) -> int:
    """End the sessions of an account, all but `keep_session_id`, and return how many ended."""
    ended = db.session.execute(
        update(AccountSession)
        .where(AccountSession.account_id == account_id, AccountSession.revoked_at.is_(None))
        .where(AccountSession.id != keep_session_id if keep_session_id is not None else AccountSession.id.is_not(None))
        .values(revoked_at=clock.now())
        .returning(AccountSession.id)
    )
    return len(ended.all())


# --- roles ---


def grant_role(
    *,
    account: Account,
    role: Role,
    granted_by: int | None,
    lineage: str,
    area_id: int | None = None,
    organization_id: int | None = None,
) -> RoleGrant:
    """Give an account a role, for an area and all below it or in an organization.

    `lineage` is where that area or organization stands. Its sessions stay, but only as long as sessions of staff:
    roles are read live, so nobody has to sign in anew to use one, or can be signed out by being given one. Raises
    Conflict on "phone" when the role is held already.
    """
    if (organization_id is not None, area_id is not None) != (role.is_of_organization, not role.is_of_organization):
        raise ValueError("a role of an organization needs one, a role of the office needs an area")
    grant = RoleGrant(
        account_id=account.id,
        role=role,
        area_id=area_id,
        organization_id=organization_id,
        granted_by=granted_by,
        granted_at=clock.now(),
    )
    _add_once(grant)
    _shorten_sessions(account.id, clock.now())
    record("accounts.grant_role", "account", account.public_id, account_id=granted_by, lineage=lineage, role=role)
    return grant


def revoke_role(*, grant: RoleGrant, revoked_by: int, lineage: str) -> None:
    """Take a role back and end the sessions of who held it. Raises Conflict when it was taken back before."""
    if grant.revoked_at is not None:
        raise Conflict(N_("这个角色已经收回了"))
    grant.revoked_at = clock.now()
    account = queries.account_by_id(grant.account_id)
    revoke_sessions(account.id)
    record(
        "accounts.revoke_role", "account", account.public_id, account_id=revoked_by, lineage=lineage, role=grant.role
    )


_HELD = {f"role_grant.account_id,role_grant.role,role_grant.{place}_id" for place in ("area", "organization")}


def _add_once(grant: RoleGrant) -> None:
    db.session.add(grant)
    try:
        db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error) not in _HELD:
            raise
        raise Conflict(N_("已经有这个角色了"), field="phone") from error


def _shorten_sessions(account_id: int, now: datetime) -> None:
    """Let no session of an account outlast one of staff."""
    idle, lifetime = session_lifetimes(is_staff=True)
    for column, latest in ((AccountSession.idle_ends_at, now + idle), (AccountSession.ends_at, now + lifetime)):
        db.session.execute(
            update(AccountSession)
            .where(AccountSession.account_id == account_id, column > latest)
            .values({column: latest})
        )


# --- consents ---


def give_consent(account_id: int, kind: ConsentKind, volunteer_id: int | None = None) -> Consent:
    """Keep that an account agreed to something in the notice's present version; a second time changes nothing."""
    present = queries.current_consent(account_id, kind, volunteer_id)
    if present is not None and present.version == PRIVACY_NOTICE_VERSION:
        return present
    consent = Consent(
        account_id=account_id,
        volunteer_id=volunteer_id,
        kind=kind,
        version=PRIVACY_NOTICE_VERSION,
        given_at=clock.now(),
    )
    db.session.add(consent)
    _record_consent("accounts.give_consent", consent)
    return consent


def withdraw_consent(account_id: int, kind: ConsentKind, volunteer_id: int | None = None) -> None:
    """Take a consent back from now on (个人信息保护法 art. 15); what was done before stays done."""
    consent = queries.current_consent(account_id, kind, volunteer_id)
    if consent is None:
        raise Conflict(N_("没有同意过，不用撤回"))
    db.session.execute(
        update(Consent)
        .where(
            Consent.account_id == account_id,
            Consent.kind == kind,
            Consent.volunteer_id.is_(None) if volunteer_id is None else Consent.volunteer_id == volunteer_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )
    _record_consent("accounts.withdraw_consent", consent)


def _record_consent(action: str, consent: Consent) -> None:
    account = queries.account_by_id(consent.account_id)
    record(action, "account", account.public_id, account_id=account.id, kind=consent.kind, version=consent.version)
