"""What the office reads across rooms, always within the lineages of its reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from models.accounts import Account, RoleGrant
from models.activities import Activity, Shift
from models.areas import Area, AreaPopulation
from models.audit import AuditEvent
from models.base import db
from models.certificates import Certificate, CertificateBatch
from models.hours import EntryQuestion, PaperSheet, Proposal, TypedAllowance
from models.metrics import Edition
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.areas.overview import inside
from volunteer.areas.queries import full_names
from volunteer.audit.queries import stands_below
from volunteer.kernel.clock import midnight
from volunteer.kernel.permissions import OFFICE_ROLES, Role
from volunteer.kernel.phones import mask_phone
from volunteer.organizations.rules import OrganizationStatus

ROLE_ORDER = (Role.OFFICE_ADMIN, Role.OFFICE_STAFF, Role.ASSESSOR)
STATUS_ORDER = (
    OrganizationStatus.PENDING,
    OrganizationStatus.APPROVED,
    OrganizationStatus.SUSPENDED,
    OrganizationStatus.RETURNED,
)


def areas_named(lineages: Iterable[str], words: str) -> Select[Area]:
    """Select the areas at or below `lineages` that a name or the beginning of a code means, by code."""
    named = or_(Area.name.contains(words, autoescape=True), Area.code.startswith(words, autoescape=True))
    return select(Area).where(inside(lineages), named).order_by(Area.code)


def population_history(area: Area) -> list[tuple[AreaPopulation, str | None]]:
    """Return a community's figures, the newest year first, each with the name of who entered it."""
    rows = db.session.execute(
        select(AreaPopulation, Account.display_name)
        .outerjoin(Account, Account.id == AreaPopulation.recorded_by)
        .where(AreaPopulation.area_id == area.id)
        .order_by(AreaPopulation.year.desc())
    )
    return [(population, name) for population, name in rows]


def organizations_below(lineages: Iterable[str], status: OrganizationStatus | None) -> Select[Organization]:
    """Select the organizations at or below `lineages`, those that wait for the office first, then the latest."""
    order = case({one.value: place for place, one in enumerate(STATUS_ORDER)}, value=Organization.status)
    wanted = (
        select(Organization)
        .join(Area, Area.id == Organization.area_id)
        .options(joinedload(Organization.area))
        .where(inside(lineages))
        .order_by(order, Organization.created_at.desc(), Organization.id.desc())
    )
    return wanted if status is None else wanted.where(Organization.status == status)


def organization_counts(lineages: Iterable[str]) -> dict[OrganizationStatus, int]:
    """Return how many organizations at or below `lineages` are in each state."""
    rows = db.session.execute(
        select(Organization.status, func.count())
        .join(Area, Area.id == Organization.area_id)
        .where(inside(lineages))
        .group_by(Organization.status)
    )
    return {row[0]: row[1] for row in rows}


def organization_below(lineages: Iterable[str], public_id: str) -> Organization | None:
    """Return one organization that stands at or below `lineages`, or None."""
    return db.session.scalar(
        select(Organization)
        .join(Area, Area.id == Organization.area_id)
        .options(joinedload(Organization.area))
        .where(Organization.public_id == public_id, inside(lineages))
    )


def account_name(account_id: int | None) -> str:
    """Return the name of an account, "" for none."""
    return db.session.scalar(select(Account.display_name).where(Account.id == account_id)) or ""


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One role of the office: who holds it, where, since when and by whom; the phone is masked."""

    public_id: str
    account_id: int
    name: str
    phone: str
    role: Role
    area_name: str
    granted_at: datetime
    granted_by: str


def staff_below(lineages: Iterable[str]) -> list[StaffRow]:
    """Return the roles of the office held at or below `lineages`, from the city down, then by name."""
    granter = aliased(Account)
    role_order = case({role.value: place for place, role in enumerate(ROLE_ORDER)}, value=RoleGrant.role)
    rows = db.session.execute(
        select(RoleGrant, Account, Area.lineage, granter.display_name)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Area, Area.id == RoleGrant.area_id)
        .outerjoin(granter, granter.id == RoleGrant.granted_by)
        .where(inside(lineages), RoleGrant.revoked_at.is_(None), RoleGrant.role.in_(OFFICE_ROLES))
        .order_by(Area.lineage, role_order, Account.display_name, RoleGrant.id)
    ).all()
    names = full_names(lineage for _, _, lineage, _ in rows)
    return [
        StaffRow(
            public_id=grant.public_id,
            account_id=account.id,
            name=account.display_name,
            phone=mask_phone(account.phone),
            role=grant.role,
            area_name=names[lineage],
            granted_at=grant.granted_at,
            granted_by=granter_name or "",
        )
        for grant, account, lineage, granter_name in rows
    ]


def grant_below(lineages: Iterable[str], public_id: str) -> tuple[RoleGrant, Area, Account] | None:
    """Return a live role of the office at or below `lineages` with its area and its holder, or None."""
    row = db.session.execute(
        select(RoleGrant, Area, Account)
        .join(Area, Area.id == RoleGrant.area_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.public_id == public_id, RoleGrant.revoked_at.is_(None), inside(lineages))
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def trail(lineages: tuple[str, ...], *, room: str, account: str, day: date | None) -> Select[*tuple[Any, ...]]:
    """Select the trail at or below `lineages`, the newest first, as (event, name of the doer).

    `room` keeps the acts of one room, `account` those of a doer by name or whole phone, `day` those of a local day; ""
    and None keep all. Who holds a city also sees what stands nowhere, such as signing up.
    """
    has_city = any("/" not in lineage for lineage in lineages)
    query = (
        select(AuditEvent, Account.display_name)
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .where(stands_below(lineages + (("",) if has_city else ())))
        .order_by(AuditEvent.id.desc())
    )
    if room:
        query = query.where(AuditEvent.action.startswith(room + ".", autoescape=True))
    if account:
        query = query.where(or_(Account.display_name.contains(account, autoescape=True), Account.phone == account))
    if day:
        starts_at = midnight(day)
        query = query.where(AuditEvent.at >= starts_at, AuditEvent.at < starts_at + timedelta(days=1))
    return query


_SUBJECT_NAMES: dict[str, tuple[Any, Any]] = {
    "account": (Account.public_id, select(Account.public_id, Account.display_name)),
    "activity": (Activity.public_id, select(Activity.public_id, Activity.title)),
    "area": (Area.code, select(Area.code, Area.name)),
    "certificate": (Certificate.public_id, select(Certificate.public_id, Certificate.number)),
    "certificate_batch": (CertificateBatch.public_id, select(CertificateBatch.public_id, CertificateBatch.title)),
    "entry_question": (
        EntryQuestion.public_id,
        select(EntryQuestion.public_id, Volunteer.number).join(EntryQuestion.volunteer),
    ),
    "edition": (Edition.public_id, select(Edition.public_id, Edition.name)),
    "organization": (Organization.public_id, select(Organization.public_id, Organization.name)),
    "paper_sheet": (
        PaperSheet.public_id,
        select(PaperSheet.public_id, Activity.title).join(PaperSheet.shift).join(Shift.activity),
    ),
    "proposal": (
        Proposal.public_id,
        select(Proposal.public_id, Activity.title).join(Proposal.shift).join(Shift.activity),
    ),
    "shift": (Shift.public_id, select(Shift.public_id, Activity.title).join(Shift.activity)),
    "typed_allowance": (
        TypedAllowance.public_id,
        select(TypedAllowance.public_id, Organization.name).join(TypedAllowance.organization),
    ),
    "volunteer": (Volunteer.public_id, select(Volunteer.public_id, Volunteer.number)),
}


def subject_names(events: Iterable[AuditEvent]) -> dict[tuple[str, str], str]:
    """Return what the subjects of `events` are called by (kind, public id); a volunteer by number, never by name."""
    wanted: dict[str, set[str]] = {}
    for event in events:
        wanted.setdefault(event.subject_kind, set()).add(event.subject_id)
    names: dict[tuple[str, str], str] = {}
    for kind, (identity, named) in _SUBJECT_NAMES.items():
        if ids := wanted.get(kind):
            rows = db.session.execute(named.where(identity.in_(ids)))
            names |= {(kind, row[0]): row[1] for row in rows}
    return names
