"""Pages of 统计表格: choosing one for a clause, its form, how it stands now, and taking it away."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.evidence import ItemForm, ListForm, OwnTableForm, TableForm
from models.evidence import Dossier, DossierItem
from volunteer.areas.rules import AreaLevel
from volunteer.evidence import lists, queries
from volunteer.evidence.counting import has_any
from volunteer.evidence.desk import DOSSIER, ITEM, bp, dossier_at, item_at, sent
from volunteer.evidence.figures import table_of
from volunteer.evidence.listings import Listing
from volunteer.evidence.rules import LEVELS_BELOW, ListFacts, OwnTableFacts, TableFacts, last_month_end, read_facts
from volunteer.evidence.statistics import Statistics
from volunteer.evidence.subjects import Subject, subjects_for, themes_of
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.periods import window as days_of
from volunteer.kernel.permissions import Permission
from volunteer.kernel.tables import book_bytes, csv_bytes
from volunteer.kernel.text import N_
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import INDICATORS
from volunteer.web.access import access

INDICATOR_TABLE, OWN_TABLE = "indicators", "own"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get(f"{DOSSIER}/tables/choose")
@access(Permission.KEEP_DOSSIER)
def choose_table(dossier_id: str) -> ResponseReturnValue:
    """Show which tables the platform can make for a clause, and what it holds nothing of."""
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    code = request.args.get("clause", "")
    if not code:
        return redirect(url_for("evidence.show", dossier_id=dossier_id))
    clause = next((one for one in queries.clauses(dossier) if one.code == code), None)
    if clause is None:
        raise NotFound(N_("测评体系里没有这一条"))
    try:
        as_of = last_month_end(dossier.year, clock.today())
    except Invalid:
        as_of = clock.today()
    days = days_of(WindowKind.CALENDAR_YEAR, as_of)
    fitting = subjects_for(clause)
    themes = themes_of(clause)
    rows = [
        (one, one in fitting, has_any(dossier.area, one, days, themes if one is Subject.ACTIVITIES else ()))
        for one in sorted(Subject, key=lambda one: one not in fitting)
    ]
    return render_template("evidence/choose_table.html", dossier=dossier, clause=clause, rows=rows, days=days)


@bp.get(f"{ITEM}/table.<any(csv, xlsx):ending>")
@access(Permission.READ_DOSSIER)
def download_table(item_id: str, ending: str) -> ResponseReturnValue:
    """Hand out a table as its figures stand now."""
    item = item_at(item_id, Permission.READ_DOSSIER)
    facts = read_facts(item.kind, item.facts)
    if not isinstance(facts, TableFacts | ListFacts):
        raise NotFound(N_("这份材料不是从数据做的表"))
    if not _is_quick(item, facts):
        raise Invalid(N_("这张表行数太多，现在做要等很久。请汇编，全表在汇编里"))
    tables = list(table_of(item.dossier.area, facts, today=clock.today()).tables)
    names = [f"{item.title}-{place}" for place in range(1, len(tables) + 1)] if len(tables) > 1 else [item.title]
    if ending == "xlsx":
        book = book_bytes(item.title, dict(zip(names, tables, strict=True)), clock.now())
        return sent(book, _EXCEL, f"{item.title}.xlsx")
    return sent(b"\r\n".join(map(csv_bytes, tables)), "text/csv", f"{item.title}.csv")


def table_form(dossier: Dossier, table: str, given: Mapping[str, Any]) -> ItemForm:
    """Return the form of a table: `table` is a subject, "own", or anything else for the indicators."""
    windows = [(kind.value, _(kind.label)) for kind in WindowKind]
    totals = [(total.value, _(total.label)) for total in Total]
    if table == OWN_TABLE:
        return OwnTableForm(**given)
    if table in set(Subject):
        themes = [(theme.value, _(theme.label)) for theme in ServiceCategory]
        return ListForm(**given, subject=Subject(table), windows=windows, totals=totals, themes=themes)
    levels = [(level.value, _(level.label)) for level in LEVELS_BELOW[dossier.area.level]]
    indicators = [("", _("四项指标都列")), *((code.value, _(one.name)) for code, one in INDICATORS.items())]
    return TableForm(**given, indicators=indicators, levels=levels, windows=windows, totals=totals)


def what_table(table: str) -> str:
    """Return what a table is, as the head of its form says it."""
    if table == OWN_TABLE:
        return _("自己做的表（自填）")
    return _(Subject(table).label) if table in set(Subject) else _("四项指标")


def table_of_facts(facts: object) -> str:
    """Return which form a table's facts came from; "" for other kinds."""
    match facts:
        case ListFacts():
            return facts.subject.value
        case OwnTableFacts():
            return OWN_TABLE
        case TableFacts():
            return INDICATOR_TABLE
    return ""


def table_preview(item: DossierItem, facts: object) -> dict[str, Any]:
    """Return a table for its page: figures as they stand now, or the beginning of what was brought."""
    shown: Statistics | Listing | None = None
    if isinstance(facts, TableFacts | ListFacts) and _is_quick(item, facts):
        shown = table_of(item.dossier.area, facts, today=clock.today())
    return {
        "statistics": shown if isinstance(shown, Statistics) else None,
        "listing": shown if isinstance(shown, Listing) else None,
        "own": queries.printed_part(item) if isinstance(facts, OwnTableFacts) else None,
        "is_made": isinstance(facts, TableFacts | ListFacts),
        "is_own": isinstance(facts, OwnTableFacts),
    }


def _is_quick(item: DossierItem, facts: TableFacts | ListFacts) -> bool:
    if isinstance(facts, ListFacts):
        return lists.is_quick()
    return not (item.dossier.area.level is AreaLevel.CITY and facts.level is AreaLevel.COMMUNITY)
