"""Files that people hand in, read or refused with what to do about them."""

import io
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from unittest.mock import Mock

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tests.workbooks import bomb
from volunteer.kernel import sheets
from volunteer.kernel.bounded import Busy, Failed
from volunteer.kernel.errors import Invalid, TooMany
from volunteer.kernel.sheets import LARGEST_FILE, pack, read_sheet, unpack

HEADINGS = {"代码": "code", "code": "code", "名称": "name"}
TABLE = "代码,名称\n420600,襄阳市\n420602,襄城区\n"
ROWS = [{"code": "420600", "name": "襄阳市"}, {"code": "420602", "name": "襄城区"}]


def excel(write: Callable[[xlsxwriter.worksheet.Worksheet], object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        write(book.add_worksheet())
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read_sheet(data, HEADINGS)
    assert caught.value.field == "file"
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_table_is_read_in_the_encodings_that_offices_write(encoding: str):
    assert read_sheet(TABLE.encode(encoding), HEADINGS) == ROWS


def test_tabs_and_line_ends_of_other_systems_are_read():
    assert read_sheet(TABLE.replace(",", "\t").replace("\n", "\r\n").encode(), HEADINGS) == ROWS


def test_an_empty_row_keeps_its_number_and_surplus_cells_are_kept_apart():
    rows = read_sheet("代码,名称\n\n420600,襄阳市,多,\n".encode(), HEADINGS)
    assert rows == [{"code": None, "name": None}, {"code": "420600", "name": "襄阳市", None: ["多"]}]


def test_an_unknown_heading_keeps_its_words():
    assert read_sheet("CODE,备注\n1,无\n".encode(), HEADINGS) == [{"code": "1", "备注": "无"}]


def test_a_workbook_is_read_with_its_empty_rows():
    def write(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_row(0, 0, ["代码", "名称"])
        sheet.write_row(2, 0, [420600, "襄阳市"])

    assert read_sheet(excel(write), HEADINGS) == [{"code": "", "name": ""}, {"code": 420600.0, "name": "襄阳市"}]


def test_utf8_with_one_broken_place_is_not_read_as_gbk():
    broken = TABLE.encode().replace("襄城区".encode(), b"\xff\xe5\x8c")
    assert refusal(broken) == "第 3 行有认不出来的字，请把文件另存为“CSV UTF-8”再上传"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "文件是空的"),
        (TABLE.encode("utf-16"), "这个文件的编码是 UTF-16，请另存为“CSV UTF-8”再上传"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "这不是表格文件，请上传 CSV 或 Excel（.xlsx）文件"),
        (b"%PDF-1.7", "这是 PDF 文件，请上传 CSV 或 Excel（.xlsx）文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是旧版 Excel 文件，请另存为 .xlsx 或 CSV 再上传"),
        (b"PK\x03\x04 and then nothing", "这个 Excel 文件打不开，请重新保存一次再上传"),
        ('代码,名称\n"420600,襄阳市\n'.encode(), "第 2 行读不懂，可能少了一个引号"),
        (b"1,2\n" * 13_000_000, "文件有 50 MB，最多 16 MB"),
        (b"1\n" * 100_002, "文件超过 100,000 行，请分成几个文件"),
    ],
)
def test_a_file_that_is_no_table_hears_what_to_do(data: bytes, words: str):
    assert refusal(data) == words


def test_a_workbook_that_unpacks_to_gigabytes_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 1024 * 1024))
    assert len(out.getvalue()) < 100_000
    assert refusal(out.getvalue()) == "这个 Excel 文件展开后太大，请只保留要导入的那张表"


def test_a_workbook_that_lies_about_its_size_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 1024 * 1024))
    honest, lie = struct.pack("<I", 65 * 1024 * 1024), struct.pack("<I", 10)
    assert refusal(out.getvalue().replace(honest, lie)) == "这个 Excel 文件打不开，请重新保存一次再上传"


@pytest.mark.parametrize("cell", ['<c t="s"><v>0</v></c>', "<c t='s'><!-- --><v>0</v></c>"])
def test_a_workbook_whose_one_text_fills_gigabytes_is_refused_at_once(cell: str):
    data, began = bomb(30_000, cell), monotonic()
    assert len(data) < 10_000
    assert refusal(data) == "这个 Excel 文件展开后太大，请只保留要导入的那张表"
    assert monotonic() - began < 5
    few = read_sheet(bomb(100, cell, letters=10), HEADINGS)
    assert few == []


def test_a_workbook_of_millions_of_cells_is_refused():
    assert refusal(bomb(2_100_000, "<c/>")) == "表格的行或列太多，请删掉数据以外的空行空列"


def test_a_reader_that_fails_is_a_refusal_and_a_busy_one_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch):
    def stop(error: Exception) -> None:
        monkeypatch.setattr(sheets, "_reader", Mock(side_effect=error))

    stop(Failed())
    assert refusal(excel(lambda sheet: sheet.write(0, 0, "代码"))).startswith("这个表格太大或太复杂")
    stop(Busy())
    with pytest.raises(TooMany):
        read_sheet(excel(lambda sheet: sheet.write(0, 0, "代码")), HEADINGS)


@pytest.mark.parametrize("place", [(1_048_575, 0), (1, 16_383)])
def test_a_workbook_with_a_cell_far_out_is_refused(place: tuple[int, int]):
    assert refusal(excel(lambda sheet: sheet.write(*place, "远"))) == "表格的行或列太多，请删掉数据以外的空行空列"


def test_carried_rows_come_back_and_broken_ones_are_refused():
    packed = pack([{"code": "420600", "name": '襄,"阳', "more": 1}], ["code", "name"])
    assert read_sheet(unpack(packed), HEADINGS) == [{"code": "420600", "name": '襄,"阳'}]
    for broken in ("", "不是", packed[:-8], packed + "AAAA", "AAAA"):
        with pytest.raises(Invalid):
            unpack(broken)


def test_carried_rows_that_inflate_beyond_the_limit_are_refused():
    import base64
    import zlib

    with pytest.raises(Invalid):
        unpack(base64.b64encode(zlib.compress(b"0" * (LARGEST_FILE + 1))).decode())


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"code,name\n"]))
def test_any_bytes_are_read_or_refused_and_never_a_fault(data: bytes, head: bytes):
    with suppress(Invalid):
        assert isinstance(read_sheet(head + data, HEADINGS), list)
