"""How long a million entries take to verify: tree, rows, evidence, sums and figures, in one process."""

import os
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Table, insert

from app import create_app
from models.base import Base, db
from models.checkin import PresenceEvent
from models.hours import CreditedSpan, Entry
from tests.bench.figures import Figure, alone
from tests.cast import Cast
from tests.databases import settings_for
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.leaves import seal_entry
from volunteer.hours.minutes import Source, credit_span
from volunteer.hours.rules import EntryKind
from volunteer.integrity.verifying import verify_ledgers
from volunteer.kernel.ids import new_public_id
from volunteer.ledger import jobs
from volunteer.metrics.operations import rebuild_figures

ENTRIES = int(os.environ.get("ZHIYUANTAI_BENCH_ENTRIES", "1000000"))
A_VOLUNTEER = 250
AT_ONCE = 5_000
FIRST = datetime(2025, 1, 1, 1, tzinfo=UTC)


def measure() -> Iterator[Figure]:
    """Write the entries with their presence, take them into the tree, sign it, and verify all of it."""
    with TemporaryDirectory(prefix="zyt-verify-") as folder:
        app = create_app(settings_for(f"sqlite:///{folder}/bench.db", Path(folder)))
        with app.app_context():
            upgrade()
            taken_in = _fill(app)
            yield alone("rows taken into the tree", "sqlite", 1, "rows/s", [ENTRIES / taken_in])
            began = time.perf_counter()
            findings = verify_ledgers()
            seconds = time.perf_counter() - began
            if findings.total:
                raise click.ClickException(f"the control is not clean: {findings.first}")
            yield alone(f"verify {ENTRIES:,} entries", "sqlite", 1, "s", [seconds])
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            yield alone("memory of the process at its peak", "sqlite", 1, "MB", [peak])
            db.session.remove()
            db.engine.dispose()


def _fill(app: Flask) -> float:
    """Write all rows and return how many seconds the tree took to take them in and sign."""
    cast = Cast(app)
    organization = cast.organization()
    shift = cast.shift(cast.activity(organization), starts_at=FIRST, minutes=120)
    volunteers = [cast.volunteer() for _ in range(-(-ENTRIES // A_VOLUNTEER))]
    events = _events([one.id for one in volunteers], shift.id, organization.id)
    while batch := list(islice(events, AT_ONCE)):
        for model, rows in zip((PresenceEvent, Entry, CreditedSpan), _tables(batch), strict=True):
            db.session.execute(insert(_table(model)), rows)
        db.session.commit()
    began = time.perf_counter()
    jobs.open_tree()
    jobs.take_in()
    jobs.sign()
    taken_in = time.perf_counter() - began
    rebuild_figures()
    db.session.commit()
    return taken_in


_Visit = tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]


def _events(volunteer_ids: list[int], shift_id: int, organization_id: int) -> Iterator[_Visit]:
    """Yield visit by visit what a check-out writes: two events, the entry, the time that it covers."""
    for number in range(ENTRIES):
        volunteer_id, visit = volunteer_ids[number // A_VOLUNTEER], number % A_VOLUNTEER
        starts_at = FIRST + timedelta(days=visit)
        left_at = starts_at + timedelta(minutes=60 + number % 60)
        (day,) = credit_span(starts_at, left_at, PlannedShift(starts_at, starts_at + timedelta(hours=2))).days
        seen = {
            "volunteer_id": volunteer_id,
            "shift_id": shift_id,
            "method": Method.VENUE_CODE,
            "station": "",
            "device": "",
            "reason": "",
        }
        ends = [
            {
                **seen,
                "id": 2 * number + 1 + place,
                "ordinal": 2 * visit + 1 + place,
                "direction": (Direction.IN, Direction.OUT)[place],
                "happened_at": at,
                "received_at": at,
                "request_key": f"{number}-{place}",
            }
            for place, at in enumerate((starts_at, left_at))
        ]
        entry: dict[str, Any] = {
            "public_id": new_public_id(),
            "kind": EntryKind.CREDIT,
            "reverses_id": None,
            "volunteer_id": volunteer_id,
            "shift_id": shift_id,
            "organization_id": organization_id,
            "served_on": day.served_on,
            "started_at": day.started_at,
            "ended_at": day.ended_at,
            "minutes": day.minutes,
            "source": Source.SCAN,
            "rules_version": day.derivation.rules_version,
            "derivation": day.derivation.to_json(),
            "reason": "",
            "presence_event_id": 2 * number + 2,
            "made_by": None,
            "checked_by": None,
            "made_at": left_at,
        }
        span = {name: entry[name] for name in ("volunteer_id", "started_at", "ended_at")}
        sealed = {**entry, "id": number + 1, "seal": seal_entry(entry)}
        yield ends, sealed, {"entry_id": number + 1, **span}


def _tables(batch: list[_Visit]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    return [one for ends, _, _ in batch for one in ends], [entry for _, entry, _ in batch], [span for *_, span in batch]


def _table(model: type[Base]) -> Table:
    found: Table = model.__table__  # type: ignore[assignment]
    return found
