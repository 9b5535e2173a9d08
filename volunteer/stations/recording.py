"""One coming or going that a station read, recorded as everything else is, once under its key."""

import hashlib

from models.base import db
from models.stations import Station, StationRecord
from volunteer.checkin.operations import Asked, record_presence
from volunteer.checkin.rules import Direction
from volunteer.stations import queries, rules
from volunteer.stations.queries import Known
from volunteer.stations.rules import Reading


def event_key(station: Station, key: str) -> str:
    """Return the key under which a record's event is made once, however often the record is tried."""
    return hashlib.sha256(f"{station.public_id}\n{key}".encode()).hexdigest()[:40]


def record_reading(station: Station, shift: str, key: str, direction: Direction, reading: Reading, who: Known) -> None:
    """Record within a savepoint what a station read under a record's key, or raise a `DomainError`."""
    if who.account_id == station.opened_by:
        rules.OWN_FAMILY.require()
    with db.session.begin_nested():
        record_presence(
            Asked(
                volunteer=reading.volunteer,
                shift=shift,
                direction=direction,
                happened_at=reading.happened_at,
                method=reading.method,
                account_id=station.opened_by,
                request_key=event_key(station, key),
                is_own=False,
                station=station.public_id,
                reason=reading.reason,
            )
        )


def event_made(record: StationRecord) -> int | None:
    """Return the presence event (row id) that a record has made."""
    key = event_key(record.station, record.record_key)
    return queries.events_made([key]).get(key)
