"""The scale of stars: which hours are worth how many, from when on, and what it was before."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.admin import StarScaleForm
from models.hours import StarScale
from volunteer.admin.desk import account_id, bp
from volunteer.areas.overview import city_lineage
from volunteer.hours import stars
from volunteer.hours.star_rules import DEFAULT_SCALE, Scale, star_words, typed_hours
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.speech import say_date
from volunteer.web.access import access, require_at
from volunteer.web.transactions import attempt
from volunteer.web.words import say

SET = Permission.SET_STAR_SCALE


@bp.route("/stars", methods=["GET", "POST"])
@access(SET)
def show_star_scale() -> ResponseReturnValue:
    """Show the scale in force, those to come and those before; set a new one from a future day on."""
    form = StarScaleForm()
    if request.method == "POST":
        # Stars hold for the whole city, so they are its administrators' alone.
        require_at(SET, Scope(city_lineage()))
    made = attempt(form, lambda: _set(form))
    if made is not None:
        flash(_("已定下新标准，从 %(day)s 起用", day=say(say_date(made.effective_on))), "done")
        return redirect(url_for("admin.show_star_scale"))
    today, stored = clock.today(), stars.stored_scales()
    page = render_template(
        "admin/show_star_scale.html",
        form=form,
        in_force=stars.scale_in_force(today),
        scales=_history(stored),
        today=today,
        city=Scope(city_lineage()),
        star_words=star_words,
    )
    return page, 422 if request.method == "POST" else 200


def _set(form: StarScaleForm) -> StarScale:
    return stars.set_scale(
        typed_hours(form.hours.data),
        effective_on=form.effective_on.data,  # type: ignore[arg-type]  # the form asks for it
        account_id=account_id(),
    )


def _history(stored: Sequence[StarScale]) -> list[Scale]:
    """Return every scale by the day from which it holds, the latest first; of one day's the one set last."""
    by_day = {row.effective_on: Scale(tuple(row.hours), row.effective_on) for row in stored}
    return [*(by_day[day] for day in sorted(by_day, reverse=True)), DEFAULT_SCALE]
