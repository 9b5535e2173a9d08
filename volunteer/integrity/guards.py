"""Whether the schema still refuses what must never happen: triggers that are gone, switched off, changed or added.

`guards.json` holds for each trigger the digest of all that it is, as the migrations make it.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text

from models.base import db
from volunteer.integrity.faults import Fault, Findings, Found

KEPT = Path(__file__).with_name("guards.json")
_ON_SQLITE = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
# When it fires, on what, the function that it calls with its arguments, and that function's own text.
_ON_POSTGRESQL = (
    "SELECT c.relname, t.tgname, concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid, true), l.lanname, p.prosrc) "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
    "JOIN pg_language l ON l.oid = p.prolang WHERE NOT t.tgisinternal"
)


def guards_now() -> dict[str, str]:
    """Return by "table.trigger" the digest of each trigger of the database in use, all its text."""
    query = _ON_SQLITE if _dialect() == "sqlite" else _ON_POSTGRESQL
    rows = db.session.execute(text(query)).all()
    return {f"{table}.{name}": sha256(told.encode()).hexdigest() for table, name, told in rows}


def expected_guards() -> Mapping[str, str]:
    """Return the same as this version's migrations make them."""
    return _kept()[_dialect()]


def check_guards(findings: Findings) -> None:
    """Find guards that are gone, that are not as they were made, and triggers that nobody of us made."""
    expected, now = expected_guards(), guards_now()
    for place in sorted({*expected, *now}):
        if expected.get(place) != now.get(place):
            table, _, name = place.partition(".")
            findings.add(Found(Fault.GUARD_MISSING, table, detail=f"{name} {_what(place, expected, now)}"))
    if _dialect() == "postgresql" and not _has_exclusion():
        findings.add(Found(Fault.GUARD_MISSING, "credited_span", detail="credited_span_overlap is gone"))


def _what(place: str, expected: Mapping[str, str], now: Mapping[str, str]) -> str:
    if place not in now:
        return "is gone"
    return "is not as it was made" if place in expected else "was added"


@cache
def _kept() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def _dialect() -> str:
    return db.session.get_bind().dialect.name


def _has_exclusion() -> bool:
    query = text("SELECT 1 FROM pg_constraint WHERE conname = 'credited_span_overlap' AND contype = 'x'")
    return db.session.scalar(query) is not None
