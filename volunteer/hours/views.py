"""Pages of the ledger: one's own records, what waits for a second person, and the public notice."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import (
    AnswerForm,
    ConfirmForm,
    ObjectionForm,
    ProposedEndForm,
    QuestionForm,
    ReturnForm,
    ReversalForm,
    TypedEntryForm,
)
from models.base import db
from models.hours import Entry, Proposal
from models.volunteers import Volunteer
from volunteer.accounts.guessing import claim_try, subject_of
from volunteer.accounts.rules import address_subject
from volunteer.activities.queries import plan_of
from volunteer.hours import awaiting, operations, proposing, queries, questions, records
from volunteer.hours.minutes import (
    SOURCE_LABELS,
    is_strict,
)
from volunteer.hours.records import Record
from volunteer.hours.rules import (
    CAUSE_LABELS,
    ENTRY_STATE_LABELS,
    NOTICE_DAYS,
    OBJECTION_LIMIT,
    YEAR_GOAL_MINUTES,
    EntryKind,
    EntryState,
    deadline_words,
    minutes_to_next_star,
    needs_notice,
    star_level,
)
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_span
from volunteer.kernel.text import N_
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, principal, require_at
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt, keep_despite_refusal
from volunteer.web.words import say

bp = Blueprint("hours", __name__, url_prefix="/hours")

STATE_KINDS = {
    EntryState.AWAITING: "needs",
    EntryState.ON_NOTICE: "quiet",
    EntryState.EFFECTIVE: "done",
    EntryState.REVERSED: "wrong",
    EntryState.RETURNED: "wrong",
}
BATCH_SIZE = 100


def _words() -> dict[str, Any]:
    return {
        "STATES": ENTRY_STATE_LABELS,
        "STATE_KINDS": STATE_KINDS,
        "SOURCES": SOURCE_LABELS,
        "CAUSES": CAUSE_LABELS,
        "is_strict": is_strict,
    }


# One's own records


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Show the records of one of the reader's volunteers in a year, by month."""
    volunteers = queries.volunteers_of(principal().account_id or 0)
    if not volunteers:
        return render_template("hours/list_own.html", volunteers=volunteers, volunteer=None)
    volunteer = _chosen_volunteer(volunteers)
    year, years = _chosen_year(volunteer)
    found = records.records_of(volunteer.id, year)
    total = queries.effective_minutes(volunteer.id)
    return render_template(
        "hours/list_own.html",
        volunteers=volunteers,
        volunteer=volunteer,
        year=year,
        years=years,
        months=records.by_month(found),
        year_minutes=sum(record.counted_minutes for record in found),
        goal=YEAR_GOAL_MINUTES,
        total=total,
        stars=star_level(total),
        to_next_star=minutes_to_next_star(total),
        forgotten=awaiting.forgotten_of_volunteers([volunteer.id]),
        **_words(),
    )


def _chosen_volunteer(volunteers: Any) -> Volunteer:
    asked = request.args.get("volunteer")
    found = next((one for one in volunteers if one.public_id == asked), None)
    if asked and found is None:
        raise NotFound(N_("没有找到这个页面"))
    return found or volunteers[0]


def _chosen_year(volunteer: Volunteer) -> tuple[int, list[int]]:
    this_year = clock.today().year
    years = sorted({this_year, *queries.years_of(volunteer.id)}, reverse=True)
    asked = request.args.get("year", "")
    return (int(asked) if asked in map(str, years) else this_year), years


@bp.get("/<entry_id>")
@access(Permission.OWN)
def show_entry(entry_id: str) -> ResponseReturnValue:
    """Show one record to its volunteer or to the organization that recorded it."""
    record = records.record_by_public_id(entry_id)
    is_own = record.volunteer.account_id == principal().account_id
    if not is_own:
        require_at(Permission.READ_ORGANIZATION, scope_of(record.organization))
    may_confirm = principal().may_at(Permission.CONFIRM_HOURS, scope_of(record.organization))
    proposed = queries.proposed_reversal_of(record.entry_id) if record.entry_id else None
    return render_template(
        "hours/show_entry.html", record=record, is_own=is_own, may_confirm=may_confirm, proposed=proposed, **_words()
    )


@bp.route("/<entry_id>/question", methods=["GET", "POST"])
@access(Permission.OWN)
def ask(entry_id: str) -> ResponseReturnValue:
    """Ask the organization about one of the reader's records."""
    record = _own_record(entry_id)
    form = QuestionForm()
    account_id = principal().account_id or 0
    done = attempt(form, lambda: questions.ask_question(record, text=form.text.data, account_id=account_id))
    if done is not None:
        flash(_("已经发给%(name)s，答复会写在这条记录下面", name=record.organization.name), "done")
        return redirect(url_for("hours.show_entry", entry_id=entry_id))
    return _page("hours/ask.html", form, record=record, **_words())


def _own_record(public_id: str) -> Record:
    record = records.record_by_public_id(public_id)
    if record.volunteer.account_id != principal().account_id:
        raise NotFound(N_("没有找到这条记录"))
    return record


@bp.route("/forgotten/<volunteer_id>/<shift_id>", methods=["GET", "POST"])
@access(Permission.OWN)
def propose_own_end(volunteer_id: str, shift_id: str) -> ResponseReturnValue:
    """Let a volunteer say when they left who forgot to check out."""
    forgotten = awaiting.forgotten_at(volunteer_id, shift_id)
    if forgotten.volunteer.account_id != principal().account_id:
        raise NotFound(N_("没有找到这个页面"))
    done_at = url_for("hours.list_own", volunteer=volunteer_id)
    return _propose_end(forgotten, layout="layouts/resident.html", done_at=done_at)


def _propose_end(forgotten: awaiting.Forgotten, *, layout: str, done_at: str) -> ResponseReturnValue:
    form = ProposedEndForm(last_ends_at=plan_of(forgotten.shift).last_ends_at)

    def act() -> list[Proposal]:
        return proposing.propose_end(
            forgotten, ended_at=form.ended_at.moment, reason=form.reason.data, account_id=principal().account_id or 0
        )

    made = attempt(form, act)
    if made is not None:
        _tell_proposed(made[0])
        return redirect(done_at)
    return _page("hours/propose_end.html", form, forgotten=forgotten, layout=layout, back=done_at)


def _tell_proposed(proposal: Proposal) -> None:
    if needs_notice(proposal.cause):
        flash(_("已提出，第二个人确认后公示 %(days)d 天，没有异议就生效", days=NOTICE_DAYS), "done")
    else:
        flash(_("记下了，组织里第二个人确认后算数"), "done")


def _page(template: str, form: Any, **context: Any) -> ResponseReturnValue:
    return render_template(template, form=form, **context), 422 if form.is_submitted() else 200


# What waits for a second person


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
    return _page(
        "hours/list_awaiting.html",
        form,
        page=page,
        rows=awaiting.awaiting_rows(page.items, principal().account_id or 0),
        due=awaiting.shifts_due(organization_ids, forgotten),
        forgotten=forgotten,
        questions=queries.questions_open(organization_ids),
        on_notice=queries.notice_count(organization_ids),
        is_known=awaiting.is_registered(principal().account_id or 0),
        say_deadline=lambda day: deadline_words(day, today),
        today=today,
        **_words(),
    )


def _confirm_ticked(organization_ids: tuple[int, ...]) -> ResponseReturnValue:
    ticked = queries.proposals_named(request.form.getlist("proposal")[:BATCH_SIZE], organization_ids)
    confirmed, refused = operations.confirm_each(ticked, account_id=principal().account_id or 0)
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
    _tell_confirmed([operations.confirm(proposal, account_id=principal().account_id or 0)])
    return redirect(url_for("hours.list_awaiting"))


@bp.route("/awaiting/<proposal_id>/return", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def return_proposal(proposal_id: str) -> ResponseReturnValue:
    """Send a proposal back with a reason."""
    proposal = _proposal_at_desk(proposal_id)
    form = ReturnForm()
    account_id = principal().account_id or 0
    if (
        attempt(form, lambda: operations.return_proposal(proposal, reason=form.reason.data, account_id=account_id))
        is not None
    ):
        flash(_("已退回，%(name)s会看到原因", name=proposal.volunteer.name), "done")
        return redirect(url_for("hours.list_awaiting"))
    row = awaiting.awaiting_rows([proposal], account_id)[0]
    return _page("hours/return_proposal.html", form, row=row, **_words())


@bp.route("/awaiting/forgotten/<volunteer_id>/<shift_id>", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def propose_end(volunteer_id: str, shift_id: str) -> ResponseReturnValue:
    """Let an organizer say when a volunteer left who forgot to check out."""
    forgotten = awaiting.forgotten_at(volunteer_id, shift_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(forgotten.shift.activity.organization))
    return _propose_end(forgotten, layout="layouts/organizer.html", done_at=url_for("hours.list_awaiting"))


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
    return render_template("hours/show_shift.html", shift=shift, records=found, minutes=minutes, **_words())


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def propose_typed() -> ResponseReturnValue:
    """Type in minutes that no scan proves."""
    organization_ids = principal().organization_ids(Permission.CONFIRM_HOURS)
    shifts = {shift.public_id: shift for shift in queries.shifts_to_record(organization_ids, clock.now())}
    chosen = shifts.get(request.args.get("shift", "")) or next(iter(shifts.values()), None)
    form = TypedEntryForm(
        shifts=[(shift.public_id, _shift_words(shift)) for shift in shifts.values()], data=_suggested(chosen)
    )

    def act() -> list[Proposal]:
        return proposing.propose_typed(
            shifts[form.shift.data],
            volunteer_number=form.volunteer_number.data,
            started_at=form.started_at.moment,
            ended_at=form.ended_at.moment,
            reason=form.reason.data,
            evidence=form.evidence.data,
            account_id=principal().account_id or 0,
        )

    made = attempt(form, act)
    if made is not None:
        _tell_proposed(made[0])
        return redirect(url_for("hours.list_awaiting"))
    is_known = awaiting.is_registered(principal().account_id or 0)
    return _page("hours/propose_typed.html", form, shifts=shifts, is_known=is_known, notice_days=NOTICE_DAYS)


def _shift_words(shift: Any) -> str:
    when = say(say_span(shift.starts_at, plan_of(shift).last_ends_at, clock.now()))
    return " · ".join(part for part in (shift.activity.title, shift.task, when) if part)


def _suggested(shift: Any) -> dict[str, Any]:
    if shift is None:
        return {}
    return {
        "shift": shift.public_id,
        "started_at": shift.starts_at,
        "ended_at": plan_of(shift).last_ends_at,
        "volunteer_number": request.args.get("volunteer", ""),
    }


@bp.route("/<entry_id>/reversal", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def propose_reversal(entry_id: str) -> ResponseReturnValue:
    """Propose to take an entry back."""
    entry = _credit_at_desk(entry_id)
    form = ReversalForm()
    account_id = principal().account_id or 0
    if (
        attempt(form, lambda: proposing.propose_reversal(entry, reason=form.reason.data, account_id=account_id))
        is not None
    ):
        flash(_("已提出冲销，等第二个人确认"), "done")
        return redirect(url_for("hours.show_entry", entry_id=entry_id))
    record = records.record_by_public_id(entry_id)
    return _page("hours/propose_reversal.html", form, record=record, **_words())


def _credit_at_desk(public_id: str) -> Entry:
    entry = queries.entry_by_public_id(public_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(entry.organization))
    if entry.kind is not EntryKind.CREDIT:
        raise NotFound(N_("没有找到这条记录"))
    return entry


@bp.route("/questions/<question_id>", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def answer(question_id: str) -> ResponseReturnValue:
    """Answer a volunteer's question about a record."""
    question = queries.question_by_public_id(question_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(question.organization))
    form = AnswerForm()
    account_id = principal().account_id or 0
    if (
        attempt(form, lambda: questions.answer_question(question, answer=form.answer.data, account_id=account_id))
        is not None
    ):
        flash(_("已答复%(name)s", name=question.volunteer.name), "done")
        return redirect(url_for("hours.list_awaiting"))
    asked_about = question.entry or question.proposal
    record = records.record_by_public_id(asked_about.public_id if asked_about else "")
    return _page("hours/answer.html", form, question=question, record=record, **_words())


# The public notice


@bp.get("/notices")
@access(Permission.PUBLIC)
def list_notices() -> ResponseReturnValue:
    """Show the minutes on public notice with masked names."""
    page = paginate(db.session, queries.notices_running(), page_number())
    return render_template("hours/list_notices.html", page=page, mask_name=mask_name, days=NOTICE_DAYS)


@bp.route("/notices/<proposal_id>/objection", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def object_to(proposal_id: str) -> ResponseReturnValue:
    """Let anybody object to minutes on public notice, so many times an hour."""
    proposal = queries.proposal_on_notice(proposal_id)
    form = ObjectionForm()

    def act() -> Proposal:
        _count_objection()
        return operations.object_to_notice(proposal, objection=form.objection.data, account_id=principal().account_id)

    if attempt(form, act) is not None:
        flash(_("收到了，这条记录先不生效，由记录的组织核对"), "done")
        return redirect(url_for("hours.list_notices"))
    return _page("hours/object_to.html", form, proposal=proposal, name=mask_name(proposal.volunteer.name))


def _count_objection() -> None:
    keys = current_app.config["SETTINGS"].keys["address"]
    subject = subject_of(keys, "objection", address_subject(request.remote_addr))
    claim_try("notice_objection", subject, OBJECTION_LIMIT, clock.now())
    keep_despite_refusal()
