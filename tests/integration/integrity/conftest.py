"""An organization with records of every kind beside its peers, and who reads about it."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask import Flask

from models.accounts import Account
from models.activities import Shift
from models.hours import Entry, OverdueShift
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.integration.integrity.ledgers import Ledgers, build
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role


@dataclass(slots=True)
class Scene:
    """Makes records straight in the tables, for one volunteer."""

    cast: Cast
    volunteer: Volunteer
    office: Account
    owner: Account
    team: Organization

    def shift(self, organization: Organization, days_ago: int = 20) -> Shift:
        """Return a shift of an organization that took place so many days ago."""
        start = clock.now().replace(second=0, microsecond=0) - timedelta(days=days_ago)
        return self.cast.shift(self.cast.activity(organization, "清理护城河"), starts_at=start, minutes=480)

    def credit(self, shift: Shift, organization: Organization, minutes: int, source: Source = Source.SCAN) -> Entry:
        """Return an entry of so many minutes at a shift."""
        return self._entry(shift, organization, minutes, source, EntryKind.CREDIT)

    def reverse(self, entry: Entry, organization: Organization, shift: Shift) -> Entry:
        """Return the reversal of an entry."""
        return self._entry(shift, organization, -entry.minutes, entry.source, EntryKind.REVERSAL, entry.id)

    def _entry(
        self,
        shift: Shift,
        organization: Organization,
        minutes: int,
        source: Source,
        kind: EntryKind,
        reverses_id: int | None = None,
    ) -> Entry:
        entry: Entry = self.cast.add(
            Entry(
                kind=kind,
                reverses_id=reverses_id,
                volunteer_id=self.volunteer.id,
                shift_id=shift.id,
                organization_id=organization.id,
                served_on=clock.local_day(shift.starts_at),
                started_at=shift.starts_at,
                ended_at=shift.starts_at + timedelta(minutes=abs(minutes)),
                minutes=minutes,
                source=source,
                rules_version=RULES_VERSION,
                derivation={"minutes": abs(minutes)},
                made_at=shift.ends_at,
            )
        )
        return entry

    def overdue(self, organization: Organization, due_on: date) -> OverdueShift:
        """Return a shift that should have been settled by a day."""
        shift = self.shift(organization, 30)
        row: OverdueShift = self.cast.add(
            OverdueShift(shift_id=shift.id, organization_id=organization.id, due_on=due_on, reminded_at=clock.now())
        )
        return row

    def peer(self, name: str, scanned: int, manual: int, area: str = "420602002001") -> Organization:
        """Return another organization with so many scanned and typed-in minutes of one volunteer."""
        organization = self.cast.organization(self.cast.account(name), name, area_id=self.cast.area(area).id)
        shift = self.shift(organization)
        for source, left in ((Source.SCAN, scanned), (Source.MANUAL, manual)):
            while left:
                self.credit(shift, organization, min(left, 720), source)
                left -= min(left, 720)
        return organization


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    owner = cast.account("王主任")
    team = cast.organization(owner)
    return Scene(cast, cast.volunteer(), cast.office(Role.OFFICE_STAFF), owner, team)


@pytest.fixture
def ledgers(cast: Cast, context: Flask) -> Ledgers:
    """Return ledgers with rows of every kind, and the tree over them."""
    return build(cast)
