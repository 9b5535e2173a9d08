"""Walking through the tree: every leaf beside its hash, and every row beside its leaf."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, select
from sqlalchemy.exc import SQLAlchemyError

from models.base import Base, db
from models.certificates import Certificate
from models.hours import Entry, StarEvent
from models.ledger import LedgerDue, LedgerLeaf, VolunteerSecret
from models.volunteers import Volunteer
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.integrity.trees import Rebuilt, Signed
from volunteer.ledger import operations
from volunteer.ledger.leaves import Made, canonical
from volunteer.ledger.queries import lacks_opening, tree_size
from volunteer.ledger.rules import LeafKind
from volunteer.verifier.tree import leaf_hash

ROWS_AT_ONCE = 1_000
# What a leaf says of when its row was made, by kind.
_MADE_AT = ("made_at", "issued_at", "at")
TABLES: Mapping[LeafKind, type[Base]] = {
    LeafKind.ENTRY: Entry,
    LeafKind.STAR: StarEvent,
    LeafKind.CERTIFICATE: Certificate,
    LeafKind.REVOCATION: Certificate,
}
Progress = Callable[[int], object]
_Leaf = Row[int, LeafKind, int, str, str]


class Walk:
    """One pass over the leaves in order; memory does not grow with them.

    `signed` are roots by size, the smallest first: each is compared when so many leaves were seen.
    """

    def __init__(self, findings: Findings, signed: Iterator[Signed], progress: Progress) -> None:
        self.tree = Rebuilt(findings)
        self._findings, self._progress = findings, progress
        self._signed = signed
        self._next = next(signed, None)
        # Up to where the tree is what was signed: by what is in the database, and by what was kept outside.
        self._good = {False: 0, True: 0}
        self._unsealed = 0
        self._unopened: list[_Leaf] = []
        self._opened: Mapping[str, Any] = {}

    def run(self) -> None:
        """Compare everything; what was signed over more leaves than there are is a fault."""
        for leaves in _batches():
            rows = _rows_of(leaves)
            for leaf in leaves:
                self._take(leaf)
                self._judge(leaf, rows.get((leaf.kind, leaf.row_id)))
            self._judge_unopened()
            self._findings.count("leaves", len(leaves))
            self._progress(len(leaves))
        self._end()

    def _take(self, leaf: _Leaf) -> None:
        missing, name = self.tree.size, f"{leaf.kind} {leaf.subject}"
        if missing < leaf.position:
            gone = f"the next one that is there is {leaf.position}, {name}"
            self._findings.add(Found(Fault.LEAF_MISSING, position=missing, detail=gone))
            if not self.tree.stand_in(leaf.position):
                return
        self.tree.add(leaf_hash(leaf.content.encode()), name)
        self._compare_signed()

    def _compare_signed(self) -> None:
        while self._next is not None and self._next.size <= self.tree.size:
            self._compare(self._next)
            self._next = next(self._signed, None)

    def _compare(self, signed: Signed) -> None:
        good = self._good[signed.is_outside]
        if signed.root is None:
            self._findings.add(Found(Fault.CHECKPOINT_FORGED, signed.where, detail=signed.fault))
        elif signed.size < self.tree.size or self.tree.root() != signed.root:
            detail = f"one of the leaves {good} to {signed.size - 1} is not what was signed"
            self._findings.add(Found(_fault_of(signed), signed.where, position=good, detail=detail))
        else:
            self._good[signed.is_outside] = signed.size

    def _end(self) -> None:
        self.tree.finish()
        while self._next is not None:
            signed, size = self._next, self.tree.size
            if signed.root is None:
                self._compare(signed)
            else:
                detail = f"{signed.size} leaves were signed, the leaves {size} to {signed.size - 1} are gone"
                self._findings.add(Found(_fault_of(signed), signed.where, position=size, detail=detail))
            self._next = next(self._signed, None)
        adopted = int(self._opened.get("adopted", 0))
        if self._unsealed != adopted:
            detail = f"{self._unsealed} rows have none, {adopted} had none when the tree began"
            self._findings.add(Found(Fault.SEAL_MISSING, detail=detail))

    # A row beside its leaf

    def _judge(self, leaf: _Leaf, made: Made | str | None) -> None:
        if leaf.kind is LeafKind.OPENED or leaf.position == 0:
            self._judge_opening(leaf)
            return
        if not isinstance(made, Made):
            self._add(Fault.ROW_CHANGED if made else Fault.ROW_GONE, leaf, made or "")
            return
        if leaf.subject != made.subject:
            self._add(Fault.ROW_CHANGED, leaf, f"the leaf is filed under {leaf.subject}, the row is {made.subject}")
        if canonical(made.content).decode() != leaf.content:
            self._compare_content(leaf, made.content)
        self._judge_seal(leaf, made)

    def _judge_opening(self, leaf: _Leaf) -> None:
        told = _parsed(leaf.content)
        if leaf.position == 0 and leaf.kind is LeafKind.OPENED and told.get("kind") == leaf.kind:
            self._opened = told
        else:
            self._add(Fault.ROW_CHANGED, leaf, "leaf 0 opens the tree, and no other does")

    def _compare_content(self, leaf: _Leaf, now: Mapping[str, Any]) -> None:
        told = _parsed(leaf.content)
        hidden = [name for name, value in now.items() if value == "" and told.get(name)]
        names = sorted({*told, *now} - set(hidden))
        differ = [name for name in names if told.get(name) != now.get(name)]
        if differ:
            said = "; ".join(f"{name}: {told.get(name)!r} in the tree, {now.get(name)!r} in the row" for name in differ)
            self._add(Fault.ROW_CHANGED, leaf, said)
        if hidden:
            self._unopened.append(leaf)

    def _judge_unopened(self) -> None:
        """Find leaves that nobody can open although their person was not erased; asked for a batch at once."""
        erased = _erased(self._unopened)
        for leaf in self._unopened:
            if (leaf.kind, leaf.row_id) not in erased:
                self._add(Fault.COMMITTED_ALONE, leaf)
        self._unopened.clear()

    def _judge_seal(self, leaf: _Leaf, made: Made) -> None:
        if made.seal_holds:
            return
        if made.seal != "":
            self._add(Fault.SEAL_BROKEN, leaf)
            return
        self._unsealed += 1
        if not self._opened.get("adopted") or _made_at(_parsed(leaf.content)) > _made_at(self._opened):
            self._add(Fault.SEAL_MISSING, leaf)

    def _add(self, fault: Fault, leaf: _Leaf, detail: str = "") -> None:
        number = _number_of(leaf.kind, leaf.row_id)
        self._findings.add(Found(fault, leaf.subject, leaf.kind, leaf.position, detail, number))


def _fault_of(signed: Signed) -> Fault:
    return Fault.MARK_DIFFERS if signed.is_outside else Fault.CHECKPOINT_WRONG


def _batches() -> Iterator[Sequence[_Leaf]]:
    last = -1
    query = select(LedgerLeaf.position, LedgerLeaf.kind, LedgerLeaf.row_id, LedgerLeaf.subject, LedgerLeaf.content)
    while True:
        after = query.where(LedgerLeaf.position > last).order_by(LedgerLeaf.position).limit(ROWS_AT_ONCE)
        leaves = db.session.execute(after).all()
        if not leaves:
            return
        yield leaves
        last = leaves[-1].position
        db.session.expunge_all()


def _rows_of(leaves: Sequence[_Leaf]) -> dict[tuple[LeafKind, int], Made | str]:
    return {
        (kind, row_id): made
        for kind, row_ids in _by_kind(leaves).items()
        if kind in operations.sources
        for row_id, made in _made(kind, row_ids).items()
    }


def _made(kind: LeafKind, row_ids: list[int]) -> Mapping[int, Made | str]:
    """Return by row its leaf as it would be now, or why it cannot be read; one bad row does not hide the others."""
    try:
        return operations.sources[kind](row_ids)
    except SQLAlchemyError:
        raise
    except Exception as error:
        if len(row_ids) == 1:
            return {row_ids[0]: f"the row cannot be read: {type(error).__name__}"}
    middle = len(row_ids) // 2
    return {**_made(kind, row_ids[:middle]), **_made(kind, row_ids[middle:])}


def _parsed(content: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _made_at(content: Mapping[str, Any]) -> datetime:
    """Return when the row of a leaf was made; long ago where the leaf says nothing that can be read."""
    told = next((content[name] for name in _MADE_AT if name in content), "")
    try:
        return datetime.fromisoformat(str(told))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _erased(leaves: Sequence[_Leaf]) -> set[tuple[LeafKind, int]]:
    """Return kind and row of those leaves whose person was erased."""
    found: set[tuple[LeafKind, int]] = set()
    for kind, row_ids in _by_kind(leaves).items():
        table = TABLES[kind]
        query = select(_id(table)).join(Volunteer, _volunteer_id(table) == Volunteer.id)
        query = query.where(_id(table).in_(row_ids), Volunteer.erased_at.is_not(None))
        found |= {(kind, row_id) for row_id in db.session.scalars(query)}
    return found


def _by_kind(leaves: Iterable[Any]) -> dict[LeafKind, list[int]]:
    asked: defaultdict[LeafKind, list[int]] = defaultdict(list)
    for leaf in leaves:
        asked[leaf.kind].append(leaf.row_id)
    return asked


def _number_of(kind: LeafKind, row_id: int) -> str:
    table = TABLES.get(kind)
    if table is None:
        return ""
    query = select(Volunteer.number).join(table, _volunteer_id(table) == Volunteer.id).where(_id(table) == row_id)
    return db.session.scalar(query) or ""


# Rows that no leaf is about


def check_opening(findings: Findings, *, has_mark: bool) -> None:
    """Find a tree that is not open although there are entries, and one whose mark is not beside the database."""
    if lacks_opening():
        findings.add(Found(Fault.NOT_OPENED))
    if not has_mark and tree_size():
        findings.add(Found(Fault.MARK_GONE, detail="nothing tells whether leaves were cut off"))


def check_rows_without_leaf(findings: Findings) -> None:
    """Find rows that the tree does not know, unless they are due and sealed, and rows that were not taken in."""
    # Opening the tree adopts rows that are older than it; until then they wait without a seal.
    is_open = tree_size() > 0
    for kind, table in TABLES.items():
        for row_ids in _without_leaf(kind, table):
            due = _due(kind, row_ids)
            made = _made(kind, row_ids)
            for row_id in row_ids:
                _judge_row(findings, kind, row_id, made.get(row_id), due.get(row_id), is_open=is_open)
    _check_due(findings)


def _judge_row(
    findings: Findings, kind: LeafKind, row_id: int, made: Made | str | None, refused: str | None, *, is_open: bool
) -> None:
    """Judge a row without a leaf; `refused` is why it was not taken in, "" while it waits, None when it is not due."""
    may_come_in = isinstance(made, Made) and (made.seal_holds or (made.seal == "" and not is_open))
    if refused == "" and may_come_in:
        findings.count("rows waiting for the tree", 1)
        return
    subject = made.subject if isinstance(made, Made) else f"row {row_id}"
    detail = refused or ("" if may_come_in else "the program did not write it")
    fault = Fault.ROW_WITHOUT_LEAF if refused is None else Fault.ROW_REFUSED
    findings.add(Found(fault, subject, kind, detail=detail, volunteer=_number_of(kind, row_id)))


def _without_leaf(kind: LeafKind, table: type[Base]) -> Iterator[list[int]]:
    """Yield the ids of rows of a kind that no leaf is about, in batches by id."""
    last, row_id = 0, _id(table)
    query = select(row_id).where(*_lacks_leaf(kind)).order_by(row_id).limit(ROWS_AT_ONCE)
    while row_ids := list(db.session.scalars(query.where(row_id > last))):
        yield row_ids
        last = row_ids[-1]


def _lacks_leaf(kind: LeafKind) -> list[ColumnElement[bool]]:
    row_id = _id(TABLES[kind])
    has_leaf = exists(select(LedgerLeaf.position).where(LedgerLeaf.kind == kind, LedgerLeaf.row_id == row_id))
    return [~has_leaf, *([Certificate.revoked_at.is_not(None)] if kind is LeafKind.REVOCATION else [])]


def _lacking(kind: LeafKind, row_ids: Sequence[int]) -> Iterable[int]:
    if kind not in TABLES:
        return ()
    row_id = _id(TABLES[kind])
    return db.session.scalars(select(row_id).where(row_id.in_(row_ids), *_lacks_leaf(kind)))


def _standing(kind: LeafKind, row_ids: Sequence[int]) -> Iterable[int]:
    query = select(LedgerLeaf.row_id).where(LedgerLeaf.kind == kind, LedgerLeaf.row_id.in_(row_ids))
    return db.session.scalars(query)


def _due(kind: LeafKind, row_ids: Sequence[int]) -> dict[int, str]:
    """Return by row why it was refused, "" for one that waits; rows that are not due are left out."""
    query = select(LedgerDue.row_id, LedgerDue.refused_because).where(
        LedgerDue.kind == kind, LedgerDue.row_id.in_(row_ids)
    )
    return {one.row_id: one.refused_because for one in db.session.execute(query.order_by(LedgerDue.refused_because))}


def _check_due(findings: Findings) -> None:
    """Name what waits for the tree without being a row that lacks its leaf: nothing else would tell of it."""
    last, query = 0, select(LedgerDue.id, LedgerDue.kind, LedgerDue.row_id, LedgerDue.refused_because)
    query = query.order_by(LedgerDue.id).limit(ROWS_AT_ONCE)
    while due := db.session.execute(query.where(LedgerDue.id > last)).all():
        asked = _by_kind(due).items()
        lacking = {(kind, row_id) for kind, row_ids in asked for row_id in _lacking(kind, row_ids)}
        standing = {(kind, row_id) for kind, row_ids in asked for row_id in _standing(kind, row_ids)}
        for one in due:
            place = (one.kind, one.row_id)
            if place in lacking or (place in standing and not one.refused_because):
                continue
            why = one.refused_because or "the row is gone"
            findings.add(Found(Fault.ROW_REFUSED, f"row {one.row_id}", one.kind, detail=why))
        last = due[-1].id


def check_secrets(findings: Findings) -> None:
    """Name persons who were erased and whose secret is still there."""
    query = (
        select(Volunteer.number)
        .join(VolunteerSecret, VolunteerSecret.volunteer_id == Volunteer.id)
        .where(Volunteer.erased_at.is_not(None))
        .order_by(Volunteer.number)
    )
    for number in db.session.scalars(query):
        findings.add(Found(Fault.SECRET_LEFT, number))


def _id(table: type[Base]) -> Any:
    return table.__table__.c.id


def _volunteer_id(table: type[Base]) -> Any:
    return table.__table__.c.volunteer_id
