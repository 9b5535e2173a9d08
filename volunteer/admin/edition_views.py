"""Editions of the 测评体系 and the results of surveys."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.admin import EditionForm, SurveyForm, typed_edition
from models.base import db
from models.metrics import SurveyResult
from volunteer.admin import queries
from volunteer.admin.desk import PUBLIC_ID, account_id, area_in_sight, bp, lineages
from volunteer.areas.overview import city_lineage
from volunteer.areas.queries import full_names
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.ratio import percent, ratio
from volunteer.kernel.text import N_
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries
from volunteer.metrics.edition_queries import StoredEdition
from volunteer.metrics.rules import INDICATORS
from volunteer.web.access import access, require_at
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

EDIT = Permission.EDIT_EDITIONS
SURVEY = Permission.RECORD_SURVEYS


@bp.get("/editions")
@access(EDIT)
def list_editions() -> ResponseReturnValue:
    """Show every edition with its thresholds and which is in force today."""
    return render_template(
        "admin/list_editions.html",
        editions=edition_queries.stored_editions(),
        INDICATORS=INDICATORS,
        today=clock.today(),
        city=Scope(city_lineage()),
    )


@bp.route("/editions/create", methods=["GET", "POST"])
@access(EDIT)
def create_edition() -> ResponseReturnValue:
    """Add an edition, beginning from a copy of another."""
    _require_city()
    form = EditionForm(data=_copy_of(request.args.get("from", "")))
    if attempt(form, lambda: operations.save_edition(form.edition(), account_id=account_id())):
        flash(_("已新建%(name)s", name=form.name.data), "success")
        return redirect(url_for(".list_editions"))
    return _edition_page(form, None)


@bp.route(f"/editions/{PUBLIC_ID}", methods=["GET", "POST"])
@access(EDIT)
def edit_edition(public_id: str) -> ResponseReturnValue:
    """Change an edition's name, days, labels, clauses and thresholds."""
    _require_city()
    stored = _stored(public_id)
    form = EditionForm(data=typed_edition(stored.edition))
    if attempt(
        form, lambda: operations.save_edition(form.edition(), public_id=stored.public_id, account_id=account_id())
    ):
        flash(_("已保存，指标从现在起按新的标准对照"), "success")
        return redirect(url_for(".list_editions"))
    return _edition_page(form, stored)


def _require_city() -> None:
    """Editions hold for the whole city, so they are its administrators' alone."""
    require_at(EDIT, Scope(city_lineage()))


def _stored(public_id: str) -> StoredEdition:
    stored = edition_queries.stored_edition(public_id)
    if stored is None:
        raise NotFound(N_("没有找到这个测评体系"))
    return stored


def _copy_of(public_id: str) -> dict[str, object]:
    if not public_id:
        return {}
    typed = typed_edition(_stored(public_id).edition)
    return typed | {"name": "", "effective_from": None, "effective_to": None}


def _edition_page(form: EditionForm, stored: StoredEdition | None) -> ResponseReturnValue:
    page = render_template("admin/edit_edition.html", form=form, stored=stored)
    return page, 422 if request.method == "POST" else 200


@bp.get("/surveys")
@access(SURVEY)
def list_surveys() -> ResponseReturnValue:
    """Show the results of surveys, the latest first."""
    found = edition_queries.surveys_below(lineages(SURVEY))
    page = paginate(db.session, found, page_number(), scalars=False)
    names = full_names(area.lineage for _result, area, _name in page.items)
    return render_template("admin/list_surveys.html", page=page, names=names, share=_share)


@bp.route("/surveys/create", methods=["GET", "POST"])
@access(SURVEY)
def record_survey() -> ResponseReturnValue:
    """Enter the result of one survey."""
    form = SurveyForm(queries.area_choices(lineages(SURVEY)))
    if attempt(form, lambda: _record(form)):
        flash(_("已登记调查结果"), "success")
        return redirect(url_for(".list_surveys"))
    page = render_template("admin/record_survey.html", form=form, today=clock.today())
    return page, 422 if request.method == "POST" else 200


def _record(form: SurveyForm) -> SurveyResult:
    return operations.record_survey(
        area_in_sight(form.area.data, SURVEY),
        held_on=form.held_on.data,  # type: ignore[arg-type]  # the form asks for it
        supporting=form.supporting.count,
        valid_answers=form.valid_answers.count,
        is_official=form.kind.data == "official",
        source=form.source.data or "",
        account_id=account_id(),
    )


def _share(result: SurveyResult) -> str:
    return percent(ratio(result.supporting, result.valid_answers) or 0)
