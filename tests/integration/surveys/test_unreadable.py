"""Answers that do not open: they hold up no other survey, and are left out only where somebody says so."""

import csv
import io
import logging
from datetime import timedelta

import pytest
from sqlalchemy import text

from models.audit import AuditEvent
from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyResult
from tests.client import Browser
from tests.integration.surveys.conftest import Survey, self_test, ticks
from volunteer.kernel import clock
from volunteer.surveys import answering, campaigns, jobs

SEALED_WITH_ANOTHER_KEY = {"sealed": "AWF6enp6enp6enp6enp6enp6enp6enp6enp6eg=="}
MISSHAPEN = {"sealed": 7}


def spoil(survey: Survey, *kept: dict[str, object], readable: int = 2) -> None:
    """End a survey with some answers that open and some that do not."""
    codes = survey.tickets()
    with survey.app.app_context():
        for code in codes[:readable]:
            answering.answer_by_ticket(code, ticks(), survey.keys)
        place = {"campaign_id": survey.id, "area_id": survey.areas["420602001001"].id, "channel": "ticket"}
        db.session.add_all(
            SurveyAnswer(key=str(number) * 64, choices=choices, **place) for number, choices in enumerate(kept)
        )
        db.session.commit()
    survey.change(closes_on=clock.today() - timedelta(days=4))


def test_one_survey_that_does_not_open_stops_no_other(survey: Survey, caplog: pytest.LogCaptureFixture):
    with survey.app.app_context():
        other = campaigns.create_campaign(survey.areas["420600"], self_test("另一次"), account_id=None)
        campaigns.publish(other, account_id=None)
        other.closes_on = clock.today() - timedelta(days=4)
        other_id = other.id
        db.session.commit()
    spoil(survey, SEALED_WITH_ANOTHER_KEY)
    with survey.app.app_context(), caplog.at_level(logging.ERROR):
        with pytest.raises(RuntimeError, match="1 surveys"):  # the run is marked as failed
            jobs.freeze_those_due()
        assert f"survey {survey.public_id}: 1 answers do not open" in caplog.text
        assert db.session.get_one(SurveyCampaign, survey.id).frozen_at is None
        assert db.session.get_one(SurveyCampaign, other_id).frozen_at is not None


def test_the_office_goes_on_without_them_counted_and_told(survey: Survey, office: Browser):
    spoil(survey, SEALED_WITH_ANOTHER_KEY, MISSHAPEN)
    path = f"/surveys/{survey.public_id}"
    survey.change(closes_on=clock.today() - timedelta(days=5))
    assert "系统没能自动出结果" in office.get(path).text
    asked = office.post(f"{path}/freeze", expect=409).text
    assert "有 2 份答卷打不开，还没有出结果" in asked
    assert 'name="count" type="hidden" value="2"' in asked
    assert "请填写为什么不等了" in office.post(f"{path}/freeze", {"count": "2", "why": ""}, expect=422).text
    # Other answers than those that were shown are not left out with them.
    office.post(f"{path}/freeze", {"count": "1", "why": "密钥丢了"}, expect=422)
    page = office.submit(f"{path}/freeze", {"count": "2", "why": "密钥丢了"}).text
    assert "2 份支持 ÷ 2 份有效答卷" in page
    assert "另有 2 份答卷打不开，没有计入；当时写的原因：密钥丢了" in page
    rows = csv.reader(io.StringIO(office.get(f"{path}/results.csv").text))
    assert any("另有 2 份答卷打不开" in cell for row in rows for cell in row)
    trail = office.get("/admin/audit").text
    assert "打不开、没有计入的答卷 2" in trail
    assert "原因 密钥丢了" in trail
    with survey.app.app_context():
        result = db.session.query(SurveyResult).one()
        assert (result.valid_answers, result.source) == (2, "秋季支持率调查（本平台匿名问卷），2 份打不开的没有计入")
        noted = db.session.query(AuditEvent).filter_by(action="surveys.freeze").one()
        assert (noted.details["left_out"], noted.details["reason"]) == (2, "密钥丢了")
        kept = db.session.scalars(text("SELECT key FROM survey_answer")).all()
        assert len(kept) == 4  # who answered is counted still, under new keys
        assert not {"0" * 64, "1" * 64} & set(kept)


def test_where_none_opens_there_is_no_result_and_the_page_says_why(survey: Survey, office: Browser):
    spoil(survey, SEALED_WITH_ANOTHER_KEY, readable=0)
    page = office.submit(f"/surveys/{survey.public_id}/freeze", {"count": "1", "why": "密钥丢了"}).text
    assert "另有 1 份答卷打不开" in page
    assert "没有收到答卷，没有结果。" not in page
    with survey.app.app_context():
        assert db.session.query(SurveyResult).count() == 0
