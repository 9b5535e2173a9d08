"""An area tree and its populations read from tables, checked whole: every fault with its row, or all rows."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from volunteer.kernel.errors import Invalid
from volunteer.kernel.names import code_point, repair_private_use
from volunteer.kernel.text import N_, Words
from volunteer.kernel.widths import compact, narrow

LONGEST_NAME = 50
LONGEST_SOURCE = 300
FIRST_YEAR = 1990
MOST_RESIDENTS = 1_000_000
HEADER_ROW = 1

# The statistics bureau's list of 2023 writes 高𡐓村 (420684103229) with a private-use code point of its own.
_STATISTICS_PRIVATE_USE = {0xE170: "\U00021413"}


class AreaLevel(StrEnum):
    """The four levels of the tree, from the top."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"

    @property
    def label(self) -> str:
        """The level's name, for the catalogue."""
        return LEVEL_LABELS[self]

    @property
    def above(self) -> "AreaLevel | None":
        """The level that contains this one; None for the city."""
        place = LEVELS.index(self)
        return LEVELS[place - 1] if place else None

    @property
    def code_length(self) -> int:
        """How many digits a code of this level has in the statistics bureau's list."""
        return _CODE_LENGTHS[self]


LEVELS = tuple(AreaLevel)
LEVEL_LABELS = {
    AreaLevel.CITY: N_("市"),
    AreaLevel.DISTRICT: N_("区县"),
    AreaLevel.STREET: N_("街道乡镇"),
    AreaLevel.COMMUNITY: N_("社区（村）"),
}
_CODE_LENGTHS = {AreaLevel.CITY: 6, AreaLevel.DISTRICT: 6, AreaLevel.STREET: 9, AreaLevel.COMMUNITY: 12}
_LEVEL_WORDS = {
    AreaLevel.CITY: "city 市 地级市",
    AreaLevel.DISTRICT: "district 区县 区 县 县级市",
    AreaLevel.STREET: "street 街道乡镇 街道 乡镇 镇 乡",
    AreaLevel.COMMUNITY: "community 社区（村） 社区(村) 社区 村 居委会 村委会",
}
_LEVEL_BY_WORD = {word: level for level, words in _LEVEL_WORDS.items() for word in words.split()}

AREA_COLUMNS = ("code", "name", "level", "parent_code")
POPULATION_COLUMNS = ("code", "year", "residents", "source")
COLUMN_LABELS = {
    "code": N_("代码"),
    "name": N_("名称"),
    "level": N_("级别"),
    "parent_code": N_("上级代码"),
    "year": N_("年份"),
    "residents": N_("常住人口"),
    "source": N_("来源"),
}


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area as a file states it; `parent_code` is None for the city."""

    code: str
    name: str
    level: AreaLevel
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """How many people of the built-up area live permanently in one community in one year; 0: none do."""

    code: str
    year: int
    residents: int
    source: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one cell; rows count from 1 with the header, `column` is a key of COLUMN_LABELS or ""."""

    row_number: int
    column: str
    words: Words

    @property
    def column_label(self) -> str:
        """The column's name for people, "" for the whole row."""
        return COLUMN_LABELS.get(self.column, "")

    def __str__(self) -> str:
        where = f"第 {self.row_number} 行" + (f"，{self.column_label}" if self.column_label else "")
        return f"{where}：{self.words}"


class RowErrors(Invalid):
    """A table with faults; nothing of it is taken. `errors` holds all of them, in the order of the rows."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: error.row_number))
        super().__init__(N_("文件里有 %(count)s 处要改，一行也没有导入"), field="file", count=len(self.errors))


def lineage(row: AreaRow) -> str:
    """Return the codes from the city down to the area, joined by "/": 420600/420602/420602001/420602001001."""
    codes = (row.code[:4] + "00", row.code[:6], row.code[:9], row.code)
    return "/".join(codes[: LEVELS.index(row.level) + 1])


def read_area_rows(rows: Iterable[Mapping[str, object]], known: Mapping[str, AreaLevel] | None = None) -> list[AreaRow]:
    """Return the areas of a table, parents first, then by code; or raise RowErrors with every fault.

    `rows` are mappings with the keys of AREA_COLUMNS, as csv.DictReader gives them; empty rows are skipped.
    `known` are the levels of areas that exist already, under which a table may add.
    """
    faults: list[RowError] = []
    table = _table(rows, AREA_COLUMNS, faults)
    read = {number: _area_row(number, cells, faults) for number, cells in table.items()}
    whole = {number: row for number, row in read.items() if row is not None}
    _check_unique({number: (row.code,) for number, row in whole.items()}, faults)
    broken_codes = {_code(table[number]["code"]) for number, row in read.items() if row is None}
    _check_tree(whole, dict(known or {}), broken_codes, faults)
    if faults:
        raise RowErrors(faults)
    return sorted(whole.values(), key=lambda row: (LEVELS.index(row.level), row.code))


def read_population_rows(
    rows: Iterable[Mapping[str, object]], today: date, communities: Collection[str] | None = None
) -> list[PopulationRow]:
    """Return the populations of a table, by community and year; or raise RowErrors with every fault.

    `rows` are mappings with the keys of POPULATION_COLUMNS. `communities` are the codes that exist; None checks none.
    """
    faults: list[RowError] = []
    table = _table(rows, POPULATION_COLUMNS, faults)
    read = {number: _population_row(number, cells, today, communities, faults) for number, cells in table.items()}
    whole = {number: row for number, row in read.items() if row is not None}
    _check_unique({number: (row.code, row.year) for number, row in whole.items()}, faults)
    if faults:
        raise RowErrors(faults)
    return sorted(whole.values(), key=lambda row: (row.code, row.year))


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """What a table of areas would change: areas that are new, and those whose name differs from `before[code]`.

    A code says where its area stands, so an area never moves: one that comes under another district gets a new code.
    """

    rows: tuple[AreaRow, ...]
    added: tuple[AreaRow, ...]
    renamed: tuple[AreaRow, ...]
    before: Mapping[str, str]

    @property
    def unchanged_count(self) -> int:
        """How many rows say what is known already."""
        return len(self.rows) - len(self.added) - len(self.renamed)

    @property
    def touched(self) -> tuple[AreaRow, ...]:
        """The areas that would be new or renamed."""
        return self.added + self.renamed


def plan_areas(rows: Iterable[AreaRow], known: Mapping[str, AreaRow]) -> AreaPlan:
    """Return what `rows` change in the tree of `known` areas by code; raise Invalid for a second city."""
    rows = tuple(rows)
    city = next((row for row in known.values() if row.level is AreaLevel.CITY), None)
    for row in rows:
        if city and row.level is AreaLevel.CITY and row.code != city.code:
            words = N_("这里已经有%(name)s（%(code)s），不能再导入另一个市")
            raise Invalid(words, field="file", name=city.name, code=city.code)
    added = tuple(row for row in rows if row.code not in known)
    renamed = tuple(row for row in rows if row.code in known and row.name != known[row.code].name)
    return AreaPlan(rows, added, renamed, {row.code: known[row.code].name for row in renamed})


def fingerprint(plan: object) -> str:
    """Return a short digest of a plan, by which a reader's confirmation can be held to what they were shown."""
    return sha256(repr(plan).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PopulationChange:
    """One figure that a table would set; `before` is what is kept for that community and year, None where nothing is.

    `last_known` are the residents to compare with: those kept for the year, else for the year before it.
    """

    row: PopulationRow
    before: PopulationRow | None
    last_known: int | None

    @property
    def difference(self) -> int:
        """By how many residents the community's figure changes."""
        return self.row.residents - (self.before.residents if self.before else 0)

    @property
    def is_jump(self) -> bool:
        """Whether the figure at least doubles or halves, which is more often a slip than a fact (our decision)."""
        if self.last_known is None:
            return False
        small, large = sorted((self.row.residents, self.last_known))
        return large > 0 and large >= 2 * small


@dataclass(frozen=True, slots=True)
class YearTotal:
    """The communities with a figure for a year and their residents together, before and after a table."""

    year: int
    count_before: int
    residents_before: int
    count_after: int
    residents_after: int


@dataclass(frozen=True, slots=True)
class PopulationPlan:
    """What a table of populations would change, figure by figure and in the totals of its years."""

    rows: tuple[PopulationRow, ...]
    changes: tuple[PopulationChange, ...]
    totals: tuple[YearTotal, ...]

    @property
    def unchanged_count(self) -> int:
        """How many rows say what is kept already."""
        return len(self.rows) - len(self.changes)


def plan_populations(
    rows: Iterable[PopulationRow],
    known: Mapping[tuple[str, int], PopulationRow],
    totals: Mapping[int, tuple[int, int]],
) -> PopulationPlan:
    """Return what `rows` change among the `known` figures by (code, year).

    `totals` are the communities with a figure and their residents together, by year, as they are now.
    """
    rows = tuple(rows)
    changes = tuple(
        PopulationChange(row, before, _last_known(row, known))
        for row in rows
        if (before := known.get((row.code, row.year))) != row
    )
    years = sorted({row.year for row in rows})
    return PopulationPlan(rows, changes, tuple(_year_total(year, changes, totals.get(year, (0, 0))) for year in years))


def _last_known(row: PopulationRow, known: Mapping[tuple[str, int], PopulationRow]) -> int | None:
    found = known.get((row.code, row.year)) or known.get((row.code, row.year - 1))
    return found.residents if found else None


def _year_total(year: int, changes: Iterable[PopulationChange], now: tuple[int, int]) -> YearTotal:
    count, residents = now
    of_year = [change for change in changes if change.row.year == year]
    new = sum(change.before is None for change in of_year)
    return YearTotal(year, count, residents, count + new, residents + sum(change.difference for change in of_year))


def _table(
    rows: Iterable[Mapping[str, object]], columns: tuple[str, ...], faults: list[RowError]
) -> dict[int, dict[str, str]]:
    """Return the cells of each row that is not empty, as trimmed text, by row number."""
    table: dict[int, dict[str, str]] = {}
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        if missing := [column for column in columns if column not in row]:
            labels = "、".join(COLUMN_LABELS[column] for column in missing)
            faults.append(_fault(HEADER_ROW, "", N_("表头里缺少这些列：%(labels)s"), labels=labels))
            return {}
        cells = {column: _text(row[column]) for column in columns}
        if any(row.get(None, ()) or ()):  # type: ignore[call-overload]  # csv.DictReader keeps surplus cells under None
            faults.append(_fault(number, "", N_("这一行比表头多出几格，可能多了逗号或少了引号")))
        if any(cells.values()):
            table[number] = cells
    if not table:
        faults.append(_fault(HEADER_ROW, "", N_("文件里没有数据")))
    return table


def _text(cell: object) -> str:
    """Return a cell as text; a spreadsheet hands over 420600 as 420600.0."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().lstrip("\ufeff")


def _code(text: str) -> str:
    return compact(text)


def _area_row(number: int, cells: Mapping[str, str], faults: list[RowError]) -> AreaRow | None:
    before = len(faults)
    level = _LEVEL_BY_WORD.get(cells["level"].lower())
    name = _area_name(number, cells["name"], faults)
    if level is None:
        faults.append(_level_fault(number, cells["level"]))
        return None
    code = _area_code(number, "code", cells["code"], level, faults)
    parent_code = _parent_code(number, cells["parent_code"], level, faults)
    return AreaRow(code, name, level, parent_code) if len(faults) == before else None


def _level_fault(number: int, typed: str) -> RowError:
    if not typed:
        return _fault(number, "level", N_("没有填级别"))
    return _fault(number, "level", N_("级别只有市、区县、街道乡镇、社区（村），没有“%(typed)s”"), typed=_short(typed))


def _area_name(number: int, typed: str, faults: list[RowError]) -> str:
    name = re.sub(" +", " ", repair_private_use(typed.translate(_STATISTICS_PRIVATE_USE)))
    if not name:
        faults.append(_fault(number, "name", N_("没有填名称")))
    elif len(name) > LONGEST_NAME:
        words = N_("名称最多 %(most)s 个字，现在是 %(count)s 个")
        faults.append(_fault(number, "name", words, most=LONGEST_NAME, count=len(name)))
    elif strange := next((character for character in name if _is_strange(character)), None):
        words = N_("名称里有显示不出来的字（%(code)s），请换成正式的字")
        faults.append(_fault(number, "name", words, code=code_point(strange)))
    elif bracket := next((character for character in name if character in "<>?？�"), None):
        faults.append(_fault(number, "name", N_("名称里不能有 %(character)s"), character=bracket))
    return name


def _is_strange(character: str) -> bool:
    """Return whether a character is a control, format, surrogate or private-use one, or a line break."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _area_code(number: int, column: str, typed: str, level: AreaLevel, faults: list[RowError]) -> str:
    """Return a code of `level`; the bureau's padded form (420602000000) is cut to its length."""
    code = _code(typed)
    length = level.code_length
    if re.fullmatch(rf"[0-9]{{{length}}}0*", code) and len(code) == 12:
        code = code[:length]
    if not code:
        faults.append(_fault(number, column, N_("没有填代码")))
    elif re.fullmatch(r"[0-9](\.[0-9]+)?E\+?[0-9]+", code.upper()):
        faults.append(_fault(number, column, N_("代码被表格软件改成了 %(typed)s，请把这一列设成文本再填"), typed=code))
    elif not re.fullmatch(rf"[0-9]{{{length}}}", code):
        words = N_("%(label)s的代码是 %(length)s 位数字，不是“%(typed)s”")
        faults.append(_fault(number, column, words, label=Words(level.label), length=length, typed=_short(typed)))
    elif length == 6 and code.endswith("00") != (level is AreaLevel.CITY):
        city, district = N_("市的代码以 00 结尾，不是“%(typed)s”"), N_("区县的代码不以 00 结尾，不是“%(typed)s”")
        faults.append(_fault(number, column, city if level is AreaLevel.CITY else district, typed=code))
    return code


def _parent_code(number: int, typed: str, level: AreaLevel, faults: list[RowError]) -> str | None:
    if level is AreaLevel.CITY:
        if typed:
            faults.append(_fault(number, "parent_code", N_("市没有上级，请把上级代码留空")))
        return None
    if not typed:
        faults.append(_fault(number, "parent_code", N_("没有填上级代码")))
        return None
    return _cut_padding(_code(typed), level.above or AreaLevel.CITY)


def _cut_padding(code: str, level: AreaLevel) -> str:
    is_padded = len(code) == 12 and code[level.code_length :].strip("0") == ""
    return code[: level.code_length] if is_padded else code


def _check_unique(keys: Mapping[int, tuple[object, ...]], faults: list[RowError]) -> None:
    first: dict[tuple[object, ...], int] = {}
    for number, key in keys.items():
        if key in first:
            faults.append(_fault(number, "code", N_("和第 %(first)s 行重复"), first=first[key]))
        first.setdefault(key, number)


def _check_tree(
    rows: Mapping[int, AreaRow], known: Mapping[str, AreaLevel], broken_codes: set[str], faults: list[RowError]
) -> None:
    levels = {**known, **{row.code: row.level for row in rows.values()}}
    parents = {row.code: row.parent_code for row in rows.values()}
    roots = [number for number, row in rows.items() if row.level is AreaLevel.CITY]
    for number in roots[1:]:
        faults.append(_fault(number, "level", N_("一个文件里只能有一个市，第 %(first)s 行已经有了"), first=roots[0]))
    for number, row in rows.items():
        if row.parent_code is None or row.parent_code in broken_codes:
            continue
        if fault := _parent_fault(number, row, row.parent_code, levels, parents):
            faults.append(fault)


def _parent_fault(
    number: int, row: AreaRow, parent_code: str, levels: Mapping[str, AreaLevel], parents: Mapping[str, str | None]
) -> RowError | None:
    if parent_code not in levels:
        return _fault(number, "parent_code", N_("找不到上级“%(code)s”"), code=_short(parent_code))
    if _is_in_circle(row.code, parents):
        return _fault(number, "parent_code", N_("上级绕成了圈，最后又回到自己"))
    if levels[parent_code] is not row.level.above and row.level.above:
        words = N_("%(label)s的上级应是%(above)s，“%(code)s”是%(found)s")
        labels = {"label": row.level, "above": row.level.above, "found": levels[parent_code]}
        spoken = {key: Words(level.label) for key, level in labels.items()}
        return _fault(number, "parent_code", words, code=parent_code, **spoken)
    prefix = parent_code[:4] if row.level is AreaLevel.DISTRICT else parent_code
    if not row.code.startswith(prefix):
        words = N_("代码要以 %(prefix)s 开头，才归“%(code)s”管")
        return _fault(number, "code", words, prefix=prefix, code=parent_code)
    return None


def _is_in_circle(code: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    above = parents.get(code)
    while above is not None and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _population_row(
    number: int,
    cells: Mapping[str, str],
    today: date,
    communities: Collection[str] | None,
    faults: list[RowError],
) -> PopulationRow | None:
    before = len(faults)
    code = _area_code(number, "code", cells["code"], AreaLevel.COMMUNITY, faults)
    if len(faults) == before and communities is not None and code not in communities:
        faults.append(_fault(number, "code", N_("没有代码是 %(code)s 的社区（村）"), code=code))
    year = _year(number, cells["year"], today, faults)
    residents = _residents(number, cells["residents"], faults)
    source = _source(number, cells["source"], faults)
    return PopulationRow(code, year, residents, source) if len(faults) == before else None


def _year(number: int, typed: str, today: date, faults: list[RowError]) -> int:
    text = compact(typed).removesuffix("年")
    last = today.year + 1
    if not text:
        faults.append(_fault(number, "year", N_("没有填年份")))
    elif not re.fullmatch("[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= last:
        words = N_("年份要在 %(first)s 到 %(last)s 之间，不是“%(typed)s”")
        faults.append(_fault(number, "year", words, first=FIRST_YEAR, last=last, typed=_short(typed)))
    else:
        return int(text)
    return 0


def _residents(number: int, typed: str, faults: list[RowError]) -> int:
    text = narrow(typed).replace(" ", "")
    if not text:
        faults.append(_fault(number, "residents", N_("没有填人数；不知道人数的社区不要放进文件")))
    elif text.startswith("-"):
        faults.append(_fault(number, "residents", N_("人数不能是负数")))
    elif not re.fullmatch("[0-9]+|[0-9]{1,3}(,[0-9]{3})+", text):
        words = N_("人数要填整数，比如 12345，不是“%(typed)s”")
        faults.append(_fault(number, "residents", words, typed=_short(typed)))
    elif len(text) > 12 or int(text.replace(",", "")) > MOST_RESIDENTS:
        words = N_("一个社区（村）最多 %(most)s 人，请再核对一遍")
        faults.append(_fault(number, "residents", words, most=f"{MOST_RESIDENTS:,}"))
    else:
        return int(text.replace(",", ""))
    return 0


def _source(number: int, typed: str, faults: list[RowError]) -> str:
    source = " ".join(typed.split())
    if not source:
        faults.append(_fault(number, "source", N_("没有填来源，比如“2025 年社区统计台账”")))
    elif len(source) > LONGEST_SOURCE:
        words = N_("来源最多 %(most)s 个字，现在是 %(count)s 个")
        faults.append(_fault(number, "source", words, most=LONGEST_SOURCE, count=len(source)))
    elif strange := next((character for character in source if _is_strange(character)), None):
        faults.append(_fault(number, "source", N_("来源里有看不见的字符（%(code)s）"), code=code_point(strange)))
    return source


def _short(typed: str) -> str:
    return typed if len(typed) <= 20 else typed[:20] + "…"


def _fault(number: int, column: str, msgid: str, **params: object) -> RowError:
    return RowError(number, column, Words(msgid, params))
