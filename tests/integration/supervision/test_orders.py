"""An order from its sending to its end: who is told, who may do what, what is kept, and what is refused."""

from datetime import date, datetime, timedelta
from functools import partial
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.areas import Area
from models.audit import AuditEvent
from models.base import db
from models.notices import Notice
from models.supervision import Order, OrderFile, OrderStep
from tests.at_once import at_once
from tests.cast import Cast
from tests.integration.supervision.conftest import COMMUNITY, STREET, Desk, Offices
from volunteer.hours.office import principal_of_account
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.permissions import Role
from volunteer.scheduler import JOBS
from volunteer.supervision import jobs, order_queries, orders
from volunteer.supervision.bulletin_rules import OrderCounts
from volunteer.supervision.order_rules import OrderAct, OrderStatus

KEPT_WHOLE = ("supervision_order", "order_step")
TYPED = {"addressee": "area", "title": "请抓紧", "demand": "组织活动", "working_days": "10"}
CREATE = f"/supervision/orders/create?area={STREET}&indicator=active_share"


def picture_with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SomeCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (32.0, 2.0, 3.0)})
    out = BytesIO()
    Image.new("RGB", (600, 500), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


def notices_of(app: Flask, account_id: int) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Notice.text).where(Notice.account_id == account_id).order_by(Notice.id)))


def test_an_order_runs_from_the_lag_to_its_end(app: Flask, offices: Offices, desk: Desk) -> None:
    explained = desk.of(offices.city).get(f"/metrics/areas/{STREET}/active_share")
    assert CREATE in explained.text.replace("&amp;", "&")
    assert "发督办" not in desk.of(offices.assessor).get(f"/metrics/areas/{STREET}/active_share").text
    page = desk.of(offices.city).get(CREATE)
    assert "还差 5 人" in page.text
    assert "10 个工作日（12 月 4 日）" in page.text
    path = desk.send(offices.city)
    order = desk.order(path)
    assert (order.status, order.due_on, order.number) == (OrderStatus.AWAITING, date(2026, 12, 4), 1)
    assert order.figures["numerator"] == 11
    assert order.figures["denominator"] == 22
    assert len(notices_of(app, offices.street.id)) == 1

    street = desk.of(offices.street)
    assert "等我方答复 1" in street.get("/supervision/orders/").text
    street.post(f"{path}/sign")
    files = [(BytesIO(picture_with_place()), "现场/照片.jpg")]
    street.post(f"{path}/answer", {"text": "办了三场活动", "files": files}, content_type="multipart/form-data")
    city = desk.of(offices.city)
    assert "办了三场活动" in city.get(path).text
    city.post(f"{path}/judge", {"verdict": "accept", "text": "", "working_days": "10"})
    assert desk.order(path).status is OrderStatus.SETTLED
    with app.app_context():
        acts = list(db.session.scalars(select(OrderStep.act).order_by(OrderStep.ordinal)))
        assert acts == [OrderAct.SEND, OrderAct.SIGN, OrderAct.ANSWER, OrderAct.ACCEPT]
        kept = db.session.scalars(select(OrderFile)).one()
        assert kept.name == "照片.jpg"
        assert not Image.open(BytesIO(kept.content)).getexif()
        trail = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_kind == "order")))
        assert trail == {f"supervision.{act}" for act in ("send", "sign", "answer", "accept")}
        file_id = kept.public_id
    city.get(f"{path}/files/{file_id}")
    desk.of(offices.other_district).get(f"{path}/files/{file_id}", expect=404)


def test_what_was_frozen_stays_when_the_figures_move(
    app: Flask, offices: Offices, desk: Desk, figures: object, cast: Cast
) -> None:
    path = desk.send(offices.city)
    volunteer = figures.volunteer(COMMUNITY)
    figures.serve(volunteer, date(2026, 11, 1))
    figures.settle()
    assert desk.order(path).figures["numerator"] == 11
    pdf = desk.of(offices.street).get(f"{path}/paper.pdf")
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.data)).pages).replace("\n", "")
    assert "襄阳文明督〔2026〕1 号" in words
    assert "还差 5 人" in words
    assert "2026 年 12 月 4 日前" in words


def test_numbers_run_without_gaps_for_each_office_and_year(offices: Offices, desk: Desk, clock_stands: object) -> None:
    numbers = [desk.order(desk.send(offices.city, title=title)).number for title in ("甲", "乙")]
    desk.of(offices.city).post(
        CREATE, {"addressee": "area", "title": "", "demand": "", "working_days": "10"}, expect=422
    )
    numbers.append(desk.order(desk.send(offices.city)).number)
    district = desk.order(desk.send(offices.district)).number
    assert (numbers, district) == ([1, 2, 3], 1)


def test_numbers_do_not_race(app: Flask, offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city)

    def send(title: str) -> None:
        order = db.session.query(Order).filter_by(public_id=path.rpartition("/")[2]).one()
        gap = orders.Gap.from_json(order.figures, order.sent_at)
        typed = orders.OrderTyped(title=title, demand="办", working_days=5)
        orders.send(order.issuer, order.area, None, gap=gap, typed=typed, account_id=offices.city.id)

    assert at_once(app, [partial(send, title) for title in "甲甲乙丙丁甲"]) == []  # one of them clicked three times
    with app.app_context():
        assert sorted(db.session.scalars(select(Order.number))) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("act", ["sign", "answer", "judge"])
def test_of_two_at_once_one_succeeds(app: Flask, offices: Offices, desk: Desk, cast: Cast, act: str) -> None:
    second = cast.office(Role.OFFICE_STAFF, STREET, "另一位")
    path = desk.send(offices.city)
    if act != "sign":
        desk.of(offices.street).post(f"{path}/sign")
    if act == "judge":
        desk.of(offices.street).post(f"{path}/answer", {"text": "办了"})
        second = cast.office(name="市里另一位")
    first = offices.city if act == "judge" else offices.street

    def do(account_id: int) -> None:
        order = db.session.query(Order).filter_by(public_id=path.rpartition("/")[2]).one()
        who = principal_of_account(account_id)
        if act == "sign":
            orders.sign(order, who=who)
        elif act == "answer":
            orders.answer(order, text="办了", files=[], who=who)
        else:
            orders.accept(order, text="", who=who)

    assert at_once(app, [lambda one=one: do(one.id) for one in (first, second)]) == []
    wanted = {"sign": OrderAct.SIGN, "answer": OrderAct.ANSWER, "judge": OrderAct.ACCEPT}[act]
    with app.app_context():
        assert list(db.session.scalars(select(OrderStep.act))).count(wanted) == 1


def test_an_answer_is_returned_with_a_reason_and_a_new_day(app: Flask, offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city)
    street, city = desk.of(offices.street), desk.of(offices.city)
    street.post(f"{path}/sign")
    street.post(f"{path}/answer", {"text": "办了"})
    page = city.post(f"{path}/judge", {"verdict": "return", "text": "", "working_days": "5"}, expect=422)
    assert "请写明哪里不够" in page.text
    city.post(f"{path}/judge", {"verdict": "return", "text": "没有名单", "working_days": "5"})
    order = desk.order(path)
    assert (order.status, order.due_on, order.first_due_on) == (
        OrderStatus.RETURNED,
        date(2026, 11, 27),
        date(2026, 12, 4),
    )
    street.post(f"{path}/answer", {"text": "补了名单"})
    assert desk.order(path).status is OrderStatus.ANSWERED


def test_what_is_met_or_unknown_is_not_urged(offices: Offices, desk: Desk) -> None:
    city = desk.of(offices.city)
    assert "已经达标" in city.get("/supervision/orders/create?area=420606&indicator=registered_share", expect=409).text
    assert (
        "还没有数据" in city.get(f"/supervision/orders/create?area={STREET}&indicator=support_share", expect=409).text
    )
    city.get("/supervision/orders/create", expect=302)
    city.get("/supervision/orders/create?area=999999&indicator=active_share", expect=404)


@pytest.mark.parametrize("days", ["0", "-3", "4", "9999", "十", ""])
def test_a_deadline_that_nobody_offers_is_refused(offices: Offices, desk: Desk, days: str) -> None:
    facts = {"addressee": "area", "title": "请抓紧", "demand": "办", "working_days": days}
    desk.of(offices.city).post(CREATE, facts, expect=422)


def test_bad_evidence_is_refused_in_words(app: Flask, offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city)
    street = desk.of(offices.street)
    street.post(f"{path}/answer", {"text": "还没签收"}, expect=422)
    street.post(f"{path}/sign")
    bad = (
        ([(BytesIO(b"MZ\x90\x00"), "好东西.exe")], "只收照片"),
        ([(BytesIO(b"%PDF-1.7 broken"), "材料.pdf")], "打不开"),
        ([(BytesIO(b""), "空的.jpg")], "是空的"),
        ([(BytesIO(picture_with_place()), f"{n}.jpg") for n in range(6)], "最多传 5 个文件"),
    )
    for files, words in bad:
        typed = {"text": "办了", "files": files}
        page = street.post(f"{path}/answer", typed, expect=422, content_type="multipart/form-data")
        assert words in page.text
        assert "办了" in page.text
    street.post(f"{path}/answer", {"text": "   "}, expect=422)
    assert desk.order(path).status is OrderStatus.UNDER_WAY


def test_the_clock_reminds_and_reports_once(
    app: Flask, offices: Offices, desk: Desk, clock_stands: time_machine.Traveller
) -> None:
    path = desk.send(offices.district)
    for day, acts in (
        (date(2026, 11, 30), []),
        (date(2026, 12, 1), [OrderAct.REMIND]),
        (date(2026, 12, 4), [OrderAct.REMIND] * 2),
        (date(2026, 12, 5), [OrderAct.REMIND, OrderAct.REMIND, OrderAct.ESCALATE]),
        (date(2026, 12, 9), [OrderAct.REMIND, OrderAct.REMIND, OrderAct.ESCALATE]),
    ):
        clock_stands.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))
        for _twice in range(2):
            with app.app_context():
                jobs.look_after_orders()
        with app.app_context():
            found = list(db.session.scalars(select(OrderStep.act).order_by(OrderStep.ordinal)))
        assert found[1:] == acts, day
    order = desk.order(path)
    with app.app_context():
        assert db.session.get_one(Order, order.id).escalated_to.code == "420600"
    assert any("逾期" in one for one in notices_of(app, offices.city.id))
    listed = desk.of(offices.city).get("/supervision/orders/?overdue=1").text
    assert "待签收，逾期" in listed
    assert {job.name for job in JOBS} >= {"supervision.look_after_orders", "supervision.draft_bulletins"}


def test_an_answered_order_is_not_reported(app: Flask, offices: Offices, desk: Desk, clock_stands: object) -> None:
    path = desk.send(offices.district)
    desk.of(offices.street).post(f"{path}/sign")
    desk.of(offices.street).post(f"{path}/answer", {"text": "办了"})
    clock_stands.move_to(datetime(2026, 12, 20, 9, tzinfo=LOCAL_ZONE))
    with app.app_context():
        jobs.look_after_orders()
    assert desk.order(path).escalated_at is None


def test_it_is_withdrawn_with_a_reason_and_stays(offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city)
    city = desk.of(offices.city)
    city.post(f"{path}/withdraw", {"reason": " "}, expect=422)
    city.post(f"{path}/withdraw", {"reason": "发错了街道"})
    assert "发错了街道" in desk.of(offices.street).get(path).text
    desk.of(offices.street).post(f"{path}/sign", expect=409)
    assert desk.order(desk.send(offices.city)).number == 2


def test_the_office_above_may_withdraw_and_both_sides_hear_of_it(app: Flask, offices: Offices, desk: Desk) -> None:
    path, city = desk.send(offices.district), desk.of(offices.city)
    assert "您是上级，也可以撤回" in city.get(path).text
    assert "您是上级" not in desk.of(offices.district).get(path).text
    city.post(f"{path}/withdraw", {"reason": "市里另有安排"})
    assert "周文（上级）" in desk.of(offices.street).get(path).text
    for told in (offices.street, offices.district):
        assert any("已撤回" in one for one in notices_of(app, told.id))
    own = desk.send(offices.district, title="再办一次")
    desk.of(offices.district).post(f"{own}/withdraw", {"reason": "发错了"})
    assert "（上级）" not in desk.of(offices.street).get(own).text


def test_numbers_of_two_offices_in_one_list_tell_whose_they_are(offices: Offices, desk: Desk) -> None:
    desk.send(offices.city)
    desk.send(offices.district)
    city = desk.of(offices.city)
    for page in (city.get("/supervision/orders/").text, city.get("/supervision/orders/calendar?month=2026-12").text):
        assert "襄阳文明督〔2026〕1 号" in page
        assert "襄城文明督〔2026〕1 号" in page
    assert "襄城区 →" in city.get("/supervision/orders/calendar?month=2026-12").text


def test_lists_calendar_and_tables(offices: Offices, desk: Desk) -> None:
    path = desk.send(offices.city, title="=HYPERLINK(坏)")
    city = desk.of(offices.city)
    for address in ("", "?turn=answer", "?turn=judge", "?status=awaiting", "?overdue=1", "?turn=x&status=y&page=z"):
        city.get(f"/supervision/orders/{address}")
    assert path in city.get("/supervision/orders/calendar?month=2026-12").text
    assert path not in city.get("/supervision/orders/calendar?month=2026-11").text
    for month in ("2026-13", "x", "0001-01", "2026-02-30"):
        city.get(f"/supervision/orders/calendar?month={month}")
    table = city.get("/supervision/orders/table.csv").data.decode("utf-8-sig")
    assert "襄阳文明督〔2026〕1 号" in table
    assert "'=HYPERLINK" in table
    assert city.get("/supervision/orders/table.xlsx").data[:2] == b"PK"


def test_what_was_sent_and_done_cannot_be_changed(app: Flask, offices: Offices, desk: Desk) -> None:
    desk.send(offices.city)
    for statement in (
        "UPDATE supervision_order SET demand = 'x'",
        "DELETE FROM supervision_order",
        "UPDATE order_step SET text = 'x'",
        "DELETE FROM order_step",
    ):
        with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
    with app.app_context():  # the control: where it stands may change
        db.session.execute(text("UPDATE supervision_order SET status = 'withdrawn'"))


def test_the_same_words_sent_twice_are_one_order(
    offices: Offices, desk: Desk, clock_stands: time_machine.Traveller
) -> None:
    path = desk.send(offices.city)
    assert desk.send(offices.city) == path
    clock_stands.shift(timedelta(minutes=11))
    assert desk.send(offices.city) != path


@pytest.mark.parametrize(("field", "typed"), [("title", "请抓紧😀"), ("demand", "请办\u0e01")])
def test_what_no_font_can_print_is_refused_where_it_is_typed(
    offices: Offices, desk: Desk, field: str, typed: str
) -> None:
    page = desk.of(offices.city).post(CREATE, {**TYPED, field: typed}, expect=422)
    assert f"U+{ord(typed[-1]):04X}" in page.text
    path = desk.send(offices.city, title="𠮷家巷", demand="请办")
    desk.of(offices.city).get(f"{path}/paper.pdf")


def test_a_month_counts_its_orders_as_they_stood_at_its_end(
    app: Flask, offices: Offices, desk: Desk, clock_stands: time_machine.Traveller
) -> None:
    path = desk.send(offices.city, working_days="5")
    clock_stands.move_to(datetime(2026, 12, 2, 9, tzinfo=LOCAL_ZONE))
    desk.of(offices.street).post(f"{path}/sign")
    desk.of(offices.street).post(f"{path}/answer", {"text": "办了"})
    desk.of(offices.city).post(f"{path}/judge", {"verdict": "accept", "text": "", "working_days": "10"})
    with app.app_context():
        city = db.session.query(Area).filter_by(code="420600").one()
        november = order_queries.order_counts(city, date(2026, 11, 1), date(2026, 11, 30))
        december = order_queries.order_counts(city, date(2026, 12, 1), date(2026, 12, 31))
    assert november == OrderCounts(sent=1, settled=0, overdue=1, still_open=1)
    assert december == OrderCounts(sent=0, settled=1, overdue=0, still_open=0)


def test_numbers_that_were_given_are_never_given_again(app: Flask, offices: Offices, desk: Desk) -> None:
    desk.send(offices.city)
    for statement in ("UPDATE supervision_serial SET last = 0", "DELETE FROM supervision_serial"):
        with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))


def test_a_row_that_stays_is_neither_replaced_nor_emptied(app: Flask, offices: Offices, desk: Desk) -> None:
    desk.send(offices.city)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            statements = [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in KEPT_WHOLE]
        else:
            statements = [f"TRUNCATE {table} CASCADE" for table in KEPT_WHOLE]
        for statement in statements:
            with pytest.raises(DBAPIError, match="append-only"):
                db.session.execute(text(statement))
            db.session.rollback()
