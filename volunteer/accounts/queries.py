"""Reading accounts: who a browser is, in one statement, who holds which role, and what a person agreed to."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, column, select, table, union
from sqlalchemy.orm import joinedload

from models.accounts import Account, AccountSession, Consent, RoleGrant
from models.areas import Area
from models.base import db
from models.prepared import Prepared
from volunteer.accounts.rules import AccountStatus, ConsentKind
from volunteer.kernel.permissions import Grant, Principal, Role


def digest_of(token: str) -> str:
    """Return the SHA-256 under which a session's cookie value is kept, as 64 hexadecimal characters."""
    return hashlib.sha256(token.encode()).hexdigest()


# Built once: every request of somebody signed in asks this.
_NOW = bindparam("now", type_=AccountSession.ends_at.type)
_PRINCIPAL = Prepared(
    select(
        AccountSession.id.label("session_id"),
        AccountSession.last_seen_at,
        Account.id,
        Account.public_id,
        Account.display_name,
        Account.text_size,
        Account.contrast,
        Account.locale,
        Account.password_lent_at,
        RoleGrant.role,
        RoleGrant.organization_id,
        Area.lineage,
    )
    .join(Account, Account.id == AccountSession.account_id)
    .outerjoin(RoleGrant, (RoleGrant.account_id == Account.id) & RoleGrant.revoked_at.is_(None))
    .outerjoin(Area, Area.id == RoleGrant.area_id)
    .where(
        AccountSession.digest == bindparam("digest"),
        AccountSession.revoked_at.is_(None),
        AccountSession.idle_ends_at > _NOW,
        AccountSession.ends_at > _NOW,
        Account.status == AccountStatus.ACTIVE,
    )
)


def principal_of(token: str, now: datetime) -> tuple[Principal, datetime] | None:
    """Return who holds the session `token` and when it was last seen, or None; one statement, live rows."""
    rows = _PRINCIPAL.rows({"digest": digest_of(token), "now": now})
    return (_principal(rows), rows[0].last_seen_at) if rows else None


def _principal(rows: Sequence[Any]) -> Principal:
    first = rows[0]
    grants = tuple(
        Grant(role=row.role, lineage=row.lineage or "", organization_id=row.organization_id)
        for row in rows
        if row.role is not None
    )
    return Principal(
        account_id=first.id,
        public_id=first.public_id,
        display_name=first.display_name,
        session_id=first.session_id,
        grants=grants,
        text_size=first.text_size,
        contrast=first.contrast,
        locale=first.locale,
        must_change_password=first.password_lent_at is not None,
    )


def principal_now(account_id: int) -> Principal:
    """Return what an account may do now, with nobody signed in; nothing for one that is not active any more."""
    query = (
        select(RoleGrant.role, RoleGrant.organization_id, Area.lineage)
        .join(Account, Account.id == RoleGrant.account_id)
        .outerjoin(Area, Area.id == RoleGrant.area_id)
        .where(
            RoleGrant.account_id == account_id,
            RoleGrant.revoked_at.is_(None),
            Account.status == AccountStatus.ACTIVE,
        )
    )
    grants = (Grant(row.role, row.lineage or "", row.organization_id) for row in db.session.execute(query))
    return Principal(account_id=account_id, grants=tuple(grants))


def account_by_id(account_id: int) -> Account:
    """Return the account with `account_id`; it exists, since its session does."""
    return db.session.get_one(Account, account_id)


def account_by_phone(phone: str) -> Account | None:
    """Return the account of a phone in its 11 digits, or None."""
    return db.session.scalar(select(Account).where(Account.phone == phone))


def roles_of(account_id: int) -> frozenset[Role]:
    """Return the roles that an account holds now, anywhere."""
    query = select(RoleGrant.role).where(RoleGrant.account_id == account_id, RoleGrant.revoked_at.is_(None))
    return frozenset(db.session.scalars(query))


# Of the rooms above only the columns are known here that say where something stands.
_organization = table("organization", column("id"), column("area_id"))
_volunteer = table("volunteer", column("account_id"), column("community_id"))


def lineages_reached_by(account_id: int) -> tuple[str, ...]:
    """Return where stands what an account reaches: areas and organizations of its roles, homes of its volunteers."""
    held = (RoleGrant.account_id == account_id, RoleGrant.revoked_at.is_(None))
    areas: CompoundSelect[Any] = union(
        select(RoleGrant.area_id).where(*held, RoleGrant.area_id.is_not(None)),
        select(_organization.c.area_id).where(_organization.c.id == RoleGrant.organization_id, *held),
        select(_volunteer.c.community_id).where(_volunteer.c.account_id == account_id),
    )
    return tuple(db.session.scalars(select(Area.lineage).where(Area.id.in_(areas)).order_by(Area.lineage)))


def outermost_lineages() -> tuple[str, ...]:
    """Return the lineages of the areas that lie in no other: the city's."""
    return tuple(db.session.scalars(select(Area.lineage).where(Area.parent_id.is_(None)).order_by(Area.lineage)))


def open_sessions(account_id: int, now: datetime) -> Sequence[AccountSession]:
    """Return the browsers in which an account is signed in, the latest seen first."""
    query = (
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.idle_ends_at > now,
            AccountSession.ends_at > now,
        )
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())
    )
    return db.session.scalars(query).all()


def consents_of(account_id: int) -> Sequence[Consent]:
    """Return what was agreed to from an account, also what was withdrawn, the latest first."""
    query = (
        select(Consent)
        .where(Consent.account_id == account_id)
        .options(joinedload(Consent.volunteer))
        .order_by(Consent.id.desc())
    )
    return db.session.scalars(query).all()


_AGREED = Prepared(
    select(Consent.id)
    .where(
        Consent.account_id == bindparam("account_id", type_=Consent.account_id.type),
        Consent.kind == bindparam("kind", type_=Consent.kind.type),
        Consent.volunteer_id.is_(None),
        Consent.withdrawn_at.is_(None),
    )
    .limit(1)
)


def agrees_to(account_id: int, kind: ConsentKind) -> bool:
    """Return whether an account has agreed for itself and not withdrawn that since; counts what is committed."""
    return bool(_AGREED.rows({"account_id": account_id, "kind": kind}))


def current_consent(account_id: int, kind: ConsentKind, volunteer_id: int | None = None) -> Consent | None:
    """Return the latest consent of a kind that was not withdrawn, or None; for the account itself or a volunteer."""
    query = (
        select(Consent)
        .where(
            Consent.account_id == account_id,
            Consent.kind == kind,
            Consent.volunteer_id.is_(None) if volunteer_id is None else Consent.volunteer_id == volunteer_id,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)
