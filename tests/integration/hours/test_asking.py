"""Questions about records: by when they are answered, who is told, and what the record tells of them."""

import re
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from models.accounts import Account
from models.base import db
from models.hours import EntryQuestion
from models.notices import Notice
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at, page
from volunteer.hours import jobs, questions
from volunteer.hours.rules import ProposalState
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import Role
from volunteer.notices.rules import NoticeKind


def told(scene: Scene, account: Account) -> list[str]:
    with scene.cast.app.app_context():
        query = select(Notice.link).where(Notice.account_id == account.id, Notice.kind == NoticeKind.QUESTION)
        return list(db.session.scalars(query))


@pytest.fixture
def record(scene: Scene) -> str:
    """Return the public id of an hour that was served."""
    scene.serve(scene.shift(), at("14:00"), at("15:00"))
    return scene.entries()[0].public_id


def ask(browser: Browser, record: str) -> None:
    browser.submit(f"/hours/{record}/question", {"text": "我 16:00 才走"})


def question_at(desk: Browser) -> str:
    return "/hours/questions/" + page(desk.get("/hours/awaiting")).split('href="/hours/questions/')[1].split('"')[0]


def test_a_question_has_a_last_day_that_both_sides_read(scene: Scene, as_: Any, record: str) -> None:
    reader, desk = as_(scene.account), as_(scene.owner)
    assert "5 个工作日" in page(reader.get(f"/hours/{record}/question"))
    ask(reader, record)
    assert "11 月 27 日" in page(reader.get(f"/hours/{record}"))
    assert "最晚 11 月 27 日 答复" in page(desk.get("/hours/awaiting"))
    assert "最晚 11 月 27 日 答复" in page(desk.get(question_at(desk)))


def test_a_late_one_is_marked_and_stands_first(scene: Scene, as_: Any, record: str) -> None:
    scene.serve(scene.shift(days_ago=3), at("14:00", 3), at("15:00", 3))
    reader, desk = as_(scene.account), as_(scene.owner)
    ask(reader, record)
    with time_machine.travel(at("12:00", -8)):
        later = scene.entries()[1].public_id
        reader.submit(f"/hours/{later}/question", {"text": "这条也少了"})
        text = page(desk.get("/hours/awaiting"))
        assert text.index("我 16:00 才走") < text.index("过期没有答复") < text.index("这条也少了")
        assert text.count("过期没有答复") == 1
        assert "组织过期没有答复" in page(reader.get(f"/hours/{record}"))


def test_who_answers_is_told_of_the_question_and_the_asker_of_the_answer(scene: Scene, as_: Any, record: str) -> None:
    desk = as_(scene.owner)
    ask(as_(scene.account), record)
    path = question_at(desk)
    assert told(scene, scene.owner) == told(scene, scene.second) == [path]
    assert told(scene, scene.account) == []
    desk.submit(path, {"answer": "签退码是 15:00 扫的", "act": "answer"})
    assert told(scene, scene.account) == [f"/hours/{record}"]


def test_the_record_and_its_correction_lead_to_each_other_and_tell_what_happened(
    scene: Scene, as_: Any, record: str
) -> None:
    reader, desk = as_(scene.account), as_(scene.owner)
    ask(reader, record)
    times = {"wanted_from": "2026-11-18T14:00", "wanted_to": "2026-11-18T14:30"}
    desk.submit(question_at(desk), {**times, "answer": "问了带队的", "act": "correct"})
    (correction,) = scene.proposals()
    old, new = page(reader.get(f"/hours/{record}")), page(reader.get(f"/hours/{correction.public_id}"))
    assert f"/hours/{correction.public_id}" in old
    assert f"/hours/{record}" in new
    for words in ("按扫码时间记入 1.00 小时", "对这条记录提出疑问", "答复疑问，提出更正", "问了带队的"):
        assert words in old
    assert "提出记入 0.50 小时" in new


def test_a_reversal_is_told_with_its_reason(scene: Scene, as_: Any, record: str) -> None:
    scene.confirm(scene.reversal(scene.entries()[0]))
    text = page(as_(scene.account).get(f"/hours/{record}"))
    assert "已冲销" in text
    assert text.index("按扫码时间记入") < text.index("提出冲销") < text.index("确认冲销，不再计入")
    assert "签到的不是本人" in text


NOT_ME = {"text": "这次服务我没有参加，请核实后退回或冲销。"}


def answer_no(browser: Browser) -> None:
    browser.submit(question_at(browser), {"answer": "核对过签到表", "act": "answer"})


def he_was_there(scene: Scene, by: Account, **more: Any) -> None:
    with scene.writing():
        question = db.session.scalars(select(EntryQuestion)).one()
        questions.answer_question(question, answer="他来过", account_id=by.id, **more)


def test_what_its_volunteer_says_was_not_them_is_not_confirmed_before_an_answer(scene: Scene, as_: Any) -> None:
    proposal = scene.typed(scene.shift())
    as_(scene.account).submit(f"/hours/{proposal.public_id}/question", NOT_ME)
    assert "志愿者本人对这条有疑问，答复以后才能确认" in page(as_(scene.second).get("/hours/awaiting"))
    with pytest.raises(Conflict, match="志愿者本人对这条有疑问"):
        scene.confirm(proposal)
    answer_no(as_(scene.second))
    assert scene.confirm(proposal).notice_until_on is not None


def test_what_its_volunteer_says_was_not_them_stays_on_notice_until_the_answer(scene: Scene, as_: Any) -> None:
    proposal = scene.confirm(scene.typed(scene.shift()))
    as_(scene.account).submit(f"/hours/{proposal.public_id}/question", NOT_ME)
    with time_machine.travel(at("12:00", -8)):
        with scene.cast.app.app_context():
            jobs.end_public_notices()
        assert scene.minutes() == 0
        third = scene.third()
        for involved in (scene.owner, scene.second):
            refused = page(as_(involved).get(question_at(as_(involved))))
            assert "志愿者说不是本人做的，要由另一个人答复" in refused
            with pytest.raises(Conflict, match="要由另一个人答复"):
                he_was_there(scene, involved)
        answer_no(as_(third))
        with scene.cast.app.app_context():
            jobs.end_public_notices()
        assert scene.minutes() == 120


def test_a_denial_that_nobody_else_may_answer_is_answered_or_returned_by_the_office(scene: Scene, as_: Any) -> None:
    office = scene.cast.office(Role.OFFICE_STAFF, "420602", "区里")
    scene.cast.volunteer(office, "孙科")
    proposal = scene.confirm(scene.typed(scene.shift()))
    as_(scene.account).submit(f"/hours/{proposal.public_id}/question", NOT_ME)
    desk = as_(office)
    listed = page(desk.get("/hours/objections/unanswered"))
    (link,) = set(re.findall(r'href="(/hours/questions/[^"]+/office-answer)"', listed))
    desk.submit(link, {"answer": "打过电话，本人没有来", "act": "return"})
    (kept,) = scene.proposals()
    assert (kept.state, kept.answer) == (ProposalState.RETURNED, "打过电话，本人没有来")
    assert "本人的疑问" not in page(desk.get("/hours/objections/unanswered"))


def test_the_organization_answers_first_where_it_has_a_third_person_and_the_office_when_it_is_late(
    scene: Scene, as_: Any
) -> None:
    scene.third()
    office = scene.cast.office(Role.OFFICE_STAFF, "420602", "区里")
    scene.cast.volunteer(office, "孙科")
    proposal = scene.confirm(scene.typed(scene.shift()))
    as_(scene.account).submit(f"/hours/{proposal.public_id}/question", NOT_ME)
    assert "本人的疑问" not in page(as_(office).get("/hours/objections/unanswered"))
    with pytest.raises(Conflict, match="组织还在答复期里"):
        he_was_there(scene, office, for_office=True)
    with time_machine.travel(at("12:00", -8)):
        assert "本人的疑问" in page(as_(office).get("/hours/objections/unanswered"))
