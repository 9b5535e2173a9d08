"""Putting right that the wrong person was chosen, within minutes and without altering what was recorded.

Our decision; see docs/decisions/0008-the-wrong-person.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.volunteers import Volunteer
from volunteer.activities.shift_rules import PlannedShift
from volunteer.audit.operations import record
from volunteer.checkin.facts import AnyRow
from volunteer.checkin.operations import SUBJECT, Asked, Recorded, insert_once, record_in_transaction
from volunteer.checkin.rules import MENDABLE_FOR, Direction, Method, may_mend
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.text import N_

_Later = aliased(PresenceEvent, name="later")
_LONGEST_REASON = 300
# What puts something right is named after it; no key that a client sends holds a dash. What the system closed stays.
_UNDOES, _INSTEAD = "mend-", "mended-"
_IS_FIRST_HAND = PresenceEvent.request_key.not_like(f"{_UNDOES}%") & (PresenceEvent.method != Method.AUTO_CLOSE)


def mend(request_key: str, *, right_volunteer: str, account_id: int) -> Recorded:
    """Undo the own scan behind `request_key` and record it for `right_volunteer` (public id) instead.

    The right person is judged by the same rules at the moment of that scan; when they are refused nothing changes.
    The same request again gives the same answer. Raises NotFound, `Refusal` (also `mend_too_late`, `moved_on`).
    """
    wrong = _recorded_event(request_key, PresenceEvent.recorded_by.is_(None), Volunteer.account_id == account_id)
    if wrong.volunteer == right_volunteer:
        raise Invalid(N_("选的还是同一个人，请选真正在现场的人"), field="volunteer")
    _take_volunteers(wrong.volunteer, right_volunteer)
    is_new = _undo(wrong, recorded_by=None, reason="")
    if not is_new and not _has_right_person(wrong):
        # Taken back as nobody's: it cannot become somebody's later.
        may_mend(wrong.received_at, clock.now(), is_last=False).require()
    recorded = record_in_transaction(_instead(wrong, right_volunteer, account_id))
    if is_new:
        _trail("checkin.mend", wrong, account_id, right=right_volunteer)
    return replace(recorded, instead_of=wrong.name)


def withdraw(request_key: str, *, account_id: int) -> Recorded:
    """Undo the own scan behind `request_key` since nobody of the family came or went, and return what was undone.

    The same request again gives the same answer. Raises NotFound, `Refusal` (also `mend_too_late`, `moved_on`).
    """
    wrong = _recorded_event(request_key, PresenceEvent.recorded_by.is_(None), Volunteer.account_id == account_id)
    _take_volunteers(wrong.volunteer)
    if _undo(wrong, recorded_by=None, reason=""):
        _trail("checkin.mend", wrong, account_id)
    elif _has_right_person(wrong):
        may_mend(wrong.received_at, clock.now(), is_last=False).require()
    return _undone(wrong)


def take_back(request_key: str, *, shift_id: int, account_id: int, reason: str) -> Recorded:
    """Undo what this account recorded for somebody else at a shift (row id) minutes ago, and return what was undone.

    The same request again gives the same answer. Raises NotFound, Invalid on `reason`, `Refusal`.
    """
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise Invalid(N_("请写明为什么撤回，最多 300 个字"), field="reason")
    wrong = _recorded_event(request_key, PresenceEvent.recorded_by == account_id, PresenceEvent.shift_id == shift_id)
    _take_volunteers(wrong.volunteer)
    if _undo(wrong, recorded_by=account_id, reason=reason):
        _trail("checkin.take_back", wrong, account_id, reason=reason)
    return _undone(wrong)


def _undone(wrong: AnyRow) -> Recorded:
    return Recorded(
        name=wrong.name,
        title=wrong.title,
        direction=wrong.direction,
        happened_at=wrong.happened_at,
        shift_ends_at=_plan(wrong).last_ends_at,
        request_key=wrong.request_key,
    )


def _has_right_person(wrong: AnyRow) -> bool:
    """Return whether somebody else was recorded instead."""
    key = select(PresenceEvent.id).where(PresenceEvent.request_key == f"{_INSTEAD}{wrong.id}")
    return db.session.scalar(key) is not None


def _recorded_event(request_key: str, *whose: Any) -> AnyRow:
    row = db.session.execute(
        select(
            *PresenceEvent.__table__.columns,
            Volunteer.public_id.label("volunteer"),
            Volunteer.name,
            Shift.public_id.label("shift"),
            Shift.starts_at,
            Shift.ends_at,
            Shift.extended_until,
            Shift.extension_reason,
            Activity.title,
            Area.lineage,
        )
        .select_from(PresenceEvent)
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .join(Shift, Shift.id == PresenceEvent.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .where(PresenceEvent.request_key == request_key, _IS_FIRST_HAND, *whose)
    ).first()
    if row is None:
        raise NotFound(N_("没有找到这次签到"))
    return row


def _plan(row: AnyRow) -> PlannedShift:
    return PlannedShift(
        row.starts_at, row.ends_at, extended_until=row.extended_until, extension_reason=row.extension_reason
    )


def _take_volunteers(*volunteers: str) -> None:
    """Take their rows in one order until the transaction ends: two who mend crosswise then do not block each other."""
    query = select(Volunteer.id).where(Volunteer.public_id.in_(volunteers)).order_by(Volunteer.id)
    db.session.execute(query.with_for_update(key_share=True)).all()


def _undo(wrong: AnyRow, *, recorded_by: int | None, reason: str) -> bool:
    """Append the event that takes back the last one, and return whether it is new; False when it stands already."""
    key = f"{_UNDOES}{wrong.id}"
    later_key = _later_key(wrong)
    if later_key == key:
        return False
    may_mend(wrong.received_at, clock.now(), is_last=later_key is None).require()
    values = {
        "volunteer_id": wrong.volunteer_id,
        "shift_id": wrong.shift_id,
        "ordinal": wrong.ordinal + 1,
        "happened_at": wrong.happened_at,
        "received_at": clock.now(),
        "request_key": key,
        **(_going(recorded_by, reason) if wrong.direction is Direction.IN else _coming_again(wrong)),
    }
    if insert_once(PresenceEvent, values) is None:
        may_mend(wrong.received_at, clock.now(), is_last=False).require()
    return True


def _later_key(wrong: AnyRow) -> str | None:
    """Return the request key of the event that follows, None while it is the last."""
    return db.session.scalar(
        select(PresenceEvent.request_key).where(
            PresenceEvent.volunteer_id == wrong.volunteer_id, PresenceEvent.ordinal == wrong.ordinal + 1
        )
    )


def _going(recorded_by: int | None, reason: str) -> dict[str, Any]:
    """Return the going that ends a wrong coming at its own moment: nobody is told of it, since nothing is credited."""
    return {
        "direction": Direction.OUT,
        "method": Method.MENDED,
        "station": "",
        "device": "",
        "recorded_by": recorded_by,
        "reason": reason,
    }


def _coming_again(wrong: AnyRow) -> dict[str, Any]:
    """Return the coming that follows a wrong going: as the arrival was, so that weak evidence does not turn strong."""
    arrival = db.session.execute(
        select(
            PresenceEvent.method,
            PresenceEvent.station,
            PresenceEvent.device,
            PresenceEvent.recorded_by,
            PresenceEvent.reason,
            PresenceEvent.latitude,
            PresenceEvent.longitude,
            PresenceEvent.accuracy_metres,
        ).where(PresenceEvent.volunteer_id == wrong.volunteer_id, PresenceEvent.ordinal == wrong.ordinal - 1)
    ).one()
    return {"direction": Direction.IN, **arrival._asdict()}


def _instead(wrong: AnyRow, right_volunteer: str, account_id: int) -> Asked:
    return Asked(
        volunteer=right_volunteer,
        shift=wrong.shift,
        direction=wrong.direction,
        happened_at=wrong.happened_at,
        method=wrong.method,
        account_id=account_id,
        request_key=f"{_INSTEAD}{wrong.id}",
        station=wrong.station,
        device=wrong.device,
    )


def _trail(action: str, wrong: AnyRow, account_id: int, **details: Any) -> None:
    told = {"volunteer": wrong.volunteer, "direction": wrong.direction.value, **details}
    record(action, SUBJECT, wrong.shift, account_id=account_id, lineage=wrong.lineage, **told)


@dataclass(frozen=True, slots=True)
class Mendable:
    """Something recorded minutes ago that whoever recorded it may still put right or take back, until `until`."""

    request_key: str
    volunteer: str
    name: str
    direction: Direction
    method: Method
    happened_at: datetime
    until: datetime


def own_record(request_key: str, *, account_id: int, now: datetime) -> Mendable:
    """Return the account's own scan behind `request_key` while it can be put right; raises as `mend` does."""
    wrong = _recorded_event(request_key, PresenceEvent.recorded_by.is_(None), Volunteer.account_id == account_id)
    may_mend(wrong.received_at, now, is_last=_later_key(wrong) is None).require()
    return Mendable(
        request_key=request_key,
        volunteer=wrong.volunteer,
        name=wrong.name,
        direction=wrong.direction,
        method=wrong.method,
        happened_at=wrong.happened_at,
        until=wrong.received_at + MENDABLE_FOR,
    )


def own_scan(request_key: str, account_id: int) -> Asked | None:
    """Return what the account's own scan behind `request_key` asked for, to tell where a refusal was; None for none."""
    try:
        wrong = _recorded_event(request_key, PresenceEvent.recorded_by.is_(None), Volunteer.account_id == account_id)
    except NotFound:
        return None
    return _instead(wrong, wrong.volunteer, account_id)


def mendable_at(shift_id: int, account_id: int, now: datetime) -> Sequence[Mendable]:
    """Return what the account recorded for others at a shift and may still take back, newest first."""
    rows = db.session.execute(
        select(
            PresenceEvent.request_key,
            Volunteer.public_id,
            Volunteer.name,
            PresenceEvent.direction,
            PresenceEvent.method,
            PresenceEvent.happened_at,
            PresenceEvent.received_at,
        )
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .outerjoin(
            _Later,
            (_Later.volunteer_id == PresenceEvent.volunteer_id) & (_Later.ordinal == PresenceEvent.ordinal + 1),
        )
        .where(
            PresenceEvent.shift_id == shift_id,
            PresenceEvent.recorded_by == account_id,
            _IS_FIRST_HAND,
            PresenceEvent.received_at >= now - MENDABLE_FOR,
            _Later.id.is_(None),
        )
        .order_by(PresenceEvent.id.desc())
    )
    return [Mendable(*row[:-1], until=row.received_at + MENDABLE_FOR) for row in rows]
