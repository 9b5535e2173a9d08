"""Pages on which organizations record trainings, commendations and evaluations, and take one back."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.records import CommendationForm, TrainingForm, WithdrawForm, grades_form
from models.base import db
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.hours.natural_persons import is_registered
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.organizations.queries import organizations_by_id, scope_of
from volunteer.records import operations, queries
from volunteer.records.desk import bp, kept_organization, labels, render_form
from volunteer.records.rules import MOST_PEOPLE, Line, RecordKind
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

KEEP = Permission.KEEP_RECORDS


@bp.get("/of/<organization_id>")
@access(KEEP)
def list_kept(organization_id: str) -> ResponseReturnValue:
    """Show what an organization recorded of one kind, and the ways to record more."""
    organization = kept_organization(organization_id)
    asked = request.args.get("kind")
    kind = RecordKind(asked) if asked in set(RecordKind) else RecordKind.TRAINING
    page = paginate(db.session, queries.kept_by(organization.id, kind), page_number())
    return render_template(
        "records/list_kept.html",
        organization=organization,
        organizations=organizations_by_id(principal().organization_ids(KEEP)),
        kind=kind,
        page=page,
        **labels(),
    )


@bp.route("/of/<organization_id>/training", methods=["GET", "POST"])
@access(KEEP)
def record_training(organization_id: str) -> ResponseReturnValue:
    """Record a training for one or many, after seeing for whom."""
    organization = kept_organization(organization_id)
    form = TrainingForm(data={"held_by": organization.name, "held_on": clock.today()})
    return _record(organization, form, RecordKind.TRAINING, operations.record_trainings)


@bp.route("/of/<organization_id>/commendation", methods=["GET", "POST"])
@access(KEEP)
def record_commendation(organization_id: str) -> ResponseReturnValue:
    """Record a commendation for one or many, after seeing for whom."""
    organization = kept_organization(organization_id)
    form = CommendationForm(data={"given_by": organization.name, "given_on": clock.today()})
    return _record(organization, form, RecordKind.COMMENDATION, operations.record_commendations)


def _record(organization: Organization, form: Any, kind: RecordKind, store: Any) -> ResponseReturnValue:
    page = {"organization": organization, "kind": kind}
    if not form.seen.data:
        people = attempt(form, lambda: _seen(organization, form))
        if people is not None:
            form.seen.data = "1"
            return render_template("records/preview.html", form=form, people=people, **page, **labels())
    else:
        account_id = own_id()
        done = attempt(form, lambda: store(organization, form.lines(), form.typed(), account_id=account_id))
        if done is not None:
            flash(_("给 %(count)s 个人记好了，他们会收到通知", count=len(done)), "done")
            return redirect(url_for("records.list_kept", organization_id=organization.public_id, kind=kind))
        form.seen.data = ""
    return render_form("records/record.html", form, most=MOST_PEOPLE, is_known=is_registered(own_id()), **page)


def _seen(organization: Organization, form: Any) -> list[Volunteer]:
    """Return about whom it would be, and let the page carry their numbers; a file is read once."""
    lines: list[Line] = form.lines()
    people = operations.check_new(organization, lines, form.typed(), account_id=own_id())
    form.numbers.data = "\n".join(one.number for one in people)
    return people


@bp.route("/shifts/<shift_id>", methods=["GET", "POST"])
@access(KEEP)
def evaluate(shift_id: str) -> ResponseReturnValue:
    """Say of each who served on a shift how good the service was."""
    shift = queries.shift_by_public_id(shift_id)
    organization = shift.activity.organization
    require_at(KEEP, scope_of(organization))
    served = queries.served_on(shift)
    form = grades_form([one.volunteer.number for one in served if one.evaluation is None])
    account_id = own_id()
    done = attempt(form, lambda: operations.evaluate(shift, form.typed(), account_id=account_id))
    if done is not None:
        flash(_("评了 %(count)s 个人，他们会收到通知", count=len(done)), "done")
        return redirect(url_for("records.evaluate", shift_id=shift_id))
    context = {"shift": shift, "served": served, "organization": organization}
    return render_form("records/evaluate.html", form, is_known=is_registered(account_id), **context)


@bp.route("/items/<record_id>/withdraw", methods=["GET", "POST"])
@access(KEEP)
def withdraw(record_id: str) -> ResponseReturnValue:
    """Take a record back, with a reason that the volunteer reads."""
    row = queries.kept_by_public_id(record_id)
    require_at(KEEP, scope_of(row.organization))
    form, account_id = WithdrawForm(), own_id()
    if attempt(form, lambda: operations.withdraw(row, reason=form.reason.data or "", account_id=account_id)):
        flash(_("已撤回，志愿者会收到通知"), "done")
        organization_id = row.organization.public_id
        return redirect(url_for("records.list_kept", organization_id=organization_id, kind=queries.kind_of(row)))
    return render_form("records/withdraw.html", form, row=row)
