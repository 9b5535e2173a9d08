"""An area's figures by organization, theme, age and first year."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.metrics import FigureForm
from models.areas import Area
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import Words
from volunteer.metrics import part_queries
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
from volunteer.metrics.documents import Basis, parts_table
from volunteer.metrics.part_queries import Parts
from volunteer.metrics.parts import Dimension
from volunteer.metrics.small_cells import REMARK, TOO_LOW, WHY
from volunteer.web.access import access
from volunteer.web.downloads import table_answer
from volunteer.web.paging import Page, page_number
from volunteer.web.words import say

DIMENSION = f"<any({', '.join(Dimension)}):dimension>"
ROWS_A_PAGE = 50


@bp.get(f"{AREA}/parts/{DIMENSION}")
@access(Permission.READ_FIGURES)
def show_parts(code: str, dimension: str) -> ResponseReturnValue:
    """Show an area's figures in parts."""
    area, form = area_or_refuse(code), FigureForm(clock.today())
    basis = basis_of(form, area)
    if basis is None:
        return unclear(area, form)
    parts, is_veiled = _parts(area, Dimension(dimension), basis)
    number = min(page_number(), max(1, -(-len(parts.rows) // ROWS_A_PAGE)))
    shown = parts.rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE]
    return render_template(
        "metrics/parts.html",
        parts=parts,
        dimensions=list(Dimension),
        page=Page(shown, number, ROWS_A_PAGE, len(parts.rows)),
        most=max((row.minutes or 0 for row in parts.rows), default=0),
        is_veiled=is_veiled,
        why=TOO_LOW if part_queries.is_too_low(area) else WHY,
        asked=basis,
        basis=parts.basis,
        **frame(area, form),
    )


@bp.get(f"{AREA}/parts/{DIMENSION}.{FILE}")
@access(Permission.READ_FIGURES)
def download_parts(code: str, dimension: str, kind: str) -> ResponseReturnValue:
    """Hand out all parts."""
    area = area_or_refuse(code)
    parts, is_veiled = _parts(area, Dimension(dimension), basis_or_refuse(area))
    title = _("%(area)s：%(name)s", area=area.name, name=say(parts.dimension.label))
    remarks = [Words(REMARK)] if is_veiled else []
    heading, holds = Words(parts.dimension.heading), parts.dimension.holds_people
    figures = None if is_veiled and not parts.rows else parts.whole.figures
    table = parts_table(title, heading, parts.rows, figures, parts.basis, holds, remarks=remarks, speak=say)
    return table_answer(table, kind)


def _parts(area: Area, dimension: Dimension, basis: Basis) -> tuple[Parts, bool]:
    """Return the parts as the reader may see them, and whether anything is not shown."""
    parts = part_queries.parts_of(area, dimension, basis, today=clock.today())
    hidden = veil(area, parts.basis)
    if hidden is None:
        return parts, False
    shown = part_queries.veiled(parts, hidden.on_area(parts.whole))
    return shown, shown != parts
