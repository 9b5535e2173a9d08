"""Populations read from a table, checked whole, and what they would change: every fault with its row, or all rows."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from volunteer.areas.rules import AreaLevel, area_code
from volunteer.areas.standing import FIRST_YEAR
from volunteer.areas.tables import RowError, RowErrors, check_unique, fault_at, is_strange, read_table, short
from volunteer.kernel.names import code_point
from volunteer.kernel.text import N_
from volunteer.kernel.widths import compact, narrow

LONGEST_SOURCE = 300
MOST_RESIDENTS = 1_000_000
POPULATION_COLUMNS = ("code", "year", "residents", "source")
BUILT_UP_COLUMN = "is_built_up"  # may be left out of a table
_YES_OR_NO = dict.fromkeys(("是", "在", "true", "1", "yes", "y"), True) | dict.fromkeys(
    ("否", "不在", "false", "0", "no", "n"), False
)


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """How many people live permanently in one community in one year, 0: none do; and whether it is built-up.

    Where a table does not say (None), it is as it was: in that year, else in the year before, else built-up.
    """

    code: str
    year: int
    residents: int
    source: str
    is_built_up: bool | None = True

    @property
    def counted(self) -> int:
        """The residents that count: none outside the built-up area."""
        return self.residents if self.is_built_up else 0


def read_population_rows(
    rows: Iterable[Mapping[str, object]], today: date, communities: Collection[str] | None = None
) -> list[PopulationRow]:
    """Return the populations of a table, by community and year; or raise RowErrors with every fault.

    `rows` are mappings with the keys of POPULATION_COLUMNS. `communities` are the codes that exist; None checks none.
    """
    faults: list[RowError] = []
    table = read_table(rows, POPULATION_COLUMNS, faults, may_lack=(BUILT_UP_COLUMN,))
    read = {number: _population_row(number, cells, today, communities, faults) for number, cells in table.items()}
    whole = {number: row for number, row in read.items() if row is not None}
    check_unique({number: (row.code, row.year) for number, row in whole.items()}, faults)
    if faults:
        raise RowErrors(faults)
    return sorted(whole.values(), key=lambda row: (row.code, row.year))


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
        """By how many residents that count the community's figure changes."""
        return self.row.counted - (self.before.counted if self.before else 0)

    @property
    def is_jump(self) -> bool:
        """Whether the figure at least doubles or halves, which is more often a slip than a fact (our decision)."""
        if self.last_known is None:
            return False
        small, large = sorted((self.row.residents, self.last_known))
        return large > 0 and large >= 2 * small


@dataclass(frozen=True, slots=True)
class YearTotal:
    """The built-up communities with a figure for a year and their residents together, before and after a table."""

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

    `totals` are the built-up communities with a figure and their residents together, by year, as they are now.
    """
    rows = tuple(
        row if row.is_built_up is not None else replace(row, is_built_up=_was_built_up(row, known)) for row in rows
    )
    changes = tuple(
        PopulationChange(row, before, _last_known(row, known))
        for row in rows
        if (before := known.get((row.code, row.year))) != row
    )
    years = sorted({row.year for row in rows})
    return PopulationPlan(rows, changes, tuple(_year_total(year, changes, totals.get(year, (0, 0))) for year in years))


def _was_built_up(row: PopulationRow, known: Mapping[tuple[str, int], PopulationRow]) -> bool:
    found = known.get((row.code, row.year)) or known.get((row.code, row.year - 1))
    return True if found is None else bool(found.is_built_up)


def _last_known(row: PopulationRow, known: Mapping[tuple[str, int], PopulationRow]) -> int | None:
    found = known.get((row.code, row.year)) or known.get((row.code, row.year - 1))
    return found.residents if found else None


def _year_total(year: int, changes: Iterable[PopulationChange], now: tuple[int, int]) -> YearTotal:
    count, residents = now
    of_year = [change for change in changes if change.row.year == year]
    new = sum(bool(change.row.is_built_up) - bool(change.before and change.before.is_built_up) for change in of_year)
    return YearTotal(year, count, residents, count + new, residents + sum(change.difference for change in of_year))


def _population_row(
    number: int,
    cells: Mapping[str, str],
    today: date,
    communities: Collection[str] | None,
    faults: list[RowError],
) -> PopulationRow | None:
    before = len(faults)
    code = area_code(number, "code", cells["code"], AreaLevel.COMMUNITY, faults)
    if len(faults) == before and communities is not None and code not in communities:
        faults.append(fault_at(number, "code", N_("没有代码是 %(code)s 的社区（村）"), code=code))
    year = _year(number, cells["year"], today, faults)
    residents = _residents(number, cells["residents"], faults)
    source = _source(number, cells["source"], faults)
    is_built_up = _built_up(number, cells[BUILT_UP_COLUMN], faults)
    return PopulationRow(code, year, residents, source, is_built_up) if len(faults) == before else None


def _built_up(number: int, typed: str, faults: list[RowError]) -> bool | None:
    answer = _YES_OR_NO.get(compact(typed).lower())
    if typed and answer is None:
        faults.append(fault_at(number, BUILT_UP_COLUMN, N_("填“是”或“否”，不是“%(typed)s”"), typed=short(typed)))
    return answer


def _year(number: int, typed: str, today: date, faults: list[RowError]) -> int:
    text = compact(typed).removesuffix("年")
    last = today.year + 1
    if not text:
        faults.append(fault_at(number, "year", N_("没有填年份")))
    elif not re.fullmatch("[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= last:
        words = N_("年份要在 %(first)s 到 %(last)s 之间，不是“%(typed)s”")
        faults.append(fault_at(number, "year", words, first=FIRST_YEAR, last=last, typed=short(typed)))
    else:
        return int(text)
    return 0


def _residents(number: int, typed: str, faults: list[RowError]) -> int:
    text = narrow(typed).replace(" ", "")
    if not text:
        faults.append(fault_at(number, "residents", N_("没有填人数；不知道人数的社区不要放进文件")))
    elif text.startswith("-"):
        faults.append(fault_at(number, "residents", N_("人数不能是负数")))
    elif not re.fullmatch("[0-9]+|[0-9]{1,3}(,[0-9]{3})+", text):
        words = N_("人数要填整数，比如 12345，不是“%(typed)s”")
        faults.append(fault_at(number, "residents", words, typed=short(typed)))
    elif len(text) > 12 or int(text.replace(",", "")) > MOST_RESIDENTS:
        words = N_("一个社区（村）最多 %(most)s 人，请再核对一遍")
        faults.append(fault_at(number, "residents", words, most=f"{MOST_RESIDENTS:,}"))
    else:
        return int(text.replace(",", ""))
    return 0


def _source(number: int, typed: str, faults: list[RowError]) -> str:
    source = " ".join(typed.split())
    if not source:
        faults.append(fault_at(number, "source", N_("没有填来源，比如“2025 年社区统计台账”")))
    elif len(source) > LONGEST_SOURCE:
        words = N_("来源最多 %(most)s 个字，现在是 %(count)s 个")
        faults.append(fault_at(number, "source", words, most=LONGEST_SOURCE, count=len(source)))
    elif strange := next((character for character in source if is_strange(character)), None):
        faults.append(fault_at(number, "source", N_("来源里有看不见的字符（%(code)s）"), code=code_point(strange)))
    return source
