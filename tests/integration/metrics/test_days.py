"""What was shown on a day, what is counted for it now, and that the causes between them add up."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from models.activities import Shift
from models.areas import Area, AreaPopulation, PopulationChange
from models.base import db
from models.metrics import FigureSnapshot, FigureState, PartDelta
from tests.cast import Cast
from tests.client import Browser
from tests.factories import city_at_random
from tests.factories.city_at_random import NOON, RandomCity
from tests.factories.ledger import Ledger
from tests.integration.metrics.test_dashboard import rows_of, words
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.periods import ONE_DAY, WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics import jobs, part_operations, queries
from volunteer.metrics.difference_queries import compare
from volunteer.metrics.differences import Cause, minus, plus
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.facts import Total
from volunteer.metrics.operations import follow_theme, make_missing_parts, rebuild_figures, take_in_changes
from volunteer.metrics.snapshots import snapshot, take_snapshots

DAY, TODAY = date(2026, 6, 15), date(2026, 7, 4)
TAKEN_AT = NOON + timedelta(days=1)
LATER = NOON + timedelta(days=2)


@pytest.fixture
def city(cast: Cast, context: Flask, monkeypatch: pytest.MonkeyPatch) -> RandomCity:
    """Return a city of which snapshots were taken of three days while it lived, and that lived on."""
    city = RandomCity(cast, 6, people=25)
    ensure_shipped_edition()
    connection = db.session.connection()
    city.populate(connection)
    moment = [NOON]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    for number, _ in enumerate(city.live(connection)):
        if number == 90:
            settle()
            moment[0] = TAKEN_AT
            assert [take_snapshots(day) > 0 for day in (DAY, date(2025, 2, 28), DAY)] == [True, True, False]
            moment[0] = LATER
            monkeypatch.setattr(city_at_random, "NOON", LATER)
            city.recorded_from = LATER
    settle()
    return city


def settle() -> None:
    """Take everything into the figures."""
    while take_in_changes():
        pass


@pytest.mark.parametrize("day", [DAY, date(2025, 2, 28)])
def test_the_causes_explain_to_the_minute_what_changed_and_what_was_known_can_be_told_without_a_note(
    city: RandomCity, day: date
) -> None:
    causes: set[Cause] = set()
    for area in db.session.scalars(select(Area)).all():
        basis = queries.basis_for(day, WindowKind.ROLLING_YEAR, Total.INCLUSIVE, today=TODAY, area=area)
        kept = compare(area, basis, TAKEN_AT)
        assert kept.shown.is_kept
        total = minus(kept.now.counted.facts, kept.shown.counted.facts)
        assert plus(change.deltas for change in kept.changes) == total
        causes |= {change.cause for change in kept.changes}
        db.session.execute(delete(FigureSnapshot).where(FigureSnapshot.area_id == area.id))
        db.session.expire_all()
        worked_out = compare(area, basis, TAKEN_AT)
        assert not worked_out.shown.is_kept
        assert worked_out.shown.counted.facts == kept.shown.counted.facts, area.code
        assert worked_out.changes == kept.changes
    assert {Cause.LATE, Cause.REVERSED, Cause.MOVED} <= causes
    assert Cause.UNSETTLED not in causes


def test_the_parts_that_were_kept_are_those_of_a_rebuild_and_an_older_installation_gets_them(city: RandomCity) -> None:
    columns = PartDelta.__table__.columns
    kept = {row[:5]: row[5:] for row in db.session.execute(select(*columns)) if any(row[5:])}
    assert kept
    assert not make_missing_parts()
    db.session.execute(delete(PartDelta))
    db.session.execute(delete(FigureState).where(FigureState.id == 2))
    city.serve(db.session.connection(), city.volunteers[0])
    settle()
    assert not part_operations.are_kept()
    assert db.session.scalar(select(func.count()).select_from(PartDelta)) == 0
    assert make_missing_parts()
    rebuilt = {row[:5]: row[5:] for row in db.session.execute(select(*columns))}
    assert rebuilt.keys() >= kept.keys()
    rebuild_figures()
    assert {row[:5]: row[5:] for row in db.session.execute(select(*columns))} == rebuilt


def test_the_parts_follow_an_activity_to_its_new_theme_but_for_what_still_waits(city: RandomCity) -> None:
    columns = PartDelta.__table__.columns
    city.serve(db.session.connection(), city.volunteers[0])
    activity = db.session.get_one(Shift, city.shift.id).activity
    before, activity.category = activity.category, ServiceCategory.LAW
    assert before is not ServiceCategory.LAW
    db.session.flush()
    follow_theme(activity.id, str(before))
    settle()
    kept = {row[:5]: row[5:] for row in db.session.execute(select(*columns)) if any(row[5:])}
    assert {row[2] for row in kept if row[1] == "theme"} == {"law"}
    rebuild_figures()
    assert {row[:5]: row[5:] for row in db.session.execute(select(*columns))} == kept


def test_residents_that_were_set_anew_are_taken_back_too(ledger: Ledger, context: Flask, cast: Cast) -> None:
    street, community = cast.area("420602001"), cast.area("420602001001")
    row = db.session.scalars(select(AreaPopulation).where(AreaPopulation.area_id == community.id)).one()
    row.residents = 50
    change = {"area_id": community.id, "year": 2026, "residents": 50, "is_built_up": True, "source": "核对"}
    change |= {"residents_before": 30, "was_built_up": True, "recorded_at": clock.now() + timedelta(hours=1)}
    db.session.add(PopulationChange(**change))
    db.session.flush()
    basis = queries.basis_for(DAY, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=TODAY, area=street)
    found = compare(street, basis, clock.now())
    assert found.shown.counted.population.residents == 50
    assert found.now.counted.population.residents == 70
    assert found.population_changes == 1


def test_the_page_tells_which_it_is_and_adds_up(cast: Cast, browser: Browser, ledger: Ledger) -> None:
    browser.sign_in(cast.office())
    address = f"/metrics/areas/420602/shown?as_of={DAY}"
    page = words(browser.get(address))
    assert "这一天没有存下原数（从今晚起每天夜里存一次）" in page
    assert "当天显示 0 0 0 小时 后来登记的注册和恢复 6 +6 0 0 小时 后来生效的服务记录 5 0 +4 +7 小时 35 分" in page
    assert "现在重算 6 4 7 小时 35 分" in page
    rows = rows_of(browser.get(f"/metrics/areas/420602/shown.csv?as_of={DAY}"))
    assert [int(row[2]) for row in rows[1:4]] == [0, 6, 0]
    assert rows[4][2:4] == ["6", "4"]
    assert "这一天还没有任何记录 最早的记录是 2025 年 1 月 1 日的" in words(browser.get(f"{address[:-10]}2024-12-31"))
    assert "今天还没有过完" in words(browser.get(f"{address[:-10]}{clock.today()}"))
    browser.get("/metrics/areas/420602/shown?as_of=2026-02-30", expect=422)


def test_the_night_writes_down_every_area_once(cast: Cast, browser: Browser, ledger: Ledger, context: Flask) -> None:
    jobs.take_snapshots()
    jobs.take_snapshots()
    yesterday = clock.today() - ONE_DAY
    assert db.session.scalar(select(func.count()).select_from(FigureSnapshot)) == len(ledger.cast.city())
    kept = snapshot(cast.area("420600"), yesterday)
    assert kept is not None
    assert kept.counted.facts.registered == 10
    assert kept.counted.population.residents == 100
    assert kept.counted.survey is not None
    assert kept.edition_name == "2017 版《全国文明城市测评体系（地级以上）》"
    assert len(kept.thresholds) == 4
    db.session.commit()
    browser.sign_in(cast.office(Role.ASSESSOR))
    page = words(browser.get(f"/metrics/areas/420600/shown?as_of={yesterday}"))
    assert "存下来的原数" in page
    assert "没有登记过会改动这一天的注册和服务" in page
    assert kept.taken_at <= clock.now()
