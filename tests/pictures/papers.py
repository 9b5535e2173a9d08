"""Certificates and how they are verified, the record that somebody takes along, and the tree that proves both."""

from pathlib import Path

from playwright.sync_api import FilePayload
from sqlalchemy import select

from models.base import db
from models.certificates import Certificate
from tests.forgeries import Genuine, Workshop, page_replaced_by_an_update
from tests.journeys.reader import Reader
from tests.pictures.city import LAPTOP, ORGANIZER, PHONE, RESIDENT, City, downloaded, keep_paper
from volunteer.certificates.batch_operations import issue_item
from volunteer.certificates.batch_queries import items_waiting
from volunteer.certificates.documents import draw_certificate
from volunteer.certificates.press import open_press
from volunteer.certificates.rules import CertificateFacts

# Fine enough for the lines of a certificate's border.
PAPER_DOTS = 110
# Of the kinds in which a page can be replaced: forty hours more.
FORTY_HOURS = 390


def a_certificate_is_checked(city: City) -> str:
    """李晓梅 issues a certificate, and one in two languages with a seal; a stranger checks them; return where."""
    resident, stranger = city.visit(PHONE, RESIDENT), city.visit(PHONE)
    resident.open("/certificates/").press("开具")
    city.take(resident, "resident-certificate", height=900)
    address = resident.page.get_by_role("link", name="看看别人怎么验证").get_attribute("href") or ""
    genuine = file_of(resident)
    keep_paper(city, genuine, "resident-certificate-paper", dots=PAPER_DOTS)
    resident.open("/certificates/new").page.locator("main details summary").click()
    resident.tick("中英对照", "印上电子印章图样")
    city.take(resident, "resident-order", height=1400)
    resident.press("看看会写什么").press("开具证明")
    keep_paper(city, file_of(resident), "resident-certificate-bilingual", dots=PAPER_DOTS)
    stranger.open(address)
    city.take(stranger, "resident-verified", height=800)
    stranger.open("/certificates/verify")
    city.take(stranger, "resident-verify", height=1240)
    for name, file in (("genuine", genuine), ("altered", altered(city, genuine))):
        stranger.open("/certificates/verify")
        upload = FilePayload(name="志愿服务证明.pdf", mimeType="application/pdf", buffer=file)
        stranger.page.locator("input[type=file]").set_input_files(upload)
        stranger.press("检查这个文件")
        city.take(stranger, f"resident-file-{name}", height=900)
    return address


def file_of(reader: Reader) -> bytes:
    """Return the file of the certificate that is shown."""
    return downloaded(reader, reader.page.get_by_role("link", name="打开证明文件").get_attribute("href") or "")


def altered(city: City, file: bytes) -> bytes:
    """Return a certificate whose page somebody replaced by one with more hours."""
    with city.app.app_context():
        query = select(Certificate.facts).order_by(Certificate.id).limit(1)
        facts = CertificateFacts.from_json(db.session.scalars(query).one())
        fonts = open_press().fonts
        workshop = Workshop(lambda forged: draw_certificate(forged, fonts), ())
        return page_replaced_by_an_update(Genuine(file, facts), workshop, FORTY_HOURS)


def a_record_is_taken_along(city: City) -> None:
    """李晓梅 reads all that is recorded of her and takes it to another city."""
    resident = city.visit(PHONE, RESIDENT)
    resident.open("/records/")
    city.take(resident, "resident-dossier", height=1400)
    resident.follow("带走我的记录")
    city.take(resident, "resident-take", height=1240)
    with resident.page.expect_download() as download:
        resident.page.get_by_role("button", name="下载网页").click()
    path = Path(download.value.path())
    elsewhere = city.visit(PHONE)
    elsewhere.page.set_content(path.read_text(encoding="utf-8"))
    city.take(elsewhere, "resident-portable", height=1100)


def a_checkpoint_is_kept(city: City) -> None:
    """A stranger looks at the newest checkpoint, and compares the one they kept with the tree of today."""
    city.work()
    stranger = city.visit(PHONE)
    stranger.open("/ledger/")
    city.take(stranger, "resident-ledger", height=1080)
    kept = stranger.page.locator("main .signed-note").first.inner_text()
    city.pass_by(minutes=10)
    stranger.open("/ledger/").page.locator("#note").fill(kept)
    stranger.press("比一比").sees("对得上")
    city.take(stranger, "resident-ledger-compared", height=420, show="#compared")


def many_certificates_are_issued(city: City) -> None:
    """The organization certifies the year of everybody in its community, and looks half-way."""
    organizer = city.visit(LAPTOP, ORGANIZER)
    organizer.open("/certificates/batches").follow("新开一批").fill("这一批叫什么", "檀溪社区 2026 年志愿服务")
    organizer.tick("住在一个社区的人", "印上电子印章图样")
    organizer.page.get_by_label("哪个社区").select_option(index=1)
    organizer.press("看看会开给谁")
    city.take(organizer, "organizer-batch-plan", height=720)
    organizer.press("份证明")
    with city.app.app_context():
        waiting = items_waiting(100)
        for item in waiting[: len(waiting) * 2 // 3]:
            issue_item(item, open_press())
            db.session.commit()
    organizer.page.reload()
    city.take(organizer, "organizer-batch", height=600)
    city.work()
