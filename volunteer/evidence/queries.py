"""Reading dossiers: what stands by clause and what lacks, who did what, and the packages. Files stay where they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.evidence import Dossier, DossierDuty, DossierFile, DossierItem, DossierItemVersion, DossierPackage
from volunteer.areas.overview import inside
from volunteer.evidence.contents import OwnTable
from volunteer.evidence.own_tables import as_kept
from volunteer.evidence.rules import LEVELS_BELOW, ItemAct, Lack, archive_number, completeness, lacks_of
from volunteer.kernel.errors import NotFound
from volunteer.kernel.ratio import percent
from volunteer.kernel.text import N_
from volunteer.metrics.edition_queries import clauses_of
from volunteer.metrics.editions import Clause, MaterialKind

GONE = Clause(
    "", N_("条款已调整"), N_("这些材料所属的条款已经不在测评体系里，请撤下，或者在合适的条款下重新加入。"), ()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item with its archive number and the name of who added it."""

    item: DossierItem
    number: str
    added_by: str

    @property
    def is_withdrawn(self) -> bool:
        """Whether it no longer counts."""
        return self.item.withdrawn_at is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """A clause in one dossier: its place from 1, what is there, what is wanted, and who owes it."""

    place: int
    clause: Clause
    entries: Sequence[Entry]
    lacks: tuple[Lack, ...]
    duty: DossierDuty | None

    @property
    def standing_entries(self) -> list[Entry]:
        """Return what counts: kind by kind, then in the order in which it came."""
        kinds = list(MaterialKind)
        counted = [entry for entry in self.entries if not entry.is_withdrawn]
        return sorted(counted, key=lambda entry: (kinds.index(entry.item.kind), entry.item.number))

    @property
    def missing(self) -> list[Lack]:
        """Return what is still to come."""
        return [lack for lack in self.lacks if lack.missing]

    @property
    def pictures(self) -> int | None:
        """Return how many pictures the office asks for; None leaves it to the rule."""
        return _pictures(self.duty)

    def is_late(self, today: date) -> bool:
        """Whether something lacks and its day is over."""
        return bool(self.missing and self.duty and self.duty.due_on and self.duty.due_on < today)


@dataclass(frozen=True, slots=True)
class Overall:
    """How complete a dossier is: what is wanted, how much of it is there, and the share; None without a want."""

    want: int
    have: int
    share: Fraction | None

    @property
    def missing(self) -> int:
        """Return how many pieces are still to come."""
        return self.want - self.have

    @property
    def share_text(self) -> str:
        """Return the share as shown, rounded down; "" without a want."""
        return "" if self.share is None else percent(self.share)


def dossier_by_public_id(public_id: str) -> Dossier:
    """Return a dossier with its area and edition; raise NotFound."""
    found = db.session.scalar(
        select(Dossier)
        .options(joinedload(Dossier.area), joinedload(Dossier.edition))
        .where(Dossier.public_id == public_id)
    )
    if found is None:
        raise NotFound(N_("没有找到这本档案"))
    return found


def dossier_of(area: Area, year: int) -> Dossier | None:
    """Return the dossier of an area and year, if it was opened."""
    return db.session.scalar(select(Dossier).where(Dossier.area_id == area.id, Dossier.year == year))


def item_by_public_id(public_id: str) -> DossierItem:
    """Return an item with its dossier and what is known of its file; raise NotFound."""
    found = db.session.scalar(
        select(DossierItem)
        .options(
            joinedload(DossierItem.dossier).joinedload(Dossier.area),
            joinedload(DossierItem.dossier).joinedload(Dossier.edition),
            joinedload(DossierItem.file),
        )
        .where(DossierItem.public_id == public_id)
    )
    if found is None:
        raise NotFound(N_("没有找到这份材料"))
    return found


def package_by_public_id(public_id: str) -> DossierPackage:
    """Return a package without its bytes; raise NotFound."""
    found = db.session.scalar(
        select(DossierPackage)
        .options(joinedload(DossierPackage.dossier).joinedload(Dossier.area))
        .where(DossierPackage.public_id == public_id)
    )
    if found is None:
        raise NotFound(N_("没有找到这次汇编"))
    return found


def content_of(file_id: int) -> bytes:
    """Return the bytes of a file."""
    return db.session.scalars(select(DossierFile.content).where(DossierFile.id == file_id)).one()


def package_content(package_id: int) -> bytes:
    """Return the bytes of a package."""
    return db.session.scalars(select(DossierPackage.content).where(DossierPackage.id == package_id)).one()


def clauses(dossier: Dossier) -> list[Clause]:
    """Return the clauses of a dossier's edition, in their order."""
    return [stored.clause for stored in clauses_of(dossier.edition.public_id)]


def standings(dossier: Dossier) -> list[Standing]:
    """Return each clause of a dossier with what is there; items of clauses that are gone come last."""
    listed = clauses(dossier)
    by_clause = _entries(dossier, {clause.code: place for place, clause in enumerate(listed, start=1)})
    duties = _duties([dossier.id])[dossier.id]
    found = [
        _standing(place, clause, by_clause.pop(clause.code, []), duties.get(clause.code))
        for place, clause in enumerate(listed, start=1)
    ]
    left = [entry for entries in by_clause.values() for entry in entries if not entry.is_withdrawn]
    return [*found, Standing(0, GONE, left, (), None)] if left else found


def missing_by_clause(dossier: Dossier) -> dict[str, int]:
    """Return how many pieces each clause of a dossier lacks, by code."""
    return missing_by_dossier([dossier])[dossier.id]


def missing_by_dossier(dossiers: Iterable[Dossier]) -> dict[int, dict[str, int]]:
    """Return by dossier id how many pieces each clause lacks, by code, in a handful of statements for all."""
    return {
        dossier_id: {code: sum(lack.missing for lack in found) for code, found in lacks.items()}
        for dossier_id, lacks in _lacks(list(dossiers)).items()
    }


def _lacks(dossiers: Sequence[Dossier]) -> dict[int, dict[str, tuple[Lack, ...]]]:
    """Return by dossier id what each clause lacks, by code."""
    ids = list({dossier.id for dossier in dossiers})
    if not ids:
        return {}
    counts, duties = _counts(ids), _duties(ids)
    by_edition = {one.edition_id: one for one in dossiers}
    known = {edition_id: clauses(one) for edition_id, one in by_edition.items()}
    return {
        dossier.id: {
            one.code: lacks_of(one, counts[dossier.id, one.code], _pictures(duties[dossier.id].get(one.code)))
            for one in known[dossier.edition_id]
        }
        for dossier in dossiers
    }


def overall(lacks: Iterable[Lack]) -> Overall:
    """Return how complete all clauses are together."""
    listed = list(lacks)
    want = sum(lack.want for lack in listed)
    return Overall(want, want - sum(lack.missing for lack in listed), completeness(listed))


def number_of(item: DossierItem) -> str:
    """Return the archive number of an item."""
    codes = [clause.code for clause in clauses(item.dossier)]
    place = codes.index(item.clause_code) + 1 if item.clause_code in codes else 0
    return archive_number(item.dossier.year, item.dossier.area.code, place, item.number)


def keepers(lineages: Iterable[str]) -> Sequence[Area]:
    """Return the areas at or below any of `lineages` that keep a dossier: the city, then its districts by code."""
    levels = list(LEVELS_BELOW)
    query = select(Area).where(inside(lineages), Area.level.in_(levels))
    return db.session.scalars(query.order_by(func.length(Area.lineage), Area.code)).all()


@dataclass(frozen=True, slots=True)
class BoardRow:
    """An area with its dossier of a year, None before it was opened, and what each clause lacks there."""

    area: Area
    dossier: Dossier | None
    lacks: Mapping[str, tuple[Lack, ...]]

    @property
    def overall(self) -> Overall:
        """Return how complete it is."""
        return overall(lack for lacks in self.lacks.values() for lack in lacks)

    def missing(self, code: str) -> int | None:
        """Return how many pieces a clause lacks; None where the dossier does not know the clause."""
        return sum(lack.missing for lack in self.lacks[code]) if code in self.lacks else None


def board(areas: Sequence[Area], year: int) -> list[BoardRow]:
    """Return areas with their dossiers of a year and their gaps, in a handful of statements for all."""
    query = select(Dossier).options(joinedload(Dossier.edition)).where(Dossier.year == year)
    dossiers = db.session.scalars(query.where(Dossier.area_id.in_([area.id for area in areas]))).all()
    by_area = {dossier.area_id: dossier for dossier in dossiers}
    lacks = _lacks(dossiers)
    found = ((area, by_area.get(area.id)) for area in areas)
    return [BoardRow(area, dossier, lacks[dossier.id] if dossier else {}) for area, dossier in found]


def years() -> list[int]:
    """Return the years of which any dossier was opened, the newest first."""
    return list(db.session.scalars(select(Dossier.year).distinct().order_by(Dossier.year.desc())))


@dataclass(frozen=True, slots=True)
class Twin:
    """Another item with the same picture."""

    item: DossierItem
    area: Area
    year: int


def twins_of(digest: str, but: int | None) -> list[Twin]:
    """Return the items in use, in any dossier, that show the same picture, without the item `but`."""
    query = (
        select(DossierItem, Area, Dossier.year)
        .join(DossierFile, DossierFile.id == DossierItem.file_id)
        .join(Dossier, Dossier.id == DossierItem.dossier_id)
        .join(Area, Area.id == Dossier.area_id)
        .where(DossierFile.digest == digest, DossierItem.withdrawn_at.is_(None))
        .order_by(DossierItem.id)
    )
    return [Twin(*row) for row in db.session.execute(query) if row[0].id != but]


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did to an item."""

    version: DossierItemVersion
    name: str


def history(item: DossierItem) -> list[Event]:
    """Return what was done to an item, the latest first."""
    query = (
        select(DossierItemVersion, Account.display_name)
        .outerjoin(Account, Account.id == DossierItemVersion.made_by)
        .where(DossierItemVersion.item_id == item.id)
        .order_by(DossierItemVersion.id.desc())
    )
    return [Event(version, name or "") for version, name in db.session.execute(query)]


def printed_part(item: DossierItem) -> OwnTable | None:
    """Return what is printed of a table that somebody brought, as it was kept with the file; None where it was not."""
    added = (DossierItemVersion.item_id == item.id, DossierItemVersion.act == ItemAct.ADDED)
    content = db.session.scalar(select(DossierItemVersion.content).where(*added))
    return as_kept((content or {}).get("printed"))


@dataclass(frozen=True, slots=True)
class Latest:
    """The last thing done in a dossier."""

    title: str
    name: str
    at: datetime


def latest(dossier: Dossier) -> Latest | None:
    """Return who did the last thing to an item of a dossier; None before the first."""
    row = db.session.execute(
        select(DossierItem.title, Account.display_name, DossierItemVersion.made_at)
        .join(DossierItem, DossierItem.id == DossierItemVersion.item_id)
        .outerjoin(Account, Account.id == DossierItemVersion.made_by)
        .where(DossierItem.dossier_id == dossier.id)
        .order_by(DossierItemVersion.id.desc())
        .limit(1)
    ).first()
    return Latest(row[0], row[1] or "", row[2]) if row else None


def packages(dossier: Dossier) -> Sequence[DossierPackage]:
    """Return the packages made of a dossier, the newest first, without their bytes."""
    query = select(DossierPackage).where(DossierPackage.dossier_id == dossier.id)
    return db.session.scalars(query.order_by(DossierPackage.number.desc())).all()


def files_size(dossier: Dossier) -> int:
    """Return how many bytes the files in use of a dossier take."""
    query = select(func.coalesce(func.sum(DossierFile.size), 0)).join(
        DossierItem, DossierItem.file_id == DossierFile.id
    )
    in_use = (DossierItem.dossier_id == dossier.id, DossierItem.withdrawn_at.is_(None))
    return int(db.session.scalar(query.where(*in_use)) or 0)


def _standing(place: int, clause: Clause, entries: Sequence[Entry], duty: DossierDuty | None) -> Standing:
    have = Counter(entry.item.kind for entry in entries if not entry.is_withdrawn)
    return Standing(place, clause, entries, lacks_of(clause, have, _pictures(duty)), duty)


def _pictures(duty: DossierDuty | None) -> int | None:
    return duty.pictures if duty else None


def _entries(dossier: Dossier, places: Mapping[str, int]) -> dict[str, list[Entry]]:
    query = (
        select(DossierItem, Account.display_name)
        .options(joinedload(DossierItem.file))
        .outerjoin(Account, Account.id == DossierItem.added_by)
        .where(DossierItem.dossier_id == dossier.id)
        .order_by(DossierItem.clause_code, DossierItem.number)
    )
    found: dict[str, list[Entry]] = {}
    for item, name in db.session.execute(query):
        number = archive_number(dossier.year, dossier.area.code, places.get(item.clause_code, 0), item.number)
        found.setdefault(item.clause_code, []).append(Entry(item, number, name or ""))
    return found


def _duties(dossier_ids: Sequence[int]) -> defaultdict[int, dict[str, DossierDuty]]:
    found: defaultdict[int, dict[str, DossierDuty]] = defaultdict(dict)
    for duty in db.session.scalars(select(DossierDuty).where(DossierDuty.dossier_id.in_(dossier_ids))):
        found[duty.dossier_id][duty.clause_code] = duty
    return found


def _counts(dossier_ids: Sequence[int]) -> defaultdict[tuple[int, str], dict[MaterialKind, int]]:
    found: defaultdict[tuple[int, str], dict[MaterialKind, int]] = defaultdict(dict)
    columns = (DossierItem.dossier_id, DossierItem.clause_code, DossierItem.kind)
    query = select(*columns, func.count()).where(
        DossierItem.dossier_id.in_(dossier_ids), DossierItem.withdrawn_at.is_(None)
    )
    for dossier_id, code, kind, count in db.session.execute(query.group_by(*columns)):
        found[dossier_id, code][kind] = count
    return found
