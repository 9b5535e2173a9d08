"""The scale of stars: which hours are worth how many, from when on, and what it was before."""

from collections.abc import Sequence
from datetime import date

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
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_
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
    sure = request.form.get("sure") == "yes"
    asked = None if sure else attempt(form, lambda: _preview(form))
    made = attempt(form, lambda: _set(form)) if sure else None
    if made is not None:
        flash(_("已定下新标准，从 %(day)s 起用", day=say(say_date(made.effective_on))), "done")
        return redirect(url_for("admin.show_star_scale"))
    today, stored = clock.today(), stars.stored_scales()
    page = render_template(
        "admin/show_star_scale.html",
        form=form,
        asked=asked,
        in_force=stars.scale_in_force(today),
        scales=_history(stored),
        today=today,
        city=Scope(city_lineage()),
        star_words=star_words,
    )
    return page, 422 if request.method == "POST" and asked is None else 200


@bp.post("/stars/withdrawal")
@access(SET)
def withdraw_star_scale() -> ResponseReturnValue:
    """Take back a scale that has not begun."""
    require_at(SET, Scope(city_lineage()))
    try:
        effective_on = date.fromisoformat(request.form.get("effective_on", ""))
    except ValueError as error:
        raise NotFound(N_("没有找到这个标准")) from error
    stars.withdraw_scale(effective_on, account_id=account_id())
    flash(_("已撤回，照原来的标准"), "done")
    return redirect(url_for("admin.show_star_scale"))


def _preview(form: StarScaleForm) -> tuple[Scale, int]:
    """Return the scale as typed, and how many would gain a star by it; raise as `set_scale` does."""
    hours, effective_on = typed_hours(form.hours.data), form.effective_on.data
    stars.require_new(hours, effective_on)  # type: ignore[arg-type]  # the form asks for it
    return Scale(hours, effective_on), stars.count_gaining(hours)  # type: ignore[arg-type]


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
