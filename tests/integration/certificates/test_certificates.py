"""A certificate is drawn from effective entries, and its page always tells how things stand now."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.base import db
from models.certificates import Certificate
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from volunteer.accounts import guessing
from volunteer.accounts.rules import ISSUING_LIMIT
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.operations import reverse_entry
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock


def credit(
    cast: Cast, volunteer: Volunteer, organization: Organization, minutes: int = 120, days_ago: int = 3
) -> Entry:
    starts_at = clock.now().replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    shift = cast.shift(cast.activity(organization), starts_at=starts_at, minutes=180)
    return cast.add(
        Entry(
            kind=EntryKind.CREDIT,
            volunteer_id=volunteer.id,
            shift_id=shift.id,
            organization_id=organization.id,
            served_on=clock.local_day(starts_at),
            started_at=starts_at,
            ended_at=starts_at + timedelta(minutes=minutes),
            minutes=minutes,
            source=Source.SCAN,
            rules_version=RULES_VERSION,
            derivation={},
            made_at=starts_at,
        )
    )


@pytest.fixture
def holder(cast: Cast) -> Volunteer:
    return cast.volunteer(name="龚䶮")


@pytest.fixture
def organization(cast: Cast) -> Organization:
    return cast.organization()


def form_for(holder: Volunteer, recorder: Organization, **changes: str) -> dict[str, str]:
    today = clock.today()
    return {
        "volunteer": holder.public_id,
        "organization": recorder.public_id,
        "period_from": f"{today - timedelta(days=30):%Y-%m-%d}",
        "period_to": f"{today:%Y-%m-%d}",
        **changes,
    }


def issue(browser: Browser, holder: Volunteer, organization: Organization) -> Certificate:
    browser.sign_in(holder.account_id)
    browser.submit("/certificates/new", form_for(holder, organization))
    with browser.app.app_context():
        return db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()


def test_a_resident_issues_a_certificate_and_opens_the_file(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization, 125)
    certificate = issue(browser, holder, organization)
    assert certificate.minutes == 125
    browser.get("/certificates/")
    file = browser.get(f"/certificates/{certificate.public_id}/certificate.pdf")
    assert file.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(file.data)).pages)
    assert "龚䶮" in text.replace(" ", "")
    assert certificate.number in text


def test_the_file_is_the_same_every_time(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    address = f"/certificates/{certificate.public_id}/certificate.pdf"
    assert browser.get(address).data == browser.get(address).data


def test_a_stranger_reads_that_it_is_valid_but_not_the_whole_name(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    page = Browser(app).get(f"/certificates/verify/{certificate.number}")
    assert "证明有效" in page.text
    assert "龚*" in page.text
    assert "龚䶮" not in page.text


def test_a_number_is_found_however_it_is_typed(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    number = issue(browser, holder, organization).number
    typed = " " + number.lower().replace("-", "").replace("0", "o") + " "
    assert "证明有效" in Browser(app).get("/certificates/verify", query_string={"number": typed}).text


def test_a_reversed_entry_makes_the_certificate_superseded(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    entry = credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    with app.app_context():
        found = db.session.get_one(Entry, entry.id)
        reverse_entry(found, reason="签错了人", made_by=None, checked_by=None)
        db.session.commit()
    page = Browser(app).get(f"/certificates/verify/{certificate.number}")
    assert "证明已被更正" in page.text
    assert "证明有效" not in page.text


def test_a_revoked_certificate_says_so_and_is_revoked_once(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    owner = Browser(app).sign_in(organization.created_by)
    owner.get("/certificates/issued")
    owner.get(f"/certificates/{certificate.public_id}/revoke")
    owner.post(f"/certificates/{certificate.public_id}/revoke", {"reason": ""}, expect=422)
    owner.submit(f"/certificates/{certificate.public_id}/revoke", {"reason": "登记有误"})
    assert "证明已撤销" in Browser(app).get(f"/certificates/verify/{certificate.number}").text
    owner.post(f"/certificates/{certificate.public_id}/revoke", {"reason": "再来一次"}, expect=422)


@pytest.mark.parametrize("number", ["7K3M9Q-XT2B4D-HJ8N5R", "abc", "0" * 5000, "<script>", "７Ｋ３Ｍ９Ｑ", "\x00"])
def test_a_number_that_is_not_ours_never_reads_as_valid(browser: Browser, number: str) -> None:
    response = browser.client.get("/certificates/verify", query_string={"number": number})
    assert response.status_code in (200, 404, 422)
    assert "证明有效" not in response.text


def test_a_well_formed_number_that_is_not_ours_is_told_so(browser: Browser) -> None:
    from volunteer.certificates.rules import make_certificate_number

    number = make_certificate_number(bytes(range(11)))
    page = browser.get(f"/certificates/verify/{number}", expect=404)
    assert "不是本平台开具的证明" in page.text


def test_nothing_effective_is_said_and_nothing_kept(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization, days_ago=100)
    browser.sign_in(holder.account_id)
    page = browser.post("/certificates/new", form_for(holder, organization), expect=422)
    assert "没有已生效的服务记录" in page.text
    with browser.app.app_context():
        assert db.session.scalars(select(Certificate)).all() == []


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("period_to", "2099-01-01", "结束日期还没到"),
        ("period_from", "2026-02-30", "请填写日期"),
        ("period_from", "", "请填写开始日期"),
        ("organization", "not-there", "请从列表里选一项"),
    ],
)
def test_what_is_wrong_is_said_on_its_field(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization, field: str, typed: str, words: str
) -> None:
    credit(cast, holder, organization)
    browser.sign_in(holder.account_id)
    assert words in browser.post("/certificates/new", form_for(holder, organization, **{field: typed}), expect=422).text


def test_somebody_elses_certificate_is_not_found(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    stranger = Browser(app).sign_in(cast.account("路人"))
    stranger.get(f"/certificates/{certificate.public_id}", expect=404)
    stranger.get(f"/certificates/{certificate.public_id}/certificate.pdf", expect=404)
    other_owner = Browser(app).sign_in(cast.organization(name="别的组织").created_by)
    other_owner.get(f"/certificates/{certificate.public_id}", expect=404)
    other_owner.post(f"/certificates/{certificate.public_id}/revoke", {"reason": "恶作剧"}, expect=404)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certificate SET minutes = minutes + 60",
        "UPDATE certificate SET pdf_digest = number",
        "DELETE FROM certificate",
    ],
)
def test_the_tables_keep_a_certificate_as_it_was_issued(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization, statement: str
) -> None:
    credit(cast, holder, organization)
    issue(browser, holder, organization)
    with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


def test_a_period_before_our_time_is_refused_on_its_field(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    form = form_for(holder, organization, period_from="0001-01-01")
    page = browser.sign_in(holder.account_id).post("/certificates/new", form, expect=422)
    assert "最早填 2000 年 1 月 1 日" in page.text
    assert 'id="period_from-error"' in page.text


def test_twenty_certificates_are_issued_a_day(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    with app.app_context():
        subject = guessing.subject_of(app.config["SETTINGS"].keys["address"], "issue", str(holder.account_id))
        for _ in range(19):
            guessing.claim_try("issue", subject, ISSUING_LIMIT, clock.now())
        db.session.commit()
    browser.sign_in(holder.account_id)
    browser.post("/certificates/new", form_for(holder, organization))
    page = browser.post("/certificates/new", form_for(holder, organization), expect=422)
    assert "一天最多开 20 份证明" in page.text
