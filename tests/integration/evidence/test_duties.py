"""Duties: who is told what, once each; what waits on the first page; and what is packed stays."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from models.areas import AreaPopulation
from models.base import db
from models.evidence import DossierDuty, DossierFile, DossierItem, DossierItemVersion, DossierPackage
from models.notices import Notice
from models.surveys import SurveyResult
from tests.cast import Cast
from tests.client import Browser
from volunteer.evidence import duties, operations, queries
from volunteer.evidence.jobs import look_after_duties
from volunteer.evidence.rules import NoteFacts
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.permissions import Role
from volunteer.notices.rules import NoticeKind

MONDAY = date(2026, 7, 13)


def told(account_id: int) -> list[str]:
    """Return what an account was told of dossiers, in order."""
    found = db.session.query(Notice).filter_by(account_id=account_id, kind=NoticeKind.DOSSIER).order_by(Notice.id)
    return [notice.text for notice in found]


def run_on(day: int) -> None:
    with time_machine.travel(datetime(2026, 7, day, 0, 20, tzinfo=UTC), tick=False):
        look_after_duties()
        db.session.commit()


def assigned(dossier_id: str, holder_id: int | None, account_id: int) -> None:
    dossier = queries.dossier_by_public_id(dossier_id)
    asked = {"unit": "襄城区教育局", "due_on": MONDAY, "pictures": 2, "holder_id": holder_id}
    duties.assign(dossier, "1.1", account_id=account_id, **asked)
    db.session.commit()


def test_a_duty_is_told_of_when_given_three_working_days_before_and_when_late_once_each(
    app: Flask, cast: Cast, dossier_id: str
) -> None:
    boss = cast.office(Role.OFFICE_ADMIN, "420602", "老周")
    clerk = cast.office(Role.OFFICE_STAFF, "420602", "小孙")
    other = cast.office(Role.OFFICE_STAFF, "420602", "小郑")
    cast.office(Role.OFFICE_STAFF, "420606")
    with app.app_context():
        assigned(dossier_id, clerk.id, boss.id)
        assigned(dossier_id, clerk.id, boss.id)  # saying the same again is no news
        assert len(told(clerk.id)) == 1
        run_on(7)
        assert len(told(clerk.id)) == 1
        for _ in range(2):
            run_on(8)  # Wednesday: Thursday, Friday and Monday are left
        assert [words[-15:] for words in told(clerk.id)][1:] == [duties._SOON[-15:]]
        for day in (13, 14, 15):
            run_on(day)
        assert told(clerk.id)[2:] == [duties._LATE]
        assert told(boss.id) == [duties._LATE]
        assert told(other.id) == []
        link = db.session.query(Notice).filter_by(account_id=clerk.id).first().link
    for reader in (clerk, boss):
        assert 'id="clause-1.1"' in Browser(app).sign_in(reader).get(link.partition("#")[0]).text


def test_a_duty_of_nobody_in_particular_falls_to_all_who_keep_the_dossier_until_it_is_done(
    app: Flask, cast: Cast, dossier_id: str
) -> None:
    boss = cast.office(Role.OFFICE_ADMIN, "420602", "老周")
    clerk = cast.office(Role.OFFICE_STAFF, "420602", "小孙")
    stranger = cast.office(Role.OFFICE_STAFF, "420606", "外人")
    with app.app_context():
        with pytest.raises(Invalid):
            assigned(dossier_id, stranger.id, boss.id)
        db.session.rollback()
        assigned(dossier_id, None, boss.id)
        assert (len(told(boss.id)), len(told(clerk.id)), len(told(stranger.id))) == (0, 1, 0)
    with time_machine.travel(datetime(2026, 7, 14, 4, tzinfo=UTC), tick=False):
        desk = Browser(app).sign_in(clerk)
        assert "1 条测评材料逾期没交齐" in desk.get("/metrics/areas/420602").text
        assert "逾期" in desk.get(f"/evidence/{dossier_id}/duties").text
        assert "测评材料逾期" not in Browser(app).sign_in(stranger).get("/metrics/areas/420606").text
        with app.app_context():
            dossier = queries.dossier_by_public_id(dossier_id)
            note = NoteFacts("襄城区教育局", date(2026, 6, 1))
            operations.add_note(dossier, "1.1", "情况", note, "都办了。", account_id=None)
            content = operations.Checked(b"%PDF-", "办法.pdf", 1)
            dated = operations.DocumentFacts("一号", "市文明办", date(2026, 2, 1))
            operations.add_document(dossier, "1.1", "办法", dated, content, account_id=None)
            db.session.commit()
            look_after_duties()
            assert len(told(clerk.id)) == 1
        assert "测评材料逾期" not in desk.get("/metrics/areas/420602").text


def test_the_first_page_asks_no_more_for_fifty_duties_of_three_dossiers_than_for_one(
    app: Flask, cast: Cast, dossier_id: str
) -> None:
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        dossiers = [queries.dossier_by_public_id(dossier_id)]
        dossiers += [operations.open_dossier(cast.area(code), 2026, account_id=None) for code in ("420600", "420606")]
        owed = [(dossier.id, clause.code) for dossier in dossiers for clause in queries.clauses(dossier)]
        db.session.commit()
    browser, counts = Browser(app).sign_in(cast.office()), []
    late = {"unit": "文明办", "due_on": date(2026, 1, 5), "pictures": 3, "set_at": clock.now()}
    browser.get("/metrics/areas/420600")
    for more in (owed[:1], owed[1:]):
        for owner, code in more:
            cast.add(DossierDuty(dossier_id=owner, clause_code=code, **late))
        asked.clear()
        said = browser.get("/metrics/areas/420600").text
        counts.append(len(asked))
    assert f"{len(owed)} 条测评材料逾期" in said
    assert len(owed) >= 50
    assert counts[0] == counts[1]


def test_who_reads_a_dossier_reads_what_its_figures_rest_on_and_nothing_to_change(
    app: Flask, browser: Browser, cast: Cast, dossier_id: str
) -> None:
    area = cast.area("420602")
    found = {"held_on": date(2026, 5, 20), "supporting": 363, "valid_answers": 400, "recorded_at": clock.now()}
    cast.add(SurveyResult(area_id=area.id, is_official=True, source="市调查队", **found))
    lived = {"area_id": cast.area("420602001001").id, "year": 2026, "recorded_at": clock.now()}
    cast.add(AreaPopulation(residents=4321, source="街道年报", **lived))
    browser.sign_in(cast.office(Role.ASSESSOR, "420602", "测评的老钱"))
    page = browser.get(f"/evidence/{dossier_id}/grounds").text
    for said in ("90.75%", "市调查队", "正式测评", "街道年报", "4,321", "≥ 10"):
        assert said in page, said
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    Browser(app).sign_in(cast.office(Role.ASSESSOR, "420606")).get(f"/evidence/{dossier_id}/grounds", expect=404)


KEPT = (DossierFile, DossierItemVersion, DossierPackage)


@pytest.fixture
def kept(app: Flask, cast: Cast, dossier_id: str) -> str:
    """A dossier with an item, its file and version, and a package, by public id."""
    with app.app_context():
        dossier = queries.dossier_by_public_id(dossier_id)
        dated = operations.DocumentFacts("一号", "市文明办", date(2026, 2, 1))
        file = operations.Checked(b"%PDF-", "办法.pdf", 1)
        operations.add_document(dossier, "1.1", "办法", dated, file, account_id=None)
        content = {"digest": "0" * 64, "size": 1, "contents": {}, "content": b"P", "made_at": dossier.opened_at}
        db.session.add(DossierPackage(dossier_id=dossier.id, number=1, name="a.zip", **content))
        db.session.commit()
    return dossier_id


def refused(statement: str) -> bool:
    try:
        db.session.execute(text(statement))
    except DBAPIError:
        return True
    finally:
        db.session.rollback()
    return False


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__tablename__)
def test_what_was_packed_filed_and_noted_is_neither_changed_nor_deleted_nor_replaced(
    app: Flask, kept: str, model: type
) -> None:
    table = model.__tablename__
    with app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
        assert refused(f"UPDATE {table} SET id = id")
        assert refused(f"DELETE FROM {table}")
        if is_sqlite:
            assert refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        else:
            assert refused(f"TRUNCATE {table} CASCADE")
        # The control: without the guards the same goes through.
        for name in triggers_of(table, is_sqlite=is_sqlite):
            db.session.execute(text(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}")))
        changed = db.session.execute(text(f"UPDATE {table} SET id = id"))
        assert changed.rowcount == 1
        db.session.rollback()


def test_a_dossier_and_its_items_stay_what_they_are_of(app: Flask, kept: str) -> None:
    with app.app_context():
        assert refused("DELETE FROM dossier_item")
        assert refused("DELETE FROM dossier")
        assert refused("UPDATE dossier SET year = year - 1")
        assert refused("UPDATE dossier_item SET number = number + 1")
        assert not refused("UPDATE dossier_item SET title = 'another'")  # words may change while it stands
        item = db.session.query(DossierItem).one()
        operations.withdraw_item(item, "换新文件", account_id=None)
        db.session.commit()
        assert refused("UPDATE dossier_item SET withdrawn_at = NULL")


def triggers_of(table: str, *, is_sqlite: bool) -> list[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        if is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
    )
    return list(db.session.scalars(text(query), {"table": table}))
