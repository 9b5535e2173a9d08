"""An organizer records somebody else, one or many; what is refused is kept with its reason."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from models.base import db
from volunteer.checkin import operations, queries
from volunteer.checkin.operations import Asked, Recorded
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.refusals import keep_refusal
from volunteer.checkin.roster import RosterRow
from volunteer.checkin.rules import OWN_FAMILY, Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.text import Words
from volunteer.web.transactions import by_itself, keep_despite_refusal


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who is recorded, how and why: `volunteer` is a public id; the reason is in the source language."""

    volunteer: str
    direction: Direction
    method: Method
    reason: str = ""


def record_for(card: ShiftCard, entrant: Entrant, account_id: int, request_key: str = "") -> Recorded:
    """Record somebody else now, or raise what was refused; nobody vouches for themselves or for whom they act."""
    asked = Asked(
        volunteer=entrant.volunteer,
        shift=card.public_id,
        direction=entrant.direction,
        happened_at=clock.now(),
        method=entrant.method,
        account_id=account_id,
        request_key=request_key or new_public_id(),
        is_own=False,
        reason=entrant.reason,
    )
    try:
        if queries.belongs_to(entrant.volunteer, account_id):
            OWN_FAMILY.require()
        return operations.record_presence(asked)
    except DomainError as refusal:
        _keep(refusal, asked)
        raise


def _keep(refusal: DomainError, asked: Asked) -> None:
    db.session.rollback()
    keep_refusal(
        refusal,
        shift=asked.shift,
        volunteer=asked.volunteer,
        account_id=asked.account_id,
        direction=asked.direction,
        method=asked.method,
        asked_at=asked.happened_at,
        request_key=asked.request_key,
    )
    keep_despite_refusal()


@dataclass(frozen=True, slots=True)
class Everybody:
    """What came of recording many: how many were recorded, and by name who was not and why."""

    recorded: list[Recorded] = field(default_factory=list)
    refused: list[tuple[str, Words]] = field(default_factory=list)


def record_everybody(
    card: ShiftCard, people: Sequence[RosterRow], direction: Direction, reason: str, *, account_id: int, form_key: str
) -> Everybody:
    """Record each of `people` by hand, each in a transaction of their own, in the order of their rows.

    So one who is refused keeps nobody else out, two organizers who do the same never wait for each other crosswise, and
    the same `form_key` again records nobody twice.
    """
    done = Everybody()
    for person in sorted(people, key=lambda row: row.id):
        entrant = Entrant(person.public_id, direction, Method.BY_HAND, reason)
        try:
            done.recorded.append(by_itself(partial(record_for, card, entrant, account_id, _key(form_key, person))))
        except DomainError as refusal:
            done.refused.append((person.name, refusal.words))
    return done


def _key(form_key: str, person: RosterRow) -> str:
    return hashlib.sha256(f"{form_key} {person.public_id}".encode()).hexdigest()[:40]
