"""A 统计表格 that somebody made elsewhere: what may be brought, and what of it is printed. Pure."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

from volunteer.evidence.contents import OwnTable
from volunteer.kernel.errors import Invalid
from volunteer.kernel.sheets import read_lines
from volunteer.kernel.text import N_

PRINTED_ROWS, PRINTED_COLUMNS, PRINTED_LETTERS = 200, 8, 60
"""More than this stands in the file that lies beside the book alone (our decision)."""
MARK = N_("自填")
# Documents of identity and mobile phones: nothing that names a person belongs into a dossier.
_PERSONAL = re.compile(
    r"(?<![0-9])(?:[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]|1[3-9]\d{9})(?![0-9])"
)


def check_own_table(content: bytes) -> OwnTable:
    """Return what would be printed of a table that was brought. Raises Invalid on "file".

    Refused are what is no table, bombs, macros, tables without rows, and what looks like a person's number.
    """
    lines = _filled(read_lines(content))
    if content.startswith(b"PK") and _has_macros(content):
        raise Invalid(N_("这个 Excel 文件带宏，请另存为不带宏的 .xlsx 再传"), field="file")
    if len(lines) < 2:
        raise Invalid(N_("表里没有内容：第一行是表头，下面至少要有一行"), field="file")
    for place, line in enumerate(lines, start=1):
        if any(_PERSONAL.search(cell) for cell in line):
            raise Invalid(
                N_("第 %(line)s 行像有身份证号或手机号。档案里不放个人信息，请删掉再传"), field="file", line=str(place)
            )
    return _part(lines)


def printed_part(content: bytes) -> OwnTable | None:
    """Return what is printed of a table that was kept; None where it cannot be read any more."""
    try:
        return _part(_filled(read_lines(content)))
    except Invalid:
        return None


def _filled(lines: Sequence[Sequence[object]]) -> list[list[str]]:
    said = [[_said(cell) for cell in line] for line in lines]
    return [line for line in said if any(line)]


def _part(lines: Sequence[Sequence[str]]) -> OwnTable:
    width = max(map(len, lines), default=0)
    used = [place for place in range(width) if any(place < len(line) and line[place] for line in lines)]
    kept = used[:PRINTED_COLUMNS]
    rows = [
        tuple(line[place][:PRINTED_LETTERS] if place < len(line) else "" for place in kept)
        for line in lines[: PRINTED_ROWS + 1]
    ]
    return OwnTable(tuple(rows), max(len(lines) - 1, 0), len(used))


def _said(cell: object) -> str:
    match cell:
        case None:
            return ""
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.date().isoformat() if cell.time() == cell.time().min else f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
    return " ".join(str(cell).split())


def _has_macros(content: bytes) -> bool:
    with ZipFile(BytesIO(content)) as parts:
        return any("vbaproject" in name.lower() for name in parts.namelist())
