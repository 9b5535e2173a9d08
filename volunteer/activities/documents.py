"""The poster of an activity, to hang at a door and read from two metres away. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from volunteer.kernel.clock import to_local
from volunteer.kernel.fonts import FontSet, Voice, without_ornaments
from volunteer.kernel.paper import WIDTH, Align, Colophon, Paper, open_paper
from volunteer.kernel.speech import say_clock_span
from volunteer.kernel.typesetting import INK, Colour, Style

_RED: Colour = (0.78, 0.216, 0.184)
_WHITE: Colour = (1, 1, 1)
_PALE: Colour = (0.985, 0.89, 0.875)
_GREY: Colour = (0.36, 0.33, 0.31)
_LINE_COLOUR: Colour = (0.85, 0.81, 0.78)
_TINT: Colour = (0.972, 0.957, 0.945)

_EDGE = 10.0
_INSIDE = 22.0
_ACROSS = WIDTH - 2 * _INSIDE
_VALUE_X = 50.0
_BAND_END = 117.0
_PANEL = 213.0
_MOST_SHIFTS = 4
_SCALES = (1.3, 1.15, 1.0)
_GAP = 5.5
_LINE = 0.46
_TITLE_SIZES = (70, 62, 54, 47, 41, 36)
_TITLE_ROOM = 67.0
_TITLE_LINES = 4
_WEEKDAYS = "一二三四五六日"

_CALL = Style(Voice.BOLD, 22, _WHITE)
_ORGANIZATION = Style(Voice.REGULAR, 17, _WHITE)
_LABEL = Style(Voice.REGULAR, 15, _GREY)
_VALUE = Style(Voice.BOLD, 23, INK)
_DETAIL = Style(Voice.REGULAR, 16, INK)
_SCAN = Style(Voice.BOLD, 36, _RED)
_PHONE = Style(Voice.BOLD, 19, INK)
_FOOT = Style(Voice.REGULAR, 9, _GREY)

_FIXED = {
    Voice.REGULAR: "时间地点做什么联系人电话用微信扫一，选好班次就行名额志愿者个时段码看全部0123456789-–:·年月日周",
    Voice.BOLD: "志愿者招募扫码报名0123456789-–: 月日周一二三四五六",
}


class PosterShift(NamedTuple):
    """When one shift is; both moments carry their zone."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PosterFacts:
    """What a poster says; texts as typed by the organizer, "" to leave a line out. `places` 0 leaves the number out."""

    title: str
    category: str
    organization_name: str
    shifts: tuple[PosterShift, ...]
    place: str
    summary: str
    sign_up_url: str
    office_name: str
    product_name: str
    made_on: date
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    places: int = 0


def draw_poster(facts: PosterFacts, fonts: FontSet) -> bytes:
    """Return the poster as a one-page A4 PDF; the same facts and fonts give the same bytes.

    Emoji that no font has are left out. Raises Invalid naming any other character without a font.
    """
    colophon = Colophon(
        title=facts.title,
        author=facts.organization_name,
        maker=facts.product_name,
        subject="志愿者招募",
        made_on=facts.made_on,
        fixed=_FIXED,
    )
    with open_paper(colophon, fonts) as paper:
        _draw_band(paper, facts)
        _draw_particulars(paper, facts)
        _draw_panel(paper, facts)
        foot = " · ".join(filter(None, (facts.office_name, facts.product_name)))
        paper.text(WIDTH / 2, 288, foot, paper.fit(foot, _FOOT, _ACROSS, smallest=4), align=Align.CENTRE)
        return paper.finish()


def shift_words(shift: PosterShift) -> str:
    """Return a shift as a poster says it, true on any day it is read: 11 月 28 日 周六 9:00–11:30."""
    day = to_local(shift.starts_at)
    return f"{day.month} 月 {day.day} 日 周{_WEEKDAYS[day.weekday()]} {say_clock_span(shift.starts_at, shift.ends_at)}"


def _draw_band(paper: Paper, facts: PosterFacts) -> None:
    """Draw the red field with the call, the title as large as it goes, and who invites."""
    paper.box(_EDGE, _EDGE, WIDTH - 2 * _EDGE, _BAND_END - _EDGE, fill=_RED, radius=3)
    paper.text(_INSIDE, 27, "志愿者招募", _CALL, spacing=4)
    paper.text(WIDTH - _INSIDE, 27, _clean(paper, facts.category), _ORGANIZATION, align=Align.RIGHT)
    paper.rule(_INSIDE, 33, WIDTH - _INSIDE, 33, points=0.8, colour=_PALE)
    lines, style = _fit_title(paper, _clean(paper, facts.title))
    leading = style.size * 0.45
    top = 36 + (_TITLE_ROOM - leading * len(lines)) / 2
    for number, text in enumerate(lines, start=1):
        paper.text(_INSIDE, top + number * leading - style.size * 0.09, text, style)
    name = _clean(paper, facts.organization_name)
    paper.text(_INSIDE, _BAND_END - 6.5, name, paper.fit(name, _ORGANIZATION, _ACROSS, smallest=7))


def _fit_title(paper: Paper, title: str) -> tuple[list[str], Style]:
    """Return the title in lines of about one length, in the largest size at which it fills its room."""
    for size in _TITLE_SIZES:
        style = Style(Voice.BOLD, size, _WHITE)
        lines = paper.balance(title, style, _ACROSS)
        if len(lines) * size * 0.45 <= _TITLE_ROOM and len(lines) <= _TITLE_LINES:
            return lines, style
    return paper.wrap_text(title, style, _ACROSS, most=_TITLE_LINES), style


class _Block(NamedTuple):
    """A label and the lines beside it, each with its style."""

    label: str
    lines: list[tuple[str, Style]]

    @property
    def height(self) -> float:
        return sum(style.size * _LINE for _, style in self.lines)


def _draw_particulars(paper: Paper, facts: PosterFacts) -> None:
    """Draw when, where and what beside their labels, as large as the space between band and panel allows."""
    room = _PANEL - _BAND_END - 2 * _GAP
    for scale in _SCALES:
        blocks = _lay_out_particulars(paper, facts, scale, summary_lines=0)
        if sum(block.height for block in blocks) + _GAP * (len(blocks) - 1) <= room:
            break
    else:
        most = max(int((room - sum(b.height for b in blocks[:2]) - 2 * _GAP) / (_DETAIL.size * _LINE)), 1)
        blocks = _lay_out_particulars(paper, facts, scale, summary_lines=most)
    y = _BAND_END + _GAP
    for block in blocks:
        for number, (text, style) in enumerate(block.lines):
            baseline = y + style.size * _LINE * 0.78
            if not number:
                paper.text(_INSIDE, baseline, block.label, _LABEL)
            paper.text(_VALUE_X, baseline, text, style)
            y += style.size * _LINE
        y += _GAP


def _lay_out_particulars(paper: Paper, facts: PosterFacts, scale: float, *, summary_lines: int) -> list[_Block]:
    across = WIDTH - _INSIDE - _VALUE_X
    value, detail = _VALUE._replace(size=_VALUE.size * scale), _DETAIL._replace(size=_DETAIL.size * scale)
    words = [shift_words(shift) for shift in sorted(facts.shifts)]
    shown = words if len(words) <= _MOST_SHIFTS else words[: _MOST_SHIFTS - 1]
    when = [(text, paper.fit(text, value, across, smallest=14)) for text in shown]
    if len(shown) < len(words):
        when.append((f"共 {len(words)} 个时段，扫码看全部", _DETAIL))
    where = [(text, value) for text in paper.balance(_clean(paper, facts.place), value, across, most=2)]
    if facts.address:
        where += [(text, detail) for text in paper.balance(_clean(paper, facts.address), detail, across, most=2)]
    blocks = [_Block("时间", when), _Block("地点", where)]
    if facts.summary:
        lines = paper.wrap_text(_clean(paper, facts.summary), detail, across, most=summary_lines)
        blocks.append(_Block("做什么", [(text, detail) for text in lines]))
    return blocks


def _draw_panel(paper: Paper, facts: PosterFacts) -> None:
    """Draw the code to sign up with, and whom to ask."""
    paper.box(_EDGE, _PANEL, WIDTH - 2 * _EDGE, 68, fill=_TINT, radius=3)
    paper.box(16, _PANEL + 5, 58, 58, fill=_WHITE, radius=2)
    paper.code(16, _PANEL + 5, 58, facts.sign_up_url)
    x, room = 84.0, WIDTH - 84.0 - 16.0
    paper.text(x, _PANEL + 21, "扫码报名", _SCAN, spacing=3)
    hint = "用微信扫一扫，选好班次就行"
    if facts.places:
        hint = f"{facts.places:,} 个名额，" + hint
    paper.text(x, _PANEL + 31, hint, paper.fit(hint, _DETAIL, room, smallest=11))
    _draw_contact(paper, facts, x, room)


def _draw_contact(paper: Paper, facts: PosterFacts, x: float, room: float) -> None:
    name, phone = _clean(paper, facts.contact_name), _clean(paper, facts.contact_phone)
    rows = [(label, text) for label, text in (("联系人", name), ("电　话", phone)) if text]
    if rows:
        paper.rule(x, _PANEL + 38, x + room, _PANEL + 38, points=0.5, colour=_LINE_COLOUR)
    for number, (label, text) in enumerate(rows):
        y = _PANEL + (48 if len(rows) > 1 else 52) + number * 10
        paper.text(x, y, label, _LABEL)
        paper.text(x + 21, y, text, paper.fit(text, _PHONE, room - 21, smallest=5))


def _clean(paper: Paper, text: str) -> str:
    return without_ornaments(text, paper.fonts)
