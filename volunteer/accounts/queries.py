"""Reading accounts: who a browser is, in one statement, and who holds which role."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.orm import Session, scoped_session

from models.accounts import Account, AccountSession, RoleGrant
from models.areas import Area
from volunteer.accounts.rules import AccountStatus
from volunteer.kernel.permissions import Grant, Principal


def digest_of(token: str) -> str:
    """Return the SHA-256 under which a session's cookie value is kept, as 64 hexadecimal characters."""
    return hashlib.sha256(token.encode()).hexdigest()


def _principal_rows(digest: str, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AccountSession.id.label("session_id"),
            AccountSession.last_seen_at,
            Account.id,
            Account.public_id,
            Account.display_name,
            Account.text_size,
            Account.contrast,
            Account.locale,
            RoleGrant.role,
            RoleGrant.organization_id,
            Area.lineage,
        )
        .join(Account, Account.id == AccountSession.account_id)
        .outerjoin(RoleGrant, (RoleGrant.account_id == Account.id) & RoleGrant.revoked_at.is_(None))
        .outerjoin(Area, Area.id == RoleGrant.area_id)
        .where(
            AccountSession.digest == digest,
            AccountSession.revoked_at.is_(None),
            AccountSession.idle_ends_at > now,
            AccountSession.ends_at > now,
            Account.status == AccountStatus.ACTIVE,
        )
    )


def principal_of(
    session: Session | scoped_session[Any] | Connection, token: str, now: datetime
) -> tuple[Principal, datetime] | None:
    """Return who holds the session `token` and when it was last seen, or None; one statement, live rows."""
    rows = session.execute(_principal_rows(digest_of(token), now)).all()
    return (_principal(rows), rows[0].last_seen_at) if rows else None


def _principal(rows: Sequence[Row[Any]]) -> Principal:
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
    )
