"""What a dossier's items must say, what a clause still lacks, and how items are numbered. Pure.

Source of the kinds and of a picture's five facts: the city plan, on collecting materials for the assessors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any
from unicodedata import normalize

from volunteer.areas.rules import AreaLevel
from volunteer.evidence.subjects import Subject
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import Invalid
from volunteer.kernel.periods import FIRST_YEAR, WindowKind, month_start
from volunteer.kernel.periods import ONE_DAY as _ONE_DAY
from volunteer.kernel.text import N_, Words
from volunteer.metrics.editions import Clause, MaterialKind
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

LEAST: Mapping[MaterialKind, int] = {
    MaterialKind.DOCUMENT: 1,
    MaterialKind.NOTE: 1,
    MaterialKind.PICTURE: 2,
    MaterialKind.TABLE: 1,
}
"""How many of each kind a clause wants that wants any (our decision); of pictures an office may ask more or fewer."""
MOST_PICTURES = 20
FACT_LENGTH = 100
LEVELS_BELOW: Mapping[AreaLevel, tuple[AreaLevel, ...]] = {
    AreaLevel.CITY: (AreaLevel.DISTRICT, AreaLevel.STREET, AreaLevel.COMMUNITY),
    AreaLevel.DISTRICT: (AreaLevel.STREET, AreaLevel.COMMUNITY),
}
"""Which areas keep a dossier, and by which areas below them a table may be split."""
_FILLERS = frozenset(
    {"无", "没有", "略", "同上", "同前", "如上", "见图", "如图", "见照片", "图片", "照片", "等", "等等", "不详"}
    | {"不知道", "不清楚", "未知", "某某", "暂无", "暂缺", "待补", "待填", "待定", "测试"}
    | {"test", "none", "na", "null", "xx"}
)
# Letters by name, seen by nobody: the fillers of Hangul.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0")


class ItemAct(StrEnum):
    """What was done to an item."""

    ADDED = "added"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """Return the word for it, a Chinese msgid."""
        return _ACT_LABELS[self]


_ACT_LABELS = {ItemAct.ADDED: N_("加入"), ItemAct.CHANGED: N_("修改"), ItemAct.WITHDRAWN: N_("撤下")}


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What identifies a 规范文件; `number` is its 文号."""

    number: str
    issuer: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """Who wrote a 情况说明, and when."""

    unit: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class Caption:
    """The five facts of a 实景图片: 时间、地点、人物、主题、事由."""

    taken_on: date
    place: str
    people: str
    theme: str
    event: str


@dataclass(frozen=True, slots=True)
class TableFacts:
    """Which figures a 统计表格 shows: of all areas of `level` below the dossier's; `indicator` None for all four."""

    indicator: IndicatorCode | None
    level: AreaLevel
    as_of: date
    window: WindowKind
    total: Total


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Which records a 统计表格 lists or sums up; `themes` narrows activities, () takes all of them."""

    subject: Subject
    as_of: date
    window: WindowKind
    total: Total
    themes: tuple[ServiceCategory, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTableFacts:
    """Who filled in a 统计表格 of their own, until when it counts, and where its figures come from."""

    unit: str
    counted_to: date
    source: str


Facts = DocumentFacts | NoteFacts | Caption | TableFacts | ListFacts | OwnTableFacts
_READERS: Mapping[MaterialKind, type[Facts]] = {
    MaterialKind.DOCUMENT: DocumentFacts,
    MaterialKind.NOTE: NoteFacts,
    MaterialKind.PICTURE: Caption,
    MaterialKind.TABLE: TableFacts,
}


def stored(facts: Facts) -> dict[str, Any]:
    """Return facts as JSON values."""
    return {key: _plain(value) for key, value in asdict(facts).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [str(one) for one in value] if isinstance(value, tuple) else value


def read_facts(kind: MaterialKind, kept: Mapping[str, Any]) -> Facts:
    """Return the facts of a kind as they were kept by `stored`."""
    values: dict[str, Any] = {
        key: date.fromisoformat(value) if key in _DAYS else _ENUMS[key](value) if key in _ENUMS and value else value
        for key, value in kept.items()
    }
    if "themes" in values:
        values["themes"] = tuple(map(ServiceCategory, values["themes"]))
    reader = next((one for sign, one in _TABLES.items() if sign in values), None)
    return (reader if reader and kind is MaterialKind.TABLE else _READERS[kind])(**values)


_TABLES: Mapping[str, type[Facts]] = {"subject": ListFacts, "counted_to": OwnTableFacts}
_DAYS = frozenset({"dated_on", "taken_on", "as_of", "counted_to"})
_ENUMS: Mapping[str, Any] = {
    "subject": Subject,
    "indicator": IndicatorCode,
    "level": AreaLevel,
    "window": WindowKind,
    "total": Total,
}


def check_telling(text: str, *, field: str) -> None:
    """Raise Invalid on the field where a fact says nothing: 无, 同上, 见图, also twice over, marks or figures alone."""
    plain = normalize("NFKC", text).casefold()
    letters = "".join(letter for letter in plain if letter.isalnum() and letter not in _BLANKS)
    if not letters or letters.isdecimal() or _repeated(letters) in _FILLERS or _is_one_letter(letters):
        raise Invalid(N_("这一项要写具体，测评员看图就靠它；不能写“%(typed)s”"), field=field, typed=text[:20])


def _repeated(letters: str) -> str:
    """Return what a text repeats from end to end: 同上 of 同上同上; the text itself where it repeats nothing."""
    return letters[: (letters + letters).index(letters, 1)]


def _is_one_letter(letters: str) -> bool:
    return len(set(letters)) == 1 and (len(letters) > 1 or not _is_hanzi(letters))


def _is_hanzi(letter: str) -> bool:
    return letter >= "\u3400"


def check_taken_on(day: date, year: int, today: date, *, field: str = "taken_on") -> None:
    """Raise Invalid on the field unless a picture was taken in the dossier's year and not in the future."""
    _check_past(day, today, field)
    if day.year != year:
        raise Invalid(
            N_("这是 %(year)s 年的档案，图片要在这一年里拍的；%(taken)s 年的请放进那一年的档案"),
            field=field,
            year=str(year),
            taken=str(day.year),
        )


def check_dated_on(day: date, today: date, *, field: str = "dated_on") -> None:
    """Raise Invalid on the field for a day in the future or before anything of the kind existed."""
    _check_past(day, today, field)
    if day.year < FIRST_YEAR:
        raise Invalid(N_("日期太早，请再核对一遍"), field=field)


def check_as_of(day: date, year: int, today: date, *, field: str = "as_of") -> None:
    """Raise Invalid on the field unless a table's day lies in the dossier's year and has come."""
    _check_past(day, today, field)
    if day.year != year:
        raise Invalid(N_("这是 %(year)s 年的档案，请选这一年里的日期"), field=field, year=str(year))


def _check_past(day: date, today: date, field: str) -> None:
    if day > today:
        raise Invalid(N_("日期不能在今天以后"), field=field)


def check_year(year: int, today: date) -> None:
    """Raise Invalid on "year" for a dossier of a year that has not begun, or of long ago."""
    if not today.year - 5 <= year <= today.year:
        raise Invalid(
            N_("档案的年份要在 %(first)s 年到 %(last)s 年之间"),
            field="year",
            first=str(today.year - 5),
            last=str(today.year),
        )


def last_month_end(year: int, today: date) -> date:
    """Return the last month's end of a year that has come: where tables made by one click are read.

    Raises Invalid in a year's first month, which has none yet.
    """
    if today.year > year:
        return date(year, 12, 31)
    end = month_start(today) - _ONE_DAY
    if end.year != year:
        raise Invalid(N_("今年还没有过完一个月，2 月起才有月末的数字"))
    return end


@dataclass(frozen=True, slots=True)
class Lack:
    """How many of a kind a clause has, and how many it wants."""

    kind: MaterialKind
    have: int
    want: int

    @property
    def missing(self) -> int:
        """Return how many are still to come."""
        return max(self.want - self.have, 0)

    @property
    def words(self) -> Words:
        """Return what is missing: 还缺 2 张实景图片; only where something is."""
        return Words(_LACKS[self.kind], {"count": str(self.missing)})


_LACKS = {
    MaterialKind.DOCUMENT: N_("还缺 %(count)s 份规范文件"),
    MaterialKind.NOTE: N_("还缺 %(count)s 份情况说明"),
    MaterialKind.PICTURE: N_("还缺 %(count)s 张实景图片"),
    MaterialKind.TABLE: N_("还缺 %(count)s 张统计表格"),
}


def lacks_of(clause: Clause, have: Mapping[MaterialKind, int], pictures: int | None = None) -> tuple[Lack, ...]:
    """Return kind by kind what a clause wants and has; `pictures` is how many of those the office asks for."""
    wanted = {**LEAST, MaterialKind.PICTURE: pictures or LEAST[MaterialKind.PICTURE]}
    return tuple(Lack(kind, have.get(kind, 0), wanted[kind]) for kind in clause.wants)


def completeness(lacks: Iterable[Lack]) -> Fraction | None:
    """Return the share of what is wanted that is there, more than wanted counting no further; None if nothing is."""
    listed = list(lacks)
    want = sum(lack.want for lack in listed)
    return Fraction(want - sum(lack.missing for lack in listed), want) if want else None


def archive_number(year: int, area_code: str, clause: int, item: int) -> str:
    """Return the 档号 of an item: year, area, place of the clause, number in it: 2026-420606-03-02 (our decision)."""
    return f"{year}-{area_code}-{clause:02d}-{item:02d}"


TITLES_OF_OTHER_FILES = (
    (b"PK\x03\x04", N_("压缩包或 Office 文件")),
    (b"\xd0\xcf\x11\xe0", N_("旧版 Office 文件")),
    (b"\xff\xd8\xff", N_("一张 JPG 图片")),
    (b"\x89PNG", N_("一张 PNG 图片")),
    (b"Rar!", N_("一个 RAR 压缩包")),
    (b"MZ", N_("一个程序文件")),
    (b"<", N_("一个网页")),
)


def check_is_pdf(data: bytes, *, field: str = "file") -> None:
    """Raise Invalid on the field for anything but a PDF, naming what it is; nothing is unpacked to find out."""
    if not data:
        raise Invalid(N_("这个文件是空的，请重新选"), field=field)
    if b"%PDF-" in data[:1024]:
        return
    kind = next((name for start, name in TITLES_OF_OTHER_FILES if data.startswith(start)), None)
    if kind is None:
        raise Invalid(N_("这不是 PDF 文件。请在原来的软件里另存为 PDF 再传"), field=field)
    raise Invalid(N_("这是%(kind)s，不是 PDF。请在原来的软件里另存为 PDF 再传"), field=field, kind=Words(kind))
