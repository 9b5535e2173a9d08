"""A campaign from its plan to its result, as the office runs it."""

import csv
import io
from datetime import timedelta
from urllib.parse import unquote

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from models.areas import Area
from models.audit import AuditEvent
from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyQuota, SurveyResult, SurveyTicket
from tests.cast import Cast
from tests.client import Browser
from tests.integration.surveys.conftest import Survey, ticks
from volunteer.kernel import clock
from volunteer.surveys import answering, campaigns, jobs
from volunteer.surveys.codes import new_code


def plan(**changes: str) -> dict[str, str]:
    today = clock.today()
    return {
        "area": "420600",
        "title": "年度支持率调查",
        "kind": "official",
        "conducted_by": "某调查公司",
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=20)).isoformat(),
        "population_year": str(today.year),
        "wanted": "100",
        "margin": "",
        "communities": "",
        "least": "1",
        "reserve": "30",
        **changes,
    }


def answer(survey: Survey, code: str, count: int, supporting: int, **more: str) -> None:
    """Store answers of a community as they come in."""
    with survey.app.app_context():
        place = {"campaign_id": survey.id, "area_id": survey.areas[code].id}
        db.session.add_all(
            SurveyAnswer(
                key=new_code() * 4,
                channel="ticket",
                choices=ticks("strongly" if number < supporting else "hardly", **more),
                **place,
            )
            for number in range(count)
        )
        db.session.commit()


def freeze(survey: Survey, office: Browser) -> str:
    survey.change(closes_on=clock.today() - timedelta(days=1))
    return office.submit(f"/surveys/{survey.public_id}/freeze").text


def test_a_plan_gives_quotas_by_population_which_are_edited_until_it_is_published(survey: Survey, office: Browser):
    page = office.submit("/surveys/create", plan()).text
    assert "已按人口分好配额" in page
    with survey.app.app_context():
        made = db.session.query(SurveyCampaign).filter_by(title="年度支持率调查").one()
        path, quotas = f"/surveys/{made.public_id}", db.session.query(SurveyQuota).filter_by(campaign_id=made.id)
        assert sorted(one.wanted for one in quotas) == [5, 15, 30, 50]
        assert made.frame == {"420602": 9_500, "420606": 500}
    assert "配额要填整数" in office.post(f"{path}/quotas", {"quota_420606001001": "很多"}, expect=422).text
    assert "比常住人口还多" in office.post(f"{path}/quotas", {"quota_420606001001": "501"}, expect=422).text
    assert "共 110 份" in office.submit(f"{path}/quotas", {"quota_420606001001": "15"}).text
    assert "已发布" in office.submit(f"{path}/publish").text
    office.post(f"{path}/quotas", {"quota_420606001001": "5"}, expect=422)
    office.post(f"{path}/publish", expect=409)
    with survey.app.app_context():
        acts = [one.action for one in db.session.query(AuditEvent).order_by(AuditEvent.id)]
    assert acts[-3:] == ["surveys.create", "surveys.set_quotas", "surveys.publish"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conducted_by": ""}, "要写明由哪家单位实施"),
        ({"closes_on": "2026-02-30"}, "请填写日期"),
        ({"closes_on": "2020-01-01"}, "截止日期不能早于开始日期"),
        ({"wanted": ""}, "请填写样本总数，或者填写允许的误差"),
        ({"wanted": "", "margin": "0"}, "误差要在 0.5% 到 20% 之间"),
        ({"wanted": "", "margin": "三"}, "误差要填数字"),
        ({"wanted": "3"}, "总数不能少于 4 份"),
        ({"wanted": "99999"}, "样本比常住人口还多"),
        ({"wanted": "999999"}, "样本总数要在"),
        ({"communities": "9"}, "只有 4 个社区"),
        ({"population_year": "1999"}, "没有录入这一年的常住人口"),
        ({"reserve": "900"}, "最多多印 300%"),
        ({"area": "420699"}, "请选择一项"),
    ],
)
def test_an_impossible_plan_is_refused_on_its_field(
    survey: Survey, office: Browser, changes: dict[str, str], words: str
):
    assert words in office.post("/surveys/create", plan(**changes), expect=422).text


def test_a_margin_gives_the_sample_and_few_communities_are_drawn(survey: Survey, office: Browser):
    office.submit("/surveys/create", plan(wanted="", margin="5", communities="2"))
    with survey.app.app_context():
        made = db.session.query(SurveyCampaign).filter_by(title="年度支持率调查").one()
        assert made.wanted == 370
        assert db.session.query(SurveyQuota).filter_by(campaign_id=made.id).count() == 2


def test_slips_are_printed_once_ten_a_page_with_codes_that_work(survey: Survey, office: Browser):
    page = office.get(f"/surveys/{survey.public_id}/tickets").text
    assert "还有 60 张没有印" in page
    paper = office.post(f"/surveys/{survey.public_id}/tickets", {"area": "420602"}, expect=200)
    reader = PdfReader(io.BytesIO(paper.data))
    assert len(reader.pages) == 3 + 2 + 1
    sizes: list[float] = []
    text = reader.pages[0].extract_text(
        visitor_text=lambda _text, cm, tm, _font, size: sizes.append(size * cm[0] * tm[0])
    )
    assert min(size for size in sizes if size) >= 7.5
    told = paper.headers["Content-Disposition"]
    assert unquote(told.partition("UTF-8''")[2]) == f"秋季支持率调查答题票（襄城区）{clock.today()}.pdf"
    for words in ("秋季支持率调查", "周公庙社区", "自测，不作正式依据", "每张票只能答一次"):
        assert words in text
    assert "都印过了" in office.post(f"/surveys/{survey.public_id}/tickets", {"area": "420602"}, expect=422).text
    with survey.app.app_context():
        assert db.session.query(SurveyTicket).count() == 57


def test_closing_writes_the_result_and_the_files_tell_of_no_few(survey: Survey, office: Browser):
    answer(survey, "420602001001", 30, 27, age="old")
    answer(survey, "420602001002", 12, 6, age="young")
    answer(survey, "420602002001", 8, 8)
    answer(survey, "420606001001", 4, 4)
    assert "支持率" not in office.get(f"/surveys/{survey.public_id}").text.split("各社区的进度")[1].split("怎么")[0]
    office.get(f"/surveys/{survey.public_id}/results.csv", expect=409)
    office.post(f"/surveys/{survey.public_id}/freeze", expect=409)
    page = freeze(survey, office)
    assert "45 份支持 ÷ 54 份有效答卷" in page
    # The smaller district has 4 answers: a weighted share would tell what they said.
    assert "按人口加权" not in page
    assert "自测（不作正式依据）" in page
    with survey.app.app_context():
        result = db.session.query(SurveyResult).one()
        kept = (result.supporting, result.valid_answers, result.is_official, result.area_id)
        assert kept == (45, 54, False, survey.areas["420600"].id)
    rows = list(csv.reader(io.StringIO(office.get(f"/surveys/{survey.public_id}/results.csv").text)))
    told = {row[1].rpartition(" ")[2]: row[2:5] for row in rows if len(row) == 6}
    assert "襄城区 真武山街道 周公庙社区" in {row[1] for row in rows if len(row) == 6}
    assert told["周公庙社区"] == ["30", "27", "90.00%"]
    assert told["荆州街社区"][0] == told["邵家巷社区"][0] == "—"
    first, *sheets = csv.reader(io.StringIO(office.get(f"/surveys/{survey.public_id}/answers.csv").text))
    # Opinions alone: who took part and who saw it is known to neighbours and organizers.
    assert (len(first), [one for one in first if "最近一年" in one or "您的" in one]) == (4, [])
    assert "参加没参加过" in page
    places = [row[0].rpartition(" ")[2] for row in sheets if len(row) == 4]
    assert [places.count(name) for name in ("周公庙社区", "岘山社区", "其他")] == [30, 12, 12]
    assert office.get(f"/surveys/{survey.public_id}/answers.xlsx").data.startswith(b"PK")
    office.post(f"/surveys/{survey.public_id}/freeze", expect=409)


def test_the_weighted_share_is_of_the_tree_of_the_plan(survey: Survey, office: Browser):
    answer(survey, "420602001001", 30, 30)
    answer(survey, "420602002001", 20, 0)
    answer(survey, "420606001001", 10, 10)
    page = freeze(survey, office)
    assert "按人口加权 62.00%" in page
    with survey.app.app_context():
        moved, street = (db.session.query(Area).filter_by(code=code).one() for code in ("420602002001", "420606001"))
        moved.parent_id, moved.lineage = street.id, f"{street.lineage}/{moved.code}"
        db.session.commit()
    assert "按人口加权 62.00%" in office.get(f"/surveys/{survey.public_id}").text


def test_freezing_leaves_no_trace_of_order_or_transaction(survey: Survey):
    code, *_ = survey.tickets()
    with survey.app.app_context():
        answering.answer_by_ticket(code, ticks(), survey.keys)
        db.session.commit()
    survey.change(ended_on=clock.today())
    with survey.app.app_context():
        campaigns.freeze(db.session.get_one(SurveyCampaign, survey.id), account_id=None)
        db.session.commit()
        if db.engine.dialect.name == "postgresql":
            rows = "SELECT xmin::text FROM survey_ticket UNION SELECT xmin::text FROM survey_answer"
            assert len(db.session.scalars(text(rows)).all()) == 1


def test_three_answers_are_told_as_three_without_groups_or_rows(survey: Survey, office: Browser):
    answer(survey, "420602001001", 3, 3)
    page = freeze(survey, office)
    assert "只有 3 份答卷，不到 30 份：不判断是否达标，也不分组列出" in page
    assert "答卷 CSV" not in page
    assert "年龄段</h2>" not in page
    assert "strongly" not in office.get(f"/surveys/{survey.public_id}/answers.csv").text
    assert "非常支持" not in office.get(f"/surveys/{survey.public_id}/answers.csv").text


def test_the_system_freezes_four_days_after_the_end_and_nothing_where_nobody_answered(survey: Survey, office: Browser):
    for days, frozen in ((3, 0), (4, 1)):
        survey.change(closes_on=clock.today() - timedelta(days=days))
        with survey.app.app_context():
            jobs.freeze_those_due()
            assert bool(db.session.get_one(SurveyCampaign, survey.id).frozen_at) == bool(frozen)
    assert "没有收到答卷" in office.get(f"/surveys/{survey.public_id}").text
    with survey.app.app_context():
        assert db.session.query(SurveyResult).count() == 0


def test_another_district_sees_and_changes_nothing(survey: Survey, cast: Cast, office: Browser):
    district = Browser(survey.app).sign_in(cast.office(code="420606", name="樊城的小何"))
    path = f"/surveys/{survey.public_id}"
    assert "秋季支持率调查" not in district.get("/surveys/").text
    for page in (path, f"{path}/quotas", f"{path}/tickets", f"{path}/passes", f"{path}/answers.csv"):
        district.get(page, expect=404)
    for act in ("publish", "end", "freeze"):
        district.post(f"{path}/{act}", expect=404)
    own = district.submit("/surveys/create", plan(area="420606", title="樊城自己的", wanted="20")).text
    assert "邵家巷社区" in own
    assert "周公庙社区" not in own
    assert "小陈" in office.post(f"{path}/passes", {"area": "420602001001", "name": "小陈"}, expect=200).text
    assert "请选择一项" in office.post(f"{path}/passes", {"area": "420699001001", "name": "小陈"}, expect=422).text
