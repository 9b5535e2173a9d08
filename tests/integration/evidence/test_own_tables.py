"""A table that somebody brings: nobody waits for it, and no page reads it again."""

from io import BytesIO

import pytest
from flask import Flask

from models.base import db
from models.evidence import DossierItem
from tests.cast import Cast
from tests.client import Browser
from tests.workbooks import bomb
from volunteer.areas.queries import area_by_code
from volunteer.evidence import desk, queries
from volunteer.evidence.operations import open_dossier
from volunteer.evidence.own_tables import OwnTable
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.metrics.edition_operations import ensure_shipped_edition

TOLD = {"clause": "1.2", "title": "培训计划", "unit": "襄城区教育局", "source": "签到表"}


def test_a_table_is_looked_at_once_and_nobody_waits_for_the_database(
    app: Flask, browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.city()
    staff = cast.office(Role.OFFICE_STAFF, "420602")
    with app.app_context():
        ensure_shipped_edition()
        dossier_id = open_dossier(area_by_code("420602"), clock.today().year, account_id=None).public_id
        db.session.commit()
    browser.sign_in(staff)
    path = f"/evidence/{dossier_id}/table/new?clause=1.2&table=own"
    told = {**TOLD, "counted_to": clock.today().isoformat()}
    refused = browser.post(path, {**told, "file": (BytesIO(bomb(30_000)), "表.xlsx")}, expect=422)
    assert "展开后太大" in refused.text
    look, held = desk.brought_table, []

    def seen(content: bytes, patience: float) -> OwnTable:
        held.append(db.session().in_transaction())
        return look(content, patience)

    monkeypatch.setattr(desk, "brought_table", seen)
    browser.post(path, {**told, "file": (BytesIO("学校,场次\n市一中,12\n".encode()), "表.csv")})
    assert held == [False]
    with app.app_context():
        item = db.session.query(DossierItem).one()
        item_id = item.public_id
        assert queries.printed_part(item) == OwnTable((("学校", "场次"), ("市一中", "12")), 1, 2)
    # Nobody reads the file for its page.
    monkeypatch.setattr(queries, "content_of", lambda _file_id: pytest.fail("read again"))
    page = browser.get(f"/evidence/items/{item_id}").text
    assert "市一中" in page


def test_a_workbook_that_would_fill_the_memory_is_no_list_of_areas(browser: Browser, cast: Cast) -> None:
    cast.city()
    browser.sign_in(cast.office())
    page = browser.post("/admin/areas/import", {"file": (BytesIO(bomb(30_000)), "区划.xlsx")}, expect=422).text
    assert "展开后太大" in page
