"""How many people live in each community: a table by year, a file after seeing what it changes, one figure."""

import csv
import io
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.areas import ConfirmForm, FileForm, PopulationForm
from models.areas import Area
from models.base import db
from volunteer.admin.desk import CODE, account_id, area_in_sight, bp, chosen_year, lineages, year_choices
from volunteer.admin.uploads import MOST_SHOWN, cells, confirmation, refused, store_seen, upload_page
from volunteer.areas import operations, overview, plans
from volunteer.areas.population_rules import POPULATION_COLUMNS
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tables import COLUMN_LABELS
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Permission
from volunteer.kernel.sheets import pack
from volunteer.kernel.tables import harmless
from volunteer.kernel.text import N_
from volunteer.web.access import access
from volunteer.web.paging import Page, page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

EDIT = Permission.EDIT_AREAS
PAGE_SIZE = 50


@bp.get(f"/areas/{CODE}/population")
@access(EDIT)
def show_population(code: str) -> ResponseReturnValue:
    """Show the communities below an area with their residents in a year; one of them open for editing."""
    edited = request.args.get("edit", "")
    return _population_page(area_in_sight(code, EDIT), edited, None)


@bp.post(f"/areas/{CODE}/population")
@access(EDIT)
def set_population(code: str) -> ResponseReturnValue:
    """Set one community's residents in a year."""
    community, form, year = area_in_sight(code, EDIT), PopulationForm(), chosen_year()
    above = area_in_sight(request.args.get("at", code), EDIT)
    if community.level is not AreaLevel.COMMUNITY:
        raise Conflict(N_("只有社区（村）填写常住人口"))
    typed = {"residents": form.residents.data or "", "source": form.source.data or ""}
    if attempt(form, lambda: operations.set_population(community, year=year, account_id=account_id(), **typed)) is None:
        return _population_page(above, community.code, form), 422
    flash(_("已保存%(name)s %(year)s 年的常住人口", name=community.name, year=year), "success")
    return redirect(url_for(".show_population", code=above.code, **_place(year), _anchor=f"row-{code}"))


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
        only_missing=only_missing,
        communities=total[0],
        known=total[1],
        residents=total[2],
        edited=edited,
        form=form or _edit_form(page, edited),
        place=_place(year),
    )


def _street_names(page: Page[Any]) -> dict[str, str]:
    return full_names(area.lineage.rpartition("/")[0] for area, _ in page.items)


def _edit_form(page: Page[Any], edited: str) -> PopulationForm:
    kept = next((population for area, population in page.items if area.code == edited and population), None)
    typed = {"residents": str(kept.residents), "source": kept.source} if kept else {}
    return PopulationForm(formdata=None, data=typed)


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
    writer.writerow([say(COLUMN_LABELS[column]) for column in ("code", "name", "year", "residents", "source")])
    for community, population in db.session.execute(overview.population_rows(area, year)):
        kept = (population.residents, harmless(population.source)) if population else ("", "")
        writer.writerow([community.code, harmless(community.name), year, *kept])
    answer = Response(out.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"population-{area.code}-{year}.csv")
    return answer


@bp.route("/population/import", methods=["GET", "POST"])
@access(EDIT)
def import_populations() -> ResponseReturnValue:
    """Take a file of populations and show what it would change."""
    form = FileForm()
    plan = attempt(form, lambda: plans.read_population_file(form.content(), lineages(EDIT)))
    if plan is None:
        return upload_page("admin/import_populations.html", form)
    confirm = confirmation(pack((cells(row, POPULATION_COLUMNS) for row in plan.rows), POPULATION_COLUMNS), plan)
    changes = sorted(plan.changes, key=lambda change: (not change.is_jump, change.row.code, change.row.year))
    shown = changes[:MOST_SHOWN]
    jumps = sum(change.is_jump for change in changes)
    names = plans.names_of(change.row.code for change in shown)
    return render_template(
        "admin/preview_populations.html", plan=plan, changes=shown, jumps=jumps, names=names, form=confirm
    )


@bp.post("/population/import/confirm")
@access(EDIT)
def confirm_populations() -> ResponseReturnValue:
    """Store the populations that the reader has seen."""
    form = ConfirmForm()
    done = attempt(form, lambda: store_seen(form, plans.read_population_file, operations.import_populations))
    if done is None:
        return upload_page("admin/import_populations.html", refused(form))
    flash(_("已保存 %(count)s 个社区的常住人口", count=f"{len(done.changes):,}"), "success")
    tops = overview.areas_starting_at(lineages(EDIT))
    return redirect(url_for(".show_population", code=tops[0].code, year=done.totals[-1].year))
