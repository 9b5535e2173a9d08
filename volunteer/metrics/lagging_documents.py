"""The table of areas by what is missing of three indicators together."""

from collections.abc import Iterable, Mapping
from datetime import date

from volunteer.kernel.ratio import MINUTES_PER_HOUR
from volunteer.kernel.speech import say_date
from volunteer.kernel.tables import Cell, Column, Kind, Table
from volunteer.kernel.text import N_, Words
from volunteer.metrics.documents import Basis, Speak, notes
from volunteer.metrics.ranking import ACTED_UPON, Lag
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement, Unit


def lagging_table(
    title: str,
    rows: Iterable[tuple[str, str, Lag, Mapping[IndicatorCode, Measurement]]],
    basis: Basis,
    before_on: date,
    *,
    remarks: Iterable[Words] = (),
    speak: Speak = str,
) -> Table:
    """Return areas by what is missing of three indicators together; a row: name, what it lies in, place, indicators."""
    return Table(
        title=title,
        columns=(
            Column(speak(Words(N_("名次"))), Kind.INT),
            Column(speak(Words(N_("区划"))), width=26),
            Column(speak(Words(N_("所在"))), width=26),
            Column(speak(Words(N_("三项平均差"))), Kind.PERCENT),
            *(Column(speak(Words(INDICATORS[code].short_name)), _kind(code), 16) for code in ACTED_UPON),
            Column(speak(Words(N_("上月底名次"))), Kind.INT),
            Column(speak(Words(N_("名次变化")))),
        ),
        rows=(
            (
                standing.place,
                name,
                above,
                standing.missing,
                *(_cell(measurements[code]) for code in ACTED_UPON),
                standing.place_before,
                speak(standing.movement) if standing.movement else None,
            )
            for name, above, standing, measurements in rows
        ),
        notes=[
            *notes(basis, speak),
            speak(Words(N_("三项平均差：注册、参加活动、服务时间三项，每项离标准还差百分之几，三项平均"))),
            speak(Words(N_("名次变化是和 %(day)s比"), {"day": say_date(before_on)})),
            *map(speak, remarks),
        ],
    )


def _kind(code: IndicatorCode) -> Kind:
    return Kind.HOURS if INDICATORS[code].unit is Unit.HOURS else Kind.PERCENT


def _cell(measurement: Measurement) -> Cell:
    value = measurement.value
    return value * MINUTES_PER_HOUR if value is not None and measurement.indicator.unit is Unit.HOURS else value
