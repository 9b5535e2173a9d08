"""A table that people hand in, CSV or Excel, read into rows of cells; every refusal says what to do about the file.

A workbook is opened in a process of its own; a CSV file is no more than what it says, and read here.
"""

import base64
import csv
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from volunteer.kernel.bounded import Bounded, Busy, Failed, Limits
from volunteer.kernel.errors import Invalid, TooMany
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workbooks import FIELD, MOST_CELLS, MOST_ROWS, parts_of, worksheets_in

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 16 * MEBIBYTE
LIMITS = Limits(seconds=10, cpu_seconds=8, memory=1024 * MEBIBYTE, answer=64 * MEBIBYTE)
"""Below what another writer waits for the database (15 s), should somebody hold it meanwhile."""
_PATIENCE = 4.0

_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": N_("这是旧版 Excel 文件，请另存为 .xlsx 或 CSV 再上传"),
    b"%PDF": N_("这是 PDF 文件，请上传 CSV 或 Excel（.xlsx）文件"),
    b"\xff\xfe": N_("这个文件的编码是 UTF-16，请另存为“CSV UTF-8”再上传"),
    b"\xfe\xff": N_("这个文件的编码是 UTF-16，请另存为“CSV UTF-8”再上传"),
}
_HAN = re.compile("[\u4e00-\u9fff]")


def read_sheet(data: bytes, headings: Mapping[str, str]) -> list[dict[str | None, object]]:
    """Return the rows below the heading of a CSV or .xlsx file; raise Invalid on the field "file".

    `headings` gives the key of each known heading; a heading that is unknown keeps its own words as key, and cells
    beyond the heading stand under None. Empty rows are kept, so that the n-th item is the row n + 2 of the file.
    """
    check_kind(data)
    lines = ask(_reader, data, _PATIENCE) if is_workbook(data) else read_lines(data)
    keys = [_key(cell, headings) for cell in lines[0]] if lines else []
    return [_row(keys, line) for line in lines[1:]]


def read_lines(data: bytes) -> list[list[object]]:
    """Return all rows of a CSV file, or of the first sheet of an .xlsx file; raise Invalid on the field "file".

    A stranger's workbook is read so in a process of its own alone.
    """
    check_kind(data)
    if not is_workbook(data):
        return _csv_lines(data)
    parts_of(data)
    lines = next((sheet.lines for sheet in worksheets_in(data)), [])
    check_rows(lines)
    return lines


def is_workbook(data: bytes) -> bool:
    """Tell whether a file is read as Excel rather than as CSV."""
    return data.startswith(b"PK")


def check_kind(data: bytes) -> None:
    """Raise Invalid on the field "file" for a file that is empty, too large or known to be no table."""
    if not data:
        raise Invalid(N_("文件是空的"), field=FIELD)
    if len(data) > LARGEST_FILE:
        size = {"size": -(-len(data) // MEBIBYTE), "most": LARGEST_FILE // MEBIBYTE}
        raise Invalid(N_("文件有 %(size)s MB，最多 %(most)s MB"), field=FIELD, **size)
    for signature, words in _SIGNATURES.items():
        if data.startswith(signature):
            raise Invalid(words, field=FIELD)


def check_rows(lines: Sequence[object]) -> None:
    """Raise Invalid on the field "file" for more rows than are taken."""
    if len(lines) > MOST_ROWS:
        raise Invalid(N_("文件超过 %(most)s 行，请分成几个文件"), field=FIELD, most=f"{MOST_ROWS:,}")


# --- between here and the process of its own ---


def tell(read: Callable[[], object]) -> bytes:
    """Return what `read` returns, or what is wrong with the file, as JSON; for the process of its own alone."""
    try:
        told = {"read": read()}
    except Invalid as fault:
        told = {"fault": fault.words.msgid, "params": fault.words.params}
    return json.dumps(told, ensure_ascii=False, default=str).encode("utf-8", "replace")


def ask(reader: Bounded, data: bytes, patience: float) -> Any:
    """Return what a process of its own makes of a file with `tell`; raise Invalid, or TooMany, on the field "file".

    A day in a cell comes back as its text. This may take seconds: whoever calls holds no transaction.
    """
    try:
        told = json.loads(reader(data, patience=patience))
        if "read" in told:
            return told["read"]
        fault = Words(str(told["fault"]), dict(told["params"]))
        str(fault)
    except Busy:
        raise TooMany(N_("现在传文件的人多，请一分钟后再传"), field=FIELD, retry_after=60) from None
    # A file that gets the better of the reader may make it answer anything.
    except (Failed, ValueError, KeyError, TypeError):
        raise Invalid(N_("这个表格太大或太复杂，没能读完。请另存成一份只有这张表的文件再传"), field=FIELD) from None
    raise Invalid(fault.msgid, field=FIELD, **fault.params)


def answer(data: bytes) -> bytes:
    """Return the rows of a workbook's first sheet; for the process of its own alone."""
    return tell(lambda: read_lines(data))


_reader = Bounded(answer, LIMITS, at_once=1)


# --- what pages carry ---


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
        lines: list[list[object]] = [list(line) for line in islice(reader, MOST_ROWS + 1)]
    except csv.Error:
        raise Invalid(N_("第 %(line)s 行读不懂，可能少了一个引号"), field=FIELD, line=reader.line_num) from None
    check_rows(lines)
    if sum(map(len, lines)) > MOST_CELLS:
        raise Invalid(N_("表格的行或列太多，请删掉数据以外的空行空列"), field=FIELD)
    return lines


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
