"""The few statements that all writing of the ledger shares.

Whoever writes for a volunteer first takes that volunteer's row, so that two writers at once see each other's minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from models.activities import Activity, Shift
from models.base import broken_constraint, db
from models.hours import CreditedSpan, Entry, Proposal
from models.volunteers import FigureChange, Volunteer
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import PlannedShift, ShiftStatus
from volunteer.hours.leaves import seal_entry
from volunteer.hours.minutes import DayCredit, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.text import N_

_ENTRY, _SPAN, _CHANGE = (cast(Table, table.__table__) for table in (Entry, CreditedSpan, FigureChange))
TAKEN = N_("这段时间已经有别的服务记录，同一段时间只能记一次")
_SPAN_OVERLAP = "credited_span_overlap"
_SHARED = (
    "volunteer_id",
    "shift_id",
    "organization_id",
    "served_on",
    "started_at",
    "ended_at",
    "minutes",
    "source",
    "rules_version",
    "derivation",
)


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose minutes are settled, where, and on which check-out they rest; `is_cancelled`: the shift was called off."""

    volunteer_id: int
    shift_id: int
    organization_id: int
    plan: PlannedShift
    presence_event_id: int | None
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Day:
    """What stands on a day so far: effective minutes, and whether credited time overlaps the new one.

    `is_settled`: the check-out at hand has its rows already.
    """

    minutes: int
    is_taken: bool
    is_settled: bool


def _same(column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    return column == bindparam(name, type_=column.type)


# Built once: these run in every check-out, and building a statement costs more than running it.
_SEAT = (
    select(
        Activity.organization_id,
        Shift.starts_at,
        Shift.ends_at,
        Shift.break_minutes,
        Shift.extended_until,
        Shift.extension_reason,
        or_(Shift.status == ShiftStatus.CANCELLED, Activity.status == ActivityStatus.CANCELLED).label("is_cancelled"),
    )
    .select_from(Volunteer)
    .join(Shift, _same(Shift.id, "shift_id"))
    .join(Activity, Activity.id == Shift.activity_id)
    .where(_same(Volunteer.id, "volunteer_id"))
    .with_for_update(of=Volunteer, key_share=True)
)
_VOLUNTEER = select(Volunteer.id).where(_same(Volunteer.id, "volunteer_id")).with_for_update(key_share=True)
_DAY = select(
    select(func.coalesce(func.sum(Entry.minutes), 0))
    .where(_same(Entry.volunteer_id, "volunteer_id"), _same(Entry.served_on, "served_on"))
    .scalar_subquery()
    .label("minutes"),
    exists(
        select(CreditedSpan.entry_id).where(
            _same(CreditedSpan.volunteer_id, "volunteer_id"),
            CreditedSpan.started_at < bindparam("ended_at", type_=CreditedSpan.started_at.type),
            CreditedSpan.ended_at > bindparam("started_at", type_=CreditedSpan.ended_at.type),
        )
    ).label("is_taken"),
    or_(
        exists(select(Entry.id).where(_same(Entry.presence_event_id, "presence_event_id"))),
        exists(select(Proposal.id).where(_same(Proposal.presence_event_id, "presence_event_id"))),
    ).label("is_settled"),
)
_NEW_ENTRY = insert(_ENTRY).returning(_ENTRY.c.id)
_NEW_SPAN = insert(_SPAN)
_NEW_CHANGE = insert(_CHANGE)


def take_seat(volunteer_id: int, shift_id: int, presence_event_id: int | None) -> Seat:
    """Take the volunteer's row and return where the minutes belong, in one statement.

    FOR NO KEY UPDATE lets foreign keys to the row pass, so an insert that is under way cannot lock us out.
    """
    row = db.session.execute(_SEAT, {"volunteer_id": volunteer_id, "shift_id": shift_id}).one()
    plan = PlannedShift(
        row.starts_at,
        row.ends_at,
        break_minutes=row.break_minutes,
        extended_until=row.extended_until,
        extension_reason=row.extension_reason,
    )
    return Seat(volunteer_id, shift_id, row.organization_id, plan, presence_event_id, bool(row.is_cancelled))


def take_volunteer(volunteer_id: int) -> None:
    """Take the volunteer's row until the transaction ends; SQLite has one writer at a time anyway."""
    db.session.execute(_VOLUNTEER, {"volunteer_id": volunteer_id})


def day_so_far(volunteer_id: int, day: DayCredit, presence_event_id: int | None = None) -> Day:
    """Return what stands on the day of `day`, and whether the check-out was settled before; one statement."""
    asked = {"volunteer_id": volunteer_id, "presence_event_id": presence_event_id}
    span = {"served_on": day.served_on, "started_at": day.started_at, "ended_at": day.ended_at}
    row = db.session.execute(_DAY, {**asked, **span}).one()
    return Day(row.minutes, bool(row.is_taken), bool(row.is_settled))


def entry_values(seat: Seat, day: DayCredit, source: Source) -> dict[str, Any]:
    """Return the columns that an entry and a proposal share, for a day's credit."""
    return {
        "kind": EntryKind.CREDIT,
        "volunteer_id": seat.volunteer_id,
        "shift_id": seat.shift_id,
        "organization_id": seat.organization_id,
        "served_on": day.served_on,
        "started_at": day.started_at,
        "ended_at": day.ended_at,
        "minutes": day.minutes,
        "source": source,
        "rules_version": day.derivation.rules_version,
        "derivation": day.derivation.to_json(),
        "presence_event_id": seat.presence_event_id,
    }


def enter(values: Mapping[str, Any]) -> int:
    """Add an entry, the time that it covers, and what the figures have to take in; return its id."""
    row = {"public_id": new_public_id(), "reason": "", "made_at": clock.now(), **values}
    row["seal"] = seal_entry(row)
    try:
        entry_id = db.session.execute(_NEW_ENTRY, row).scalar_one()
        if row["kind"] is EntryKind.CREDIT:
            span = {name: row[name] for name in ("volunteer_id", "started_at", "ended_at")}
            db.session.execute(_NEW_SPAN, {"entry_id": entry_id, **span})
    except IntegrityError as error:
        raise _told(error) from error
    db.session.execute(_NEW_CHANGE, {"volunteer_id": row["volunteer_id"], "entry_id": entry_id})
    return int(entry_id)


def free_time(entry_id: int) -> None:
    """Give back the time that a reversed entry covered."""
    db.session.execute(delete(_SPAN).where(_SPAN.c.entry_id == entry_id))


def _told(error: IntegrityError) -> Exception:
    broken = broken_constraint(error)
    if _SPAN_OVERLAP in broken:
        return Conflict(TAKEN)
    if broken == "entry.reverses_id":
        return Conflict(N_("这条记录已经冲销了"))
    if broken == "entry.presence_event_id,entry.served_on":
        return Conflict(N_("这次服务已经记过了"))
    return error


def same_as(row: Entry | Proposal) -> dict[str, Any]:
    """Return the columns that an entry and a proposal share, as in `row`."""
    return {name: getattr(row, name) for name in _SHARED}
