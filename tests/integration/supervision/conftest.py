"""A small city on a Friday of November: its figures lag, offices at three levels, one organization."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.organizations import Organization
from models.supervision import Bulletin, Order
from models.tasks import Task
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger, city_with_residents
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.permissions import Role
from volunteer.supervision.bulletin_queries import DRAFT_TASK
from volunteer.supervision.bulletin_rules import Content
from volunteer.tasks import operations
from volunteer.tasks.jobs import run_waiting
from volunteer.tasks.rules import TaskStatus

FRIDAY = datetime(2026, 11, 20, 10, tzinfo=LOCAL_ZONE)
BULLETINS = "/supervision/bulletins/"
STREET, COMMUNITY = "420602001", "420602001001"


@pytest.fixture(autouse=True)
def clock_stands() -> Iterator[time_machine.Traveller]:
    """Let it be Friday; `shift` and `move_to` go on from there."""
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def figures(app: Flask, cast: Cast) -> Ledger:
    """Return a city where each area lacks something: seven of ten residents' worth registered, few active."""
    ledger = city_with_residents(
        app, cast, {COMMUNITY: 300, "420602001002": 200, "420602002001": 100, "420606001001": 40}
    )
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


Drafted = Callable[..., str]
Released = Callable[..., str]


@pytest.fixture
def drafted(app: Flask, offices: Offices, desk: Desk) -> Drafted:
    """Return what drafts a bulletin as a person does, its files left to be drawn, and gives the path of its page."""

    def draft(area: str = "420600", month: str = "2026-10") -> str:
        desk.of(offices.city).post(BULLETINS, {"area": area, "month": month})
        with app.app_context():
            query = select(Task).where(Task.kind == DRAFT_TASK).order_by(Task.id.desc())
            operations.do(operations.claim(db.session.scalars(query).first().id))
            task = db.session.scalars(query).first()
            assert task.status is TaskStatus.DONE, task.why
            return task.result_href

    return draft


@pytest.fixture
def released(app: Flask, offices: Offices, desk: Desk, drafted: Drafted) -> Released:
    """Return what drafts and releases a bulletin, has its files drawn, and gives the path where it is read."""

    def release(area: str = "420600", month: str = "2026-10") -> str:
        path = drafted(area, month)
        desk.of(offices.city).post(f"{path}/release", {"opening": "", "closing": ""})
        with app.app_context():
            run_waiting()
        return path

    return release


def content_of(app: Flask, path: str) -> Content:
    """Return what the bulletin at a path says."""
    with app.app_context():
        row = db.session.query(Bulletin).filter_by(public_id=path.rpartition("/")[2]).one()
        return Content.from_json(row.content)


def pdf_words(data: bytes) -> str:
    """Return the words of a PDF without spaces and line breaks."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


@pytest.fixture
def street(cast: Cast) -> Area:
    """Return the street that the orders are about."""
    return cast.area(STREET)
