"""Reading a table of the office: the cells of its rows as text, and every fault with the row that it stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from unicodedata import category

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_, Words

HEADER_ROW = 1
LONGEST_REASON = 300

COLUMN_LABELS = {
    "code": N_("代码"),
    "name": N_("名称"),
    "level": N_("级别"),
    "parent_code": N_("上级代码"),
    "year": N_("年份"),
    "residents": N_("常住人口"),
    "source": N_("来源"),
    "is_built_up": N_("是否建成区"),
}


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


def read_table(
    rows: Iterable[Mapping[str, object]],
    columns: tuple[str, ...],
    faults: list[RowError],
    may_lack: tuple[str, ...] = (),
) -> dict[int, dict[str, str]]:
    """Return the cells of each row that is not empty, as trimmed text, by row number."""
    table: dict[int, dict[str, str]] = {}
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        if missing := [column for column in columns if column not in row]:
            labels = "、".join(COLUMN_LABELS[column] for column in missing)
            faults.append(fault_at(HEADER_ROW, "", N_("表头里缺少这些列：%(labels)s"), labels=labels))
            return {}
        cells = {column: _text(row.get(column)) for column in (*columns, *may_lack)}
        if any(row.get(None, ()) or ()):  # type: ignore[call-overload]  # csv.DictReader keeps surplus cells under None
            faults.append(fault_at(number, "", N_("这一行比表头多出几格，可能多了逗号或少了引号")))
        if any(cells.values()):
            table[number] = cells
    if not table:
        faults.append(fault_at(HEADER_ROW, "", N_("文件里没有数据")))
    return table


def _text(cell: object) -> str:
    """Return a cell as text; a spreadsheet hands over 420600 as 420600.0."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().lstrip("\ufeff")


def check_unique(keys: Mapping[int, tuple[object, ...]], faults: list[RowError]) -> None:
    """Blame every row whose key stands in an earlier one."""
    first: dict[tuple[object, ...], int] = {}
    for number, key in keys.items():
        if key in first:
            faults.append(fault_at(number, "code", N_("和第 %(first)s 行重复"), first=first[key]))
        first.setdefault(key, number)


def is_strange(character: str) -> bool:
    """Return whether a character is a control, format, surrogate or private-use one, or a line break."""
    return category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def short(typed: str) -> str:
    """Return the beginning of what was typed, to be said again."""
    return typed if len(typed) <= 20 else typed[:20] + "…"


def fault_at(number: int, column: str, msgid: str, **params: object) -> RowError:
    """Return what is wrong in one cell, "" for the whole row; a msgid and its parameters."""
    return RowError(number, column, Words(msgid, params))


def fingerprint(plan: object) -> str:
    """Return a short digest of a plan, by which a reader's confirmation can be held to what they were shown."""
    return sha256(repr(plan).encode()).hexdigest()[:32]


def check_reason(typed: str) -> str:
    """Return why something is changed, trimmed; raise Invalid on "reason" where it is empty, too long or unreadable."""
    reason = " ".join(typed.split())
    if not reason:
        raise Invalid(N_("请写明依据，比如批复的文号"), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(N_("依据最多 %(most)s 个字"), field="reason", most=LONGEST_REASON)
    if any(is_strange(character) for character in reason):
        raise Invalid(N_("依据里有看不见的字符，请重新输入"), field="reason")
    return reason
