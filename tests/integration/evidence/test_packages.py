"""Packing: every figure equals the recount, each package stays as it was, and a lost file spoils nothing."""

import json
import re
import zipfile
from datetime import date
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.base import db
from models.evidence import DossierPackage
from tests.cast import Cast
from tests.client import Browser
from tests.factories.city_at_random import RandomCity
from tests.integration.evidence.conftest import CAPTION, pdf, picture
from tests.paper import pdf_text
from tests.recount import recount
from volunteer.areas.rules import AreaLevel
from volunteer.evidence import operations, packing, queries
from volunteer.evidence.operations import Checked, open_dossier
from volunteer.evidence.rules import DocumentFacts, NoteFacts, TableFacts
from volunteer.hours.photos import draw_anew
from volunteer.kernel import leafed
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.facts import Total
from volunteer.metrics.operations import rebuild_figures
from volunteer.metrics.small_cells import MARK, is_small
from volunteer.tasks.jobs import run_waiting

AS_OF = date(2026, 6, 15)
DATED = DocumentFacts("襄文明办〔2026〕3 号", "襄阳市文明办", date(2026, 2, 1))


def filled(dossier_id: str) -> None:
    """Put one of each kind into a dossier, and two pictures."""
    dossier = queries.dossier_by_public_id(dossier_id)
    who = {"account_id": None}
    operations.add_document(dossier, "1.1", "志愿服务管理办法", DATED, Checked(pdf("OFFICIAL"), "办法.pdf", 2), **who)
    note = NoteFacts("襄城区文明办", date(2026, 6, 1))
    operations.add_note(dossier, "1.2", "培训情况说明", note, "全年培训四次。\n" * 40, **who)
    for colour in ("teal", "olive"):
        operations.add_picture(dossier, "1.2", CAPTION, draw_anew(picture(colour)), f"{colour}.jpg", **who)
    operations.add_month_end_tables(dossier, **who)


def packed(dossier_id: str) -> tuple[DossierPackage, zipfile.ZipFile]:
    """Return a new package with its bytes."""
    steps: list[tuple[int, int]] = []
    made = packing.pack({"dossier": dossier_id, "account_id": None}, lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] <= steps[-1][1]
    package = queries.package_by_public_id(made.href.rpartition("/")[2])
    content = queries.package_content(package.id)
    assert sha256(content).hexdigest() == package.digest
    return package, zipfile.ZipFile(BytesIO(content))


def main_pdf(bundle: zipfile.ZipFile) -> bytes:
    return bundle.read(next(name for name in bundle.namelist() if name.endswith(".pdf") and "/" not in name))


def test_a_package_holds_the_book_the_tables_the_originals_and_an_index_with_digests(
    context: Flask, dossier_id: str
) -> None:
    filled(dossier_id)
    _, bundle = packed(dossier_id)
    index = json.loads(bundle.read("目录.json"))
    for file in index["files"]:
        assert sha256(bundle.read(file["path"])).hexdigest() == file["sha256"]
    assert {one["path"] for one in index["files"]} | {"目录.json", "目录.csv"} == set(bundle.namelist())
    book = main_pdf(bundle)
    words, reader = pdf_text(book), PdfReader(BytesIO(book))
    for said in ("目录", "材料清单", "2026-420602-01-01", "志愿服务管理办法", "全年培训四次", "OFFICIAL2"):
        assert said in words, said
    assert CAPTION.event in words
    assert index["files"][-1]["sha256"] in words
    pages = {item["number"]: item["page"] for item in index["items"]}
    assert "OFFICIAL1" in re.sub(r"\s", "", reader.pages[pages["2026-420602-01-01"] - 1].extract_text())
    assert any("1.1" in str(one.title) for one in reader.outline if not isinstance(one, list))
    assert "/Metadata" not in reader.root_object  # no claim for the pages of others


def test_the_same_content_at_the_same_moment_gives_the_same_bytes_and_later_ones_change_no_earlier(
    context: Flask, dossier_id: str
) -> None:
    filled(dossier_id)
    first, bundle = packed(dossier_id)
    book, digest, number = main_pdf(bundle), first.digest, first.number
    db.session.rollback()
    filled(dossier_id)
    again, bundle = packed(dossier_id)
    assert again.number == number
    assert again.digest == digest
    assert main_pdf(bundle) == book
    db.session.commit()
    item = queries.standings(queries.dossier_by_public_id(dossier_id))[0].entries[0].item
    operations.withdraw_item(item, "换新文件", account_id=None)
    later, bundle = packed(dossier_id)
    assert later.number == 2
    assert "OFFICIAL" not in pdf_text(main_pdf(bundle))
    kept = queries.packages(later.dossier)[-1]
    assert sha256(queries.package_content(kept.id)).hexdigest() == digest
    db.session.commit()
    with pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE dossier_package SET number = 7"))
    db.session.rollback()


def test_a_file_that_opens_no_more_leaves_a_page_that_names_it(
    context: Flask, dossier_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(dossier_id)
    monkeypatch.setattr(packing, "leaf", lambda _content: leafed.Leafed(leafed.State.UNREADABLE))
    words = pdf_text(main_pdf(packed(dossier_id)[1]))
    assert "这份文件没能放进来" in words
    assert "办法.pdf" in words
    assert "全年培训四次" in words


@pytest.mark.parametrize("total", [Total.INCLUSIVE, Total.STRICT])
def test_every_figure_of_a_package_equals_the_recount(cast: Cast, context: Flask, total: Total) -> None:
    city = RandomCity(cast, 3, people=60)
    ensure_shipped_edition()
    connection = db.session.connection()
    city.populate(connection)
    for _ in city.live(connection):
        pass
    rebuild_figures()
    area = city.stands("420600")
    dossier = open_dossier(area, 2026, account_id=None)
    for level in (AreaLevel.DISTRICT, AreaLevel.STREET, AreaLevel.COMMUNITY):
        facts = TableFacts(None, level, AS_OF, WindowKind.ROLLING_YEAR, total)
        operations.add_table(dossier, "2.1", facts, account_id=None)
    db.session.commit()
    _, bundle = packed(dossier.public_id)
    expected = recount(db.session.connection(), AS_OF, "rolling_year", strict=total is Total.STRICT)
    by_name = {one.name: expected[one.code] for one in city.areas.values()}
    words, shown, hidden = pdf_text(main_pdf(bundle)), 0, 0
    for name in (name for name in bundle.namelist() if name.endswith(".csv") and "/" in name):
        lines = bundle.read(name).decode("utf-8-sig").splitlines()
        which = int(name.removesuffix(".csv").rpartition("-")[2])
        for line in lines[1 : lines.index("")]:
            area_name, numerator, denominator, value, *_ = line.split(",")
            one = by_name[area_name]
            counts = {
                1: (one.registered, None if one.communities_without_residents else one.residents),
                2: (one.active, one.registered),
                3: (one.minutes, one.registered),
                4: (one.supporting, one.valid_answers),
            }[which]
            for place, (cell, count) in enumerate(zip((numerator, denominator), counts, strict=True)):
                if cell == MARK:
                    hidden += 1
                    continue
                assert not (which < 3 and is_small(count or 0)), (name, line)
                is_minutes = which == 3 and place == 0
                said = "—" if count is None else f"{count // 60}.{count % 60 * 100 // 60:02d}" if is_minutes else count
                assert cell == str(said), (name, line)
                shown += 1
            if MARK not in (numerator, denominator) and value != "—" and float(value.rstrip("%")):
                assert value in words.replace(",", ""), (name, line)
    assert shown > 40
    assert hidden > 0
    assert MARK in words


def test_small_cells_are_not_given_away_by_what_stands_beside_them(cast: Cast, context: Flask) -> None:
    area = cast.area("420602")
    for community, people in (("420602001001", 9), ("420602001002", 2), ("420602002001", 11), ("420606001001", 12)):
        for _ in range(people):
            cast.volunteer(community=cast.area(community))
    ensure_shipped_edition()
    rebuild_figures()
    dossier = open_dossier(area, 2026, account_id=None)
    facts = TableFacts(None, AreaLevel.COMMUNITY, AS_OF, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE)
    operations.add_table(dossier, "2.1", facts, account_id=None)
    db.session.commit()
    _, bundle = packed(dossier.public_id)
    table = bundle.read("原始表格/2026-420602-06-01-1.csv").decode("utf-8-sig").splitlines()
    cells = {line.split(",")[0]: line.split(",")[1] for line in table[1 : table.index("")]}
    assert cells["岘山社区"] == MARK
    assert cells["周公庙社区"] == MARK  # else the small one would be what is left of its street
    assert cells["襄城区"] == "22"


def test_packing_is_asked_for_on_the_page_done_by_a_job_and_taken_away(
    app: Flask, browser: Browser, cast: Cast, dossier_id: str
) -> None:
    keeper = cast.office(Role.OFFICE_STAFF, "420602")
    browser.sign_in(keeper)
    assert "档案里还没有材料" in browser.post(f"/evidence/{dossier_id}/packages", expect=422).text
    with app.app_context():
        filled(dossier_id)
        db.session.commit()
    task = browser.post(f"/evidence/{dossier_id}/packages").headers["Location"]
    with app.app_context():
        run_waiting()
    assert "已完成" in browser.get(task).text
    package = browser.get(f"{task}/file", expect=302).headers["Location"]
    page = browser.get(package).text
    assert "第 1 次汇编" in page
    assert "6 月 30 日" in page
    reader = Browser(app).sign_in(cast.office(Role.ASSESSOR, "420602"))
    taken = reader.get(f"{package}/file")
    assert sha256(taken.data).hexdigest() in page
    stranger = Browser(app).sign_in(cast.office(Role.ASSESSOR, "420606"))
    for path in (package, f"{package}/file"):
        stranger.get(path, expect=404)
