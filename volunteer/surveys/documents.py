"""What a survey is printed and taken away as: slips with tickets, and tables of what was found. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from volunteer.kernel.fonts import FontSet, Voice, without_ornaments
from volunteer.kernel.paper import WIDTH, Colophon, Paper, open_paper
from volunteer.kernel.ratio import percent
from volunteer.kernel.speech import say_date, say_last_day
from volunteer.kernel.tables import Cell, Column, Kind, Table
from volunteer.kernel.text import N_, Words
from volunteer.kernel.typesetting import INK, Colour, Style
from volunteer.surveys.codes import shown_code
from volunteer.surveys.questions import KNOWN_TO_OTHERS, Question, QuestionSet
from volunteer.surveys.tabulation import Sheet, Tally

Speak = Callable[[Words], str]

_GREY: Colour = (0.36, 0.33, 0.31)
_CUT: Colour = (0.7, 0.68, 0.66)

_TITLE = Style(Voice.BOLD, 11, INK)
_PLACE = Style(Voice.REGULAR, 9.5, INK)
_CODE = Style(Voice.BOLD, 11.5, INK)
_SMALL = Style(Voice.REGULAR, 7.5, _GREY)

_COLUMNS = 2
_WIDE, _HIGH = 95.0, 55.0
_LEFT, _TOP = (WIDTH - _COLUMNS * _WIDE) / 2, 11.0
_CODE_SIDE = 37.0
_TEXT_X = 42.0
_TEXT_WIDE = _WIDE - _TEXT_X - 3

_ASK = "扫码答题，约两分钟"
_ANONYMOUS = "不记姓名，每张票只能答一次；答卷里没有编码，谁答了什么查不出来。"
_TYPED = "扫不了码，请打开下面的网址，输入上面的编码："
_SELF_TEST = "自测，不作正式依据"


@dataclass(frozen=True, slots=True)
class Slips:
    """What the slips of a campaign say; `batches` are communities with their codes, `address` where a code is typed."""

    title: str
    is_official: bool
    opens_on: date
    closes_on: date
    office_name: str
    product_name: str
    address: str
    made_on: date
    batches: Sequence[tuple[str, Sequence[str]]]


def draw_slips(slips: Slips, fonts: FontSet) -> bytes:
    """Return ten slips a page, A4, to be cut along the lines; each community begins on a page of its own."""
    colophon = Colophon(
        title=f"{slips.title}答题票",
        author=slips.office_name,
        maker=slips.product_name,
        subject="支持率调查",
        made_on=slips.made_on,
        fixed={Voice.REGULAR: _ASK + _ANONYMOUS + _TYPED + _SELF_TEST, Voice.BOLD: "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"},
    )
    with open_paper(colophon, fonts) as paper:
        pages = [(name, codes[at : at + 10]) for name, codes in slips.batches for at in range(0, len(codes), 10)]
        for number, (name, codes) in enumerate(pages):
            if number:
                paper.next_page()
            for place, code in enumerate(codes):
                row, column = divmod(place, _COLUMNS)
                _draw_slip(paper, _LEFT + column * _WIDE, _TOP + row * _HIGH, slips, name, code)
        return paper.finish()


def _draw_slip(paper: Paper, x: float, y: float, slips: Slips, community: str, code: str) -> None:
    paper.box(x, y, _WIDE, _HIGH, stroke=_CUT, points=0.3)
    paper.code(x + 3, y + 4, _CODE_SIDE, f"{slips.address}/{code}")
    text_x, line = x + _TEXT_X, y + 8.5
    for text in paper.wrap_text(without_ornaments(slips.title, paper.fonts), _TITLE, _TEXT_WIDE, most=2):
        paper.text(text_x, line, text, _TITLE)
        line += 5.2
    place = without_ornaments(community, paper.fonts)
    style = paper.fit(place, _PLACE, _TEXT_WIDE, smallest=_SMALL.size)
    for text in paper.wrap_text(place, style, _TEXT_WIDE, most=2):
        paper.text(text_x, line, text, style)
        line += 4.2
    days = f"{say_date(slips.opens_on)}至 {say_last_day(slips.closes_on, slips.opens_on)}"
    shown = shown_code(code)
    paper.text(text_x, line + 0.4, days, _SMALL)
    paper.text(text_x, line + 5, _ASK, _PLACE)
    paper.text(text_x, line + 10.4, shown, paper.fit(shown, _CODE, _TEXT_WIDE, smallest=8))
    if not slips.is_official:
        paper.text(text_x, line + 14.2, _SELF_TEST, _SMALL)
    # An address within a sentence would be cut anywhere; it has a line of its own, and no word is too small to read.
    for number, text in enumerate((_ANONYMOUS, _TYPED, slips.address)):
        paper.text(x + 4, y + 45.2 + number * 3.3, text, paper.fit(text, _SMALL, _WIDE - 8, smallest=_SMALL.size))


# --- tables ---


def outcome_table(
    title: str,
    groups: Iterable[tuple[str, str, Tally, bool]],
    whole: Tally,
    weighted: Cell,
    notes: Sequence[Words],
    speak: Speak = str,
) -> Table:
    """Return groups as rows (kind, name, tally, whether hidden) with answers, support, share and interval.

    A hidden group's row says only that it is too small; the whole and its weighted share stand below.
    """
    rows = ((kind, name, *_cells(None if is_hidden else one, speak)) for kind, name, one, is_hidden in groups)
    total = (speak(Words(N_("全部"))), "", *_cells(whole, speak))
    by_people = (speak(Words(N_("按人口加权"))), "", whole.answers, None, weighted, "")
    totals = (total,) if weighted is None else (total, by_people)
    return Table(
        title=title,
        columns=(
            Column(speak(Words(N_("分组"))), width=14),
            Column(speak(Words(N_("名称"))), width=20),
            Column(speak(Words(N_("有效答卷"))), Kind.INT),
            Column(speak(Words(N_("支持"))), Kind.INT),
            Column(speak(Words(N_("支持率"))), Kind.PERCENT),
            Column(speak(Words(N_("95% 置信区间"))), width=24),
        ),
        rows=rows,
        totals=totals,
        notes=[speak(one) for one in notes],
    )


def _cells(one: Tally | None, speak: Speak) -> tuple[Cell, Cell, Cell, str]:
    if one is None:
        return None, None, None, speak(Words(N_("答卷太少，不单独列出")))
    low_high = one.interval
    told = "" if low_high is None else " – ".join(map(percent, low_high))
    return one.answers, one.supporting, one.share, told


def rows_table(
    title: str,
    rows: Iterable[tuple[str, Sheet]],
    names: Mapping[str, str],
    questions: QuestionSet,
    notes: Sequence[Words],
    speak: Speak = str,
) -> Table:
    """Return anonymous answers as rows, one a sheet: community or 其他, and what was ticked."""
    return Table(
        title=title,
        columns=(
            Column(speak(Words(N_("社区（村）"))), width=20),
            *(Column(speak(Words(one.words)), width=26) for one in _told(questions)),
        ),
        rows=(_row(place, sheet, names, questions, speak) for place, sheet in rows),
        notes=[speak(one) for one in notes],
    )


def _told(questions: QuestionSet) -> list[Question]:
    return [one for one in questions.questions if one.code not in KNOWN_TO_OTHERS]


def _row(place: str, sheet: Sheet, names: Mapping[str, str], questions: QuestionSet, speak: Speak) -> list[Cell]:
    ticked = [one.words_of(sheet.choices.get(one.code, "")) for one in _told(questions)]
    where = names.get(place) or speak(Words(N_("其他")))
    return [where, *(speak(Words(one)) if one else "" for one in ticked)]
