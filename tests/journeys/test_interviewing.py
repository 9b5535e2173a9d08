"""An interviewer in a stairwell without network: kept, there after closing, sent once."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from models.base import db
from models.surveys import SurveyAnswer, SurveyMiss
from tests.cast import Cast
from tests.integration.surveys.conftest import Survey
from tests.journeys.conftest import OpenReader

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def test_answers_without_network_are_kept_and_sent_once(app: Flask, cast: Cast, phone: OpenReader) -> None:
    link = Survey(app, cast).link()
    interviewer = phone(None).open(link)
    page = interviewer.page
    expect(page.locator("[data-kept]")).to_be_visible()
    interviewer.context.set_offline(True)
    page.reload()
    for question in ("support", "aware", "joined", "satisfied"):
        page.locator(f"input[name={question}]").first.check()
    page.get_by_role("button", name="存下这份答卷").click()
    expect(page.locator("[data-queue]")).to_have_text("手机里还有 1 份没送到")
    page.get_by_role("button", name="拒访").click()
    expect(page.locator("[data-queue]")).to_have_text("手机里还有 2 份没送到")
    page.reload()
    expect(page.locator("[data-queue]")).to_have_text("手机里还有 2 份没送到")
    page.get_by_role("button", name="未遇").click()
    expect(page.locator("[data-not-met]")).to_have_text("1")
    page.get_by_role("button", name="撤回").click()
    expect(page.locator("[data-not-met]")).to_have_text("0")
    interviewer.context.set_offline(False)
    expect(page.locator("[data-queue]")).to_have_text("撤回了，不算数", timeout=20_000)
    expect(page.locator("[data-left]")).to_have_text("19")
    # One that was sent already is taken back too, also after the page was closed.
    page.get_by_role("button", name="拒访").click()
    expect(page.locator("[data-queue]")).to_have_text("都送到了")
    page.reload()
    expect(page.locator("[data-refused]")).to_have_text("2")
    page.get_by_role("button", name="撤回").click()
    expect(page.locator("[data-queue]")).to_have_text("撤回了，不算数")
    page.reload()
    expect(page.locator("[data-refused]")).to_have_text("1")
    with app.app_context():
        misses = db.session.query(SurveyMiss)
        counted = misses.filter(SurveyMiss.taken_back_at.is_(None)).count()
        assert (db.session.query(SurveyAnswer).count(), counted, misses.count()) == (1, 1, 3)


def test_the_page_of_slips_is_true_after_they_were_saved(app: Flask, cast: Cast, phone: OpenReader) -> None:
    survey = Survey(app, cast)
    page = phone(cast.office()).open(f"/surveys/{survey.public_id}/tickets").page
    page.select_option("select[name=area]", "420602")
    with page.expect_download() as saved:
        page.get_by_role("button", name="生成 PDF").click()
    assert saved.value.suggested_filename.startswith("秋季支持率调查答题票（襄城区）")
    expect(page.get_by_text("还有 3 张没有印")).to_be_visible()
    expect(page.get_by_text("57 张答题票已存成 PDF")).to_be_visible()
