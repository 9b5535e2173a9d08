"""Which series of editions the city is measured by, and districts that are measured otherwise."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.editions import ChoiceForm
from models.areas import Area
from volunteer.admin.desk import account_id, area_in_sight, bp, lineages
from volunteer.areas.overview import areas_starting_at
from volunteer.areas.queries import children_of
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.metrics import edition_operations as operations
from volunteer.metrics import edition_queries, previews
from volunteer.web.access import access
from volunteer.web.transactions import attempt

EDIT = Permission.EDIT_EDITIONS


@bp.route("/editions/choices", methods=["GET", "POST"])
@access(EDIT)
def choose_edition() -> ResponseReturnValue:
    """Show by which edition each area is measured today and what was chosen before; choose from a day on.

    What becomes of verdicts is shown before it is stored.
    """
    areas = _areas()
    form = ChoiceForm([(area.code, area.name) for area in areas], edition_queries.series_names())
    if request.form.get("seen") and attempt(form, lambda: _choose(form)):
        flash(_("已选定，从所选日期起按这个系列对照"), "success")
        return redirect(url_for(".choose_edition"))
    if not request.form.get("seen") and (area := attempt(form, lambda: _checked(form))):
        return render_template("admin/preview_choice.html", form=form, area=area, found=_prospects(area, form))
    page = render_template(
        "admin/choose_edition.html",
        form=form,
        areas=areas,
        editions=edition_queries.editions_for(areas, clock.today()),
        choices=edition_queries.choices_below(lineages(EDIT)),
        today=clock.today(),
    )
    return page, 422 if request.method == "POST" else 200


def _areas() -> list[Area]:
    """Return the city and districts that the reader may choose for."""
    found: list[Area] = []
    for start in areas_starting_at(lineages(EDIT)):
        found.append(start)
        if start.level is AreaLevel.CITY:
            found += children_of(start.code)
    return [area for area in found if area.level in (AreaLevel.CITY, AreaLevel.DISTRICT)]


def _checked(form: ChoiceForm) -> Area:
    """Return the area that was chosen for; raise Invalid on the field that makes the choice impossible."""
    area = area_in_sight(form.area.data, EDIT)
    operations.check_choice(area, form.series.data, _since(form))
    return area


def _prospects(area: Area, form: ChoiceForm) -> previews.ChoiceProspects:
    below = children_of(area.code) if area.level is AreaLevel.CITY else []
    return previews.of_choice(area, form.series.data, _since(form), below, clock.today())


def _since(form: ChoiceForm) -> date:
    return form.effective_from.data  # type: ignore[return-value]  # the form asks for it


def _choose(form: ChoiceForm) -> str:
    return operations.choose_series(
        area_in_sight(form.area.data, EDIT),
        form.series.data,
        effective_from=_since(form),
        reason=form.reason.data or "",
        account_id=account_id(),
    )
