"""One ticket, one answer, and nothing that joins the two."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, text

from models.base import Base, db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyTicket
from tests.at_once import at_once
from tests.client import Browser
from tests.integration.surveys.conftest import Survey, ticks
from volunteer.kernel import clock
from volunteer.kernel.sealing import BrokenSeal
from volunteer.surveys import answering, campaigns
from volunteer.surveys.codes import shown_code
from volunteer.surveys.sealed import opened, sealed


def answers(survey: Survey) -> list[SurveyAnswer]:
    with survey.app.app_context():
        return db.session.query(SurveyAnswer).filter_by(campaign_id=survey.id).all()


def test_a_ticket_opens_the_questions_takes_one_answer_and_no_more(survey: Survey, browser: Browser):
    code = survey.tickets()[0]
    page = browser.submit("/surveys/answer", {"code": shown_code(code).lower().replace("0", "o")}).text
    assert "您认同和支持本地的志愿服务活动吗" in page
    assert "周公庙社区" in page
    assert "自测（不作正式依据）" in page
    assert "收到了，谢谢您" in browser.submit(f"/surveys/answer/{code}", ticks(age="old")).text
    (answer,) = answers(survey)
    assert answer.channel == "ticket"
    with survey.app.app_context():
        told = opened(answer.choices, answer.key)
        assert (told["support"], told["age"]) == ("strongly", "old")
    assert "已经用过了" in browser.get(f"/surveys/answer/{code}", expect=410).text
    browser.post(f"/surveys/answer/{code}", ticks(), expect=410)
    assert len(answers(survey)) == 1


def test_a_half_filled_form_keeps_what_was_ticked_and_the_ticket(survey: Survey, browser: Browser):
    code = survey.tickets()[0]
    page = browser.post(f"/surveys/answer/{code}", {"support": "hardly", "sex": "male"}, expect=422).text
    assert "请选一个答案" in page
    assert page.count(" checked") == 2
    browser.post(f"/surveys/answer/{code}", ticks(support="maybe"), expect=422)
    assert not answers(survey)
    browser.post(f"/surveys/answer/{code}", ticks())


def test_each_refusal_says_why(survey: Survey, browser: Browser):
    code, today = survey.tickets()[0], clock.today()
    assert "没有这张答题票" in browser.get("/surveys/answer/0000-0000-0000", expect=404).text
    assert "没有这张答题票" in browser.post("/surveys/answer", {"code": "错的"}, expect=422).text
    survey.change(opens_on=today + timedelta(days=1))
    assert "调查还没开始" in browser.get(f"/surveys/answer/{code}", expect=409).text
    survey.change(opens_on=today - timedelta(days=5), closes_on=today - timedelta(days=1))
    assert "已经截止" in browser.post(f"/surveys/answer/{code}", ticks(), expect=410).text
    assert not answers(survey)


def test_a_reprint_makes_the_tickets_that_nobody_used_void(survey: Survey, browser: Browser, office: Browser):
    first, second, *_ = survey.tickets()
    Browser(survey.app).post(f"/surveys/answer/{first}", ticks())
    paper = office.post(f"/surveys/{survey.public_id}/tickets/420602001001/again", expect=200)
    assert paper.data.startswith(b"%PDF")
    assert "已经作废" in browser.get(f"/surveys/answer/{second}", expect=410).text
    assert "已经用过了" in browser.get(f"/surveys/answer/{first}", expect=410).text
    with survey.app.app_context():
        out = db.session.query(SurveyTicket).filter_by(is_void=False)
        assert (out.count(), out.filter_by(is_used=True).count()) == (30, 1)


def test_of_one_ticket_used_twice_at_the_same_moment_one_answer_stays(survey: Survey):
    code, keys, done = survey.tickets()[0], survey.keys, []

    def answer() -> None:
        answering.answer_by_ticket(code, ticks(), keys)
        done.append(code)

    assert at_once(survey.app, [answer] * 4) == []
    assert (len(done), len(answers(survey))) == (1, 1)


def test_nothing_in_any_column_joins_an_answer_with_a_ticket_or_a_person(survey: Survey, browser: Browser):
    account = survey.cast.account("答题的人")
    code = survey.tickets()[0]
    browser.sign_in(account)
    before = everything(survey)
    browser.post(f"/surveys/answer/{code}", ticks(), headers={"User-Agent": "Telling/1.0", "X-Real-IP": "203.0.113.9"})
    after = everything(survey)
    new = {table: rows - before[table] for table, rows in after.items() if rows - before[table]}
    # One answer more, one ticket used: no session, no trail, nothing else says that anybody was here.
    assert set(new) == {"survey_answer", "survey_ticket"}
    (answer,), (ticket,) = new["survey_answer"], new["survey_ticket"]
    shared = set(answer) & set(ticket)
    assert shared <= {str(survey.id), str(survey.areas["420602001001"].id)}
    known = {code, account.public_id, account.phone, "Telling/1.0", "203.0.113.9"}
    assert not [text for row in (answer, ticket) for text in row if any(one in text for one in known)]
    # No column of the two holds a moment or a day, and none counts up.
    for table in ("survey_answer", "survey_ticket"):
        kinds = {column.name: str(column.type) for column in Base.metadata.tables[table].columns}
        assert not [name for name, kind in kinds.items() if "DATE" in kind]
        assert "id" not in kinds
    # The control: with the ticket's digest in it, an answer is found out.
    told = (*answer, ticket[0])
    assert set(told) & set(ticket) - shared


def everything(survey: Survey) -> dict[str, set[tuple[str, ...]]]:
    with survey.app.app_context():
        found = {
            name: {tuple(map(str, row)) for row in db.session.execute(text(f'SELECT * FROM "{name}"'))}
            for name in inspect(db.engine).get_table_names()
        }
        db.session.rollback()
        return found


def test_an_answer_is_never_altered_and_comes_out_in_the_order_of_its_key(survey: Survey, browser: Browser):
    for code in survey.tickets()[:8]:
        browser.post(f"/surveys/answer/{code}", ticks())
    with survey.app.app_context():
        if db.engine.dialect.name == "sqlite":
            with pytest.raises(Exception, match="rowid"):
                db.session.execute(text("SELECT rowid FROM survey_answer"))
            db.session.rollback()
        with pytest.raises(Exception, match=r"append-only|refuse"):
            db.session.execute(text("UPDATE survey_answer SET channel = channel"))
        db.session.rollback()


def test_the_night_leaves_no_trace_of_order_or_transaction(survey: Survey, browser: Browser):
    for code in survey.tickets()[:8]:
        browser.post(f"/surveys/answer/{code}", ticks())
    with survey.app.app_context():
        if db.engine.dialect.name != "postgresql":
            campaigns.mix()
            return
        before = db.session.scalars(text("SELECT DISTINCT xmin::text FROM survey_answer")).all()
        campaigns.mix()
        db.session.commit()
        rows = db.session.execute(text("SELECT xmin::text, key FROM survey_answer ORDER BY ctid")).all()
        used = db.session.execute(text("SELECT xmin::text, digest FROM survey_ticket ORDER BY ctid")).all()
    assert len(before) == 8
    assert {row[0] for row in (*rows, *used)} == {rows[0][0]}
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert [row[1] for row in used] == sorted(row[1] for row in used)


def test_two_copies_of_the_database_around_one_answer_do_not_tell_what_it_says(survey: Survey, browser: Browser):
    tickets = survey.tickets()
    for code, support in zip(tickets, ("strongly", "hardly", "not_at_all"), strict=False):
        browser.post(f"/surveys/answer/{code}", ticks(support=support))
    running = {(one.key, one.choices["sealed"]) for one in answers(survey)}
    # No row says anything while the survey runs: of one length, and without a word of what was ticked.
    assert len({len(told) for _key, told in running}) == 1
    assert {one.choices.keys() == {"sealed"} for one in answers(survey)} == {True}
    survey.change(closes_on=clock.today() - timedelta(days=1))
    with survey.app.app_context():
        campaigns.freeze(db.session.get_one(SurveyCampaign, survey.id), account_id=None)
        db.session.commit()
    frozen = answers(survey)
    assert sorted(one.choices["support"] for one in frozen) == ["hardly", "not_at_all", "strongly"]
    # And no key of then leads to a row of now.
    assert not {key for key, _told in running} & {one.key for one in frozen}


def test_a_sealed_answer_opens_in_its_own_row_alone(survey: Survey):
    with survey.app.app_context():
        kept = sealed(ticks(), "a" * 64)
        assert opened(kept, "a" * 64) == ticks()
        with pytest.raises(BrokenSeal):
            opened(kept, "b" * 64)
