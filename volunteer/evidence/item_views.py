"""Pages of single items: adding one, looking at it, changing and withdrawing it, and its file."""

from dataclasses import asdict
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.evidence import FORMS, ItemForm, OwnTableForm, WithdrawForm
from models.evidence import Dossier, DossierItem
from volunteer.evidence import operations, queries
from volunteer.evidence.desk import (
    DOSSIER,
    ITEM,
    MOST_WITH_FILE,
    bp,
    checked_pdf,
    checked_table,
    dossier_at,
    file_name,
    item_at,
    render_form,
    sent,
)
from volunteer.evidence.operations import Checked
from volunteer.evidence.rules import last_month_end, read_facts
from volunteer.evidence.subjects import themes_of
from volunteer.evidence.table_views import table_form, table_of_facts, table_preview, what_table
from volunteer.hours.photos import draw_anew
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics.editions import MaterialKind
from volunteer.metrics.facts import Total
from volunteer.web.access import access, own_id, principal
from volunteer.web.transactions import attempt

KIND = f"<any({', '.join(MaterialKind)}):kind>"


@bp.route(f"{DOSSIER}/{KIND}/new", methods=["GET", "POST"])
@access(Permission.KEEP_DOSSIER)
def add_item(dossier_id: str, kind: str) -> ResponseReturnValue:
    """Add an item of a kind to a clause."""
    request.max_content_length = MOST_WITH_FILE
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    chosen, codes = MaterialKind(kind), [clause.code for clause in queries.clauses(dossier)]
    asked = request.args.get("clause", "")
    clause = asked if asked in codes else ""
    table = request.args.get("table", "")
    form = _form(dossier, chosen, table, is_new=True, data={"clause": clause, **_first(dossier, chosen, clause)})
    item = attempt(form, lambda: _add(dossier_id, chosen, form))
    if item is not None:
        flash(_("加好了，档号 %(number)s", number=queries.number_of(item)), "done")
        _warn_of_twins(item)
        return redirect(url_for("evidence.show", dossier_id=dossier_id, _anchor=f"clause-{item.clause_code}"))
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    told = {"what": what_table(table) if chosen is MaterialKind.TABLE else ""}
    return render_form("evidence/edit_item.html", form, dossier=dossier, kind=chosen, item=None, **told)


@bp.get(ITEM)
@access(Permission.READ_DOSSIER)
def show_item(item_id: str) -> ResponseReturnValue:
    """Show an item with its history; of a table the figures as they stand now."""
    item = item_at(item_id, Permission.READ_DOSSIER)
    facts = read_facts(item.kind, item.facts)
    may_keep = principal().may_at(Permission.KEEP_DOSSIER, Scope(item.dossier.area.lineage))
    return render_template(
        "evidence/show_item.html",
        item=item,
        dossier=item.dossier,
        number=queries.number_of(item),
        facts=facts,
        **table_preview(item, facts),
        history=queries.history(item),
        twins=_twins(item) if may_keep else [],
        may_keep=may_keep,
    )


@bp.get(f"{ITEM}/file")
@access(Permission.READ_DOSSIER)
def show_file(item_id: str) -> ResponseReturnValue:
    """Hand out the file of an item: a picture to be seen in its page, a PDF to be saved."""
    item = item_at(item_id, Permission.READ_DOSSIER)
    if item.file is None:
        raise NotFound(N_("这份材料没有文件"))
    response = sent(queries.content_of(item.file.id), item.file.type, item.file.name)
    if item.kind is MaterialKind.PICTURE:
        response.headers["Content-Disposition"] = "inline"
    return response


@bp.route(f"{ITEM}/edit", methods=["GET", "POST"])
@access(Permission.KEEP_DOSSIER)
def edit_item(item_id: str) -> ResponseReturnValue:
    """Change what is said of an item; its file stays."""
    item = item_at(item_id, Permission.KEEP_DOSSIER)
    facts = read_facts(item.kind, item.facts)
    table = table_of_facts(facts)
    form = _form(
        item.dossier, item.kind, table, is_new=False, data={"title": item.title, "words": item.words, **_data(facts)}
    )

    def act() -> DossierItem:
        typed = {name: form[name].data for name in ("title", "words") if name in form}
        changed = form.facts()
        title = typed.get("title") or operations.title_of(item.dossier, changed)
        return operations.change_item(item, title, changed, typed.get("words", ""), account_id=own_id())

    if attempt(form, act) is not None:
        flash(_("改好了"), "done")
        return redirect(url_for("evidence.show_item", item_id=item_id))
    told = {"what": what_table(table) if item.kind is MaterialKind.TABLE else ""}
    return render_form("evidence/edit_item.html", form, dossier=item.dossier, kind=item.kind, item=item, **told)


@bp.route(f"{ITEM}/withdraw", methods=["GET", "POST"])
@access(Permission.KEEP_DOSSIER)
def withdraw_item(item_id: str) -> ResponseReturnValue:
    """Take an item out of the dossier, with a reason."""
    item = item_at(item_id, Permission.KEEP_DOSSIER)
    form = WithdrawForm()
    if attempt(form, lambda: operations.withdraw_item(item, form.reason.data, account_id=own_id())) is not None:
        flash(_("撤下了，记录还留着"), "done")
        return redirect(url_for("evidence.show", dossier_id=item.dossier.public_id))
    return render_form("evidence/withdraw_item.html", form, item=item, number=queries.number_of(item))


def _form(dossier: Dossier, kind: MaterialKind, table: str, *, is_new: bool, data: dict[str, Any]) -> ItemForm:
    clauses = [(one.code, f"{one.code} {one.title}") for one in queries.clauses(dossier)]
    given: dict[str, Any] = {
        "clauses": clauses,
        "year": dossier.year,
        "today": clock.today(),
        "is_new": is_new,
        "data": data,
    }
    return table_form(dossier, table, given) if kind is MaterialKind.TABLE else FORMS[kind](**given)


def _first(dossier: Dossier, kind: MaterialKind, clause_code: str) -> dict[str, Any]:
    """Return what stands in a new form."""
    if kind is not MaterialKind.TABLE:
        return {}
    clause = next((one for one in queries.clauses(dossier) if one.code == clause_code), None)
    try:
        as_of = last_month_end(dossier.year, clock.today())
    except Invalid:
        as_of = clock.today()
    indicator = clause.indicator.value if clause and clause.indicator else ""
    themes = [theme.value for theme in themes_of(clause)] if clause else []
    return {"indicator": indicator, "as_of": as_of, "total": Total.INCLUSIVE.value, "themes": themes}


def _data(facts: Any) -> dict[str, Any]:
    told = {key: value or "" for key, value in asdict(facts).items()}
    return {**told, "themes": [str(theme) for theme in told.get("themes", ())]}


def _add(dossier_id: str, kind: MaterialKind, form: Any) -> DossierItem:
    clause, who = form.clause.data, {"account_id": own_id()}
    if kind is MaterialKind.DOCUMENT:
        pdf = checked_pdf(form.file.data)
        dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
        return operations.add_document(dossier, clause, form.title.data, form.facts(), pdf, **who)
    table = checked_table(form.file.data) if isinstance(form, OwnTableForm) else None
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    if kind is MaterialKind.NOTE:
        return operations.add_note(dossier, clause, form.title.data, form.facts(), form.words.data, **who)
    if kind is MaterialKind.TABLE:
        return _add_table(dossier, clause, form, table, **who)
    photo = draw_anew(form.picture.data.read(), field="picture")
    name = file_name(form.picture.data.filename, "图片.jpg")
    return operations.add_picture(dossier, clause, form.facts(), photo, name, **who)


def _add_table(dossier: Dossier, clause: str, form: Any, brought: Checked | None, **who: int | None) -> DossierItem:
    if brought is None:
        return operations.add_table(dossier, clause, form.facts(), **who)
    return operations.add_own_table(dossier, clause, form.title.data, form.facts(), brought, **who)


def _twins(item: DossierItem) -> list[str]:
    """Return where the same picture stands, as far as the reader may know."""
    if item.file is None or item.kind is not MaterialKind.PICTURE:
        return []
    told = []
    for twin in queries.twins_of(item.file.digest, item.id):
        if principal().may_at(Permission.READ_DOSSIER, Scope(twin.area.lineage)):
            place = {"area": twin.area.name, "year": twin.year, "title": twin.item.title}
            told.append(_("%(area)s %(year)s 年档案的“%(title)s”", **place))
        else:
            told.append(_("另一个区划的档案"))
    return list(dict.fromkeys(told))


def _warn_of_twins(item: DossierItem) -> None:
    twins = _twins(item)
    if twins:
        flash(_("同一张图片已经用在：%(where)s。一张图反复用，测评员会问", where=_("、").join(twins)), "needs")
