"""The seller's story, after it went well for him: many customers, a helper, a bribed administrator, a forged file."""

from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import FilePayload
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from models.base import db
from models.certificates import Certificate, CertificateFile
from models.hours import Entry
from tests.factories.tree import grow_tree
from tests.forgeries import Genuine
from tests.integration.integrity.raw import unguarded
from tests.journeys.conftest import Hours, OpenReader
from tests.journeys.reader import Reader
from tests.journeys.sale import (
    HONEST_DAYS,
    HONEST_MINUTES,
    SOLD_MINUTES,
    TEAM,
    TITLE,
    Sale,
    at,
    fill_in,
    long_ago,
    number_of,
    old_photo,
    scanned,
    serve_honestly,
)
from tests.signers import signer
from volunteer.certificates.documents import draw_certificate
from volunteer.certificates.rules import CertificateFacts
from volunteer.certificates.signing import sign_pdf
from volunteer.hours import jobs
from volunteer.kernel import clock
from volunteer.signals import jobs as signals
from volunteer.verifier.__main__ import HOLDS, main
from volunteer.web.assets import document_fonts

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

CUSTOMERS = 20


def work(app: Flask) -> None:
    """Let the scheduler do what is due: notices that are over, stars, leaves, a signed checkpoint."""
    with app.app_context():
        jobs.end_public_notices()
        jobs.settle_stars()
        grow_tree()


def test_selling_to_many_ends_at_the_limit_and_shows_at_the_office(
    app: Flask, desktop: OpenReader, phone: OpenReader, sale: Sale, hours: Hours
) -> None:
    honest = sale.cast.organization(name="护城河志愿服务队")
    shift = sale.cast.shift(sale.cast.activity(honest, **long_ago()), at("08:00", 2), SOLD_MINUTES, capacity=30)
    for serial in range(CUSTOMERS):
        scanned(sale, shift, sale.cast.volunteer(name=f"志愿者{serial}", number=number_of(500 + serial)), 1)
    before = sale.ledger()
    for serial in range(CUSTOMERS):
        sale.type_in(sale.shift, sale.customer(100 + serial), sale.seller)

    seller = desktop(sale.seller).open("/hours/new").sees("30 天内您还能补录 0.00 小时").look("seller-31-limit")
    fill_in(seller, sale, photo=old_photo()).sees(
        "您 30 天内还能补录 0.00 小时，这次是 5.00 小时。确实要补，请主管单位给组织临时加额度"
    ).look("seller-32-above-the-limit")
    assert sale.ledger() == before

    with app.app_context():
        signals.look()
    office = desktop(sale.office).open("/signals/")
    office.sees("手工登记太多", "7 天里手工登记 20 人次，占全组织 20 人次的 100%").look("seller-33-signal")

    # Not stopped: an accomplice with a real name of his own says yes, and nobody objects for seven days.
    helper = desktop(sale.colleague).open("/hours/awaiting")
    assert not helper.page.get_by_role("button", name="全部勾选").is_visible()
    for tick in helper.page.locator('input[name="proposal"]').all():
        tick.check()
    helper.press(f"确认 {CUSTOMERS} 条记录").sees("确认了 20 条，公示 7 天后生效")
    hours.pass_by(days=8)
    work(app)
    office = desktop(sale.office).open("/integrity/?sort=scanned")
    rows = office.page.locator("#ranking tbody tr")
    assert TEAM in rows.nth(0).inner_text()
    assert "护城河志愿服务队" in rows.nth(1).inner_text()
    office.look("seller-34-ranking").follow(TEAM).sees("100.0%").look("seller-35-integrity-page")


def test_what_slipped_through_is_taken_back_by_two_and_everybody_can_see_it(
    app: Flask, desktop: OpenReader, phone: OpenReader, sale: Sale, hours: Hours, tmp_path: Path
) -> None:
    serve_honestly(sale, HONEST_DAYS)
    sale.confirm(sale.type_in(sale.shift, sale.bought_for, sale.seller), sale.colleague)
    hours.pass_by(days=8)
    work(app)
    rows, minutes = sale.ledger()
    assert minutes == HONEST_MINUTES + SOLD_MINUTES

    buyer = phone(sale.buyer).open("/hours/").sees("101.00", "一星").look("seller-41-a-star")
    buyer.open("/certificates/").sees("李晓梅 · 101.00 小时").press("开具").sees("101.00 小时", TITLE)
    certificate = buyer.page.url
    number, file = issued(app)
    work(app)
    proof = saved(buyer, certificate + "/proof.json", tmp_path / "proof.json")
    shown = phone().open(f"/certificates/verify?number={number}").sees("证明有效", "101.00 小时", "李**")
    shown.sees_not("李晓梅").look("seller-42-shown-a-certificate")
    bring(shown, file).sees("文件是真的，证明有效")

    # Somebody who was at the square that day writes to the office, and the office calls the team.
    record = entry_of(app, sale.shift.id)
    accountant = desktop(sale.accountant).open(f"/hours/{record}").sees("办理经过", "公示期满，生效")
    accountant.look("seller-43-story").follow("冲销这条记录")
    accountant.fill("冲销原因", "群众反映，查监控没有到场").press("提出冲销")
    accountant.sees("已提出冲销，等第二个人确认")
    seller = desktop(sale.seller).open("/hours/awaiting").follow("退回").sees("退回后不冲销，时长照旧计入")
    seller.fill("退回原因", "她来过").press("退回")
    seller.sees("这条时长是您提出或确认的，要不要冲销由别人决定").look("seller-43-keeps-it")
    assert sale.ledger() == (rows, minutes)
    second = phone(sale.colleague).open("/hours/awaiting").sees("李晓梅 · 冲销 5.00 小时").look("seller-44-reversal")
    second.press("确认 李晓梅")
    work(app)
    assert sale.ledger() == (rows + 1, HONEST_MINUTES)

    shown.open(f"/certificates/verify?number={number}").sees("证明已被更正", "开具以后，证明上有 1 条服务记录被更正")
    bring(shown.look("seller-45-superseded"), file).sees("文件是真的，但证明已被更正").look("seller-46-superseded-file")
    buyer.open("/notices/").sees(
        f"{TEAM}冲销了李晓梅的“{TITLE}”5.00 小时：群众反映，查监控没有到场", "一星志愿者收回了"
    )
    buyer.look("seller-47-buyer-told").open(certificate).sees("已被更正", TITLE).look("seller-48-own-certificate")
    buyer.open("/hours/").sees("再有 4.00 小时是一星志愿者", "已冲销").look("seller-49-own-records")
    offline(app, buyer, file, proof, sale, tmp_path)


def offline(app: Flask, buyer: Reader, file: bytes, proof: Path, sale: Sale, folder: Path) -> None:
    """Check without the server: the old file holds as of then and says so; the new record shows the reversal."""
    published = {"keys.txt": "/ledger/keys.txt", "signer.pem": "/ledger/signer.pem"}
    vkey, chain = (saved(buyer, path, folder / name) for name, path in published.items())
    (folder / "certificate.pdf").write_bytes(file)
    keys = ["--vkey", str(vkey), "--chain", str(chain)]
    # Not stopped: who has an old file with its old proof and no network cannot know what came after; it says so.
    said = told_by_verifier([str(folder / "certificate.pdf"), "--proof", str(proof), *keys])
    assert "以后有没有撤销或更正，只能在线查" in said
    buyer.open(f"/records/{sale.bought_for.public_id}/take")
    with buyer.page.expect_download() as taken:
        buyer.page.get_by_role("button", name="下载 JSON（能核验）").click()
    taken.value.save_as(folder / "record.json")
    assert "合计 5760 分钟（96.00 小时）" in told_by_verifier([str(folder / "record.json"), *keys])


def told_by_verifier(arguments: list[str]) -> str:
    """Return what the stand-alone verifier prints when all holds."""
    with StringIO() as printed, redirect_stdout(printed):
        assert main(arguments) == HOLDS
        return printed.getvalue()


def saved(reader: Reader, address: str, path: Path) -> Path:
    """Save what an address of ours gives to this reader."""
    answer = reader.context.request.get(address if address.startswith("http") else reader.origin + address)
    assert answer.ok, address
    path.write_bytes(answer.body())
    return path


def issued(app: Flask) -> tuple[str, bytes]:
    """Return the newest certificate's number and file."""
    with app.app_context():
        newest = db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
        assert newest is not None
        return newest.number, db.session.get_one(CertificateFile, newest.id).pdf


def entry_of(app: Flask, shift_id: int) -> str:
    """Return the public id of the one entry of a shift."""
    with app.app_context():
        return db.session.scalars(select(Entry.public_id).where(Entry.shift_id == shift_id)).one()


def bring(reader: Reader, file: bytes) -> Reader:
    """Bring a file to the page that checks it."""
    reader.open("/certificates/verify")
    sent = FilePayload(name="证明.pdf", mimeType="application/pdf", buffer=file)
    reader.page.locator("input[type=file]").set_input_files(sent)
    return reader.press("检查这个文件")


def test_a_bribed_administrator_writes_a_row_that_nothing_stands_behind(
    app: Flask, phone: OpenReader, desktop: OpenReader, sale: Sale
) -> None:
    serve_honestly(sale, 2, minutes=SOLD_MINUTES)
    work(app)
    verifies(app, "The ledgers hold.")
    honest = entry_ids(app)[-1]
    # The schema refuses to change a row. Who owns the database takes the trigger away, writes, and puts it back.
    with app.app_context(), pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE entry SET minutes = minutes + 300 WHERE public_id = :id"), {"id": honest})
    copy_of(app, honest, "a" * 20)
    work(app)
    assert verifies(app, "First wrong").count("a" * 20) >= 1
    assert stands_in_tree(app, "a" * 20) is False

    buyer = phone(sale.buyer).open("/certificates/").sees("李晓梅 · 15.00 小时").press("开具")
    buyer.sees("有 1 条服务记录和账本的存证对不上，查清以前不能开证明。请告诉主管单位").look("seller-51-no-certificate")

    write_past_the_guards(app, f"DELETE FROM entry WHERE public_id = '{'a' * 20}'", "DELETE FROM ledger_due")
    verifies(app, "The ledgers hold.")
    write_past_the_guards(app, f"UPDATE entry SET minutes = minutes + 300 WHERE public_id = '{honest}'")
    assert honest in verifies(app, "First wrong")
    buyer.open("/certificates/").press("开具").sees("有 1 条服务记录和账本的存证对不上")
    # Not stopped: until somebody looks (`flask ledger verify`, every night), the pages add the altered row up.


def verifies(app: Flask, words: str) -> str:
    """Run `flask ledger verify`, expect some words of it, and return all of them."""
    done = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert words in done.output, done.output
    return done.output


def write_past_the_guards(app: Flask, *statements: str) -> None:
    """Run statements that the schema refuses, as who owns the database can."""
    with app.app_context():
        with unguarded():
            for statement in statements:
                db.session.execute(text(statement))
        db.session.commit()


def entry_ids(app: Flask) -> list[str]:
    """Return the public ids of the ledger's rows, in order."""
    with app.app_context():
        return list(db.session.scalars(select(Entry.public_id).order_by(Entry.id)))


def stands_in_tree(app: Flask, public_id: str) -> bool:
    """Return whether a row became a leaf."""
    with app.app_context():
        query = text("SELECT count(*) FROM ledger_leaf WHERE subject = :id")
        return bool(db.session.scalar(query, {"id": public_id}))


def copy_of(app: Flask, public_id: str, new_id: str) -> None:
    """Insert a copy of an entry by SQL, a day later and with whatever seal stood there."""
    with app.app_context():
        found = (
            db.session.execute(text("SELECT * FROM entry WHERE public_id = :id"), {"id": public_id}).mappings().one()
        )
        row = dict(found)
        row |= {"id": row["id"] + 1000, "public_id": new_id, "presence_event_id": None}
        columns = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        db.session.execute(text(f"INSERT INTO entry ({columns}) VALUES ({values})"), row)
        db.session.commit()


def test_a_file_he_makes_himself_or_alters_is_told_and_where(
    app: Flask, phone: OpenReader, desktop: OpenReader, sale: Sale
) -> None:
    serve_honestly(sale, 1)
    phone(sale.buyer).open("/certificates/").press("开具").sees("8.00 小时")
    number, file = issued(app)
    school = bring(desktop(), file).sees("文件是真的，证明有效", "8.00 小时").look("seller-61-genuine")
    own, altered = forgeries(app, number, file)
    bring(school, own).sees("文件被改过，不是原件", "第 1 页上有原件没有的字", "13.00 小时")
    school.sees(
        "签名用的是一张自己做的证书，名字和本平台的一样，钥匙不是本平台的", "真的那份证明登记的是这些", "8.00 小时"
    )
    school.look("seller-62-own-file")
    bring(school, altered).sees(
        "文件被改过，不是原件", "第 1 页上有原件没有的字", "13.00 小时", "签名以后，文件的内容被改过"
    )
    school.look("seller-63-altered-file")
    bring(school, file + b"%more").sees("文件被改过，不是原件", "原件后面接了 5 个字节")
    school.open(f"/certificates/verify?number={number}").sees("证明有效", "8.00 小时")


def forgeries(app: Flask, number: str, file: bytes) -> tuple[bytes, bytes]:
    """Return a page like ours with five hours more, signed with a key of his own, and one under our signature."""
    with app.app_context():
        query = select(Certificate).where(Certificate.number == number)
        facts = CertificateFacts.from_json(db.session.scalars(query).one().facts)
        (line,) = facts.lines
        lines, total = (replace(line, minutes=line.minutes + SOLD_MINUTES),), facts.total_minutes + SOLD_MINUTES
        drawn = draw_certificate(replace(facts, lines=lines, total_minutes=total), document_fonts())
    own = sign_pdf(drawn, signer("forger"), clock.now())
    return own, Genuine(own, facts).with_contents(Genuine(file, facts).contents)
