"""What the pages of certificates share: their address, their words, who reads what, and how often one may issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, current_app, request
from flask_babel import gettext as _

from forms.certificates import OrderForm
from models.certificates import Certificate
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.accounts import guessing
from volunteer.accounts.rules import Limit
from volunteer.certificates import queries
from volunteer.certificates.queries import ActivitySum, Standing
from volunteer.certificates.rules import STATUS_LABELS, CertificateStatus, check_period, default_order
from volunteer.hours.queries import volunteers_of
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.speech import hours_text, say_date
from volunteer.kernel.text import N_
from volunteer.organizations.queries import organizations_by_id, scope_of
from volunteer.web.access import own_id, principal
from volunteer.web.words import say

bp = Blueprint("certificates", __name__, url_prefix="/certificates")

STATUS_KINDS = {
    CertificateStatus.VALID: "done",
    CertificateStatus.SUPERSEDED: "needs",
    CertificateStatus.REVOKED: "wrong",
    CertificateStatus.DOUBTED: "needs",
}
LABELS = {"STATUS_LABELS": STATUS_LABELS, "STATUS_KINDS": STATUS_KINDS}
PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a certificate will say: how many services, and their minutes."""

    volunteer: Volunteer
    organization: Organization
    period_from: date
    period_to: date
    services: int
    minutes: int


def suggested() -> dict[str, Any]:
    """Return what the forms open with: what most people want, and whatever the address names."""
    order = default_order(clock.today())
    named = {
        name: request.args[name] for name in ("volunteer", "organization", "volunteer_number") if request.args.get(name)
    }
    return {"period_from": order.period_from, "period_to": order.period_to, **named}


def offer_activities(form: OrderForm, volunteer: Volunteer | None, organization: Organization | None) -> None:
    """Let the form choose among the activities of its period; among none while it is not known whose they are."""
    first_on, last_on = form.period_from.data, form.period_to.data
    if volunteer is None or organization is None or first_on is None or last_on is None:
        return
    found = queries.activities_in(volunteer.id, organization.id, first_on, last_on)
    form.activities.choices = [(one.public_id, _activity_words(one)) for one in found]


def _activity_words(one: ActivitySum) -> str:
    return _(
        "%(title)s · %(day)s · %(count)s 次 · %(hours)s 小时",
        title=one.title,
        day=say(say_date(one.last_on)),
        count=one.services,
        hours=hours_text(one.minutes),
    )


def preview_of(form: OrderForm, volunteer: Volunteer | None, organization: Organization | None) -> Preview | None:
    """Return what the certificate that the form asks for will say, or None while that is not known."""
    if volunteer is None or organization is None or form.has_errors:
        return None
    try:
        order = form.order()
        check_period(order.period_from, order.period_to, today=clock.today())
    except DomainError as error:
        form.blame(error)
        return None
    entries = queries.entries_for(volunteer.id, organization.id, order)
    minutes = sum(entry.minutes for entry in entries)
    return Preview(volunteer, organization, order.period_from, order.period_to, len(entries), minutes)


def wants_preview() -> bool:
    """Return whether the reader only asks what the certificate would say."""
    return request.form.get("act") == PREVIEW


def count_try(kind: str, limit: Limit, words: str) -> None:
    """Count what the reader makes against a limit of a day; raises TooMany."""
    subject = guessing.subject_of(current_app.config["SETTINGS"].keys["address"], kind, str(own_id()))
    guessing.claim_try(kind, subject, limit, clock.now(), words)


def issuing_organizations() -> Sequence[Organization]:
    """Return the organizations in whose name the reader may issue, by name."""
    return organizations_by_id(principal().organization_ids(Permission.ISSUE_CERTIFICATES))


def own_volunteers() -> list[Volunteer]:
    """Return the volunteers for whom the reader's account can still issue, oneself first."""
    return [one for one in volunteers_of(own_id()) if one.erased_at is None]


def is_own(certificate: Certificate) -> bool:
    """Return whether a certificate is of one of the reader's volunteers."""
    return certificate.volunteer.account_id == own_id()


def may_revoke(certificate: Certificate) -> bool:
    """Return whether the reader stands for the organization that issued a certificate."""
    return principal().may_at(Permission.ISSUE_CERTIFICATES, scope(certificate))


def readable(certificate_id: str) -> Standing:
    """Return a certificate for its holder or for who issued it; to others there is none."""
    standing = queries.standing_by_public_id(certificate_id)
    if not is_own(standing.certificate) and not may_revoke(standing.certificate):
        raise NotFound(N_("没有找到这份证明"))
    return standing


def scope(certificate: Certificate) -> Scope:
    """Return where a certificate stands."""
    return scope_of(certificate.organization)
