"""A shift that has run for an hour, and a station that was opened before it began."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.accounts import Account
from models.activities import Activity, Shift
from models.base import db
from models.checkin import PresenceEvent, PresenceRefusal
from models.organizations import Organization
from models.stations import Station, StationRecord
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.daytime import by_day
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin import codes
from volunteer.kernel import clock
from volunteer.kernel.signing import decode_base64, encode_base64
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.organizations.rules import OrganizationStatus
from volunteer.stations.rules import milliseconds

ADDRESS = "http://localhost"
MINUTE = timedelta(minutes=1)
NOW = timedelta()
JSON = {"Accept": "application/json"}


@dataclass
class Desk:
    """One shift, its organizer's browser, and the station that it opened."""

    app: Flask
    cast: Cast
    organizer: Account
    organization: Organization
    activity: Activity
    shift: Shift
    browser: Browser
    station: str = ""
    secret: bytes = b""
    told: dict[str, Any] = field(default_factory=dict)
    serial: int = 0

    def open(self, ago: timedelta = 120 * MINUTE) -> dict[str, Any]:
        """Open a station through the front door, then let it have been open for a while."""
        response = self.browser.client.post("/stations/", json={"shift": self.shift.public_id, "name": "东门"})
        assert response.status_code == 201, response.text
        self.told = response.get_json()
        self.station, self.secret = self.told["station"], decode_base64(self.told["key"]) or b""
        with self.app.app_context():
            station = db.session.scalars(select(Station).where(Station.public_id == self.station)).one()
            station.opened_at = clock.now() - ago
            db.session.commit()
        return self.told

    def volunteer(self, name: str = "李晓梅", *, has_place: bool = True, **options: Any) -> Volunteer:
        """Return somebody with a number that holds, and a place on the shift."""
        self.serial += 1
        number = make_volunteer_number("420602", clock.today(), self.serial)
        found = self.cast.volunteer(name=name, number=number, **options)
        if has_place:
            self.cast.signup(self.shift, found)
        return found

    def code(self, volunteer: Volunteer, ago: timedelta = NOW) -> str:
        return codes.make_personal_code(TEST_KEYS["code"], volunteer.public_id, clock.now() - ago)

    def record(
        self, typed: str, *, kind: str = "code", direction: str = "in", ago: timedelta = NOW, **changes: Any
    ) -> dict[str, Any]:
        """Return a record that the station made `ago`, by a device whose clock is right."""
        self.serial += 1
        made = {
            "key": f"record{self.serial:020d}",
            "kind": kind,
            "direction": direction,
            "typed": typed,
            "device_at": milliseconds(clock.now() - ago),
            **changes,
        }
        return {**made, "mac": self.mac(made)} if "mac" not in changes else made

    def mac(self, made: dict[str, Any]) -> str:
        lines = (made[name] for name in ("key", "kind", "direction", "typed", "device_at"))
        return encode_base64(hmac.digest(self.secret, "\n".join(map(str, lines)).encode(), "sha256"))

    def scan(self, volunteer: Volunteer, direction: str = "in", ago: timedelta = NOW) -> dict[str, Any]:
        return self.record(self.code(volunteer, ago), direction=direction, ago=ago)

    def card(self, volunteer: Volunteer, direction: str = "in", ago: timedelta = NOW) -> dict[str, Any]:
        typed = f"{ADDRESS}/volunteers/{volunteer.public_id}/badge"
        return self.record(typed, kind="card", direction=direction, ago=ago)

    def number(self, volunteer: Volunteer, direction: str = "in", ago: timedelta = NOW) -> dict[str, Any]:
        return self.record(volunteer.number, kind="number", direction=direction, ago=ago)

    def post(self, body: Any, *, station: str = "") -> TestResponse:
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        path = f"/stations/{station or self.station}/records"
        return self.browser.client.post(path, data=data, content_type="application/json")

    def send(self, *records: dict[str, Any], sent_at: datetime | None = None) -> list[dict[str, Any]]:
        """Send records and return the answers."""
        response = self.post({"sent_at": milliseconds(sent_at or clock.now()), "records": list(records)})
        assert response.status_code == 200, response.text
        answers: list[dict[str, Any]] = response.get_json()["answers"]
        return answers

    def send_one(self, record: dict[str, Any], sent_at: datetime | None = None) -> dict[str, Any]:
        [answer] = self.send(record, sent_at=sent_at)
        return answer

    def close(self) -> None:
        self.browser.post(f"/stations/{self.station}/close")

    def stop(self, how: str) -> None:
        """Cancel the shift, or suspend its organization."""
        with self.app.app_context():
            if how == "cancelled":
                db.session.get_one(Shift, self.shift.id).status = ShiftStatus.CANCELLED
            else:
                db.session.get_one(Organization, self.organization.id).status = OrganizationStatus.SUSPENDED
            db.session.commit()

    def events(self) -> list[PresenceEvent]:
        return self.rows(select(PresenceEvent).order_by(PresenceEvent.volunteer_id, PresenceEvent.ordinal))

    def records(self) -> list[StationRecord]:
        return self.rows(select(StationRecord).order_by(StationRecord.id))

    def refusals(self) -> list[PresenceRefusal]:
        return self.rows(select(PresenceRefusal).order_by(PresenceRefusal.id))

    def rows(self, query: Any) -> list[Any]:
        with self.app.app_context():
            found = list(db.session.scalars(query))
            db.session.expunge_all()
            db.session.rollback()
            return found


@pytest.fixture(autouse=True)
def daytime() -> Iterator[None]:
    """Let no shift of these tests run past midnight, whenever they are started."""
    with by_day():
        yield


@pytest.fixture
def desk(app: Flask, cast: Cast) -> Desk:
    """Return a shift of two hours that began an hour ago, with an open station."""
    organizer = cast.account("王主任")
    organization = cast.organization(organizer)
    activity = cast.activity(organization)
    shift = cast.shift(activity, clock.now().replace(second=0, microsecond=0) - 60 * MINUTE)
    desk = Desk(app, cast, organizer, organization, activity, shift, Browser(app).sign_in(organizer))
    desk.open()
    return desk
