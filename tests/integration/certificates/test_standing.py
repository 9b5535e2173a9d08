"""What the pages say of a certificate that the tree does not stand behind, that was taken back, or with nobody left."""

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from models.base import db
from models.certificates import Certificate
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.factories.tree import grow_tree
from tests.integration.certificates.test_certificates import credit
from tests.integration.certificates.test_verify import NAME, bring, file_of, stored
from tests.integration.integrity.raw import unguarded
from volunteer.certificates.operations import issue_certificate, revoke_certificate
from volunteer.certificates.press import open_press
from volunteer.certificates.rules import default_order
from volunteer.kernel import clock
from volunteer.volunteers.operations import erase_volunteer


@pytest.fixture
def issued(app: Flask, cast: Cast) -> Certificate:
    """Return a certificate that was issued in the ordinary way and stands in the tree."""
    holder, organization = cast.volunteer(name=NAME), cast.organization()
    credit(cast, holder, organization)
    with app.test_request_context():
        certificate = issue_certificate(
            db.session.merge(holder),
            db.session.merge(organization),
            default_order(clock.today()),
            press=open_press(),
            account_id=holder.account_id,
        )
        db.session.commit()
        grow_tree()
        db.session.refresh(certificate)
        db.session.expunge_all()
    return certificate


def rewrite(app: Flask, certificate: Certificate, **values: object) -> None:
    """Alter a certificate past the program."""
    with app.app_context():
        with unguarded():
            db.session.execute(update(Certificate).where(Certificate.id == certificate.id).values(**values))
        db.session.commit()


def test_a_certificate_that_was_put_in_past_the_program_is_not_called_valid(
    app: Flask, browser: Browser, cast: Cast, issued: Certificate
) -> None:
    address = f"/certificates/verify/{issued.number}"
    assert "证明有效" in browser.get(address).text
    forged = stored(cast, "买时长", 9)
    for page in (
        browser.get(f"/certificates/verify/{forged.number}").text,
        bring(browser, file_of(app, forged)),
    ):
        assert "现在不能确认" in page
        assert "证明有效" not in page
        assert "verdict-caution" in page
    with app.app_context():
        grow_tree()
    assert "现在不能确认" in browser.get(f"/certificates/verify/{forged.number}").text


def test_one_that_was_altered_past_the_program_is_not_called_valid(
    app: Flask, browser: Browser, issued: Certificate
) -> None:
    rewrite(app, issued, minutes=9_999)
    assert "现在不能确认" in browser.get(f"/certificates/verify/{issued.number}").text
    rewrite(app, issued, minutes=9_999, seal="")
    assert "现在不能确认" in browser.get(f"/certificates/verify/{issued.number}").text


def test_a_revocation_that_was_undone_past_the_program_is_noticed(
    app: Flask, browser: Browser, issued: Certificate
) -> None:
    address = f"/certificates/verify/{issued.number}"
    with app.app_context():
        certificate = db.session.get_one(Certificate, issued.id)
        revoke_certificate(certificate, reason="开错了", account_id=certificate.issued_by)
        db.session.commit()
        grow_tree()
    assert "证明已撤销" in browser.get(address).text
    rewrite(app, issued, revoked_at=None, revoked_by=None, revoke_reason="", revoke_seal="")
    page = browser.get(address).text
    assert "现在不能确认" in page
    assert "证明有效" not in page


# --- who is erased, and what does not hold any more ---


def test_the_name_of_who_was_erased_is_not_compared(app: Flask, browser: Browser, issued: Certificate) -> None:
    file, holder = file_of(app, issued), issued.volunteer_id
    with app.app_context():
        volunteer = db.session.get_one(Volunteer, holder)
        erase_volunteer(volunteer=volunteer, account_id=volunteer.account_id, confirmation=NAME)
        db.session.commit()
    address = f"/certificates/verify/{issued.number}"
    assert "文件是真的，证明有效" in bring(browser, file)
    for page in (
        browser.get(address).text,
        browser.post(address, {"holder_name": NAME}, expect=200).text,
        browser.post(address, {"holder_name": "已注销"}, expect=200).text,
    ):
        assert "证明有效" in page
        assert "登记里不再保存姓名" in page
        assert not {"姓名对不上", "姓名一致"} & set(page.split("<"))
        assert 'name="holder_name"' not in page
    own = browser.sign_in(issued.issued_by)
    assert "可以开的" not in own.get("/certificates/").text
    page = own.get(f"/certificates/{issued.public_id}").text
    assert "证明文件不再保存" in page
    for gone in ("certificate.pdf", "proof.json", "/again"):
        assert gone not in page


def test_a_certificate_that_was_taken_back_is_not_offered_to_be_handed_on(
    app: Flask, browser: Browser, issued: Certificate
) -> None:
    own, page = browser.sign_in(issued.issued_by), f"/certificates/{issued.public_id}"
    assert "对方怎么核验" in own.get(page).text
    assert own.get(f"{page}/proof.json").get_json()["leaf"]["number"] == issued.number
    with app.app_context():
        certificate = db.session.get_one(Certificate, issued.id)
        revoke_certificate(certificate, reason="开错了", account_id=issued.issued_by)
        db.session.commit()
    told = own.get(page).text
    for words in ("撤销原因：开错了", "</time> 撤销", "重新开具"):
        assert words in told
    assert "一起交给对方" not in told
    own.get(f"{page}/proof.json", expect=409)
    own.post(f"{page}/again", {})
    with app.app_context():
        assert db.session.scalar(select(func.count(Certificate.id))) == 2


def test_who_wants_to_check_without_us_finds_the_program(browser: Browser) -> None:
    assert "/certificates/verify#offline" in browser.get("/ledger/").text
    page = browser.get("/certificates/verify").text
    for address in ("/certificates/verifier.pyz", "/ledger/keys.txt", "/ledger/signer.pem"):
        assert f'href="{address}"' in page
        browser.get(address)
