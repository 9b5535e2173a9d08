"""What the pages of the ledger share: their address, their words, and the form that tells a forgotten end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import ProposedEndForm
from models.activities import Shift
from models.hours import Objection, Proposal
from models.organizations import Organization
from volunteer.activities.queries import plan_of
from volunteer.hours import awaiting, photos, proposing, queries
from volunteer.hours.limit_queries import typed_by
from volunteer.hours.limits import TYPED_DAYS, Typed, is_back_dated
from volunteer.hours.minutes import SOURCE_LABELS, is_strict
from volunteer.hours.objection_rules import OBJECTION_STATE_LABELS, ObjectionState, objection_state
from volunteer.hours.rules import CAUSE_LABELS, ENTRY_STATE_LABELS, NOTICE_DAYS, EntryState, needs_notice
from volunteer.kernel import clock
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_span
from volunteer.organizations.queries import organizations_by_id
from volunteer.organizations.rules import may_operate
from volunteer.web.access import own_id, principal
from volunteer.web.transactions import attempt
from volunteer.web.words import say

bp = Blueprint("hours", __name__, url_prefix="/hours")

# Room for the rest of the form beside a photo, and for one that is a little too large to be told so in words.
MOST_WITH_PHOTO = photos.MOST_BYTES + 3 * 1024 * 1024

STATE_KINDS = {
    EntryState.AWAITING: "needs",
    EntryState.ON_NOTICE: "quiet",
    EntryState.EFFECTIVE: "done",
    EntryState.REVERSED: "wrong",
    EntryState.RETURNED: "wrong",
}
OBJECTION_KINDS = {
    ObjectionState.OPEN: "needs",
    ObjectionState.OVERDUE: "wrong",
    ObjectionState.UPHELD: "done",
    ObjectionState.DISMISSED: "quiet",
}


def state_of_objection(objection: Objection) -> ObjectionState:
    """Return where an objection is today."""
    return objection_state(objection.outcome, objection.answer_by_on, clock.today())


OBJECTION_WORDS = {
    "OBJECTIONS": OBJECTION_STATE_LABELS,
    "OBJECTION_KINDS": OBJECTION_KINDS,
    "state_of": state_of_objection,
    "mask_name": mask_name,
}
"""What a list of objections needs."""


def is_at_rest(organization: Organization) -> bool:
    """Return whether nothing takes effect at an organization, because it is suspended."""
    return not may_operate(organization.status).allowed


def labels() -> dict[str, Any]:
    """Return the words of states, sources and causes, and what is asked beside them, for the templates."""
    return {
        "STATES": ENTRY_STATE_LABELS,
        "STATE_KINDS": STATE_KINDS,
        "SOURCES": SOURCE_LABELS,
        "CAUSES": CAUSE_LABELS,
        "is_strict": is_strict,
        "is_at_rest": is_at_rest,
    }


@dataclass(frozen=True, slots=True)
class Left:
    """What the reader may still type in at an organization within the period."""

    organization: str
    typed: Typed


def lefts() -> list[Left]:
    """Return what the reader may still type in, organization by organization."""
    organizations = organizations_by_id(principal().organization_ids(Permission.CONFIRM_HOURS))
    return [Left(one.name, typed_by(own_id(), one.id, clock.now())) for one in organizations]


def shift_choices(*, only_over: bool = False) -> tuple[dict[str, Shift], list[tuple[str, str]]]:
    """Return the shifts for which the reader may write hours down, by public id, and the same as (id, words).

    `only_over` leaves out those that are still running.
    """
    organization_ids, now = principal().organization_ids(Permission.CONFIRM_HOURS), clock.now()
    found = queries.shifts_to_record(organization_ids, now, timedelta(days=TYPED_DAYS))
    shifts = {shift.public_id: shift for shift in found if not only_over or plan_of(shift).last_ends_at <= now}
    return shifts, [(public_id, _shift_words(shift)) for public_id, shift in shifts.items()]


def _shift_words(shift: Shift) -> str:
    ends_at = plan_of(shift).last_ends_at
    when = say(say_span(shift.starts_at, ends_at, clock.now()))
    late = _("由主管单位确认") if is_back_dated(clock.local_day(ends_at), clock.today()) else ""
    return " · ".join(part for part in (shift.activity.title, shift.task, when, late) if part)


def propose_end_page(forgotten: awaiting.Forgotten, *, layout: str, done_at: str) -> ResponseReturnValue:
    """Ask when a volunteer left who forgot to check out, then go on to `done_at`."""
    form = ProposedEndForm(last_ends_at=plan_of(forgotten.shift).last_ends_at)

    def act() -> list[Proposal]:
        return proposing.propose_end(
            forgotten, ended_at=form.ended_at.moment, reason=form.reason.data, account_id=own_id()
        )

    made = attempt(form, act)
    if made is not None:
        tell_proposed(made[0])
        return redirect(done_at)
    return render_form("hours/propose_end.html", form, forgotten=forgotten, layout=layout, back=done_at)


def tell_proposed(proposal: Proposal) -> None:
    """Say what happens next with what was proposed."""
    if awaiting.waits_for_office(proposal):
        flash(_("已提出。班次过了 10 个工作日，由主管单位的人确认，再公示 %(days)d 天", days=NOTICE_DAYS), "done")
    elif needs_notice(proposal.cause):
        flash(_("已提出，第二个人确认后公示 %(days)d 天，没有异议就生效", days=NOTICE_DAYS), "done")
    else:
        flash(_("记下了，组织里第二个人确认后算数"), "done")


def render_form(template: str, form: Any, **context: Any) -> ResponseReturnValue:
    """Return a page with its form: 422 when what was sent did not do."""
    return render_template(template, form=form, **context), 422 if form.is_submitted() else 200
