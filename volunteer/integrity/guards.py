"""Whether the schema still refuses what must never happen: triggers that are dropped, switched off or emptied."""

from collections.abc import Mapping

from sqlalchemy import text

from models.base import db
from volunteer.integrity.faults import Fault, Findings, Found

# What becomes a leaf, and what is only ever added.
DUE = {"entry": "entry", "star": "star_event", "certificate": "certificate", "revocation": "certificate"}
APPEND_ONLY = (
    "audit_event",
    "certificate_entry",
    "certificate_file",
    "entry",
    "ledger_checkpoint",
    "ledger_leaf",
    "presence_event",
    "registration_event",
    "star_event",
    "survey_result",
)
_SQLITE_ALSO = {
    "certificate_refuses_update": "certificate",
    "certificate_refuses_delete": "certificate",
    "certificate_refuses_new_facts": "certificate",
    "certificate_refuses_new_seal": "certificate",
    "credited_span_refuses_overlap": "credited_span",
    "credited_span_refuses_update": "credited_span",
    "ledger_tile_refuses_change": "ledger_tile",
    "ledger_tile_refuses_delete": "ledger_tile",
    "presence_event_refuses_new_place": "presence_event",
    "presence_refusal_refuses_new_place": "presence_refusal",
    "volunteer_secret_refuses_update": "volunteer_secret",
}
_POSTGRESQL_ALSO = {
    "certificate_facts_frozen": "certificate",
    "certificate_file_kept": "certificate_file",
    "certificate_frozen": "certificate",
    "certificate_kept": "certificate",
    "certificate_sealed": "certificate",
    "ledger_tile_kept": "ledger_tile",
    "ledger_tile_only_grows": "ledger_tile",
    "presence_event_place_kept": "presence_event",
    "presence_refusal_place_kept": "presence_refusal",
    "volunteer_secret_never_changes": "volunteer_secret",
}
_SQLITE = {
    **{f"{table}_refuses_{verb}": table for table in APPEND_ONLY for verb in ("update", "delete")},
    **_SQLITE_ALSO,
}
_POSTGRESQL = {
    **{f"{table}_append_only": table for table in APPEND_ONLY},
    **{f"{table}_not_emptied": table for table in APPEND_ONLY},
    **_POSTGRESQL_ALSO,
}
# "O" fires always, "A" on replicas too; "D" is switched off, "R" only on replicas.
_FIRING = ("O", "A")


def expected_guards() -> set[str]:
    """Return the names of the triggers that the database in use must have."""
    return {*_refusing(), *(f"{kind}_is_due" for kind in DUE)}


def _refusing() -> Mapping[str, str]:
    return _SQLITE if db.session.get_bind().dialect.name == "sqlite" else _POSTGRESQL


def check_guards(findings: Findings) -> None:
    """Find guards that are gone, switched off, or do nothing any more."""
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    bodies = _bodies_on_sqlite() if is_sqlite else _bodies_on_postgresql()
    refusing = "RAISE(ABORT" if is_sqlite else "RAISE EXCEPTION"
    for name, table in _refusing().items():
        _require(findings, bodies, name, table, refusing)
    for kind, table in DUE.items():
        _require(findings, bodies, f"{kind}_is_due", table, "INSERT INTO ledger_due")
    if not is_sqlite and not _has_exclusion():
        findings.add(Found(Fault.GUARD_MISSING, "credited_span", detail="credited_span_overlap"))


def _require(findings: Findings, bodies: Mapping[tuple[str, str], str], name: str, table: str, does: str) -> None:
    body = bodies.get((table, name))
    if body is None or does not in body:
        findings.add(Found(Fault.GUARD_MISSING, table, detail=name if body is None else f"{name} does nothing"))


def _bodies_on_sqlite() -> dict[tuple[str, str], str]:
    rows = db.session.execute(text("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {(row[0], row[1]): row[2] for row in rows}


def _bodies_on_postgresql() -> dict[tuple[str, str], str]:
    rows = db.session.execute(
        text(
            "SELECT c.relname, t.tgname, p.prosrc, t.tgenabled FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    )
    return {(row[0], row[1]): row[2] for row in rows if _letter(row[3]) in _FIRING}


def _letter(told: str | bytes) -> str:
    return told.decode() if isinstance(told, bytes) else told


def _has_exclusion() -> bool:
    query = text("SELECT 1 FROM pg_constraint WHERE conname = 'credited_span_overlap' AND contype = 'x'")
    return db.session.scalar(query) is not None
