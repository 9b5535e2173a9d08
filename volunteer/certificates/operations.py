"""Issuing certificates from effective entries, and taking them back."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from models.base import db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.certificates.documents import draw_certificate
from volunteer.certificates.rules import (
    RANDOM_BYTES,
    CertificateFacts,
    CertificateLine,
    check_period,
    make_certificate_number,
)
from volunteer.hours.queries import effective_entries
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.fonts import FontSet
from volunteer.kernel.text import N_


@dataclass(frozen=True, slots=True)
class Press:
    """What every certificate of this installation shares; `verify_prefix` + number is the address in its code."""

    fonts: FontSet
    verify_prefix: str
    office_name: str
    product_name: str


def issue_certificate(
    volunteer: Volunteer, organization: Organization, period: tuple[date, date], *, press: Press, account_id: int
) -> Certificate:
    """Draw and keep a certificate of what `organization` credited `volunteer` in `period` (both days included).

    Issued by who recorded it (志愿服务记录与证明出具办法（试行）: 谁记录谁证明). Raises `Invalid` on a date, or when
    nothing in the period is effective.
    """
    period_from, period_to = period
    check_period(period_from, period_to, today=clock.today())
    entries = effective_entries(volunteer.id, organization.id, period_from, period_to)
    facts = _facts(volunteer, organization, period, entries, press)
    pdf = draw_certificate(facts, press.fonts)
    certificate = Certificate(
        number=facts.number,
        volunteer_id=volunteer.id,
        organization_id=organization.id,
        period_from=period_from,
        period_to=period_to,
        minutes=facts.total_minutes,
        facts=_storable(facts),
        pdf_digest=hashlib.sha256(pdf).hexdigest(),
        issued_at=clock.now(),
        issued_by=account_id,
    )
    db.session.add(certificate)
    db.session.flush()
    db.session.add(CertificateFile(certificate_id=certificate.id, pdf=pdf))
    db.session.add_all(CertificateEntry(certificate_id=certificate.id, entry_id=entry.id) for entry in entries)
    db.session.flush()
    record(
        "certificates.issue",
        "certificate",
        certificate.public_id,
        account_id=account_id,
        lineage=organization.area.lineage,
        minutes=facts.total_minutes,
    )
    return certificate


def revoke_certificate(certificate: Certificate, *, reason: str, account_id: int) -> Certificate:
    """Take a certificate back with a reason; raises `Conflict` when that was done already."""
    if not reason.strip():
        raise Invalid(N_("请写明撤销的原因"), field="reason")
    db.session.refresh(certificate, with_for_update={"of": Certificate})
    if certificate.revoked_at is not None:
        raise Conflict(N_("这份证明已经撤销了"))
    certificate.revoked_at, certificate.revoked_by = clock.now(), account_id
    certificate.revoke_reason = reason.strip()
    db.session.flush()
    record(
        "certificates.revoke",
        "certificate",
        certificate.public_id,
        account_id=account_id,
        lineage=certificate.organization.area.lineage,
        reason=certificate.revoke_reason,
    )
    return certificate


def _facts(
    volunteer: Volunteer,
    organization: Organization,
    period: tuple[date, date],
    entries: Sequence[Entry],
    press: Press,
) -> CertificateFacts:
    number = make_certificate_number(os.urandom(RANDOM_BYTES))
    return CertificateFacts(
        number=number,
        holder_name=volunteer.name,
        volunteer_number=volunteer.number,
        issuer_name=organization.name,
        period_from=period[0],
        period_to=period[1],
        total_minutes=sum(entry.minutes for entry in entries),
        lines=tuple(_line(entry) for entry in entries),
        issued_on=clock.today(),
        verify_url=press.verify_prefix + number,
        office_name=press.office_name,
        product_name=press.product_name,
        masked_document=volunteer.document_mask,
    )


def _line(entry: Entry) -> CertificateLine:
    activity = entry.shift.activity
    return CertificateLine(
        served_on=entry.served_on,
        activity_title=activity.title,
        content=entry.shift.task or str(activity.category.label),
        minutes=entry.minutes,
        place=activity.place,
    )


def _storable(facts: CertificateFacts) -> dict[str, Any]:
    """Return the facts as JSON: days in ISO 8601."""

    def plain(value: Any) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, list | tuple):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items()}
        return value

    stored: dict[str, Any] = plain(asdict(facts))
    return stored
