"""Reading certificates: whose they are, and whether they still hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from models.base import db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.certificates.rules import CertificateStatus, explain_status, status_of
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_, Words

_Reversal = aliased(Entry)
_reversed_entries = (
    select(func.count())
    .select_from(CertificateEntry)
    .join(_Reversal, _Reversal.reverses_id == CertificateEntry.entry_id)
    .where(CertificateEntry.certificate_id == Certificate.id)
    .correlate(Certificate)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate and how many of the entries on it were reversed since it was issued."""

    certificate: Certificate
    entries_reversed: int

    @property
    def status(self) -> CertificateStatus:
        """Return whether it still holds, by the ledger as it is now."""
        return status_of(entries_reversed=self.entries_reversed, is_revoked=self.certificate.revoked_at is not None)

    @property
    def words(self) -> Words:
        """Return what the status means."""
        return explain_status(self.status, entries_reversed=self.entries_reversed)


def standing_by_number(number: str) -> Standing | None:
    """Return the certificate with this canonical number and its standing, or None when it is not ours."""
    return _one(_standings().where(Certificate.number == number))


def standing_by_public_id(public_id: str) -> Standing:
    """Return a certificate and its standing; raise `NotFound`."""
    found = _one(_standings().where(Certificate.public_id == public_id))
    if found is None:
        raise NotFound(N_("没有找到这份证明"))
    return found


def standings_of_account(account_id: int) -> list[Standing]:
    """Return the certificates of the account's volunteers, newest first."""
    return _all(_standings().where(Volunteer.account_id == account_id))


def standings_of_organizations(organization_ids: Sequence[int]) -> Select[Certificate, int]:
    """Select the certificates that these organizations issued with their reversed entries, newest first."""
    return _standings().where(Certificate.organization_id.in_(organization_ids))


def pdf_of(certificate: Certificate) -> bytes:
    """Return the bytes that were given out."""
    return db.session.get_one(CertificateFile, certificate.id).pdf


def recorders_of(volunteer_ids: Sequence[int]) -> Sequence[Organization]:
    """Return the organizations that have credited any of these volunteers, by name."""
    credited = select(Entry.organization_id).where(Entry.volunteer_id.in_(volunteer_ids))
    return db.session.scalars(
        select(Organization).where(Organization.id.in_(credited)).order_by(Organization.name)
    ).all()


def _standings() -> Select[Certificate, int]:
    return (
        select(Certificate, _reversed_entries)
        .join(Certificate.volunteer)
        .options(
            contains_eager(Certificate.volunteer),
            joinedload(Certificate.organization).joinedload(Organization.area),
        )
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    )


def _one(query: Select[Certificate, int]) -> Standing | None:
    row = db.session.execute(query).one_or_none()
    return Standing(row[0], row[1]) if row else None


def _all(query: Select[Certificate, int]) -> list[Standing]:
    return [Standing(certificate, count) for certificate, count in db.session.execute(query)]
