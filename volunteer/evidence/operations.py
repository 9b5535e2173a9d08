"""Keeping a dossier: opening it, adding, changing and withdrawing items, asking for a package."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models.areas import Area
from models.base import db
from models.evidence import Dossier, DossierDuty, DossierFile, DossierItem, DossierItemVersion
from models.metrics import Edition
from models.tasks import Task
from volunteer.audit.operations import record
from volunteer.evidence import queries
from volunteer.evidence.contents import OwnTable
from volunteer.evidence.counting import has_any
from volunteer.evidence.figures import table_title, version
from volunteer.evidence.rules import (
    LEVELS_BELOW,
    Caption,
    DocumentFacts,
    Facts,
    ItemAct,
    ListFacts,
    NoteFacts,
    OwnTableFacts,
    TableFacts,
    check_as_of,
    check_dated_on,
    check_taken_on,
    check_telling,
    check_year,
    last_month_end,
    stored,
)
from volunteer.evidence.subjects import Subject, subjects_for, themes_of
from volunteer.hours.photos import Photo
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.fonts import Voice, runs, without_ornaments
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.periods import window as days_of
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_, Words
from volunteer.metrics.edition_queries import edition_for
from volunteer.metrics.editions import Clause, MaterialKind
from volunteer.metrics.facts import Total
from volunteer.tasks.operations import ask
from volunteer.tasks.queries import same_asked
from volunteer.web.assets import document_fonts

PACK = "evidence.pack"
MOST_ITEMS = 400
MOST_BYTES = 160 * 1024 * 1024
"""Of all files in use of one dossier: a package is made of them at one go (our decision)."""
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at: of a PDF the pages alone, how many, and the SHA-256 of what was brought.

    `printed` is what a package prints of a table.
    """

    content: bytes
    name: str
    pages: int
    received: str = ""
    type: str = "application/pdf"
    printed: OwnTable | None = None


def open_dossier(area: Area, year: int, *, account_id: int | None) -> Dossier:
    """Open the dossier of an area and year against the edition in force there; one that is open already is returned.

    Raises Invalid for a year or area that keeps none, or where no edition with clauses is in force.
    """
    check_year(year, clock.today())
    if area.level not in LEVELS_BELOW:
        raise Invalid(N_("档案由市和县市区建立，街道和社区的材料放进所在县市区的档案"))
    there = queries.dossier_of(area, year)
    if there is not None:
        return there
    edition = edition_for(area, min(clock.today(), date(year, 12, 31)))
    if edition is None:
        raise Invalid(N_("这一年没有有效的测评体系，请先在“测评体系”里选定"), field="year")
    edition_id = db.session.scalars(select(Edition.id).where(Edition.name == edition.name)).one()
    dossier = Dossier(area_id=area.id, year=year, edition_id=edition_id, opened_at=clock.now(), opened_by=account_id)
    db.session.add(dossier)
    flush(N_("别人刚刚建立了这本档案，请刷新页面"))
    db.session.refresh(dossier, ["area", "edition"])
    details = {"year": year, "edition": edition.name}
    record("evidence.open", "dossier", dossier.public_id, account_id=account_id, lineage=area.lineage, **details)
    return dossier


def add_document(
    dossier: Dossier, clause_code: str, title: str, facts: DocumentFacts, file: Checked, *, account_id: int | None
) -> DossierItem:
    """Add a 规范文件. Raises Invalid on the field that is wrong."""
    _check_facts(dossier, facts)
    kept = DossierFile(name=file.name, type="application/pdf", pages=file.pages, **_bytes_of(file.content, account_id))
    return _add(
        dossier,
        clause_code,
        MaterialKind.DOCUMENT,
        title,
        facts,
        account_id=account_id,
        file=kept,
        looked_at={"received": file.received},
    )


def add_note(
    dossier: Dossier, clause_code: str, title: str, facts: NoteFacts, words: str, *, account_id: int | None
) -> DossierItem:
    """Add a 情况说明, typed here. Raises Invalid on the field that is wrong."""
    _check_facts(dossier, facts)
    return _add(dossier, clause_code, MaterialKind.NOTE, title, facts, account_id=account_id, words=words)


def add_picture(
    dossier: Dossier, clause_code: str, facts: Caption, photo: Photo, name: str, *, account_id: int | None
) -> DossierItem:
    """Add a 实景图片, drawn anew, with its caption; its theme is its title. Raises Invalid on the field."""
    _check_facts(dossier, facts)
    size = {"width": photo.width, "height": photo.height}
    kept = DossierFile(name=name, type="image/jpeg", **size, **_bytes_of(photo.jpeg, account_id))
    kind = MaterialKind.PICTURE
    return _add(dossier, clause_code, kind, facts.theme, facts, account_id=account_id, file=kept)


def add_table(
    dossier: Dossier, clause_code: str, facts: TableFacts | ListFacts, *, account_id: int | None
) -> DossierItem:
    """Add a 统计表格: which figures or records, not the numbers, which a package reads when it is made.

    Raises Invalid on the field that is wrong, and where the platform holds nothing to list.
    """
    _check_facts(dossier, facts)
    if isinstance(facts, ListFacts) and not _has_any(dossier, facts):
        raise Invalid(N_("%(nothing)s，这张表是空的。可以上传自己做的表"), nothing=Words(facts.subject.nothing))
    title = table_title(dossier.area, facts)
    return _add(dossier, clause_code, MaterialKind.TABLE, title, facts, account_id=account_id)


def add_own_table(
    dossier: Dossier, clause_code: str, title: str, facts: OwnTableFacts, file: Checked, *, account_id: int | None
) -> DossierItem:
    """Add a 统计表格 that somebody made elsewhere; its file stays as it was brought."""
    _check_facts(dossier, facts)
    kept = DossierFile(name=file.name, type=file.type, **_bytes_of(file.content, account_id))
    printed = {"printed": asdict(file.printed)} if file.printed else {}
    return _add(
        dossier, clause_code, MaterialKind.TABLE, title, facts, account_id=account_id, file=kept, looked_at=printed
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """What was added at one go, and what the platform holds nothing of: (code of the clause, subject)."""

    added: Sequence[DossierItem]
    nothing: Sequence[tuple[str, Subject]]


def add_month_end_tables(dossier: Dossier, *, account_id: int | None) -> Tables:
    """Add to each clause that wants a table those that answer it from the data, at the last month's end.

    Tables that stand there already are left as they are. Raises Invalid where no clause wants one, Conflict where
    nothing is new.
    """
    as_of = last_month_end(dossier.year, clock.today())
    wanting = [one for one in queries.standings(dossier) if answers(dossier, one.clause, as_of)]
    if not wanting:
        raise Invalid(N_("测评体系里没有要统计表格的条款"))
    added, nothing = [], []
    for standing in wanting:
        there = [entry.item.facts for entry in standing.standing_entries]
        for facts in answers(dossier, standing.clause, as_of):
            if isinstance(facts, ListFacts) and not _has_any(dossier, facts):
                nothing.append((standing.clause.code, facts.subject))
            elif stored(facts) not in there:
                added.append(add_table(dossier, standing.clause.code, facts, account_id=account_id))
    if not added:
        raise Conflict(N_("截至 %(day)s能从数据里做的统计表格都有了"), day=say_date(as_of))
    return Tables(added, nothing)


def answers(dossier: Dossier, clause: Clause, as_of: date) -> list[TableFacts | ListFacts]:
    """Return the tables from the data that answer a clause: its indicator by areas, or records that it speaks of."""
    window, total = WindowKind.CALENDAR_YEAR, Total.INCLUSIVE
    if MaterialKind.TABLE in clause.wants and clause.indicator is not None:
        return [TableFacts(clause.indicator, LEVELS_BELOW[dossier.area.level][0], as_of, window, total)]
    themes = themes_of(clause)
    return [
        ListFacts(subject, as_of, window, total, themes if subject is Subject.ACTIVITIES else ())
        for subject in subjects_for(clause)
    ]


def _has_any(dossier: Dossier, facts: ListFacts) -> bool:
    return has_any(dossier.area, facts.subject, days_of(facts.window, facts.as_of), facts.themes)


def change_item(item: DossierItem, title: str, facts: Facts, words: str = "", *, account_id: int | None) -> DossierItem:
    """Change what is said of an item; its file stays. Raises Invalid on the field, Conflict once it is withdrawn."""
    _require_standing(item)
    _check_facts(item.dossier, facts)
    check_printable({"title": title, "words": words})
    item.title, item.facts, item.words = title, stored(facts), words
    _keep_version(item, ItemAct.CHANGED, account_id)
    _record("evidence.change", item, account_id)
    return item


def title_of(dossier: Dossier, facts: Facts) -> str:
    """Return the title that an item's facts give it; "" for the kinds that are given one."""
    match facts:
        case Caption():
            return facts.theme
        case TableFacts() | ListFacts():
            return table_title(dossier.area, facts)
    return ""


def withdraw_item(item: DossierItem, reason: str, *, account_id: int | None) -> DossierItem:
    """Take an item out of the dossier, with a reason; it stays to be seen. Raises Conflict once that was done."""
    _require_standing(item)
    check_telling(reason, field="reason")
    item.withdrawn_at = clock.now()
    _keep_version(item, ItemAct.WITHDRAWN, account_id, reason)
    _record("evidence.withdraw", item, account_id, reason=reason)
    return item


def ask_package(dossier: Dossier, *, account_id: int, tells_lacks: bool = False) -> Task:
    """Ask for a package of a dossier as it stands; of the same state the one that was asked for is the one.

    A state is its items, duties and figures, and the day. `tells_lacks` prints what is still to come, for the office's
    own use. Raises Invalid while it is empty.
    """
    if not any(standing.standing_entries for standing in queries.standings(dossier)):
        raise Invalid(N_("档案里还没有材料，先加一份再汇编"))
    title = f"{dossier.area.name} {dossier.year} 年度志愿服务测评档案"
    state = f"{_state(dossier)}{' for ourselves' if tells_lacks else ''}"
    asked = same_asked(account_id, PACK, {"dossier": dossier.public_id, "state": state})
    if asked is not None:
        return asked
    params = {"dossier": dossier.public_id, "account_id": account_id, "state": state, "tells_lacks": tells_lacks}
    return ask(PACK, title, params, lineage=dossier.area.lineage, account_id=account_id)


def _state(dossier: Dossier) -> str:
    versions = select(func.max(DossierItemVersion.id)).join(DossierItem, DossierItem.id == DossierItemVersion.item_id)
    duties = select(func.max(DossierDuty.set_at)).where(DossierDuty.dossier_id == dossier.id)
    last = db.session.scalar(versions.where(DossierItem.dossier_id == dossier.id))
    return f"{last} {db.session.scalar(duties)} {version().number} {clock.today().isoformat()}"


# --- what all kinds share ---


def _add(
    dossier: Dossier,
    clause_code: str,
    kind: MaterialKind,
    title: str,
    facts: Facts,
    *,
    account_id: int | None,
    words: str = "",
    file: DossierFile | None = None,
    looked_at: Mapping[str, object] = _NOTHING,
) -> DossierItem:
    require_clause(dossier, clause_code)
    check_printable({"title": title, "words": words})
    mine = DossierItem.dossier_id == dossier.id
    query = select(func.count()).select_from(DossierItem).where(mine, DossierItem.withdrawn_at.is_(None))
    if (db.session.scalar(query) or 0) >= MOST_ITEMS:
        raise Invalid(N_("一本档案最多 %(most)s 份材料，请先撤下用不着的"), most=str(MOST_ITEMS))
    if file is not None:
        if queries.files_size(dossier) + file.size > MOST_BYTES:
            raise Invalid(N_("这本档案的文件合计超过了 160 MB，请先撤下用不着的，或压缩以后再传"))
        db.session.add(file)
        db.session.flush()
    last = select(func.max(DossierItem.number)).where(mine, DossierItem.clause_code == clause_code)
    item = DossierItem(
        dossier_id=dossier.id,
        clause_code=clause_code,
        number=(db.session.scalar(last) or 0) + 1,
        kind=kind,
        title=title,
        facts=stored(facts),
        words=words,
        file_id=file.id if file else None,
        added_at=clock.now(),
        added_by=account_id,
    )
    item.dossier = dossier
    db.session.add(item)
    flush(N_("别人同时往这一条里加了材料，请再提交一次"))
    _keep_version(item, ItemAct.ADDED, account_id, told={"file": file.digest if file else "", **looked_at})
    _record("evidence.add", item, account_id)
    return item


def _check_facts(dossier: Dossier, facts: Facts) -> None:
    """Raise Invalid on the field of the first fact that cannot be."""
    today = clock.today()
    match facts:
        case DocumentFacts():
            check_dated_on(facts.dated_on, today)
            check_telling(facts.issuer, field="issuer")
        case NoteFacts():
            check_dated_on(facts.dated_on, today)
            check_telling(facts.unit, field="unit")
        case Caption():
            check_taken_on(facts.taken_on, dossier.year, today)
            for name in ("place", "people", "theme", "event"):
                check_telling(getattr(facts, name), field=name)
        case TableFacts():
            check_as_of(facts.as_of, dossier.year, today)
            if facts.level not in LEVELS_BELOW[dossier.area.level]:
                raise Invalid(N_("请选这个区划下面的一级"), field="level")
        case ListFacts():
            check_as_of(facts.as_of, dossier.year, today)
        case OwnTableFacts():
            check_as_of(facts.counted_to, dossier.year, today, field="counted_to")
            for name in ("unit", "source"):
                check_telling(getattr(facts, name), field=name)
    check_printable({key: value for key, value in stored(facts).items() if isinstance(value, str)})


def check_printable(texts: Mapping[str, str]) -> None:
    """Raise Invalid on the field with a character that no font has: it would stop the package months later."""
    fonts = document_fonts()
    for name, text in texts.items():
        for line in text.splitlines():
            try:
                runs(without_ornaments(line, fonts), Voice.REGULAR, fonts)
            except Invalid as error:
                raise Invalid(error.words.msgid, field=name, **error.words.params) from None


def require_clause(dossier: Dossier, clause_code: str) -> None:
    """Raise Invalid on "clause" unless the dossier's edition has it."""
    if clause_code not in [clause.code for clause in queries.clauses(dossier)]:
        raise Invalid(N_("测评体系里没有这一条，请从列表里选"), field="clause")


def _require_standing(item: DossierItem) -> None:
    if item.withdrawn_at is not None:
        raise Conflict(N_("这份材料已经撤下，不能再改"))


def _bytes_of(content: bytes, account_id: int | None) -> dict[str, object]:
    kept = {"digest": sha256(content).hexdigest(), "size": len(content), "content": content}
    return {**kept, "uploaded_at": clock.now(), "uploaded_by": account_id}


def _keep_version(
    item: DossierItem, act: ItemAct, account_id: int | None, reason: str = "", told: Mapping[str, object] = _NOTHING
) -> None:
    content: dict[str, object] = {"title": item.title, "facts": item.facts, "words": item.words}
    content |= {name: value for name, value in told.items() if value}
    version = DossierItemVersion(
        item_id=item.id, act=act, content=content, reason=reason, made_at=clock.now(), made_by=account_id
    )
    db.session.add(version)
    db.session.flush()


def _record(act: str, item: DossierItem, account_id: int | None, **details: str) -> None:
    told = {"title": item.title, "clause": item.clause_code, "material": item.kind.value, **details}
    lineage = item.dossier.area.lineage
    record(act, "dossier_item", item.public_id, account_id=account_id, lineage=lineage, **told)


def flush(words: str) -> None:
    """Flush; raise Conflict with these words where somebody else was faster."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(words) from error
