"""An interviewer's link: sheets that were kept without a network come in once, late ones in time or not at all."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import update

from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyMiss
from tests.client import Browser
from tests.integration.surveys.conftest import Survey, ticks
from volunteer.kernel import clock
from volunteer.kernel.errors import Gone
from volunteer.surveys import answering
from volunteer.surveys.answering import Sent
from volunteer.surveys.misses import Missed
from volunteer.surveys.rules import Miss


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
    assert ">20</strong> 份" in page
    assert "配额 20 份；连备用最多收 30 份" in page
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
    told = send(browser, link, *(sheet(number) for number in range(6)))["answers"]
    page = browser.get(link).text
    assert "连备用最多收 9 份" in page
    assert "配额满了，不用再访问了" in page.split("data-full>")[1][:40]
    assert "data-open hidden" in page
    told += send(browser, link, *(sheet(number) for number in range(6, 11)))["answers"]
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


def missed(number: int, at: datetime, back: datetime | None = None, **more: Any) -> dict[str, Any]:
    told = {"on": clock.local_day(at).isoformat(), "at": at.isoformat(), "miss": "refused", "choices": {}}
    return sheet(number, **told, taken_back_at=back.isoformat() if back else "", **more)


def counted(survey: Survey) -> tuple[int, int]:
    """Return the misses that count and all that are kept."""
    with survey.app.app_context():
        every = db.session.query(SurveyMiss)
        return every.filter(SurveyMiss.taken_back_at.is_(None)).count(), every.count()


def test_a_slip_of_the_thumb_is_taken_back_without_script(survey: Survey, browser: Browser):
    link, start = survey.link(), clock.now()
    with time_machine.travel(start, tick=False):
        page = browser.post(f"{link}/misses", {"miss": "refused", "key": "d" * 32}, expect=302)
        shown = browser.get(page.location).text
        assert f"{clock.to_local(start):%H:%M} 记了 1 次拒访" in shown
        assert "还能记 299 次" in re.sub("<.*?>", "", shown)
    with time_machine.travel(start + timedelta(minutes=9), tick=False):
        assert "撤回了，不算数" in browser.submit(f"{link}/misses/take-back", {"key": "d" * 32}).text
        browser.submit(f"{link}/misses/take-back", {"key": "d" * 32})  # again changes nothing
        browser.submit(f"{link}/misses", {"miss": "refused", "key": "d" * 32})  # nor does the same one sent again
        browser.submit(f"{link}/misses", {"miss": "not_met", "key": "e" * 32})
    with time_machine.travel(start + timedelta(minutes=21), tick=False):
        assert "超过 10 分钟" in browser.post(f"{link}/misses/take-back", {"key": "e" * 32}, expect=409).text
        browser.post(f"{link}/misses/take-back", {"key": "f" * 32}, expect=409)
    assert counted(survey) == (1, 2)


def test_a_queue_sent_twice_counts_and_takes_back_once(survey: Survey, browser: Browser):
    link, at = survey.link(), clock.now().replace(microsecond=0)
    back = at + timedelta(minutes=3)
    send(browser, link, missed(1, at), missed(2, at), missed(3, at, back))  # the third was taken back before it left
    for _time in range(2):
        told = send(browser, link, missed(1, at), missed(2, at, back), missed(3, at))["answers"]
        assert [one["refused"] for one in told] == ["", "", ""]
    assert counted(survey) == (1, 3)
    with survey.app.app_context():
        kept = db.session.query(SurveyMiss).filter(SurveyMiss.taken_back_at.is_(None)).one()
        assert kept.noted_at == at.replace(second=0)
    assert browser.client.get(f"{link}/state").get_json()["refused"] == 1


def test_what_is_taken_back_late_or_at_no_moment_at_all_stands(survey: Survey, browser: Browser):
    link, at = survey.link(), clock.now()
    odd = [
        missed(1, at, at + timedelta(minutes=11)),
        missed(2, at, at - timedelta(minutes=1)),
        missed(3, at) | {"at": "2026-02-30T00:00:00Z"},
        missed(4, at) | {"at": "9999-12-31T23:59:59Z"},
        missed(5, at) | {"at": at.replace(tzinfo=None).isoformat()},
        missed(6, at) | {"on": (clock.today() - timedelta(days=1)).isoformat()},
    ]
    assert all(one["refused"] for one in send(browser, link, *odd)["answers"])
    assert counted(survey) == (0, 0)


def test_what_is_kept_says_whether_it_is_fresh_and_not_what_a_device_says_later(survey: Survey, browser: Browser):
    link, start = survey.link(), clock.now().replace(second=0, microsecond=0)
    with time_machine.travel(start, tick=False):
        send(browser, link, missed(1, start), missed(2, start))
    later = start + timedelta(minutes=11)
    with time_machine.travel(later, tick=False):
        own = missed(1, later - timedelta(minutes=1), later)  # as if it had been noted just now
        back_then = missed(2, start, start + timedelta(minutes=1))
        told = send(browser, link, own, back_then)["answers"]
    assert ["超过 10 分钟" in one["refused"] for one in told] == [True, True]
    assert counted(survey) == (2, 2)


def test_a_miss_finds_the_books_closed_as_an_answer_does(survey: Survey):
    secret = survey.link().rpartition("/")[2]
    with survey.app.app_context():
        desk, now = answering.desk_of_pass(secret, survey.keys), clock.now()
        db.session.expunge(desk.campaign)  # as it was when this request looked
        db.session.execute(update(SurveyCampaign).where(SurveyCampaign.id == survey.id).values(frozen_at=now))
        sent = Sent("m" * 32, clock.local_day(now), Missed(Miss.REFUSED, now), {})
        with pytest.raises(Gone):
            answering.take(desk, sent, survey.keys)
        db.session.rollback()
    assert counted(survey) == (0, 0)


def test_a_community_has_no_more_misses_than_ten_for_each_answer(survey: Survey, browser: Browser):
    link = survey.link("420606001001")  # 2 wanted, 3 with the reserve
    at = clock.now()
    told = send(browser, link, *(missed(number, at) for number in range(31)))["answers"]
    assert [bool(one["refused"]) for one in told] == [False] * 30 + [True]
    assert "已经记了 30 次" in told[-1]["refused"]
    send(browser, link, missed(0, at, at))
    assert send(browser, link, missed(40, at))["answers"][0]["refused"] == ""  # room for another again
    assert counted(survey) == (30, 31)
