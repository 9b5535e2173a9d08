"""Typing in what no scan proves, and taking entries back."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import ReversalForm, TypedEntryForm
from models.hours import Entry, Proposal
from volunteer.activities.queries import plan_of
from volunteer.hours import natural_persons, proposing, queries, records
from volunteer.hours.desk import MOST_WITH_PHOTO, bp, labels, lefts, render_form, shift_choices, tell_proposed
from volunteer.hours.limits import TYPED_DAYS
from volunteer.hours.rules import NOTICE_DAYS, EntryKind
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.organizations.queries import scope_of
from volunteer.web.access import access, own_id, require_at
from volunteer.web.transactions import attempt


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def propose_typed() -> ResponseReturnValue:
    """Type in minutes that no scan proves."""
    request.max_content_length = MOST_WITH_PHOTO
    shifts, choices = shift_choices(only_over=True)
    asked = request.args.get("shift", "")
    form = TypedEntryForm(shifts=choices, data={"shift": asked, "volunteer_number": request.args.get("volunteer", "")})

    def act() -> list[Proposal]:
        shift = shifts[form.shift.data]
        return proposing.propose_typed(
            shift,
            volunteer_number=form.volunteer_number.data,
            started_at=form.started_at.data or shift.starts_at,
            ended_at=form.ended_at.data or plan_of(shift).last_ends_at,
            reason=form.reason.data,
            evidence=form.evidence.data,
            photo=form.photo.data.read(),
            account_id=own_id(),
        )

    made = attempt(form, act)
    if made is not None:
        tell_proposed(made[0])
        return redirect(url_for("hours.list_awaiting"))
    is_known = natural_persons.is_registered(own_id())
    known = {"is_known": is_known, "notice_days": NOTICE_DAYS, "typed_days": TYPED_DAYS, "lefts": lefts()}
    is_missing = bool(asked) and asked not in shifts
    return render_form("hours/propose_typed.html", form, shifts=shifts, is_missing=is_missing, **known)


@bp.route("/<entry_id>/reversal", methods=["GET", "POST"])
@access(Permission.CONFIRM_HOURS)
def propose_reversal(entry_id: str) -> ResponseReturnValue:
    """Propose to take an entry back."""
    entry = _credit_at_desk(entry_id)
    form = ReversalForm()
    account_id = own_id()
    if (
        attempt(form, lambda: proposing.propose_reversal(entry, reason=form.reason.data, account_id=account_id))
        is not None
    ):
        flash(_("已提出冲销，等第二个人确认"), "done")
        return redirect(url_for("hours.show_entry", entry_id=entry_id))
    record = records.record_by_public_id(entry_id)
    return render_form("hours/propose_reversal.html", form, record=record, layout="layouts/organizer.html", **labels())


def _credit_at_desk(public_id: str) -> Entry:
    entry = queries.entry_by_public_id(public_id)
    require_at(Permission.CONFIRM_HOURS, scope_of(entry.organization))
    if entry.kind is not EntryKind.CREDIT:
        raise NotFound(N_("没有找到这条记录"))
    return entry
