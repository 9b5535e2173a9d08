"""The results of surveys: all that were reported, and reporting one."""

from fractions import Fraction

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.surveys import ResultForm
from models.base import db
from models.surveys import SurveyResult
from volunteer.areas.overview import area_choices
from volunteer.areas.queries import full_names
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.kernel.ratio import percent, ratio
from volunteer.surveys import operations, queries
from volunteer.surveys.desk import account_id, area_in_sight, bp, require_kind
from volunteer.surveys.rules import LEAST_ANSWERS, TOO_FEW, wilson
from volunteer.web.access import access, principal
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

RECORD = Permission.RECORD_SURVEYS


@bp.get("/results")
@access(RECORD)
def list_results() -> ResponseReturnValue:
    """Show the results of surveys, the latest first."""
    found = queries.results_below(principal().lineages(RECORD))
    page = paginate(db.session, found, page_number(), scalars=False)
    names = full_names(area.lineage for _result, area, _name in page.items)
    return render_template(
        "surveys/list_results.html",
        page=page,
        names=names,
        share=_share,
        interval=_interval,
        LEAST=LEAST_ANSWERS,
        TOO_FEW=TOO_FEW,
    )


@bp.route("/results/create", methods=["GET", "POST"])
@access(RECORD)
def record_result() -> ResponseReturnValue:
    """Enter the result of one survey."""
    form = ResultForm(area_choices(principal().lineages(RECORD)))
    if attempt(form, lambda: _record(form)):
        flash(_("已登记调查结果"), "success")
        return redirect(url_for(".list_results"))
    page = render_template("surveys/record_result.html", form=form, today=clock.today())
    return page, 422 if request.method == "POST" else 200


def _record(form: ResultForm) -> SurveyResult:
    area, is_official = area_in_sight(form.area.data, RECORD), form.kind.data == "official"
    require_kind(is_official, area, RECORD)
    return operations.record_result(
        area,
        held_on=form.held_on.data,  # type: ignore[arg-type]  # the form asks for it
        supporting=form.supporting.count,
        valid_answers=form.valid_answers.count,
        is_official=is_official,
        source=form.source.data or "",
        account_id=account_id(),
    )


def _interval(result: SurveyResult) -> str:
    low, high = wilson(result.supporting, result.valid_answers) or (Fraction(), Fraction())
    return f"{percent(low)} – {percent(high)}"


def _share(result: SurveyResult) -> str:
    return percent(ratio(result.supporting, result.valid_answers) or 0)
