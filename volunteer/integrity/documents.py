"""The tables that the office takes away: how organizations record, and what is overdue."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from volunteer.integrity.rules import MEASURES, UNIT_LABELS, Counts, Measure, Span, Unit, late_words
from volunteer.kernel.ratio import decimal_down
from volunteer.kernel.speech import thousands
from volunteer.kernel.tables import Cell, Column, Kind, Table
from volunteer.kernel.text import N_, Words

Speak = Callable[[Words], str]
"""Puts words into the reader's language; `str` speaks Chinese."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An organization as it stands in the ranking."""

    public_id: str
    name: str
    area_name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """A shift that is overdue, with its organization."""

    organization: str
    area_name: str
    activity: str
    served_on: date
    due_on: date
    settled_at: None = None


def ranked(rows: Iterable[Ranked], sort: str) -> list[Ranked]:
    """Return rows by "name", "hours" or a measure's code, "-" before it for the largest first.

    Those without a value come last either way; anything else leaves the order as it is.
    """
    key, is_falling = sort.removeprefix("-"), sort.startswith("-")
    listed = list(rows)
    if key == "name":
        return sorted(listed, key=lambda row: row.name, reverse=is_falling)
    if key == "hours":
        return sorted(listed, key=lambda row: row.counts.total, reverse=is_falling)
    measure = next((one for one in MEASURES.values() if one.code == key), None)
    if measure is None:
        return listed
    known = [row for row in listed if measure.value(row.counts) is not None]
    known.sort(key=lambda row: measure.value(row.counts) or 0, reverse=is_falling)
    return known + [row for row in listed if measure.value(row.counts) is None]


def ranking_table(title: str, rows: Iterable[Ranked], span: Span, least_hours: int, *, speak: Speak = str) -> Table:
    """Return organizations as rows with each measure, and what each measure means below the title."""
    columns = [
        Column(speak(Words(N_("组织"))), width=30),
        Column(speak(Words(N_("区划"))), width=24),
        Column(speak(Words(N_("时长（小时）"))), Kind.HOURS),
        *(_column(one, speak) for one in MEASURES.values()),
    ]
    return Table(
        title=title,
        columns=columns,
        rows=(_cells(row) for row in rows),
        notes=[*_scope(span, least_hours, speak), *(_explained(one, speak) for one in MEASURES.values())],
    )


def _scope(span: Span, least_hours: int, speak: Speak) -> list[str]:
    said = {"span": speak(Words(span.label)), "hours": thousands(least_hours)}
    return [
        speak(Words(N_("%(span)s，只列时长满 %(hours)s 小时的组织；“—”表示没有数据"), said)),
        speak(Words(N_("这些数字是请人看一看的线索，不是结论"))),
    ]


def _explained(measure: Measure, speak: Speak) -> str:
    said = {"name": speak(Words(measure.label)), "meaning": speak(Words(measure.meaning))}
    return speak(Words(N_("%(name)s：%(meaning)s"), said))


def _column(measure: Measure, speak: Speak) -> Column:
    label = speak(Words(measure.short))
    if measure.unit is Unit.PERCENT:
        return Column(label, Kind.PERCENT)
    unit = speak(Words(UNIT_LABELS[measure.unit]))
    return Column(speak(Words(N_("%(name)s（%(unit)s）"), {"name": label, "unit": unit})), width=20)


def _cells(row: Ranked) -> Sequence[Cell]:
    figures = (_cell(one, one.value(row.counts)) for one in MEASURES.values())
    return [row.name, row.area_name, row.counts.total, *figures]


def _cell(measure: Measure, value: Fraction | None) -> Cell:
    if value is None or measure.unit is Unit.PERCENT:
        return value
    return decimal_down(value * measure.factor, 1, separator="")


def overdue_table(title: str, rows: Iterable[OverdueRow], today: date, *, speak: Speak = str) -> Table:
    """Return overdue shifts as rows, with for how long."""
    labels = (N_("组织"), N_("区划"), N_("活动"), N_("服务日期"), N_("最后期限"), N_("超期"))
    kinds = (Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.DATE, Kind.DATE, Kind.TEXT)
    return Table(
        title=title,
        columns=[Column(speak(Words(label)), kind, width=22) for label, kind in zip(labels, kinds, strict=True)],
        rows=(
            (row.organization, row.area_name, row.activity, row.served_on, row.due_on, speak(late_words(row, today)))
            for row in rows
        ),
        notes=[speak(Words(N_("服务结束以后要在 10 个工作日内记完；节假日和调休已经算进去")))],
    )


@dataclass(frozen=True, slots=True)
class BehindLine:
    """One thing behind a number; `person` as the reader may see them, "" for nobody."""

    on: date
    activity: str
    person: str
    words: Words
    minutes: int | None


def behind_table(title: str, lines: Iterable[BehindLine], note: str, *, speak: Speak = str) -> Table:
    """Return what a number counts, line by line; `note` says of which days and who sees names."""
    labels = (N_("日期"), N_("活动"), N_("志愿者"), N_("说明"), N_("分钟"))
    kinds = (Kind.DATE, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.INT)
    return Table(
        title=title,
        columns=[Column(speak(Words(label)), kind, 22) for label, kind in zip(labels, kinds, strict=True)],
        rows=([one.on, one.activity, one.person, speak(one.words), one.minutes] for one in lines),
        notes=[note],
    )
