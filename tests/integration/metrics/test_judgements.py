"""What was judged is kept as long as the figures are the same, and no longer; the two totals are told apart."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, current_app

from models.areas import Area
from models.base import db
from models.engine import is_reading
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger
from tests.integration.metrics.test_dashboard import ON, words
from volunteer.areas.moves import move_community
from volunteer.hours.minutes import Source
from volunteer.kernel import clock
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics import discretion as rooms
from volunteer.metrics import queries
from volunteer.metrics.discretion import Discretion, discretion
from volunteer.metrics.facts import Total
from volunteer.metrics.judgements import MOST_KEPT, Judgement, judgements
from volunteer.metrics.operations import take_in_changes

CITY, A, B, FIRST, SECOND, OTHER = "420600", "420602", "420606", "420602001001", "420602001002", "420606001001"
DAY, SINCE = date(2026, 6, 15), date(2025, 1, 1)


@pytest.fixture
def people(app: Flask, cast: Cast) -> Ledger:
    """Return a city of two districts without volunteers."""
    cast.city()
    return Ledger(app, cast)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows whenever a city is judged anew."""
    judged: list[int] = []
    judge = rooms._judge
    monkeypatch.setattr(rooms, "_judge", lambda *args: judged.append(1) or judge(*args))
    return judged


@pytest.fixture
def reading(app: Flask) -> Iterator[None]:
    """Read as a page does, which writes nothing."""
    before = is_reading.set(True)
    yield
    is_reading.reset(before)


def register(ledger: Ledger, code: str, count: int) -> None:
    for _ in range(count):
        ledger.volunteer(code, since=SINCE)


def hidden(app: Flask, day: date = DAY) -> frozenset[int]:
    """Return by id of which areas the registered are not shown, as a request of its own sees it."""
    with app.app_context():
        return judged_now(day).registered


def judged_now(day: date = DAY) -> Discretion:
    return discretion(queries.basis_for(day, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=day))


def test_a_judgement_is_kept_until_the_figures_change(
    app: Flask, cast: Cast, people: Ledger, counted: list[int], reading: None
) -> None:
    # Nobody tells a process that another one took something in: the version that its own transaction sees must do.
    register(people, FIRST, 30)
    people.settle()
    other = cast.area(OTHER).id
    assert [hidden(app), hidden(app), len(counted)] == [frozenset(), frozenset(), 1]
    register(people, OTHER, 3)
    people.settle()
    assert other in hidden(app)
    assert other in hidden(app)
    assert len(counted) == 2
    register(people, OTHER, 9)
    people.settle()
    assert hidden(app) == frozenset()


def test_a_judgement_falls_with_the_tree(
    app: Flask, cast: Cast, people: Ledger, counted: list[int], reading: None
) -> None:
    register(people, FIRST, 30)
    people.settle()
    hidden(app)
    is_reading.set(False)
    with app.app_context():
        area, street = (db.session.query(Area).filter_by(code=code).one() for code in (SECOND, "420606001"))
        move_community(area, street, effective_on=date(2026, 1, 1), reason="调整", account_id=None)
        db.session.commit()
    is_reading.set(True)
    hidden(app)
    assert len(counted) == 2


def test_what_is_judged_while_it_may_be_undone_is_kept_for_nobody(
    app: Flask, cast: Cast, people: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = cast.area(OTHER).id
    register(people, FIRST, 30)
    register(people, OTHER, 3)
    people.settle()
    # At the same moment, and so by the same mark, once for naught and once for good.
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    register(people, OTHER, 9)
    with app.app_context():
        take_in_changes()
        assert other not in judged_now().registered
        db.session.rollback()
        assert other in judged_now().registered


def test_no_more_are_kept_than_there_is_room_for(context: Flask, reading: None) -> None:
    nothing = Judgement(frozenset(), frozenset(), frozenset())
    days = [DAY + timedelta(days=number) for number in range(MOST_KEPT + 20)]
    for start in range(0, len(days), 60):
        found = judgements(days[start : start + 60], WindowKind.MATERIAL, lambda asked: dict.fromkeys(asked, nothing))
        assert list(found.values()) == [nothing] * len(found)
    assert len(current_app.extensions["metrics_judgements"].kept) == MOST_KEPT


@pytest.fixture
def thirty_seven(people: Ledger) -> Ledger:
    """Return a city in which two people of a community have served by no scan, and ten of another one."""
    for code, registered, scanned, by_hand in ((FIRST, 45, 37, 2), (OTHER, 60, 35, 10)):
        people.residents(code, 1000)
        for number in range(registered):
            volunteer = people.volunteer(code, since=SINCE)
            if number < scanned + by_hand:
                source = Source.SCAN if number < scanned else Source.MANUAL
                people.serve(volunteer, date(2026, 3, 1), 60, source)
    people.settle()
    return people


def test_the_two_whom_one_total_counts_and_the_other_does_not_are_not_told(
    cast: Cast, browser: Browser, thirty_seven: Ledger
) -> None:
    browser.sign_in(cast.office(Role.ASSESSOR))
    pages = {
        (code, total): words(browser.get(f"/metrics/areas/{code}/active_share?{ON}&total={total}"))
        for code in (CITY, A, FIRST, B)
        for total in Total
    }
    assert all("39 人 ÷ 注册志愿者 45 人 = 86.66%" in pages[code, Total.INCLUSIVE] for code in (A, FIRST))
    assert "84 人 ÷ 注册志愿者 105 人 = 80.00%" in pages[CITY, Total.INCLUSIVE]
    assert "72 人 ÷ 注册志愿者 105 人" in pages[CITY, Total.STRICT]
    # 37 of 45, and 35 of 60, from which the 37 would follow.
    assert not any("82.22%" in page or "58.33%" in page for page in pages.values())
    for code in (A, FIRST, B):
        trend = words(browser.get(f"/metrics/areas/{code}?{ON}&trend=active_share")).split("近 13 个月走势")[1]
        assert "82.22%" not in trend
        assert "58.33%" not in trend
    assert "86.66%" in words(browser.get(f"/metrics/areas/{FIRST}?{ON}&trend=active_share"))


def test_the_office_sees_both_totals(cast: Cast, browser: Browser, thirty_seven: Ledger) -> None:
    page = words(browser.sign_in(cast.office()).get(f"/metrics/areas/{FIRST}/active_share?{ON}"))
    assert "82.22%" in page
    assert "86.66%" in page
