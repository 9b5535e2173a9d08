"""An interviewer's link: sheets that were kept without a network come in once, late ones in time or not at all."""

from datetime import timedelta
from typing import Any

import pytest

from models.base import db
from models.surveys import SurveyAnswer, SurveyMiss
from tests.client import Browser
from tests.integration.surveys.conftest import Survey, ticks
from volunteer.kernel import clock


def sheet(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {"key": f"{number:032x}", "on": clock.today().isoformat(), "miss": "", "choices": ticks(), **changes}


def send(browser: Browser, link: str, *sheets: dict[str, Any], expect: int = 200) -> Any:
    response = browser.client.post(f"{link}/sheets", json={"sheets": list(sheets)})
    assert response.status_code == expect
    return response.get_json()


def counts(survey: Survey) -> tuple[int, int]:
    with survey.app.app_context():
        return db.session.query(SurveyAnswer).count(), db.session.query(SurveyMiss).count()


def test_the_form_works_without_script_and_counts_those_who_did_not_answer(survey: Survey, browser: Browser):
    link = survey.link()
    page = browser.get(link).text
    assert "份还差，配额 20 份" in page
    assert "自测（不作正式依据）" in page
    assert "已收到这份答卷" in browser.submit(link, {**ticks(), "key": "a" * 32}).text
    browser.submit(link, {**ticks(), "key": "a" * 32})
    assert "请选一个答案" in browser.post(link, {"support": "rather", "key": "b" * 32}, expect=422).text
    for number, miss in enumerate(("refused", "not_met", "not_met")):
        browser.submit(f"{link}/misses", {"miss": miss, "key": f"{number}" * 32})
    browser.post(f"{link}/misses", {"miss": "asleep", "key": "c" * 32}, expect=422)
    assert counts(survey) == (1, 3)


def test_a_sheet_sent_again_counts_once(survey: Survey, browser: Browser):
    link = survey.link()
    assert send(browser, link, sheet(1), sheet(2))["answers"] == [
        {"key": f"{number:032x}", "refused": ""} for number in (1, 2)
    ]
    send(browser, link, sheet(2), sheet(3), sheet(4, miss="refused", choices={}), sheet(4, miss="refused", choices={}))
    assert counts(survey) == (3, 1)


def test_sheets_answered_in_time_come_in_for_three_days_after_the_end(survey: Survey, browser: Browser):
    link, today = survey.link(), clock.today()
    survey.change(closes_on=today - timedelta(days=3))
    told = send(browser, link, sheet(1), sheet(2, on=(today - timedelta(days=3)).isoformat()))["answers"]
    assert [bool(one["refused"]) for one in told] == [True, False]
    survey.change(closes_on=today - timedelta(days=4))
    (late,) = send(browser, link, sheet(3, on=(today - timedelta(days=4)).isoformat()))["answers"]
    assert "不能收" in late["refused"]
    survey.change(closes_on=today, frozen_at=clock.now())
    (frozen,) = send(browser, link, sheet(4))["answers"]
    assert "已经出结果" in frozen["refused"]
    assert counts(survey) == (1, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"sheets": []}',
        b"[" * 100_000,
    ],
)
def test_strange_bodies_are_refused(survey: Survey, browser: Browser, body: bytes):
    browser.post(f"{survey.link()}/sheets", expect=422, data=body, content_type="application/json")
    assert counts(survey) == (0, 0)


def test_a_strange_sheet_is_refused_alone(survey: Survey, browser: Browser):
    odd = [
        7,
        sheet(1, key="short"),
        sheet(2, key=["a" * 20]),
        sheet(3, on="2026-02-30"),
        *(sheet(4, miss=miss) for miss in ("asleep", ["refused"], {"a": 1})),
        sheet(5, choices=[1]),
        sheet(6, choices=ticks(support=["strongly"])),
    ]
    told = send(browser, survey.link(), *odd, sheet(9))["answers"]
    assert [one["key"] for one in told if not one["refused"]] == [sheet(9)["key"]]
    assert len(told) == len(odd) + 1
    assert counts(survey) == (1, 0)


def test_a_link_takes_its_quota_and_the_reserve_and_no_more(survey: Survey, browser: Browser):
    link = survey.link("420602002001")  # 6 wanted, half as many again in reserve
    assert "连备用最多收 9 份" in browser.get(link).text
    told = send(browser, link, *(sheet(number) for number in range(11)))["answers"]
    assert [bool(one["refused"]) for one in told] == [False] * 9 + [True] * 2
    assert "收满了：配额 6 份" in told[-1]["refused"]
    # What was here before is no sheet too many; one who is not met is not counted as an answer.
    again = send(browser, link, sheet(0), sheet(50, miss="not_met", choices={}))["answers"]
    assert [one["refused"] for one in again] == ["", ""]
    assert counts(survey) == (9, 1)


def test_a_stopped_link_opens_nothing_and_takes_nothing(survey: Survey, browser: Browser, office: Browser):
    link, visitor = survey.link(name="小陈"), Browser(survey.app)
    page = office.get(f"/surveys/{survey.public_id}").text
    assert "小陈" in page
    action = page.split("/passes/")[1].split("/revoke")[0]
    assert "小陈的访问链接已停用" in office.submit(f"/surveys/{survey.public_id}/passes/{action}/revoke").text
    assert "已经停用" in visitor.get(link, expect=410).text
    visitor.get(f"{link}/state", expect=410)
    send(visitor, link, sheet(1), expect=410)
    visitor.get("/surveys/interview/" + "x" * 32, expect=404)
    assert counts(survey) == (0, 0)
