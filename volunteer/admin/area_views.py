"""The tree: look through it, and load a file after seeing what it changes."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.areas import ConfirmForm, FileForm
from models.areas import Area
from models.base import db
from volunteer.admin import population_queries, queries
from volunteer.admin.desk import CODE, area_in_sight, bp, chosen_year, lineages, typed_words
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
from volunteer.areas import moves, operations, overview, plans
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AREA_COLUMNS, LEVEL_LABELS, AreaLevel
from volunteer.kernel.permissions import Permission
from volunteer.kernel.sheets import pack
from volunteer.web.access import access
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

EDIT = Permission.EDIT_AREAS
PAGE_SIZE = 50


@bp.get("/areas")
@access(EDIT)
def show_areas() -> ResponseReturnValue:
    """Show the reader's part of the tree, or the areas that typed words mean."""
    words = typed_words("q")
    if words:
        found = paginate(db.session, queries.areas_named(lineages(EDIT), words), page_number(), PAGE_SIZE)
        names = full_names(area.lineage for area in found.items)
        return render_template("admin/find_areas.html", words=words, page=found, names=names, LEVELS=LEVEL_LABELS)
    tops = overview.areas_starting_at(lineages(EDIT))
    if len(tops) == 1:
        return _area_page(tops[0])
    year = chosen_year()
    branches = overview.branches(tops, year)
    return render_template(
        "admin/show_areas.html", area=None, path=[], branches=branches, year=year, LEVELS=LEVEL_LABELS
    )


@bp.get(f"/areas/{CODE}")
@access(EDIT)
def show_area(code: str) -> ResponseReturnValue:
    """Show what is below an area, with counts; of a community, its populations by year."""
    return _area_page(area_in_sight(code, EDIT))


def _area_page(area: Area) -> str:
    year = chosen_year()
    path = overview.path_to(area, lineages(EDIT))
    moved = moves.moves_of(area)
    movers = population_queries.names_of_accounts(row.move.recorded_by for row in moved)
    if area.level is AreaLevel.COMMUNITY:
        history = queries.population_history(area)
        return render_template(
            "admin/show_community.html",
            area=area,
            path=path,
            history=history,
            year=year,
            moves=moved,
            movers=movers,
        )
    return render_template(
        "admin/show_areas.html",
        area=area,
        path=path,
        branches=overview.branches_of(area, year),
        moves=moved,
        movers=movers,
        year=year,
        LEVELS=LEVEL_LABELS,
    )


@bp.route("/areas/import", methods=["GET", "POST"])
@access(EDIT)
def import_areas() -> ResponseReturnValue:
    """Take a file of areas and show what it would change."""
    form = FileForm()
    plan = attempt(form, lambda: looked_at(form.content(), plans.read_area_file))
    if plan is None:
        return upload_page("admin/import_areas.html", form)
    rows = ({**cells(row, AREA_COLUMNS), "parent_code": row.parent_code or ""} for row in plan.rows)
    confirm = confirmation(plan, packed=pack(rows, AREA_COLUMNS))
    return render_template("admin/preview_areas.html", plan=plan, form=confirm, most=MOST_SHOWN, LEVELS=LEVEL_LABELS)


@bp.post("/areas/import/confirm")
@access(EDIT)
def confirm_areas() -> ResponseReturnValue:
    """Store the areas that the reader has seen."""
    form = ConfirmForm()
    done = attempt(form, lambda: store_seen(form, carried(form), plans.read_area_file, operations.import_areas))
    if done is None:
        return upload_page("admin/import_areas.html", refused(form))
    flash(
        _("已导入：新增 %(added)s 个，改名 %(renamed)s 个", added=len(done.added), renamed=len(done.renamed)), "success"
    )
    return redirect(url_for(".show_areas"))
