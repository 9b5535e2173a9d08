"""A small city with figures that a reader can check in the head."""

from datetime import date

import pytest
from flask import Flask

from tests.cast import Cast
from tests.factories.ledger import Ledger, city_with_residents
from volunteer.hours.minutes import Source


@pytest.fixture
def ledger(app: Flask, cast: Cast) -> Ledger:
    """Return the city of the tests: ten volunteers, populations, one survey of the city, the shipped edition."""
    ledger = city_with_residents(
        app, cast, {"420602001001": 30, "420602001002": 20, "420602002001": 10, "420606001001": 40}
    )
    people = [ledger.volunteer("420602001001", name) for name in ("阿卜杜·热西提", "张伟", "王芳", "刘洋")]
    people += [ledger.volunteer("420602002001") for _ in range(2)]
    people += [ledger.volunteer("420606001001") for _ in range(4)]
    for volunteer in people[:3]:
        ledger.serve(volunteer, date(2026, 3, 1), 90)
    ledger.serve(people[0], date(2026, 4, 1), 125, Source.MANUAL)
    ledger.serve(people[3], date(2026, 4, 2), 60, Source.IMPORT)
    ledger.serve(people[6], date(2025, 9, 1), 480)
    ledger.reverse(ledger.serve(people[7], date(2026, 5, 1), 480), people[7])
    ledger.survey("420600", 920, 1000)
    ledger.settle()
    return ledger
