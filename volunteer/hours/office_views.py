"""The office's side of typed-in hours: confirming what comes late, and raising an organization's limit for a time."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.hours import AllowanceForm, ReturnForm, ReversalForm
from models.hours import Proposal, TypedAllowance
from volunteer.hours import (
    allowances,
    awaiting,
    limit_queries,
    natural_persons,
    operations,
    proposing,
    queries,
    records,
)
from volunteer.hours.desk import bp, labels, render_form
from volunteer.hours.limits import ALLOWANCE_MOST_DAYS, ORGANIZATION_MINUTES, PERIOD_DAYS
from volunteer.hours.rules import NOTICE_DAYS, EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.organizations.queries import organization_by_public_id, scope_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.transactions import attempt


@bp.get("/back-dated")
@access(Permission.READ_INTEGRITY)
def list_back_dated() -> ResponseReturnValue:
    """Show the minutes typed in after the ten working days that wait for the office."""
    found = queries.proposals_back_dated(principal().lineages(Permission.READ_INTEGRITY))
    late = [one for one in found if awaiting.waits_for_office(one)]
    rows = awaiting.awaiting_rows(late, own_id())
    return render_template(
        "hours/list_back_dated.html", rows=rows, is_known=natural_persons.is_registered(own_id()), **labels()
    )


@bp.post("/back-dated/<proposal_id>/confirmation")
@access(Permission.READ_INTEGRITY)
def confirm_back_dated(proposal_id: str) -> ResponseReturnValue:
    """Confirm minutes that were typed in late, as the second person."""
    proposal = _late_proposal(proposal_id)
    operations.confirm(proposal, account_id=own_id())
    flash(_("确认了，公示 %(days)d 天后生效", days=NOTICE_DAYS), "done")
    return redirect(url_for("hours.list_back_dated"))


@bp.route("/back-dated/<proposal_id>/return", methods=["GET", "POST"])
@access(Permission.READ_INTEGRITY)
def return_back_dated(proposal_id: str) -> ResponseReturnValue:
    """Send minutes that were typed in late back with a reason."""
    proposal = _late_proposal(proposal_id)
    form, account_id = ReturnForm(), own_id()

    def act() -> Proposal:
        return operations.return_proposal(proposal, reason=form.reason.data, account_id=account_id)

    if attempt(form, act) is not None:
        flash(_("已退回，%(name)s会看到原因", name=proposal.volunteer.name), "done")
        return redirect(url_for("hours.list_back_dated"))
    row = awaiting.awaiting_rows([proposal], account_id)[0]
    return render_form("hours/return_back_dated.html", form, row=row, **labels())


def _late_proposal(public_id: str) -> Proposal:
    proposal = queries.proposal_by_public_id(public_id)
    require_at(Permission.READ_INTEGRITY, scope_of(proposal.organization))
    if not awaiting.waits_for_office(proposal) or proposal.state is ProposalState.EFFECTIVE:
        raise NotFound(N_("没有找到这条记录"))
    return proposal


# Taking back what an organization cannot be left alone with


@bp.route("/<entry_id>/office-reversal", methods=["GET", "POST"])
@access(Permission.READ_INTEGRITY)
def propose_reversal_for_office(entry_id: str) -> ResponseReturnValue:
    """Let the office propose to take an entry back; another of the office or of the organization confirms it."""
    entry = queries.entry_by_public_id(entry_id)
    require_at(Permission.READ_INTEGRITY, scope_of(entry.organization))
    if entry.kind is not EntryKind.CREDIT:
        raise NotFound(N_("没有找到这条记录"))
    form, account_id = ReversalForm(), own_id()

    def act() -> Proposal:
        return proposing.propose_reversal(entry, reason=form.reason.data, account_id=account_id)

    if attempt(form, act) is not None:
        flash(_("已提出冲销，等第二个人确认"), "done")
        return redirect(url_for("hours.show_entry", entry_id=entry_id))
    record = records.record_by_public_id(entry_id)
    return render_form("hours/propose_reversal.html", form, record=record, layout="layouts/office.html", **labels())


@bp.post("/reversals/<proposal_id>/confirmation")
@access(Permission.READ_INTEGRITY)
def confirm_reversal_for_office(proposal_id: str) -> ResponseReturnValue:
    """Let the office confirm that an entry is taken back, as the second person."""
    proposal = queries.proposal_by_public_id(proposal_id)
    require_at(Permission.READ_INTEGRITY, scope_of(proposal.organization))
    if proposal.reverses_id is None:
        raise NotFound(N_("没有找到这条记录"))
    operations.confirm(proposal, account_id=own_id())
    flash(_("已冲销，志愿者会收到通知"), "done")
    return redirect(url_for("hours.list_back_dated"))


@bp.route("/organizations/<organization_id>/allowances", methods=["GET", "POST"])
@access(Permission.ALLOW_TYPED_HOURS)
def allow_typed(organization_id: str) -> ResponseReturnValue:
    """Show what an organization has typed in, and let it type in more for a time."""
    organization = organization_by_public_id(organization_id)
    require_at(Permission.ALLOW_TYPED_HOURS, scope_of(organization))
    form = AllowanceForm()

    def act() -> TypedAllowance:
        asked = {"hours": form.hours.data, "until_on": form.until_on.data, "reason": form.reason.data}
        return allowances.allow_typed(organization, account_id=own_id(), **asked)

    if attempt(form, act) is not None:
        flash(_("加好了，已经通知组织的负责人"), "done")
        return redirect(url_for("hours.allow_typed", organization_id=organization_id))
    return render_form(
        "hours/allow_typed.html",
        form,
        organization=organization,
        typed=limit_queries.typed_by(own_id(), organization.id, clock.now()),
        found=limit_queries.allowances_of(organization.id),
        today=clock.today(),
        base_minutes=ORGANIZATION_MINUTES,
        period_days=PERIOD_DAYS,
        most_days=ALLOWANCE_MOST_DAYS,
    )


@bp.post("/allowances/<allowance_id>/revocation")
@access(Permission.ALLOW_TYPED_HOURS)
def revoke_allowance(allowance_id: str) -> ResponseReturnValue:
    """Take an allowance back."""
    allowance = limit_queries.allowance_by_public_id(allowance_id)
    require_at(Permission.ALLOW_TYPED_HOURS, scope_of(allowance.organization))
    allowances.revoke_allowance(allowance, account_id=own_id())
    flash(_("收回了，已经通知组织的负责人"), "done")
    return redirect(url_for("hours.allow_typed", organization_id=allowance.organization.public_id))
