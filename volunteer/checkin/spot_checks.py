"""Spot checks: a few of those who are in are drawn at random and asked for the venue's code once more (our decision).

Who draws cannot choose whom. What is not answered is a signal for people to look at and changes no minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import SystemRandom
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased

from models.accounts import Account
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent, PresenceRefusal, SpotCheck
from models.prepared import Prepared
from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.checkin.facts import AnyRow
from volunteer.checkin.rules import Direction, Method
from volunteer.checkin.spot_check_rules import (
    CAN_BE_DRAWN,
    LARGEST_DRAW,
    NOT_DRAWN_AGAIN_FOR,
    ON_THE_SPOT,
    SPOT_CHECK_LIFE,
    SpotCheckState,
    may_answer,
    spot_check_state,
)
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.text import N_, Words

_Later = aliased(PresenceEvent, name="later")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One person who was drawn, out of so many who could be; `due_at` is when the answer is late."""

    public_id: str
    volunteer: str
    name: str
    due_at: datetime
    out_of: int


def draw(shift: str, *, count: int, account_id: int) -> list[Drawn]:
    """Draw up to `count` of those who are in at a shift (public id) and return them, by name.

    Whoever came without a phone (`CAN_BE_DRAWN`) or was drawn there within half an hour is left out.
    Raises Invalid on count, NotFound, `Refusal` (`nobody_in`).
    """
    if not 1 <= count <= LARGEST_DRAW:
        raise Invalid(N_("一次抽 1 到 %(most)d 个人"), field="count", most=LARGEST_DRAW)
    now = clock.now()
    place = _take_shift(shift)
    pool = _present(place.id, now)
    if not pool:
        raise Refusal("nobody_in", Words(N_("现在没有可以抽查的人：用手机或个人码签到的没人在场，或者刚抽查过")))
    chosen = sorted(SystemRandom().sample(pool, min(count, len(pool))), key=lambda row: row.name)
    drawn = []
    for row in chosen:
        check = SpotCheck(
            shift_id=place.id,
            volunteer_id=row.id,
            drawn_at=now,
            drawn_by=account_id,
            due_at=now + SPOT_CHECK_LIFE,
        )
        db.session.add(check)
        db.session.flush()
        drawn.append(Drawn(check.public_id, row.public_id, row.name, check.due_at, len(pool)))
    record("checkin.draw", "shift", shift, account_id=account_id, lineage=place.lineage, added=len(drawn))
    return drawn


def _take_shift(shift: str) -> AnyRow:
    """Take the shift's row, so that two who draw at once do not draw the same person; check-ins pass meanwhile."""
    place = db.session.execute(
        select(Shift.id, Area.lineage)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Area, Area.id == Activity.area_id)
        .where(Shift.public_id == shift)
        .with_for_update(of=Shift, key_share=True)
    ).first()
    if place is None:
        raise NotFound(N_("没有找到这个班次"))
    return place


def _present(shift_id: int, now: datetime) -> Sequence[AnyRow]:
    """Return who is in at a shift by a way that can answer, and was not drawn there lately."""
    lately = exists().where(
        SpotCheck.shift_id == shift_id,
        SpotCheck.volunteer_id == Volunteer.id,
        SpotCheck.drawn_at > now - NOT_DRAWN_AGAIN_FOR,
    )
    return db.session.execute(
        select(Volunteer.id, Volunteer.public_id, Volunteer.name)
        .join(PresenceEvent, PresenceEvent.volunteer_id == Volunteer.id)
        .outerjoin(
            _Later, (_Later.volunteer_id == PresenceEvent.volunteer_id) & (_Later.ordinal == PresenceEvent.ordinal + 1)
        )
        .where(
            PresenceEvent.shift_id == shift_id,
            PresenceEvent.direction == Direction.IN,
            PresenceEvent.method.in_(CAN_BE_DRAWN),
            _Later.id.is_(None),
            ~lately,
        )
        .order_by(Volunteer.id)
    ).all()


def answer(
    *, volunteer: str, shift: str, scanned_at: datetime, method: Method, account_id: int, is_own: bool = True
) -> str:
    """Answer the spot check of a volunteer at a shift (public ids) by a scan there, and return the volunteer's name.

    `is_own`: by a scan of the venue's code that the account's own claim holds, of either phase; else by the account's
    scan of the volunteer's personal code. `scanned_at` is our clock's. Answering again changes nothing. Raises
    `Refusal`: `no_spot_check`, `scanned_before_draw`, `spot_check_over`, `proves_nothing`.
    """
    own = [Volunteer.account_id == account_id] if is_own else []
    check = db.session.execute(
        select(SpotCheck.id, SpotCheck.drawn_at, SpotCheck.due_at, SpotCheck.shown_at, Volunteer.name)
        .join(Volunteer, Volunteer.id == SpotCheck.volunteer_id)
        .join(Shift, Shift.id == SpotCheck.shift_id)
        .where(Volunteer.public_id == volunteer, Shift.public_id == shift, *own)
        .order_by(SpotCheck.id.desc())
        .limit(1)
    ).first()
    if check is None:
        raise Refusal("no_spot_check", Words(N_("现在没有要回应的抽查")))
    if check.shown_at is None:
        may_answer(check.drawn_at, check.due_at, scanned_at, method).require()
        db.session.execute(
            update(SpotCheck)
            .where(SpotCheck.id == check.id, SpotCheck.shown_at.is_(None))
            .values(shown_at=scanned_at, shown_by=None if is_own else account_id, method=method)
        )
    return str(check.name)


@dataclass(frozen=True, slots=True)
class OpenSpotCheck:
    """A spot check that still can be answered, for the page of who was drawn."""

    public_id: str
    volunteer: str
    name: str
    shift: str
    title: str
    drawn_at: datetime
    due_at: datetime


def _was_seen() -> Any:
    """Return whether a check was answered, or its person scanned on the spot while it was open.

    That may be a check-out, or a genuine scan that had nothing to record since the person was in: a volunteer's of the
    venue's code, or an organizer's of the volunteer's.
    """
    scans = (
        exists().where(
            event.volunteer_id == SpotCheck.volunteer_id,
            event.shift_id == SpotCheck.shift_id,
            or_(*(event.method == way for way in ON_THE_SPOT)),
            moment.between(SpotCheck.drawn_at, SpotCheck.due_at),
            *more,
        )
        for event, moment, more in (
            (PresenceEvent, PresenceEvent.happened_at, ()),
            (PresenceRefusal, PresenceRefusal.asked_at, (PresenceRefusal.rule == "already_in",)),
        )
    )
    return or_(SpotCheck.shown_at.is_not(None), *scans)


_OPEN = Prepared(
    select(
        SpotCheck.public_id,
        Volunteer.public_id.label("volunteer"),
        Volunteer.name,
        Shift.public_id.label("shift"),
        Activity.title,
        SpotCheck.drawn_at,
        SpotCheck.due_at,
    )
    .join(Volunteer, Volunteer.id == SpotCheck.volunteer_id)
    .join(Shift, Shift.id == SpotCheck.shift_id)
    .join(Activity, Activity.id == Shift.activity_id)
    .where(
        Volunteer.account_id == bindparam("account_id", type_=Volunteer.account_id.type),
        SpotCheck.due_at >= bindparam("now", type_=SpotCheck.due_at.type),
        ~_was_seen(),
    )
    .order_by(SpotCheck.due_at, SpotCheck.id)
)


def open_spot_checks_of(account_id: int, now: datetime) -> list[OpenSpotCheck]:
    """Return the spot checks that an account's volunteers can still answer, the most urgent first."""
    return [OpenSpotCheck(*row) for row in _OPEN.rows({"account_id": account_id, "now": now})]


@dataclass(frozen=True, slots=True)
class SpotCheckRow:
    """One spot check as the organizer sees it. `drawn_by` is an account's display name, None for the system's."""

    public_id: str
    volunteer: str
    name: str
    drawn_at: datetime
    due_at: datetime
    shown_at: datetime | None
    drawn_by: str | None
    state: SpotCheckState


def spot_checks_at(shift_id: int, now: datetime) -> list[SpotCheckRow]:
    """Return the spot checks of a shift, newest first."""
    rows = db.session.execute(
        select(
            SpotCheck.public_id,
            Volunteer.public_id.label("volunteer"),
            Volunteer.name,
            SpotCheck.drawn_at,
            SpotCheck.due_at,
            SpotCheck.shown_at,
            Account.display_name.label("drawn_by"),
            _was_seen().label("was_seen"),
        )
        .join(Volunteer, Volunteer.id == SpotCheck.volunteer_id)
        .outerjoin(Account, Account.id == SpotCheck.drawn_by)
        .where(SpotCheck.shift_id == shift_id)
        .order_by(SpotCheck.drawn_at.desc(), Volunteer.name, SpotCheck.id)
    )
    return [
        SpotCheckRow(
            row.public_id,
            row.volunteer,
            row.name,
            row.drawn_at,
            row.due_at,
            row.shown_at,
            row.drawn_by,
            spot_check_state(was_seen=bool(row.was_seen), due_at=row.due_at, now=now),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Missed:
    """A spot check that nobody answered in time; ids are of rows. `left_at`: when its person first left after it."""

    spot_check_id: int
    shift_id: int
    volunteer_id: int
    drawn_at: datetime
    due_at: datetime
    left_at: datetime | None


def missed_spot_checks(
    since: datetime,
    now: datetime,
    *,
    after: int = 0,
    limit: int | None = None,
    unless: ColumnElement[bool] | None = None,
) -> list[Missed]:
    """Return the spot checks that fell due from `since` until before `now` without an answer, oldest first.

    In batches where asked: those after the row id `after`, `limit` at most. `unless`: a condition that leaves some out.
    """
    left_at = (
        select(PresenceEvent.happened_at)
        .where(
            PresenceEvent.shift_id == SpotCheck.shift_id,
            PresenceEvent.volunteer_id == SpotCheck.volunteer_id,
            PresenceEvent.direction == Direction.OUT,
            PresenceEvent.happened_at >= SpotCheck.drawn_at,
        )
        .order_by(PresenceEvent.ordinal)
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(SpotCheck.id, SpotCheck.shift_id, SpotCheck.volunteer_id, SpotCheck.drawn_at, SpotCheck.due_at, left_at)
        .where(SpotCheck.shown_at.is_(None), SpotCheck.due_at >= since, SpotCheck.due_at < now, ~_was_seen())
        .where(SpotCheck.id > after, *([] if unless is None else [~unless]))
        .order_by(SpotCheck.id)
        .limit(limit)
    )
    return [Missed(*row) for row in rows]
