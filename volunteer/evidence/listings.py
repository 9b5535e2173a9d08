"""A table of records as a value: what it lists, with how it came about. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from volunteer.evidence.tens import REMARK as tens_remark
from volunteer.kernel.ratio import MINUTES_PER_HOUR, decimal_down, thousands
from volunteer.kernel.tables import MISSING, Cell, Column, Instead, Kind, Table
from volunteer.metrics.small_cells import MARK, REMARK

Pair = tuple[str, str]
HIDDEN = Instead(MARK)
NUMBERS = frozenset({Kind.INT, Kind.HOURS})


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A heading, what stands under it, and its part of a printed page's width; 0 stands in the raw table alone."""

    label: str
    kind: Kind = Kind.TEXT
    wide: int = 0
    in_tens: bool = False

    @property
    def is_day(self) -> bool:
        """Whether its cells are days, which stay in one line."""
        return self.kind is Kind.DATE

    @property
    def is_number(self) -> bool:
        """Whether its cells stand at the right."""
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A whole table. `totals` is the last row, () without; `basis` says how the rows came about.

    `groups` are how many lines belong to each district or theme: what is printed of a list that is too long for paper.
    """

    title: str
    columns: Sequence[ListColumn]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell]
    basis: Sequence[Pair]
    nothing: str
    as_of: date
    read_on: date
    groups: Sequence[tuple[str, Sequence[tuple[str, int]]]] = ()

    @property
    def hides_any(self) -> bool:
        """Whether a count that is told exactly elsewhere in its column is not shown."""
        exact = [place for place, column in enumerate(self.columns) if not column.in_tens]
        return any(row[place] == HIDDEN for row in self.rows for place in exact)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what a reader has to know about the whole table."""
        tens = (tens_remark,) if any(column.in_tens for column in self.columns) else ()
        return (*tens, *((REMARK,) if self.hides_any else ()), "“—”表示没有数据")

    @property
    def printed(self) -> Sequence[ListColumn]:
        """Return the columns that stand on paper."""
        return [column for column in self.columns if column.wide]

    def shown(self, row: Sequence[Cell], *, printed: bool = False) -> list[str]:
        """Return a row as a reader sees it, of all columns or those on paper."""
        cells = zip(self.columns, row, strict=True)
        return [_said(cell, column.kind) for column, cell in cells if column.wide or not printed]

    @property
    def tables(self) -> Iterator[Table]:
        """Yield it as a table to take away, with its derivation below."""
        yield Table(
            title=self.title,
            columns=[Column(column.label, column.kind, max(12, column.wide)) for column in self.columns],
            rows=self.rows,
            totals=[self.totals] if self.totals else [],
            notes=[*(f"{term}：{said}" for term, said in self.basis), *self.remarks, *self._lacks()],
        )

    def _lacks(self) -> tuple[str, ...]:
        return () if self.rows else (self.nothing,)


def _said(cell: Cell, kind: Kind) -> str:
    match cell:
        case None:
            return MISSING
        case Instead():
            return cell.text
        case date():
            return cell.isoformat()
        case str():
            return cell
    return decimal_down(Fraction(cell) / MINUTES_PER_HOUR) if kind is Kind.HOURS else thousands(int(cell))
