"""Balances beside the rows that give them: the ledger's own checks, and the figures that the office reads."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select

from models.areas import Area
from models.base import db
from models.metrics import FigureDelta, PartDelta
from volunteer.hours import checks
from volunteer.hours.checks import LedgerFault
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.metrics.facts import Deltas
from volunteer.metrics.operations import Fact, Progress, recount
from volunteer.metrics.part_operations import are_kept
from volunteer.metrics.parts import Stored

_COLUMNS = [getattr(FigureDelta, name) for name in Deltas._fields]
_NOTHING = Deltas()


def check_sums(findings: Findings) -> None:
    """Find sums that are not those of their rows: overlaps, days above twelve hours, reversals that differ."""
    found = checks.check_ledger()
    findings.count("entries", found.entries)
    for one in found.faults:
        number, _, day = one.where.partition(" ")
        if one.fault is LedgerFault.DAY_TOO_LONG:
            findings.add(Found(Fault.LEDGER, day, detail=str(one.fault), volunteer=number))
        else:
            findings.add(Found(Fault.LEDGER, one.where, detail=str(one.fault)))


def check_figures(findings: Findings, progress: Progress) -> None:
    """Count the figures of every area again from the ledgers, and compare them row by row with those that are read.

    The parts of the figures as well, where they are kept.
    """
    names = {row.id: row.name for row in db.session.execute(select(Area.id, Area.name))}
    seen: set[int] = set()
    parts = _Parts(findings, names)
    for facts in recount(progress, parts.compare if are_kept() else None):
        for area_id, of_area in groupby(facts, key=itemgetter(0)):
            seen.add(area_id)
            _compare(findings, area_id, names[area_id], of_area)
    for area_id in sorted(names.keys() - seen):
        _compare(findings, area_id, names[area_id], ())
    if are_kept():
        parts.compare_rest()


class _Parts:
    """The parts of the figures, compared area by area as a recount of them comes along."""

    def __init__(self, findings: Findings, names: Mapping[int, str]) -> None:
        self._findings, self._names = findings, names
        self._seen: set[int] = set()

    def compare(self, facts: Iterable[Stored]) -> None:
        """Compare those of some areas; the rows of one area follow each other."""
        for area_id, of_area in groupby(facts, key=itemgetter(0)):
            self._seen.add(area_id)
            self._compare_area(area_id, of_area)

    def compare_rest(self) -> None:
        """Find what is kept of areas that have no parts."""
        for area_id in db.session.scalars(select(PartDelta.area_id).distinct().order_by(PartDelta.area_id)).all():
            if area_id not in self._seen:
                self._compare_area(area_id, ())

    def _compare_area(self, area_id: int, facts: Iterable[Stored]) -> None:
        expected = {(part.dimension.value, part.key, grain.value, day): deltas for _, part, grain, day, deltas in facts}
        columns = [getattr(PartDelta, name) for name in Deltas._fields]
        query = select(PartDelta.dimension, PartDelta.key, PartDelta.grain, PartDelta.starts_on, *columns)
        rows = db.session.execute(query.where(PartDelta.area_id == area_id))
        stored = {(row[0], row[1], row[2], row[3]): Deltas(*row[4:]) for row in rows}
        for key in sorted(expected.keys() | stored.keys()):
            wanted, read = (found.get(key, _NOTHING) for found in (expected, stored))
            if wanted != read:
                differ = [f"{field} {was} for {right}" for field, was, right in _pairs(read, wanted)]
                dimension, part, grain, first_on = key
                where = f"{self._names[area_id]} {dimension} {part} {first_on} ({grain})"
                self._findings.add(Found(Fault.FIGURES, where, detail=", ".join(differ)))


def _compare(findings: Findings, area_id: int, name: str, facts: Iterable[Fact]) -> None:
    expected = {(grain.value, first_on): deltas for _, grain, first_on, deltas in facts}
    query = select(FigureDelta.grain, FigureDelta.starts_on, *_COLUMNS).where(FigureDelta.area_id == area_id)
    stored = {(row[0], row[1]): Deltas(*row[2:]) for row in db.session.execute(query)}
    for grain, first_on in sorted(expected.keys() | stored.keys()):
        wanted, read = (found.get((grain, first_on), _NOTHING) for found in (expected, stored))
        if wanted != read:
            differ = [f"{field} {was} for {right}" for field, was, right in _pairs(read, wanted)]
            where = f"{name} {first_on} ({grain})"
            findings.add(Found(Fault.FIGURES, where, detail=", ".join(differ)))


def _pairs(read: Deltas, wanted: Deltas) -> list[tuple[str, int, int]]:
    both = zip(Deltas._fields, read, wanted, strict=True)
    return [(field, was, right) for field, was, right in both if was != right]
