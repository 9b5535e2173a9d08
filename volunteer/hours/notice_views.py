"""The public notice, for everybody."""

from datetime import timedelta

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import ObjectionForm
from models.base import db
from models.hours import Objection
from volunteer.accounts.guessing import claim_try, subject_of
from volunteer.accounts.rules import Limit, address_subject
from volunteer.hours import objections, queries
from volunteer.hours.correction_rules import ANSWER_WORKING_DAYS
from volunteer.hours.desk import bp, is_at_rest, render_form
from volunteer.hours.objection_queries import objections_to, proposal_to_object
from volunteer.hours.rules import NOTICE_DAYS, OBJECTION_LIMIT
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, TooMany
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.web.access import access, principal
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt, keep_despite_refusal

OBJECTION_ONCE = Limit(1, timedelta(days=1))


@bp.get("/notices")
@access(Permission.PUBLIC)
def list_notices() -> ResponseReturnValue:
    """Show the minutes on public notice with masked names."""
    page = paginate(db.session, queries.notices_running(), page_number())
    shown = {"mask_name": mask_name, "is_at_rest": is_at_rest, "days": NOTICE_DAYS}
    held = objections_to(proposal.id for proposal in page.items)
    return render_template("hours/list_notices.html", page=page, objections=held, **shown)


@bp.route("/notices/<proposal_id>/objection", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def object_to(proposal_id: str) -> ResponseReturnValue:
    """Let anybody object to minutes on public notice, so many times an hour, and lead to the objection's own page."""
    proposal = proposal_to_object(proposal_id)
    form = ObjectionForm()

    def act() -> Objection:
        account_id = principal().account_id
        _count_objection()
        if account_id is None:
            _claim_once(proposal.public_id)
        return objections.object_to(proposal, text=form.objection.data, account_id=account_id)

    objection = attempt(form, act)
    if objection is not None:
        flash(_("收到了。请收藏这个页面，或抄下网址：答复会写在这里"), "done")
        return redirect(url_for("hours.show_objection", objection_id=objection.public_id))
    shown = {"name": mask_name(proposal.volunteer.name), "objections": objections_to([proposal.id])}
    return render_form("hours/object_to.html", form, proposal=proposal, days=ANSWER_WORKING_DAYS, **shown)


def _count_objection() -> None:
    keys = current_app.config["SETTINGS"].keys["address"]
    subject = subject_of(keys, "objection", address_subject(request.remote_addr))
    claim_try("notice_objection", subject, OBJECTION_LIMIT, clock.now())
    keep_despite_refusal()


def _claim_once(proposal_id: str) -> None:
    """Let visitors of one address object once a day to the same minutes; nobody is named, only the try is kept."""
    keys = current_app.config["SETTINGS"].keys["address"]
    subject = subject_of(keys, f"objection:{proposal_id}", address_subject(request.remote_addr))
    try:
        claim_try("notice_objection_once", subject, OBJECTION_ONCE, clock.now())
    except TooMany:
        raise Conflict(N_("今天从您这个网络已经对这条提过异议。是另一个人，请先登录再提")) from None
