"""An organization and who holds certificates of it."""

import pytest

from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.integration.certificates.test_certificates import credit
from volunteer.kernel import clock
from volunteer.kernel.volunteer_numbers import make_volunteer_number

NUMBER = make_volunteer_number("420602", clock.today(), 17)


@pytest.fixture
def organization(cast: Cast) -> Organization:
    return cast.organization()


@pytest.fixture
def holder(cast: Cast) -> Volunteer:
    return cast.volunteer(name="龚䶮", number=NUMBER)


def number(serial: int) -> str:
    return make_volunteer_number("420602", clock.today(), serial)


@pytest.fixture
def people(cast: Cast, organization: Organization) -> list[Volunteer]:
    """Return six volunteers with 61 to 66 minutes each."""
    found = [cast.volunteer(name=f"学生{serial}", number=number(serial)) for serial in range(1, 7)]
    for serial, one in enumerate(found, start=1):
        credit(cast, one, organization, 60 + serial)
    return found
