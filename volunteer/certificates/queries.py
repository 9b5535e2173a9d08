"""Reading certificates: whose they are, and whether they still hold."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from models.activities import Activity, Shift
from models.base import db
from models.certificates import Certificate, CertificateEntry, CertificateFile
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.certificates.leaves import in_doubt
from volunteer.certificates.rules import CertificateStatus, Order, explain_status, status_of
from volunteer.hours.queries import effective_entries, is_effective
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_, Words

log = logging.getLogger(__name__)

_Reversal = aliased(Entry)
reversed_entries = (
    select(func.count())
    .select_from(CertificateEntry)
    .join(_Reversal, _Reversal.reverses_id == CertificateEntry.entry_id)
    .where(CertificateEntry.certificate_id == Certificate.id)
    .correlate(Certificate)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate and how many of the entries on it were reversed since it was issued.

    Whether the tree stands behind it is asked of one alone, not of lists.
    """

    certificate: Certificate
    entries_reversed: int
    is_doubted: bool = False

    @property
    def status(self) -> CertificateStatus:
        """Return whether it still holds, by the ledger as it is now."""
        return status_of(
            entries_reversed=self.entries_reversed,
            is_revoked=self.certificate.revoked_at is not None,
            is_doubted=self.is_doubted,
        )

    @property
    def words(self) -> Words:
        """Return what the status means."""
        return explain_status(self.status, entries_reversed=self.entries_reversed)


def standing_by_number(number: str) -> Standing | None:
    """Return the certificate with this canonical number and its standing, or None when it is not ours."""
    return _one(_standings().where(Certificate.number == number))


def standing_by_file(digest: str) -> Standing | None:
    """Return the certificate whose file has this SHA-256 (hexadecimal) and its standing, or None."""
    return _one(_standings().where(Certificate.pdf_digest == digest))


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
    """Return the bytes that were given out; raise `NotFound` once the holder was erased, and the file with them."""
    file = db.session.get(CertificateFile, certificate.id)
    if file is None:
        raise NotFound(N_("持有人已经注销，这份文件不再保存"))
    return file.pdf


def superseded_with(entry_id: int) -> tuple[int, str]:
    """Return how many certificates that nobody took back rest on an entry, and the page of who holds them."""
    query = (
        select(func.count())
        .select_from(CertificateEntry)
        .join(Certificate, Certificate.id == CertificateEntry.certificate_id)
        .where(CertificateEntry.entry_id == entry_id, Certificate.revoked_at.is_(None))
    )
    return db.session.scalar(query) or 0, "/certificates/"


def recorders_of(volunteer_ids: Sequence[int]) -> Sequence[Organization]:
    """Return the organizations that have credited any of these volunteers, by name."""
    credited = select(Entry.organization_id).where(Entry.volunteer_id.in_(volunteer_ids))
    return db.session.scalars(
        select(Organization).where(Organization.id.in_(credited)).order_by(Organization.name)
    ).all()


# What a certificate would say


@dataclass(frozen=True, slots=True)
class Ready:
    """What a certificate for everything in a period would say: services and minutes, of whom, recorded by whom."""

    volunteer: Volunteer
    organization: Organization
    services: int
    minutes: int


def ready_for(volunteers: Sequence[Volunteer], first_on: date, last_on: date) -> list[Ready]:
    """Return what these volunteers could have certified for a period, in their order, then by organization."""
    people = {volunteer.id: volunteer for volunteer in volunteers}
    rows = db.session.execute(
        select(Entry.volunteer_id, Organization, func.count(Entry.id), func.sum(Entry.minutes))
        .join(Entry.organization)
        .where(Entry.volunteer_id.in_(people), Entry.served_on.between(first_on, last_on), is_effective())
        .group_by(Entry.volunteer_id, Organization.id)
    ).all()
    places = {volunteer_id: place for place, volunteer_id in enumerate(people)}
    ready = [Ready(people[row[0]], row[1], row[2], int(row[3])) for row in rows]
    return sorted(ready, key=lambda one: (places[one.volunteer.id], one.organization.name))


@dataclass(frozen=True, slots=True)
class ActivitySum:
    """An activity in a period: its public id and title, how many services, their minutes, the last day served."""

    public_id: str
    title: str
    services: int
    minutes: int
    last_on: date


def activities_in(volunteer_id: int, organization_id: int, first_on: date, last_on: date) -> list[ActivitySum]:
    """Return the activities of which a volunteer has effective minutes in a period, the latest served first."""
    rows = db.session.execute(
        select(
            Activity.public_id,
            Activity.title,
            func.count(Entry.id),
            func.sum(Entry.minutes),
            func.max(Entry.served_on),
        )
        .join(Entry.shift)
        .join(Shift.activity)
        .where(
            Entry.volunteer_id == volunteer_id,
            Entry.organization_id == organization_id,
            Entry.served_on.between(first_on, last_on),
            is_effective(),
        )
        .group_by(Activity.id)
        .order_by(func.max(Entry.started_at).desc(), Activity.id)
    )
    return [ActivitySum(row[0], row[1], row[2], int(row[3]), row[4]) for row in rows]


def has_served(volunteer_id: int, organization_id: int) -> bool:
    """Return whether an organization has effective entries of a volunteer, of whatever day."""
    query = select(Entry.id).where(
        Entry.volunteer_id == volunteer_id, Entry.organization_id == organization_id, is_effective()
    )
    return db.session.scalar(query.limit(1)) is not None


def entries_for(volunteer_id: int, organization_id: int, order: Order) -> Sequence[Entry]:
    """Return the effective credits that an order asks for, in order of service."""
    entries = effective_entries(volunteer_id, organization_id, order.period_from, order.period_to)
    if order.activities is None:
        return entries
    return [entry for entry in entries if entry.shift.activity.public_id in order.activities]


def same_of_today(
    volunteer: Volunteer, organization: Organization, order: Order, entry_ids: Iterable[int]
) -> Certificate | None:
    """Return a certificate of today that still stands and says the same, to the letter, or None."""
    starts_at = clock.midnight(clock.today())
    query = (
        select(Certificate)
        .where(
            Certificate.volunteer_id == volunteer.id,
            Certificate.organization_id == organization.id,
            Certificate.period_from == order.period_from,
            Certificate.period_to == order.period_to,
            Certificate.issued_at >= starts_at,
            Certificate.revoked_at.is_(None),
        )
        .order_by(Certificate.id)
    )
    wanted = {
        "holder_name": volunteer.name,
        "issuer_name": organization.name,
        "is_bilingual": order.is_bilingual,
        "has_seal": order.has_seal,
    }
    ids = set(entry_ids)
    for certificate in db.session.scalars(query):
        facts = certificate.facts
        says_same = all(facts.get(name) == value for name, value in wanted.items())
        chose = facts.get("chosen_activities") is not None
        if says_same and chose == (order.activities is not None) and set(_entry_ids(certificate)) == ids:
            return certificate
    return None


def order_of(certificate: Certificate) -> Order:
    """Return what was asked for when a certificate was issued, so that it can be asked for again."""
    facts = certificate.facts
    activities = None
    if facts.get("chosen_activities") is not None:
        shifts = select(Entry.shift_id).where(Entry.id.in_(_entry_ids(certificate)))
        chosen = select(Activity.public_id).join(Shift, Shift.activity_id == Activity.id).where(Shift.id.in_(shifts))
        activities = tuple(sorted(set(db.session.scalars(chosen))))
    look = {name: bool(facts.get(name)) for name in ("is_bilingual", "has_seal")}
    return Order(certificate.period_from, certificate.period_to, activities, **look)


def reversals_on(certificate: Certificate) -> Sequence[Entry]:
    """Return the reversals of entries that a certificate lists, in order of service, with shift and activity."""
    query = (
        select(_Reversal)
        .options(joinedload(_Reversal.shift).joinedload(Shift.activity))
        .join(CertificateEntry, CertificateEntry.entry_id == _Reversal.reverses_id)
        .where(CertificateEntry.certificate_id == certificate.id)
        .order_by(_Reversal.started_at, _Reversal.id)
    )
    return db.session.scalars(query).all()


def _entry_ids(certificate: Certificate) -> Sequence[int]:
    query = select(CertificateEntry.entry_id).where(CertificateEntry.certificate_id == certificate.id)
    return db.session.scalars(query).all()


def _standings() -> Select[Certificate, int]:
    return (
        select(Certificate, reversed_entries)
        .join(Certificate.volunteer)
        .options(
            contains_eager(Certificate.volunteer),
            joinedload(Certificate.organization).joinedload(Organization.area),
        )
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    )


def _one(query: Select[Certificate, int]) -> Standing | None:
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    doubted = in_doubt(row[0])
    if doubted:
        log.error("certificate %s is not what the tree says", row[0].number)
    return Standing(row[0], row[1], doubted)


def _all(query: Select[Certificate, int]) -> list[Standing]:
    return [Standing(certificate, count) for certificate, count in db.session.execute(query)]
