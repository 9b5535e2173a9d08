"""志愿服务记录证明 as a PDF: one page to frame, further pages when the list of records is long. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import urlsplit

from volunteer.certificates.rules import CertificateFacts, CertificateLine
from volunteer.kernel.fonts import FontSet, Voice, without_ornaments
from volunteer.kernel.paper import WIDTH, Align, Colophon, Colour, Line, Paper, Span, Style, open_paper
from volunteer.kernel.speech import hours_text, say_date

TITLE = "志愿服务记录证明"
ENGLISH_TITLE = "CERTIFICATE OF VOLUNTEER SERVICE RECORDS"
LEGAL_NOTE = "本证明依据《志愿服务记录与证明出具办法（试行）》（民政部令第67号）免费出具，不得用于营利目的。"

_RED: Colour = (0.58, 0.13, 0.11)
_INK: Colour = (0.12, 0.10, 0.09)
_GREY: Colour = (0.40, 0.37, 0.35)
_HAIR: Colour = (0.80, 0.75, 0.71)
_TINT: Colour = (0.972, 0.957, 0.945)

_HEADLINE = Style(Voice.BOLD, 31, _RED)
_SUBTITLE = Style(Voice.REGULAR, 8.5, _GREY)
_NAME = Style(Voice.NAME, 32, _INK)
_BODY = Style(Voice.REGULAR, 13, _INK)
_STRONG = Style(Voice.BOLD, 13, _INK)
_HOURS = Style(Voice.BOLD, 15, _RED)
_ENGLISH = Style(Voice.REGULAR, 9.5, _GREY)
_PLAIN = Style(Voice.REGULAR, 10.5, _INK)
_QUIET = Style(Voice.REGULAR, 10, _GREY)
_SMALL = Style(Voice.REGULAR, 8.5, _GREY)
_CELL = Style(Voice.REGULAR, 9.5, _INK)
_HEAD = Style(Voice.BOLD, 9.5, _INK)

_CENTRE = WIDTH / 2
_LEFT, _RIGHT = 26.0, WIDTH - 26.0
_ACROSS = _RIGHT - _LEFT
_START, _FIRST_END = 45.0, 232.0
_NEXT_START, _NEXT_END = 51.0, 268.0
_STATEMENT_HEIGHT = 71.0
_MOST_AIR = 8.5
_LEADING, _ENGLISH_LEADING = 8.4, 4.8
_HEAD_HEIGHT, _SUM_HEIGHT = 8.0, 8.0
_SHORT_NAME = 4
_ROW_PADDING, _CELL_LEADING = 3.2, 4.3
_CELL_LINES = 6

_FIXED = {
    Voice.REGULAR: LEGAL_NOTE
    + "编号志愿者证件码兹明于年月日至期间，参加由组织并记录的服务次累计时间小分。特此"
    + "扫描二维码或打开输入编号核验真伪和状态（盖章）-*.",
    Voice.BOLD: TITLE + "日期活动名称内容地点时间合计小分0123456789.，即 ",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class _Column(NamedTuple):
    title: str
    english: str
    width: float
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class _Row:
    """One record laid out: the lines of each cell, its height in millimetres, its minutes."""

    cells: tuple[tuple[str, ...], ...]
    height: float
    minutes: int


def draw_certificate(facts: CertificateFacts, fonts: FontSet) -> bytes:
    """Return the certificate as a PDF file; the same facts and fonts give the same bytes.

    Raises Invalid naming a character that no font has. Emoji in titles and places are left out, never in names.
    """
    colophon = Colophon(
        title=f"{TITLE} {facts.number}",
        author=facts.issuer_name,
        maker=facts.product_name,
        subject=f"{facts.holder_name} {say_date(facts.period_from)}–{say_date(facts.period_to)}",
        made_on=facts.issued_on,
        fixed=_FIXED,
    )
    with open_paper(colophon, fonts) as paper:
        columns = _columns(facts)
        rows = [_lay_out(line, columns, paper) for line in facts.lines]
        body = _lay_out_body(paper, facts)
        head = _HEAD_HEIGHT + (3.0 if facts.is_bilingual else 0.0)
        needed = _STATEMENT_HEIGHT + body.height + head + sum(row.height for row in rows) + _SUM_HEIGHT
        air = min(max((_FIRST_END - _START - needed) / 6, 0.0), _MOST_AIR)
        table_start = _draw_statement(paper, facts, body, air)
        chrome = head + _SUM_HEIGHT
        pages = _paginate(rows, _FIRST_END - table_start - chrome, _NEXT_END - _NEXT_START - chrome)
        so_far = list(accumulate(sum(row.minutes for row in page) for page in pages))
        for number, page in enumerate(pages, start=1):
            if number > 1:
                paper.next_page()
                _draw_continuation(paper, facts)
            _draw_frame(paper)
            bottom = _draw_table(paper, columns, page, table_start if number == 1 else _NEXT_START, head)
            _draw_sum(paper, page, so_far[number - 1], bottom, is_last=number == len(pages), is_only=len(pages) == 1)
            if number == 1:
                _draw_seal_and_code(paper, facts, has_more=len(pages) > 1)
            _draw_foot(paper, facts, number, len(pages))
        return paper.finish()


def hours_and_minutes(minutes: int) -> str:
    """Return whole minutes as people say them, exactly: 2 小时 10 分. Rows said so add up to their total."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} 小时"] * bool(hours) + [f"{rest} 分"] * bool(rest or not hours))


def _english_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


# --- the statement ---


@dataclass(frozen=True, slots=True)
class _Body:
    """The sentence that certifies, laid out; `height` in millimetres."""

    lines: tuple[Line, ...]
    english: tuple[Line, ...]
    indent: float

    @property
    def height(self) -> float:
        return (len(self.lines) + 1) * _LEADING + len(self.english) * _ENGLISH_LEADING


def _lay_out_body(paper: Paper, facts: CertificateFacts) -> _Body:
    spans = (
        Span(f"于 {say_date(facts.period_from)}至 {say_date(facts.period_to)}期间，参加由", _BODY),
        Span(facts.issuer_name, _STRONG),
        Span(f"组织并记录的志愿服务 {len(facts.lines):,} 次，累计服务时间", _BODY),
        Span(f" {hours_text(facts.total_minutes)} ", _HOURS),
        Span("小时。", _BODY),
    )
    indent = paper.width("兹证", _BODY)
    english = paper.wrap([Span(_english_statement(facts), _ENGLISH)], _ACROSS) if facts.is_bilingual else ()
    return _Body(tuple(paper.wrap(spans, _ACROSS, indent=indent, justify=True)), tuple(english), indent)


def _draw_statement(paper: Paper, facts: CertificateFacts, body: _Body, air: float) -> float:
    """Draw everything above the table, `air` millimetres looser in six places, and return where the table starts."""
    y = _START + air
    paper.text(_CENTRE, y, TITLE, _HEADLINE, align=Align.CENTRE, spacing=7)
    if facts.is_bilingual:
        paper.text(_CENTRE, y + 8, ENGLISH_TITLE, _SUBTITLE, align=Align.CENTRE, spacing=1.6)
    y += 13 if facts.is_bilingual else 11
    _draw_ornament(paper, y)
    paper.text(_CENTRE, y + 8, f"编号 {facts.number}", _QUIET, align=Align.CENTRE, spacing=0.4)
    y += 21 + air
    paper.text(_CENTRE, y, "兹证明", _BODY, align=Align.CENTRE, spacing=3)
    y += 16 + air
    _draw_holder(paper, facts, y)
    y += 23 + air
    for number, line in enumerate(body.lines):
        paper.line_of_text(_LEFT + (0 if number else body.indent), y, line)
        y += _LEADING
    paper.text(_LEFT + body.indent, y, "特此证明。", _BODY)
    y += _LEADING
    for line in body.english:
        paper.line_of_text(_LEFT, y - 1, line)
        y += _ENGLISH_LEADING
    return y - 2 + air


def _draw_holder(paper: Paper, facts: CertificateFacts, y: float) -> None:
    """Draw the name over a fine line, and under it what identifies its bearer."""
    name = paper.fit(facts.holder_name, _NAME, _ACROSS - 10, smallest=8)
    spacing = 7.0 if len(facts.holder_name) <= _SHORT_NAME else 0.0
    half = max(paper.width(facts.holder_name, name, spacing) / 2 + 8, 28)
    paper.text(_CENTRE, y, facts.holder_name, name, align=Align.CENTRE, spacing=spacing)
    paper.rule(_CENTRE - half, y + 4.5, _CENTRE + half, y + 4.5, points=0.5, colour=_HAIR)
    identity = f"志愿者编号 {facts.volunteer_number}"
    if facts.masked_document:
        identity += f"　　证件号码 {facts.masked_document}"
    paper.text(_CENTRE, y + 11, identity, paper.fit(identity, _QUIET, _ACROSS, smallest=6), align=Align.CENTRE)


def _english_statement(facts: CertificateFacts) -> str:
    times = "once" if len(facts.lines) == 1 else f"on {len(facts.lines):,} occasions"
    return (
        f"This is to certify that the person named above volunteered {times} between {_english_day(facts.period_from)} "
        f"and {_english_day(facts.period_to)}, for {hours_text(facts.total_minutes)} hours in all, "
        "as recorded by the issuing organization."
    )


# --- the table of records ---


def _columns(facts: CertificateFacts) -> tuple[_Column, ...]:
    """Return the columns; without any place its width goes to the activity."""
    has_place = any(line.place for line in facts.lines)
    day, content, minutes = 23.0, 24.0, 28.0
    place = 33.0 if has_place else 0.0
    columns = [
        _Column("日期", "Date", day),
        _Column("活动名称", "Activity", _ACROSS - day - content - minutes - place),
        _Column("服务内容", "Service", content),
    ]
    if has_place:
        columns.append(_Column("地点", "Place", place))
    return (*columns, _Column("服务时间", "Time", minutes, Align.RIGHT))


def _lay_out(line: CertificateLine, columns: Sequence[_Column], paper: Paper) -> _Row:
    texts = [line.activity_title, line.content, line.place][: len(columns) - 2]
    texts = [without_ornaments(text, paper.fonts) for text in texts]
    texts = [line.served_on.isoformat(), *texts, hours_and_minutes(line.minutes)]
    cells = tuple(
        tuple(paper.wrap_text(text, _CELL, column.width - 4, most=_CELL_LINES))
        for text, column in zip(texts, columns, strict=True)
    )
    height = max(map(len, cells)) * _CELL_LEADING + _ROW_PADDING
    return _Row(cells, height, line.minutes)


def _paginate(rows: Sequence[_Row], first_room: float, next_room: float) -> list[list[_Row]]:
    """Share rows out to pages with `first_room` and then `next_room` millimetres of rows."""
    pages: list[list[_Row]] = [[]]
    room = first_room
    for row in rows:
        if row.height > room and pages[-1]:
            pages.append([])
            room = next_room
        pages[-1].append(row)
        room -= row.height
    return pages


def _draw_table(paper: Paper, columns: Sequence[_Column], rows: Sequence[_Row], y: float, head: float) -> float:
    """Draw the head, `head` millimetres high, and the rows from `y` down; return where they end."""
    paper.box(_LEFT, y, _ACROSS, head, fill=_TINT)
    paper.rule(_LEFT, y, _RIGHT, y, points=0.9, colour=_RED)
    for x, column in _placed(columns):
        paper.text(x, y + 5.3, column.title, _HEAD, align=column.align)
        if head > _HEAD_HEIGHT:
            paper.text(x, y + 9, column.english, _SUBTITLE._replace(size=7), align=column.align)
    y += head
    for row in rows:
        for (x, column), cell in zip(_placed(columns), row.cells, strict=True):
            for number, text in enumerate(cell):
                paper.text(x, y + 4.9 + number * _CELL_LEADING, text, _CELL, align=column.align)
        y += row.height
        paper.rule(_LEFT, y, _RIGHT, y, points=0.3, colour=_HAIR)
    return y


def _placed(columns: Sequence[_Column]) -> Iterator[tuple[float, _Column]]:
    """Yield each column with where its text stands."""
    x = _LEFT
    for column in columns:
        yield (x + 2 if column.align is Align.LEFT else x + column.width - 2), column
        x += column.width


def _draw_sum(paper: Paper, rows: Sequence[_Row], so_far: int, y: float, *, is_last: bool, is_only: bool) -> None:
    """Draw the foot of the table: the page's own sum where there are several pages, and the sum so far."""
    paper.rule(_LEFT, y, _RIGHT, y, points=0.9, colour=_RED)
    if not is_only:
        paper.text(_LEFT + 2, y + 5.6, f"本页小计　{hours_and_minutes(sum(row.minutes for row in rows))}", _CELL)
    text = f"累计　{hours_and_minutes(so_far)}"
    if is_last:
        text = f"合计　{hours_and_minutes(so_far)}，即 {hours_text(so_far)} 小时"
    paper.text(_RIGHT - 2, y + 5.6, text, _HEAD, align=Align.RIGHT)


def _draw_continuation(paper: Paper, facts: CertificateFacts) -> None:
    """Draw what stands above the table on every page but the first."""
    paper.text(_CENTRE, 34, f"{TITLE}（续）", Style(Voice.BOLD, 17, _RED), align=Align.CENTRE, spacing=2)
    paper.text(_LEFT, 45, f"编号 {facts.number}", _QUIET)
    holder = paper.fit(f"持有人 {facts.holder_name}", _QUIET, 85, smallest=4)
    paper.text(_RIGHT, 45, f"持有人 {facts.holder_name}", holder, align=Align.RIGHT)


# --- frame, seal, foot ---


def _draw_frame(paper: Paper) -> None:
    """Draw a strong outer line, a fine inner one stepped in at the corners, and a small lozenge in each step."""
    outer, inner, step = 11.0, 13.6, 6.0
    right, bottom = WIDTH - inner, 297.0 - inner
    paper.box(outer, outer, WIDTH - 2 * outer, 297 - 2 * outer, stroke=_RED, points=1.8)
    corners = (
        (inner + step, inner),
        (right - step, inner),
        (right - step, inner + step),
        (right, inner + step),
        (right, bottom - step),
        (right - step, bottom - step),
        (right - step, bottom),
        (inner + step, bottom),
        (inner + step, bottom - step),
        (inner, bottom - step),
        (inner, inner + step),
        (inner + step, inner + step),
    )
    paper.polygon(corners, stroke=_RED, points=0.6)
    for x in (inner + step / 2, WIDTH - inner - step / 2):
        for y in (inner + step / 2, 297 - inner - step / 2):
            _draw_lozenge(paper, x, y, 1.5)


def _draw_lozenge(paper: Paper, x: float, y: float, reach: float) -> None:
    paper.polygon(((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)), fill=_RED)


def _draw_ornament(paper: Paper, y: float) -> None:
    for side in (-1, 1):
        paper.rule(_CENTRE + side * 5, y, _CENTRE + side * 34, y, points=0.6, colour=_RED)
        _draw_lozenge(paper, _CENTRE + side * 3.4, y, 0.7)
    _draw_lozenge(paper, _CENTRE, y, 1.5)


def _draw_seal_and_code(paper: Paper, facts: CertificateFacts, *, has_more: bool) -> None:
    """Draw the code with how to check it at the left, and at the right who certifies, the day and room for a seal."""
    paper.code(_LEFT - 3, 238.5, 31, facts.verify_url)
    host = urlsplit(facts.verify_url).netloc
    notes = ["扫描二维码，或打开", host, "输入编号，核验真伪和状态"]
    if has_more:
        notes.append("服务记录明细续见附页")
    if facts.is_bilingual:
        notes.append("Scan to verify")
    for number, note in enumerate(notes):
        paper.text(_LEFT + 29.5, 247 + number * 5, note, paper.fit(note, _SMALL, 44, smallest=4))
    middle, room = 150.0, 68.0
    style = paper.fit(facts.issuer_name, _STRONG, room, smallest=11)
    issuer = paper.balance(facts.issuer_name, style, room, most=4)
    for number, text in enumerate(issuer):
        paper.text(middle, 255 - (len(issuer) - 1 - number) * 6, text, style, align=Align.CENTRE)
    paper.text(middle, 263, str(say_date(facts.issued_on)), _PLAIN, align=Align.CENTRE)
    paper.text(middle, 269, "（盖章）", _SMALL, align=Align.CENTRE)


def _draw_foot(paper: Paper, facts: CertificateFacts, number: int, count: int) -> None:
    note = Style(Voice.REGULAR, 7.5, _GREY)
    paper.text(_CENTRE, 275.5, LEGAL_NOTE, note, align=Align.CENTRE)
    source = f"{facts.office_name} · {facts.product_name}"
    if count > 1:
        source += f"　第 {number} 页，共 {count} 页"
    paper.text(_CENTRE, 280, source, paper.fit(source, note, _ACROSS, smallest=4), align=Align.CENTRE)
