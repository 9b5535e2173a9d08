"""What tells of one to four people is shown on no page, file, token or wall, nor left to be computed from several."""

from datetime import date

import pytest
from flask import Flask

from models.areas import Area
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from tests.factories.ledger import Ledger, city_with_residents
from tests.integration.metrics.test_dashboard import ON, rows_of, words
from volunteer.areas.moves import move_community
from volunteer.hours.minutes import Source
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.metrics.snapshots import take_snapshots

CITY, A, B = "420600", "420602", "420606"
FIRST, SECOND, THIRD, OTHER = "420602001001", "420602001002", "420602002001", "420606001001"
SINCE = date(2025, 1, 1)


@pytest.fixture
def people(app: Flask, cast: Cast) -> Ledger:
    """Return a city of two districts without volunteers."""
    return city_with_residents(app, cast, {FIRST: 300, SECOND: 200, THIRD: 100, OTHER: 400})


def settle(ledger: Ledger, plan: dict[str, tuple[int, int]]) -> None:
    """Register and let serve as many as `plan` says by community."""
    for code, (registered, served) in plan.items():
        for number in range(registered):
            volunteer = ledger.volunteer(code, since=SINCE)
            if number < served:
                ledger.serve(volunteer, date(2026, 3, 1), 60)
    ledger.settle()


def test_the_forecast_tells_nothing_of_what_the_dashboard_hides(cast: Cast, browser: Browser, people: Ledger) -> None:
    settle(people, {FIRST: (20, 3), SECOND: (2, 1), THIRD: (20, 12), OTHER: (30, 20)})
    path = f"/forecasts/{SECOND}?{ON}&indicator=registered_share"
    page = words(browser.sign_in(cast.office(Role.ASSESSOR)).get(path))
    assert "1.00%" not in page
    assert "人数太少，为保护个人信息不显示" in page
    browser.get(f"/forecasts/{CITY}/table.csv?{ON}")
    assert "1.00%" in words(Browser(browser.app).sign_in(cast.office()).get(path))


def test_a_wall_hides_what_the_table_above_it_hides(cast: Cast, browser: Browser, people: Ledger) -> None:
    settle(people, {FIRST: (20, 12), THIRD: (20, 12), OTHER: (30, 3)})
    browser.sign_in(cast.office(Role.ASSESSOR))
    assert "60.00" not in words(browser.get(f"/metrics/areas/{CITY}?as_of={clock.today()}"))
    assert "60.00" not in words(browser.get(f"/screen/{A}"))


def test_a_trend_is_judged_over_all_areas_on_each_day(cast: Cast, browser: Browser, people: Ledger) -> None:
    for number in range(30):
        people.volunteer(OTHER, since=SINCE if number < 3 else date(2026, 5, 1))
    settle(people, {FIRST: (40, 0)})
    browser.sign_in(cast.office(Role.ASSESSOR))
    assert "40" in words(browser.get(f"/metrics/areas/{A}?{ON}"))
    for code, days in ((CITY, 13), (A, 0), (B, 0)):
        rows = rows_of(browser.get(f"/metrics/areas/{code}/registered_share/trend.csv?{ON}"))
        assert sum(row[0][:3] == "202" for row in rows if row) == days


def test_a_part_that_is_small_in_one_district_is_shown_in_none(cast: Cast, browser: Browser, people: Ledger) -> None:
    for code, counts in ((FIRST, (20, 10, 9)), (OTHER, (20, 6, 2))):
        for year, count in zip((1990, 1950, 2010), counts, strict=True):
            for _ in range(count):
                cast.volunteer(
                    people.account, community=cast.area(code), registered_on=SINCE, birth_on=date(year, 1, 1)
                )
    people.settle()
    browser.sign_in(cast.office(Role.ASSESSOR))
    for code in (CITY, A, B):
        rows = rows_of(browser.get(f"/metrics/areas/{code}/parts/age.csv?as_of=2026-05-31"))[1:4]
        assert [row[1] for row in rows if row[0] != "合计"].count("—") == 2
    assert "怕认出人" in words(browser.get(f"/metrics/areas/{FIRST}/parts/age?as_of=2026-05-31"))


def test_what_was_shown_on_a_day_is_judged_by_that_day(
    app: Flask, cast: Cast, browser: Browser, people: Ledger
) -> None:
    settle(people, {FIRST: (40, 0), OTHER: (3, 0)})
    with app.app_context():
        take_snapshots(date(2026, 6, 15))
        db.session.commit()
    settle(people, {OTHER: (10, 0)})
    browser.sign_in(cast.office(Role.ASSESSOR))
    said = {code: words(browser.get(f"/metrics/areas/{code}/shown?{ON}")) for code in (CITY, A, B)}
    assert "43 / " in said[CITY]
    assert "40 / " not in said[A]
    assert "3 / " not in said[B]
    assert "差在哪里" not in said[B]


def test_a_moved_community_is_hidden_before_its_move_too(
    app: Flask, cast: Cast, browser: Browser, people: Ledger
) -> None:
    settle(people, {FIRST: (20, 12), SECOND: (3, 1), OTHER: (30, 20)})
    with app.app_context():
        area, street = (db.session.query(Area).filter_by(code=code).one() for code in (SECOND, "420606001"))
        move_community(area, street, effective_on=date(2026, 7, 1), reason="调整", account_id=None)
        db.session.commit()
    browser.sign_in(cast.office(Role.ASSESSOR, B))
    for day in ("2026-07-02", "2026-06-15"):
        page = words(browser.get(f"/metrics/areas/{SECOND}?as_of={day}"))
        assert "不显示" in page
        assert "3 / 200" not in page


def test_the_strict_page_tells_no_hours_of_a_hidden_cell_nor_rows_of_one_person(
    cast: Cast, browser: Browser, people: Ledger
) -> None:
    settle(people, {OTHER: (20, 20)})
    ours = [people.volunteer(FIRST, since=SINCE) for _ in range(10)]
    for one in ours[:3]:
        people.serve(one, date(2026, 3, 1), 77, Source.MANUAL)
    for day in range(1, 7):
        people.reverse(people.serve(ours[9], date(2026, 3, day), 77), ours[9])
    people.settle()
    browser.sign_in(cast.office(Role.ASSESSOR))
    for total in ("strict", "inclusive"):
        page = words(browser.get(f"/metrics/areas/{FIRST}/hours_per_head?{ON}&total={total}"))
        assert "3 小时 51 分" not in page
        assert "7 小时 42 分" not in page
