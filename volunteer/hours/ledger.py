"""The few statements that all writing of the ledger shares.

Whoever writes for a volunteer first takes that volunteer's row, so that two writers at once see each other's minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from models.activities import Activity, Shift
from models.base import broken_constraint, db
from models.hours import CreditedSpan, Entry, Proposal
from models.volunteers import FigureChange, Volunteer
from volunteer.activities.rules import PlannedShift
from volunteer.hours.rules import DayCredit, EntryKind, Source
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
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
    """Whose minutes are settled, where, and on which check-out they rest."""

    volunteer_id: int
    shift_id: int
    organization_id: int
    plan: PlannedShift
    presence_event_id: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """What stands on a day so far: effective minutes, and whether credited time overlaps the new one."""

    minutes: int
    is_taken: bool


def take_seat(volunteer_id: int, shift_id: int, presence_event_id: int | None) -> Seat:
    """Take the volunteer's row and return where the minutes belong, in one statement.

    FOR NO KEY UPDATE lets foreign keys to the row pass, so an insert that is under way cannot lock us out.
    """
    row = db.session.execute(
        select(
            Activity.organization_id,
            Shift.starts_at,
            Shift.ends_at,
            Shift.break_minutes,
            Shift.extended_until,
            Shift.extension_reason,
        )
        .select_from(Volunteer)
        .join(Shift, Shift.id == shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Volunteer.id == volunteer_id)
        .with_for_update(of=Volunteer, key_share=True)
    ).one()
    plan = PlannedShift(
        row.starts_at,
        row.ends_at,
        break_minutes=row.break_minutes,
        extended_until=row.extended_until,
        extension_reason=row.extension_reason,
    )
    return Seat(volunteer_id, shift_id, row.organization_id, plan, presence_event_id)


def take_volunteer(volunteer_id: int) -> None:
    """Take the volunteer's row until the transaction ends; SQLite has one writer at a time anyway."""
    db.session.execute(select(Volunteer.id).where(Volunteer.id == volunteer_id).with_for_update(key_share=True))


def days_so_far(seat: Seat, days: Sequence[DayCredit]) -> list[Day] | None:
    """Return what stands on each day, or None when this check-out is settled already; one statement."""
    row = db.session.execute(
        select(
            exists(select(Entry.id).where(Entry.presence_event_id == seat.presence_event_id)),
            exists(select(Proposal.id).where(Proposal.presence_event_id == seat.presence_event_id)),
            *(column for day in days for column in _day_columns(seat.volunteer_id, day)),
        )
    ).one()
    if row[0] or row[1]:
        return None
    return [Day(row[place], bool(row[place + 1])) for place in range(2, len(row), 2)]


def day_so_far(volunteer_id: int, day: DayCredit) -> Day:
    """Return what stands on one day."""
    row = db.session.execute(select(*_day_columns(volunteer_id, day))).one()
    return Day(row[0], bool(row[1]))


def _day_columns(volunteer_id: int, day: DayCredit) -> tuple[Any, Any]:
    minutes = select(func.coalesce(func.sum(Entry.minutes), 0)).where(
        Entry.volunteer_id == volunteer_id, Entry.served_on == day.served_on
    )
    overlapping = select(CreditedSpan.entry_id).where(
        CreditedSpan.volunteer_id == volunteer_id,
        CreditedSpan.started_at < day.ended_at,
        CreditedSpan.ended_at > day.started_at,
    )
    return minutes.scalar_subquery(), exists(overlapping)


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
    try:
        entry_id = db.session.execute(
            insert(_ENTRY).values(reason="", made_at=clock.now()).values(**values).returning(_ENTRY.c.id)
        ).scalar_one()
        if values["kind"] is EntryKind.CREDIT:
            span = {name: values[name] for name in ("volunteer_id", "started_at", "ended_at")}
            db.session.execute(insert(_SPAN).values(entry_id=entry_id, **span))
    except IntegrityError as error:
        raise _told(error) from error
    db.session.execute(insert(_CHANGE).values(volunteer_id=values["volunteer_id"], entry_id=entry_id))
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
