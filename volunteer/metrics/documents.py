"""The tables that the office takes away: the indicators of an area and of what lies below it, with what was counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from volunteer.kernel.periods import Window
from volunteer.kernel.ratio import MINUTES_PER_HOUR, decimal_down, percent, ratio
from volunteer.kernel.speech import say_date
from volunteer.kernel.tables import Cell, Column, Kind, Table
from volunteer.kernel.text import N_, Words
from volunteer.metrics.comparisons import Compared
from volunteer.metrics.differences import Change
from volunteer.metrics.editions import Edition
from volunteer.metrics.facts import Deltas, Total
from volunteer.metrics.ranking import Standing
from volunteer.metrics.rules import INDICATORS, Figures, Indicator, Measurement, TrendPoint, Unit

Speak = Callable[[Words], str]
"""Puts words into the reader's language; `str` speaks Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What makes a figure: the day asked for, the window, the total, and the edition (None where none is in force)."""

    as_of: date
    window: Window
    total: Total
    edition: Edition | None


@dataclass(frozen=True, slots=True)
class AreaMeasurements:
    """One area's name and its measurements, in the order of INDICATORS, perhaps with the year before."""

    area_name: str
    measurements: Sequence[Measurement]
    before: Sequence[Compared] = ()


@dataclass(frozen=True, slots=True)
class CountedPerson:
    """Someone registered in a community, named as strangers see it, and whole minutes served in the window."""

    number: str
    masked_name: str
    since_on: date
    minutes: int


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of an area's figures: people registered (None where parts share people), active, whole minutes.

    None besides means that it is not shown.
    """

    label: Words
    registered: int | None
    active: int | None
    minutes: int | None

    @property
    def share_text(self) -> str | None:
        """Return the share of the registered who were active, as shown; None where either is not known."""
        share = ratio(self.active, self.registered)
        return None if share is None else percent(share)

    @property
    def each_text(self) -> str | None:
        """Return the hours a head of the registered, as shown; None where either is not known."""
        each = ratio(self.minutes, self.registered)
        return None if each is None else decimal_down(each / MINUTES_PER_HOUR)


@dataclass(frozen=True, slots=True)
class ShownAndNow:
    """An area's indicators as they were shown and as they are now, in the order of INDICATORS, and what lies between.

    `shown` and `now` hold what was counted; `population_changes` counts the communities whose residents were set anew.
    """

    pairs: Sequence[tuple[Measurement, Measurement]]
    shown: Any
    now: Any
    changes: Sequence[Change]
    population_changes: int


def changes_table(title: str, both: ShownAndNow, basis: Basis, *, speak: Speak = str) -> Table:
    """Return what was shown, each cause with what it changed, and what is counted now: the columns add up."""
    kind, total = basis.window.kind, basis.total

    def cells(words: str, rows: int | None, facts: Deltas) -> list[Cell]:
        return [speak(Words(words)), rows, facts.registered, facts.active(kind, total), facts.minutes(kind, total)]

    return Table(
        title=title,
        columns=(
            Column(speak(Words(N_("原因"))), width=36),
            Column(speak(Words(N_("条数"))), Kind.INT),
            Column(speak(Words(N_("注册志愿者人数"))), Kind.INT, 16),
            Column(speak(Words(N_("参加过活动的人数"))), Kind.INT, 18),
            Column(speak(Words(N_("有效服务时间（小时）"))), Kind.HOURS, 20),
        ),
        rows=(
            cells(N_("当天显示"), None, both.shown.counted.facts),
            *(cells(one.cause.label, one.rows, one.deltas) for one in both.changes),
        ),
        totals=(cells(N_("现在重算"), None, both.now.counted.facts),),
        notes=notes(basis, speak),
    )


def indicator_table(
    title: str,
    rows: Iterable[AreaMeasurements],
    whole: AreaMeasurements | None,
    basis: Basis,
    *,
    remarks: Sequence[Words] = (),
    speak: Speak = str,
) -> Table:
    """Return areas as rows with numerator, denominator, value and verdict of each indicator; the whole as the total.

    The whole is measured, not summed: someone active in the city is active once. `remarks` follow the notes, such as
    that populations are invented in a demonstration.
    """
    rows = list(rows)
    has_before = any(row.before for row in rows) or bool(whole and whole.before)
    return Table(
        title=title,
        columns=(Column(speak(Words(N_("区划"))), width=20), *_indicator_columns(speak, has_before=has_before)),
        rows=(_area_cells(row, speak) for row in rows),
        totals=(_area_cells(whole, speak),) if whole else (),
        notes=[*notes(basis, speak), *_formulas(basis, speak), *map(speak, remarks)],
    )


def trend_table(
    title: str, points: Iterable[TrendPoint], indicator: Indicator, basis: Basis, *, speak: Speak = str
) -> Table:
    """Return the days of a trend as rows, with numerator, denominator and value."""
    return Table(
        title=title,
        columns=(Column(speak(Words(N_("截至"))), Kind.DATE), *_figure_columns(indicator, speak)),
        rows=((point.day, *_figure_cells(point.measurement)) for point in points),
        notes=[*notes(basis, speak), _formula(indicator, basis, speak)],
    )


def people_table(title: str, people: Iterable[CountedPerson], basis: Basis, *, speak: Speak = str) -> Table:
    """Return the registered volunteers of a community as rows, with what each served in the window."""
    labels = (N_("志愿者编号"), N_("姓名"), N_("在本社区注册起"), N_("服务时间（小时）"))
    kinds = (Kind.TEXT, Kind.TEXT, Kind.DATE, Kind.HOURS)
    return Table(
        title=title,
        columns=[Column(speak(Words(label)), kind, width=22) for label, kind in zip(labels, kinds, strict=True)],
        rows=((one.number, one.masked_name, one.since_on, one.minutes) for one in people),
        notes=notes(basis, speak),
    )


def ranking_table(
    title: str,
    rows: Iterable[tuple[str, str, Standing]],
    indicator: Indicator,
    basis: Basis,
    before_on: date,
    *,
    remarks: Sequence[Words] = (),
    speak: Speak = str,
) -> Table:
    """Return areas, each with what it lies in, by their places, and how they moved since `before_on`."""
    is_hours = indicator.unit is Unit.HOURS
    return Table(
        title=title,
        columns=(
            Column(speak(Words(N_("名次"))), Kind.INT),
            Column(speak(Words(N_("区划"))), width=20),
            Column(speak(Words(N_("所在"))), width=24),
            *_figure_columns(indicator, speak),
            Column(speak(Words(N_("是否达标"))), width=24),
            Column(speak(Words(N_("上月底名次"))), Kind.INT),
            Column(speak(Words(N_("上月底"))), Kind.HOURS if is_hours else Kind.PERCENT),
            Column(speak(Words(N_("名次变化")))),
        ),
        rows=(
            (
                one.place,
                name,
                above,
                *_figure_cells(one.now),
                speak(_verdict(one.now)),
                one.place_before,
                _figure_cells(one.before)[2] if one.before else None,
                speak(one.movement) if one.movement else None,
            )
            for name, above, one in rows
        ),
        notes=[
            *notes(basis, speak),
            _formula(indicator, basis, speak),
            speak(Words(N_("名次变化是和 %(day)s比"), {"day": say_date(before_on)})),
            *map(speak, remarks),
        ],
    )


def parts_table(
    title: str,
    heading: Words,
    rows: Iterable[PartRow],
    whole: Figures | None,
    basis: Basis,
    holds_people: bool,
    *,
    remarks: Sequence[Words] = (),
    speak: Speak = str,
) -> Table:
    """Return an area's parts with the area itself as the total; people add up only where each is in one part.

    `whole` is None where it is not shown.
    """
    first = [Column(speak(Words(N_("注册志愿者人数"))), Kind.INT, 16)] if holds_people else []
    total: list[Cell] = [whole.registered if whole else None] if holds_people else []
    adds_up = (
        N_("各行相加等于合计") if holds_people else N_("服务时间各行相加等于合计；人数不能相加，一个人可能在几行里")
    )
    return Table(
        title=title,
        columns=(
            Column(speak(heading), width=30),
            *first,
            Column(speak(Words(N_("参加过活动的人数"))), Kind.INT, 18),
            Column(speak(Words(N_("有效服务时间（小时）"))), Kind.HOURS, 20),
        ),
        rows=([speak(one.label), *([one.registered] if holds_people else []), one.active, one.minutes] for one in rows),
        totals=([speak(Words(N_("合计"))), *total, whole.active if whole else None, whole.minutes if whole else None],),
        notes=[*notes(basis, speak), speak(Words(adds_up)), *map(speak, remarks)],
    )


def notes(basis: Basis, speak: Speak = str) -> list[str]:
    """Return what was counted, as every table about indicators says it: edition, window, as-of day, total."""
    return [
        speak(line)
        for line in (
            Words(N_("标准：%(name)s"), {"name": basis.edition.name})
            if basis.edition
            else Words(N_("标准：所选日期没有有效的测评体系，只列数字")),
            Words(
                N_("统计期：%(kind)s，%(days)s"),
                {"kind": speak(Words(basis.window.kind.label)), "days": speak(basis.window.words)},
            ),
            Words(
                N_("所选日期：%(as_of)s，数字截至 %(read_on)s"),
                {"as_of": basis.as_of.isoformat(), "read_on": basis.window.last_on.isoformat()},
            ),
            Words(basis.total.explanation),
            Words(N_("比例和小时数保留两位小数，只舍不入；“—”表示没有数据")),
        )
    ]


def _formulas(basis: Basis, speak: Speak) -> list[str]:
    return [_formula(indicator, basis, speak) for indicator in INDICATORS.values()]


def _formula(indicator: Indicator, basis: Basis, speak: Speak) -> str:
    params = {"name": speak(Words(indicator.name)), "formula": speak(Words(indicator.formula))}
    standard = basis.edition.standards.get(indicator.code) if basis.edition else None
    if standard is None:
        return speak(Words(N_("%(name)s = %(formula)s"), params))
    suffix = speak(Words(indicator.unit.suffix)) if indicator.unit.suffix else ""
    threshold = f"{indicator.unit.threshold_text(standard.threshold)} {suffix}"
    params |= {"threshold": threshold.strip(), "clause": speak(Words(standard.clause))}
    return speak(Words(N_("%(name)s = %(formula)s，不低于 %(threshold)s（%(clause)s）"), params))


def _indicator_columns(speak: Speak, *, has_before: bool) -> Iterable[Column]:
    for indicator in INDICATORS.values():
        columns = _figure_columns(indicator, speak)
        yield from columns
        yield Column(speak(Words(N_("是否达标"))), width=24)
        if has_before:
            yield Column(speak(Words(N_("去年同日"))), columns[-1].kind, width=14)
            yield Column(speak(Words(N_("比去年同日"))), width=26)


def _figure_columns(indicator: Indicator, speak: Speak) -> tuple[Column, Column, Column]:
    is_hours = indicator.unit is Unit.HOURS
    return (
        Column(speak(Words(indicator.numerator_name)), Kind.HOURS if is_hours else Kind.INT, width=18),
        Column(speak(Words(indicator.denominator_name)), Kind.INT, width=16),
        Column(speak(Words(indicator.name)), Kind.HOURS if is_hours else Kind.PERCENT, width=18),
    )


def _area_cells(row: AreaMeasurements, speak: Speak) -> list[Cell]:
    cells: list[Cell] = [row.area_name]
    for place, measurement in enumerate(row.measurements):
        cells += [*_figure_cells(measurement), _verdict_text(measurement, speak)]
        if row.before:
            then, words = row.before[place].then, row.before[place].words
            cells += [_figure_cells(then)[2] if then else None, speak(words) if words else None]
    return cells


def _figure_cells(measurement: Measurement) -> tuple[Cell, Cell, Cell]:
    value = measurement.value
    if value is not None and measurement.indicator.unit is Unit.HOURS:
        value *= MINUTES_PER_HOUR
    return measurement.numerator, measurement.denominator, value


def _verdict_text(measurement: Measurement, speak: Speak) -> str:
    # A self-test and a sample too small say themselves that nothing is judged.
    is_judged = not (measurement.is_too_small or measurement.is_self_test) or measurement.value is None
    told = [_verdict(measurement)] if is_judged else []
    dated = [measurement.survey_words] if measurement.survey_words else []
    return " ".join(map(speak, (*told, *measurement.remarks, *dated)))


def _verdict(measurement: Measurement) -> Words:
    if measurement.value is None:
        return measurement.explanation
    if measurement.is_met:
        return Words(N_("达标"))
    return measurement.gap or Words(N_("没有标准"))
