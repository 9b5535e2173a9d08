"""The people and places that tests speak of: one small city, everyone made on demand and kept by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask

from models.accounts import Account, RoleGrant
from models.activities import Activity, Shift
from models.areas import Area
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Objection, Proposal
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import FigureChange, RegistrationEvent, Volunteer
from volunteer.accounts.passwords import hash_password
from volunteer.activities.rules import ActivityStatus
from volunteer.areas.rules import AreaLevel
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.proposal_seals import seal_proposal
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.id_documents import DocumentKind, Gender
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationKind, OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import RegistrationKind, Relation

PASSWORD = "一把好用的钥匙"

# code, name, level; the parent is the longest other code that is a prefix
PLACES = (
    ("420600", "襄阳市", AreaLevel.CITY),
    ("420602", "襄城区", AreaLevel.DISTRICT),
    ("420606", "樊城区", AreaLevel.DISTRICT),
    ("420602001", "真武山街道", AreaLevel.STREET),
    ("420602002", "古城街道", AreaLevel.STREET),
    ("420606001", "汉江街道", AreaLevel.STREET),
    ("420602001001", "周公庙社区", AreaLevel.COMMUNITY),
    ("420602001002", "岘山社区", AreaLevel.COMMUNITY),
    ("420602002001", "荆州街社区", AreaLevel.COMMUNITY),
    ("420606001001", "邵家巷社区", AreaLevel.COMMUNITY),
)
PARENTS = {
    "420602": "420600",
    "420606": "420600",
    "420602001": "420602",
    "420602002": "420602",
    "420606001": "420606",
    "420602001001": "420602001",
    "420602001002": "420602001",
    "420602002001": "420602002",
    "420606001001": "420606001",
}


@cache
def password_hash() -> str:
    """Return the hash of `PASSWORD`, made once."""
    return hash_password(PASSWORD)


class Cast:
    """Makes rows straight in the tables and returns them detached, all their columns loaded.

    Call from outside an application context, or inside one: both work.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._serial = 0
        self._organizations = 0

    def city(self) -> dict[str, Area]:
        """Return the areas of the small city by code; make them the first time."""
        with self.writing() as session:
            found = {area.code: area for area in session.query(Area)}
            if not found:
                for code, name, level in PLACES:
                    parent = found.get(PARENTS.get(code, ""))
                    lineage = f"{parent.lineage}/{code}" if parent else code
                    found[code] = Area(
                        code=code, name=name, level=level, parent_id=parent and parent.id, lineage=lineage
                    )
                    session.add(found[code])
                    session.flush()
            return found

    def area(self, code: str = "420602001001") -> Area:
        """Return one area by code (周公庙社区 by default)."""
        return self.city()[code]

    def account(self, name: str = "李晓梅", **changes: Any) -> Account:
        """Return a new account with a phone of its own; its password is `PASSWORD`."""
        self._serial += 1
        values = {
            "phone": f"138{self._serial:08d}",
            "password_hash": password_hash(),
            "display_name": name,
            "created_at": clock.now(),
            **changes,
        }
        return self._add(Account(**values))

    def grant(
        self, account: Account, role: Role, *, area: Area | None = None, organization: Organization | None = None
    ) -> RoleGrant:
        """Give `account` a role, for an area or in an organization."""
        return self._add(
            RoleGrant(
                account_id=account.id,
                role=role,
                area_id=area.id if area else None,
                organization_id=organization.id if organization else None,
                granted_at=clock.now(),
            )
        )

    def office(self, role: Role = Role.OFFICE_ADMIN, code: str = "420600", name: str = "文明办的老周") -> Account:
        """Return an account of the office with a role for the area `code` (the whole city by default)."""
        account = self.account(name)
        self.grant(account, role, area=self.area(code))
        return account

    def volunteer(self, account: Account | None = None, name: str = "李晓梅", **changes: Any) -> Volunteer:
        """Return an active volunteer, counted since `registered_on` (a keyword; a year ago by default)."""
        account = account or self.account(name)
        self._serial += 1
        community = changes.pop("community", None) or self.area()
        registered_on: date = changes.pop("registered_on", clock.today() - timedelta(days=365))
        values = {
            "number": f"V420602{2401 + self._serial // 1_000_000}{self._serial:06d}X",
            "account_id": account.id,
            "relation": Relation.SELF,
            "name": name,
            "document_kind": DocumentKind.RESIDENT_ID,
            "document_cipher": b"sealed",
            "document_digest": f"{self._serial:064d}",
            "document_mask": "420***********001X",
            "gender": Gender.FEMALE,
            "birth_on": date(1990, 5, 1),
            "phone": account.phone,
            "community_id": community.id,
            "registered_at": clock.now(),
            **changes,
        }
        volunteer = self._add(Volunteer(**values))
        event = self._add(
            RegistrationEvent(
                volunteer_id=volunteer.id,
                kind=RegistrationKind.REGISTERED,
                area_id=community.id,
                effective_on=registered_on,
                recorded_at=clock.now(),
            )
        )
        self._add(FigureChange(volunteer_id=volunteer.id, registration_event_id=event.id))
        return volunteer

    def organization(self, owner: Account | None = None, name: str = "", **changes: Any) -> Organization:
        """Return an approved organization whose owner is `owner` (a new account by default)."""
        owner = owner or self.account("王主任")
        self._serial += 1
        self._organizations += 1
        name = name or "周公庙社区志愿服务队" + ("" if self._organizations == 1 else f"{self._organizations} 分队")
        values = {
            "name": name,
            "kind": OrganizationKind.COMMUNITY,
            "area_id": self.area().id,
            "contact_name": "王主任",
            "contact_phone": owner.phone,
            "status": OrganizationStatus.APPROVED,
            "created_by": owner.id,
            "created_at": clock.now(),
            **changes,
        }
        organization = self._add(Organization(**values))
        self.grant(owner, Role.ORGANIZATION_OWNER, organization=organization)
        return organization

    def activity(
        self, organization: Organization | None = None, title: str = "周末清洁护城河", **changes: Any
    ) -> Activity:
        """Return a published activity without shifts."""
        organization = organization or self.organization()
        values = {
            "organization_id": organization.id,
            "area_id": organization.area_id,
            "title": title,
            "category": ServiceCategory.ENVIRONMENT,
            "description": "沿护城河捡拾垃圾，分类装袋。",
            "place": "护城河东门广场",
            "contact_name": "王主任",
            "contact_phone": "13800000000",
            "status": ActivityStatus.PUBLISHED,
            "created_by": organization.created_by,
            "created_at": clock.now(),
            "published_at": clock.now(),
            **changes,
        }
        return self._add(Activity(**values))

    def shift(
        self,
        activity: Activity | None = None,
        starts_at: datetime | None = None,
        minutes: int = 120,
        capacity: int = 10,
        **changes: Any,
    ) -> Shift:
        """Return a shift of `minutes` that starts at `starts_at` (tomorrow at this time by default)."""
        activity = activity or self.activity()
        starts_at = starts_at or clock.now().replace(second=0, microsecond=0) + timedelta(days=1)
        values = {
            "activity_id": activity.id,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes),
            "capacity": capacity,
            **changes,
        }
        return self._add(Shift(**values))

    def signup(self, shift: Shift, volunteer: Volunteer, **changes: Any) -> Signup:
        """Return a place of `volunteer` on `shift`; the shift's count of places taken is left to the caller."""
        now = clock.now()
        values = {
            "shift_id": shift.id,
            "volunteer_id": volunteer.id,
            "account_id": volunteer.account_id,
            "status": SignupStatus.PLACED,
            "created_at": now,
            "placed_at": now,
            "changes_seen_at": now,
            **changes,
        }
        return self._add(Signup(**values))

    def presence(self, shift: Shift, volunteer: Volunteer, ordinal: int = 1, **changes: Any) -> PresenceEvent:
        """Return the coming (odd) or going (even) of `volunteer` with that number, scanned now."""
        now = clock.now()
        values = {
            "volunteer_id": volunteer.id,
            "ordinal": ordinal,
            "shift_id": shift.id,
            "direction": Direction.IN if ordinal % 2 else Direction.OUT,
            "method": Method.VENUE_CODE,
            "happened_at": now,
            "received_at": now,
            "request_key": f"{volunteer.id}-{ordinal}",
            **changes,
        }
        return self._add(PresenceEvent(**values))

    def add(self, row: Any) -> Any:
        """Store any row and return it detached; a proposal, and what is held against one, as the program seals it."""
        stored = self._add(row)
        if isinstance(row, Proposal | Objection):
            with self.writing() as session:
                seal_proposal(session.get_one(Proposal, row.id if isinstance(row, Proposal) else row.proposal_id))
        return stored

    def _add(self, row: Any) -> Any:
        with self.writing() as session:
            session.add(row)
            session.flush()
            session.refresh(row)
            return row

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Run a transaction as a request does: committed at the end, undone when something was refused."""
        with self.app.app_context():
            session = db.session()
            session.expire_on_commit = False
            try:
                yield session
                session.commit()
                session.expunge_all()
            finally:
                db.session.remove()
