"""Reading what figures are made of: registrations as spells and entries as services, volunteer by volunteer."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from models.areas import Area
from models.base import db
from models.hours import Entry
from models.volunteers import FigureChange, RegistrationEvent
from volunteer.areas.overview import inside
from volunteer.hours.minutes import Source, is_strict
from volunteer.metrics.facts import Service, Spell
from volunteer.volunteers.rules import RegistrationChange, RegistrationKind, spells

STRICT_SOURCES = tuple(source for source in Source if is_strict(source))
_ROWS_AT_ONCE = 10_000

EventRow = tuple[int, int, int | None, date]  # volunteer, event, area (None: ended), from which day
# volunteer, entry, what it reverses, day, minutes, is strict, organization, shift
EntryRow = tuple[int, int, int | None, date, int, bool, int, int]


@dataclass(slots=True)
class Record:
    """What the ledgers hold of one volunteer; events oldest first."""

    events: list[EventRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)

    def without(self, event_ids: Collection[int], entry_ids: Collection[int]) -> "Record":
        """Return the record as it was before those rows."""
        return Record(
            [row for row in self.events if row[1] not in event_ids],
            [row for row in self.entries if row[1] not in entry_ids],
        )

    def spells(self) -> list[Spell]:
        """Return where the volunteer was registered, and when."""
        if len(self.events) == 1 and self.events[0][2] is not None:
            return [Spell(self.events[0][2], self.events[0][3], None)]
        # A row says only where someone counts from a day on; an end is the one without an area.
        changes = [
            RegistrationChange(RegistrationKind.MOVED if area_id else RegistrationKind.ENDED, day, area_id)
            for _, _, area_id, day in self.events
        ]
        return [Spell(spell.area_id, spell.since_on, spell.until_on) for spell in spells(changes)]

    def services(self) -> list[Service]:
        """Return the effective service."""
        return [Service(*row[3:6]) for row in self.effective()]

    def effective(self) -> list[EntryRow]:
        """Return the entries that count; a credit whose reversal is known counts nothing."""
        reversed_ids = {row[2] for row in self.entries if row[2] is not None}
        return [row for row in self.entries if row[2] is None and row[1] not in reversed_ids]


def records_of(volunteer_ids: Sequence[int]) -> dict[int, Record]:
    """Return the records of some volunteers."""
    found = {volunteer_id: Record() for volunteer_id in volunteer_ids}
    for event in db.session.execute(_events(RegistrationEvent.volunteer_id.in_(volunteer_ids))):
        found[event[0]].events.append(event)
    for entry in db.session.execute(_entries(Entry.volunteer_id.in_(volunteer_ids))):
        found[entry[0]].entries.append(entry)
    return found


def applied_records_below(lineages: Iterable[str]) -> Iterator[Record]:
    """Yield the record of everyone who was ever registered at or below some areas, without what the outbox still holds.

    One pass over each ledger, in order, so that a city does not have to fit into memory.
    """
    residents = (
        select(RegistrationEvent.volunteer_id)
        .join(Area, Area.id == RegistrationEvent.area_id)
        .where(inside(lineages))
        .scalar_subquery()
    )
    events = _events(
        RegistrationEvent.volunteer_id.in_(residents),
        RegistrationEvent.id.not_in(_pending(FigureChange.registration_event_id)),
    )
    entries = _entries(Entry.volunteer_id.in_(residents), Entry.id.not_in(_pending(FigureChange.entry_id)))
    yield from _side_by_side(_stream(events), _stream(entries))


def _pending(subject: Any) -> Any:
    return select(subject).where(subject.is_not(None)).scalar_subquery()


def _events(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = RegistrationEvent
    return (
        select(row.volunteer_id, row.id, row.area_id, row.effective_on)
        .where(*conditions)
        .order_by(row.volunteer_id, row.effective_on, row.id)
    )


def _entries(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = Entry
    strict = row.source.in_(STRICT_SOURCES)
    return (
        select(
            row.volunteer_id,
            row.id,
            row.reverses_id,
            row.served_on,
            row.minutes,
            strict,
            row.organization_id,
            row.shift_id,
        )
        .where(*conditions)
        .order_by(row.volunteer_id)
    )


def _stream(query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    connection = db.session.connection()
    return iter(connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}))


def _side_by_side(events: Iterable[Any], entries: Iterable[Any]) -> Iterator[Record]:
    """Join two streams that are both in order of the volunteer; entries of nobody registered are passed over."""
    by_volunteer = groupby(entries, key=itemgetter(0))
    ahead, theirs = next(by_volunteer, (None, iter(())))
    for volunteer_id, own in groupby(events, key=itemgetter(0)):
        record = Record(list(own))
        while ahead is not None and ahead < volunteer_id:
            ahead, theirs = next(by_volunteer, (None, iter(())))
        if ahead == volunteer_id:
            record.entries = list(theirs)
        yield record
