"""How many people live in each community: a table by year, files and single figures after seeing what they change."""

import csv
import io
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.areas import ConfirmForm, FileForm, PopulationForm
from models.areas import Area, PopulationFile
from models.base import db
from volunteer.admin import population_queries
from volunteer.admin.desk import CODE, PUBLIC_ID, account_id, area_in_sight, bp, chosen_year, lineages, year_choices
from volunteer.admin.uploads import (
    MOST_SHOWN,
    carried,
    cells,
    confirmation,
    looked_at,
    refused,
    store_seen,
    upload_page,
)
from volunteer.areas import overview, plans
from volunteer.areas.population_operations import import_populations as store_populations
from volunteer.areas.population_operations import keep_file, plan_population, set_populations
from volunteer.areas.population_rules import BUILT_UP_COLUMN, POPULATION_COLUMNS, PopulationPlan
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tables import COLUMN_LABELS
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.sheets import pack
from volunteer.kernel.tables import harmless
from volunteer.kernel.text import N_
from volunteer.metrics import previews
from volunteer.web.access import access
from volunteer.web.downloads import file_answer
from volunteer.web.paging import Page, page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

EDIT = Permission.EDIT_AREAS
PAGE_SIZE = 50
ALL_COLUMNS = (*POPULATION_COLUMNS, BUILT_UP_COLUMN)


@bp.get(f"/areas/{CODE}/population")
@access(EDIT)
def show_population(code: str) -> ResponseReturnValue:
    """Show the communities below an area with their residents in a year; one of them open for editing."""
    edited = request.args.get("edit", "")
    return _population_page(area_in_sight(code, EDIT), edited, None)


@bp.post(f"/areas/{CODE}/population")
@access(EDIT)
def set_population(code: str) -> ResponseReturnValue:
    """Show what one community's figure would change."""
    community, form, year = area_in_sight(code, EDIT), PopulationForm(), chosen_year()
    above = area_in_sight(request.args.get("at", code), EDIT)
    if community.level is not AreaLevel.COMMUNITY:
        raise Conflict(N_("只有社区（村）填写常住人口"))
    plan = attempt(form, lambda: plan_population(community, year=year, lineages=lineages(EDIT), **_typed(form)))
    if plan is None:
        return _population_page(above, community.code, form), 422
    back = url_for(".show_population", code=above.code, **_place(year), _anchor=f"row-{code}")
    action = url_for(".confirm_population", code=community.code, at=above.code, **_place(year))
    confirm = confirmation(plan, packed=pack((cells(row, ALL_COLUMNS) for row in plan.rows), ALL_COLUMNS))
    return _preview(plan, confirm, action=action, back=back)


@bp.post(f"/areas/{CODE}/population/confirm")
@access(EDIT)
def confirm_population(code: str) -> ResponseReturnValue:
    """Set the figure that the reader has seen."""
    community, form, year = area_in_sight(code, EDIT), ConfirmForm(), chosen_year()
    above = area_in_sight(request.args.get("at", code), EDIT)
    place = {"code": above.code, **_place(year)}
    done = attempt(form, lambda: store_seen(form, carried(form), plans.read_population_file, set_populations))
    if done is None:
        flash("；".join(form.form_errors) or _("没有保存，请再看一遍"), "error")
        return redirect(url_for(".show_population", edit=community.code, **place))
    flash(_("已保存%(name)s %(year)s 年的常住人口", name=community.name, year=year), "success")
    return redirect(url_for(".show_population", _anchor=f"row-{code}", **place))


def _typed(form: PopulationForm) -> dict[str, Any]:
    return {
        "residents": form.residents.data or "",
        "source": form.source.data or "",
        "is_built_up": form.is_built_up.data == "yes",
    }


def _preview(plan: PopulationPlan, confirm: ConfirmForm, *, action: str, back: str) -> str:
    """Show what figures would change: the totals, the shares in the city and its districts, and each community."""
    changes = sorted(plan.changes, key=lambda change: (not change.is_jump, change.row.code, change.row.year))
    shown = changes[:MOST_SHOWN]
    return render_template(
        "admin/preview_populations.html",
        plan=plan,
        changes=shown,
        jumps=sum(change.is_jump for change in changes),
        names=plans.names_of(change.row.code for change in shown),
        years=previews.of_populations(plan.changes, clock.today()),
        form=confirm,
        action=action,
        back=back,
    )


def _population_page(area: Area, edited: str, form: PopulationForm | None) -> str:
    year, only_missing = chosen_year(), "missing" in request.args
    query = overview.population_rows(area, year, only_missing=only_missing)
    page = paginate(db.session, query, page_number(), PAGE_SIZE, scalars=False)
    total = overview.population_sum(area, year)
    return render_template(
        "admin/show_population.html",
        area=area,
        path=overview.path_to(area, lineages(EDIT)),
        page=page,
        streets=_street_names(page),
        year=year,
        years=year_choices(year),
        empty=population_queries.count_empty(area, year),
        only_missing=only_missing,
        communities=total[0],
        known=total[1],
        residents=total[2],
        outside=total[3],
        edited=edited,
        form=form or _edit_form(page, edited),
        place=_place(year),
    )


def _street_names(page: Page[Any]) -> dict[str, str]:
    return full_names(area.lineage.rpartition("/")[0] for area, _ in page.items)


def _edit_form(page: Page[Any], edited: str) -> PopulationForm:
    kept = next((population for area, population in page.items if area.code == edited and population), None)
    if kept is None:
        return PopulationForm(formdata=None)
    typed = {"residents": str(kept.residents), "source": kept.source}
    return PopulationForm(formdata=None, data={**typed, "is_built_up": "yes" if kept.is_built_up else "no"})


def _place(year: int) -> dict[str, Any]:
    """Return the parts of the address that keep a reader where they are in the list."""
    kept = {key: request.args[key] for key in ("page", "missing") if key in request.args}
    return {"year": year, **kept}


@bp.get(f"/areas/{CODE}/population/table")
@access(EDIT)
def download_population(code: str) -> ResponseReturnValue:
    """Give the communities below an area as a table to fill in and hand back."""
    area, year = area_in_sight(code, EDIT), chosen_year()
    out = io.StringIO()
    writer = csv.writer(out)
    columns = ("code", "name", "year", "residents", "source", BUILT_UP_COLUMN)
    writer.writerow([say(COLUMN_LABELS[column]) for column in columns])
    for community, population in db.session.execute(overview.population_rows(area, year)):
        kept: tuple[object, ...] = ("", "", "")
        if population:
            answer = _("是") if population.is_built_up else _("否")
            kept = (population.residents, harmless(population.source), answer)
        writer.writerow([community.code, harmless(community.name), year, *kept])
    return file_answer(out.getvalue().encode("utf-8-sig"), "text/csv", f"population-{area.code}-{year}.csv")


@bp.route("/population/import", methods=["GET", "POST"])
@access(EDIT)
def import_populations() -> ResponseReturnValue:
    """Take a file of populations and show what it would change."""
    form = FileForm()
    found = attempt(form, lambda: _handed_in(form))
    if found is None:
        return upload_page("admin/import_populations.html", form)
    plan, kept = found
    confirm = confirmation(plan, kept=kept.public_id)
    return _preview(plan, confirm, action=url_for(".confirm_populations"), back=url_for(".import_populations"))


def _handed_in(form: FileForm) -> tuple[PopulationPlan, PopulationFile]:
    """Return what a file would change, and the file as it is kept; one that cannot be read is not kept."""
    content = form.content()
    plan = looked_at(content, plans.read_population_file)
    return plan, keep_file(form.file_name(), content, account_id=account_id())


@bp.post("/population/import/confirm")
@access(EDIT)
def confirm_populations() -> ResponseReturnValue:
    """Store the populations that the reader has seen."""
    form = ConfirmForm()
    done = attempt(form, lambda: _store_file(form))
    if done is None:
        return upload_page("admin/import_populations.html", refused(form))
    flash(_("已保存 %(count)s 个社区的常住人口", count=f"{len(done.changes):,}"), "success")
    tops = overview.areas_starting_at(lineages(EDIT))
    return redirect(url_for(".show_population", code=tops[0].code, year=done.totals[-1].year))


def _store_file(form: ConfirmForm) -> PopulationPlan:
    """Store what the kept file says, with the file as its source."""
    kept = population_queries.own_file(form.kept.data or "", account_id())
    if kept is None:
        raise Conflict(N_("没有找到刚才的文件，请重新上传"), field="file")
    store = partial(store_populations, file=kept)
    return store_seen(form, kept.content, plans.read_population_file, store)


@bp.get(f"/areas/{CODE}/population/history")
@access(EDIT)
def show_population_history(code: str) -> ResponseReturnValue:
    """Show every change of the figures at or below an area: who, when, from what to what, out of which file."""
    area = area_in_sight(code, EDIT)
    year = chosen_year() if "year" in request.args else None
    query = population_queries.changes_below(area, year)
    page = paginate(db.session, query, page_number(), PAGE_SIZE, scalars=False)
    return render_template(
        "admin/show_population_history.html",
        area=area,
        path=overview.path_to(area, lineages(EDIT)),
        page=page,
        year=year,
        years=year_choices(year or clock.today().year),
    )


@bp.get(f"/population/files/{PUBLIC_ID}")
@access(EDIT)
def download_population_file(public_id: str) -> ResponseReturnValue:
    """Give a file of populations back as it was handed in, to those who may edit all that came out of it."""
    kept = population_queries.stored_file(public_id, lineages(EDIT))
    if kept is None:
        raise NotFound(N_("没有找到这个文件"))
    return file_answer(kept.content, "application/octet-stream", kept.name)
