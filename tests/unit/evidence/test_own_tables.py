"""A table that somebody brings: looked at in a process of its own, refused in clear words, printed in part."""

import json
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from time import monotonic
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from tests.workbooks import bomb
from volunteer.evidence import own_tables
from volunteer.evidence.own_tables import (
    PRINTED_COLUMNS,
    PRINTED_ROWS,
    as_kept,
    brought_table,
    check_own_table,
)
from volunteer.kernel.errors import Invalid

ROWS: list[list[object]] = [["学校", "场次"], ["市一中", 12]]


def book(rows: list[list[object]], change: Callable[[xlsxwriter.Workbook], object] = lambda _made: None) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        change(made)
    return out.getvalue()


def rewritten(data: bytes, old: str = "", new: str = "", **more: bytes) -> bytes:
    """Return a workbook with a text of its parts changed, and with more parts."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as parts, ZipFile(out, "w", ZIP_DEFLATED) as changed:
        for name in parts.namelist():
            changed.writestr(name, parts.read(name).replace(old.encode(), new.encode()) if old else parts.read(name))
        for name, content in more.items():
            changed.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_a_table_that_is_brought_is_read_as_far_as_it_is_printed():
    rows = [[f"第 {column} 栏" for column in range(12)], *([[1.0, "社区", *range(10)]] * 300)]
    told = brought_table(book(rows), 20)
    assert (told.row_count, told.column_count) == (300, 12)
    assert (len(told.rows) - 1, len(told.rows[0])) == (PRINTED_ROWS, PRINTED_COLUMNS)
    assert told.rows[1][:2] == ("1", "社区")
    assert as_kept(json.loads(json.dumps(asdict(told)))) == told


@pytest.mark.parametrize("told", [None, {}, {"rows": 1}, {"rows": [["a"], []], "row_count": 1, "column_count": 1}])
def test_what_was_not_kept_is_not_printed(told):
    assert as_kept(told) is None


def test_a_workbook_whose_one_text_fills_gigabytes_is_refused_at_once():
    began = monotonic()
    with pytest.raises(Invalid, match="展开后太大") as refused:
        brought_table(bomb(30_000), 20)
    assert refused.value.field == "file"
    assert monotonic() - began < 5


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"read": 1}', b'{"fault": "%(no)s %d", "params": {"x": 1}}'])
def test_a_reader_that_was_got_the_better_of_is_a_refusal(monkeypatch, answer):
    monkeypatch.setattr(own_tables, "_reader", lambda *_file, **_patience: answer)
    with pytest.raises(Invalid):
        brought_table(book(ROWS), 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        ("社区,人数\n".encode(), "表里没有内容"),
        ("姓名,证件\n张三,420602199005010013\n".encode(), "像有身份证号或手机号"),
        ("联系人,电话\n张三,13800000001\n".encode(), "第 2 行像有身份证号或手机号"),
        ("学校,场次\n=1+1,2\n".encode(), "第 2 行有公式"),
        ('学校,场次\n市一中,"=HYPERLINK(""http://a.example"")"\n'.encode(), "第 2 行有公式"),
        ("学校,场次\n市一中,-cmd|' /C calc'!A0\n".encode(), "第 2 行有公式"),
        (b"%PDF-1.7", "这是 PDF 文件"),
    ],
)
def test_what_is_no_table_or_names_a_person_is_refused(content, words):
    with pytest.raises(Invalid, match=words) as refused:
        check_own_table(content)
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    "cell",
    [
        "１３８１２３４５６７８",
        "138 1234 5678",
        "电话：138-1234-5678，早 8 点后",
        "+8613812345678",
        "20 人 13812345678",
        13812345678,
        "420602 19900307 123X",
        "420602-1990-0307-123ｘ",
    ],
)
def test_a_number_of_a_person_is_found_however_it_is_written(cell):
    with pytest.raises(Invalid, match="第 2 行像有身份证号或手机号"):
        check_own_table(book([["甲", "乙"], [cell, 1]]))


@pytest.mark.parametrize(
    "cell", ["51420600MJH1234567", "1234567", 0.13812345678, "2026-01-01 - 2026-12-31", "13812345678901", "-", "-12.5%"]
)
def test_a_code_a_long_count_and_a_span_of_days_name_nobody(cell):
    assert check_own_table(f"组织,代码\n社区队,{cell}\n".encode()).row_count == 1


def test_hidden_sheets_and_notes_are_asked_as_well():
    def hide(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("名册")
        sheet.hide()
        sheet.write_row(0, 0, ["姓名", "42060219900307123X"])

    with pytest.raises(Invalid, match="工作表“名册”第 1 行像有身份证号"):
        check_own_table(book(ROWS, hide))
    with pytest.raises(Invalid, match="批注、图形或页眉里"):
        check_own_table(
            book(ROWS, lambda made: made.get_worksheet_by_name("Sheet1").write_comment(1, 1, "13812345678"))
        )


def test_the_first_sheet_that_is_not_hidden_is_printed():
    def cover(made: xlsxwriter.Workbook) -> None:
        made.add_worksheet("表").write_column(0, 0, ["场次", 3])
        made.get_worksheet_by_name("表").activate()
        made.get_worksheet_by_name("Sheet1").hide()

    assert check_own_table(book(ROWS, cover)).rows == (("场次",), ("3",))


def test_a_formula_that_nobody_has_counted_is_refused_and_one_that_excel_has_is_read():
    def add_up(made: xlsxwriter.Workbook) -> None:
        made.get_worksheet_by_name("Sheet1").write_formula("B3", "=SUM(B2:B2)", None, 12)

    written = book(ROWS, add_up)
    with pytest.raises(Invalid, match="B3 格的公式没有存下结果"):
        check_own_table(written)
    counted = rewritten(written, ' fullCalcOnLoad="1"')
    assert check_own_table(counted).rows[-1] == ("", "12")
    for nothing in ("<v></v>", "<v/>", ""):
        with pytest.raises(Invalid, match="B3 格的公式没有存下结果"):
            check_own_table(rewritten(counted, "</f><v>12</v>", f"</f>{nothing}"))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl__vbaProject.bin", "带宏、控件或嵌入的文件"),
        ("xl__macrosheets__sheet1.xml", "带宏、控件或嵌入的文件"),
        ("xl__embeddings__oleObject1.bin", "带宏、控件或嵌入的文件"),
        ("xl__externalLinks__externalLink1.xml", "连着别的文件或数据源"),
        ("xl__connections.xml", "连着别的文件或数据源"),
    ],
)
def test_what_acts_or_reaches_outside_is_refused(part, words):
    with pytest.raises(Invalid, match=words):
        check_own_table(rewritten(book(ROWS), **{part: b"<a/>"}))
