"""What waits for a person in an organization: the list, the yes of a second person, answers, and the shifts."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import AnswerForm, ConfirmForm, ReturnForm
from models.base import db
from models.hours import EntryQuestion, Proposal
from volunteer.hours import awaiting, denials, natural_persons, operations, paper_queries, queries, questions, records
from volunteer.hours.desk import MOST_WITH_PHOTO, OBJECTION_WORDS, bp, labels, propose_end_page, render_form
from volunteer.hours.objection_queries import objections_open
from volunteer.hours.rules import LOOK_FIRST, NOTICE_DAYS, deadline_words
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

BATCH_SIZE = 100


@bp.route("/awaiting", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def list_awaiting() -> ResponseReturnValue:
    """Show what needs a person in the reader's organizations; POST confirms what is ticked."""
    organization_ids = principal().organization_ids(Permission.CONFIRM_HOURS)
    form = ConfirmForm()
    if form.validate_on_submit():
        return _confirm_ticked(organization_ids)
    forgotten = awaiting.forgotten_of_organizations(organization_ids, clock.now())
    page = paginate(db.session, queries.proposals_awaiting(organization_ids), page_number(), BATCH_SIZE)
    today = clock.today()
    return render_form(
        "hours/list_awaiting.html",
        form,
        page=page,
        rows=awaiting.awaiting_rows(page.items, own_id()),
        due=awaiting.shifts_due(organization_ids, forgotten),
        forgotten=forgotten,
        objections=objections_open(organization_ids),
        questions=queries.questions_open(organization_ids),
        sheets=paper_queries.sheets_unread(organization_ids, clock.now()),
        stations=queries.stations_to_review(principal().organization_ids(Permission.RUN_SHIFTS)),
        on_notice=queries.notice_count(organization_ids),
        at_rest=awaiting.organizations_at_rest(organization_ids),
        is_known=natural_persons.is_registered(own_id()),
        say_deadline=lambda day: deadline_words(day, today),
        answer_by=denials.last_day,
        LOOK_FIRST=LOOK_FIRST,
        today=today,
        **OBJECTION_WORDS,
        **labels(),
    )


def _confirm_ticked(organization_ids: tuple[int, ...]) -> ResponseReturnValue:
    ticked = queries.proposals_named(request.form.getlist("proposal")[:BATCH_SIZE], organization_ids)
    confirmed, refused = operations.confirm_each(ticked, account_id=own_id())
    _tell_confirmed(confirmed)
    for words in refused:
        flash(say(words), "needs")
    if not ticked:
        flash(_("请先勾选要确认的记录"), "needs")
    return redirect(url_for("hours.list_awaiting"))


def _tell_confirmed(confirmed: list[Proposal]) -> None:
    shown_first = sum(proposal.notice_until_on is not None for proposal in confirmed)
    if len(confirmed) > shown_first:
        flash(_("确认了 %(count)d 条，已经生效", count=len(confirmed) - shown_first), "done")
    if shown_first:
        flash(_("确认了 %(count)d 条，公示 %(days)d 天后生效", count=shown_first, days=NOTICE_DAYS), "done")


def _proposal_at_desk(public_id: str) -> Proposal:
    proposal = queries.proposal_by_public_id(public_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(proposal.organization))
    return proposal


@bp.post("/awaiting/<proposal_id>/confirmation")
@access(Permission.CONFIRM_HOURS)
def confirm(proposal_id: str) -> ResponseReturnValue:
    """Confirm one proposal."""
    proposal = _proposal_at_desk(proposal_id)
    _tell_confirmed([operations.confirm(proposal, account_id=own_id())])
    return redirect(url_for("hours.list_awaiting"))


@bp.route("/awaiting/<proposal_id>/return", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def return_proposal(proposal_id: str) -> ResponseReturnValue:
    """Send a proposal back with a reason."""
    proposal = _proposal_at_desk(proposal_id)
    form = ReturnForm()
    account_id = own_id()
    if (
        attempt(form, lambda: operations.return_proposal(proposal, reason=form.reason.data, account_id=account_id))
        is not None
    ):
        flash(_("已退回，%(name)s会看到原因", name=proposal.volunteer.name), "done")
        return redirect(url_for("hours.list_awaiting"))
    row = awaiting.awaiting_rows([proposal], account_id)[0]
    return render_form("hours/return_proposal.html", form, row=row, **labels())


@bp.route("/awaiting/forgotten/<volunteer_id>/<shift_id>", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def propose_end(volunteer_id: str, shift_id: str) -> ResponseReturnValue:
    """Let an organizer say when a volunteer left who forgot to check out."""
    forgotten = awaiting.forgotten_at(volunteer_id, shift_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(forgotten.shift.activity.organization))
    return propose_end_page(forgotten, layout="layouts/organizer.html", done_at=url_for("hours.list_awaiting"))


@bp.get("/shifts")
@access(Permission.CONFIRM_HOURS)
def list_shifts() -> ResponseReturnValue:
    """Show the shifts of the reader's organizations and what each has given."""
    organization_ids = principal().organization_ids(Permission.CONFIRM_HOURS)
    page = paginate(db.session, queries.shifts_run(organization_ids, clock.now()), page_number())
    return render_template("hours/list_shifts.html", page=page, sums=queries.shift_sums(page.items))


@bp.get("/shifts/<shift_id>")
@access(Permission.CONFIRM_HOURS)
def show_shift(shift_id: str) -> ResponseReturnValue:
    """Show all records of one shift."""
    shift = queries.shift_by_public_id(shift_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(shift.activity.organization))
    found = records.records_at(shift.id)
    minutes = sum(record.counted_minutes for record in found)
    return render_template(
        "hours/show_shift.html",
        shift=shift,
        records=found,
        minutes=minutes,
        sheets=paper_queries.sheets_at(shift.id),
        **labels(),
    )


@bp.route("/questions/<question_id>", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def answer(question_id: str) -> ResponseReturnValue:
    """Answer a volunteer's question about a record: put it right, or leave it and say why."""
    request.max_content_length = MOST_WITH_PHOTO
    question = queries.question_by_public_id(question_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(question.organization))
    row = denials.denials([question], own_id())[0]
    return _answer_page(row, layout="layouts/organizer.html", back=url_for("hours.list_awaiting"))


@bp.route("/questions/<question_id>/office-answer", methods=["GET", "POST"])
@access(Permission.READ_INTEGRITY)
def answer_for_office(question_id: str) -> ResponseReturnValue:
    """Let the office answer a question that is late, or that nobody of the organization may answer."""
    question = queries.question_by_public_id(question_id)
    require_at(Permission.READ_INTEGRITY, scope_of(question.organization))
    row = denials.office_denials([question], own_id(), clock.today())[0]
    back = url_for("hours.list_unanswered_objections")
    return _answer_page(row, layout="layouts/office.html", back=back, for_office=True)


def _answer_page(row: denials.Denied, *, layout: str, back: str, for_office: bool = False) -> ResponseReturnValue:
    question = row.question
    about = question.entry or question.proposal
    record = records.record_by_public_id(about.public_id if about else "")
    times = {
        "wanted_from": question.wanted_from or record.started_at,
        "wanted_to": question.wanted_to or record.ended_at,
    }
    form = AnswerForm(data=times)
    if attempt(form, lambda: _settle(question, form, for_office=for_office)) is not None:
        _tell_answered(question)
        return redirect(back)
    shown = {"row": row, "question": question, "record": record, "layout": layout, "back": back}
    return render_form("hours/answer.html", form, for_office=for_office, **shown, **labels())


def _settle(question: EntryQuestion, form: AnswerForm, *, for_office: bool) -> object:
    act = request.form.get("act")
    if for_office and act == "return":
        return questions.give_way(question, answer=form.answer.data, account_id=own_id())
    if for_office or act != "correct":
        answer = form.answer.data
        return questions.answer_question(question, answer=answer, account_id=own_id(), for_office=for_office)
    wanted = {"wanted_from": form.wanted_from.data, "wanted_to": form.wanted_to.data}
    photo = form.photo.data.read() if form.photo.data else None
    return questions.correct(question, answer=form.answer.data, photo=photo, account_id=own_id(), **wanted)


def _tell_answered(question: EntryQuestion) -> None:
    if question.correction_id is None:
        flash(_("已答复%(name)s", name=question.volunteer.name), "done")
    else:
        flash(_("已提出更正，第二个人确认后公示 %(days)d 天，没有异议就生效", days=NOTICE_DAYS), "done")
