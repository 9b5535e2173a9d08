"""The dossier as a PDF: cover, contents, what there is and lacks, clause by clause its items, proof and digests. Pure.

Pages of inserted files are left free: what comes back says which page of which file belongs where.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from volunteer.evidence.contents import Packed, PackedClause, PackedItem, Proof
from volunteer.evidence.pages import (
    ACROSS,
    BODY,
    BOTTOM,
    CELL,
    CENTRE,
    FINE,
    HAIR,
    LEFT,
    RIGHT,
    SMALL,
    SUBHEADING,
    TOP,
    Column,
    Sheet,
)
from volunteer.evidence.rules import Caption, DocumentFacts, NoteFacts
from volunteer.evidence.table_pages import draw_table
from volunteer.kernel.clock import to_local
from volunteer.kernel.fonts import FontSet, Voice
from volunteer.kernel.paper import HEIGHT, Align, Colophon, open_paper
from volunteer.kernel.speech import say_date
from volunteer.kernel.typesetting import GREY, INK, SEAL_RED, Colour, Style
from volunteer.metrics.editions import MaterialKind

POINTS_A_MM = 72 / 25.4
_FIELD = (LEFT - 2.0, TOP - 4.0, ACROSS + 4.0, BOTTOM - TOP + 5.0)
_OPENING, _TITLE = Style(Voice.BOLD, 34, SEAL_RED), Style(Voice.BOLD, 22, INK)
_SLOT = (BOTTOM - TOP) / 2


class Insertion(NamedTuple):
    """A page of an item's file: on which page of ours from 0, which of its pages, where in points, and how large."""

    page: int
    number: str
    leaf: int
    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """The PDF, what is to be put on its pages, and on which page from 1 each item begins."""

    pdf: bytes
    insertions: tuple[Insertion, ...]
    pages: Mapping[str, int]
    count: int


Pictures = Callable[[str], bytes]
"""Gives the JPEG of an archive number."""


def draw_dossier(packed: Packed, fonts: FontSet, pictures: Pictures) -> Drawn:
    """Return a dossier as a PDF; it is laid out once to know its pages, and then drawn.

    Raises Invalid naming a character that no font has.
    """
    planned = _Book(packed, None).draw(fonts, 0, {})
    return _Book(packed, pictures).draw(fonts, planned.count, dict(planned.pages))


class _Book:
    def __init__(self, packed: Packed, pictures: Pictures | None) -> None:
        self.packed, self.pictures = packed, pictures
        self.insertions: list[Insertion] = []

    def draw(self, fonts: FontSet, count: int, marks: dict[str, int]) -> Drawn:
        told = self.packed
        day = to_local(told.made_at).date()
        colophon = Colophon(told.title, told.office_name, told.product_name, told.edition_name, day)
        with open_paper(colophon, fonts) as paper:
            sheet = Sheet(paper, _running(told), count, marks)
            self._cover(sheet)
            self._contents(sheet)
            self._standing(sheet)
            for place, clause in enumerate(told.clauses):
                self._clause(sheet, clause, place)
            self._proof(sheet)
            return Drawn(paper.finish(), tuple(self.insertions), sheet.marks, sheet.number)

    # --- front ---

    def _cover(self, sheet: Sheet) -> None:
        told, paper = self.packed, sheet.paper
        sheet.begin(is_plain=True)
        sheet.mark("cover", "封面", 0)
        paper.rule(LEFT, 30, RIGHT, 30, points=2.2, colour=SEAL_RED)
        paper.rule(LEFT, 31.4, RIGHT, 31.4, points=0.5, colour=SEAL_RED)
        paper.text(LEFT, 40, told.product_name, Style(Voice.REGULAR, 11, GREY))
        paper.text(RIGHT, 40, f"区划代码 {told.area_code}", Style(Voice.REGULAR, 11, GREY), align=Align.RIGHT)
        sheet.y = 82
        sheet.heading(told.area_name, Style(Voice.BOLD, 26, INK), after=6)
        sheet.heading("志愿服务测评档案", _OPENING, after=6)
        sheet.heading(f"{told.year} 年度", Style(Voice.REGULAR, 20, INK), after=28)
        as_of = str(say_date(told.figures_as_of)) if told.figures_as_of else "没有统计表格"
        facts = [
            ("测评体系", told.edition_name),
            ("编制单位", told.office_name),
            ("汇编时间", f"{to_local(told.made_at):%Y-%m-%d %H:%M}（第 {told.package_number} 次汇编）"),
            ("数字截至", as_of),
            *([("材料完备", told.share or "没有条款")] if told.tells_lacks else []),
            ("材料", _counted(told)),
        ]
        sheet.pairs(facts, term=30, style=Style(Voice.REGULAR, 11, INK))
        if told.remark:
            sheet.y += 6
            sheet.heading(told.remark, Style(Voice.BOLD, 11, SEAL_RED))
        made = to_local(told.made_at)
        signed = Style(Voice.REGULAR, 13, INK)
        paper.text(CENTRE, 250, told.office_name, signed, align=Align.CENTRE)
        paper.text(CENTRE, 259, f"{made.year} 年 {made.month} 月 {made.day} 日", signed, align=Align.CENTRE)
        paper.rule(LEFT, 268, RIGHT, 268, points=0.5, colour=SEAL_RED)
        paper.rule(LEFT, 269.4, RIGHT, 269.4, points=2.2, colour=SEAL_RED)

    def _contents(self, sheet: Sheet) -> None:
        sheet.begin("目录")
        sheet.mark("contents", "目录", 0)
        sheet.heading("目　录")
        self._entry(sheet, _standing_name(self.packed), "standing", 0)
        for clause in self.packed.clauses:
            self._entry(sheet, f"{clause.code}　{clause.title}", _key(clause), 0)
            for item in clause.items:
                self._entry(sheet, f"{item.number}　{item.title}", item.number, 8)
        self._entry(sheet, "记录存证与文件校验", "proof", 0)

    def _entry(self, sheet: Sheet, text: str, key: str, indent: float) -> None:
        style = Style(Voice.REGULAR if indent else Voice.BOLD, 9.5 if indent else 10.5, GREY if indent else INK)
        paper, high = sheet.paper, 6.0 if indent else 7.6
        sheet.room(high)
        shown = paper.wrap_text(sheet.clean(text), style, ACROSS - indent - 18, most=1)[0]
        base = sheet.y + high - 2
        paper.text(LEFT + indent, base, shown, style)
        paper.text(RIGHT, base, sheet.page_of(key), style, align=Align.RIGHT)
        start = LEFT + indent + paper.width(shown, style) + 2
        end = RIGHT - paper.width(sheet.page_of(key), style) - 2
        paper.text(end, base, "·" * int((end - start) / paper.width("··", SMALL) * 2), SMALL, align=Align.RIGHT)
        paper.jump(LEFT, sheet.y, ACROSS, high, key)
        sheet.y += high

    def _standing(self, sheet: Sheet) -> None:
        """Draw what there is, clause by clause; what is lacking only for the office's own use."""
        told, name = self.packed, _standing_name(self.packed)
        sheet.begin(name)
        sheet.mark("standing", name, 0)
        sheet.heading(name, after=2)
        sheet.heading(told.share if told.tells_lacks else _counted(told), Style(Voice.REGULAR, 10, GREY))
        kinds = [Column(kind.label, 16, Align.CENTRE) for kind in MaterialKind]
        lacking = 46 if told.tells_lacks else 0
        columns = [Column("条款", 14), Column("内容", ACROSS - 14 - 64 - lacking), *kinds]
        columns += [Column("还缺", lacking)] if lacking else []
        rows = [
            [
                clause.code,
                clause.title,
                *(_have(clause, kind, told.tells_lacks) for kind in MaterialKind),
                *([_missing(clause)] if lacking else []),
            ]
            for clause in told.clauses
        ]
        sheet.table(columns, rows, keys=[_key(clause) for clause in told.clauses])
        sheet.y += 3
        legend = "格子里是“已有/应有”；" if told.tells_lacks else "格子里是份数；"
        sheet.line(f"{legend}“—”表示这一条不要这种材料。", SMALL)

    # --- items ---

    def _clause(self, sheet: Sheet, clause: PackedClause, place: int) -> None:
        sheet.begin(f"{clause.code} {clause.title}")
        sheet.mark(_key(clause), f"{clause.code} {clause.title}", 0)
        paper = sheet.paper
        sheet.y = 58
        paper.text(CENTRE, sheet.y, clause.code, _OPENING, align=Align.CENTRE)
        paper.rule(CENTRE - 18, sheet.y + 5, CENTRE + 18, sheet.y + 5, points=1.4, colour=SEAL_RED)
        sheet.y += 13
        sheet.heading(clause.title, _TITLE)
        sheet.paragraphs(clause.words)
        sheet.y += 4
        if clause.unit:
            sheet.line(f"责任单位：{clause.unit}", CELL, after=4)
        if clause.items:
            columns = [
                Column("档号", 42),
                Column("种类", 22),
                Column("名称", ACROSS - 80),
                Column("页", 16, Align.RIGHT),
            ]
            rows = [[item.number, item.kind.label, item.title, sheet.page_of(item.number)] for item in clause.items]
            sheet.table(columns, rows, keys=[item.number for item in clause.items])
        sheet.y += 4
        if self.packed.tells_lacks:
            for lack in clause.lacks:
                if lack.missing:
                    sheet.line(str(lack.words), _in(CELL, SEAL_RED))
        for kind, listed in groupby(clause.items, key=lambda item: item.kind):
            self._items(sheet, clause, kind, list(listed))

    def _items(self, sheet: Sheet, clause: PackedClause, kind: MaterialKind, items: list[PackedItem]) -> None:
        head = f"{clause.code} {clause.title}"
        if kind is MaterialKind.PICTURE:
            for at in range(0, len(items), 2):
                self._pictures(sheet, head, items[at : at + 2])
            return
        draw = {
            MaterialKind.DOCUMENT: self._document,
            MaterialKind.NOTE: self._note,
            MaterialKind.TABLE: self._table,
        }[kind]
        for item in items:
            draw(sheet, head, item)

    def _document(self, sheet: Sheet, head: str, item: PackedItem) -> None:
        file = item.file
        if file is None or not file.leaves:
            self._lost(sheet, head, item)
            return
        left, top, wide, high = _FIELD
        for leaf, (leaf_wide, leaf_high) in enumerate(file.leaves):
            sheet.begin(head, f"档号 {item.number}　原件第 {leaf + 1} 页 共 {len(file.leaves)} 页")
            if leaf == 0:
                sheet.mark(item.number, f"{item.number} {item.title}", 1)
            scale = min(wide * POINTS_A_MM / leaf_wide, high * POINTS_A_MM / leaf_high)
            shown_wide, shown_high = leaf_wide * scale / POINTS_A_MM, leaf_high * scale / POINTS_A_MM
            x = left + (wide - shown_wide) / 2
            sheet.paper.box(x, top, shown_wide, shown_high, stroke=HAIR, points=0.4)
            y = (HEIGHT - top - shown_high) * POINTS_A_MM
            self.insertions.append(Insertion(sheet.number - 1, item.number, leaf, x * POINTS_A_MM, y, scale))

    def _lost(self, sheet: Sheet, head: str, item: PackedItem) -> None:
        """Draw a page in place of a file that cannot be opened, so that one file does not spoil the whole."""
        sheet.begin(head, f"档号 {item.number}")
        sheet.mark(item.number, f"{item.number} {item.title}", 1)
        sheet.y = 90
        sheet.heading(item.title)
        sheet.heading("这份文件没能放进来", _in(SUBHEADING, SEAL_RED))
        told = item.facts
        pairs = [("文号", told.number), ("发文单位", told.issuer)] if isinstance(told, DocumentFacts) else []
        if item.file is not None:
            pairs += [("文件名", item.file.name), ("SHA-256", item.file.digest)]
        sheet.pairs(pairs, style=CELL)
        sheet.y += 4
        sheet.line("文件本身打不开，或者页数、大小超出了限度。原件还在平台里，可以单独下载核对。", SMALL)

    def _note(self, sheet: Sheet, head: str, item: PackedItem) -> None:
        sheet.begin(head, f"档号 {item.number}")
        sheet.mark(item.number, f"{item.number} {item.title}", 1)
        sheet.y = 36
        sheet.heading(item.title, Style(Voice.BOLD, 18, INK), after=7)
        sheet.paragraphs(item.words)
        told = item.facts
        if isinstance(told, NoteFacts):
            sheet.room(26)
            sheet.y += 10
            day = told.dated_on
            for text in (sheet.clean(told.unit), f"{day.year} 年 {day.month} 月 {day.day} 日"):
                sheet.paper.text(RIGHT, sheet.y + 4, text, BODY, align=Align.RIGHT)
                sheet.y += 8

    def _pictures(self, sheet: Sheet, head: str, items: Sequence[PackedItem]) -> None:
        numbers = "　".join(f"档号 {item.number}" for item in items)
        sheet.begin(head, numbers)
        for place, item in enumerate(items):
            sheet.mark(item.number, f"{item.number} {item.title}", 1)
            sheet.y = TOP + place * _SLOT
            self._picture(sheet, item)

    def _picture(self, sheet: Sheet, item: PackedItem) -> None:
        told, file = item.facts, item.file
        if not isinstance(told, Caption) or file is None:
            return
        end = sheet.y + _SLOT - 4
        rows = [
            ("档号", item.number),
            ("时间", f"{told.taken_on.year} 年 {told.taken_on.month} 月 {told.taken_on.day} 日"),
            ("地点", told.place),
            ("人物", told.people),
            ("主题", told.theme),
            ("事由", told.event),
        ]
        high = sum(len(sheet.paper.wrap_text(sheet.clean(said), CELL, ACROSS - 38)) * 4.51 + 3.2 for _, said in rows)
        space = end - high - 3 - sheet.y
        scale = min(ACROSS / file.width, space / file.height)
        wide, tall = file.width * scale, file.height * scale
        left = CENTRE - wide / 2
        if self.pictures is not None:
            sheet.paper.picture(left, sheet.y, wide, tall, self.pictures(item.number))
        sheet.paper.box(left, sheet.y, wide, tall, stroke=HAIR, points=0.4)
        sheet.y += tall + 3
        sheet.paper.rule(LEFT, sheet.y, RIGHT, sheet.y, points=0.9, colour=INK)
        sheet.pairs(rows, term=22)

    def _table(self, sheet: Sheet, head: str, item: PackedItem) -> None:
        sheet.begin(head, f"档号 {item.number}")
        sheet.mark(item.number, f"{item.number} {item.title}", 1)
        sheet.heading(item.title, after=1)
        draw_table(sheet, item)

    # --- back ---

    def _proof(self, sheet: Sheet) -> None:
        told = self.packed
        sheet.begin("记录存证与文件校验")
        sheet.mark("proof", "记录存证与文件校验", 0)
        sheet.heading("记录存证与文件校验")
        sheet.line(
            "统计表格里的服务时间出自时长台账。台账的每条记录都进了一棵只增不改的存证树，树根定期签名公布：", CELL
        )
        if told.proof is None:
            sheet.line("汇编时还没有签发存证点。", CELL, after=4)
        else:
            self._checkpoint(sheet, told.proof)
        sheet.line("各份材料的 SHA-256", SUBHEADING, after=1)
        sheet.line("材料的文件变动一个字节，摘要就对不上。本 PDF 和全部文件的摘要另见“目录.json”。", SMALL, after=2)
        columns = [Column("文件", ACROSS - 98), Column("SHA-256", 98)]
        sheet.table(columns, told.digests, style=FINE)

    def _checkpoint(self, sheet: Sheet, proof: Proof) -> None:
        sheet.y += 3
        top = sheet.y
        signed = f"{to_local(proof.signed_at):%Y-%m-%d %H:%M}"
        pairs = [("存证树", proof.origin), ("记录条数", f"{proof.size:,}"), ("树根", proof.root), ("签发时间", signed)]
        sheet.pairs(
            [
                *pairs,
                ("签名原文", " ".join(proof.note.split())),
                ("原文下载", proof.source),
                ("公开网页", proof.address),
            ],
            style=FINE,
        )
        sheet.y += 3
        sheet.room(44)
        sheet.paper.code(CENTRE - 19, sheet.y, 38, proof.address)
        sheet.y += 39
        sheet.paper.text(CENTRE, sheet.y, "扫码打开公开的存证页面，比对条数和树根", SMALL, align=Align.CENTRE)
        sheet.y = max(sheet.y, top) + 8


def _in(style: Style, colour: Colour) -> Style:
    return style._replace(colour=colour)


def _running(packed: Packed) -> str:
    return f"{packed.title}　{packed.remark}" if packed.remark else packed.title


def _key(clause: PackedClause) -> str:
    return f"clause-{clause.code}"


def _standing_name(packed: Packed) -> str:
    return "材料完备情况" if packed.tells_lacks else "材料清单"


def _counted(packed: Packed) -> str:
    """Return how much there is: 17 条，34 份材料."""
    return f"{len(packed.clauses)} 条，{sum(len(clause.items) for clause in packed.clauses)} 份材料"


def _have(clause: PackedClause, kind: MaterialKind, tells_lacks: bool) -> str:
    lack = next((one for one in clause.lacks if one.kind is kind), None)
    if lack is None:
        return "—"
    return f"{lack.have}/{lack.want}" if tells_lacks else str(lack.have)


def _missing(clause: PackedClause) -> str:
    return "；".join(f"{lack.kind.label} {lack.missing}" for lack in clause.lacks if lack.missing) or "齐"
