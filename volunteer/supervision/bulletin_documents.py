"""The 通报 on paper, as one would put it before a mayor, and as a workbook with all its rows. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from volunteer.areas.rules import AreaLevel
from volunteer.certificates.record_table import chinese_day
from volunteer.kernel.fonts import FontSet, Voice
from volunteer.kernel.paper import Align, Colophon, open_paper
from volunteer.kernel.ratio import MINUTES_PER_HOUR
from volunteer.kernel.tables import Cell, Kind, Table
from volunteer.kernel.tables import Column as TableColumn
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Unit
from volunteer.supervision import bulletin_words as words
from volunteer.supervision.bulletin_rules import Content
from volunteer.supervision.scores import Part, Row
from volunteer.supervision.sheets import Bar, Column, Sheet

MASTHEAD = "志愿服务工作通报"
DRAFT_MARK = "草稿，未发布"
_NUMERALS = "一二三四五六七"
_HEADS = {
    IndicatorCode.REGISTERED_SHARE: "注册占比",
    IndicatorCode.ACTIVE_SHARE: "参加占比",
    IndicatorCode.HOURS_PER_HEAD: "人均小时",
    IndicatorCode.SUPPORT_SHARE: "支持率",
}
_LONGEST_CHART = 16
_LEAST_OF_THE_LAST_PAGE = 0.4
_APPENDED = AreaLevel.COMMUNITY
_FIXED = {
    Voice.REGULAR: "通报〔〕号年月日关于志愿服务指标完成情况的现将截至如下注册者占常住人口比例参加过活动"
    "÷=达到标准是还差。，、：名次得分位升降持平0123456789.%—*/（）",
    Voice.BOLD: MASTHEAD + "一二三四五、总体情况得分和排名名次区划变化达标项督办打分办法附表",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinFacts:
    """A bulletin as it is printed; `number` is "" for a draft, a text that nobody wrote is ""."""

    content: Content
    number: str
    issuer: str
    dated_on: date
    opening: str
    closing: str
    product_name: str


def draw_bulletin(facts: BulletinFacts, fonts: FontSet) -> bytes:
    """Return the bulletin as a PDF; the same facts and fonts give the same bytes.

    Raises Invalid naming a character that no font has.
    """
    title = str(words.title(facts.content))
    colophon = Colophon(
        title=title,
        author=facts.issuer,
        maker=facts.product_name,
        subject=facts.number or DRAFT_MARK,
        made_on=facts.dated_on,
        fixed=_FIXED,
    )
    with open_paper(colophon, fonts) as paper:
        sheet = Sheet(paper)
        _draw(sheet, facts, title)
        return sheet.finish(f"{facts.product_name} · {facts.number or DRAFT_MARK}")


def _draw(sheet: Sheet, facts: BulletinFacts, title: str) -> None:
    sheet.fit(lambda: _draw_front(sheet, facts, title), _LEAST_OF_THE_LAST_PAGE)
    _draw_annex(sheet, facts.content)


def _draw_front(sheet: Sheet, facts: BulletinFacts, title: str) -> None:
    content, numerals = facts.content, iter(_NUMERALS)
    sheet.masthead(MASTHEAD, facts.number or DRAFT_MARK, chinese_day(facts.dated_on).strip())
    sheet.title(title)
    sheet.paragraph(words.SALUTATIONS[content.level], indent=False)
    sheet.paragraph(facts.opening or str(words.usual_opening(content)))
    sheet.heading(f"{next(numerals)}、总体情况")
    for sentence in words.standing(content):
        sheet.paragraph(str(sentence))
    sheet.heading(f"{next(numerals)}、得分和排名")
    _draw_levels(sheet, content)
    sheet.heading(f"{next(numerals)}、督办情况")
    sheet.paragraph(str(words.orders(content)))
    sheet.paragraph(facts.closing or words.USUAL_CLOSING)
    sheet.signed(facts.issuer, chinese_day(facts.dated_on).strip(), mark="（盖章）" if facts.number else DRAFT_MARK)


def _draw_annex(sheet: Sheet, content: Content) -> None:
    sheet.new_page()
    sheet.heading("附件　打分办法")
    for number, rule in enumerate(words.formula(content), start=1):
        sheet.paragraph(f"{number}. {rule}")
    for note in (words.SMALL_CELLS, words.REMARKED, words.NO_DATA, *map(str, words.sources(content))):
        sheet.note(note)
    if content.ranked(_APPENDED):
        sheet.space(4)
        sheet.heading(f"附表　{words.LEVEL_TITLES[_APPENDED]}得分和名次")
        _draw_table(sheet, content, _APPENDED)
    _draw_unranked(sheet, content, _APPENDED)


def _draw_levels(sheet: Sheet, content: Content) -> None:
    for numeral, level in zip(_NUMERALS, content.levels, strict=False):
        sheet.subheading(f"（{numeral}）{words.LEVEL_TITLES[level]}")
        ranked = content.ranked(level)
        if 1 < len(ranked) <= _LONGEST_CHART and level is content.levels[0]:
            sheet.bars(_bars(content, level))
        for label, rows in (("靠前的", content.best(level)), ("靠后的", content.lagging(level))):
            tell = words.why_best if label == "靠前的" else words.why_lagging
            for number, row in enumerate(rows):
                sheet.paragraph(f"{label}：{tell(row)}" if number == 0 else str(tell(row)))
        if level is _APPENDED:
            continue
        if ranked:
            _draw_table(sheet, content, level)
        _draw_unranked(sheet, content, level)


def _bars(content: Content, level: AreaLevel) -> list[Bar]:
    lagging = {row.code for row in content.lagging(level)}
    return [
        Bar(f"{row.place}　{row.called}", float(row.score or 0), row.score_text, row.code in lagging)
        for row in content.ranked(level)
    ]


def _draw_unranked(sheet: Sheet, content: Content, level: AreaLevel) -> None:
    for sentence in words.unranked(content, level):
        sheet.note(str(sentence))


def _draw_table(sheet: Sheet, content: Content, level: AreaLevel) -> None:
    has_above = level is not content.levels[0]
    has_survey = any(row.parts[IndicatorCode.SUPPORT_SHARE].value is not None for row in content.ranked(level))
    codes = [code for code in content.thresholds if has_survey or code is not IndicatorCode.SUPPORT_SHARE]
    columns = [
        Column("名次", 9, Align.CENTRE),
        Column(words.LEVEL_TITLES[level], 34 if level is _APPENDED else 30),
        *([Column("所属", 34 if level is _APPENDED else 20)] if has_above else []),
        Column("得分", 13, Align.RIGHT),
        *([Column("变化", 11, Align.CENTRE)] if content.compared_with else []),
        *(Column(_HEADS[code], 15 if level is _APPENDED else 17, Align.RIGHT) for code in codes),
        Column("达标项", 13, Align.CENTRE),
    ]
    rows = [
        [
            str(row.place),
            row.name,
            *([row.above] if has_above else []),
            row.score_text,
            *([str(words.moved(row))] if content.compared_with else []),
            *(row.parts[code].value_text for code in codes),
            str(row.met_count),
        ]
        for row in content.ranked(level)
    ]
    sheet.table(columns, rows)


# --- the workbook ---


def bulletin_table(content: Content, *, title: str, number: str, speak: Callable[[Words], str] = str) -> Table:
    """Return every area of a bulletin as a row, level by level and by place; small cells are dashes."""
    labels = (N_("级别"), N_("名次"), N_("名次变化"), N_("区划"), N_("所属"), N_("得分"), N_("本月进步"))
    kinds = (Kind.TEXT, Kind.INT, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.PERCENT)
    columns = [TableColumn(speak(Words(label)), kind) for label, kind in zip(labels, kinds, strict=True)]
    for indicator in INDICATORS.values():
        kind = Kind.HOURS if indicator.unit is Unit.HOURS else Kind.PERCENT
        columns += [
            TableColumn(speak(Words(indicator.name)), kind, width=18),
            TableColumn(speak(Words(N_("完成度"))), Kind.PERCENT),
            TableColumn(speak(Words(N_("是否达标"))), width=10),
        ]
    columns.append(TableColumn(speak(Words(N_("不排名的原因"))), width=24))
    below = (row for level in content.levels for row in content.groups[level])
    rows = ([*_cells(row, speak), "" if row.place else speak(row.why_not_ranked)] for row in below)
    notes = [number] if number else []
    notes += [speak(one) for one in (*words.sources(content), *words.formula(content))]
    return Table(title, columns, rows, totals=([*_cells(content.whole, speak), ""],), notes=notes)


def _cells(row: Row, speak: Callable[[Words], str]) -> list[Cell]:
    cells: list[Cell] = [
        *(speak(Words(row.level.label)), row.place, speak(words.moved(row))),
        *(row.name, row.above, row.score_text, row.improvement),
    ]
    for part in row.parts.values():
        cells += _part_cells(part, speak)
    return cells


def _part_cells(part: Part, speak: Callable[[Words], str]) -> Iterator[Cell]:
    if part.is_small or part.value is None:
        yield from (None, None, "*" if part.is_small else "—")
        return
    yield part.value * MINUTES_PER_HOUR if INDICATORS[part.code].unit is Unit.HOURS else part.value
    yield part.reached
    yield "—" if part.is_met is None else speak(Words(N_("达标") if part.is_met else N_("未达标")))
