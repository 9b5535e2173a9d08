"""An .xlsx file opened: what it may unpack to, and the cells of its sheets; a refusal says what to do about the file.

What stands in cells may be much more than what stands in the file: one shared text fills as many as refer to it. Run
where a stranger's file can do no more than fail (see bounded.py).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import python_calamine

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

FIELD = "file"
LARGEST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_CELLS = 2_000_000
MOST_LETTERS = 8_000_000
"""In all cells together, a shared text counted in each: more than the largest CSV holds in Chinese."""

_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,9})([0-9]{0,15})["']""")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHARED_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*\bt\s*=\s*["']s["']""")
_SHARED_VALUE = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*\bt\s*=\s*["']s["'][^>]*>(?:<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f>)?)?\s*<(?:\w+:)?v>\s*([0-9]{1,9})\s*<"""
)
_SHARED_TEXT = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si\s*>)", re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")
_FULL_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>])((?:[^>/]|/(?!>))*)>(.*?)</(?:\w+:)?c\s*>", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>[^<]")
_TEXT_RESULT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_COUNTED_LATER = re.compile(rb"""\bfullCalcOnLoad\s*=\s*["'](?:1|true)["']""")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of a workbook with all its rows."""

    name: str
    is_visible: bool
    lines: list[list[object]]


def parts_of(data: bytes) -> dict[str, bytes]:
    """Return the files in a workbook by path; raise Invalid on "file" where they, or their cells, are too many."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_UNPACKED:
                raise _too_large()
            # Reading checks the length and the checksum that the archive states: neither can lie to what follows.
            parts = {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise _broken() from None
    if not any(name.lower() == "xl/workbook.xml" for name in parts):
        raise _broken()
    _check_cells(parts)
    return parts


def worksheets_in(data: bytes) -> Iterator[Worksheet]:
    """Give the sheets with cells, hidden ones too, of a workbook whose parts were checked; raise Invalid on "file"."""
    letters = cells = 0
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            for place, told in enumerate(book.sheets_metadata):
                if told.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_index(place)
                cells += sheet.total_height * sheet.total_width
                if cells > MOST_CELLS:
                    raise _too_wide()
                lines: list[list[object]] = [list(line) for line in sheet.to_python(skip_empty_area=False)]
                letters += sum(len(cell) for line in lines for cell in line if isinstance(cell, str))
                if letters > MOST_LETTERS:
                    raise _too_large()
                yield Worksheet(told.name, told.visible == python_calamine.SheetVisibleEnum.Visible, lines)
    except (python_calamine.CalamineError, OSError, IndexError, ValueError):
        raise _broken() from None


def uncounted_formula(parts: Mapping[str, bytes]) -> str | None:
    """Return the place of a formula whose result is not in the file, as B4 (or "?"); None where there is none.

    A program that writes formulas and cannot count puts nothing or a zero there, and has Excel count on opening.
    """
    none_counts = any(
        _COUNTED_LATER.search(part) for name, part in parts.items() if name.lower().endswith("workbook.xml")
    )
    for part in _with_cells(parts):
        if not _FORMULA.search(part):
            continue
        for cell in _FULL_CELL.finditer(part):
            head, body = cell.groups()
            if _FORMULA.search(body) and (none_counts or not (_VALUE.search(body) or _TEXT_RESULT.search(head))):
                place = _PLACE.search(head)
                return b"".join(place.groups()).decode() if place else "?"
    return None


def _with_cells(parts: Mapping[str, bytes]) -> Iterator[bytes]:
    # A workbook may keep its sheets under any path.
    return (part for part in parts.values() if b"sheetData" in part)


def _check_cells(parts: Mapping[str, bytes]) -> None:
    """Refuse cells so far out or so many, or so much text in them, that reading them fills the memory."""
    shared = [_letters(text) for part in parts.values() if b"sst" in part for text in _SHARED_TEXT.findall(part)]
    longest = max(shared, default=0)
    cells = letters = 0
    for part in _with_cells(parts):
        _refuse_far_cells(part)
        cells += sum(1 for _cell in _ANY_CELL.finditer(part))
        if cells > MOST_CELLS:
            raise _too_wide()
        referring = sum(1 for _cell in _SHARED_CELL.finditer(part))
        places = [int(place) for place in _SHARED_VALUE.findall(part)]
        # A cell that is written so that its text is not found counts as the longest.
        letters += sum(shared[place] for place in places if place < len(shared))
        letters += max(referring - len(places), 0) * longest
        if letters > MOST_LETTERS:
            raise _too_large()


def _letters(text: bytes) -> int:
    return len(_TAG.sub(b"", text).decode("utf-8", "ignore"))


def _refuse_far_cells(part: bytes) -> None:
    for place in _PLACE.finditer(part):
        letters, digits = place.groups()
        if int(digits or 0) > MOST_ROWS or _column_number(letters) > MOST_COLUMNS:
            raise _too_wide()


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _too_large() -> Invalid:
    return Invalid(N_("这个 Excel 文件展开后太大，请只保留要导入的那张表"), field=FIELD)


def _too_wide() -> Invalid:
    return Invalid(N_("表格的行或列太多，请删掉数据以外的空行空列"), field=FIELD)


def _broken() -> Invalid:
    return Invalid(N_("这个 Excel 文件打不开，请重新保存一次再上传"), field=FIELD)
