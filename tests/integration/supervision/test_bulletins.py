"""A bulletin from its draft to its release: what it counts, who reads it, and that it never changes."""

import re
from datetime import date, datetime
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.areas import Area
from models.base import db
from models.notices import Notice
from models.supervision import Bulletin
from models.tasks import Task
from tests.at_once import at_once
from tests.cast import Cast
from tests.factories.ledger import Ledger
from tests.integration.supervision.conftest import (
    BULLETINS,
    COMMUNITY,
    STREET,
    Desk,
    Drafted,
    Offices,
    Released,
    content_of,
    pdf_words,
)
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.errors import Conflict
from volunteer.metrics.rules import IndicatorCode
from volunteer.supervision import bulletins, jobs
from volunteer.supervision.bulletin_rules import BulletinStatus
from volunteer.tasks.jobs import run_waiting


def test_a_draft_scores_and_ranks_exactly(app: Flask, drafted: Drafted) -> None:
    content = content_of(app, drafted())
    districts = content.groups[AreaLevel.DISTRICT]
    assert [(row.code, row.place) for row in districts] == [("420606", 1), ("420602", 2)]
    lagging = districts[1]
    # 32 of 600 against a tenth; 11 of 32 against seven tenths; 1140 minutes of 32 people against 25 hours.
    reached = (Fraction(32, 600) * 10, Fraction(11, 32) / Fraction(7, 10), Fraction(1140, 60 * 32) / 25)
    assert tuple(lagging.parts[code].reached for code in IndicatorCode)[:3] == reached
    before = (reached[0], Fraction(6, 32) / Fraction(7, 10), Fraction(540, 60 * 32) / 25)
    gains = [(now - then) / (1 - then) for now, then in zip(reached, before, strict=True)]
    improvement = sum(gains, Fraction()) / 3
    assert lagging.improvement == improvement
    assert lagging.score == 100 * (25 * sum(reached, Fraction()) + 10 * improvement) / 85
    assert [row.place for row in content.groups[AreaLevel.COMMUNITY]] == [1, 2, 3, 4]
    assert content.whole.parts[IndicatorCode.SUPPORT_SHARE].is_met


def test_small_cells_are_not_told(app: Flask, drafted: Drafted, figures: Ledger) -> None:
    for number in range(3):
        figures.volunteer("420602002001", f"新来的{number}", since=date(2026, 10, 2))
    figures.serve(figures.volunteer("420602002001", since=date(2026, 10, 2)), date(2026, 10, 20))
    figures.settle()
    content = content_of(app, drafted())
    (small,) = [row for row in content.groups[AreaLevel.COMMUNITY] if row.code == "420602002001"]
    hidden = small.parts[IndicatorCode.ACTIVE_SHARE]
    assert (hidden.is_small, hidden.numerator, hidden.value_text) == (True, None, "*")
    assert (small.score, small.place, small.improvement) == (None, None, None)
    assert not content.whole.parts[IndicatorCode.ACTIVE_SHARE].is_small
    # A district of the city hides the same in its own bulletin, though its own sums alone would let it show more.
    own = content_of(app, drafted("420602"))
    told = {row.code: row.parts for group in content.groups.values() for row in group}
    for row in (own.whole, *(row for group in own.groups.values() for row in group)):
        assert {code for code, one in row.parts.items() if one.is_small} == {
            code for code, one in told[row.code].items() if one.is_small
        }


def test_the_paper_of_a_month_with_a_few_and_with_surveys_ends(
    offices: Offices, desk: Desk, released: Released, figures: Ledger
) -> None:
    """A column that is narrower than its heading costs a line; a row that hides something stands in no table."""
    figures.serve(figures.volunteer("420602002001", since=date(2026, 10, 2)), date(2026, 10, 20))
    figures.survey(STREET, 95, 100)
    figures.settle()
    path = released()
    words = pdf_words(desk.of(offices.city).get(f"{path}/paper.pdf").data)
    assert "支持率" in words
    assert "不排名：人数太少。" in words
    page = desk.of(offices.city).get(f"{path}?level=community").text
    assert "不排名：人数太少。" in page


def test_the_page_leads_readers_only_where_they_may_go(
    app: Flask, offices: Offices, desk: Desk, drafted: Drafted
) -> None:
    path = drafted()
    desk.of(offices.city).post(f"{path}/release", {"opening": "", "closing": ""})
    street = desk.of(offices.street)
    links = set(re.findall(r'href="(/metrics/areas/[^"?]+)', street.get(f"{path}?level=community").text))
    assert links == {f"/metrics/areas/{COMMUNITY}", "/metrics/areas/420602001002"}
    assert len(re.findall(r"/metrics/areas/\d+", desk.of(offices.city).get(f"{path}?level=community").text)) >= 4


def test_it_is_released_once_and_read_by_all_below(app: Flask, offices: Offices, desk: Desk, drafted: Drafted) -> None:
    path = drafted()
    desk.of(offices.street).get(path, expect=404)
    desk.of(offices.assessor).get(path, expect=404)
    city = desk.of(offices.city)
    city.post(f"{path}/release", {"opening": "", "closing": ""})
    city.post(f"{path}/release", {"opening": "", "closing": ""}, expect=422)
    street = desk.of(offices.street)
    assert "襄阳文明通报〔2026〕1 号" in street.get(path).text
    street.get(f"{path}?level=community&all=1")
    street.get(f"{path}?level=nonsense")
    with app.app_context():
        told = set(db.session.scalars(select(Notice.account_id).where(Notice.text.contains("通报已发布"))))
    assert told == {offices.district.id, offices.other_district.id, offices.street.id, offices.assessor.id}


def test_a_recount_never_changes_what_was_released(
    app: Flask, offices: Offices, desk: Desk, released: Released, figures: Ledger
) -> None:
    path, city = released(), desk.of(offices.city)
    before, paper = content_of(app, path), city.get(f"{path}/paper.pdf").data
    assert "今天重算" not in city.get(path).text
    figures.serve(figures.volunteer(COMMUNITY), date(2026, 10, 20))
    figures.settle()
    assert content_of(app, path) == before
    assert city.get(f"{path}/paper.pdf").data == paper
    assert "今天重算，有些数字和当时不同" in city.get(path).text
    for statement in ("UPDATE bulletin SET opening = 'x'", "DELETE FROM bulletin"):
        with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))


def test_it_is_superseded_by_another(offices: Offices, desk: Desk, released: Released) -> None:
    first, second, city = released(), released(), desk.of(offices.city)
    assert "请看襄阳文明通报〔2026〕2 号" in city.get(first).text
    assert "本通报代替襄阳文明通报〔2026〕1 号" in city.get(second).text


def test_movement_is_against_the_month_before(app: Flask, released: Released, drafted: Drafted) -> None:
    released(month="2026-09")
    moved = {row.code: row.moved for row in content_of(app, drafted()).groups[AreaLevel.COMMUNITY]}
    assert moved["420602001002"] == 2
    assert moved[COMMUNITY] == -1


def test_a_draft_is_discarded_with_a_reason(offices: Offices, desk: Desk, drafted: Drafted) -> None:
    path = drafted()
    city = desk.of(offices.city)
    city.post(f"{path}/discard", {"reason": ""}, expect=422)
    city.post(f"{path}/discard", {"reason": "人口没补齐"})
    assert "人口没补齐" in city.get(path).text
    drafted()


@pytest.mark.parametrize(
    "typed",
    [
        {"month": "2026-11"},
        {"month": "2027-01"},
        {"month": "2026-13"},
        {"month": "2026-02-30"},
        {"month": ""},
        {"month": "2026-10", "area": "420602001"},
        {"month": "2026-10", "area": "999"},
    ],
)
def test_a_month_that_is_not_over_or_none_is_refused(offices: Offices, desk: Desk, typed: dict[str, str]) -> None:
    desk.of(offices.city).post(BULLETINS, {"area": "420600", **typed}, expect=422)


FIRST = "最早的记录在 2025 年 1 月"


@pytest.mark.parametrize(("month", "why"), [("1999-01", FIRST), ("2024-12", FIRST), ("2027-01", "还没有过完")])
def test_a_month_without_records_is_refused_on_its_field_with_what_was_typed(
    app: Flask, offices: Offices, desk: Desk, month: str, why: str
) -> None:
    page = desk.of(offices.city).post(BULLETINS, {"area": "420600", "month": month}, expect=422).text
    field = page.partition('id="month"')[2].partition("</div></div>")[0]
    assert why in field
    assert f'value="{month}"' in page
    with app.app_context():
        assert db.session.scalars(select(Task)).all() == []


def test_a_month_in_which_nothing_can_be_ranked_comes_out_and_says_why(
    app: Flask, offices: Offices, desk: Desk, released: Released
) -> None:
    with app.app_context():
        db.session.execute(text("DELETE FROM area_population"))
        db.session.commit()
    path, city = released(), desk.of(offices.city)
    page = city.get(path).text
    for words in (page, pdf_words(city.get(f"{path}/paper.pdf").data)):
        assert "这个月没有一个区县排得出名次。" in words
        assert "襄城区、樊城区不排名：没有建成区常住人口数据，或在建成区以外。" in words
    table = city.get(f"{path}/table.csv").data.decode("utf-8-sig")
    assert table.count("没有建成区常住人口数据") >= 4


def test_a_district_drafts_its_own_and_not_others(offices: Offices, desk: Desk) -> None:
    desk.of(offices.district).post(BULLETINS, {"area": "420602", "month": "2026-10"})
    desk.of(offices.district).post(BULLETINS, {"area": "420606", "month": "2026-10"}, expect=422)
    desk.of(offices.street).post(BULLETINS, {"area": "420602", "month": "2026-10"}, expect=403)


def test_the_clock_drafts_last_month_once(app: Flask, offices: Offices, clock_stands: object) -> None:
    clock_stands.move_to(datetime(2026, 11, 1, 5, 30, tzinfo=LOCAL_ZONE))
    for _twice in range(2):
        with app.app_context():
            jobs.draft_bulletins()
            db.session.commit()
    with app.app_context():
        run_waiting()
        jobs.draft_bulletins()
        db.session.commit()
        drafts = db.session.execute(select(Area.code, Bulletin.month).join(Area, Area.id == Bulletin.area_id)).all()
        assert sorted(drafts) == [(code, date(2026, 10, 1)) for code in ("420600", "420602", "420606")]
        told = db.session.scalars(select(Notice.account_id).where(Notice.text.contains("草稿做好了"))).all()
        assert sorted(told) == sorted((offices.city.id, offices.district.id, offices.other_district.id))


def test_two_who_release_at_once_release_once(app: Flask, offices: Offices, drafted: Drafted, cast: Cast) -> None:
    public_id = drafted().rpartition("/")[2]

    def release() -> None:
        bulletin = db.session.query(Bulletin).filter_by(public_id=public_id).one()
        bulletins.release(bulletin, account_id=offices.city.id)

    assert at_once(app, [release] * 3) == []
    with app.app_context():
        row = db.session.scalars(select(Bulletin)).one()
        assert (row.status, row.number) == (BulletinStatus.RELEASED, 1)
        with pytest.raises(Conflict):
            bulletins.discard(row, reason="晚了", account_id=offices.city.id)


def test_weights_are_set_with_a_reason_and_kept(app: Flask, offices: Offices, desk: Desk, drafted: Drafted) -> None:
    old = drafted()
    city, path = desk.of(offices.city), "/supervision/weights/420600"
    points = {"registered_share": "40", "active_share": "30", "hours_per_head": "30", "support_share": "0"}
    for wrong in ({"improvement": "5"}, {"improvement": "-1"}, {"improvement": ""}, {"improvement": "一"}):
        city.post(path, {**points, **wrong, "reason": "突出注册"}, expect=422)
    city.post(path, {**points, "improvement": "0", "reason": ""}, expect=422)
    city.post(path, {**points, "improvement": "0", "reason": "突出注册"})
    city.post(path, {**points, "improvement": "0", "reason": "再来一次"}, expect=422)
    assert "突出注册" in city.get(path).text
    assert content_of(app, old).weights.improvement == 10
    city.post(f"{old}/discard", {"reason": "换了权重"})
    new = content_of(app, drafted())
    assert new.weights.indicators[IndicatorCode.REGISTERED_SHARE] == 40
    desk.of(offices.district).get("/supervision/weights/420602")
    desk.of(offices.district).get(path, expect=404)
