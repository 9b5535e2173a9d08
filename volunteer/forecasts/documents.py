"""The tables of forecasts that the office takes away."""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

from volunteer.forecasts.rules import CODES, Forecast
from volunteer.kernel.ratio import MINUTES_PER_HOUR
from volunteer.kernel.speech import say_date
from volunteer.kernel.tables import Cell, Column, Kind, Table
from volunteer.kernel.text import N_, Words
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import INDICATORS, Unit

Speak = Callable[[Words], str]
"""Puts words into the reader's language; `str` speaks Chinese."""

HOLDS = N_("区间：拿过去检验，100 次里至少 80 次落在这样宽的范围内；预测不是承诺，也不作考核依据")


def forecast_table(
    title: str,
    rows: Sequence[tuple[str, Sequence[Forecast]]],
    as_of: date,
    ends_on: date,
    total: Total,
    *,
    speak: Speak,
) -> Table:
    """Return a table of areas, by name: expected value, range and verdict of each indicator, in the order of CODES."""
    columns = [Column(speak(Words(N_("区划"))), Kind.TEXT, 24)]
    for code in CODES:
        name = speak(Words(INDICATORS[code].short_name))
        kind = Kind.HOURS if INDICATORS[code].unit is Unit.HOURS else Kind.PERCENT
        columns += [
            Column(speak(Words(N_("%(name)s，预计"), {"name": name})), kind, 18),
            Column(speak(Words(N_("%(name)s，区间下限"), {"name": name})), kind, 18),
            Column(speak(Words(N_("%(name)s，区间上限"), {"name": name})), kind, 18),
            Column(speak(Words(N_("%(name)s，判断"), {"name": name})), Kind.TEXT, 22),
        ]
    notes = [
        speak(
            Words(
                N_("截至 %(day)s的数据，预测到 %(end)s"),
                {"day": say_date(as_of), "end": say_date(ends_on)},
            )
        ),
        speak(Words(total.explanation)),
        speak(Words(HOLDS)),
    ]
    return Table(title, columns, [_row(name, forecasts, speak) for name, forecasts in rows], notes=notes)


def _row(name: str, forecasts: Sequence[Forecast], speak: Speak) -> list[Cell]:
    cells: list[Cell] = [name]
    for one in forecasts:
        times = MINUTES_PER_HOUR if INDICATORS[one.code].unit is Unit.HOURS else 1
        expected = one.expected.value if one.expected else None
        cells += [_scaled(value, times) for value in (expected, one.low, one.high)]
        cells.append(speak(one.verdict_words))
    return cells


def _scaled(value: Fraction | None, times: int) -> Fraction | None:
    return None if value is None else value * times
