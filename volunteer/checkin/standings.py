"""Reading what speaks for or against somebody coming: earlier places, check-ins, changes not yet seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import aliased

from models.activities import Activity, ActivityChange, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.activities.change_rules import Change
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.facts import AnyRow
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.risk import LOOKED_BACK, Standing, doubts, weight
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.text import Words
from volunteer.signups.rules import SignupStatus

_Undone = aliased(PresenceEvent, name="undone")


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Somebody with a place who may not come, and why."""

    public_id: str
    name: str
    number: str
    phone: str | None
    doubts: Sequence[Words]


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many have a place at a shift, and who of them may not come, the likeliest first."""

    placed: int
    at_risk: Sequence[AtRisk]


def outlook(card: ShiftCard, now: datetime) -> Outlook:
    """Return who may not come to a shift, in three statements however many have a place."""
    people = db.session.execute(
        select(
            Volunteer.id,
            Volunteer.public_id,
            Volunteer.name,
            Volunteer.number,
            Volunteer.phone,
            Signup.created_at,
            Signup.changes_seen_at,
            (~exists().where(PresenceEvent.volunteer_id == Volunteer.id, *_came())).label("is_first_time"),
        )
        .join(Signup, Signup.volunteer_id == Volunteer.id)
        .where(Signup.shift_id == card.id, Signup.status == SignupStatus.PLACED)
        .order_by(Volunteer.name, Volunteer.id)
    ).all()
    past, changed_at = _past(card.id, now), _last_change(card.id)
    standings = [(person, _standing(person, past.get(person.id), changed_at)) for person in people]
    standings.sort(key=lambda pair: weight(pair[1], now), reverse=True)
    found = [
        AtRisk(person.public_id, person.name, person.number, person.phone, reasons)
        for person, standing in standings
        if (reasons := doubts(standing, now))
    ]
    return Outlook(len(people), found)


def _standing(person: AnyRow, past: tuple[int, int] | None, changed_at: datetime | None) -> Standing:
    places, missed = past or (0, 0)
    return Standing(
        signed_up_at=person.created_at,
        places=places,
        missed=missed,
        is_first_time=person.is_first_time,
        has_unread_change=changed_at is not None and changed_at > person.changes_seen_at,
    )


def _past(shift_id: int, now: datetime) -> dict[int, tuple[int, int]]:
    """Return by volunteer how many places they had lately, and how many of them saw no check-in."""
    here = select(Signup.volunteer_id).where(Signup.shift_id == shift_id, Signup.status == SignupStatus.PLACED)
    seen = exists().where(
        PresenceEvent.shift_id == Signup.shift_id, PresenceEvent.volunteer_id == Signup.volunteer_id, *_came()
    )
    rows = db.session.execute(
        select(Signup.volunteer_id, func.count(), func.sum(case((seen, 0), else_=1)))
        .join(Shift, Shift.id == Signup.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(
            Signup.volunteer_id.in_(here),
            Signup.status == SignupStatus.PLACED,
            Shift.ends_at > now - LOOKED_BACK,
            func.coalesce(Shift.extended_until, Shift.ends_at) <= now,
            Shift.status != ShiftStatus.CANCELLED,
            Activity.status != ActivityStatus.CANCELLED,
        )
        .group_by(Signup.volunteer_id)
    )
    return {volunteer_id: (places, missed) for volunteer_id, places, missed in rows}


def _came() -> tuple[ColumnElement[bool], Any]:
    """Return what makes an event a coming that was not taken back as the wrong person's."""
    undone = exists().where(
        _Undone.volunteer_id == PresenceEvent.volunteer_id,
        _Undone.ordinal == PresenceEvent.ordinal + 1,
        _Undone.method == Method.MENDED,
    )
    return PresenceEvent.direction == Direction.IN, ~undone


def _last_change(shift_id: int) -> datetime | None:
    """Return when something that matters to those signed up last changed, None when nothing did."""
    rows = db.session.execute(
        select(ActivityChange.at, ActivityChange.changes)
        .join(Shift, Shift.activity_id == ActivityChange.activity_id)
        .where(Shift.id == shift_id, (ActivityChange.shift_id.is_(None)) | (ActivityChange.shift_id == shift_id))
        .order_by(ActivityChange.at.desc())
    )
    return next((row.at for row in rows if any(Change.from_json(one).matters for one in row.changes)), None)
