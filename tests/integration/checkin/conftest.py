"""A shift that runs now, and someone with a place on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from models.accounts import Account
from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.daytime import by_day
from volunteer.checkin import codes
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.signups.rules import SignupStatus


@dataclass
class Venue:
    """One shift with its organizer and one volunteer who has a place."""

    app: Flask
    cast: Cast
    organizer: Account
    organization: Organization
    activity: Activity
    shift: Shift
    account: Account
    volunteer: Volunteer

    def sign_up(
        self, volunteer: Volunteer, shift: Shift | None = None, status: SignupStatus = SignupStatus.PLACED
    ) -> Signup:
        return self.cast.add(
            Signup(
                shift_id=(shift or self.shift).id,
                volunteer_id=volunteer.id,
                account_id=volunteer.account_id,
                status=status,
                created_at=clock.now(),
                changes_seen_at=clock.now(),
            )
        )

    def token(self, phase: Direction = Direction.IN, *, shift: Shift | None = None, at: datetime | None = None) -> str:
        step = codes.step_at(at or clock.now())
        return codes.make_code(TEST_KEYS["code"], shift=(shift or self.shift).public_id, phase=phase, step=step)

    def scan(self, browser: Browser, phase: Direction = Direction.IN, **options: Any) -> dict[str, str]:
        """Scan the venue's code and return the form that the page after it holds."""
        browser.get(f"/c/{self.token(phase, **options)}", expect=302)
        browser.get("/checkin/here")
        claim = browser.client.get_cookie("scan")
        assert claim is not None
        return {"claim": claim.value, "request_key": new_public_id(), "volunteer": self.volunteer.public_id}

    def tap(self, browser: Browser, phase: Direction = Direction.IN, *, expect: int = 200, **changes: str) -> str:
        """Scan, choose and press; return what the page says."""
        sent = {**self.scan(browser, phase), **changes}
        return browser.post("/checkin/record", sent, expect=expect).get_data(as_text=True)

    def events(self) -> list[PresenceEvent]:
        with self.app.app_context():
            found = db.session.query(PresenceEvent).order_by(PresenceEvent.volunteer_id, PresenceEvent.ordinal).all()
            db.session.expunge_all()
            db.session.rollback()
            return found


Move = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def daytime() -> Iterator[None]:
    """Let no shift of these tests run past midnight, whenever they are started."""
    with by_day():
        yield


@pytest.fixture
def venue(app: Flask, cast: Cast) -> Venue:
    """Return a shift that began ten minutes ago and lasts two hours."""
    organizer = cast.account("王主任")
    organization = cast.organization(organizer)
    activity = cast.activity(organization)
    starts_at = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    shift = cast.shift(activity, starts_at)
    account = cast.account("李晓梅")
    venue = Venue(app, cast, organizer, organization, activity, shift, account, cast.volunteer(account))
    venue.sign_up(venue.volunteer)
    return venue


@pytest.fixture
def resident(venue: Venue, browser: Browser) -> Browser:
    """Return the browser of the volunteer with a place."""
    return browser.sign_in(venue.account)


@pytest.fixture
def desk(venue: Venue) -> Browser:
    """Return the organizer's browser."""
    return Browser(venue.app).sign_in(venue.organizer)


@pytest.fixture
def child(venue: Venue) -> Volunteer:
    """Return the other person of the account, who has a place too."""
    child = venue.cast.volunteer(venue.account, name="李小宝")
    venue.sign_up(child)
    return child
