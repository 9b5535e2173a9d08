"""Pages of the ledger: one's own records; what organizers and the public see hangs beside."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import QuestionForm
from models.hours import EntryQuestion
from models.volunteers import Volunteer
from volunteer.hours import (
    awaiting,
    awaiting_views,
    family,
    notice_views,
    objection_views,
    office_views,
    paper_views,
    queries,
    questions,
    records,
    stars,
    typed_views,
)
from volunteer.hours.correction_rules import ANSWER_WORKING_DAYS
from volunteer.hours.desk import bp, labels, propose_end_page, render_form
from volunteer.hours.records import Record
from volunteer.hours.rules import YEAR_GOAL_MINUTES
from volunteer.hours.star_rules import next_star, star_words
from volunteer.hours.story import story_of
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.transactions import attempt

__all__ = ["awaiting_views", "bp", "notice_views", "objection_views", "office_views", "paper_views", "typed_views"]


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Show what waits for the reader's family, then the records of one of its volunteers in a year, by month."""
    volunteers = queries.volunteers_of(own_id())
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
        **_stars(volunteer, total),
        awaiting=family.awaiting_of_volunteers(volunteers, clock.now()),
        **labels(),
    )


def _stars(volunteer: Volunteer, minutes: int) -> dict[str, Any]:
    found = stars.stars_of([volunteer.id]).get(volunteer.id, [])
    upcoming = next_star(minutes, stars.scale_in_force(clock.today()), found[-1].level if found else 0)
    return {"stars": found, "next_star": upcoming, "star_words": star_words}


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
    scope = scope_of(record.organization)
    proposed = queries.proposed_reversal_of(record.entry_id) if record.entry_id else None
    return render_template(
        "hours/show_entry.html",
        record=record,
        is_own=is_own,
        may_confirm=principal().may_at(Permission.CONFIRM_HOURS, scope),
        is_of_office=principal().may_at(Permission.READ_INTEGRITY, scope),
        proposed=proposed,
        happenings=story_of(record),
        steps={question.id: questions.steps_of_question(question) for question in record.questions},
        **labels(),
    )


@bp.route("/<entry_id>/question", methods=["GET", "POST"])
@access(Permission.OWN)
def ask(entry_id: str) -> ResponseReturnValue:
    """Ask the organization about one of the reader's records."""
    record = _own_record(entry_id)
    form = QuestionForm(data={"wanted_from": record.started_at, "wanted_to": record.ended_at})
    if "not_mine" in request.args and not form.is_submitted():
        form.text.data = _("这次服务我没有参加，请核实后退回或冲销。")

    def act() -> EntryQuestion:
        wanted = {"wanted_from": form.wanted_from.data, "wanted_to": form.wanted_to.data}
        return questions.ask_question(record, text=form.text.data, account_id=own_id(), **wanted)

    if attempt(form, act) is not None:
        flash(_("已经发给%(name)s，办到哪一步会写在这条记录下面", name=record.organization.name), "done")
        return redirect(url_for("hours.show_entry", entry_id=entry_id))
    return render_form("hours/ask.html", form, record=record, answer_days=ANSWER_WORKING_DAYS, **labels())


@bp.post("/<entry_id>/seen")
@access(Permission.OWN)
def mark_seen(entry_id: str) -> ResponseReturnValue:
    """Note that the reader knows why one of their records was returned, or what was answered about it."""
    record = _own_record(entry_id)
    questions.mark_seen(record)
    return redirect(url_for("hours.list_own", volunteer=record.volunteer.public_id))


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
    return propose_end_page(forgotten, layout="layouts/resident.html", done_at=done_at)
