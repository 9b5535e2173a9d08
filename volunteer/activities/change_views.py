"""What an organizer does with a published activity: cancel, go on longer, stop signups, close, print the poster."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.activities import ExtensionForm, ReasonForm
from models.activities import Activity, Shift
from volunteer.activities import operations, queries
from volunteer.activities.desk import bp, managed, public_url
from volunteer.activities.documents import PosterFacts, PosterShift, draw_poster
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftPhase
from volunteer.areas.queries import full_name
from volunteer.kernel import clock
from volunteer.kernel.categories import CATEGORY_LABELS
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.web.access import access, own_id
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import file_answer
from volunteer.web.transactions import attempt
from volunteer.web.words import say


@bp.route("/<string(length=20):public_id>/cancel", methods=["GET", "POST"])
@access(Permission.MANAGE_ACTIVITIES)
def cancel(public_id: str) -> ResponseReturnValue:
    """Cancel an activity, with a reason."""
    activity, form = managed(public_id), ReasonForm()

    def act() -> Activity:
        return operations.cancel_activity(activity, form.reason.data, account_id=own_id())

    return _act_page("activities/cancel.html", form, act, activity, None, _("活动已取消，报了名的人会看到原因"))


@bp.route("/<string(length=20):public_id>/shifts/<string(length=20):shift_id>/cancel", methods=["GET", "POST"])
@access(Permission.MANAGE_ACTIVITIES)
def cancel_shift(public_id: str, shift_id: str) -> ResponseReturnValue:
    """Cancel one shift, with a reason."""
    activity, form = managed(public_id), ReasonForm()
    shift = queries.shift_of(activity, shift_id)

    def act() -> Shift:
        return operations.cancel_shift(activity, shift, form.reason.data, account_id=own_id())

    return _act_page("activities/cancel.html", form, act, activity, shift, _("班次已取消，报了名的人会看到原因"))


@bp.route("/<string(length=20):public_id>/shifts/<string(length=20):shift_id>/extend", methods=["GET", "POST"])
@access(Permission.MANAGE_ACTIVITIES)
def extend_shift(public_id: str, shift_id: str) -> ResponseReturnValue:
    """Let a shift go on longer, with a reason."""
    activity = managed(public_id)
    shift = queries.shift_of(activity, shift_id)
    form = ExtensionForm(data={"extended_until": queries.ends_at(shift)})

    def act() -> Shift:
        return operations.extend_shift(
            activity,
            shift,
            cast(datetime, form.extended_until.data),
            form.extension_reason.data,
            account_id=own_id(),
        )

    return _act_page("activities/extend_shift.html", form, act, activity, shift, _("已延长"))


@bp.post("/<string(length=20):public_id>/shifts/<string(length=20):shift_id>/signups")
@access(Permission.MANAGE_ACTIVITIES)
def set_signups(public_id: str, shift_id: str) -> ResponseReturnValue:
    """Stop a shift's signups, or take them again."""
    activity = managed(public_id)
    is_open = request.form.get("open") == "1"
    shift = queries.shift_of(activity, shift_id)
    operations.set_signups_open(activity, shift, is_open, account_id=own_id())
    flash(_("又可以报名了") if is_open else _("已停止报名"), "success")
    return redirect(url_for("activities.manage", public_id=public_id))


@bp.post("/<string(length=20):public_id>/close")
@access(Permission.MANAGE_ACTIVITIES)
def close(public_id: str) -> ResponseReturnValue:
    """Close an activity that is over."""
    operations.close_activity(managed(public_id), account_id=own_id())
    flash(_("活动已结项"), "success")
    return redirect(url_for("activities.manage", public_id=public_id))


@bp.get("/<string(length=20):public_id>/poster")
@access(Permission.MANAGE_ACTIVITIES)
def show_poster(public_id: str) -> ResponseReturnValue:
    """Answer the poster as a PDF."""
    activity = managed(public_id)
    if activity.status is not ActivityStatus.PUBLISHED:
        raise Conflict(N_("发布以后才能打印海报"))
    poster = draw_poster(_poster_facts(activity), document_fonts())
    return file_answer(poster, "application/pdf", "poster.pdf", inline=True)


def _act_page(
    template: str, form: Any, act: Callable[[], object], activity: Activity, shift: Shift | None, done: str
) -> ResponseReturnValue:
    """Ask for a reason, act, and go back to the activity's desk."""
    if attempt(form, act) is not None:
        flash(done, "success")
        return redirect(url_for("activities.manage", public_id=activity.public_id))
    page = render_template(template, form=form, activity=activity, shift=shift)
    return page, 422 if form.is_submitted() else 200


def _poster_facts(activity: Activity) -> PosterFacts:
    settings, now = current_app.config["SETTINGS"], clock.now()
    ahead = [one for one in queries.offered(activity, now) if one.phase in (ShiftPhase.OPEN, ShiftPhase.FULL)]
    return PosterFacts(
        title=activity.title,
        category=say(CATEGORY_LABELS[activity.category]),
        organization_name=activity.organization.name,
        shifts=tuple(PosterShift(one.shift.starts_at, one.shift.ends_at) for one in ahead),
        place=activity.place,
        summary=activity.description,
        sign_up_url=public_url(activity),
        office_name=settings.office_name,
        product_name=settings.product_name,
        made_on=clock.today(),
        address=full_name(activity.area),
        contact_name=activity.contact_name,
        contact_phone=activity.contact_phone,
        places=sum(one.shift.capacity for one in ahead),
    )
