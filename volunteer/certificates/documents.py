"""志愿服务记录证明 as a PDF: one page to frame, further pages with every record when they do not fit on it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from volunteer.certificates.record_table import (
    ACROSS,
    LEFT,
    RIGHT,
    Table,
    chinese_day,
    draw_page_sum,
    draw_table,
    draw_total,
    english_day,
    sums_so_far,
    table_of_contents,
    table_of_records,
)
from volunteer.certificates.rules import CertificateFacts
from volunteer.kernel.fonts import FontSet, Voice
from volunteer.kernel.ornaments import draw_divider, draw_emblem, draw_frame, draw_seal
from volunteer.kernel.paper import WIDTH, Align, Colophon, Paper, open_paper
from volunteer.kernel.speech import hours_text
from volunteer.kernel.typesetting import GREY, INK, SEAL_RED, Colour, Line, Span, Style

TITLE = "志愿服务记录证明"
ENGLISH_TITLE = "CERTIFICATE OF VOLUNTEER SERVICE RECORDS"
LEGAL_NOTE = "本证明依据《志愿服务记录与证明出具办法（试行）》（民政部令第67号）免费出具，不得用于营利目的。"
ENGLISH_LEGAL_NOTE = (
    "Issued free of charge under Order No. 67 of the Ministry of Civil Affairs of China. Not for commercial use."
)

SEAL_LABEL = "志愿服务记录专用章"
SEAL_NOTE = "电子签章见文件签名"
"""Our decision: the drawn seal is a picture. It says what it is for, and that what binds is the file's signature."""

_GOLD: Colour = (0.74, 0.58, 0.32)

_HEADLINE = Style(Voice.BOLD, 37, SEAL_RED)
_SUBTITLE = Style(Voice.REGULAR, 9, GREY)
_NAME = Style(Voice.NAME, 40, INK)
_BODY = Style(Voice.REGULAR, 13, INK)
_STRONG = Style(Voice.BOLD, 13, INK)
_HOURS = Style(Voice.BOLD, 15, SEAL_RED)
_ENGLISH = Style(Voice.REGULAR, 9.5, GREY)
_PLAIN = Style(Voice.REGULAR, 11, INK)
_QUIET = Style(Voice.REGULAR, 10, GREY)
_SMALL = Style(Voice.REGULAR, 8.5, GREY)
_NOTE = Style(Voice.REGULAR, 7.5, GREY)

_CENTRE = WIDTH / 2
_TOP, _TABLE_END, _TABLE_END_OVER_SEAL = 27.0, 234.0, 228.0
_NEXT_START, _NEXT_END = 54.0, 266.0
_HEADING_HEIGHT, _NAME_HEIGHT, _SUBTITLE_HEIGHT = 38.0, 42.0, 4.0
_LEADING, _ENGLISH_LEADING = 8.6, 4.8
_PLACES_OF_AIR, _LEAST_AIR, _MOST_AIR = 6, 2.0, 11.0
_SPREAD = {1: 0.0, 2: 22.0, 3: 13.0, 4: 8.0}
_SIGNED_AT, _SIGNED_ROOM, _SEALED_AT = 145.0, 70.0, 247.6

_FIXED = {
    Voice.REGULAR: LEGAL_NOTE
    + "编号志愿者证件码兹明于年月日至期间，参加由组织并记录的服务次累计时间小分。特此"
    + "扫描二维码或打开输入编号核验真伪和状态（盖章）-*.",
    Voice.BOLD: TITLE + "日期活动名称内容地点时间合计小分次数0123456789.，即 ",
}


def draw_certificate(facts: CertificateFacts, fonts: FontSet) -> bytes:
    """Return the certificate as a PDF/A-2b file; the same facts and fonts give the same bytes.

    Raises Invalid naming a character that no font has. Emoji in titles and places are left out, never in names.
    """
    colophon = Colophon(
        title=f"{TITLE} {facts.number}",
        author=facts.issuer_name,
        maker=facts.product_name,
        subject=f"{facts.holder_name} {chinese_day(facts.period_from)}–{chinese_day(facts.period_to)}",
        made_on=facts.issued_on,
        fixed=_FIXED,
    )
    with open_paper(colophon, fonts) as paper:
        _draw_pages(paper, facts)
        return paper.finish()


def draw_book(certificates: Sequence[CertificateFacts], fonts: FontSet) -> bytes:
    """Return many certificates in one file for a printer, each page as in its own file; their fonts are shared.

    Raises ValueError when there are none, Invalid as `draw_certificate` does.
    """
    if not certificates:
        raise ValueError("a book needs at least one certificate")
    first = certificates[0]
    colophon = Colophon(
        title=f"{TITLE}（{len(certificates):,} 份）",
        author=first.issuer_name,
        maker=first.product_name,
        subject=f"{first.number}–{certificates[-1].number}",
        made_on=max(facts.issued_on for facts in certificates),
        fixed=_FIXED,
    )
    with open_paper(colophon, fonts) as paper:
        for place, facts in enumerate(certificates):
            if place:
                paper.next_page()
            _draw_pages(paper, facts)
        return paper.finish()


def _draw_pages(paper: Paper, facts: CertificateFacts) -> None:
    """Draw all pages of one certificate from a blank page on."""
    body = _lay_out_body(paper, facts)
    end = _TABLE_END_OVER_SEAL if facts.has_seal else _TABLE_END
    room = end - _TOP - _heading_height(facts) - _NAME_HEIGHT - body.height
    table = table_of_records(paper, facts)
    further: list[Table] = []
    if table.height > room - _PLACES_OF_AIR * _LEAST_AIR:
        further = table.pages(_NEXT_END - _NEXT_START)
        table = table_of_contents(paper, facts)
    air = min(max((room - table.height) / _PLACES_OF_AIR, 0.0), _MOST_AIR)
    count = 1 + len(further)
    draw_frame(paper)
    start = _draw_statement(paper, facts, body, air)
    draw_total(paper, facts, draw_table(paper, table, start))
    _draw_code(paper, facts, has_more=bool(further))
    _draw_signature(paper, facts)
    _draw_foot(paper, facts, 1, count)
    for number, (page, so_far) in enumerate(zip(further, sums_so_far(further), strict=True), start=2):
        paper.next_page()
        draw_frame(paper)
        _draw_continuation(paper, facts)
        end = draw_table(paper, page, _NEXT_START)
        draw_page_sum(paper, page, so_far, end)
        _draw_foot(paper, facts, number, count)


# --- the statement ---


@dataclass(frozen=True, slots=True)
class _Body:
    """The sentence that certifies, laid out; `height` in millimetres."""

    lines: tuple[Line, ...]
    english: tuple[Line, ...]
    indent: float

    @property
    def height(self) -> float:
        return (len(self.lines) + 1) * _LEADING + len(self.english) * _ENGLISH_LEADING + 2.0


def _lay_out_body(paper: Paper, facts: CertificateFacts) -> _Body:
    times = f"{len(facts.lines):,} 次"
    if facts.chosen_activities is not None:
        # Whoever reads it must not take what was chosen for all that was done.
        times = f"，其中所选的 {facts.chosen_activities:,} 项活动共 {times}"
    else:
        times = f" {times}"
    spans = (
        Span(f"于 {chinese_day(facts.period_from)}至 {chinese_day(facts.period_to)}期间，参加由", _BODY),
        Span(facts.issuer_name, _STRONG),
        Span(f"组织并记录的志愿服务{times}，累计服务时间", _BODY),
        Span(f" {hours_text(facts.total_minutes)} ", _HOURS),
        Span("小时。", _BODY),
    )
    indent = paper.width("兹证", _BODY)
    english = paper.wrap([Span(_english_statement(facts), _ENGLISH)], ACROSS) if facts.is_bilingual else ()
    return _Body(tuple(paper.wrap(spans, ACROSS, indent=indent, justify=True)), tuple(english), indent)


def _english_statement(facts: CertificateFacts) -> str:
    times = "once" if len(facts.lines) == 1 else f"on {len(facts.lines):,} occasions"
    activities = ""
    if facts.chosen_activities is not None:
        chosen = "one activity" if facts.chosen_activities == 1 else f"{facts.chosen_activities:,} activities"
        activities = f" in the {chosen} chosen for this certificate"
    return (
        f"This is to certify that the person named above volunteered {times}{activities} between "
        f"{english_day(facts.period_from)} and {english_day(facts.period_to)}, for "
        f"{hours_text(facts.total_minutes)} hours in all, as recorded by the issuing organization."
    )


def _draw_statement(paper: Paper, facts: CertificateFacts, body: _Body, air: float) -> float:
    """Draw everything above the table, `air` millimetres looser in five places, and return where the table starts."""
    y = _TOP + air
    _draw_heading(paper, facts, y)
    y += _heading_height(facts) + air
    _draw_holder(paper, facts, y)
    y += _NAME_HEIGHT + air
    for number, line in enumerate(body.lines):
        paper.line_of_text(LEFT + (0 if number else body.indent), y, line)
        y += _LEADING
    paper.text(LEFT + body.indent, y, "特此证明。", _BODY)
    y += _LEADING - 1
    for line in body.english:
        paper.line_of_text(LEFT, y, line)
        y += _ENGLISH_LEADING
    return y - 2 + air


def _heading_height(facts: CertificateFacts) -> float:
    return _HEADING_HEIGHT + _SUBTITLE_HEIGHT * facts.is_bilingual


def _draw_heading(paper: Paper, facts: CertificateFacts, y: float) -> None:
    draw_emblem(paper, y + 1)
    paper.text(_CENTRE, y + 21.5, TITLE, _HEADLINE, align=Align.CENTRE, spacing=6)
    y += _heading_height(facts)
    if facts.is_bilingual:
        paper.text(_CENTRE, y - 13.6, ENGLISH_TITLE, _SUBTITLE, align=Align.CENTRE, spacing=1.7)
    draw_divider(paper, y - 8.6, 62)
    number = f"编号 No. {facts.number}" if facts.is_bilingual else f"编号 {facts.number}"
    paper.text(_CENTRE, y - 2, number, _QUIET, align=Align.CENTRE, spacing=0.5)


def _draw_holder(paper: Paper, facts: CertificateFacts, y: float) -> None:
    """Draw the name over a fine line, and under it what identifies its bearer."""
    paper.text(_CENTRE, y + 5, "兹证明", _BODY, align=Align.CENTRE, spacing=5)
    spacing = _SPREAD.get(len(facts.holder_name), 0.0)
    style = paper.fit(facts.holder_name, _NAME, ACROSS - 12, smallest=17)
    lines = paper.balance(facts.holder_name, style, ACROSS - 6)
    if len(lines) > 2:
        style = paper.fit(facts.holder_name, _NAME, ACROSS * 1.8, smallest=4)
        lines = paper.balance(facts.holder_name, style, ACROSS)
    leading = style.size * 0.42
    bottom = y + 24.5
    for number, text in enumerate(lines):
        above = (len(lines) - 1 - number) * leading
        paper.text(_CENTRE, bottom - above, text, style, align=Align.CENTRE, spacing=spacing)
    half = max(paper.width(lines[0], style, spacing) / 2 + 10, 34)
    paper.rule(_CENTRE - half, y + 29.5, _CENTRE + half, y + 29.5, points=0.6, colour=_GOLD)
    identity = f"志愿者编号{' Volunteer No.' * facts.is_bilingual} {facts.volunteer_number}"
    if facts.masked_document:
        identity += f"　　证件号码{' ID No.' * facts.is_bilingual} {facts.masked_document}"
    paper.text(_CENTRE, y + 35.5, identity, paper.fit(identity, _QUIET, ACROSS, smallest=6), align=Align.CENTRE)


# --- code, signature, foot ---


def _draw_code(paper: Paper, facts: CertificateFacts, *, has_more: bool) -> None:
    """Draw the code, and beside it how to check the certificate."""
    paper.code(LEFT - 3, 233.5, 31, facts.verify_url)
    host = urlsplit(facts.verify_url).netloc
    notes = ["扫描二维码，或打开", host, "输入编号，核验真伪和状态"]
    if facts.is_bilingual:
        notes += ["Scan it, or enter the number there,", "to check that it is genuine and valid"]
    if has_more:
        notes.append("服务记录明细见附页" + (" (records attached)" if facts.is_bilingual else ""))
    leading = 5.0 if len(notes) <= 4 else 4.3
    top = 250.5 - (len(notes) - 1) * leading / 2
    for number, note in enumerate(notes):
        paper.text(LEFT + 29.5, top + number * leading, note, paper.fit(note, _SMALL, 46, smallest=4))


def _draw_signature(paper: Paper, facts: CertificateFacts) -> None:
    """Draw who certifies and the day: over a drawn seal, above and below its star, or with room for one by hand."""
    if facts.has_seal:
        draw_seal(paper, _SIGNED_AT + 14, _SEALED_AT, facts.issuer_name, label=SEAL_LABEL, note=SEAL_NOTE)
    issuer_at, day_at = (_SEALED_AT - 6.6, _SEALED_AT + 7.6) if facts.has_seal else (248.0, 256.5)
    style = paper.fit(facts.issuer_name, _STRONG, _SIGNED_ROOM, smallest=11)
    issuer = paper.balance(facts.issuer_name, style, _SIGNED_ROOM, most=3)
    for number, text in enumerate(issuer):
        paper.text(_SIGNED_AT, issuer_at - (len(issuer) - 1 - number) * 5.6, text, style, align=Align.CENTRE)
    day = chinese_day(facts.issued_on)
    if facts.is_bilingual:
        day += f"　{english_day(facts.issued_on)}"
    paper.text(_SIGNED_AT, day_at, day, paper.fit(day, _PLAIN, _SIGNED_ROOM, smallest=8), align=Align.CENTRE)
    if not facts.has_seal:
        mark = "（盖章）Seal" if facts.is_bilingual else "（盖章）"
        paper.text(_SIGNED_AT, day_at + 6.5, mark, _SMALL, align=Align.CENTRE)


def _draw_continuation(paper: Paper, facts: CertificateFacts) -> None:
    """Draw what stands above the table on every page but the first."""
    paper.text(_CENTRE, 36, f"{TITLE}（附页）", Style(Voice.BOLD, 18, SEAL_RED), align=Align.CENTRE, spacing=2)
    if facts.is_bilingual:
        style = _SUBTITLE._replace(size=7.5)
        paper.text(_CENTRE, 41, "SERVICE RECORDS ATTACHED", style, align=Align.CENTRE, spacing=1.4)
    number, holder = ("编号 No.", "持有人 Holder") if facts.is_bilingual else ("编号", "持有人")
    paper.text(LEFT, 49, f"{number} {facts.number}", _QUIET)
    text = f"{holder} {facts.holder_name}"
    paper.text(RIGHT, 49, text, paper.fit(text, _QUIET, 82, smallest=4), align=Align.RIGHT)


def _draw_foot(paper: Paper, facts: CertificateFacts, number: int, count: int) -> None:
    paper.text(_CENTRE, 270.2, LEGAL_NOTE, _NOTE, align=Align.CENTRE)
    source = f"{facts.office_name} · {facts.product_name}"
    if count > 1:
        source += f"　第 {number} 页，共 {count} 页"
        source += f"　Page {number} of {count}" if facts.is_bilingual else ""
    y = 274.4
    if facts.is_bilingual:
        paper.text(_CENTRE, 273.4, ENGLISH_LEGAL_NOTE, _NOTE._replace(size=6.5), align=Align.CENTRE)
        y = 276.6
    paper.text(_CENTRE, y, source, paper.fit(source, _NOTE, ACROSS, smallest=4), align=Align.CENTRE)
