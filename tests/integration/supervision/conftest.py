"""A small city on a Friday of November: its figures lag, offices at three levels, one organization."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pytest
import time_machine
from flask import Flask

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.organizations import Organization
from models.supervision import Order
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.permissions import Role
from volunteer.metrics.edition_operations import ensure_shipped_edition

FRIDAY = datetime(2026, 11, 20, 10, tzinfo=LOCAL_ZONE)
STREET, COMMUNITY = "420602001", "420602001001"


@pytest.fixture(autouse=True)
def clock_stands() -> Iterator[time_machine.Traveller]:
    """Let it be Friday; `shift` and `move_to` go on from there."""
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def figures(app: Flask, cast: Cast) -> Ledger:
    """Return a city where each area lacks something: seven of ten residents' worth registered, few active."""
    cast.city()
    with app.app_context():
        ensure_shipped_edition()
        db.session.commit()
    ledger = Ledger(app, cast)
    for code, count in ((COMMUNITY, 300), ("420602001002", 200), ("420602002001", 100), ("420606001001", 40)):
        ledger.residents(code, count)
    people = [ledger.volunteer(COMMUNITY) for _ in range(12)]
    people += [ledger.volunteer("420602001002") for _ in range(10)]
    people += [ledger.volunteer("420602002001") for _ in range(10)]
    people += [ledger.volunteer("420606001001") for _ in range(20)]
    for volunteer in people[:6]:
        ledger.serve(volunteer, date(2026, 3, 1), 90)
    for volunteer in people[12:17]:
        ledger.serve(volunteer, date(2026, 10, 5), 120)
    for volunteer in people[32:]:
        for day in (1, 2, 3):
            ledger.serve(volunteer, date(2026, 4, day), 600)
    ledger.survey("420600", 920, 1000)
    ledger.settle()
    return ledger


@dataclass(frozen=True, slots=True)
class Offices:
    """People of offices, one of each, and an organization with its owner."""

    city: Account
    district: Account
    other_district: Account
    street: Account
    assessor: Account
    owner: Account
    organization: Organization


@pytest.fixture
def offices(cast: Cast, figures: Ledger) -> Offices:
    """Return the offices of the tests."""
    owner = cast.account("王主任")
    return Offices(
        city=cast.office(name="周文"),
        district=cast.office(Role.OFFICE_ADMIN, "420602", "孙悦"),
        other_district=cast.office(Role.OFFICE_ADMIN, "420606", "何平"),
        street=cast.office(Role.OFFICE_STAFF, STREET, "郑海燕"),
        assessor=cast.office(Role.ASSESSOR, "420600", "测评员"),
        owner=owner,
        organization=cast.organization(owner, "真武山志愿服务队", area_id=cast.area(COMMUNITY).id),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """The browsers of people who deal with one order."""

    app: Flask

    def of(self, account: Account) -> Browser:
        """Return somebody's browser."""
        return Browser(self.app).sign_in(account)

    def send(self, sender: Account, code: str = STREET, indicator: str = "active_share", **typed: str) -> str:
        """Send an order as a page does and return where it is read."""
        path = f"/supervision/orders/create?area={code}&indicator={indicator}"
        facts = {"addressee": "area", "title": "请抓紧", "demand": "组织活动", "working_days": "10", **typed}
        return str(self.of(sender).post(path, facts).headers["Location"])

    def order(self, path: str) -> Order:
        """Return the order that is read at a path, detached."""
        with self.app.app_context():
            found = db.session.query(Order).filter_by(public_id=path.rpartition("/")[2]).one()
            db.session.expunge_all()
            return found


@pytest.fixture
def desk(app: Flask) -> Desk:
    """Return the browsers of the tests."""
    return Desk(app)


@pytest.fixture
def street(cast: Cast) -> Area:
    """Return the street that the orders are about."""
    return cast.area(STREET)
