"""A 统计表格 on paper: of indicators, of records, or one that somebody brought. Pure."""

from volunteer.evidence.contents import OwnTable, PackedItem
from volunteer.evidence.listings import Listing
from volunteer.evidence.pages import ACROSS, CELL, FINE, SMALL, SUBHEADING, Column, Sheet
from volunteer.evidence.rules import OwnTableFacts
from volunteer.evidence.statistics import Statistics
from volunteer.kernel.fonts import Voice
from volunteer.kernel.paper import Align
from volunteer.kernel.speech import say_date
from volunteer.kernel.typesetting import GREY, INK, SEAL_RED, Style

MOST_ROWS_PRINTED = 400
"""Longer tables stand in the raw tables alone: nobody leafs through sixty pages of rows (our decision)."""
MOST_LINES_PRINTED = 60
"""Of a list line by line: two pages (our decision)."""
_WIDTHS = (36.0, 29.0, 29.0, 30.0, ACROSS - 124.0)
_ALIGNS = (Align.LEFT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.LEFT)
_DAY = Style(Voice.REGULAR, 10, GREY)
_HOW = CELL._replace(colour=SEAL_RED)


def draw_table(sheet: Sheet, item: PackedItem) -> None:
    """Draw the table of an item below its title, with how its figures came about."""
    match item.statistics:
        case Statistics() as told:
            _indicators(sheet, told)
        case Listing() as told:
            _listing(sheet, told)
        case None if isinstance(item.facts, OwnTableFacts):
            _brought(sheet, item, item.facts)


def _indicators(sheet: Sheet, told: Statistics) -> None:
    sheet.heading(f"数字截至 {say_date(told.read_on)}", _DAY, after=3)
    for part in told.sheets:
        sheet.room(90)
        if len(told.sheets) > 1:
            sheet.line(part.indicator.name, SUBHEADING, after=2)
        columns = [
            Column(title, wide, align) for title, wide, align in zip(part.headings, _WIDTHS, _ALIGNS, strict=True)
        ]
        whole = (part.whole.area_name + "（整体）", *part.whole.shown)
        if len(part.rows) > MOST_ROWS_PRINTED:
            sheet.table(columns, [whole], is_bold=lambda row: True)
            _say_longer(sheet, len(part.rows))
        else:
            rows = [(row.area_name, *row.shown) for row in part.rows]
            sheet.table(columns, [*rows, whole], is_bold=whole.__eq__)
        _derive(sheet, [*part.derivation, *told.basis], told.remarks)


def _listing(sheet: Sheet, told: Listing) -> None:
    sheet.heading(f"数字截至 {say_date(told.read_on)}", _DAY, after=3)
    columns = [Column(one.label, float(one.wide), Align.RIGHT if one.is_number else Align.LEFT) for one in told.printed]
    totals = told.shown(told.totals, printed=True) if told.totals else []
    if not told.rows:
        sheet.line(told.nothing, CELL)
    elif len(told.rows) > MOST_LINES_PRINTED:
        _in_groups(sheet, told)
    else:
        rows = [told.shown(row, printed=True) for row in told.rows]
        sheet.table(columns, [*rows, *([totals] if totals else [])], is_bold=lambda row: bool(totals) and row is totals)
    _derive(sheet, list(told.basis), told.remarks)


def _in_groups(sheet: Sheet, told: Listing) -> None:
    """Draw how many lines there are of what, in place of a list that nobody leafs through."""
    sheet.line(f"共 {len(told.rows):,} 项，不逐项印出，全表见汇编里的“原始表格”。", CELL, after=3)
    for name, counts in told.groups:
        columns = [Column(name, 100.0), Column("项数", ACROSS - 100.0, Align.RIGHT)]
        sheet.table(columns, [(label, f"{count:,}") for label, count in counts])
        sheet.y += 4


def _say_longer(sheet: Sheet, rows: int) -> None:
    sheet.y += 2
    sheet.line(f"分行共 {rows:,} 行，不逐行印出，全表见汇编里的“原始表格”。", SMALL)


def _derive(sheet: Sheet, pairs: list[tuple[str, str]], remarks: tuple[str, ...]) -> None:
    sheet.y += 4
    sheet.room(50)
    sheet.line("这些数字怎么来的", _HOW, after=1)
    sheet.pairs(pairs, style=Style(Voice.REGULAR, 8, INK), term=22)
    sheet.y += 3
    for remark in remarks:
        sheet.line(remark, SMALL)
    sheet.y += 6


def _brought(sheet: Sheet, item: PackedItem, told: OwnTableFacts) -> None:
    sheet.heading(f"自填　统计截至 {say_date(told.counted_to)}", _DAY, after=3)
    if item.own is None:
        sheet.line("这张表没能印出来，原件见汇编里的“原件”。", CELL)
    else:
        _own_rows(sheet, item.own)
    sheet.y += 4
    sheet.room(50)
    sheet.line("这些数字怎么来的", _HOW, after=1)
    file = [("文件", item.file.name), ("SHA-256", item.file.digest)] if item.file else []
    pairs = [("填表单位", told.unit), ("数字来源", told.source), *file]
    sheet.pairs(pairs, style=Style(Voice.REGULAR, 8, INK), term=22)
    sheet.y += 3
    sheet.line("这张表由填表单位自己填报，平台没有参与统计，原样收录。", SMALL)


def _own_rows(sheet: Sheet, own: OwnTable) -> None:
    wide = ACROSS / max((own.rows and len(own.rows[0])) or 0, 1)
    style = CELL if len(own.rows[0]) <= _FEW else FINE
    sheet.table([Column(title, wide) for title in own.rows[0]], own.rows[1:], style=style)
    left_rows, left_columns = own.row_count - len(own.rows) + 1, own.column_count - len(own.rows[0])
    if left_rows or left_columns:
        sheet.y += 2
        sheet.line(f"全表 {own.row_count:,} 行 {own.column_count} 列，印不下的见汇编里的“原件”。", SMALL)


_FEW = 5
