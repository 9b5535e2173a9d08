"""The book of a dossier: its pages, marks and what stands on them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.paper import page_texts, pdf_text
from volunteer.evidence.contents import KeptFile, OwnTable, Packed, PackedClause, PackedItem, share_words
from volunteer.evidence.documents import draw_dossier
from volunteer.evidence.listings import HIDDEN, ListColumn, Listing
from volunteer.evidence.rules import Caption, DocumentFacts, Lack, NoteFacts, OwnTableFacts
from volunteer.kernel.tables import Kind
from volunteer.metrics.editions import MaterialKind
from volunteer.metrics.small_cells import MARK
from volunteer.web.assets import document_fonts

DOCUMENT, NOTE, PICTURE, TABLE = MaterialKind
CAPTION = Caption(date(2026, 3, 5), "社区广场", "志愿者 20 人", "学雷锋集市", "为居民磨刀、理发、修小家电。" * 6)
DATED = DocumentFacts("襄文明办〔2026〕3 号", "市文明办", date(2026, 2, 1))


def jpeg(_number: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (600, 900), "teal").save(out, "JPEG")
    return out.getvalue()


def item(number: int, kind: MaterialKind, **told) -> PackedItem:
    return PackedItem(f"2026-420600-01-{number:02d}", kind, told.pop("title", f"材料{number}"), **told)


def packed(*items: PackedItem, clauses: int = 1, **changes) -> Packed:
    lacks = (Lack(DOCUMENT, 0, 1), Lack(PICTURE, 2, 2))
    listed = tuple(
        PackedClause(f"1.{place}", "组织协调机制", "有领导机构。", "市教育局", lacks, items if place == 1 else ())
        for place in range(1, clauses + 1)
    )
    values = {
        "area_name": "襄阳市",
        "area_code": "420600",
        "year": 2026,
        "edition_name": "2017 版",
        "office_name": "市文明办",
        "product_name": "志愿台",
        "package_number": 1,
        "made_at": datetime(2026, 7, 1, 4, tzinfo=UTC),
        "figures_as_of": None,
        "share": share_words(1, 3),
        "clauses": listed,
        "proof": None,
        "digests": (("原件/a.pdf", "0" * 64),),
    }
    return Packed(**{**values, **changes})


def drawn(told: Packed):
    return draw_dossier(told, document_fonts(), jpeg)


def test_the_contents_name_the_pages_on_which_things_stand():
    told = packed(
        item(1, NOTE, facts=NoteFacts("市文明办", date(2026, 6, 1)), words="一段话。" * 900),
        item(2, PICTURE, facts=CAPTION, file=KeptFile("a.jpg", "1" * 64, (), 600, 900)),
        item(3, PICTURE, facts=CAPTION, file=KeptFile("b.jpg", "2" * 64, (), 600, 900)),
        clauses=70,
    )
    book = drawn(told)
    texts = page_texts(book.pdf)
    assert len(texts) == book.count
    for number, page in book.pages.items():
        if number.startswith("2026-"):
            assert number in texts[page - 1]
    assert book.pages["2026-420600-01-02"] == book.pages["2026-420600-01-03"]  # two pictures to a page
    assert str(book.pages["clause-1.70"]) in "".join(texts[1:4])
    titles = [one.title for one in PdfReader(BytesIO(book.pdf)).outline if not isinstance(one, list)]
    assert titles[:3] == ["封面", "目录", "材料清单"]
    assert all(fact in pdf_text(book.pdf) for fact in (CAPTION.place, CAPTION.theme, "2026年3月5日"))


def test_what_is_still_to_come_is_printed_for_the_office_and_not_for_assessors():
    told = packed(item(1, PICTURE, facts=CAPTION, file=KeptFile("a.jpg", "1" * 64, (), 600, 900)))
    for_ourselves = pdf_text(drawn(replace(told, tells_lacks=True)).pdf)
    assert "还缺1份规范文件" in for_ourselves
    assert "材料完备情况" in for_ourselves
    assert "还缺" not in pdf_text(drawn(told).pdf)


def test_a_table_that_somebody_brought_is_printed_and_marked():
    facts = OwnTableFacts("襄城区教育局", date(2026, 6, 30), "学校签到表")
    own = OwnTable((("学校", "场次"), ("市一中", "12")), 900, 11)
    words = pdf_text(drawn(packed(item(1, TABLE, facts=facts, file=KeptFile("a.xlsx", "1" * 64), own=own))).pdf)
    for said in ("自填", "市一中", "12", "学校签到表", "襄城区教育局", "全表900行11列"):
        assert said in words, said


def test_a_table_of_records_is_printed_with_its_total_and_how_it_came_about():
    columns = (ListColumn("培训名称", wide=100), ListColumn("所在区划"), ListColumn("人数", Kind.INT, 66))
    listing = Listing(
        title="襄阳市志愿者培训一览",
        columns=columns,
        rows=[["岗前培训", "襄城区", 30], ["急救", "樊城区", HIDDEN]],
        totals=["合计", "", HIDDEN],
        basis=[("来源", "培训记录")],
        nothing="这一期平台里没有培训记录",
        as_of=date(2026, 6, 30),
        read_on=date(2026, 6, 30),
    )
    words = pdf_text(drawn(packed(item(1, TABLE, facts=None, statistics=listing))).pdf)
    for said in ("岗前培训", "30", MARK, "合计", "培训记录", "不到5人的格子不显示"):
        assert said in words, said
    assert "樊城区" not in words  # stands in the raw table alone
    empty = replace(listing, rows=[], totals=[])
    assert "没有培训记录" in pdf_text(drawn(packed(item(1, TABLE, facts=None, statistics=empty))).pdf)


def test_the_same_dossier_gives_the_same_bytes():
    told = packed(item(1, PICTURE, facts=CAPTION, file=KeptFile("a.jpg", "1" * 64, (), 600, 900)))
    assert drawn(told).pdf == drawn(told).pdf


@pytest.mark.parametrize("size", [(595.0, 842.0), (842.0, 595.0), (3000.0, 200.0), (100.0, 100.0)])
def test_a_page_of_a_file_lies_inside_its_field_whatever_its_size(size):
    book = drawn(packed(item(1, DOCUMENT, facts=DATED, file=KeptFile("a.pdf", "1" * 64, (size, size)))))
    assert [one.leaf for one in book.insertions] == [0, 1]
    for one in book.insertions:
        assert one.x >= 50
        assert one.y >= 45
        assert one.x + size[0] * one.scale <= 595 - 50
        assert one.y + size[1] * one.scale <= 842 - 50
        assert "2026-420600-01-01" in page_texts(book.pdf)[one.page]


def test_a_file_that_could_not_be_opened_has_a_page_that_names_it():
    book = drawn(packed(item(1, DOCUMENT, title="管理办法", facts=DATED, file=KeptFile("办法.pdf", "a" * 64))))
    assert not book.insertions
    said = pdf_text(book.pdf)
    assert "这份文件没能放进来" in said
    assert "办法.pdf" in said
    assert "a" * 64 in said


def test_an_emoji_in_a_title_spoils_nothing_and_an_empty_dossier_is_a_book():
    assert "义卖" in pdf_text(drawn(packed(item(1, NOTE, title="义卖🎉", facts=None, words="好🎉。"))).pdf)
    assert drawn(packed(clauses=0, share="", digests=())).count >= 4
