"""Issuing for oneself, by an organization and again; chosen activities; what happens at once; what is refused."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from models.base import db
from models.certificates import Certificate, CertificateEntry
from models.hours import Entry
from models.notices import Notice
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.at_once import at_once
from tests.cast import Cast
from tests.client import Browser
from tests.factories.tree import grow_tree
from tests.integration.certificates.conftest import NUMBER
from tests.integration.certificates.test_certificates import credit, form_for, issue
from volunteer.certificates import operations
from volunteer.certificates.press import open_press
from volunteer.certificates.rules import CertificateFacts, default_order
from volunteer.hours.operations import reverse_entry
from volunteer.kernel import clock
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.rules import OrganizationStatus
from volunteer.volunteers.rules import Relation, VolunteerStatus


def certificates(app: Flask) -> list[Certificate]:
    with app.app_context():
        return list(db.session.scalars(select(Certificate).order_by(Certificate.id)))


def reverse(app: Flask, entry: Entry) -> None:
    with app.app_context():
        reverse_entry(db.session.get_one(Entry, entry.id), reason="签错了人", made_by=None, checked_by=None)
        db.session.commit()


def activity_of(app: Flask, entry: Entry) -> str:
    with app.app_context():
        return db.session.get_one(Entry, entry.id).shift.activity.public_id


def test_the_list_offers_what_this_year_is_worth_and_one_press_issues_it(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization, 125)
    page = browser.sign_in(holder.account_id).get("/certificates/").text
    assert "2.08 小时" in page
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))
    browser.submit("/certificates/new", {name: sent[name] for name in sent if name != "csrf_token"})
    (certificate,) = certificates(browser.app)
    facts = CertificateFacts.from_json(certificate.facts)
    assert (facts.total_minutes, facts.is_bilingual, facts.has_seal, facts.chosen_activities) == (
        125,
        False,
        False,
        None,
    )
    assert facts.period_from == default_order(clock.today()).period_from


def test_a_preview_says_hours_and_services_and_keeps_nothing(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization, 60, days_ago=3)
    credit(cast, holder, organization, 65, days_ago=5)
    form = form_for(holder, organization, act="preview")
    page = browser.sign_in(holder.account_id).post("/certificates/new", form, expect=200).text
    assert "2.08 小时" in page
    assert "2 次服务" in page
    assert certificates(browser.app) == []


def test_what_was_shown_of_one_person_is_not_issued_for_another(
    browser: Browser, cast: Cast, organization: Organization
) -> None:
    account = cast.account("龚䶮")
    holder = cast.volunteer(account)
    child = cast.volunteer(account, "龚一诺", relation=Relation.CHILD)
    credit(cast, holder, organization, 125)
    credit(cast, child, organization, 45)
    shown = browser.sign_in(account.id).get(f"/certificates/new?volunteer={holder.public_id}").text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', shown)
    assert seen
    asked = {**form_for(child, organization), "act": "issue"}
    assert "您换了人或单位" in browser.post("/certificates/new", {**asked, "seen": seen[1]}, expect=200).text
    assert certificates(browser.app) == []
    browser.post("/certificates/new", {**asked, "seen": f"{child.public_id} {organization.public_id}"}, expect=302)
    assert [one.minutes for one in certificates(browser.app)] == [45]


def test_only_the_chosen_activities_are_on_it(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    wanted = credit(cast, holder, organization, 60, days_ago=3)
    credit(cast, holder, organization, 65, days_ago=5)
    chosen = {"scope": "chosen", "activities": activity_of(app, wanted), "language": "bilingual", "has_seal": "y"}
    browser.sign_in(holder.account_id).submit("/certificates/new", form_for(holder, organization, **chosen))
    (certificate,) = certificates(app)
    assert certificate.minutes == 60
    facts = CertificateFacts.from_json(certificate.facts)
    assert (facts.chosen_activities, facts.is_bilingual, facts.has_seal) == (1, True, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scope": "chosen"}, "请至少选一项活动"),
        ({"scope": "chosen", "activities": "not-there"}, "选中的活动在这段时间里没有记录"),
        ({"scope": "everything"}, "请从列表里选一项"),
        ({"language": "klingon"}, "请从列表里选一项"),
    ],
)
def test_a_choice_that_is_none_is_said_on_its_field(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization, changes: dict[str, str], words: str
) -> None:
    credit(cast, holder, organization)
    form = form_for(holder, organization, **changes)
    assert words in browser.sign_in(holder.account_id).post("/certificates/new", form, expect=422).text
    assert certificates(browser.app) == []


def test_what_was_ticked_before_everything_was_asked_for_does_no_harm(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    form = form_for(holder, organization, scope="all", activities="of another period")
    browser.sign_in(holder.account_id).submit("/certificates/new", form)
    assert certificates(browser.app)[0].facts["chosen_activities"] is None


def issuing(app: Flask, holder: Volunteer, organization: Organization) -> Callable[[], object]:
    def act() -> object:
        return operations.issue_once(
            db.session.get_one(Volunteer, holder.id),
            db.session.get_one(Organization, organization.id),
            default_order(clock.today()),
            press=open_press(),
            account_id=holder.account_id,
        )

    return act


def test_a_second_press_gives_the_first_certificate(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    browser.sign_in(holder.account_id)
    first = browser.post("/certificates/new", form_for(holder, organization)).headers["Location"]
    assert browser.post("/certificates/new", form_for(holder, organization)).headers["Location"] == first
    other = browser.post("/certificates/new", form_for(holder, organization, language="bilingual"))
    assert other.headers["Location"] != first


def test_four_presses_at_once_give_one_certificate(
    app: Flask, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    assert at_once(app, [issuing(app, holder, organization)] * 4) == []
    assert len(certificates(app)) == 1


def test_issue_against_reverse_is_one_after_the_other(
    app: Flask, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    for days_ago in range(2, 6):
        kept, doomed = (credit(cast, holder, organization, 60, days_ago=2 * days_ago + more) for more in (0, 1))
        assert at_once(app, [issuing(app, holder, organization), lambda entry=doomed: take_back(entry)]) == []
        with app.app_context():
            certificate = db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
            listed = select(CertificateEntry.entry_id).where(CertificateEntry.certificate_id == certificate.id)
            ids = set(db.session.scalars(listed))
            reversal = db.session.scalars(select(Entry).where(Entry.reverses_id == doomed.id)).one()
            assert kept.id in ids
            assert (doomed.id in ids) == (certificate.issued_at <= reversal.made_at)


def take_back(entry: Entry) -> object:
    return reverse_entry(db.session.get_one(Entry, entry.id), reason="签错了人", made_by=None, checked_by=None)


def test_a_correction_is_named_and_one_press_issues_it_again_with_the_same_choices(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    wrong = credit(cast, holder, organization, 60, days_ago=3)
    right = credit(cast, holder, organization, 65, days_ago=5)
    credit(cast, holder, organization, 70, days_ago=7)
    chosen = [activity_of(app, entry) for entry in (wrong, right)]
    form = {**form_for(holder, organization), "scope": "chosen", "activities": chosen, "language": "bilingual"}
    browser.sign_in(holder.account_id).submit("/certificates/new", form)
    (first,) = certificates(app)
    reverse(app, wrong)
    page = browser.get(f"/certificates/{first.public_id}").text
    assert "60 分钟 · " in page
    browser.submit(f"/certificates/{first.public_id}/again")
    second = certificates(app)[1]
    facts = CertificateFacts.from_json(second.facts)
    assert (second.minutes, facts.is_bilingual, facts.chosen_activities) == (65, True, 1)
    assert (second.period_from, second.period_to) == (first.period_from, first.period_to)


def test_when_nothing_is_left_issuing_again_says_so(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    entry = credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    reverse(app, entry)
    assert "没有已生效的服务记录" in browser.submit(f"/certificates/{certificate.public_id}/again").text
    assert len(certificates(app)) == 1


def typed(organization: Organization, **changes: str) -> dict[str, str]:
    return {"organization": organization.public_id, "volunteer_number": NUMBER.lower(), **dates(), **changes}


def dates() -> dict[str, str]:
    order = default_order(clock.today())
    return {"period_from": order.period_from.isoformat(), "period_to": order.period_to.isoformat()}


def test_an_owner_sees_who_it_is_before_issuing_and_the_holder_is_told(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    browser.sign_in(organization.created_by)
    page = browser.post("/certificates/issued/new", typed(organization), expect=200).text
    assert "给龚䶮开证明" in page
    assert certificates(app) == []
    browser.submit("/certificates/issued/new", typed(organization, seen=NUMBER.lower()))
    (certificate,) = certificates(app)
    assert certificate.issued_by == organization.created_by
    with app.app_context():
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.account_id, notice.kind) == (holder.account_id, NoticeKind.CERTIFICATE)
        assert notice.link == f"/certificates/{certificate.public_id}"
    Browser(app).sign_in(holder.account_id).get(notice.link)


def test_an_owner_learns_nothing_of_who_never_served_there(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, cast.organization())
    browser.sign_in(organization.created_by)
    unknown = make_volunteer_number("420602", clock.today(), 99)
    for number in (NUMBER, unknown):
        page = browser.post("/certificates/issued/new", typed(organization, volunteer_number=number), expect=422).text
        assert "没有已生效的服务记录" in page
        assert "龚" not in page
    wrong = browser.post("/certificates/issued/new", typed(organization, volunteer_number="V12"), expect=422).text
    assert "18 位" in wrong
    assert "V12" in wrong


def test_who_has_left_the_register_issues_for_themselves_alone(
    app: Flask, browser: Browser, cast: Cast, organization: Organization
) -> None:
    gone = cast.volunteer(name="走了的人", number=NUMBER, status=VolunteerStatus.WITHDRAWN)
    credit(cast, gone, organization)
    browser.sign_in(organization.created_by)
    page = browser.post("/certificates/issued/new", typed(organization, seen=NUMBER.lower()), expect=422).text
    assert "由本人来开" in page
    issue(Browser(app), gone, organization)
    assert len(certificates(app)) == 1


def test_a_suspended_organization_certifies_nothing_new_and_what_was_issued_stays_valid(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    with app.app_context():
        db.session.get_one(Organization, organization.id).status = OrganizationStatus.SUSPENDED
        db.session.commit()
    form = form_for(holder, organization, language="bilingual")
    assert "这个组织已暂停" in browser.post("/certificates/new", form, expect=422).text
    assert "先不能开" in browser.get("/certificates/").text
    assert "证明有效" in Browser(app).get(f"/certificates/verify/{certificate.number}").text
    assert len(certificates(app)) == 1


def test_the_holder_is_told_of_a_revocation_with_its_reason(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    owner = Browser(app).sign_in(organization.created_by)
    owner.submit(f"/certificates/{certificate.public_id}/revoke", {"reason": "登记有误"})
    with app.app_context():
        notice = db.session.scalars(select(Notice)).one()
        assert notice.account_id == holder.account_id
        assert notice.params["reason"] == "登记有误"


def test_the_proof_is_there_after_the_next_checkpoint_and_for_its_holder_alone(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    address = f"/certificates/{certificate.public_id}/proof.json"
    assert "还没备好" in browser.get(f"/certificates/{certificate.public_id}").text
    browser.get(address, expect=404)
    with app.app_context():
        grow_tree()
    assert "下载离线核验文件" in browser.get(f"/certificates/{certificate.public_id}").text
    proof = browser.get(address).get_json()
    assert proof["leaf"]["number"] == certificate.number
    assert proof["leaf"]["file"] == certificate.pdf_digest
    assert proof["openings"]["person"]["value"]["name"] == "龚䶮"
    Browser(app).sign_in(organization.created_by).get(address, expect=404)


def test_the_file_is_signed_and_says_what_was_asked(
    browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization)
    certificate = issue(browser, holder, organization)
    file = browser.get(f"/certificates/{certificate.public_id}/certificate.pdf").data
    assert b"/ByteRange" in file
    assert certificate.number in "".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages)
