"""The job that issues a batch: killed, doubled, stopped and refused, each certificate comes once or says why not."""

import threading
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from models.base import db
from models.certificates import Certificate, CertificateBatch
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.integration.certificates.conftest import number
from tests.integration.certificates.test_batches import NEW, begin, form, issued_by_volunteer, numbers, run, states
from tests.integration.certificates.test_certificates import credit
from volunteer.certificates import batch_operations, jobs, operations
from volunteer.certificates.rules import BatchItemState, BatchStatus
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.rules import VolunteerStatus


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
