"""Issuing, downloading, verifying and revoking certificates."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.certificates import IssueForm, RevokeForm
from models.base import db
from models.certificates import Certificate
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.accounts import guessing
from volunteer.accounts.rules import ISSUING_LIMIT
from volunteer.certificates import operations, queries
from volunteer.certificates.queries import Standing
from volunteer.certificates.rules import STATUS_LABELS, CertificateStatus, check_certificate_number
from volunteer.hours.queries import volunteers_of
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, NotFound
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.assets import document_fonts
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

bp = Blueprint("certificates", __name__, url_prefix="/certificates")

STATUS_KINDS = {
    CertificateStatus.VALID: "done",
    CertificateStatus.SUPERSEDED: "needs",
    CertificateStatus.REVOKED: "wrong",
}
_LABELS = {"STATUS_LABELS": STATUS_LABELS, "STATUS_KINDS": STATUS_KINDS}


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Show the certificates of the account's volunteers."""
    standings = queries.standings_of_account(own_id())
    return render_template("certificates/list_own.html", standings=standings, **_LABELS)


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.OWN)
def create() -> ResponseReturnValue:
    """Issue a certificate for one of the account's volunteers."""
    volunteers = volunteers_of(own_id())
    organizations = queries.recorders_of([volunteer.id for volunteer in volunteers])
    form = IssueForm(data=_suggested())
    form.volunteer.choices = [(volunteer.public_id, volunteer.name) for volunteer in volunteers]
    form.organization.choices = [(organization.public_id, organization.name) for organization in organizations]
    certificate = attempt(form, lambda: _issue(form, volunteers, organizations))
    if certificate is not None:
        flash(_("证明已开具"), "success")
        return redirect(url_for("certificates.show", certificate_id=certificate.public_id))
    page = render_template("certificates/create.html", form=form, volunteers=volunteers, organizations=organizations)
    return page, 422 if form.is_submitted() else 200


@bp.get("/<certificate_id>")
@access(Permission.OWN)
def show(certificate_id: str) -> ResponseReturnValue:
    """Show one certificate to its holder or to who issued it."""
    standing = _readable(certificate_id)
    return render_template(
        "certificates/show.html",
        standing=standing,
        certificate=standing.certificate,
        may_revoke=principal().may_at(Permission.ISSUE_CERTIFICATES, _scope(standing.certificate)),
        **_LABELS,
    )


@bp.get("/<certificate_id>/certificate.pdf")
@access(Permission.OWN)
def download(certificate_id: str) -> Response:
    """Give the file, the very bytes that were drawn at issue."""
    certificate = _readable(certificate_id).certificate
    name = quote(f"志愿服务记录证明-{certificate.volunteer.name}-{certificate.number}.pdf")
    headers = {"Content-Disposition": f"inline; filename=\"{certificate.number}.pdf\"; filename*=UTF-8''{name}"}
    return Response(queries.pdf_of(certificate), mimetype="application/pdf", headers=headers)


@bp.route("/<certificate_id>/revoke", methods=["GET", "POST"])
@access(Permission.ISSUE_CERTIFICATES)
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Take a certificate back."""
    certificate = queries.standing_by_public_id(certificate_id).certificate
    require_at(Permission.ISSUE_CERTIFICATES, _scope(certificate))
    form = RevokeForm()
    done = attempt(
        form, lambda: operations.revoke_certificate(certificate, reason=form.reason.data, account_id=own_id())
    )
    if done is not None:
        flash(_("证明已撤销"), "success")
        return redirect(url_for("certificates.show", certificate_id=certificate_id))
    page = render_template("certificates/revoke.html", form=form, certificate=certificate)
    return page, 422 if form.is_submitted() else 200


@bp.get("/issued")
@access(Permission.ISSUE_CERTIFICATES)
def list_issued() -> ResponseReturnValue:
    """Show what the reader's organizations have issued."""
    ids = principal().organization_ids(Permission.ISSUE_CERTIFICATES)
    page = paginate(db.session, queries.standings_of_organizations(ids), page_number(), scalars=False)
    return render_template(
        "certificates/list_issued.html", page=page, standings=[Standing(*row) for row in page.items], **_LABELS
    )


@bp.get("/verify")
@bp.get("/verify/<number>")
@access(Permission.PUBLIC)
def verify(number: str = "") -> ResponseReturnValue:
    """Tell anybody whether a certificate holds; without a number, ask for one."""
    typed = number or request.args.get("number", "")
    if not typed.strip():
        return render_template("certificates/verify.html", typed="", error="", standing=None, **_LABELS)
    try:
        standing = queries.standing_by_number(check_certificate_number(typed[:200]))
        error = ""
    except DomainError as refused:
        standing, error = None, say(refused.words)
    if standing is None:
        page = render_template("certificates/verify.html", typed=typed[:200], error=error, standing=None, **_LABELS)
        return page, 422 if error else 404
    certificate = standing.certificate
    return render_template(
        "certificates/verified.html",
        standing=standing,
        certificate=certificate,
        masked_name=mask_name(certificate.facts["holder_name"]),
        checked_at=clock.now(),
        **_LABELS,
    )


def _suggested() -> dict[str, date]:
    today = clock.today()
    return {"period_from": date(today.year, 1, 1), "period_to": today}


def _issue(form: IssueForm, volunteers: Sequence[Volunteer], organizations: Sequence[Organization]) -> Certificate:
    subject = guessing.subject_of(current_app.config["SETTINGS"].keys["address"], "issue", str(own_id()))
    words = N_("一天最多开 %(most)s 份证明，请明天再来")
    guessing.claim_try("issue", subject, ISSUING_LIMIT, clock.now(), words)
    volunteer = next(one for one in volunteers if one.public_id == form.volunteer.data)
    organization = next(one for one in organizations if one.public_id == form.organization.data)
    period: Any = (form.period_from.data, form.period_to.data)
    return operations.issue_certificate(volunteer, organization, period, press=_press(), account_id=own_id())


def _press() -> operations.Press:
    settings = current_app.config["SETTINGS"]
    prefix = settings.public_url + url_for("certificates.verify", number="-").removesuffix("-")
    return operations.Press(document_fonts(), prefix, settings.office_name, settings.product_name)


def _readable(certificate_id: str) -> Standing:
    standing = queries.standing_by_public_id(certificate_id)
    certificate = standing.certificate
    if certificate.volunteer.account_id == own_id():
        return standing
    if not principal().may_at(Permission.ISSUE_CERTIFICATES, _scope(certificate)):
        raise NotFound(N_("没有找到这份证明"))
    return standing


def _scope(certificate: Certificate) -> Scope:
    return Scope(certificate.organization.area.lineage, certificate.organization_id)
