"""What lies beside the PDF in a package: raw tables, the originals, and an index of everything with digests. Pure."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from typing import Any

from volunteer.evidence.contents import Packed, PackedItem, Proof
from volunteer.evidence.listings import Listing
from volunteer.evidence.rules import OwnTableFacts, stored
from volunteer.evidence.statistics import Sheet, Statistics
from volunteer.kernel.tables import book_bytes, csv_bytes, harmless

TABLES, ORIGINALS = "原始表格", "原件"
INDEX, INDEX_FOR_MACHINES = "目录.csv", "目录.json"
EXCEL, CSV = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv"
_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", EXCEL: "xlsx", CSV: "csv"}
_HEADINGS = ("档号", "条款", "种类", "名称", "PDF 页码", "文件", "SHA-256")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the package: where it lies in it, and its digest."""

    path: str
    digest: str
    size: int


def part(path: str, content: bytes) -> Part:
    """Return what the index says of a file."""
    return Part(path, sha256(content).hexdigest(), len(content))


def original_path(number: str, media_type: str) -> str:
    """Return where an item's own file lies."""
    return f"{ORIGINALS}/{number}.{_ENDINGS[media_type]}"


def raw_tables(number: str, statistics: Statistics | Listing) -> Iterator[tuple[str, bytes]]:
    """Yield a table as CSV files, one an indicator, with where they lie."""
    tables = list(statistics.tables)
    for place, table in enumerate(tables, start=1):
        ending = f"-{place}" if len(tables) > 1 else ""
        yield f"{TABLES}/{number}{ending}.csv", csv_bytes(table)


def workbook(packed: Packed) -> bytes | None:
    """Return all tables in one Excel workbook, a sheet each; None without a table."""
    sheets = {}
    for item in items_of(packed):
        if item.statistics is not None:
            tables = list(item.statistics.tables)
            for place, table in enumerate(tables, start=1):
                sheets[item.number + (f"-{place}" if len(tables) > 1 else "")] = table
    return book_bytes(packed.title, sheets, packed.made_at) if sheets else None


def items_of(packed: Packed) -> Iterator[PackedItem]:
    """Yield the items of all clauses in order."""
    for clause in packed.clauses:
        yield from clause.items


def index_json(packed: Packed, pages: Mapping[str, int], parts: Iterable[Part]) -> bytes:
    """Return the index for machines: what was packed, from what, and the digest of each file."""
    told = {
        "title": packed.title,
        "area": packed.area_code,
        "year": packed.year,
        "edition": packed.edition_name,
        "package": packed.package_number,
        "made_at": packed.made_at.isoformat(),
        "figures_as_of": packed.figures_as_of.isoformat() if packed.figures_as_of else None,
        "ledger": _proved(packed.proof),
        "files": [{"path": one.path, "sha256": one.digest, "bytes": one.size} for one in parts],
        "items": [
            {**_told(item), "clause": clause.code, "page": pages.get(item.number)}
            for clause in packed.clauses
            for item in clause.items
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _proved(proof: Proof | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    return {"origin": proof.origin, "size": proof.size, "root": proof.root, "note": proof.note}


def _told(item: PackedItem) -> dict[str, Any]:
    told: dict[str, Any] = {"number": item.number, "kind": item.kind.value, "title": item.title}
    if item.facts is not None:
        told["facts"] = stored(item.facts)
    if isinstance(item.facts, OwnTableFacts):
        told["filled_in_by_hand"] = True
    if item.file is not None:
        told["file"] = {"name": item.file.name, "sha256": item.file.digest}
    if isinstance(item.statistics, Listing):
        told["rows"], told["basis"] = len(item.statistics.rows), dict(item.statistics.basis)
    elif item.statistics is not None:
        told["figures"] = [_figures(sheet) for sheet in item.statistics.sheets]
        told["basis"] = dict(item.statistics.basis)
    return told


def _figures(sheet: Sheet) -> dict[str, Any]:
    whole = sheet.whole
    return {
        "indicator": sheet.indicator.code.value,
        "derivation": dict(sheet.derivation),
        "whole": {
            "numerator": None if whole.hides_numerator else whole.measurement.numerator,
            "denominator": None if whole.hides_denominator else whole.measurement.denominator,
        },
    }


def index_csv(packed: Packed, pages: Mapping[str, int], files: Mapping[str, Iterable[Part]]) -> bytes:
    """Return the index for people: a line for each file of an item; in UTF-8 with the mark that Excel needs."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADINGS)
    for clause in packed.clauses:
        for item in clause.items:
            own = [item.number, clause.code, item.kind.label + _mark(item), item.title, str(pages.get(item.number, ""))]
            listed = list(files.get(item.number, ())) or [Part("", "", 0)]
            writer.writerows([harmless(cell) for cell in (*own, one.path, one.digest)] for one in listed)
    return out.getvalue().encode("utf-8-sig")


def _mark(item: PackedItem) -> str:
    return "（自填）" if isinstance(item.facts, OwnTableFacts) else ""
