"""The scene of the office's month: an invented city in November, its people, and what a plain count finds in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import FilePayload
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select, text

from models.accounts import Account
from models.base import db
from tests.cast import PASSWORD, Cast
from tests.journeys.reader import Reader
from tests.recount import recount
from volunteer.demo import operations as demo
from volunteer.demo.sizes import Size
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.tasks import operations as tasks
from volunteer.tasks.jobs import run_waiting
from volunteer.tasks.operations import Progress
from volunteer.tasks.rules import Made

CITY = "420600"
# Three years: two whole ones, so that a forecast can be held against what came.
SIZE = Size("journey", communities=9, volunteers=160, years=3, services=8, people_a_shift=6)
_FULLEST_STREET = text(
    "SELECT street.code FROM volunteer JOIN area community ON community.id = volunteer.community_id"
    " JOIN area street ON street.id = community.parent_id"
    " GROUP BY street.code ORDER BY COUNT(*) DESC, street.code LIMIT 1"
)


@dataclass(frozen=True)
class Office:
    """The city's office, the staff of the street with most volunteers, an assessor; nothing has been urged yet."""

    app: Flask
    city: Account
    staff: Account
    assessor: Account
    street: str
    street_name: str

    @property
    def district(self) -> str:
        """Return the code of the street's district."""
        return self.street[:6]

    def hours_a_head(self, code: str) -> tuple[str, str]:
        """Return what a plain count finds today: hours a head as printed, and the number of volunteers."""
        with self.app.app_context():
            found = recount(db.session.connection(), clock.today(), "calendar_year", strict=False)[code]
        assert found.registered
        hundredths = found.minutes * 100 // 60 // found.registered
        return f"{hundredths // 100}.{hundredths % 100:02d}", f"{found.registered}"

    def share(self, code: str, part: str, of: str) -> str:
        """Return a percentage as printed, by a plain count of today."""
        with self.app.app_context():
            found = recount(db.session.connection(), clock.today(), "calendar_year", strict=False)[code]
        hundredths = getattr(found, part) * 10_000 // getattr(found, of)
        return f"{hundredths // 100}.{hundredths % 100:02d}%"

    def do_tasks(self) -> None:
        """Let the background do what waits."""
        with self.app.app_context():
            run_waiting()

    @contextmanager
    def half_done(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Hold the background after the first step of a task; what stands below sees it so. Then it goes on."""
        begun, go_on = Event(), Event()
        worker = tasks.workers[kind]

        def held(params: Mapping[str, Any], progress: Progress) -> Made:
            def tell(done: int, total: int) -> None:
                progress(done, total)
                if 0 < done < total and not begun.is_set():
                    begun.set()
                    go_on.wait(timeout=30)

            return worker(params, tell)

        monkeypatch.setitem(tasks.workers, kind, held)
        background = Thread(target=self.do_tasks, daemon=True)
        background.start()
        try:
            assert begun.wait(timeout=30), "the task told of no step"
            yield
        finally:
            go_on.set()
            background.join(timeout=60)
        assert not background.is_alive()


def arrange_office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Invent the city, without what the demo's offices have done: here they do it themselves."""
    monkeypatch.setattr(demo, "tell_of_urging", _nothing)
    monkeypatch.setattr(demo, "tell_of_dossiers", _nothing)
    monkeypatch.setattr(demo, "PASSWORD", PASSWORD)
    cast = Cast(app)
    with cast.writing() as session:
        demo.fill(SIZE, app.config["SETTINGS"].keys)
        street = str(session.scalar(_FULLEST_STREET))
    accounts = {name: _account(app, demo.SIGN_INS[place].phone) for name, place in (("city", 3), ("staff", 5))}
    cast.grant(accounts["staff"], Role.OFFICE_STAFF, area=cast.city()[street])
    assessor = cast.account("测评员老吴", phone="13900000001")
    cast.grant(assessor, Role.ASSESSOR, area=cast.city()[CITY])
    return Office(app, **accounts, assessor=assessor, street=street, street_name=cast.city()[street].name)


def _nothing(*_: object) -> None:
    """Leave the demo's own story out."""


def _account(app: Flask, phone: str) -> Account:
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.phone == phone)).one()
        db.session.expunge(account)
        return account


def taken(reader: Reader, link: str) -> bytes:
    """Return the file that a link hands out."""
    with reader.page.expect_download() as held:
        reader.page.locator("main").get_by_role("link", name=link, exact=True).first.click()
    return Path(held.value.path()).read_bytes()


def read(reader: Reader, link: str) -> bytes:
    """Return the paper that a link opens in the browser's own reader, where no test can look into it."""
    href = reader.page.locator("main").get_by_role("link", name=link, exact=True).first.get_attribute("href")
    answer = reader.context.request.get(f"{reader.origin}{href}")
    assert answer.status == 200, href
    return answer.body()


def choose(reader: Reader, name: str, mime: str, content: bytes) -> Reader:
    """Choose a file in the one file field of the page."""
    file = FilePayload(name=name, mimeType=mime, buffer=content)
    reader.page.locator("input[type=file]").set_input_files(file)
    return reader


def paper() -> bytes:
    """Return an official paper of one page."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawString(100, 700, "No. 12 of the office")
    canvas.showPage()
    canvas.save()
    return out.getvalue()
