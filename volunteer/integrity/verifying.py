"""Everything that can be checked of the ledgers, in one reading that sees them as they stood when it began."""

import heapq
from collections.abc import Callable, Iterable

from sqlalchemy import text

from models.base import db
from models.engine import is_reading, take_all_the_time
from volunteer.integrity import erasures, evidence, guards, proposals, rows, sums, trees
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.integrity.rows import Progress, Walk
from volunteer.integrity.trees import Signed
from volunteer.ledger.marks import mark_file, read_mark

_Check = Callable[[], None]


def verify_ledgers(outside: Iterable[Signed] = (), progress: Progress = lambda _: None) -> Findings:
    """Check tree, rows, evidence, sums, figures and guards; `outside` are notes that were kept elsewhere.

    Writes nothing, and lets others write meanwhile. `progress` hears how many rows were looked at.
    """
    before = is_reading.set(True)
    try:
        db.session.rollback()
        # Before the reading begins: the mark grows with the tree, and would be ahead of what is read.
        mark = read_mark()
        _begin()
        return examine(outside, progress, mark=mark)
    finally:
        db.session.rollback()
        is_reading.reset(before)


def examine(
    outside: Iterable[Signed] = (), progress: Progress = lambda _: None, *, mark: str | None = None
) -> Findings:
    """Check everything within the present transaction, as `verify_ledgers` does in one of its own."""
    findings = Findings()
    mark = read_mark() if mark is None else mark
    kept = sorted((*trees.signed_outside(mark, str(mark_file())), *outside), key=_size)
    rows.check_opening(findings, has_mark=bool(mark))
    Walk(findings, heapq.merge(trees.signed_in_store(), kept, key=_size), progress).run()
    for what, check in _checks(findings, progress).items():
        _run(findings, what, check)
    return findings


def _checks(findings: Findings, progress: Progress) -> dict[str, _Check]:
    return {
        "rows without a leaf": lambda: rows.check_rows_without_leaf(findings),
        "secrets": lambda: rows.check_secrets(findings),
        "erasures": lambda: erasures.check_erasures(findings),
        "evidence": lambda: evidence.check_evidence(findings, progress),
        "proposals": lambda: proposals.check_proposals(findings, progress),
        "certificates": lambda: evidence.check_certificates(findings),
        "sums": lambda: sums.check_sums(findings),
        "figures": lambda: sums.check_figures(findings, progress),
        "guards": lambda: guards.check_guards(findings),
    }


def _run(findings: Findings, what: str, check: _Check) -> None:
    """Run a check; rows that cannot even be read are a fault, and keep no other check from running."""
    try:
        check()
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        findings.add(Found(Fault.UNREADABLE, what, detail=f"{type(error).__name__}: {error}"[:200]))


def _begin() -> None:
    """Begin a reading that sees one moment, for as long as it takes."""
    connection = db.session.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    take_all_the_time(connection)


def _size(signed: Signed) -> int:
    return signed.size
