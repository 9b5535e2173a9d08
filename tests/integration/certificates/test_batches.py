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
from sqlalchemy.exc import IntegrityError, OperationalError

from models.base import db
from models.certificates import Certificate, CertificateBatch, CertificateBatchItem
from models.notices import Notice
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.integration.certificates.test_certificates import credit
from volunteer.certificates import batch_operations, jobs, operations
from volunteer.certificates.record_table import chinese_day
from volunteer.certificates.rules import BatchItemState, BatchStatus, CertificateFacts, default_order
from volunteer.kernel import clock
from volunteer.kernel.fonts import FontSet
from volunteer.kernel.speech import hours_text
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.operations import erase_volunteer
from volunteer.volunteers.rules import VolunteerStatus

NEW = "/certificates/batches/new"


def number(serial: int) -> str:
    return make_volunteer_number("420602", clock.today(), serial)


@pytest.fixture
def organization(cast: Cast) -> Organization:
    return cast.organization()


@pytest.fixture
def people(cast: Cast, organization: Organization) -> list[Volunteer]:
    """Return six volunteers with 61 to 66 minutes each."""
    found = [cast.volunteer(name=f"学生{serial}", number=number(serial)) for serial in range(1, 7)]
    for serial, one in enumerate(found, start=1):
        credit(cast, one, organization, 60 + serial)
    return found


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


# From a list to the files


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


# One by one


def test_it_goes_on_where_it_was_killed_and_nobody_gets_two(
    app: Flask,
    browser: Browser,
    organization: Organization,
    people: list[Volunteer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin(browser, organization, numbers=numbers(people))
    calls: list[int] = []
    issue = operations.issue_certificate

    def killed(*args: object, **options: object) -> Certificate:
        calls.append(1)
        certificate = issue(*args, **options)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return certificate

    monkeypatch.setattr(operations, "issue_certificate", killed)
    with pytest.raises(KeyboardInterrupt):
        run(app)
    assert states(app) == {BatchItemState.ISSUED: 2, BatchItemState.WAITING: 4}
    run(app)
    assert states(app) == {BatchItemState.ISSUED: 6}
    assert issued_by_volunteer(app) == [1] * 6


def test_two_jobs_at_once_issue_each_certificate_once(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    begin(browser, organization, numbers=numbers(people))
    threads = [threading.Thread(target=run, args=(app,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(app)
    assert issued_by_volunteer(app) == [1] * 6
    with app.app_context():
        assert db.session.scalars(select(CertificateBatch.status)).one() is BatchStatus.FINISHED


def test_a_refusal_keeps_its_reason_and_does_not_hold_up_the_rest(
    app: Flask, browser: Browser, cast: Cast, organization: Organization, people: list[Volunteer]
) -> None:
    undrawn = cast.volunteer(name="王\U000e0100国", number=number(70))
    credit(cast, undrawn, organization)
    past = cast.volunteer(name="去年的人", number=number(71))
    credit(cast, past, organization, days_ago=700)
    gone = cast.volunteer(name="退出的人", number=number(72), status=VolunteerStatus.WITHDRAWN)
    credit(cast, gone, organization)
    everybody = [undrawn, past, gone, people[0]]
    address = begin(browser, organization, numbers=numbers(everybody))
    run(app)
    assert states(app) == {BatchItemState.REFUSED: 3, BatchItemState.ISSUED: 1}
    page = browser.get(address).text
    for words in ("U+E0100", "没有已生效的服务记录", "已经不在册"):
        assert words in page
    assert "去年的人" not in page


def test_what_goes_wrong_with_one_is_logged_and_the_others_get_theirs(
    app: Flask,
    browser: Browser,
    organization: Organization,
    people: list[Volunteer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:3]))
    issue = operations.issue_certificate

    def faulty(volunteer: Volunteer, *args: object, **options: object) -> Certificate:
        if volunteer.id == people[1].id:
            raise ValueError("the lines do not add up")
        return issue(volunteer, *args, **options)

    monkeypatch.setattr(operations, "issue_certificate", faulty)
    run(app)
    assert states(app) == {BatchItemState.ISSUED: 2, BatchItemState.REFUSED: 1}
    assert "原因记在系统日志里" in browser.get(address).text


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (IntegrityError("INSERT", {}, Exception("a row that cannot be")), {BatchItemState.REFUSED: 1}),
        (OperationalError("INSERT", {}, Exception("canceled")), {BatchItemState.WAITING: 1}),
        (OSError("no room"), {BatchItemState.WAITING: 1}),
    ],
    ids=["lasting", "of the moment", "of the disk"],
)
def test_what_the_database_says_to_one_stops_no_other_and_no_other_batch(
    app: Flask,
    browser: Browser,
    organization: Organization,
    people: list[Volunteer],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    expected: dict[BatchItemState, int],
) -> None:
    begin(browser, organization, numbers=numbers(people[:2]))
    begin(browser, organization, numbers=numbers(people[2:4]), title="另一批")
    issue = operations.issue_certificate

    def faulty(volunteer: Volunteer, *args: object, **options: object) -> Certificate:
        if volunteer.id == people[0].id:
            raise trouble
        return issue(volunteer, *args, **options)

    monkeypatch.setattr(operations, "issue_certificate", faulty)
    run(app)
    assert states(app) == {BatchItemState.ISSUED: 3, **expected}
    monkeypatch.undo()
    run(app)
    waited = expected.get(BatchItemState.WAITING, 0)
    assert states(app).get(BatchItemState.ISSUED) == 3 + waited


def test_without_a_database_the_job_gives_up_soon(
    app: Flask,
    browser: Browser,
    organization: Organization,
    people: list[Volunteer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin(browser, organization, numbers=numbers(people))
    tried = []

    def gone(volunteer: Volunteer, *_args: object, **_options: object) -> Certificate:
        tried.append(volunteer.id)
        raise OperationalError("SELECT", {}, Exception("the server is gone"))

    monkeypatch.setattr(operations, "issue_certificate", gone)
    with pytest.raises(OperationalError):
        run(app)
    assert len(tried) == jobs.MOST_TROUBLES
    assert states(app) == {BatchItemState.WAITING: 6}


def test_stopping_leaves_what_is_issued_and_issues_no_more(
    app: Flask,
    browser: Browser,
    organization: Organization,
    people: list[Volunteer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = begin(browser, organization, numbers=numbers(people))
    issue_item = batch_operations.issue_item

    def stopped_after(item_id: int, press: object) -> object:
        found = issue_item(item_id, press)
        if len(issued_by_volunteer_here()) == 2:
            batch = db.session.scalars(select(CertificateBatch)).one()
            if batch.status is BatchStatus.RUNNING:
                batch_operations.stop_batch(batch, account_id=organization.created_by)
        return found

    monkeypatch.setattr(batch_operations, "issue_item", stopped_after)
    run(app)
    assert states(app) == {BatchItemState.ISSUED: 2, BatchItemState.WAITING: 4}
    page = browser.get(address).text
    assert "停下了" in page
    assert len(PdfReader(BytesIO(browser.get(f"{address}/book.pdf").data)).pages) == 2
    assert "已经不在开了" in browser.submit(f"{address}/stop").text


def issued_by_volunteer_here() -> list[int]:
    return list(db.session.scalars(select(Certificate.id)))


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


def test_an_organization_that_is_suspended_meanwhile_issues_no_more(
    app: Flask, browser: Browser, organization: Organization, people: list[Volunteer]
) -> None:
    address = begin(browser, organization, numbers=numbers(people[:2]))
    with app.app_context():
        db.session.get_one(Organization, organization.id).status = OrganizationStatus.SUSPENDED
        db.session.commit()
    run(app)
    assert states(app) == {BatchItemState.REFUSED: 2}
    assert "已暂停" in browser.get(address).text
    assert "现在不能开" in browser.get(NEW).text
    browser.post(NEW, form(numbers=numbers(people)), expect=422)


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
