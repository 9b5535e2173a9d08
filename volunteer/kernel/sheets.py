"""A table that people hand in, CSV or Excel, read into rows of cells; every refusal says what to do about the file."""

import base64
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

import python_calamine

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 16 * MEBIBYTE
LARGEST_UNPACKED = 64 * MEBIBYTE
MOST_PARTS = 500
MOST_ROWS = 100_000
MOST_COLUMNS = 100
FIELD = "file"

_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": N_("这是旧版 Excel 文件，请另存为 .xlsx 或 CSV 再上传"),
    b"%PDF": N_("这是 PDF 文件，请上传 CSV 或 Excel（.xlsx）文件"),
    b"\xff\xfe": N_("这个文件的编码是 UTF-16，请另存为“CSV UTF-8”再上传"),
    b"\xfe\xff": N_("这个文件的编码是 UTF-16，请另存为“CSV UTF-8”再上传"),
}
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,9})([0-9]{0,15})["']""")
_HAN = re.compile("[\u4e00-\u9fff]")


def read_sheet(data: bytes, headings: Mapping[str, str]) -> list[dict[str | None, object]]:
    """Return the rows below the heading of a CSV or .xlsx file; raise Invalid on the field "file".

    `headings` gives the key of each known heading; a heading that is unknown keeps its own words as key, and cells
    beyond the heading stand under None. Empty rows are kept, so that the n-th item is the row n + 2 of the file.
    """
    lines = read_lines(data)
    keys = [_key(cell, headings) for cell in lines[0]] if lines else []
    return [_row(keys, line) for line in lines[1:]]


def read_lines(data: bytes) -> list[list[object]]:
    """Return all rows of a CSV file, or of the first sheet of an .xlsx file; raise Invalid on the field "file"."""
    if not data:
        raise Invalid(N_("文件是空的"), field=FIELD)
    if len(data) > LARGEST_FILE:
        size = {"size": -(-len(data) // MEBIBYTE), "most": LARGEST_FILE // MEBIBYTE}
        raise Invalid(N_("文件有 %(size)s MB，最多 %(most)s MB"), field=FIELD, **size)
    for signature, words in _SIGNATURES.items():
        if data.startswith(signature):
            raise Invalid(words, field=FIELD)
    lines = _excel_lines(data) if data.startswith(b"PK") else _csv_lines(data)
    if len(lines) > MOST_ROWS:
        raise Invalid(N_("文件超过 %(most)s 行，请分成几个文件"), field=FIELD, most=f"{MOST_ROWS:,}")
    return lines


def pack(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Return rows as compressed text that a page can carry until its reader confirms."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return base64.b64encode(zlib.compress(out.getvalue().encode(), 9)).decode()


def unpack(packed: str) -> bytes:
    """Return the CSV that `pack` made; raise Invalid when the text is not whole or unpacks beyond the limit."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(base64.b64decode(packed, validate=True), LARGEST_FILE)
    except (ValueError, zlib.error):
        data = b""
    if not data or not inflater.eof or inflater.unused_data:
        raise Invalid(N_("上传的内容不完整，请重新上传文件"), field=FIELD)
    return data


def _key(cell: object, headings: Mapping[str, str]) -> str:
    words = str(cell or "").strip().lstrip("\ufeff")
    return headings.get(words, headings.get(words.lower(), words))


def _row(keys: Sequence[str], line: Sequence[object]) -> dict[str | None, object]:
    row: dict[str | None, object] = dict(zip_longest(keys, line[: len(keys)]))
    if surplus := [cell for cell in line[len(keys) :] if str(cell or "").strip()]:
        row[None] = surplus
    return row


def _csv_lines(data: bytes) -> list[list[object]]:
    if b"\0" in data:
        raise Invalid(N_("这不是表格文件，请上传 CSV 或 Excel（.xlsx）文件"), field=FIELD)
    text = _text(data)
    heading = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, delimiter="\t" if heading.count("\t") > heading.count(",") else ","
    )
    try:
        return [list(line) for line in reader]
    except csv.Error:
        raise Invalid(N_("第 %(line)s 行读不懂，可能少了一个引号"), field=FIELD, line=reader.line_num) from None


def _text(data: bytes) -> str:
    """Return the text of UTF-8 or GB 18030; where neither fits, say in which line."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = error
    # Chinese read well before the fault: this is UTF-8 with a broken place, which GB 18030 would turn into nonsense.
    if not _HAN.search(data[: fault.start].decode("utf-8", "ignore")):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError as error:
            fault = error
    line = data[: fault.start].count(b"\n") + 1
    raise Invalid(N_("第 %(line)s 行有认不出来的字，请把文件另存为“CSV UTF-8”再上传"), field=FIELD, line=line)


def _excel_lines(data: bytes) -> list[list[object]]:
    _refuse_bomb(data)
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            return [list(line) for line in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]
    except (python_calamine.CalamineError, OSError, IndexError, ValueError):
        raise _broken_excel() from None


def _refuse_bomb(data: bytes) -> None:
    """Refuse a workbook that unpacks beyond the limit, or with cells so far out that reading it fills the memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            infos = parts.infolist()
            if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_UNPACKED:
                raise Invalid(N_("这个 Excel 文件展开后太大，请只保留要导入的那张表"), field=FIELD)
            for info in infos:
                # Reading checks the length and the checksum that the archive states: neither can lie to what follows.
                content = parts.read(info)
                if "worksheets/" in info.filename.lower():
                    _refuse_far_cells(content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise _broken_excel() from None


def _refuse_far_cells(content: bytes) -> None:
    for place in _PLACE.finditer(content):
        letters, digits = place.groups()
        if int(digits or 0) > MOST_ROWS or _column_number(letters) > MOST_COLUMNS:
            raise Invalid(N_("表格的行或列太多，请删掉数据以外的空行空列"), field=FIELD)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _broken_excel() -> Invalid:
    return Invalid(N_("这个 Excel 文件打不开，请重新保存一次再上传"), field=FIELD)
