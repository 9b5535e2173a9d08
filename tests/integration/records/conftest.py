"""An organization with somebody who keeps its records, and a volunteer who served with it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from models.accounts import Account
from models.activities import Shift
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from volunteer.hours.ledger import enter
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number


@dataclass
class Scene:
    """Who is there: `keeper` is an organizer's account, `volunteer` served on `shift`, `stranger` never did."""

    cast: Cast
    organization: Organization
    keeper: Account
    volunteer: Volunteer
    stranger: Volunteer
    shift: Shift
    entry_id: int

    def serve(self, days_ago: int, volunteer: Volunteer | None = None, minutes: int = 90) -> int:
        """Credit a service of some days ago on a shift of its own and return the entry's id."""
        return _serve(self.cast, self.organization, volunteer or self.volunteer, days_ago, minutes)[1]

    @property
    def url(self) -> str:
        return f"/records/of/{self.organization.public_id}"


def _serve(
    cast: Cast, organization: Organization, volunteer: Volunteer, days_ago: int, minutes: int
) -> tuple[Shift, int]:
    starts_at = clock.now().replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    shift = cast.shift(cast.activity(organization), starts_at=starts_at, minutes=180)
    with cast.writing():
        entry_id = enter(
            {
                "kind": EntryKind.CREDIT,
                "volunteer_id": volunteer.id,
                "shift_id": shift.id,
                "organization_id": organization.id,
                "served_on": clock.local_day(starts_at),
                "started_at": starts_at,
                "ended_at": starts_at + timedelta(minutes=minutes),
                "minutes": minutes,
                "source": Source.SCAN,
                "rules_version": RULES_VERSION,
                "derivation": {"words": "在场", "minutes": minutes, "extended_to": None},
            }
        )
    return shift, entry_id


def numbered(cast: Cast, serial: int, name: str, **changes: object) -> Volunteer:
    number = make_volunteer_number("420602", clock.today(), serial)
    return cast.volunteer(cast.account(name), name=name, number=number, **changes)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    organization = cast.organization()
    keeper = cast.account("王建国")
    cast.grant(keeper, Role.ORGANIZER, organization=organization)
    cast.volunteer(keeper, name="王建国", number=make_volunteer_number("420602", clock.today(), 900))
    volunteer = numbered(cast, 1, "龚䶮")
    stranger = numbered(cast, 2, "陌生人")
    shift, entry_id = _serve(cast, organization, volunteer, 3, 120)
    return Scene(cast, organization, keeper, volunteer, stranger, shift, entry_id)
