"""Keeping a dossier: opening it, adding, changing and withdrawing items, saying who owes what, asking for a package."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models.areas import Area
from models.base import db
from models.evidence import Dossier, DossierDuty, DossierFile, DossierItem, DossierItemVersion
from models.metrics import Edition
from models.tasks import Task
from volunteer.audit.operations import record
from volunteer.evidence import queries
from volunteer.evidence.figures import table_title, version
from volunteer.evidence.rules import (
    LEVELS_BELOW,
    MOST_PICTURES,
    Caption,
    DocumentFacts,
    Facts,
    ItemAct,
    NoteFacts,
    TableFacts,
    check_as_of,
    check_dated_on,
    check_taken_on,
    check_telling,
    check_year,
    last_month_end,
    stored,
)
from volunteer.hours.photos import Photo
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.fonts import Voice, runs, without_ornaments
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.text import N_
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


@dataclass(frozen=True, slots=True)
class Checked:
    """A PDF that was taken apart: the bytes of its pages alone, name, how many, and the SHA-256 of what was brought."""

    content: bytes
    name: str
    pages: int
    received: str = ""


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
    _flush(N_("别人刚刚建立了这本档案，请刷新页面"))
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
        received=file.received,
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


def add_table(dossier: Dossier, clause_code: str, facts: TableFacts, *, account_id: int | None) -> DossierItem:
    """Add a 统计表格: which figures, not the numbers, which a package reads when it is made."""
    _check_facts(dossier, facts)
    title = table_title(dossier.area, facts)
    return _add(dossier, clause_code, MaterialKind.TABLE, title, facts, account_id=account_id)


def add_month_end_tables(dossier: Dossier, *, account_id: int | None) -> list[DossierItem]:
    """Add, for each clause that speaks of an indicator, its table by the areas right below, at the last month's end.

    Tables that stand there already are left as they are. Raises Invalid where no clause wants one or nothing is new.
    """
    as_of = last_month_end(dossier.year, clock.today())
    level = LEVELS_BELOW[dossier.area.level][0]
    wanting = [one for one in queries.standings(dossier) if one.clause.indicator and _wants_table(one.clause)]
    if not wanting:
        raise Invalid(N_("测评体系里没有要统计表格的指标条款"))
    added = []
    for standing in wanting:
        facts = TableFacts(standing.clause.indicator, level, as_of, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE)
        if stored(facts) not in [entry.item.facts for entry in standing.standing_entries]:
            added.append(add_table(dossier, standing.clause.code, facts, account_id=account_id))
    if not added:
        raise Conflict(N_("截至 %(day)s 的统计表格已经都有了"), day=as_of.isoformat())
    return added


def _wants_table(clause: Clause) -> bool:
    return MaterialKind.TABLE in clause.wants


def change_item(item: DossierItem, title: str, facts: Facts, words: str = "", *, account_id: int | None) -> DossierItem:
    """Change what is said of an item; its file stays. Raises Invalid on the field, Conflict once it is withdrawn."""
    _require_standing(item)
    _check_facts(item.dossier, facts)
    _check_printable({"title": title, "words": words})
    item.title, item.facts, item.words = title, stored(facts), words
    _keep_version(item, ItemAct.CHANGED, account_id)
    _record("evidence.change", item, account_id)
    return item


def title_of(dossier: Dossier, facts: Facts) -> str:
    """Return the title that an item's facts give it; "" for the kinds that are given one."""
    match facts:
        case Caption():
            return facts.theme
        case TableFacts():
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


def assign(
    dossier: Dossier, clause_code: str, *, unit: str, due_on: date | None, pictures: int, account_id: int | None
) -> DossierDuty:
    """Say which unit owes the materials of a clause, until when, and how many pictures. Raises Invalid on the field."""
    _require_clause(dossier, clause_code)
    if not 1 <= pictures <= MOST_PICTURES:
        raise Invalid(N_("图片数量要在 1 到 %(most)s 之间"), field="pictures", most=str(MOST_PICTURES))
    if due_on is not None and not dossier.year <= due_on.year <= dossier.year + 1:
        raise Invalid(N_("期限要在档案的年份或下一年里"), field="due_on")
    _check_printable({"unit": unit})
    duty = db.session.scalar(
        select(DossierDuty).where(DossierDuty.dossier_id == dossier.id, DossierDuty.clause_code == clause_code)
    )
    if duty is None:
        duty = DossierDuty(dossier_id=dossier.id, clause_code=clause_code)
        db.session.add(duty)
    duty.unit, duty.due_on, duty.pictures = unit, due_on, pictures
    duty.set_at, duty.set_by = clock.now(), account_id
    _flush(N_("别人正在改这一条，请再试一次"))
    details = {"clause": clause_code, "unit": unit, "due_on": due_on.isoformat() if due_on else ""}
    lineage = dossier.area.lineage
    record("evidence.assign", "dossier", dossier.public_id, account_id=account_id, lineage=lineage, **details)
    return duty


def ask_package(dossier: Dossier, *, account_id: int) -> Task:
    """Ask for a package of a dossier as it stands; of the same state the one that was asked for is the one.

    A state is its items, duties and figures, and the day. Raises Invalid while it is empty.
    """
    if not any(standing.standing_entries for standing in queries.standings(dossier)):
        raise Invalid(N_("档案里还没有材料，先加一份再汇编"))
    title = f"{dossier.area.name} {dossier.year} 年度志愿服务测评档案"
    state = _state(dossier)
    asked = same_asked(account_id, PACK, {"dossier": dossier.public_id, "state": state})
    if asked is not None:
        return asked
    params = {"dossier": dossier.public_id, "account_id": account_id, "state": state}
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
    received: str = "",
) -> DossierItem:
    _require_clause(dossier, clause_code)
    _check_printable({"title": title, "words": words})
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
    _flush(N_("别人同时往这一条里加了材料，请再提交一次"))
    kept = {"file": file.digest if file else "", "received": received}
    _keep_version(item, ItemAct.ADDED, account_id, **kept)
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
    _check_printable({key: value for key, value in stored(facts).items() if isinstance(value, str)})


def _check_printable(texts: Mapping[str, str]) -> None:
    """Raise Invalid on the field with a character that no font has: it would stop the package months later."""
    fonts = document_fonts()
    for name, text in texts.items():
        for line in text.splitlines():
            try:
                runs(without_ornaments(line, fonts), Voice.REGULAR, fonts)
            except Invalid as error:
                raise Invalid(error.words.msgid, field=name, **error.words.params) from None


def _require_clause(dossier: Dossier, clause_code: str) -> None:
    if clause_code not in [clause.code for clause in queries.clauses(dossier)]:
        raise Invalid(N_("测评体系里没有这一条，请从列表里选"), field="clause")


def _require_standing(item: DossierItem) -> None:
    if item.withdrawn_at is not None:
        raise Conflict(N_("这份材料已经撤下，不能再改"))


def _bytes_of(content: bytes, account_id: int | None) -> dict[str, object]:
    kept = {"digest": sha256(content).hexdigest(), "size": len(content), "content": content}
    return {**kept, "uploaded_at": clock.now(), "uploaded_by": account_id}


def _keep_version(item: DossierItem, act: ItemAct, account_id: int | None, reason: str = "", **digests: str) -> None:
    content = {"title": item.title, "facts": item.facts, "words": item.words}
    content |= {name: digest for name, digest in digests.items() if digest}
    version = DossierItemVersion(
        item_id=item.id, act=act, content=content, reason=reason, made_at=clock.now(), made_by=account_id
    )
    db.session.add(version)
    db.session.flush()


def _record(act: str, item: DossierItem, account_id: int | None, **details: str) -> None:
    told = {"title": item.title, "clause": item.clause_code, "material": item.kind.value, **details}
    lineage = item.dossier.area.lineage
    record(act, "dossier_item", item.public_id, account_id=account_id, lineage=lineage, **told)


def _flush(words: str) -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(words) from error
