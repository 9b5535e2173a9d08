"""Issuing a certificate: for one's own volunteers, by an organization for a volunteer, and again after a correction."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.certificates import IssueForForm, IssueForm
from models.base import db
from models.certificates import Certificate
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.accounts.rules import ISSUING_LIMIT
from volunteer.certificates import operations, queries
from volunteer.certificates.desk import (
    bp,
    count_try,
    is_own,
    issuing_organizations,
    offer_activities,
    own_volunteers,
    preview_of,
    readable,
    suggested,
    wants_preview,
)
from volunteer.certificates.press import open_press
from volunteer.certificates.rules import ORGANIZATION_LIMIT, Order, default_order, may_issue_at
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.volunteers.queries import volunteer_by_number
from volunteer.web.access import access, own_id
from volunteer.web.transactions import attempt
from volunteer.web.words import say

Named = TypeVar("Named", Volunteer, Organization)
_TOO_MANY = N_("一天最多开 %(most)s 份证明，请明天再来")


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.OWN)
def create() -> ResponseReturnValue:
    """Issue a certificate for one of the account's volunteers, or show what it would say."""
    volunteers = own_volunteers()
    organizations = queries.recorders_of([volunteer.id for volunteer in volunteers])
    form = IssueForm(
        data=_first_ready(volunteers) | suggested(),
        volunteers=[(one.public_id, one.name) for one in volunteers],
        organizations=[(one.public_id, one.name) for one in organizations],
    )
    volunteer = _chosen(volunteers, form.volunteer.data)
    organization = _chosen(organizations, form.organization.data)
    offer_activities(form, volunteer, organization)
    certificate = None
    chosen = f"{form.volunteer.data} {form.organization.data}"
    # Without a script the page cannot follow a new choice: nobody issues for one person what was shown of another.
    is_another = form.is_submitted() and bool(form.seen.data) and form.seen.data != chosen
    if volunteer and organization and not is_another and not wants_preview():
        certificate = attempt(form, lambda: _issue_own(volunteer, organization, form.order()))
    else:
        form.validate_on_submit()
    if certificate is not None:
        return _issued(certificate)
    if is_another and not wants_preview():
        flash(_("您换了人或单位，请看一看会写什么，再开具"), "needs")
    form.seen.data = chosen
    return _form_page("certificates/create.html", form, volunteer, organization, organizations=organizations)


@bp.route("/issued/new", methods=["GET", "POST"])
@access(Permission.ISSUE_CERTIFICATES)
def create_for() -> ResponseReturnValue:
    """Issue a certificate for a volunteer whose service one's organization recorded."""
    organizations = issuing_organizations()
    form = IssueForForm(data=suggested(), organizations=[(one.public_id, one.name) for one in organizations])
    organization = _chosen(organizations, form.organization.data)
    is_seen = bool(form.volunteer_number.data) and form.seen.data == form.volunteer_number.data
    volunteer = _served_here(form, organization)
    offer_activities(form, volunteer, organization)
    certificate = None
    if volunteer and organization and is_seen and not wants_preview():
        certificate = attempt(form, lambda: _issue_for(volunteer, organization, form.order()))
    elif not form.has_errors:
        form.validate_on_submit()
    if certificate is not None:
        return _issued(certificate)
    form.seen.data = form.volunteer_number.data if volunteer else ""
    return _form_page("certificates/create_for.html", form, volunteer, organization)


@bp.post("/<certificate_id>/again")
@access(Permission.OWN)
def create_again(certificate_id: str) -> ResponseReturnValue:
    """Issue a certificate of which entries were corrected anew, as it was asked for the first time."""
    certificate = readable(certificate_id).certificate
    issue = _issue_own if is_own(certificate) else _issue_for
    try:
        return _issued(issue(certificate.volunteer, certificate.organization, queries.order_of(certificate)))
    except DomainError as error:
        db.session.rollback()
        flash(say(error.words), "needs")
        return redirect(url_for("certificates.show", certificate_id=certificate_id))


def _first_ready(volunteers: Sequence[Volunteer]) -> dict[str, Any]:
    """Return for whom and by whom a certificate can be issued, of what the address leaves open."""
    order = default_order(clock.today())
    for one in queries.ready_for(volunteers, order.period_from, order.period_to):
        if request.args.get("volunteer", one.volunteer.public_id) == one.volunteer.public_id:
            return {"volunteer": one.volunteer.public_id, "organization": one.organization.public_id}
    return {}


def _issue_own(volunteer: Volunteer, organization: Organization, order: Order) -> Certificate:
    count_try("issue", ISSUING_LIMIT, _TOO_MANY)
    return operations.issue_once(volunteer, organization, order, press=open_press(), account_id=own_id())


def _issue_for(volunteer: Volunteer, organization: Organization, order: Order) -> Certificate:
    count_try("issue_for", ORGANIZATION_LIMIT, _TOO_MANY)
    return operations.issue_for(volunteer, organization, order, press=open_press(), account_id=own_id())


def _issued(certificate: Certificate) -> ResponseReturnValue:
    flash(_("证明已开具"), "success")
    return redirect(url_for("certificates.show", certificate_id=certificate.public_id))


def _form_page(
    template: str,
    form: IssueForm | IssueForForm,
    volunteer: Volunteer | None,
    organization: Organization | None,
    **context: object,
) -> ResponseReturnValue:
    preview = preview_of(form, volunteer, organization)
    resting = organization is not None and not may_issue_at(organization.status).allowed
    page = render_template(template, form=form, preview=preview, is_at_rest=resting, **context)
    return page, 422 if form.is_submitted() and form.has_errors else 200


def _served_here(form: IssueForForm, organization: Organization | None) -> Volunteer | None:
    """Return whom the number means, if the organization has recorded service of them: nobody else is named."""
    typed = form.volunteer_number.data
    if not typed or organization is None:
        return None
    try:
        volunteer = volunteer_by_number(check_volunteer_number(typed, field="volunteer_number"))
        if volunteer is None or not queries.has_served(volunteer.id, organization.id):
            raise Invalid(N_("这个编号在这个单位没有已生效的服务记录"), field="volunteer_number")
    except DomainError as error:
        form.blame(error)
        return None
    return volunteer


def _chosen(among: Sequence[Named], public_id: str | None) -> Named | None:
    return next((one for one in among if one.public_id == public_id), None)
