"""What was shown for an area on a day that is past, beside what is counted for it now, and why they differ."""

from dataclasses import replace
from datetime import UTC, date, datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.metrics import FigureForm
from models.areas import Area
from volunteer.kernel import clock
from volunteer.kernel.periods import ONE_DAY
from volunteer.kernel.permissions import Permission
from volunteer.metrics import difference_queries, snapshots
from volunteer.metrics.desk import (
    AREA,
    FILE,
    area_or_refuse,
    basis_of,
    basis_or_refuse,
    bp,
    frame,
    unclear,
    veil,
)
from volunteer.metrics.difference_queries import Compared
from volunteer.metrics.discretion import discretion_over
from volunteer.metrics.documents import Basis, ShownAndNow, changes_table
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement, measure
from volunteer.metrics.small_cells import is_small
from volunteer.metrics.snapshots import facts_written
from volunteer.web.access import access
from volunteer.web.downloads import table_answer
from volunteer.web.words import say


@bp.get(f"{AREA}/shown")
@access(Permission.READ_FIGURES)
def show_day(code: str) -> ResponseReturnValue:
    """Show an area on a past day as it was shown then and as it is counted now."""
    area, form = area_or_refuse(code), FigureForm(clock.today())
    basis = basis_of(form, area)
    if basis is None:
        return unclear(area, form)
    first = difference_queries.first_known_on()
    is_known = first is not None and first <= basis.window.last_on
    found, allows_numbers = _compared(area, basis) if is_known else (None, False)
    return render_template(
        "metrics/day.html",
        found=found,
        allows_numbers=allows_numbers,
        first_known_on=first,
        first_snapshot_on=snapshots.first_snapshot_on(),
        is_today=basis.window.last_on == clock.today(),
        basis=basis,
        **frame(area, form),
    )


@bp.get(f"{AREA}/shown.{FILE}")
@access(Permission.READ_PEOPLE)
def download_day(code: str, kind: str) -> ResponseReturnValue:
    """Hand out what changed since the day, cause by cause."""
    area = area_or_refuse(code, Permission.READ_PEOPLE)
    basis = basis_or_refuse(area)
    found, _allows = _compared(area, basis)
    title = _("%(area)s：%(day)s 当天显示和现在重算", area=area.name, day=basis.window.last_on)
    return table_answer(changes_table(title, found, basis, speak=say), kind)


def _compared(area: Area, basis: Basis) -> tuple[ShownAndNow, bool]:
    """Return the comparison as the reader may see it, and whether its causes may be told in numbers."""
    found = difference_queries.compare(area, basis, _end_of(basis.window.last_on))
    then = found.shown.counted.figures(basis.window.kind, basis.total)
    shown = {code: measure(one, then, found.shown.thresholds.get(code)) for code, one in INDICATORS.items()}
    now, hidden = found.now, veil(area, basis)
    if hidden:
        untold = hidden.codes_of(area) | _untold_then(found, basis)
        now = replace(now, measurements={code: _veiled(one, code in untold) for code, one in now.measurements.items()})
        shown = {code: _veiled(one, code in untold) for code, one in shown.items()}
    pairs = [(shown[code], now.measurements[code]) for code in IndicatorCode]
    both = ShownAndNow(pairs, found.shown, found.now, found.changes, found.population_changes)
    is_told = not any(one.is_hidden for pair in pairs for one in pair)
    return both, hidden is None or (is_told and not _is_delicate(found, basis))


def _untold_then(found: Compared, basis: Basis) -> frozenset[IndicatorCode]:
    """Return what is not told of a past day as it was shown: judged over all areas, which only a written day allows.

    A day that was not written down is worked out for one area alone, so that only the whole city's is told: what it
    was for a district might tell what it was for the one beside.
    """
    area, day, kind, total = found.now.area, basis.window.last_on, basis.window.kind, basis.total
    if found.shown.is_kept:
        return discretion_over(facts_written(day), day, kind, total).codes_of(area)
    if area.parent_id is not None:
        return frozenset(IndicatorCode) - {IndicatorCode.SUPPORT_SHARE}
    return discretion_over({area.id: found.shown.counted.facts}, day, kind, total).codes_of(area)


def _veiled(one: Measurement, is_hidden: bool) -> Measurement:
    return one.hidden() if is_hidden else one


def _is_delicate(found: Compared, basis: Basis) -> bool:
    """Return whether what changed speaks of so few people that they could be recognized."""
    kind, total = basis.window.kind, basis.total
    return any(
        is_small(abs(count))
        for one in found.changes
        for count in (one.rows, one.deltas.registered, one.deltas.active(kind, total))
    )


def _end_of(day: date) -> datetime:
    return clock.midnight(day + ONE_DAY).astimezone(UTC)
