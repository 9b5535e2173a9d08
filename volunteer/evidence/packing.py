"""Making a package: a dossier is read and frozen, its files taken apart, the PDF drawn and put together, all zipped."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import current_app
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject
from sqlalchemy import func, select

from models.base import db
from models.engine import take_all_the_time
from models.evidence import Dossier, DossierFile, DossierItem, DossierPackage
from volunteer.audit.operations import record
from volunteer.evidence import queries
from volunteer.evidence.bundles import (
    INDEX,
    INDEX_FOR_MACHINES,
    Part,
    index_csv,
    index_json,
    original_path,
    part,
    raw_tables,
    workbook,
)
from volunteer.evidence.contents import KeptFile, Packed, PackedClause, PackedItem, Proof, share_words
from volunteer.evidence.documents import Drawn, Insertion, draw_dossier
from volunteer.evidence.figures import table_of
from volunteer.evidence.queries import Standing
from volunteer.evidence.rules import ListFacts, OwnTableFacts, TableFacts, read_facts
from volunteer.kernel import clock
from volunteer.kernel.leafed import DRAWING, leaf
from volunteer.kernel.zips import stream_zip
from volunteer.ledger.keys import origin
from volunteer.ledger.queries import latest_checkpoint
from volunteer.metrics.editions import MaterialKind
from volunteer.tasks.operations import Progress
from volunteer.tasks.rules import Made
from volunteer.web.addresses import public_address
from volunteer.web.assets import document_fonts

PICTURE_SIDE, QUALITY = 1400, 80
"""Pictures stand on half a page: so many pixels print well there. The originals lie beside the PDF."""
_STEPS_AT_THE_END = 4
DEMO_REMARK = "演示数据，人物和数字均为虚构"


@dataclass(slots=True)
class _Work:
    """What is gathered for one package: files lie on the disk until they are needed."""

    folder: Path
    progress: Progress
    total: int
    done: int = 0
    leaves: dict[str, Path] = field(default_factory=dict)
    file_ids: dict[str, int] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    raw: dict[str, Path] = field(default_factory=dict)

    @property
    def book(self) -> Path:
        """Return where the finished PDF lies."""
        return self.folder / "book.pdf"

    def step(self) -> None:
        """Tell how far it is; ends the transaction."""
        self.done += 1
        self.progress(self.done, self.total)

    def keep(self, number: str, path: str, content: bytes) -> None:
        """Put a raw table on the disk and into the index."""
        self.raw[path] = self.folder / f"raw-{len(self.raw)}"
        self.raw[path].write_bytes(content)
        self.parts.setdefault(number, []).append(part(path, content))


def pack(params: Mapping[str, Any], progress: Progress) -> Made:
    """Make a package of the dossier `params["dossier"]` for the account that asked; the worker of "evidence.pack"."""
    dossier = queries.dossier_by_public_id(params["dossier"])
    standings = queries.standings(dossier)
    total = sum(len(one.standing_entries) for one in standings) + _STEPS_AT_THE_END
    with tempfile.TemporaryDirectory(prefix="dossier-") as folder:
        work = _Work(Path(folder), progress, total)
        packed = replace(_freeze(dossier.public_id, standings, work), tells_lacks=bool(params.get("tells_lacks")))
        work.step()
        fonts = document_fonts()
        drawn = draw_dossier(packed, fonts, lambda number: _small(work.file_ids[number]))
        work.step()
        work.book.write_bytes(put_together(drawn.pdf, drawn.insertions, work.leaves))
        drawn = replace(drawn, pdf=b"")  # it lies on the disk now
        work.step()
        package = _keep(params, packed, drawn, work)
        return Made(href=f"/evidence/packages/{package.public_id}")


def _freeze(public_id: str, standings: Sequence[Standing], work: _Work) -> Packed:
    """Return all that the package says, read once; what is heavy stays on the disk or in the database."""
    dossier = queries.dossier_by_public_id(public_id)
    settings = current_app.config["SETTINGS"]
    number = _next_number(dossier)
    told: dict[str, Any] = {
        "area_name": dossier.area.name,
        "area_code": dossier.area.code,
        "year": dossier.year,
        "edition_name": dossier.edition.name,
        "office_name": settings.office_name,
        "product_name": settings.product_name,
        "package_number": number,
        "remark": DEMO_REMARK if settings.is_demo else "",
        "made_at": clock.now(),
    }
    whole = queries.overall(lack for one in standings for lack in one.lacks)
    clauses = tuple(_clause(one, public_id, work) for one in standings)
    days = [item.statistics.read_on for clause in clauses for item in clause.items if item.statistics]
    return Packed(
        **told,
        figures_as_of=max(days, default=None),
        share=share_words(whole.have, whole.want),
        clauses=clauses,
        proof=_proof(),
        digests=tuple((one.path, one.digest) for parts in work.parts.values() for one in parts),
    )


def _clause(standing: Standing, public_id: str, work: _Work) -> PackedClause:
    clause, unit = standing.clause, standing.duty.unit if standing.duty else ""
    item_ids = [(entry.item.id, entry.number) for entry in standing.standing_entries]
    items = []
    for item_id, number in item_ids:
        items.append(_item(db.session.get_one(DossierItem, item_id), number, public_id, work))
        work.step()
    return PackedClause(clause.code, clause.title, clause.words, unit, standing.lacks, tuple(items))


def _item(item: DossierItem, number: str, public_id: str, work: _Work) -> PackedItem:
    facts = read_facts(item.kind, item.facts)
    if isinstance(facts, TableFacts | ListFacts):
        take_all_the_time(db.session.connection())  # ten million records are counted longer than a page may wait
        area = queries.dossier_by_public_id(public_id).area
        statistics = table_of(area, facts, today=clock.today())
        for path, content in raw_tables(number, statistics):
            work.keep(number, path, content)
        return PackedItem(number, item.kind, item.title, None, statistics=statistics)
    kept = _file(item, number, work) if item.file_id is not None else None
    own = queries.printed_part(item) if isinstance(facts, OwnTableFacts) else None
    return PackedItem(number, item.kind, item.title, facts, item.words, kept, own=own)


def _file(item: DossierItem, number: str, work: _Work) -> KeptFile:
    assert item.file_id is not None  # noqa: S101 - the caller asked
    file = db.session.get_one(DossierFile, item.file_id)
    name, digest, width, height = file.name, file.digest, file.width, file.height
    path = original_path(number, file.type)
    work.parts.setdefault(number, []).append(Part(path, digest, file.size))
    work.file_ids[number] = file.id
    if item.kind is not MaterialKind.DOCUMENT:
        return KeptFile(name, digest, (), width, height)
    content = queries.content_of(file.id)
    work.progress(work.done, work.total)  # what follows may take seconds: no transaction is held
    opened = leaf(content)
    if opened.sizes:
        work.leaves[number] = work.folder / f"{number}.pdf"
        work.leaves[number].write_bytes(opened.pdf)
    return KeptFile(name, digest, opened.sizes)


def _proof() -> Proof | None:
    checkpoint = latest_checkpoint()
    if checkpoint is None:
        return None
    return Proof(
        origin=origin(),
        size=checkpoint.size,
        root=checkpoint.root,
        note=checkpoint.note,
        signed_at=checkpoint.signed_at,
        address=public_address("ledger.show_ledger"),
        source=public_address("ledger.show_old_checkpoint", size=checkpoint.size),
    )


def _small(file_id: int) -> bytes:
    """Return a picture as it is printed."""
    with Image.open(BytesIO(queries.content_of(file_id))) as image:
        image.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
        out = BytesIO()
        image.save(out, "JPEG", quality=QUALITY, optimize=True)
        return out.getvalue()


def put_together(pdf: bytes, insertions: Sequence[Insertion], leaves: Mapping[str, Path]) -> bytes:
    """Return our PDF with the pages of others laid under it.

    The claim to be PDF/A goes where pages of others stand: nobody can promise it for them.
    """
    if not insertions:
        return pdf
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.root_object.pop(NameObject("/Metadata"), None)
    writer.root_object.pop(NameObject("/OutputIntents"), None)
    readers = {number: PdfReader(path) for number, path in leaves.items()}
    for one in insertions:
        _lay_under(writer, one, readers[one.number])
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _lay_under(writer: PdfWriter, one: Insertion, reader: PdfReader) -> None:
    source: Any = reader.pages[one.leaf]["/Resources"]
    drawing = source["/XObject"].raw_get(DRAWING).get_object().clone(writer)
    page = writer.pages[one.page]
    resources: Any = page["/Resources"]
    drawings = DictionaryObject(resources.get("/XObject", DictionaryObject()))
    drawings[NameObject("/Inserted")] = drawing.indirect_reference
    resources[NameObject("/XObject")] = drawings
    under = StreamObject()
    under.set_data(f"q {one.scale:.6f} 0 0 {one.scale:.6f} {one.x:.3f} {one.y:.3f} cm /Inserted Do Q\n".encode())
    above = page.raw_get("/Contents")
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(under), above])


def _next_number(dossier: Dossier) -> int:
    last = select(func.max(DossierPackage.number)).where(DossierPackage.dossier_id == dossier.id)
    return (db.session.scalar(last) or 0) + 1


def _keep(params: Mapping[str, Any], packed: Packed, drawn: Drawn, work: _Work) -> DossierPackage:
    name = f"{packed.year}-{packed.area_code}-{packed.package_number:02d}"
    content, index = _zipped(packed, drawn, work)
    dossier = queries.dossier_by_public_id(params["dossier"])
    package = DossierPackage(
        dossier_id=dossier.id,
        number=packed.package_number,
        name=f"{name}-{packed.area_name}志愿服务测评档案.zip",
        digest=sha256(content).hexdigest(),
        size=len(content),
        figures_as_of=packed.figures_as_of,
        contents=index,
        content=content,
        made_at=packed.made_at,
        made_by=params["account_id"],
    )
    db.session.add(package)
    db.session.flush()
    details = {"number": package.number, "digest": package.digest, "pages": drawn.count}
    act = "evidence.pack"
    lineage = dossier.area.lineage
    record(act, "dossier_package", package.public_id, account_id=params["account_id"], lineage=lineage, **details)
    return package


def _zipped(packed: Packed, drawn: Drawn, work: _Work) -> tuple[bytes, dict[str, Any]]:
    """Return the ZIP, and what its row says of it; one original is in memory at a time."""
    pdf_name, book = f"{packed.title}.pdf", workbook(packed)
    raw = [(f"{packed.title}-表格.xlsx", book)] if book else []
    parts = [part(pdf_name, work.book.read_bytes()), *(part(path, content) for path, content in raw)]
    index = index_json(packed, drawn.pages, [*parts, *(one for kept in work.parts.values() for one in kept)])
    lists = [(INDEX_FOR_MACHINES, index), (INDEX, index_csv(packed, drawn.pages, work.parts))]
    zipped = work.folder / "package.zip"
    with zipped.open("wb") as out:
        for piece in stream_zip(_files(pdf_name, [*raw, *lists], work), packed.made_at):
            out.write(piece)
    items = sum(len(clause.items) for clause in packed.clauses)
    facts = {
        "pages": drawn.count,
        "items": items,
        "share": packed.share,
        "edition": packed.edition_name,
        "tells_lacks": packed.tells_lacks,
        "pdf": parts[0].digest,
        "ledger_size": packed.proof.size if packed.proof else None,
    }
    return zipped.read_bytes(), facts


def _files(pdf_name: str, own: Sequence[tuple[str, bytes]], work: _Work) -> Iterator[tuple[str, bytes]]:
    yield pdf_name, work.book.read_bytes()
    yield from own
    for path, kept in work.raw.items():
        yield path, kept.read_bytes()
    for number, file_id in work.file_ids.items():
        yield work.parts[number][0].path, queries.content_of(file_id)
