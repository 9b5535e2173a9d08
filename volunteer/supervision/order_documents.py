"""The 督办通知单 on paper, and the table of orders that an office takes away. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from volunteer.certificates.record_table import chinese_day
from volunteer.kernel.fonts import FontSet, Voice
from volunteer.kernel.paper import Colophon, open_paper
from volunteer.kernel.tables import Column, Kind, Table
from volunteer.kernel.text import N_, Words
from volunteer.supervision.order_rules import Gap
from volunteer.supervision.sheets import Sheet

TITLE = "督办通知单"
_FIXED = {
    Voice.REGULAR: "督办〔〕号年月日发往事项指标和标准现状差距办理要求期限签收答复截至（盖章）0123456789.%，。：",
    Voice.BOLD: TITLE + "发往事项指标和标准现状差距预计办理要求期限签收与答复",
}
_HOW = "请在志愿台签收，在期限前书面答复办理情况，附上佐证的照片或文件。答复由发出单位审核；逾期没有答复的，报上级。"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What stands on the paper, all of it as it was when the order was sent."""

    number: str
    issuer: str
    addressee: str
    area: str
    title: str
    gap: Gap
    demand: str
    sent_on: date
    working_days: int
    due_on: date
    product_name: str


def draw_order(facts: OrderFacts, fonts: FontSet) -> bytes:
    """Return the order as a PDF; the same facts and fonts give the same bytes.

    Raises Invalid naming a character that no font has.
    """
    colophon = Colophon(
        title=f"{TITLE} {facts.number}",
        author=facts.issuer,
        maker=facts.product_name,
        subject=facts.title,
        made_on=facts.sent_on,
        fixed=_FIXED,
    )
    with open_paper(colophon, fonts) as paper:
        sheet = Sheet(paper)
        sheet.masthead(TITLE, facts.number, chinese_day(facts.sent_on).strip())
        sheet.facts(_lines(facts))
        sheet.space(4)
        sheet.signed(facts.issuer, chinese_day(facts.sent_on).strip())
        return sheet.finish(f"{facts.product_name} · {facts.number}")


def _lines(facts: OrderFacts) -> list[tuple[str, str]]:
    gap, unit = facts.gap, facts.gap.indicator.unit.suffix
    threshold = f"{gap.threshold_text} {unit}".strip()
    return [
        ("发往", facts.addressee),
        ("事项", facts.title),
        ("指标和标准", f"{gap.indicator.name}，不低于 {threshold}（{gap.edition}）"),
        ("现状", f"{facts.area}：{gap.sentence}。统计期 {gap.period}，截至 {chinese_day(gap.last_on).strip()}。"),
        ("差距", f"{gap.missing}。"),
        *([("预计", f"{gap.forecast}。")] if gap.forecast else []),
        ("办理要求", facts.demand),
        ("期限", f"{chinese_day(facts.due_on).strip()}前书面答复（{facts.working_days} 个工作日）。"),
        ("签收与答复", _HOW),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order in a table, its words in the reader's language already."""

    number: str
    issuer: str
    addressee: str
    indicator: str
    title: str
    sent_on: date
    due_on: date
    status: str
    left: str
    gap: str


def order_table(lines: Iterable[OrderLine], *, title: str, speak: Callable[[Words], str] = str) -> Table:
    """Return orders as rows."""
    labels = (
        *(N_("编号"), N_("发出单位"), N_("发往"), N_("指标"), N_("事项"), N_("发出日期"), N_("期限")),
        *(N_("状态"), N_("期限还有"), N_("发出时的差距")),
    )
    kinds = {N_("发出日期"): Kind.DATE, N_("期限"): Kind.DATE}
    columns = [Column(speak(Words(label)), kinds.get(label, Kind.TEXT), width=20) for label in labels]
    rows = (
        (
            *(one.number, one.issuer, one.addressee, one.indicator, one.title, one.sent_on, one.due_on),
            *(one.status, one.left, one.gap),
        )
        for one in lines
    )
    return Table(title, columns, rows)
