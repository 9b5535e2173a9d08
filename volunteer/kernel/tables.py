"""A table that people take away: one value, written as CSV or as an Excel sheet. Used by every room that exports."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from io import BytesIO, StringIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import MINUTES_PER_HOUR, decimal_down
from volunteer.kernel.text import N_


@dataclass(frozen=True, slots=True)
class Instead:
    """A text in the place of a figure that is known and not shown."""

    text: str


Cell = str | int | Fraction | date | Instead | None

MISSING = "—"
MEDIA_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
EXCEL_ROWS = 1_048_576
EXCEL_TEXT = 32_767


class Kind(StrEnum):
    """What a column's cells are, apart from None, which is a missing figure."""

    TEXT = "text"
    INT = "int"
    PERCENT = "percent"  # an exact share of one
    HOURS = "hours"  # minutes, exact
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the kind of the cells under it; `width` in characters, for Excel."""

    label: str
    kind: Kind = Kind.TEXT
    width: int = 14


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, with totals below and notes that say what was counted, how and as of when.

    All texts are already in the reader's language. `rows` may be an iterator; it is read once, in order.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    totals: Sequence[Sequence[Cell]] = ()
    notes: Sequence[str] = ()


def table_bytes(table: Table, kind: str, made_at: datetime) -> bytes:
    """Return the table as a file of one of MEDIA_TYPES, csv or xlsx; `made_at` goes into a workbook's properties."""
    return csv_bytes(table) if kind == "csv" else xlsx_bytes(table, made_at)


def csv_bytes(table: Table) -> bytes:
    """Return the table as CSV, in UTF-8 with the mark that Excel needs: heading, rows, totals, then title and notes.

    Percentages and hours are rounded down to 0.01, as on the page. No text cell can start a formula.
    """
    out = StringIO()
    writer = csv.writer(out)
    kinds = [column.kind for column in table.columns]
    writer.writerow([harmless(column.label) for column in table.columns])
    for rows in (table.rows, table.totals):
        writer.writerows([_csv_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows)
    writer.writerow([])
    writer.writerows([harmless(note)] for note in (table.title, *table.notes))
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell, kind: Kind) -> str:
    match kind, cell:
        case _, None:
            return MISSING
        case _, Instead():
            return harmless(cell.text)
        case Kind.PERCENT, int() | Fraction():
            return decimal_down(cell * 100, separator="") + "%"
        case Kind.HOURS, int() | Fraction():
            return decimal_down(Fraction(cell) / MINUTES_PER_HOUR, separator="")
        case Kind.INT, int():
            return str(cell)
        case Kind.DATE, date():
            return cell.isoformat()
        case Kind.TEXT, str():
            return harmless(cell)
    raise TypeError(f"{cell!r} in a column of {kind}")


def harmless(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula; Chinese editions read the full-width signs, too."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")) else text


_FORMATS = {
    Kind.TEXT: {"num_format": "@", "align": "left"},
    Kind.INT: {"num_format": "#,##0", "align": "right"},
    Kind.PERCENT: {"num_format": "0.00%", "align": "right"},
    Kind.HOURS: {"num_format": "#,##0.00", "align": "right"},
    Kind.DATE: {"num_format": "yyyy-mm-dd", "align": "right"},
}
_HEADING = {"bold": True, "bottom": 1, "bg_color": "#F2EFEA"}
_TOTAL = {"bold": True, "top": 1}


def xlsx_bytes(table: Table, made_at: datetime) -> bytes:
    """Return the table as an Excel workbook, ready to print: title, notes, heading, rows, totals.

    Numbers are numbers, cut to 0.01 as on the page, texts never formulas. `made_at` goes into the file's properties:
    the same table and moment give the same bytes. Raises Invalid where a sheet cannot hold all rows. Memory does not
    grow with rows.
    """
    return book_bytes(table.title, {table.title: table}, made_at)


def book_bytes(title: str, tables: Mapping[str, Table], made_at: datetime) -> bytes:
    """Return tables as the sheets of one Excel workbook, by what stands on their tabs; otherwise as `xlsx_bytes`."""
    out = BytesIO()
    with xlsxwriter.Workbook(
        out, {"constant_memory": True}
    ) as book:  # closing removes its scratch file, also on refusal
        book.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
        for tab, table in tables.items():
            _write_sheet(book, tab, table)
    return out.getvalue()


def _write_sheet(book: xlsxwriter.Workbook, tab: str, table: Table) -> None:
    sheet = book.add_worksheet(_sheet_name(tab))
    heading = 2 + len(table.notes)
    _lay_out(sheet, table.columns, heading)
    sheet.write_string(0, 0, table.title, book.add_format({"bold": True, "font_size": 14}))
    grey = book.add_format({"font_color": "#595959"})
    for line, note in enumerate(table.notes, start=1):
        sheet.write_string(line, 0, note[:EXCEL_TEXT], grey)
    for place, column in enumerate(table.columns):
        align = {"align": _FORMATS[column.kind]["align"]}
        sheet.write_string(heading, place, column.label, book.add_format(_HEADING | align))
    line = _write_rows(sheet, table, table.rows, heading + 1, _formats(book, {}))
    _write_rows(sheet, table, table.totals, line, _formats(book, _TOTAL))


def _lay_out(sheet: Worksheet, columns: Sequence[Column], heading: int) -> None:
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(heading + 1, 0)
    sheet.repeat_rows(heading)
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def _formats(book: xlsxwriter.Workbook, extra: Mapping[str, object]) -> dict[Kind, Format]:
    return {kind: book.add_format({**properties, **extra}) for kind, properties in _FORMATS.items()}


def _write_rows(
    sheet: Worksheet, table: Table, rows: Iterable[Sequence[Cell]], first_line: int, formats: Mapping[Kind, Format]
) -> int:
    """Write rows from a line on and return the line after them."""
    line = first_line
    for row in rows:
        if line >= EXCEL_ROWS:
            raise Invalid(N_("行数超过了 Excel 的上限，请缩小范围，或者下载 CSV"))
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(sheet, line, place, cell, column.kind, formats[column.kind])
        line += 1
    return line


def _write_cell(sheet: Worksheet, line: int, place: int, cell: Cell, kind: Kind, style: Format) -> None:
    match kind, cell:
        case _, None:
            sheet.write_string(line, place, MISSING, style)
        case _, Instead():
            sheet.write_string(line, place, cell.text, style)
        case Kind.PERCENT, int() | Fraction():
            sheet.write_number(line, place, cell * 10_000 // 1 / 10_000, style)
        case Kind.HOURS, int() | Fraction():
            sheet.write_number(line, place, cell * 100 // MINUTES_PER_HOUR / 100, style)
        case Kind.INT, int():
            sheet.write_number(line, place, cell, style)
        case Kind.DATE, date():
            sheet.write_datetime(line, place, cell, style)
        case Kind.TEXT, str():
            sheet.write_string(line, place, cell[:EXCEL_TEXT], style)
        case _:
            raise TypeError(f"{cell!r} in a column of {kind}")


def _sheet_name(title: str) -> str:
    """Return the title as Excel takes it for a sheet: 31 characters, none of its own signs."""
    return "".join(sign for sign in title if sign not in "[]:*?/\\'")[:31].strip() or "1"
