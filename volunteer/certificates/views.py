"""One's certificates and those that one's organization issued: lists, the file, taking back."""

from datetime import date

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.certificates import RevokeForm
from models.base import db
from volunteer.certificates import batch_views, issue_views, operations, proof_views, queries, verify_views
from volunteer.certificates.desk import (
    LABELS,
    bp,
    is_own,
    issuing_organizations,
    may_revoke,
    own_volunteers,
    readable,
    scope,
)
from volunteer.certificates.queries import Standing
from volunteer.certificates.rules import default_order, may_issue_at
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.ledger.queries import proof_of
from volunteer.ledger.rules import LeafKind
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.downloads import file_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

__all__ = ["batch_views", "bp", "issue_views", "proof_views", "verify_views"]


@bp.get("/")
@access(Permission.OWN)
def list_own() -> ResponseReturnValue:
    """Show what this year's service is worth a certificate, and the certificates of the account's volunteers."""
    order = default_order(clock.today())
    ready = queries.ready_for(own_volunteers(), order.period_from, order.period_to)
    standings = queries.standings_of_account(own_id())
    return render_template(
        "certificates/list_own.html",
        standings=standings,
        ready=ready,
        order=order,
        may_issue_at=may_issue_at,
        **LABELS,
    )


@bp.get("/<certificate_id>")
@access(Permission.OWN)
def show(certificate_id: str) -> ResponseReturnValue:
    """Show one certificate to its holder or to who issued it."""
    standing = readable(certificate_id)
    certificate = standing.certificate
    lines = [{**line, "served_on": date.fromisoformat(line["served_on"])} for line in certificate.facts["lines"]]
    return render_template(
        "certificates/show.html",
        standing=standing,
        certificate=certificate,
        lines=lines,
        reversals=queries.reversals_on(certificate) if standing.entries_reversed else [],
        is_own=is_own(certificate),
        is_erased=certificate.volunteer.erased_at is not None,
        is_proven=is_own(certificate) and proof_of(LeafKind.CERTIFICATE, certificate.id) is not None,
        may_revoke=may_revoke(certificate),
        **LABELS,
    )


@bp.get("/<certificate_id>/certificate.pdf")
@access(Permission.OWN)
def download(certificate_id: str) -> Response:
    """Give the file, the very bytes that were drawn at issue."""
    certificate = readable(certificate_id).certificate
    name = f"志愿服务记录证明-{certificate.facts['holder_name']}-{certificate.number}.pdf"
    return file_answer(queries.pdf_of(certificate), "application/pdf", name, inline=True)


@bp.route("/<certificate_id>/revoke", methods=["GET", "POST"])
@access(Permission.ISSUE_CERTIFICATES)
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Take a certificate back."""
    certificate = queries.standing_by_public_id(certificate_id).certificate
    require_at(Permission.ISSUE_CERTIFICATES, scope(certificate))
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
        "certificates/list_issued.html",
        page=page,
        standings=[Standing(*row) for row in page.items],
        organizations=issuing_organizations(),
        **LABELS,
    )
