"""Issuing certificates from effective entries, and taking them back."""

import hashlib
import os
from collections.abc import Sequence

from models.base import db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.certificates import queries
from volunteer.certificates.documents import draw_certificate
from volunteer.certificates.leaves import seal_certificate, seal_revocation
from volunteer.certificates.press import Press
from volunteer.certificates.rules import (
    RANDOM_BYTES,
    CertificateFacts,
    CertificateLine,
    Order,
    check_period,
    make_certificate_number,
    may_issue_at,
    may_issue_for,
)
from volunteer.hours.leaves import entries_in_doubt
from volunteer.hours.ledger import take_volunteer
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.speech import hours_text
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind


def issue_certificate(
    volunteer: Volunteer, organization: Organization, order: Order, *, press: Press, account_id: int
) -> Certificate:
    """Draw, sign and keep a certificate of what `organization` credited `volunteer`.

    Issued by who recorded it (志愿服务记录与证明出具办法（试行）: 谁记录谁证明). The volunteer's row is taken first,
    as by all who write the ledger: an entry is taken back before, and is not on it, or after, and supersedes it.
    Raises `Invalid` on a date or when nothing is effective, `Conflict` while the organization is suspended.
    """
    return _issue(volunteer, organization, order, _entries(volunteer, organization, order), press, account_id)


def issue_once(
    volunteer: Volunteer, organization: Organization, order: Order, *, press: Press, account_id: int
) -> Certificate:
    """Issue a certificate unless one that says the same was issued today: then that is the one (our decision).

    So a second press of the button, in another process too, gives the same certificate. Raises as `issue_certificate`.
    """
    entries = _entries(volunteer, organization, order)
    standing = queries.same_of_today(volunteer, organization, order, [entry.id for entry in entries])
    return standing or _issue(volunteer, organization, order, entries, press, account_id)


def issue_for(
    volunteer: Volunteer, organization: Organization, order: Order, *, press: Press, account_id: int
) -> Certificate:
    """Issue a certificate at the organization's own wish, and tell its holder; raises as `issue_certificate`.

    `Conflict` also for who has left the register: nothing is made in their name without them.
    """
    may_issue_for(volunteer.status).require()
    certificate = issue_once(volunteer, organization, order, press=press, account_id=account_id)
    tell_issued(certificate, organization)
    return certificate


def tell_issued(certificate: Certificate, organization: Organization) -> None:
    """Tell a holder that somebody else has issued a certificate for them, unless they were told."""
    if certificate.issued_by == certificate.volunteer.account_id:
        return
    _tell_holder(certificate, N_("%(organization)s给%(name)s开了一份志愿服务记录证明：%(hours)s 小时，编号 %(number)s"))


def _tell_holder(certificate: Certificate, text: str, **more: str) -> None:
    """Tell the account of a holder which certificate, whose: one account may act for a whole family."""
    volunteer = certificate.volunteer
    facts = {
        "organization": certificate.organization.name,
        "name": volunteer.name,
        "hours": hours_text(certificate.minutes),
        "number": certificate.number,
        **more,
    }
    link = f"/certificates/{certificate.public_id}"
    tell(volunteer.account_id, NoticeKind.CERTIFICATE, Words(text, facts), link=link, about=volunteer.id)


def revoke_certificate(certificate: Certificate, *, reason: str, account_id: int) -> Certificate:
    """Take a certificate back with a reason and tell its holder; raises `Conflict` when that was done already."""
    if not reason.strip():
        raise Invalid(N_("请写明撤销的原因"), field="reason")
    db.session.refresh(certificate, with_for_update={"of": Certificate})
    if certificate.revoked_at is not None:
        raise Conflict(N_("这份证明已经撤销了"))
    certificate.revoked_at, certificate.revoked_by = clock.now(), account_id
    certificate.revoke_reason = reason.strip()
    seal_revocation(certificate)
    db.session.flush()
    record(
        "certificates.revoke",
        "certificate",
        certificate.public_id,
        account_id=account_id,
        lineage=certificate.organization.area.lineage,
        reason=certificate.revoke_reason,
    )
    _tell_revoked(certificate)
    return certificate


def _tell_revoked(certificate: Certificate) -> None:
    text = N_("%(organization)s撤销了%(name)s的证明 %(number)s（%(hours)s 小时），原因：%(reason)s")
    _tell_holder(certificate, text, reason=certificate.revoke_reason)


def _entries(volunteer: Volunteer, organization: Organization, order: Order) -> Sequence[Entry]:
    """Take the volunteer's row and return what the certificate will list."""
    check_period(order.period_from, order.period_to, today=clock.today())
    db.session.refresh(organization, ["status"], with_for_update={"read": True, "of": Organization})
    may_issue_at(organization.status).require()
    take_volunteer(volunteer.id)
    entries = queries.entries_for(volunteer.id, organization.id, order)
    _require_held(entries)
    return entries


def _require_held(entries: Sequence[Entry]) -> None:
    """Raise `Conflict` for rows that were written or altered past the program: nothing is certified around them."""
    if doubted := entries_in_doubt([entry.id for entry in entries]):
        raise Conflict(
            N_("有 %(count)d 条服务记录和账本的存证对不上，查清以前不能开证明。请告诉主管单位"), count=len(doubted)
        )


def _issue(
    volunteer: Volunteer,
    organization: Organization,
    order: Order,
    entries: Sequence[Entry],
    press: Press,
    account_id: int,
) -> Certificate:
    now = clock.now()
    facts = _facts(volunteer, organization, order, entries, press)
    pdf = press.sign(draw_certificate(facts, press.fonts), now)
    certificate = Certificate(
        public_id=new_public_id(),
        number=facts.number,
        volunteer=volunteer,
        volunteer_id=volunteer.id,
        organization=organization,
        organization_id=organization.id,
        period_from=order.period_from,
        period_to=order.period_to,
        minutes=facts.total_minutes,
        facts=facts.to_json(),
        pdf_digest=hashlib.sha256(pdf).hexdigest(),
        issued_at=now,
        issued_by=account_id,
    )
    seal_certificate(certificate)
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


def _facts(
    volunteer: Volunteer, organization: Organization, order: Order, entries: Sequence[Entry], press: Press
) -> CertificateFacts:
    number = make_certificate_number(os.urandom(RANDOM_BYTES))
    activities = {entry.shift.activity_id for entry in entries}
    return CertificateFacts(
        number=number,
        holder_name=volunteer.name,
        volunteer_number=volunteer.number,
        issuer_name=organization.name,
        period_from=order.period_from,
        period_to=order.period_to,
        total_minutes=sum(entry.minutes for entry in entries),
        lines=tuple(_line(entry) for entry in entries),
        issued_on=clock.today(),
        verify_url=press.verify_prefix + number,
        office_name=press.office_name,
        product_name=press.product_name,
        masked_document=volunteer.document_mask,
        is_bilingual=order.is_bilingual,
        has_seal=order.has_seal,
        chosen_activities=None if order.activities is None else len(activities),
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
