"""A 统计表格 as a value: the figures of areas with their verdicts, and how they came about. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from volunteer.kernel.ratio import MINUTES_PER_HOUR
from volunteer.kernel.tables import Cell, Column, Instead, Kind, Table
from volunteer.metrics.rules import Indicator, Measurement, Unit
from volunteer.metrics.small_cells import MARK, REMARK

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One area's measurement; what counts too few people, or would give such a cell away, is not shown."""

    area_name: str
    measurement: Measurement
    hides_numerator: bool = False
    hides_denominator: bool = False

    @property
    def hides_value(self) -> bool:
        """Whether the value would tell what is hidden."""
        return self.hides_numerator or self.hides_denominator

    @property
    def shown(self) -> tuple[str, str, str, str]:
        """Return numerator, denominator, value and verdict as a reader sees them."""
        read = self.measurement
        return (
            MARK if self.hides_numerator else read.numerator_text or "—",
            MARK if self.hides_denominator else read.denominator_text or "—",
            MARK if self.hides_value else read.value_text or "—",
            self.verdict,
        )

    @property
    def verdict(self) -> str:
        """Return 达标, what is missing, or why there is no value; nothing of a hidden value."""
        read = self.measurement
        if self.hides_value:
            return MARK
        told = [] if read.is_too_small or read.is_self_test else [self._verdict()]
        return " ".join(str(words) for words in (*told, *read.remarks) if words)

    def _verdict(self) -> str:
        read = self.measurement
        if read.value is None:
            return str(read.explanation)
        if read.is_met is None:
            return "没有标准"
        return "达标" if read.is_met else str(read.short_gap)

    @property
    def cells(self) -> list[Cell]:
        """Return the row for a table of the kernel."""
        read = self.measurement
        value = read.value
        if value is not None and read.indicator.unit is Unit.HOURS:
            value *= MINUTES_PER_HOUR
        hidden = Instead(MARK)
        return [
            self.area_name,
            hidden if self.hides_numerator else read.numerator,
            hidden if self.hides_denominator else read.denominator,
            hidden if self.hides_value else value,
            self.verdict,
        ]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One indicator of a table: the areas, the whole, and how the figures came about."""

    indicator: Indicator
    rows: Sequence[Row]
    whole: Row
    derivation: Sequence[Pair]

    @property
    def headings(self) -> tuple[str, str, str, str, str]:
        """Return the words above the columns."""
        one = self.indicator
        unit = f"（{one.unit.suffix}）" if one.unit.suffix else ""
        return "区划", one.numerator_name, one.denominator_name, one.name + unit, "是否达标"


@dataclass(frozen=True, slots=True)
class Statistics:
    """A whole table: the same areas by each of its indicators, on one basis."""

    title: str
    level_label: str
    as_of: date
    read_on: date
    basis: Sequence[Pair]
    sheets: Sequence[Sheet]

    @property
    def hides_any(self) -> bool:
        """Whether a cell of it is not shown."""
        return any(row.hides_value for sheet in self.sheets for row in (*sheet.rows, sheet.whole))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what a reader has to know about all figures of the table."""
        kept = "比例和小时数保留两位小数，只舍不入；“—”表示没有数据；“整体”一行单独计算，不是各行相加"
        return (kept, REMARK) if self.hides_any else (kept,)

    @property
    def tables(self) -> Iterator[Table]:
        """Yield each indicator as a table to take away, with its derivation below."""
        for sheet in self.sheets:
            is_hours = sheet.indicator.unit is Unit.HOURS
            kinds = (Kind.TEXT, Kind.HOURS if is_hours else Kind.INT, Kind.INT, _value_kind(is_hours), Kind.TEXT)
            yield Table(
                title=f"{self.title}：{sheet.indicator.name}" if len(self.sheets) > 1 else self.title,
                columns=[Column(words, kind, 22) for words, kind in zip(sheet.headings, kinds, strict=True)],
                rows=[row.cells for row in sheet.rows],
                totals=[sheet.whole.cells],
                notes=[*(f"{term}：{said}" for term, said in (*sheet.derivation, *self.basis)), *self.remarks],
            )


def _value_kind(is_hours: bool) -> Kind:
    return Kind.HOURS if is_hours else Kind.PERCENT


@dataclass(frozen=True, slots=True)
class Version:
    """Which state of the figures a table was read from: it counts up whenever changes were taken in."""

    number: int
    applied_at: datetime | None
    waiting: int


def threshold_words(measurement: Measurement) -> str:
    """Return the threshold as it is written in an edition; "" without one."""
    if measurement.threshold_text is None:
        return ""
    suffix = measurement.indicator.unit.suffix
    return f"不低于 {measurement.threshold_text}{' ' + suffix if suffix else ''}"
