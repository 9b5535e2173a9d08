"""The ranking of all communities, streets or districts of an area by one indicator."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.metrics import BY_LAG, RankingForm
from models.areas import Area
from volunteer.areas.rules import LEVELS, AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_, Words
from volunteer.metrics import lagging_queries, ranking_queries
from volunteer.metrics.desk import AREA, FILE, area_or_refuse, basis_of, bp, frame, may_send, unclear, veil
from volunteer.metrics.discretion import Discretion
from volunteer.metrics.documents import Basis, ranking_table
from volunteer.metrics.lagging_documents import lagging_table
from volunteer.metrics.lagging_queries import Lagging, LaggingArea
from volunteer.metrics.ranking_queries import RankedArea, Ranking
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement
from volunteer.metrics.small_cells import REMARK
from volunteer.web.access import access
from volunteer.web.downloads import table_answer
from volunteer.web.paging import Page, page_number
from volunteer.web.words import say

Row = TypeVar("Row")
ROWS_A_PAGE = 50


@bp.get(f"{AREA}/ranking")
@access(Permission.READ_FIGURES)
def rank(code: str) -> ResponseReturnValue:
    """Show all areas of one level in the order of their places."""
    area = area_or_refuse(code)
    form = _form(area)
    basis = basis_of(form, area)
    if basis is None:
        return unclear(area, form, more=("by", "level", "only", "order"))
    if form.by.data == BY_LAG:
        return _show_lagging(area, form, basis)
    found = _ranking(area, form, basis)
    return render_template(
        "metrics/rank.html",
        ranking=found,
        indicator=INDICATORS[IndicatorCode(form.by.data)],
        page=_page(_chosen(found, form)),
        known=sum(_ASKED_FOR["known"](one.standing.now) for one in found.rows),
        met=sum(one.standing.now.is_met is True for one in found.rows),
        is_veiled=_is_veiled(found),
        basis=basis,
        **frame(area, form),
    )


def _show_lagging(area: Area, form: RankingForm, basis: Basis) -> ResponseReturnValue:
    found = _lagging(area, form, basis)
    return render_template(
        "metrics/rank_lagging.html",
        ranking=found,
        page=_page(_chosen_lagging(found, form)),
        known=sum(one.standing.place is not None for one in found.rows),
        met=sum(one.standing.place is not None and one.is_met for one in found.rows),
        is_veiled=_hides_something(found),
        may_send=may_send(area),
        basis=basis,
        **frame(area, form),
    )


def _page(rows: Sequence[Row]) -> Page[Row]:
    last = max(1, -(-len(rows) // ROWS_A_PAGE))
    number = min(page_number(), last)
    return Page(rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE], number, ROWS_A_PAGE, len(rows))


@bp.get(f"{AREA}/ranking.{FILE}")
@access(Permission.READ_FIGURES)
def download_ranking(code: str, kind: str) -> ResponseReturnValue:
    """Hand out the whole ranking, in the order of the page."""
    area = area_or_refuse(code)
    form = _form(area)
    basis = basis_of(form, area)
    if basis is None:
        raise Invalid(N_("选择不对，请回到页面重新选择"))
    if form.by.data == BY_LAG:
        return _download_lagging(area, form, basis, kind)
    found, indicator = _ranking(area, form, basis), INDICATORS[IndicatorCode(form.by.data)]
    title = _("%(area)s排名：%(name)s", area=area.name, name=say(indicator.short_name))
    remarks = [Words(REMARK)] if _is_veiled(found) else []
    rows = [(one.area.name, one.above, one.standing) for one in _chosen(found, form)]
    return table_answer(ranking_table(title, rows, indicator, basis, found.before_on, remarks=remarks, speak=say), kind)


def _download_lagging(area: Area, form: RankingForm, basis: Basis, kind: str) -> ResponseReturnValue:
    found = _lagging(area, form, basis)
    rows = [(one.area.name, one.above, one.standing, one.measurements) for one in _chosen_lagging(found, form)]
    remarks = [Words(REMARK)] if _hides_something(found) else []
    title = _("%(area)s排名：三项合起来", area=area.name)
    return table_answer(lagging_table(title, rows, basis, found.before_on, remarks=remarks, speak=say), kind)


def _form(area: Area) -> RankingForm:
    levels = LEVELS[LEVELS.index(area.level) + 1 :]
    if not levels:
        raise NotFound(N_("社区（村）下面没有可排的区划"))
    return RankingForm(clock.today(), levels)


def _ranking(area: Area, form: RankingForm, basis: Basis) -> Ranking:
    code = IndicatorCode(form.by.data)
    level, only_known = AreaLevel(form.level.data), form.only.data != "all"
    return ranking_queries.ranking(area, level, code, basis, _veils(area, basis), only_known=only_known)


def _lagging(area: Area, form: RankingForm, basis: Basis) -> Lagging:
    level, only_known = AreaLevel(form.level.data), form.only.data != "all"
    return lagging_queries.lagging(area, level, basis, _veils(area, basis), only_known=only_known)


def _veils(area: Area, basis: Basis) -> tuple[Discretion, Discretion] | None:
    """Return what is not shown to the reader of now and of the end of the month before."""
    hidden = veil(area, basis)
    then = veil(area, ranking_queries.before(basis)) if hidden else None
    return (hidden, then) if hidden and then else None


def _chosen(found: Ranking, form: RankingForm) -> list[RankedArea]:
    """Return the rows that were asked for, in the order asked for; those without data stay last."""
    rows = list(found.rows)
    if form.order.data == "worst":
        placed = [one for one in rows if one.standing.place is not None]
        rows = [*reversed(placed), *rows[len(placed) :]]
    return [one for one in rows if _ASKED_FOR[form.only.data](one.standing.now)]


_ASKED_FOR: dict[str, Callable[[Measurement], bool]] = {
    "all": lambda _now: True,
    "known": lambda now: now.value is not None or now.is_hidden,
    "not_met": lambda now: now.is_met is False,
}


def _chosen_lagging(found: Lagging, form: RankingForm) -> list[LaggingArea]:
    """Return the same of three indicators together."""
    placed = [one for one in found.rows if one.standing.place is not None]
    rest = found.rows[len(placed) :] if form.only.data == "all" else ()
    if form.only.data == "not_met":
        placed = [one for one in placed if one.standing.missing]
    if form.order.data == "worst":
        placed.sort(key=lambda one: -(one.standing.missing or 0))  # equal ones as on the list of those behind, by code
    return [*placed, *rest]


def _hides_something(found: Lagging) -> bool:
    return any(now.is_hidden for one in found.rows for now in one.measurements.values())


def _is_veiled(found: Ranking) -> bool:
    return any(one.standing.now.is_hidden for one in found.rows)
