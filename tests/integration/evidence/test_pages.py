"""The dossier on the web: collecting, lacking, withdrawing; who may read, and who may write."""

import zipfile
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from models.base import db
from models.evidence import DossierItem, DossierItemVersion
from tests.cast import Cast
from tests.client import Browser
from tests.integration.evidence.conftest import pdf, picture
from volunteer.evidence import queries
from volunteer.kernel.permissions import Role

DOCUMENT = {"clause": "1.1", "title": "志愿服务管理办法", "number": "襄文明办〔2026〕3 号", "issuer": "襄城区文明办"}
CAPTION = {
    "clause": "1.2",
    "taken_on": "2026-03-05",
    "place": "襄城区周公庙社区广场",
    "people": "社区志愿者 20 人",
    "theme": "学雷锋志愿服务集市",
    "event": "为居民磨刀、理发、修小家电",
}


@pytest.fixture
def desk(browser: Browser, cast: Cast) -> Browser:
    """Return the browser of the district's staff."""
    return browser.sign_in(cast.office(Role.OFFICE_STAFF, "420602"))


def add(desk: Browser, dossier_id: str, kind: str, data: dict[str, object], expect: int = 302) -> str:
    return desk.post(f"/evidence/{dossier_id}/{kind}/new", data, expect=expect).get_data(as_text=True)


def upload(content: bytes, name: str = "办法.pdf") -> tuple[BytesIO, str]:
    return BytesIO(content), name


def document(content: bytes, **changes: object) -> dict[str, object]:
    return {**DOCUMENT, "dated_on": "2026-02-01", "file": upload(content), **changes}


def test_a_dossier_is_opened_collects_and_says_what_lacks(
    app: Flask, browser: Browser, cast: Cast, edition: None
) -> None:
    browser.sign_in(cast.office(Role.OFFICE_STAFF, "420602"))
    page = browser.submit("/evidence/", {"area": "420602", "year": "2026"})
    dossier_id = page.request.path.rpartition("/")[2]
    assert "还缺 2 张实景图片" in page.text
    add(browser, dossier_id, "document", document(pdf()))
    add(browser, dossier_id, "picture", {**CAPTION, "picture": upload(picture(), "集市.jpg")})
    note = {
        "title": "培训情况",
        "unit": "襄城区文明办",
        "dated_on": "2026-06-01",
        "words": "全年培训四次。\n每次两小时。",
    }
    add(browser, dossier_id, "note", {**note, "clause": "1.2"})
    browser.post(f"/evidence/{dossier_id}/tables")
    page = browser.get(f"/evidence/{dossier_id}")
    assert "还缺 1 张实景图片" in page.text
    assert "2026-420602-01-01" in page.text
    assert "截至 6 月 30 日" in page.text
    only = browser.get(f"/evidence/{dossier_id}?only=missing").text
    assert 'id="clause-1.2"' in only
    with app.app_context():
        items = db.session.query(DossierItem).order_by(DossierItem.id).all()
        for item in items:
            browser.get(f"/evidence/items/{item.public_id}")
        kept = Image.open(BytesIO(queries.content_of(items[1].file_id)))
        assert not kept.getexif()
    browser.post(f"/evidence/{dossier_id}/tables", expect=409)


def test_a_withdrawn_item_is_kept_with_its_reason_and_its_number_is_not_given_again(
    app: Flask, desk: Browser, dossier_id: str
) -> None:
    add(desk, dossier_id, "document", document(pdf()))
    with app.app_context():
        item_id = db.session.query(DossierItem).one().public_id
    assert "这一项要写具体" in desk.post(f"/evidence/items/{item_id}/withdraw", {"reason": "无"}, expect=422).text
    desk.post(f"/evidence/items/{item_id}/withdraw", {"reason": "已有新的办法"})
    page = desk.get(f"/evidence/items/{item_id}").text
    assert "已有新的办法" in page
    desk.post(f"/evidence/items/{item_id}/withdraw", {"reason": "再撤一次"}, expect=422)
    desk.post(f"/evidence/items/{item_id}/edit", {**DOCUMENT, "dated_on": "2026-02-01"}, expect=422)
    add(desk, dossier_id, "document", document(pdf("other")))
    assert "2026-420602-01-02" in desk.get(f"/evidence/{dossier_id}").text


def test_an_item_is_changed_and_its_history_says_by_whom(app: Flask, desk: Browser, dossier_id: str) -> None:
    add(desk, dossier_id, "picture", {**CAPTION, "picture": upload(picture(), "a.jpg")})
    with app.app_context():
        item_id = db.session.query(DossierItem).one().public_id
    assert CAPTION["place"] in desk.get(f"/evidence/items/{item_id}/edit").text
    desk.post(f"/evidence/items/{item_id}/edit", {**CAPTION, "theme": "春季志愿服务集市"})
    page = desk.get(f"/evidence/items/{item_id}").text
    assert "改成“春季志愿服务集市”" in page
    assert "文明办的老周" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"taken_on": "2026-07-02"}, "日期不能在今天以后"),
        ({"taken_on": "2025-12-31"}, "2025 年的请放进那一年的档案"),
        ({"taken_on": "2026-02-30"}, "请填写日期"),
        ({"place": ""}, "请填写地点"),
        ({"people": "无"}, "这一项要写具体"),
        ({"theme": "。。"}, "这一项要写具体"),
        ({"event": ""}, "请填写事由"),
        ({"picture": ""}, "请选一张图片"),
        ({"picture": b"no picture at all"}, "打不开这张照片"),
        ({"clause": "9.9"}, "请从列表里选条款"),
    ],
)
def test_a_caption_says_when_where_who_what_and_why(
    desk: Browser, dossier_id: str, changes: dict[str, object], words: str
) -> None:
    data = {**CAPTION, "picture": picture(), **changes}
    if isinstance(data["picture"], bytes):
        data["picture"] = upload(data["picture"], "a.jpg")
    assert words in add(desk, dossier_id, "picture", data, expect=422)


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb(), "这是压缩包或 Office 文件，不是 PDF"),
        (picture(), "这是一张 JPG 图片，不是 PDF"),
        (b"hello", "这不是 PDF 文件"),
        (b"", "这个文件是空的"),
        (b"%PDF-1.7\nbroken", "打不开这个 PDF"),
        (pdf()[:400], "打不开这个 PDF"),
        (pdf(pages=121), "一份 PDF 最多 120 页"),
    ],
)
def test_what_is_no_readable_pdf_is_refused_and_named(
    app: Flask, desk: Browser, dossier_id: str, content: bytes, words: str
) -> None:
    assert words in add(desk, dossier_id, "document", document(content), expect=422)
    with app.app_context():
        assert db.session.query(DossierItem).count() == 0


def test_the_same_picture_in_another_dossier_is_told_without_naming_what_is_not_the_readers(
    app: Flask, browser: Browser, cast: Cast, dossier_id: str
) -> None:
    staff = Browser(app).sign_in(cast.office(Role.OFFICE_STAFF, "420606"))
    page = staff.submit("/evidence/", {"area": "420606", "year": "2026"})
    other = page.request.path.rpartition("/")[2]
    add(staff, other, "picture", {**CAPTION, "picture": upload(picture(), "a.jpg")})
    browser.sign_in(cast.office(Role.OFFICE_STAFF, "420602"))
    add(browser, dossier_id, "picture", {**CAPTION, "picture": upload(picture(), "b.jpg")})
    told = browser.get(f"/evidence/{dossier_id}").text
    assert "同一张图片已经用在：另一个区划的档案" in told
    assert "樊城区" not in told


def test_the_assessor_reads_and_leaves_nothing_and_another_district_is_not_there(
    app: Flask, desk: Browser, cast: Cast, dossier_id: str
) -> None:
    add(desk, dossier_id, "document", document(pdf()))
    with app.app_context():
        item_id = db.session.query(DossierItem).one().public_id
    reader = Browser(app).sign_in(cast.office(Role.ASSESSOR, "420602"))
    assert "测评档案" in reader.get("/evidence/").text
    page = reader.get(f"/evidence/{dossier_id}").text
    assert "/new" not in page
    assert "汇编成册" not in page
    assert reader.get(f"/evidence/items/{item_id}/file").mimetype == "application/pdf"
    reader.get(f"/evidence/{dossier_id}/document/new", expect=403)
    reader.post(f"/evidence/{dossier_id}/packages", expect=403)
    reader.post("/evidence/", {"area": "420602", "year": "2026"}, expect=403)
    stranger = Browser(app).sign_in(cast.office(Role.ASSESSOR, "420606"))
    for path in (f"/evidence/{dossier_id}", f"/evidence/items/{item_id}", f"/evidence/items/{item_id}/file"):
        stranger.get(path, expect=404)
    stranger = Browser(app).sign_in(cast.office(Role.OFFICE_STAFF, "420606"))
    stranger.post(f"/evidence/{dossier_id}/tables", expect=404)
    stranger.post(f"/evidence/items/{item_id}/withdraw", {"reason": "不该能撤"}, expect=404)


def test_gaps_become_work_and_roll_up_to_the_city(app: Flask, desk: Browser, cast: Cast, dossier_id: str) -> None:
    duty = {"unit": "襄城区教育局", "due_on": "2026-06-30", "pictures": "3"}
    path = f"/evidence/{dossier_id}/duties/assign?clause=1.2"
    desk.post(path, {**duty, "pictures": "0"}, expect=422)
    desk.post(path, {**duty, "unit": ""}, expect=422)
    page = desk.submit(path, duty).text
    assert "襄城区教育局" in page
    assert "逾期" in page
    assert "还缺 3 张实景图片" in page
    desk.get(f"/evidence/{dossier_id}/duties/assign?clause=nothing", expect=404)
    city = Browser(app).sign_in(cast.office(Role.OFFICE_ADMIN))
    board = city.get("/evidence/").text
    assert "襄城区" in board
    assert "各条款还缺几份" in board
    assert "还没有建立" in board
    city.get("/evidence/?year=abc")


def test_an_area_without_an_edition_or_of_a_strange_year_opens_no_dossier(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.office(Role.OFFICE_ADMIN))
    page = browser.post("/evidence/", {"area": "420602", "year": "2026"}, expect=422).text
    assert "没有有效的测评体系" in page
    browser.post("/evidence/", {"area": "420602", "year": "2031"}, expect=422)
    browser.post("/evidence/", {"area": "999999", "year": "2026"}, expect=422)


def test_of_a_pdf_its_pages_are_kept_and_nothing_that_acts(app: Flask, desk: Browser, dossier_id: str) -> None:
    writer = PdfWriter(clone_from=BytesIO(pdf()))
    act = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('here')")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(act)
    writer.add_attachment("tool.exe", b"MZ")
    written = BytesIO()
    writer.write(written)
    assert b"/JavaScript" in written.getvalue()
    add(desk, dossier_id, "document", document(written.getvalue()))
    with app.app_context():
        item = db.session.query(DossierItem).one()
        history = db.session.query(DossierItemVersion).one()
        item_id = item.public_id
    assert history.content["received"] == sha256(written.getvalue()).hexdigest()
    taken = desk.get(f"/evidence/items/{item_id}/file")
    assert taken.data.startswith(b"%PDF")
    acting = (b"/JavaScript", b"/JS", b"/EmbeddedFile", b"/Launch", b"/OpenAction")
    assert not [word for word in acting if word in taken.data]
    assert (taken.headers["X-Content-Type-Options"], "sandbox" in taken.headers["Content-Security-Policy"]) == (
        "nosniff",
        True,
    )
    assert taken.headers["Content-Disposition"].startswith("attachment")


def test_a_package_of_the_same_state_is_asked_for_once(app: Flask, desk: Browser, dossier_id: str) -> None:
    add(desk, dossier_id, "document", document(pdf()))
    first, second = (desk.post(f"/evidence/{dossier_id}/packages").location for _ in range(2))
    assert first == second
    add(desk, dossier_id, "document", document(pdf(), title="另一份"))
    assert desk.post(f"/evidence/{dossier_id}/packages").location != first
