"""A 统计表格 that somebody made elsewhere: what may be brought, and what of it is printed. Pure.

The file is looked at once, in a process of its own, when it is brought; what is printed is kept from then.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from volunteer.evidence.contents import OwnTable
from volunteer.kernel.bounded import Bounded
from volunteer.kernel.errors import Invalid
from volunteer.kernel.sheets import LIMITS, ask, check_kind, check_rows, is_workbook, read_lines, tell
from volunteer.kernel.text import N_
from volunteer.kernel.workbooks import parts_of, uncounted_formula, worksheets_in

PRINTED_ROWS, PRINTED_COLUMNS, PRINTED_LETTERS = 200, 8, 60
"""More than this stands in the file that lies beside the book alone (our decision)."""
MARK = N_("自填")
_ANSWER = 4 * 1024 * 1024
# Documents of identity and mobile phones, also with spaces or hyphens between their digits: nothing that names a person
# belongs into a dossier. Landlines, old numbers of 15 digits and pictures are not asked about.
_GAP = r"[\s\-\u2010-\u2015\u2212]{0,2}"
_PERSONAL = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?:"
    rf"[1-8](?:{_GAP}[0-9]){{5}}{_GAP}(?:1{_GAP}9|2{_GAP}0)(?:{_GAP}[0-9]){{2}}"
    rf"{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2]){_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}[0-9]|3{_GAP}[01])(?:{_GAP}[0-9]){{3}}{_GAP}[0-9Xx]"
    rf"|(?:(?:00)?86{_GAP})?1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}"
    r")(?![0-9])"
)
# Texts outside of cells: notes, drawings, headings of pages. Numbers in cells (<v>) are asked with their row.
_TEXT_BESIDE = re.compile(rb"<(?!/?(?:\w+:)?v[\s>])[^<>]*>([^<]{11,})<")
_ACTS = ("vbaproject", "macrosheets/", "dialogsheets/", "activex/", "ctrlprops/", "embeddings/")
_LINKS = ("externallinks/", "connections.xml", "querytables/")
# A sign before a plain figure is a figure; before a name or a bracket a spreadsheet counts, or runs, what follows.
_CSV_FORMULA = re.compile(r"\s*'?\s*(?:[=@]|[+\-].*[(!|])", re.DOTALL)


def brought_table(content: bytes, patience: float) -> OwnTable:
    """Return what would be printed of a table that somebody brought; raise Invalid, or TooMany, on "file".

    This may take seconds: whoever calls holds no transaction.
    """
    check_kind(content)
    told = ask(_reader, content, patience)
    table = as_kept(told)
    if table is None:
        raise Invalid(N_("这个 Excel 文件打不开，请重新保存一次再上传"), field="file")
    return table


def answer(content: bytes) -> bytes:
    """Return what `check_own_table` tells; for the process of its own alone."""
    return tell(lambda: asdict(check_own_table(content)))


_reader = Bounded(answer, replace(LIMITS, answer=_ANSWER), at_once=1)


def as_kept(told: Any) -> OwnTable | None:
    """Return the printed part of a table as it was kept with `asdict`; None where it is none."""
    try:
        rows = tuple(tuple(str(cell)[:PRINTED_LETTERS] for cell in row[:PRINTED_COLUMNS]) for row in told["rows"])
        table = OwnTable(rows[: PRINTED_ROWS + 1], int(told["row_count"]), int(told["column_count"]))
    except (KeyError, TypeError, ValueError):
        return None
    return table if len(set(map(len, table.rows))) == 1 else None


def check_own_table(content: bytes) -> OwnTable:
    """Return what would be printed of a table: the first sheet that is not hidden. Raises Invalid on "file".

    Refused are what is no table, bombs, macros, links to other files, formulas without results, tables without rows,
    and what looks like a person's number on any sheet.
    """
    check_kind(content)
    lines = _workbook_lines(content) if is_workbook(content) else _csv_lines(content)
    filled = [line for line in lines if any(line)]
    if len(filled) < 2:
        raise Invalid(N_("表里没有内容：第一行是表头，下面至少要有一行"), field="file")
    return _part(filled)


def _csv_lines(content: bytes) -> list[list[str]]:
    lines = _as_said(read_lines(content))
    _refuse_personal(lines)
    for place, line in enumerate(lines, start=1):
        if any(_CSV_FORMULA.match(cell) for cell in line):
            raise Invalid(
                N_("第 %(line)s 行有公式（以 =、@ 等开头的格），请改成算好的数字或文字再传"),
                field="file",
                line=str(place),
            )
    return lines


def _workbook_lines(content: bytes) -> list[list[str]]:
    """Return the first sheet that is not hidden, where nothing in the whole workbook is refused."""
    parts = parts_of(content)
    _refuse_what_acts(parts)
    if place := uncounted_formula(parts):
        raise Invalid(
            N_("%(cell)s 格的公式没有存下结果。请用 Excel 打开保存一次，或把公式改成数字，再传"),
            field="file",
            cell=place,
        )
    shown: list[list[str]] | None = None
    for number, sheet in enumerate(worksheets_in(content)):
        check_rows(sheet.lines)
        lines = _as_said(sheet.lines)
        _refuse_personal(lines, sheet=sheet.name if number else "")
        if shown is None and sheet.is_visible:
            shown = lines
    for part in parts.values():
        if any(_names_a_person(text.decode("utf-8", "ignore")) for text in _TEXT_BESIDE.findall(part)):
            raise Invalid(N_("批注、图形或页眉里像有身份证号或手机号。档案里不放个人信息，请删掉再传"), field="file")
    return shown or []


def _refuse_what_acts(parts: Mapping[str, bytes]) -> None:
    names = [name.lower() for name in parts]
    if any(sign in name for sign in _ACTS for name in names):
        raise Invalid(N_("这个 Excel 文件带宏、控件或嵌入的文件，请另存为不带这些的 .xlsx 再传"), field="file")
    if any(sign in name for sign in _LINKS for name in names):
        raise Invalid(N_("这个 Excel 文件连着别的文件或数据源。请断开链接，把数字粘贴成数值再传"), field="file")


def _refuse_personal(lines: Sequence[Sequence[str]], *, sheet: str = "") -> None:
    for place, line in enumerate(lines, start=1):
        if not any(_names_a_person(cell) for cell in line):
            continue
        if sheet:
            words = N_("工作表“%(sheet)s”第 %(line)s 行像有身份证号或手机号（隐藏的表也看）。请删掉再传")
            raise Invalid(words, field="file", sheet=sheet[:31], line=str(place))
        words = N_("第 %(line)s 行像有身份证号或手机号。档案里不放个人信息，请删掉再传")
        raise Invalid(words, field="file", line=str(place))


def _names_a_person(text: str) -> bool:
    return len(text) >= _SHORTEST and _PERSONAL.search(normalize("NFKC", text)) is not None


_SHORTEST = 11


def _as_said(lines: Sequence[Sequence[object]]) -> list[list[str]]:
    return [[_said(cell) for cell in line] for line in lines]


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
