"""A printed card at the door, for whoever has no phone."""

import pytest

from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from volunteer.checkin.rules import Method


def _scan(venue: Venue, code: str, expect: int) -> str:
    browser = Browser(venue.app).sign_in(venue.organizer)
    path = f"/checkin/shifts/{venue.shift.public_id}/scan"
    return browser.post(path, {"phase": "in", "code": code}, expect=expect).text


def test_a_scanned_card_counts_like_a_name_on_the_list(venue: Venue) -> None:
    _scan(venue, f"http://localhost/volunteers/{venue.volunteer.public_id}/badge", 302)
    [event] = venue.events()
    assert event.method is Method.BY_HAND
    assert event.reason == "现场扫志愿者卡"
    assert event.recorded_by == venue.organizer.id


@pytest.mark.parametrize("origin", ["https://localhost", "http://localhost.evil.example", "https://evil.example", ""])
def test_a_card_that_leads_elsewhere_is_refused(venue: Venue, origin: str) -> None:
    said = _scan(venue, f"{origin}/volunteers/{venue.volunteer.public_id}/badge", 422)
    assert "这不是本平台的志愿者卡" in said
    assert venue.events() == []


@pytest.mark.parametrize(
    "code",
    [
        "http://localhost/volunteers/0123456789abcdefghjk/badge",
        "/volunteers/0123456789abcdefghjk/badge",
        "/volunteers/nobody/badge",
    ],
)
def test_a_card_of_nobody_is_refused_in_words(venue: Venue, code: str) -> None:
    said = _scan(venue, code, 422)
    assert 'class="error-summary"' in said
    assert venue.events() == []
