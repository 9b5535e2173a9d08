"""Certificates for many: seen before they are issued, one by one, each once, and taken away together."""

import csv
import re
import threading
from collections.abc import Sequence
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from models.base import db
from models.certificates import Certificate, CertificateBatch, CertificateBatchItem
from models.notices import Notice
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.integration.certificates.conftest import number
from tests.integration.certificates.test_certificates import credit
from volunteer.certificates import batch_operations, jobs, operations
from volunteer.certificates.record_table import chinese_day
from volunteer.certificates.rules import BatchItemState, CertificateFacts, default_order
from volunteer.kernel import clock
from volunteer.kernel.fonts import FontSet
from volunteer.kernel.speech import hours_text
from volunteer.volunteers.operations import erase_volunteer

NEW = "/certificates/batches/new"


def form(**changes: object) -> dict[str, object]:
    order = default_order(clock.today())
    days = {"period_from": order.period_from.isoformat(), "period_to": order.period_to.isoformat()}
    return {"title": "秋季学期", "audience": "list", "activity": "", "community": "", **days, **changes}


def numbers(people: list[Volunteer]) -> str:
    return "\n".join(one.number for one in people)


def confirm(browser: Browser, page: str) -> str:
    """Press the button of a preview and return the address of the batch."""
    found = re.search(r'<form method="post" action="(/certificates/batches[^"]*)"', page)
    assert found is not None
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return browser.post(found[1], sent).headers["Location"]


def begin(browser: Browser, organization: Organization, **changes: object) -> str:
    browser.sign_in(organization.created_by)
    return confirm(browser, browser.post(NEW, form(**changes), expect=200).text)


def run(app: Flask) -> None:
    with app.app_context():
        jobs.run_batches()


def states(app: Flask) -> dict[BatchItemState, int]:
    with app.app_context():
        query = select(CertificateBatchItem.state, func.count()).group_by(CertificateBatchItem.state)
        return {row[0]: row[1] for row in db.session.execute(query)}


def issued_by_volunteer(app: Flask) -> list[int]:
    with app.app_context():
        query = select(func.count(Certificate.id)).group_by(Certificate.volunteer_id)
        return list(db.session.scalars(query))


def test_a_list_becomes_certificates_a_zip_and_a_book(
    app: Flask, browser: Browser, cast: Cast, organization: Organization, people: list[Volunteer]
) -> None:
    address = begin(browser, organization, numbers=numbers(people), has_seal="y", language="bilingual")
    assert "还没轮到" in browser.get(address).text
    run(app)
    page = browser.get(address).text
    assert "开完了" in page
    with ZipFile(BytesIO(browser.get(f"{address}/certificates.zip").data)) as bundle:
        assert bundle.testzip() is None
        names = bundle.namelist()
        rows = list(csv.DictReader(StringIO(bundle.read("名单.csv").decode("utf-8-sig"))))
        first = bundle.read(f"{people[0].number}-学生1.pdf")
    assert len(names) == 7
    assert [row["志愿者编号"] for row in rows[:6]] == [one.number for one in people]
    assert rows[0]["文件"] == f"{people[0].number}-学生1.pdf"
    assert rows[0]["结果"] == "有效"
    with app.app_context():
        kept = db.session.scalars(select(Certificate).where(Certificate.volunteer_id == people[0].id)).one()
        assert kept.facts["has_seal"]
        assert kept.facts["is_bilingual"]
        assert rows[0]["证明编号"] == kept.number
    holder = Browser(app).sign_in(people[0].account_id)
    assert holder.get(f"/certificates/{kept.public_id}/certificate.pdf").data == first
    assert kept.public_id in holder.get("/certificates/").text
    assert len(PdfReader(BytesIO(browser.get(f"{address}/book.pdf").data)).pages) == 6


def test_holders_and_who_began_it_are_told(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:2]))
    run(app)
    run(app)
    with app.app_context():
        told = db.session.execute(select(Notice.account_id, Notice.link).order_by(Notice.id)).all()
    assert [row.account_id for row in told] == [people[0].account_id, people[1].account_id, organization.created_by]
    assert told[2].link == address


def test_a_file_names_its_bad_lines_and_the_rest_can_be_issued(
    app: Flask, browser: Browser, cast: Cast, organization: Organization, people: list[Volunteer]
) -> None:
    stranger = cast.volunteer(name="外人", number=number(50))
    credit(cast, stranger, cast.organization())
    lines = ["姓名,志愿者编号", *(f"x,{one.number}" for one in people[:2]), "x,V12", f"x,{people[0].number}"]
    data = "\n".join([*lines, f"x,{stranger.number}"]).encode()
    browser.sign_in(organization.created_by)
    page = browser.post(NEW, form(file=(BytesIO(data), "名单.csv")), expect=200).text
    assert "能开" in page
    for serial, one in enumerate(people[:2], start=1):
        assert f"<li><bdi>学生{serial}</bdi> · {one.number} · {hours_text(60 + serial)} 小时</li>" in page
    for words in ("第 4 行 · V12", "第 5 行", "和第 2 行是同一个编号", "第 6 行", "没有已生效的服务记录"):
        assert words in page
    assert "外人" not in page
    confirm(browser, page)
    run(app)
    assert states(app) == {BatchItemState.ISSUED: 2}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"numbers": ""}, "请贴上志愿者编号"),
        ({"numbers": "V12 abc"}, "没有可以开证明的人。第 1 行：志愿者编号是 V 开头的 18 位"),
        ({"numbers": "x", "title": ""}, "请填写这一批叫什么"),
        ({"numbers": "x", "title": "长" * 101}, "最多 100 个字"),
        ({"numbers": "x", "period_to": "2099-01-01"}, "结束日期还没到"),
        ({"audience": "activity"}, "请选一项活动"),
        ({"audience": "community"}, "请选一个社区"),
        ({"audience": "everybody"}, "请从列表里选一项"),
        ({"numbers": "x", "scope": "chosen"}, "请选一项活动"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_begun(
    app: Flask, browser: Browser, organization: Organization, changes: dict[str, str], words: str
) -> None:
    browser.sign_in(organization.created_by)
    assert words in browser.post(NEW, form(**changes), expect=422).text
    with app.app_context():
        assert db.session.scalars(select(CertificateBatch)).all() == []


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x00\x01", b"a,b\n1,2\n", "编号\n".encode()])
def test_a_file_that_holds_no_numbers_is_refused_in_words(
    browser: Browser, organization: Organization, data: bytes
) -> None:
    browser.sign_in(organization.created_by)
    browser.post(NEW, form(file=(BytesIO(data), "x.csv")), expect=422)


def test_by_activity_and_by_community(
    app: Flask, browser: Browser, cast: Cast, organization: Organization, people: list[Volunteer]
) -> None:
    elsewhere = cast.volunteer(name="住得远", number=number(60), community=cast.area("420606001001"))
    entry = credit(cast, elsewhere, organization, 30)
    with app.app_context():
        activity = db.session.merge(entry).shift.activity.public_id
    browser.sign_in(organization.created_by)
    day = chinese_day(entry.served_on)
    asked = form(audience="activity", activity=activity, scope="chosen")
    assert f" · {day} · 1 人</option>" in browser.get(NEW).text
    assert f" · {day} · 1 人</dd>" in browser.post(NEW, asked, expect=200).text
    begin(browser, organization, audience="activity", activity=activity, scope="chosen")
    run(app)
    begin(browser, organization, audience="community", community="420606001001", title="按社区")
    run(app)
    with app.app_context():
        owners = db.session.scalars(select(Certificate.volunteer_id)).all()
    assert owners == [elsewhere.id, elsewhere.id]


def test_the_same_wish_sent_twice_is_one_batch(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    browser.sign_in(organization.created_by)
    page = browser.post(NEW, form(numbers=numbers(people)), expect=200).text
    assert confirm(browser, page) == confirm(browser, page)
    run(app)
    assert issued_by_volunteer(app) == [1] * 6
    confirm(browser, page)
    run(app)
    assert issued_by_volunteer(app) == [2] * 6


def test_a_table_that_somebody_changed_on_the_way_is_refused(
    browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    browser.sign_in(organization.created_by)
    broken = {**form(), "packed": "eJwBroken"}
    assert "不完整" in browser.post("/certificates/batches", broken, expect=422).text


def test_what_was_taken_back_is_not_in_the_zip(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:2]))
    run(app)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate).order_by(Certificate.id)).first()
        operations.revoke_certificate(certificate, reason="登记有误", account_id=organization.created_by)
        db.session.commit()
    with ZipFile(BytesIO(browser.get(f"{address}/certificates.zip").data)) as bundle:
        assert len(bundle.namelist()) == 2
        assert "已撤销" in bundle.read("名单.csv").decode("utf-8-sig")


def test_only_owners_of_the_organization_take_a_batch_away(
    app: Flask, browser: Browser, cast: Cast, organization: Organization, people: list[Volunteer]
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:1]))
    run(app)
    other = Browser(app).sign_in(cast.organization(name="别的组织").created_by)
    for path in (address, f"{address}/certificates.zip", f"{address}/book.pdf"):
        other.get(path, expect=404)
        Browser(app).sign_in(people[0].account_id).get(path, expect=403)
    other.post(f"{address}/stop", expect=404)
    assert people[0].name not in other.get("/certificates/batches").text


def test_a_book_is_drawn_anew_without_who_is_erased_and_nobody_is_told_twice(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:2]))
    run(app)
    with app.app_context():
        batch_operations.reopen_books(people[0].id)
        certificate = db.session.scalars(select(Certificate).where(Certificate.volunteer_id == people[0].id)).one()
        operations.revoke_certificate(certificate, reason="登记有误", account_id=organization.created_by)
        db.session.commit()
        told = db.session.scalar(select(func.count(Notice.id)))
    browser.get(f"{address}/book.pdf", expect=404)
    assert "打印册正在画" in browser.get(address).text
    run(app)
    assert len(PdfReader(BytesIO(browser.get(f"{address}/book.pdf").data)).pages) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count(Notice.id))) == told


def test_a_book_is_drawn_while_others_write_and_without_who_is_erased_meanwhile(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:2]))
    draw = batch_operations.draw_book
    seen = []

    def erase() -> None:
        with app.app_context():
            volunteer = db.session.get_one(Volunteer, people[0].id)
            erase_volunteer(volunteer=volunteer, account_id=volunteer.account_id, confirmation=volunteer.name)
            db.session.commit()

    def slow(certificates: Sequence[CertificateFacts], fonts: FontSet) -> bytes:
        beside = threading.Thread(target=erase)
        beside.start()
        beside.join(5)
        seen.append((beside.is_alive(), db.session().in_transaction()))
        return draw(certificates, fonts)

    monkeypatch.setattr(batch_operations, "draw_book", slow)
    run(app)
    assert seen == [(False, False)]
    browser.get(f"{address}/book.pdf", expect=404)
    monkeypatch.undo()
    run(app)
    (page,) = PdfReader(BytesIO(browser.get(f"{address}/book.pdf").data)).pages
    assert "学生2" in page.extract_text()
