"""A community comes under another street: each day keeps its own tree, and the figures go along to the day."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError

from models.areas import Area, AreaMove
from models.audit import AuditEvent
from models.base import db
from models.metrics import FigureDelta
from tests.cast import Cast
from tests.factories.ledger import Ledger
from tests.recount import recount
from volunteer.areas import operations, plans
from volunteer.areas.moves import move_community, moves_of
from volunteer.areas.tree import tree_on
from volunteer.kernel.errors import DomainError
from volunteer.kernel.periods import WindowKind
from volunteer.metrics import queries
from volunteer.metrics.facts import Total
from volunteer.metrics.operations import rebuild_figures, take_in_changes

TODAY = date(2026, 6, 15)
COMMUNITY, FORMER, LATER = "420602001001", "420602001", "420606001"
MOVED_ON = date(2026, 5, 1)


def area(code: str) -> Area:
    return db.session.scalars(select(Area).where(Area.code == code)).one()


def move(to: str = LATER, on: date = MOVED_ON, code: str = COMMUNITY) -> AreaMove:
    return move_community(area(code), area(to), effective_on=on, reason="鄂民政函〔2026〕12 号", account_id=None)


def counted(code: str, on: date, kind: WindowKind = WindowKind.CALENDAR_YEAR) -> tuple[int, int, int, int | None]:
    basis = queries.basis_for(on, kind, Total.INCLUSIVE, today=TODAY)
    figures = queries.report(area(code), basis).whole.figures
    return figures.registered, figures.active, figures.minutes, figures.population


def below(code: str, on: date) -> list[str]:
    basis = queries.basis_for(on, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=TODAY)
    return [child.area.name for child in queries.report(area(code), basis).children]


@pytest.fixture
def city(app: Flask, cast: Cast, context: Flask) -> Ledger:
    """Return a city in which two people of the community to be moved served in March."""
    cast.city()
    ledger = Ledger(app, cast)
    for code, residents in ((COMMUNITY, 30), ("420602001002", 20), ("420606001001", 40)):
        ledger.residents(code, residents)
    for _ in range(2):
        ledger.serve(ledger.volunteer(COMMUNITY), date(2026, 3, 1), 90)
    ledger.serve(ledger.volunteer("420606001001"), date(2026, 3, 2), 60)
    ledger.settle()
    db.session.rollback()
    return ledger


def test_the_day_before_it_counts_in_the_former_street_and_from_the_day_on_in_the_new_one(city: Ledger) -> None:
    move()
    before, since = date(2026, 4, 30), MOVED_ON
    assert (counted(FORMER, before), counted(FORMER, since)) == ((2, 2, 180, 50), (0, 0, 0, 20))
    assert (counted(LATER, before), counted(LATER, since)) == ((1, 1, 60, 40), (3, 3, 240, 70))
    assert (counted("420602", before), counted("420602", since)) == ((2, 2, 180, 50), (0, 0, 0, 20))
    assert counted(COMMUNITY, before) == counted(COMMUNITY, since) == (2, 2, 180, 30)
    assert counted("420600", before)[:3] == counted("420600", since)[:3] == (3, 3, 240)


def test_the_page_of_each_day_lists_what_stood_there_then(city: Ledger) -> None:
    move()
    assert below(FORMER, date(2026, 4, 30)) == ["周公庙社区", "岘山社区"]
    assert below(FORMER, MOVED_ON) == ["岘山社区"]
    assert below(LATER, date(2026, 4, 30)) == ["邵家巷社区"]
    assert below(LATER, MOVED_ON) == ["周公庙社区", "邵家巷社区"]


def test_the_trend_of_a_street_changes_on_the_day(city: Ledger) -> None:
    move()
    basis = queries.basis_for(TODAY, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=TODAY)
    seen = {day: (one.facts.registered, one.population.communities) for day, one in queries.series(area(FORMER), basis)}
    assert [seen[date(2026, 3, 31)], seen[date(2026, 4, 30)]] == [(2, 2), (2, 2)]
    assert [seen[date(2026, 5, 31)], seen[TODAY]] == [(0, 1), (0, 1)]


def test_what_is_entered_late_lands_on_the_side_where_the_community_stood(city: Ledger) -> None:
    move()
    db.session.commit()
    late = city.volunteer(COMMUNITY, since=date(2026, 1, 1))
    city.serve(late, date(2026, 3, 20), 30)
    city.settle()
    db.session.rollback()
    assert counted(FORMER, date(2026, 4, 30)) == (3, 3, 210, 50)
    assert counted(FORMER, MOVED_ON) == (0, 0, 0, 20)
    assert counted(LATER, MOVED_ON) == (4, 4, 270, 70)


def stored() -> dict[tuple[int, str, date], tuple[int, ...]]:
    rows = db.session.execute(select(*FigureDelta.__table__.columns))
    return {tuple(row[:3]): tuple(row[3:]) for row in rows if any(row[3:])}


def test_moving_there_and_back_within_a_district_equals_a_rebuild(city: Ledger) -> None:
    for to, on in (("420602002", date(2025, 11, 3)), (LATER, MOVED_ON), (FORMER, date(2026, 6, 1))):
        move(to, on)
    kept = stored()
    rebuild_figures()
    assert stored() == kept
    for on in (date(2025, 11, 2), date(2025, 11, 3), date(2026, 4, 30), MOVED_ON, date(2026, 5, 31), date(2026, 6, 1)):
        expected = recount(db.session.connection(), on, "rolling_year", strict=False)
        for code in (FORMER, LATER, "420602002", "420602", "420606", "420600", COMMUNITY):
            one = expected[code]
            found = counted(code, on, WindowKind.ROLLING_YEAR)
            assert found[:3] == (one.registered, one.active, one.minutes), (code, on)


def test_figures_that_did_not_follow_would_differ_from_a_rebuild(city: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("volunteer.areas.moves.followers", [])
    move()
    kept = stored()
    rebuild_figures()
    assert stored() != kept


@pytest.mark.parametrize(
    ("code", "to", "on", "field", "words"),
    [
        (COMMUNITY, FORMER, MOVED_ON, "to_code", "它现在就归真武山街道管"),
        (COMMUNITY, "420602", MOVED_ON, "to_code", "社区（村）只能归街道乡镇管"),
        ("420602002", LATER, MOVED_ON, "to_code", "只有社区（村）可以调整隶属"),
        (COMMUNITY, LATER, date(2030, 1, 1), "effective_on", "日期不能在今天以后"),
        (COMMUNITY, LATER, date(1066, 1, 1), "effective_on", "日期不能早于 1990 年"),
    ],
)
def test_an_impossible_move_says_why(city: Ledger, code: str, to: str, on: date, field: str, words: str) -> None:
    with pytest.raises(DomainError, match=words) as caught:
        move(to, on, code)
    assert caught.value.field == field


def test_the_next_move_comes_after_the_last_one(city: Ledger) -> None:
    move()
    for on in (date(2026, 4, 1), MOVED_ON):
        with pytest.raises(DomainError, match="它在 5 月 1 日已经调整过一次"):
            move("420602002", on)
    move("420602002", date(2026, 5, 2))
    assert area(COMMUNITY).lineage == "420600/420602/420602002/420602001001"


def test_a_move_is_kept_and_traced_on_both_sides(city: Ledger) -> None:
    move()
    for code in (COMMUNITY, FORMER, LATER, "420602", "420606"):
        assert [row.to_street.name for row in moves_of(area(code))] == ["汉江街道"]
    assert moves_of(area("420602002")) == []
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "areas.move")).all()
    assert {event.lineage for event in events} == {
        "420600/420602/420602001/420602001001",
        "420600/420606/420606001/420602001001",
    }
    assert events[0].details["before"] == "襄城区 真武山街道"
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(delete(AreaMove))


def test_a_file_neither_undoes_a_move_nor_is_refused_for_it(city: Ledger) -> None:
    move()
    for parent in (FORMER, LATER):
        text = f"代码,名称,级别,上级代码\n{COMMUNITY},周公庙新社区,社区,{parent}\n"
        plan = plans.read_area_file(text.encode(), ("420600/420606",))
        assert [row.code for row in plan.renamed] == [COMMUNITY]
    operations.import_areas(plan, account_id=None)
    found = area(COMMUNITY)
    assert (found.name, found.lineage) == ("周公庙新社区", "420600/420606/420606001/420602001001")
    with pytest.raises(DomainError, match="有 1 处要改"):
        plans.read_area_file(f"代码,名称,级别,上级代码\n{COMMUNITY},周公庙社区,社区,420602002\n".encode())
    with pytest.raises(DomainError, match="不归您管"):
        plans.read_area_file(
            f"代码,名称,级别,上级代码\n{COMMUNITY},周公庙,社区,{FORMER}\n".encode(), ("420600/420602",)
        )


def test_the_tree_of_a_day_knows_every_place_a_community_has_stood(city: Ledger) -> None:
    for to, on in (("420602002", date(2025, 11, 3)), (LATER, MOVED_ON)):
        move(to, on)
    found = area(COMMUNITY)
    stood = {day: tree_on(day).lineage_of(found).split("/")[2] for day in (date(2020, 1, 1), date(2026, 1, 1), TODAY)}
    assert list(stood.values()) == [FORMER, "420602002", LATER]
    while take_in_changes():
        pass
