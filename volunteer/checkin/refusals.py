"""Refusals are records: who asked for what, when, by which rule it was refused, and what was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from models.accounts import Account
from models.activities import Shift
from models.base import db
from models.checkin import PresenceRefusal
from models.volunteers import Volunteer
from volunteer.checkin.operations import insert_once
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, NotFound
from volunteer.kernel.ids import new_public_id

# Nobody fills the table: so many refusals are kept an hour of one person asked for by one account, so that an organizer
# whose list is refused loses none; of one browser that is not signed in; and of all such browsers.
KEPT_AN_HOUR = 30
KEPT_AN_HOUR_OF_VISITORS = 600
SHOWN = 200
_HOUR = timedelta(hours=1)
_LONGEST_TOLD, _LONGEST_RULE, _LONGEST_KEY, _LONGEST_DEVICE = 300, 40, 40, 32


def keep_refusal(
    refusal: DomainError,
    *,
    shift: str | None,
    volunteer: str | None,
    account_id: int | None,
    direction: Direction | None,
    method: Method,
    asked_at: datetime,
    device: str = "",
    request_key: str = "",
) -> bool:
    """Write down a refused coming or going and return whether a row was added.

    `shift` and `volunteer` are public ids; what is unknown is left out. The same `request_key` again adds nothing, nor
    does the thirty-first of one account and person within an hour. Raises nothing; the caller rolls back what the
    refused request left, and commits this (`keep_despite_refusal`).
    """
    now = clock.now()
    # Whom the asker was not shown, the record does not name either.
    volunteer_id = None if isinstance(refusal, NotFound) else _id_of(Volunteer, volunteer)
    if _is_full(account_id, volunteer_id, device, now):
        return False
    values = {
        "refused_at": now,
        "asked_at": asked_at,
        "shift_id": _id_of(Shift, shift),
        "volunteer_id": volunteer_id,
        "account_id": account_id,
        "direction": direction,
        "method": method,
        "rule": rule_of(refusal)[:_LONGEST_RULE],
        "told": str(refusal)[:_LONGEST_TOLD],
        "device": device[:_LONGEST_DEVICE],
        "request_key": request_key[:_LONGEST_KEY] or new_public_id(),
    }
    return insert_once(PresenceRefusal, values) is not None


def rule_of(refusal: DomainError) -> str:
    """Return the stable code of what refused: a rule's own, else the kind of error, such as `not_found`."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(refusal).__name__).lower()
    return str(getattr(refusal, "rule", name))


def _id_of(table: type[Shift | Volunteer], public_id: str | None) -> int | None:
    return db.session.scalar(select(table.id).where(table.public_id == public_id)) if public_id else None


def _is_full(account_id: int | None, volunteer_id: int | None, device: str, now: datetime) -> bool:
    """Return whether enough was kept of this account and person; of visitors, of this browser and of them all."""
    recent = select(func.count()).where(
        PresenceRefusal.account_id == account_id, PresenceRefusal.refused_at > now - _HOUR
    )
    if account_id is not None:
        return _count(recent.where(PresenceRefusal.volunteer_id == volunteer_id)) >= KEPT_AN_HOUR
    of_browser = _count(recent.where(PresenceRefusal.device == device))
    return of_browser >= KEPT_AN_HOUR or _count(recent) >= KEPT_AN_HOUR_OF_VISITORS


def _count(query: Select[int]) -> int:
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One refusal as an organizer reads it. `name` is the volunteer's, None where the scan did not tell.

    `account` is the display name of who asked, None for a visitor. `told` is what was said, in the source language.
    """

    refused_at: datetime
    asked_at: datetime
    volunteer: str | None
    name: str | None
    account: str | None
    direction: Direction | None
    method: Method
    rule: str
    told: str


def refusals_at(shift_id: int, limit: int = SHOWN) -> Sequence[RefusalRow]:
    """Return the refusals at a shift, newest first."""
    rows = db.session.execute(
        select(
            PresenceRefusal.refused_at,
            PresenceRefusal.asked_at,
            Volunteer.public_id,
            Volunteer.name,
            Account.display_name,
            PresenceRefusal.direction,
            PresenceRefusal.method,
            PresenceRefusal.rule,
            PresenceRefusal.told,
        )
        .outerjoin(Volunteer, Volunteer.id == PresenceRefusal.volunteer_id)
        .outerjoin(Account, Account.id == PresenceRefusal.account_id)
        .where(PresenceRefusal.shift_id == shift_id)
        .order_by(PresenceRefusal.id.desc())
        .limit(limit)
    )
    return [RefusalRow(*row) for row in rows]
