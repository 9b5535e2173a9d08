"""Objections: the page of each one, those of an account, and the answers of organizations and of the office."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import ObjectionAnswerForm
from models.base import db
from models.hours import Objection
from volunteer.hours import denials, objections
from volunteer.hours import objection_queries as queries
from volunteer.hours.correction_rules import ANSWER_WORKING_DAYS
from volunteer.hours.desk import OBJECTION_WORDS, bp, labels, render_form
from volunteer.hours.objection_rules import way_of_objection
from volunteer.hours.records import record_by_public_id
from volunteer.hours.rules import ObjectionOutcome
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

OUTCOMES = {"uphold": ObjectionOutcome.UPHELD, "dismiss": ObjectionOutcome.DISMISSED}


@bp.get("/objections")
@access(Permission.OWN)
def list_own_objections() -> ResponseReturnValue:
    """Show what the reader has objected to, the latest first."""
    page = paginate(db.session, queries.objections_by(own_id()), page_number())
    return render_template("hours/list_own_objections.html", page=page, **OBJECTION_WORDS)


@bp.get("/objections/<objection_id>")
@access(Permission.PUBLIC)
def show_objection(objection_id: str) -> ResponseReturnValue:
    """Show an objection and what became of it to whoever has its address; nobody is told who made it."""
    objection = queries.objection_by_public_id(objection_id)
    proposal, who = objection.proposal, principal()
    way = way_of_objection(
        raised_at=objection.raised_at,
        answer_by_on=objection.answer_by_on,
        answered_at=objection.answered_at,
        outcome=objection.outcome,
        by_office=objection.by_office,
        proposal_state=proposal.state,
        notice_until_on=proposal.notice_until_on,
        today=clock.today(),
    )
    return render_template(
        "hours/show_objection.html",
        objection=objection,
        proposal=proposal,
        way_of_it=way,
        is_mine=who.account_id is not None and objection.account_id == who.account_id,
        may_answer=who.may_at(Permission.CONFIRM_HOURS, scope_of(objection.organization)),
        **OBJECTION_WORDS,
    )


@bp.route("/objections/<objection_id>/answer", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def answer_objection(objection_id: str) -> ResponseReturnValue:
    """Let a third person of the organization answer an objection."""
    objection = queries.objection_by_public_id(objection_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(objection.organization))
    row = queries.answering([objection], own_id())[0]
    return _answer_page(row, layout="layouts/organizer.html", back=url_for("hours.list_awaiting"))


@bp.get("/objections/unanswered")
@access(Permission.READ_INTEGRITY)
def list_unanswered_objections() -> ResponseReturnValue:
    """Show the office what organizations have not answered in time, and what they have nobody to answer."""
    today = clock.today()
    lineages = principal().lineages(Permission.READ_INTEGRITY)
    return render_template(
        "hours/list_unanswered_objections.html",
        objections=queries.objections_for_office(lineages, today),
        questions=denials.questions_for_office(lineages, today),
        last_day=denials.last_day,
        days=ANSWER_WORKING_DAYS,
        **OBJECTION_WORDS,
    )


@bp.route("/objections/<objection_id>/office-answer", methods=["GET", "POST"])
@access(Permission.READ_INTEGRITY)
def answer_objection_for_office(objection_id: str) -> ResponseReturnValue:
    """Let the office answer an objection whose time is over, or that nobody else may answer."""
    objection = queries.objection_by_public_id(objection_id)
    require_at(Permission.READ_INTEGRITY, scope_of(objection.organization))
    row = queries.office_answering([objection], own_id(), clock.today())[0]
    back = url_for("hours.list_unanswered_objections")
    return _answer_page(row, layout="layouts/office.html", back=back, for_office=True)


def _answer_page(row: queries.Answering, *, layout: str, back: str, for_office: bool = False) -> ResponseReturnValue:
    objection, form = row.objection, ObjectionAnswerForm()

    def act() -> Objection:
        return objections.answer_objection(
            objection,
            outcome=OUTCOMES[request.form["act"]],
            answer=form.answer.data,
            account_id=own_id(),
            for_office=for_office,
        )

    if request.form.get("act") in OUTCOMES and attempt(form, act) is not None:
        _tell(objection)
        return redirect(back)
    record = record_by_public_id(objection.proposal.public_id)
    shown = {"row": row, "objection": objection, "record": record, "layout": layout, "back": back}
    return render_form("hours/answer_objection.html", form, for_office=for_office, **shown, **labels())


def _tell(objection: Objection) -> None:
    if objection.outcome is ObjectionOutcome.UPHELD:
        flash(_("已答复：异议成立，时长已退回"), "done")
    elif objection.proposal.notice_until_on is None:
        flash(_("已答复。这条时长还有别的异议，都答复了才重新公示"), "done")
    else:
        flash(_("已答复：异议不成立，时长重新公示"), "done")
