"""A document number goes in and is never seen again, but through one door that leaves a trace."""

import logging
import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from models.audit import AuditEvent
from models.base import db
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.factories.volunteers import registration, resident_id
from volunteer.kernel.id_documents import DocumentKind, check_document
from volunteer.kernel.sealing import BrokenSeal
from volunteer.volunteers.rules import RegistrationTyped, Relation
from volunteer.volunteers.vault import Vault

NUMBERS = [resident_id(date(1948, 3, day), serial) for day, serial in ((8, 2), (9, 3), (10, 4))]


def _everything_stored(app: Flask) -> bytes:
    """Return all bytes of the database file and its log on SQLite, all rows of all tables as text on PostgreSQL."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            file = Path(db.engine.url.database or "")
            return b"".join(each.read_bytes() for each in file.parent.glob(file.name + "*"))
        tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [row for table in tables for row in db.session.scalars(text(f'SELECT t::text FROM "{table}" t'))]
        return "\n".join(rows).encode()


def _holds(number: str, stored: bytes) -> bool:
    """Return whether a number stands in `stored`, as text or as the hexadecimal in which PostgreSQL prints bytes."""
    return any(form in stored for form in (number.encode(), number.encode().hex().encode(), number.encode("utf-16-le")))


def test_no_document_number_is_in_the_database_its_log_the_logs_or_any_page(
    app: Flask, cast: Cast, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cast.city()
    browser.sign_in(cast.account())
    pages = []
    for number in NUMBERS:
        form = registration(name="王秀兰", document_number=number)
        pages.append(browser.submit("/volunteers/new?relation=elder", form).text)
        # A refused form shows it to whoever typed it, and nobody keeps it.
        browser.post("/volunteers/new?relation=elder", form, expect=422)
    with app.app_context():
        addresses = db.session.scalars(select(Volunteer.public_id)).all()
    pages += [browser.get(path).text for path in ("/volunteers/", "/volunteers/codes", "/accounts/consents")]
    for address in addresses:
        pages += [browser.get(f"/volunteers/{address}{page}").text for page in ("", "/edit", "/card", "/badge")]
    stored, seen = _everything_stored(app), "\n".join(pages)
    assert b"\xe7\x8e\x8b" in stored, "the scan reads what it should"
    for number in NUMBERS:
        assert not _holds(number, stored)
        assert number not in seen
        assert number[6:14] not in seen
        assert number not in caplog.text
    assert re.search(r"420\*{13}", seen)


def test_the_scan_finds_a_number_that_is_not_sealed(app: Flask, cast: Cast) -> None:
    cast.account(NUMBERS[0])
    assert _holds(NUMBERS[0], _everything_stored(app))


def _registered(app: Flask, cast: Cast) -> int:
    cast.city()
    account = cast.account()
    Browser(app).sign_in(account).post(
        "/volunteers/new?relation=elder", registration(name="王秀兰", document_number=NUMBERS[0])
    )
    return account.id


def test_opening_a_number_leaves_a_trace_of_who_and_why(app: Flask, cast: Cast) -> None:
    account_id = _registered(app, cast)
    with app.app_context():
        vault = Vault.of(app.config["SETTINGS"].keys)
        volunteer = db.session.scalars(select(Volunteer)).one()
        assert vault.reveal_document(volunteer, account_id=account_id, purpose="核对身份") == NUMBERS[0]
        trail = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "volunteers.reveal_document")).one()
        assert (trail.account_id, trail.subject_id) == (account_id, volunteer.public_id)
        assert trail.details == {"purpose": "核对身份"}
        assert trail.lineage == volunteer.community.lineage


def test_a_number_moved_to_another_row_does_not_open(app: Flask, cast: Cast) -> None:
    account_id = _registered(app, cast)
    other = cast.volunteer()
    with app.app_context():
        vault = Vault.of(app.config["SETTINGS"].keys)
        taken = db.session.scalars(select(Volunteer).where(Volunteer.id != other.id)).one()
        robbed = db.session.get_one(Volunteer, other.id)
        robbed.document_cipher = taken.document_cipher
        with pytest.raises(BrokenSeal):
            vault.reveal_document(robbed, account_id=account_id, purpose="核对身份")


def test_what_holds_a_number_does_not_print_it(app: Flask) -> None:
    typed = RegistrationTyped(Relation.SELF, "李晓梅", DocumentKind.RESIDENT_ID, NUMBERS[0], "周公庙社区")
    document = check_document(DocumentKind.RESIDENT_ID, NUMBERS[0], date(2026, 1, 1))
    for shown in (repr(typed), str(typed), repr(document), str(document), repr(Vault.of(app.config["SETTINGS"].keys))):
        assert NUMBERS[0] not in shown
        assert "secret" not in shown
