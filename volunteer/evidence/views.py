"""Pages of the dossier: the board of areas, one dossier by clause, its duties and packages."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.evidence import DutyForm, OpenForm, PackForm
from models.areas import Area
from models.evidence import Dossier
from models.tasks import Task
from volunteer.evidence import duties, grounds, item_views, operations, queries, table_views
from volunteer.evidence.desk import DOSSIER, PACKAGE, bp, dossier_at, render_form, sent
from volunteer.evidence.rules import LEAST
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.metrics.edition_queries import stored_edition
from volunteer.metrics.editions import MaterialKind
from volunteer.metrics.rules import INDICATORS
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.transactions import attempt

__all__ = ["bp", "item_views", "table_views"]


@bp.route("/", methods=["GET", "POST"])
@access(Permission.READ_DOSSIER, POST=Permission.KEEP_DOSSIER)
def list_dossiers() -> ResponseReturnValue:
    """Show the dossiers of a year, of the city and its districts, with their gaps; open one."""
    areas = queries.keepers(principal().lineages(Permission.READ_DOSSIER))
    mine = {area.code: area for area in queries.keepers(principal().lineages(Permission.KEEP_DOSSIER))}
    year = _year()
    rows = queries.board(areas, year)
    closed = [(row.area.code, row.area.name) for row in rows if row.dossier is None and row.area.code in mine]
    years = sorted({clock.today().year, clock.today().year - 1, *queries.years()}, reverse=True)
    form = OpenForm(areas=closed, years=years, data={"year": year})

    def act() -> Dossier:
        area: Area = mine[form.area.data]
        require_at(Permission.KEEP_DOSSIER, Scope(area.lineage))
        return operations.open_dossier(area, form.year.data, account_id=own_id())

    opened = attempt(form, act)
    if opened is not None:
        flash(_("档案建好了，按条款往里加材料"), "done")
        return redirect(url_for("evidence.show", dossier_id=opened.public_id))
    shown = {"year": year, "years": years, "clauses": _clauses_of(rows), "may_open": bool(closed)}
    return render_form("evidence/list_dossiers.html", form, rows=rows, **shown)


@bp.get(DOSSIER)
@access(Permission.READ_DOSSIER)
def show(dossier_id: str) -> ResponseReturnValue:
    """Show a dossier clause by clause: what is there and what lacks."""
    dossier = dossier_at(dossier_id, Permission.READ_DOSSIER)
    standings = queries.standings(dossier)
    is_filtered = request.args.get("only") == "missing"
    shown = [one for one in standings if one.missing] if is_filtered else standings
    return render_template(
        "evidence/show.html",
        shown=shown,
        is_filtered=is_filtered,
        latest=queries.latest(dossier),
        packages=queries.packages(dossier),
        **_frame(dossier, standings),
    )


@bp.get(f"{DOSSIER}/grounds")
@access(Permission.READ_DOSSIER)
def show_grounds(dossier_id: str) -> ResponseReturnValue:
    """Show what the figures rest on: the edition's standards, the surveys, and where residents come from."""
    dossier = dossier_at(dossier_id, Permission.READ_DOSSIER)
    stored = stored_edition(dossier.edition.public_id)
    return render_template(
        "evidence/show_grounds.html",
        dossier=dossier,
        edition=stored.edition if stored else None,
        indicators=INDICATORS,
        savings=grounds.savings_of(dossier),
        surveys=grounds.surveys_of(dossier),
        sources=grounds.population_sources_of(dossier),
        files=grounds.population_files_of(dossier),
    )


@bp.get(f"{DOSSIER}/duties")
@access(Permission.READ_DOSSIER)
def list_duties(dossier_id: str) -> ResponseReturnValue:
    """Show who owes what until when, the most urgent first."""
    dossier = dossier_at(dossier_id, Permission.READ_DOSSIER)
    standings = queries.standings(dossier)
    owed = sorted((one for one in standings if one.place), key=lambda one: (not one.missing, *_urgency(one)))
    return render_template("evidence/list_duties.html", owed=owed, **_frame(dossier, standings))


def _urgency(one: queries.Standing) -> tuple[bool, str, int]:
    due_on = one.duty.due_on if one.duty else None
    return due_on is None, due_on.isoformat() if due_on else "", one.place


@bp.route(f"{DOSSIER}/duties/assign", methods=["GET", "POST"])
@access(Permission.KEEP_DOSSIER)
def assign(dossier_id: str) -> ResponseReturnValue:
    """Say who owes the materials of a clause, until when."""
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    code = request.args.get("clause", "")
    if not code and request.method == "GET":
        return redirect(url_for("evidence.list_duties", dossier_id=dossier_id))
    standing = next((one for one in queries.standings(dossier) if one.clause.code == code and one.place), None)
    if standing is None:
        raise NotFound(N_("测评体系里没有这一条"))
    duty = standing.duty
    known: dict[str, Any] = {"pictures": standing.pictures or LEAST[MaterialKind.PICTURE]}
    people = duties.names_of_keepers(dossier.area)
    known |= {"unit": duty.unit, "due_on": duty.due_on} if duty else {}
    known |= {"holder": duty.holder.public_id} if duty and duty.holder else {}
    form = DutyForm(people=people, data=known)

    def act() -> object:
        typed = {"unit": form.unit.data, "due_on": form.due_on.data, "pictures": form.pictures.data or 0}
        holder_id = duties.keeper_by_public_id(form.holder.data)
        return duties.assign(dossier, code, account_id=own_id(), holder_id=holder_id, **typed)

    if attempt(form, act) is not None:
        flash(_("责任单位记下了"), "done")
        return redirect(url_for("evidence.list_duties", dossier_id=dossier_id))
    wants_pictures = MaterialKind.PICTURE in standing.clause.wants
    return render_form("evidence/assign.html", form, standing=standing, dossier=dossier, wants_pictures=wants_pictures)


@bp.post(f"{DOSSIER}/tables")
@access(Permission.KEEP_DOSSIER)
def add_month_end_tables(dossier_id: str) -> ResponseReturnValue:
    """Add the tables of the four indicators as of the last month's end."""
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    added = operations.add_month_end_tables(dossier, account_id=own_id())
    flash(_("加了 %(count)s 张统计表格，数字在汇编时读取", count=len(added.added)), "done")
    if added.nothing:
        told = [_("%(clause)s %(table)s", clause=code, table=_(subject.label)) for code, subject in added.nothing]
        flash(_("平台里没有数据、没有加的：%(tables)s。可以上传自己做的表", tables=_("、").join(told)), "needs")
    return redirect(url_for("evidence.show", dossier_id=dossier_id))


@bp.route(f"{DOSSIER}/packages", methods=["GET", "POST"])
@access(Permission.KEEP_DOSSIER)
def ask_package(dossier_id: str) -> ResponseReturnValue:
    """Show what would be packed and what is still to come; have it packed as it stands."""
    dossier = dossier_at(dossier_id, Permission.KEEP_DOSSIER)
    form = PackForm()

    def act() -> Task:
        return operations.ask_package(dossier, tells_lacks=bool(form.tells_lacks.data), account_id=own_id())

    task = attempt(form, act)
    if task is not None:
        return redirect(url_for("tasks.show", task_id=task.public_id))
    standings = queries.standings(dossier_at(dossier_id, Permission.KEEP_DOSSIER))
    lacking = [one for one in standings if one.missing]
    return render_form("evidence/pack.html", form, lacking=lacking, **_frame(dossier, standings))


@bp.get(PACKAGE)
@access(Permission.READ_DOSSIER)
def show_package(package_id: str) -> ResponseReturnValue:
    """Show what was handed out once, with its digest."""
    package = queries.package_by_public_id(package_id)
    require_at(Permission.READ_DOSSIER, Scope(package.dossier.area.lineage))
    return render_template("evidence/show_package.html", package=package, dossier=package.dossier)


@bp.get(f"{PACKAGE}/file")
@access(Permission.READ_DOSSIER)
def download_package(package_id: str) -> ResponseReturnValue:
    """Hand out a package."""
    package = queries.package_by_public_id(package_id)
    require_at(Permission.READ_DOSSIER, Scope(package.dossier.area.lineage))
    return sent(queries.package_content(package.id), "application/zip", package.name)


def _year() -> int:
    typed = request.args.get("year", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else clock.today().year


def _clauses_of(rows: list[queries.BoardRow]) -> list[str]:
    """Return the codes of the clauses that any dossier on the board knows, in their order."""
    return list(dict.fromkeys(code for row in rows for code in row.lacks))


def _frame(dossier: Dossier, standings: list[queries.Standing]) -> dict[str, Any]:
    return {
        "dossier": dossier,
        "overall": queries.overall(lack for one in standings for lack in one.lacks),
        "may_keep": principal().may_at(Permission.KEEP_DOSSIER, Scope(dossier.area.lineage)),
        "today": clock.today(),
        "kinds": list(MaterialKind),
    }
