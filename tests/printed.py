"""What a number looks like when it is printed, and finding it on a page or in a file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

import html5lib

from tests.proofreading import text_of
from tests.recount import Recounted

CODES = ("registered_share", "active_share", "hours_per_head", "support_share")
NONE = "暂无数据"
DASH = "—"
HIDDEN = "不显示"
TOTALS = {"严格": True, "全部": False}
TITLES = dict(
    zip(
        CODES,
        ("注册志愿者占常住人口比例", "参加活动的志愿者占比", "注册志愿者人均服务时间", "市民认同和支持率"),
        strict=True,
    )
)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_CODE = re.compile(r"/(?:areas|maps)/(\d{6,12})")


@dataclass(frozen=True)
class Printed:
    """One indicator of one area as it must be printed, from the second count."""

    code: str
    numerator: int | None
    denominator: int | None

    @property
    def is_known(self) -> bool:
        """Return whether there is a value."""
        return self.numerator is not None and bool(self.denominator)

    @property
    def value(self) -> str:
        """Return the value, rounded down to two places; "" where there is none."""
        if self.numerator is None or not self.denominator:
            return ""
        if self.code == "hours_per_head":
            return two_places(self.numerator * 100 // 60 // self.denominator)
        return two_places(self.numerator * 10_000 // self.denominator) + "%"

    @property
    def counts(self) -> tuple[int | None, int | None]:
        """Return numerator and denominator; hours as minutes."""
        return self.numerator, self.denominator

    @property
    def cells(self) -> list[str]:
        """Return what a file says: numerator, denominator, value, without separators."""
        is_hours = self.code == "hours_per_head"
        first = None if self.numerator is None else self.numerator
        told = DASH if first is None else two_places(first * 100 // 60) if is_hours else str(first)
        known = DASH if self.denominator is None else str(self.denominator)
        return [one.replace(",", "") for one in (told, known, self.value or DASH)]


def compared(now: Printed, then: Printed) -> str:
    """Return how a number compares with the one of a year before, by what is printed of both."""
    if not now.is_known:
        return ""
    if not then.is_known:
        return "去年同日没有数据"
    by = _hundredths(now) - _hundredths(then)
    if not by:
        return "和去年同日一样"
    is_hours = now.code == "hours_per_head"
    more, less = ("多", "少") if is_hours else ("高", "低")
    return f"比去年同日{more if by > 0 else less} {two_places(abs(by))} {'小时' if is_hours else '个百分点'}"


def _hundredths(one: Printed) -> int:
    return int(re.sub(r"\D", "", one.value))


def two_places(hundredths: int) -> str:
    """Return 1234567 as 12,345.67."""
    return f"{hundredths // 100:,}.{hundredths % 100:02d}"


def printed(one: Recounted) -> dict[str, Printed]:
    """Return all four indicators of an area as they must be printed."""
    residents = None if one.communities_without_residents else one.residents
    counts = ((one.registered, residents), (one.active, one.registered), (one.minutes, one.registered))
    both = (*counts, (one.supporting, one.valid_answers))
    return {code: Printed(code, *pair) for code, pair in zip(CODES, both, strict=True)}


def minutes_in(words: str) -> int:
    """Return the minutes of 12 小时 5 分."""
    hours, minutes = re.search(r"([\d,]+) ?小时", words), re.search(r"([\d,]+) ?分", words)
    return sum(int(one[1].replace(",", "")) * by for one, by in ((hours, 60), (minutes, 1)) if one)


def whole(words: str) -> int:
    """Return the first whole number in a text."""
    found = NUMBER.search(words)
    assert found, words
    return int(found[0].replace(",", ""))


class Page:
    """A page as a reader sees it."""

    def __init__(self, markup: str) -> None:
        self.root = html5lib.parse(markup, namespaceHTMLElements=False)

    def all(self, tag: str, kind: str = "", inside: Element | None = None) -> list[Element]:
        """Return the elements of a tag and class in their order."""
        found = (self.root if inside is None else inside).iter(tag)
        return [one for one in found if not kind or kind in one.get("class", "").split()]

    def one(self, identity: str) -> Element:
        """Return the element with an id."""
        return next(one for one in self.root.iter() if one.get("id") == identity)

    def rows(self, table: Element, part: str = "tbody") -> Iterator[list[Element]]:
        """Yield the cells of each row of a table's body or foot."""
        for body in table.iter(part):
            for row in body.iter("tr"):
                yield [one for one in row if one.tag in ("th", "td")]

    def table(self, caption: str) -> Element:
        """Return the table whose caption holds these words."""
        return next(one for one in self.root.iter("table") if caption in text_of(next(one.iter("caption"))))


def shown_as(value: object, like: str) -> str:
    """Return what a cell of an Excel file shows, in the shape that the same cell has in a text file."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, int | float):
        return f"{value:.2%}" if like.endswith("%") else f"{value:.2f}" if "." in like else f"{value:.0f}"
    return str(value)


def own_words(cell: Element) -> str:
    """Return the number that a cell begins with, before what stands in smaller print."""
    return (cell.text or "").strip().split(" ")[0]


def code_in(cell: Element) -> str:
    """Return the area's code that the link of a cell leads to."""
    found = next(found for link in cell.iter("a") if (found := _CODE.search(link.get("href", ""))))
    return found[1]


def plain_hours(minutes: int) -> str:
    """Return minutes as a file tells hours."""
    return two_places(minutes * 100 // 60).replace(",", "")


def places(figures: Mapping[str, Printed]) -> dict[str, int | None]:
    """Return each area's place: one more than there are areas with a larger ratio; None without one."""
    known = [one for one in figures.values() if one.is_known]
    return {
        code: 1 + sum(_is_larger(other, one) for other in known) if one.is_known else None
        for code, one in figures.items()
    }


def _is_larger(one: Printed, other: Printed) -> bool:
    products = ((a.numerator or 0) * (b.denominator or 0) for a, b in ((one, other), (other, one)))
    return next(products) > next(products)
