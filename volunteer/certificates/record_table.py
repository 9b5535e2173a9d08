"""The table of a certificate: each record, or on a page without room for them what was done in sum. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from volunteer.certificates.rules import CertificateFacts, CertificateLine
from volunteer.kernel.fonts import Voice, without_ornaments
from volunteer.kernel.ornaments import INSIDE
from volunteer.kernel.paper import WIDTH, Align, Paper
from volunteer.kernel.speech import hours_text, say_date
from volunteer.kernel.typesetting import GREY, INK, SEAL_RED, Colour, Style

LEFT, RIGHT = INSIDE + 7.4, WIDTH - INSIDE - 7.4
ACROSS = RIGHT - LEFT

_HAIR: Colour = (0.84, 0.77, 0.66)
_TINT: Colour = (0.978, 0.962, 0.935)

_CELL = Style(Voice.REGULAR, 9.2, INK)
_HEAD = Style(Voice.BOLD, 9.5, INK)
_SMALL = Style(Voice.REGULAR, 7, GREY)

_HEAD_HEIGHT, _ENGLISH_HEIGHT, _SUM_HEIGHT = 8.0, 3.2, 9.0
_ROW_PADDING, _LEADING = 3.1, 4.2
_CELL_LINES = 6
_MOST_CONTENTS = 6

_CELL_MARGIN, _WIDEST_CONTENT = 2.0, 26.0

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class _Column(NamedTuple):
    title: str
    english: str
    width: float = 0.0
    align: Align = Align.LEFT


_DAY = _Column("服务日期", "Date")
_ACTIVITY = _Column("活动名称", "Activity")
_CONTENT = _Column("服务内容", "Service")
_PLACE = _Column("地点", "Place")
_MINUTES = _Column("服务时间", "Time", align=Align.RIGHT)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row laid out: the lines of each cell, small English under the first and last, millimetres, minutes."""

    cells: tuple[tuple[str, ...], ...]
    english: tuple[str, str]
    height: float
    minutes: int


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows."""

    columns: tuple[_Column, ...]
    rows: tuple[_Row, ...]
    is_bilingual: bool

    @property
    def height(self) -> float:
        """Return the millimetres of all of it, head and sum included."""
        return self._chrome + sum(row.height for row in self.rows)

    @property
    def _chrome(self) -> float:
        return _HEAD_HEIGHT + _ENGLISH_HEIGHT * self.is_bilingual + _SUM_HEIGHT

    def pages(self, room: float) -> list["Table"]:
        """Share the rows out to tables of at most `room` millimetres, each with at least one row."""
        shared: list[list[_Row]] = [[]]
        left = room - self._chrome
        for row in self.rows:
            if row.height > left and shared[-1]:
                shared.append([])
                left = room - self._chrome
            shared[-1].append(row)
            left -= row.height
        return [Table(self.columns, tuple(rows), self.is_bilingual) for rows in shared]


# --- laying out ---


def table_of_records(paper: Paper, facts: CertificateFacts) -> Table:
    """Return every record as a row; days and times never break, the others share the width by what they need."""
    has_place = any(line.place for line in facts.lines)
    records = [_record(paper, line, has_place=has_place) for line in facts.lines]
    titles = [_DAY, _ACTIVITY, _CONTENT, *([_PLACE] if has_place else []), _MINUTES]
    needs = [
        max(paper.width(text, style) for text, style in {(title.title, _HEAD), *((text, _CELL) for text in texts)})
        + 2 * _CELL_MARGIN
        for title, texts in zip(
            titles, zip(*(texts for texts, _english, _minutes in records), strict=True), strict=True
        )
    ]
    widths = _shared_widths(needs)
    columns = [title._replace(width=width) for title, width in zip(titles, widths, strict=True)]
    rows = [_lay_out(paper, columns, *record, facts) for record in records]
    return Table(tuple(columns), tuple(rows), facts.is_bilingual)


def table_of_contents(paper: Paper, facts: CertificateFacts) -> Table:
    """Return what was done, how often and how long, most first; what is beyond six kinds in one row."""
    sums: dict[str, tuple[int, int]] = {}
    for line in facts.lines:
        times, minutes = sums.get(line.content, (0, 0))
        sums[line.content] = times + 1, minutes + line.minutes
    ranked = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    if len(ranked) > _MOST_CONTENTS:
        rest = [amounts for _, amounts in ranked[_MOST_CONTENTS - 1 :]]
        other = f"其他 {len(rest)} 类"
        ranked = [*ranked[: _MOST_CONTENTS - 1], (other, (sum(one for one, _ in rest), sum(two for _, two in rest)))]
    columns = (
        _Column("服务内容", "Service", ACROSS - 70),
        _Column("次数", "Occasions", 28, Align.RIGHT),
        _Column("服务时间", "Time", 42, Align.RIGHT),
    )
    rows = [
        _lay_out(paper, columns, [content, f"{times:,} 次", hours_and_minutes(minutes)], ("", ""), minutes, facts)
        for content, (times, minutes) in ranked
    ]
    return Table(columns, tuple(rows), facts.is_bilingual)


def _shared_widths(needs: Sequence[float]) -> list[float]:
    """Return the millimetres of each column: day, activity, service, perhaps place, time.

    When not everything fits in one line, the place keeps what the activity leaves over, and two fifths in any case.
    """
    day, activity, content, *places, minutes = needs
    content = min(content, _WIDEST_CONTENT)
    left = ACROSS - day - content - minutes
    places = [min(place, max(left - activity, left * 0.4)) for place in places]
    return [day, left - sum(places), content, *places, minutes]


def _record(paper: Paper, line: CertificateLine, *, has_place: bool) -> tuple[list[str], tuple[str, str], int]:
    texts = [line.activity_title, line.content, *([line.place] if has_place else [])]
    texts = [without_ornaments(text, paper.fonts) for text in texts]
    english = english_day(line.served_on), english_time(line.minutes)
    return [chinese_day(line.served_on), *texts, hours_and_minutes(line.minutes)], english, line.minutes


def _lay_out(
    paper: Paper,
    columns: Sequence[_Column],
    texts: Sequence[str],
    english: tuple[str, str],
    minutes: int,
    facts: CertificateFacts,
) -> _Row:
    cells = tuple(
        tuple(paper.balance(text, _CELL, column.width - 2 * _CELL_MARGIN, most=_CELL_LINES))
        for text, column in zip(texts, columns, strict=True)
    )
    english = english if facts.is_bilingual else ("", "")
    lines = max(*map(len, cells), 1 + 0.85 * any(english))
    return _Row(cells, english, lines * _LEADING + _ROW_PADDING, minutes)


# --- drawing ---


def draw_table(paper: Paper, table: Table, y: float) -> float:
    """Draw head and rows from `y` down and return where they end."""
    head = _HEAD_HEIGHT + _ENGLISH_HEIGHT * table.is_bilingual
    paper.box(LEFT, y, ACROSS, head, fill=_TINT)
    paper.rule(LEFT, y, RIGHT, y, points=0.9, colour=SEAL_RED)
    paper.rule(LEFT, y + head, RIGHT, y + head, points=0.5, colour=_HAIR)
    for x, column in _placed(table.columns):
        paper.text(x, y + 5.4, column.title, _HEAD, align=column.align)
        if table.is_bilingual:
            paper.text(x, y + 9.2, column.english, _SMALL, align=column.align)
    y += head
    for row in table.rows:
        _draw_row(paper, table, row, y)
        y += row.height
        paper.rule(LEFT, y, RIGHT, y, points=0.4, colour=_HAIR)
    return y


def _draw_row(paper: Paper, table: Table, row: _Row, y: float) -> None:
    placed = list(_placed(table.columns))
    for (x, column), cell in zip(placed, row.cells, strict=True):
        for number, text in enumerate(cell):
            paper.text(x, y + 4.9 + number * _LEADING, text, _CELL, align=column.align)
    for (x, column), text in zip((placed[0], placed[-1]), row.english, strict=True):
        if text:
            paper.text(x, y + 8.4, text, _SMALL, align=column.align)


def _placed(columns: Sequence[_Column]) -> Iterator[tuple[float, _Column]]:
    """Yield each column with where its text stands."""
    x = LEFT
    for column in columns:
        yield (x + _CELL_MARGIN if column.align is Align.LEFT else x + column.width - _CELL_MARGIN), column
        x += column.width


def draw_total(paper: Paper, facts: CertificateFacts, y: float) -> None:
    """Draw the sum of everything under a table that ends at `y`."""
    minutes = facts.total_minutes
    paper.rule(LEFT, y, RIGHT, y, points=0.9, colour=SEAL_RED)
    text = f"合计　{hours_and_minutes(minutes)}，即 {hours_text(minutes)} 小时"
    paper.text(RIGHT - 2, y + 5.8, text, _HEAD, align=Align.RIGHT)
    if facts.is_bilingual:
        text = f"Total {english_time(minutes)}, that is {hours_text(minutes)} hours"
        paper.text(LEFT + 2, y + 5.7, text, _SMALL._replace(size=7.5))


def draw_page_sum(paper: Paper, table: Table, so_far: int, y: float) -> None:
    """Draw the sum of one page and the sum so far."""
    paper.rule(LEFT, y, RIGHT, y, points=0.9, colour=SEAL_RED)
    own = sum(row.minutes for row in table.rows)
    page, running = f"本页小计　{hours_and_minutes(own)}", f"累计　{hours_and_minutes(so_far)}"
    if table.is_bilingual:
        page, running = f"{page}　This page {english_time(own)}", f"{running}　So far {english_time(so_far)}"
    paper.text(LEFT + 2, y + 5.8, page, _CELL)
    paper.text(RIGHT - 2, y + 5.8, running, _HEAD, align=Align.RIGHT)


def sums_so_far(tables: Sequence[Table]) -> list[int]:
    """Return the minutes of all records up to the end of each page."""
    return list(accumulate(sum(row.minutes for row in table.rows) for table in tables))


# --- words ---


def hours_and_minutes(minutes: int) -> str:
    """Return whole minutes as people say them, exactly: 2 小时 10 分. Rows said so add up to their total."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours:,} 小时"] * bool(hours) + [f"{rest} 分"] * bool(rest or not hours))


def english_time(minutes: int) -> str:
    """Return whole minutes in English, exactly: 2 h 10 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours:,} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours))


def chinese_day(day: date) -> str:
    """Return a day in words: 2026 年 11 月 22 日."""
    return str(say_date(day))


def english_day(day: date) -> str:
    """Return a day in English words: 22 November 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
