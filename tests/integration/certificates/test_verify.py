"""Verifying by number and by file: what anybody is told, and what nobody may learn or do."""

import hashlib
import zlib
from dataclasses import replace
from io import BytesIO
from threading import Thread

import pytest
from flask import Flask
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import func, select, update

from models.accounts import Account, Attempt
from models.base import db
from models.certificates import Certificate, CertificateFile
from tests.cast import Cast
from tests.client import Browser
from tests.signers import signer
from volunteer.accounts import guessing
from volunteer.certificates import inspection, opened, signing
from volunteer.certificates.rules import INSPECTION_LIMIT, make_certificate_number
from volunteer.kernel import clock
from volunteer.kernel.bounded import Busy
from volunteer.verifier.pdf import Fault

NAME = "王守信"


def drawn(*lines: str, title: str = "") -> bytes:
    held = BytesIO()
    canvas = Canvas(held, invariant=1)
    canvas.setTitle(title)
    for place, line in enumerate(lines):
        canvas.drawString(72, 720 - 20 * place, line)
    canvas.save()
    return held.getvalue()


@pytest.fixture
def certificate(cast: Cast) -> Certificate:
    return stored(cast)


def stored(cast: Cast, holder: str = NAME, serial: int = 1) -> Certificate:
    """Store a certificate with a small signed file, as issuing does."""
    organization, volunteer = cast.organization(), cast.volunteer(name=holder)
    number = make_certificate_number(serial.to_bytes(11, "big"))
    pdf = signing.sign_pdf(drawn(number, "Holder 1", "120 minutes"), signer(), clock.now())
    certificate = cast.add(
        Certificate(
            number=number,
            volunteer_id=volunteer.id,
            organization_id=organization.id,
            period_from=clock.today(),
            period_to=clock.today(),
            minutes=120,
            facts={
                "holder_name": holder,
                "issuer_name": organization.name,
                "issued_on": clock.today().isoformat(),
                "lines": [{}],
            },
            pdf_digest=hashlib.sha256(pdf).hexdigest(),
            issued_at=clock.now(),
            issued_by=volunteer.account_id,
        )
    )
    cast.add(CertificateFile(certificate_id=certificate.id, pdf=pdf))
    return certificate


def file_of(app: Flask, certificate: Certificate) -> bytes:
    with app.app_context():
        return db.session.get_one(CertificateFile, certificate.id).pdf


def bring(browser: Browser, file: bytes, *, expect: int = 200, **typed: str) -> str:
    data = {"file": (BytesIO(file), "file.pdf"), **typed}
    answer = browser.post("/certificates/verify", data, expect=expect, content_type="multipart/form-data")
    # A large form lies in a file of the test client's.
    answer.request.environ["wsgi.input"].close()
    return answer.text


def test_the_file_that_was_given_out_is_genuine(app: Flask, browser: Browser, certificate: Certificate) -> None:
    page = bring(browser, file_of(app, certificate))
    assert "文件是真的，证明有效" in page
    assert "verdict-done" in page
    assert "王**" in page
    assert NAME not in page


def test_a_genuine_file_of_a_revoked_certificate_is_told_as_such(
    app: Flask, browser: Browser, certificate: Certificate
) -> None:
    with app.app_context():
        row = db.session.get_one(Certificate, certificate.id)
        row.revoked_at, row.revoke_reason = clock.now(), "开错了"
        db.session.commit()
    page = bring(browser, file_of(app, certificate))
    assert "文件是真的，但证明已撤销" in page
    assert "verdict-stop" in page
    assert "开错了" not in page


def test_other_words_on_a_page_are_quoted_from_the_file_and_never_from_the_original(
    app: Flask, browser: Browser, certificate: Certificate
) -> None:
    forged = signing.sign_pdf(drawn(certificate.number, "Holder 1", "9120 minutes"), signer("forger"), clock.now())
    page = bring(browser, forged)
    assert "文件被改过，不是原件" in page
    assert "第 1 页上有原件没有的字" in page
    assert "<bdi>9120 minutes</bdi>" in page
    assert "<bdi>Holder 1</bdi>" not in page
    assert "自己做的证书" in page


@pytest.mark.parametrize(
    ("words", "alter"),
    [
        ("后面接了 4 个字节", lambda file: file + b"junk"),
        ("短了，比原件少 7 个字节", lambda file: file[:-7]),
        ("有 1 个字节不同，第一处在第 9 个字节", lambda file: file[:8] + b"?" + file[9:]),
        ("签名那一段被改过", lambda file: file.replace(b"<3082", b"<3082".lower()[:4] + b"3")),
    ],
)
def test_it_says_where_a_file_was_altered(
    app: Flask, browser: Browser, certificate: Certificate, words: str, alter: object
) -> None:
    page = bring(browser, alter(file_of(app, certificate)), file_number=certificate.number)  # type: ignore[operator]
    assert "文件被改过，不是原件" in page
    assert words in page


def test_a_signature_copied_from_another_certificate_is_recognised(
    app: Flask, browser: Browser, cast: Cast, certificate: Certificate
) -> None:
    other = file_of(app, stored(cast, "别人", 2))
    own = file_of(app, certificate)
    start, end = own.index(b"/Contents <") + 10, own.index(b">", own.index(b"/Contents <"))
    page = bring(browser, own[:start] + other[start:end] + own[end:])
    assert "从另一份证明上抄来的" in page


def test_what_is_no_certificate_of_ours_is_said_to_be_none(browser: Browser, certificate: Certificate) -> None:
    unknown = make_certificate_number((77).to_bytes(11, "big"))
    page = bring(browser, drawn("hello", unknown))
    assert "不是本平台开具的文件" in page
    assert f"编号 {unknown} 没有登记" in page
    assert "不是本平台开具的文件" in bring(browser, signing.sign_pdf(drawn("x"), signer(), clock.now()))
    assert "这不是证明文件" in bring(browser, b"\xff\xd8\xff\xe0 a photo")


def test_an_encrypted_file_and_files_that_cannot_be_read_end_in_words(
    app: Flask, browser: Browser, certificate: Certificate
) -> None:
    held = BytesIO()
    canvas = Canvas(held, encrypt="secret")
    canvas.drawString(72, 720, certificate.number)
    canvas.save()
    assert "加了密码" in bring(browser, held.getvalue())
    for content in (
        b"%PDF-",
        b"%PDF-1.7\n" + b"[" * 400_000,
        b"%PDF-1.7\n1 0 obj<</Kids[1 0 R]>>endobj\ntrailer<</Root 1 0 R>>",
    ):
        assert "这个文件打不开" in bring(browser, content)
        assert "文件被改过，不是原件" in bring(browser, content, file_number=certificate.number)


def test_a_bomb_costs_no_more_than_the_budget() -> None:
    packed = zlib.compress(b"\0" * 400_000_000, 9)
    content = b"1 0 obj<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream endobj\n" % (len(packed), packed)
    pages = (
        b"2 0 obj<</Type/Page/Parent 3 0 R/Contents 1 0 R>>endobj\n3 0 obj<</Type/Pages/Count 1/Kids[2 0 R]>>endobj\n"
        b"4 0 obj<</Type/Catalog/Pages 3 0 R>>endobj\ntrailer<</Root 4 0 R/Size 5>>\nstartxref\n0\n%%EOF"
    )
    assert opened.open_up(b"%PDF-1.7\n" + content + pages).state is opened.State.UNREADABLE


def test_the_reader_is_stopped_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened.open_up(drawn("in time")).state is opened.State.READ
    monkeypatch.setattr(opened.reader, "limits", replace(opened.reader.limits, seconds=0.001))
    assert opened.open_up(drawn("too late")).state is opened.State.UNREADABLE


def test_who_finds_no_free_reader_is_asked_to_come_again(
    app: Flask, browser: Browser, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_file: bytes, *, patience: float) -> bytes:
        raise Busy

    monkeypatch.setattr(opened, "reader", busy)
    page = bring(browser, drawn(certificate.number), expect=503)
    assert "还没有看这个文件" in page
    assert "不是本平台" not in page
    assert "文件是真的，证明有效" in bring(browser, file_of(app, certificate))


def test_others_write_while_a_strangers_file_is_opened(
    app: Flask, browser: Browser, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def write() -> None:
        with app.app_context():
            db.session.execute(update(Account).values(text_size=Account.text_size))
            db.session.commit()

    def slow_open_up(_file: bytes) -> opened.Opened:
        beside = Thread(target=write)
        beside.start()
        beside.join(5)
        seen.append((beside.is_alive(), db.session().in_transaction()))
        return opened.Opened(opened.State.UNREADABLE)

    monkeypatch.setattr(inspection, "open_up", slow_open_up)
    page = bring(browser, drawn("slow"), file_number=certificate.number)
    assert "文件被改过，不是原件" in page
    # The file that was brought, and our own.
    assert seen == [(False, False)] * 2


def test_a_certificate_in_a_file_that_no_reader_knows_is_not_ours(app: Flask, certificate: Certificate) -> None:
    file = file_of(app, certificate)
    x509_version = b"A003020102"
    assert x509_version in file
    odd = file.replace(x509_version, b"A00302010A")
    with app.app_context():
        found = inspection.inspect(odd, [signer().chain], certificate.number)
    assert found.outcome is inspection.Outcome.ALTERED
    assert inspection.FAULT_WORDS[Fault.OTHER_SIGNER] in [words.msgid for words in found.findings]


def test_a_file_that_is_too_large_or_missing_is_refused_in_words(browser: Browser) -> None:
    assert "请选择证明文件" in browser.post("/certificates/verify", {}, expect=422).text
    assert "这个文件是空的" in bring(browser, b"", expect=422)
    assert "超过 5 MB" in bring(browser, b"%PDF-" + b"0" * inspection.MOST_BYTES, expect=422)
    assert "内容太大了" in bring(browser, b"0" * (inspection.MOST_BYTES + 100_000), expect=413)


def test_how_often_one_address_may_ask_is_limited_and_nothing_else_is_written(
    app: Flask, browser: Browser, certificate: Certificate
) -> None:
    tables = [table for table in db.metadata.sorted_tables if table.name != Attempt.__tablename__]

    def counts() -> list[int | None]:
        with app.app_context():
            return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = counts()
    bring(browser, file_of(app, certificate))
    assert counts() == before
    with app.app_context():
        keys = app.config["SETTINGS"].keys["address"]
        subject = guessing.subject_of(keys, "inspect_file", "127.0.0.1")
        for _try in range(INSPECTION_LIMIT.most - 1):
            guessing.claim_try("inspect_file", subject, INSPECTION_LIMIT, clock.now())
        db.session.commit()
    assert "一小时最多检查 60 个文件" in bring(browser, file_of(app, certificate), expect=422)


def test_a_pasted_address_of_ours_is_read_and_one_of_somebody_else_is_named(
    browser: Browser, certificate: Certificate
) -> None:
    number = certificate.number
    for address in (f"http://localhost/certificates/verify/{number}", f"localhost/certificates/verify/{number}?a=b"):
        assert "证明有效" in browser.get("/certificates/verify", query_string={"number": address}).text
    for address, host in (
        (f"https://1ocalhost/certificates/verify/{number}", "1ocalhost"),
        (f"http://localhost.evil.example/certificates/verify/{number}", "localhost.evil.example"),
        (f"http://localhost@evil.example/certificates/verify/{number}", "evil.example"),
        (f"http://evil.example\\@localhost/{number}", "evil.example"),
        (f"//evil.example/{number}", "evil.example"),
    ):
        page = browser.get("/certificates/verify", query_string={"number": address}, expect=422).text
        assert f"这是 {host} 的地址，不是本平台的" in page
        assert f'href="{address}' not in page


@pytest.mark.parametrize(
    "name",
    ["<b>粗</b>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "王\u202e信守", "长" * 60, "𬱖䶮𠮷"],
)
def test_a_name_is_shown_masked_and_as_text(app: Flask, browser: Browser, cast: Cast, name: str) -> None:
    certificate = stored(cast, name)
    for page in (
        browser.get(f"/certificates/verify/{certificate.number}").text,
        bring(browser, file_of(app, certificate)),
    ):
        assert name not in page
        for piece in ("<b>", "<img src=x", "\u202e", "onerror=alert(1)>"):
            assert piece not in page
        assert "<dd><bdi>" in page


def test_numbers_cannot_be_guessed(browser: Browser, certificate: Certificate) -> None:
    for serial in range(2, 12):
        guess = make_certificate_number(serial.to_bytes(11, "big"))
        assert "没有这个编号的证明" in browser.get(f"/certificates/verify/{guess}", expect=404).text


def test_the_page_says_which_address_to_look_for(browser: Browser) -> None:
    assert '<bdi class="verify-host">localhost</bdi>' in browser.get("/certificates/verify").text


def test_the_name_on_paper_is_compared_without_telling_the_registered_one(
    browser: Browser, certificate: Certificate
) -> None:
    address = f"/certificates/verify/{certificate.number}"
    assert "姓名一致" in browser.post(address, {"holder_name": " 王 守信 "}, expect=200).text
    refused = browser.post(address, {"holder_name": "王守义"}, expect=200).text
    assert "姓名对不上" in refused
    assert "verdict-stop" in refused
    assert "证明有效" not in refused
    assert NAME not in refused
    assert "请填写纸上的姓名" in browser.post(address, {}, expect=422).text
    unknown = make_certificate_number((77).to_bytes(11, "big"))
    browser.post(f"/certificates/verify/{unknown}", {"holder_name": NAME}, expect=404)
