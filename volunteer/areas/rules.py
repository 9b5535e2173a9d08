"""The levels of the tree, and a tree read from a table, checked whole: every fault with its row, or all rows."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from volunteer.areas.tables import RowError, RowErrors, check_unique, fault_at, is_strange, read_table, short
from volunteer.kernel.errors import Invalid
from volunteer.kernel.names import code_point, repair_private_use
from volunteer.kernel.text import N_, Words
from volunteer.kernel.widths import compact

LONGEST_NAME = 50

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


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area as a file states it; `parent_code` is None for the city."""

    code: str
    name: str
    level: AreaLevel
    parent_code: str | None


_REWRITTEN = N_("代码被表格软件改成了 %(typed)s，请把这一列设成文本再填")


def lineage(row: AreaRow) -> str:
    """Return the codes from the city down to the area, joined by "/": 420600/420602/420602001/420602001001.

    Codes tell where a district and a street stand; a community may have moved, so its parent is asked.
    """
    above = row.parent_code or row.code
    codes = (above[:4] + "00", above[:6], above[:9])
    return "/".join((*codes[: LEVELS.index(row.level)], row.code))


def has_moved(row: AreaRow) -> bool:
    """Return whether a community stands elsewhere than its code tells."""
    return row.level is AreaLevel.COMMUNITY and not row.code.startswith(row.parent_code or "")


def read_area_rows(
    rows: Iterable[Mapping[str, object]],
    known: Mapping[str, AreaLevel] | None = None,
    moved: Mapping[str, str] | None = None,
) -> list[AreaRow]:
    """Return the areas of a table, parents first, then by code; or raise RowErrors with every fault.

    `rows` are mappings with the keys of AREA_COLUMNS, as csv.DictReader gives them; empty rows are skipped.
    `known` are the levels of areas that exist already, under which a table may add. `moved` are the parents of
    communities that came under another street than their code tells: a table may name either one.
    """
    faults: list[RowError] = []
    table = read_table(rows, AREA_COLUMNS, faults)
    read = {number: _area_row(number, cells, faults) for number, cells in table.items()}
    whole = {number: row for number, row in read.items() if row is not None}
    check_unique({number: (row.code,) for number, row in whole.items()}, faults)
    broken_codes = {_code(table[number]["code"]) for number, row in read.items() if row is None}
    here = {number: row for number, row in whole.items() if (moved or {}).get(row.code, "") != row.parent_code}
    _check_tree(here, {**(known or {}), **{row.code: row.level for row in whole.values()}}, broken_codes, faults)
    if faults:
        raise RowErrors(faults)
    return sorted(whole.values(), key=lambda row: (LEVELS.index(row.level), row.code))


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """What a table of areas would change: areas that are new, and those whose name differs from `before[code]`.

    A code says where its area stands at first, and a table moves nothing: a community that came under another street
    (areas.moves) stays there, whichever of the two the table names.
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
    renamed = tuple(
        replace(row, parent_code=known[row.code].parent_code)
        for row in rows
        if row.code in known and row.name != known[row.code].name
    )
    return AreaPlan(rows, added, renamed, {row.code: known[row.code].name for row in renamed})


def _code(text: str) -> str:
    return compact(text)


def _area_row(number: int, cells: Mapping[str, str], faults: list[RowError]) -> AreaRow | None:
    before = len(faults)
    level = _LEVEL_BY_WORD.get(cells["level"].lower())
    name = _area_name(number, cells["name"], faults)
    if level is None:
        faults.append(_level_fault(number, cells["level"]))
        return None
    code = area_code(number, "code", cells["code"], level, faults)
    parent_code = _parent_code(number, cells["parent_code"], level, faults)
    return AreaRow(code, name, level, parent_code) if len(faults) == before else None


def _level_fault(number: int, typed: str) -> RowError:
    if not typed:
        return fault_at(number, "level", N_("没有填级别"))
    return fault_at(number, "level", N_("级别只有市、区县、街道乡镇、社区（村），没有“%(typed)s”"), typed=short(typed))


def _area_name(number: int, typed: str, faults: list[RowError]) -> str:
    name = re.sub(" +", " ", repair_private_use(typed.translate(_STATISTICS_PRIVATE_USE)))
    if not name:
        faults.append(fault_at(number, "name", N_("没有填名称")))
    elif len(name) > LONGEST_NAME:
        words = N_("名称最多 %(most)s 个字，现在是 %(count)s 个")
        faults.append(fault_at(number, "name", words, most=LONGEST_NAME, count=len(name)))
    elif strange := next((character for character in name if is_strange(character)), None):
        words = N_("名称里有显示不出来的字（%(code)s），请换成正式的字")
        faults.append(fault_at(number, "name", words, code=code_point(strange)))
    elif bracket := next((character for character in name if character in "<>?？�"), None):
        faults.append(fault_at(number, "name", N_("名称里不能有 %(character)s"), character=bracket))
    return name


def area_code(number: int, column: str, typed: str, level: AreaLevel, faults: list[RowError]) -> str:
    """Return a code of `level`; the bureau's padded form (420602000000) is cut to its length."""
    code = _code(typed)
    length = level.code_length
    if re.fullmatch(rf"[0-9]{{{length}}}0*", code) and len(code) == 12:
        code = code[:length]
    if not code:
        faults.append(fault_at(number, column, N_("没有填代码")))
    elif re.fullmatch(r"[0-9](\.[0-9]+)?E\+?[0-9]+", code.upper()):
        faults.append(fault_at(number, column, _REWRITTEN, typed=code))
    elif not re.fullmatch(rf"[0-9]{{{length}}}", code):
        words = N_("%(label)s的代码是 %(length)s 位数字，不是“%(typed)s”")
        faults.append(fault_at(number, column, words, label=Words(level.label), length=length, typed=short(typed)))
    elif length == 6 and code.endswith("00") != (level is AreaLevel.CITY):
        city, district = N_("市的代码以 00 结尾，不是“%(typed)s”"), N_("区县的代码不以 00 结尾，不是“%(typed)s”")
        faults.append(fault_at(number, column, city if level is AreaLevel.CITY else district, typed=code))
    return code


def _parent_code(number: int, typed: str, level: AreaLevel, faults: list[RowError]) -> str | None:
    if level is AreaLevel.CITY:
        if typed:
            faults.append(fault_at(number, "parent_code", N_("市没有上级，请把上级代码留空")))
        return None
    if not typed:
        faults.append(fault_at(number, "parent_code", N_("没有填上级代码")))
        return None
    return _cut_padding(_code(typed), level.above or AreaLevel.CITY)


def _cut_padding(code: str, level: AreaLevel) -> str:
    is_padded = len(code) == 12 and code[level.code_length :].strip("0") == ""
    return code[: level.code_length] if is_padded else code


def _check_tree(
    rows: Mapping[int, AreaRow], known: Mapping[str, AreaLevel], broken_codes: set[str], faults: list[RowError]
) -> None:
    levels = {**known, **{row.code: row.level for row in rows.values()}}
    parents = {row.code: row.parent_code for row in rows.values()}
    roots = [number for number, row in rows.items() if row.level is AreaLevel.CITY]
    for number in roots[1:]:
        faults.append(fault_at(number, "level", N_("一个文件里只能有一个市，第 %(first)s 行已经有了"), first=roots[0]))
    for number, row in rows.items():
        if row.parent_code is None or row.parent_code in broken_codes:
            continue
        if fault := _parent_fault(number, row, row.parent_code, levels, parents):
            faults.append(fault)


def _parent_fault(
    number: int, row: AreaRow, parent_code: str, levels: Mapping[str, AreaLevel], parents: Mapping[str, str | None]
) -> RowError | None:
    if parent_code not in levels:
        return fault_at(number, "parent_code", N_("找不到上级“%(code)s”"), code=short(parent_code))
    if _is_in_circle(row.code, parents):
        return fault_at(number, "parent_code", N_("上级绕成了圈，最后又回到自己"))
    if levels[parent_code] is not row.level.above and row.level.above:
        words = N_("%(label)s的上级应是%(above)s，“%(code)s”是%(found)s")
        labels = {"label": row.level, "above": row.level.above, "found": levels[parent_code]}
        spoken = {key: Words(level.label) for key, level in labels.items()}
        return fault_at(number, "parent_code", words, code=parent_code, **spoken)
    prefix = parent_code[:4] if row.level is AreaLevel.DISTRICT else parent_code
    if not row.code.startswith(prefix):
        words = N_("代码要以 %(prefix)s 开头，才归“%(code)s”管")
        return fault_at(number, "code", words, prefix=prefix, code=parent_code)
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
