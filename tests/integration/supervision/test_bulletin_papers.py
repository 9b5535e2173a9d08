"""The files of a bulletin: drawn by long work with its texts, and of a released one the same bytes ever after."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.audit import AuditEvent
from models.base import db
from models.metrics import Edition
from models.supervision import Bulletin, BulletinPaper
from tests.client import Browser
from tests.integration.supervision.conftest import Desk, Drafted, Offices, Released, content_of, pdf_words
from volunteer.areas.rules import AreaLevel
from volunteer.metrics.rules import IndicatorCode
from volunteer.supervision import bulletin_papers, bulletins
from volunteer.supervision.bulletin_papers import WANTED
from volunteer.tasks.jobs import run_waiting

UNTOUCHED = {"opening": "", "closing": ""}


def draws(app: Flask) -> None:
    """Do what waits."""
    with app.app_context():
        run_waiting()


def files_of(browser: Browser, path: str) -> Mapping[str, bytes]:
    """Return the three files of a bulletin as a reader gets them."""
    return {name: browser.get(f"{path}/{name}").data for name in ("paper.pdf", "table.xlsx", "table.csv")}


def test_texts_are_saved_and_seen_on_paper_before_the_release(
    app: Flask, offices: Offices, desk: Desk, drafted: Drafted
) -> None:
    path, city = drafted(), desk.of(offices.city)
    draws(app)
    assert "草稿，未发布" in pdf_words(city.get(f"{path}/paper.pdf").data)
    typed = {"opening": "各单位要高度重视。", "closing": "特此通报。"}
    unsaved = city.post(f"{path}/release", typed, expect=422).text
    assert "请先保存，看过 PDF 再发布" in unsaved
    assert "各单位要高度重视。</textarea>" in unsaved
    city.post(f"{path}/texts", typed)
    page = city.get(path).text
    assert "PDF 和 Excel 正在做" in page
    assert "各单位要高度重视。</textarea>" in page
    city.get(f"{path}/paper.pdf", expect=404)
    draws(app)
    words = pdf_words(city.get(f"{path}/paper.pdf").data)
    assert "各单位要高度重视。" in words
    assert "特此通报。" in words
    assert "草稿，未发布" in words
    city.post(f"{path}/release", typed)
    city.post(f"{path}/texts", {"opening": "晚了", "closing": ""}, expect=422)
    draws(app)
    words = pdf_words(desk.of(offices.street).get(f"{path}/paper.pdf").data)
    title = "关于2026年10月襄阳市志愿服务指标完成情况的通报"
    assert all(told in words for told in ("襄阳文明通报〔2026〕1号", title, "特此通报。", "打分办法", "附表"))
    assert "草稿" not in words


def test_the_usual_texts_stay_those_of_the_paper_in_any_language(
    app: Flask, offices: Offices, desk: Desk, drafted: Drafted
) -> None:
    path, city = drafted(), desk.of(offices.city)
    city.post("/accounts/display", {"locale": "en"})
    page = city.get(path).text
    opening = page.partition('name="opening"')[2].partition(">")[2].partition("</textarea>")[0].strip()
    assert opening.startswith("This is how")
    city.post(f"{path}/texts", {"opening": opening, "closing": "特此通报。"})
    draws(app)
    assert "现将截至2026年10月31日襄阳市志愿服务各项指标" in pdf_words(city.get(f"{path}/paper.pdf").data)


def test_texts_that_no_font_can_print_are_refused(offices: Offices, desk: Desk, drafted: Drafted) -> None:
    path, city = drafted(), desk.of(offices.city)
    for field in ("opening", "closing"):
        page = city.post(f"{path}/texts", {"opening": "好", "closing": "好", field: "要重视\u0e01"}, expect=422)
        assert "U+0E01" in page.text


def test_a_released_paper_outlives_what_drew_it(
    app: Flask, offices: Offices, desk: Desk, released: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, city = released(), desk.of(offices.city)
    before = files_of(city, path)
    digest = hashlib.sha256(before["paper.pdf"]).hexdigest()
    assert digest in city.get(path).text
    monkeypatch.setattr(bulletin_papers, "draw_bulletin", lambda *_: b"%PDF-OTHER-WAY")
    monkeypatch.setattr(bulletin_papers, "table_bytes", lambda *_: b"PK-OTHER-WAY")
    with app.app_context():
        bulletin = db.session.scalars(select(Bulletin)).one()
        bulletin_papers.ask(bulletin)
        db.session.commit()
        run_waiting()
        assert [one.content for one in db.session.scalars(select(BulletinPaper)) if b"OTHER-WAY" in one.content] == []
        kept = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "supervision.keep_papers")).one()
        assert kept.details["digests"]["pdf zh_Hans_CN"] == digest
        for statement in ("UPDATE bulletin_paper SET digest = 'x'", "DELETE FROM bulletin_paper"):
            with pytest.raises(DBAPIError, match="append-only"):
                db.session.execute(text(statement))
            db.session.rollback()
    assert files_of(city, path) == before


def test_a_draft_that_was_drawn_otherwise_meanwhile_keeps_what_it_says_now(
    app: Flask, offices: Offices, desk: Desk, drafted: Drafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The texts are saved while an earlier task draws: what that one drew is not kept."""
    path = drafted()
    city, drawing = desk.of(offices.city), bulletin_papers.draw_bulletin
    city.post(f"{path}/texts", {"opening": "第一稿。", "closing": ""})

    def saves_meanwhile(*given: Any) -> bytes:
        monkeypatch.setattr(bulletin_papers, "draw_bulletin", drawing)
        city.post(f"{path}/texts", {"opening": "第二稿。", "closing": ""})
        return drawing(*given)

    monkeypatch.setattr(bulletin_papers, "draw_bulletin", saves_meanwhile)
    draws(app)
    words = pdf_words(city.get(f"{path}/paper.pdf").data)
    assert "第二稿。" in words
    assert "第一稿。" not in words


def test_texts_that_are_committed_after_their_task_was_begun_are_drawn_too(
    app: Flask, offices: Offices, drafted: Drafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever saves sees a task that waits; it is begun, and has read the old texts, before they commit."""
    drafted()
    drawing = bulletin_papers.draw_bulletin
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            return  # one writes at a time
        bulletin, saver = db.session.scalars(select(Bulletin)).one(), db.session()
        bulletins.save_texts(bulletin, opening="第二稿。", closing="", account_id=offices.city.id)

        def commits_meanwhile(*given: Any) -> bytes:
            saver.commit()
            return drawing(*given)

        monkeypatch.setattr(bulletin_papers, "draw_bulletin", commits_meanwhile)
        draws(app)
        db.session.rollback()
        kept = db.session.scalars(select(BulletinPaper).filter_by(kind="pdf")).one()
        assert "第二稿。" in pdf_words(kept.content)


def test_a_draft_whose_drawing_failed_is_drawn_by_the_next_day(
    app: Flask, drafted: Drafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted()
    with app.app_context():
        monkeypatch.setattr(bulletin_papers, "draw_bulletin", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_waiting()
        assert bulletin_papers.ask_for_missing() == 1


def test_what_failed_is_drawn_when_somebody_asks_and_by_the_next_day(
    app: Flask, offices: Offices, desk: Desk, drafted: Drafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, city, drawing = drafted(), desk.of(offices.city), bulletin_papers.draw_bulletin
    city.post(f"{path}/release", UNTOUCHED)

    def breaks(*_given: object) -> bytes:
        raise RuntimeError("out of ink")

    monkeypatch.setattr(bulletin_papers, "draw_bulletin", breaks)
    with app.app_context(), pytest.raises(RuntimeError):
        run_waiting()
    assert "还没有 PDF 和 Excel" in city.get(path).text
    assert "做 PDF 和 Excel</button>" not in desk.of(offices.street).get(path).text
    desk.of(offices.street).post(f"{path}/papers", expect=403)
    city.post(f"{path}/papers")
    with app.app_context(), pytest.raises(RuntimeError):
        run_waiting()
    monkeypatch.setattr(bulletin_papers, "draw_bulletin", drawing)
    with app.app_context():
        assert bulletin_papers.ask_for_missing() == 1
        db.session.commit()
        run_waiting()
        assert bulletin_papers.ask_for_missing() == 0
    city.get(f"{path}/paper.pdf")


def test_its_tables_are_in_the_readers_language_with_their_units(
    offices: Offices, desk: Desk, released: Released
) -> None:
    path, city = released(), desk.of(offices.city)
    assert "标准 25 小时" in city.get(f"{path}/table.csv").data.decode("utf-8-sig")
    assert "25 小时" in city.get(path).text
    city.post("/accounts/display", {"locale": "en"})
    for words in (city.get(f"{path}/table.csv").data.decode("utf-8-sig"), city.get(path).text):
        assert "25 hours" in words
        assert "小时" not in words
    assert CalamineWorkbook.from_filelike(BytesIO(city.get(f"{path}/table.xlsx").data)).sheet_names


def test_an_edition_without_one_of_the_indicators_scores_and_prints_the_rest(
    app: Flask, offices: Offices, desk: Desk, released: Released
) -> None:
    with app.app_context():
        edition = db.session.scalars(select(Edition).where(Edition.city_kind == "prefecture_and_above")).one()
        (gone,) = [one for one in edition.indicators if one.code == IndicatorCode.ACTIVE_SHARE]
        db.session.delete(gone)
        db.session.commit()
    path, city = released(), desk.of(offices.city)
    content = content_of(app, path)
    assert IndicatorCode.ACTIVE_SHARE not in content.thresholds
    row = content.groups[AreaLevel.DISTRICT][0]
    counted = {IndicatorCode.REGISTERED_SHARE: 25, IndicatorCode.HOURS_PER_HEAD: 25}
    points = sum(row.parts[code].reached * weight for code, weight in counted.items()) + 10 * row.improvement
    assert row.score == 100 * points / 60
    page, words = city.get(path).text, pdf_words(city.get(f"{path}/paper.pdf").data)
    assert "（25分）：没有标准，不计。" in words
    assert "参加占比" not in words
    assert "（25 分）：没有标准，不计。" in page
    head = page.partition('id="places"')[2].partition("</thead>")[0]
    assert head.count("<th ") == 7
    assert "未达标" in city.get(f"{path}/table.csv").data.decode("utf-8-sig")
    assert city.get(f"{path}/table.xlsx").data[:2] == b"PK"
    assert len(WANTED) == 5
