"""Making a 统计表格: every figure comes from metrics.queries, on the basis that the item names."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from models.areas import Area
from models.base import db
from models.metrics import FigureState
from volunteer.areas.rules import AreaLevel
from volunteer.evidence.listings import Listing
from volunteer.evidence.lists import list_title, listing_of
from volunteer.evidence.rules import LEVELS_BELOW, ListFacts, TableFacts
from volunteer.evidence.statistics import Pair, Row, Sheet, Statistics, Version, threshold_words
from volunteer.kernel.clock import to_local
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.metrics import queries
from volunteer.metrics.discretion import Discretion, discretion
from volunteer.metrics.documents import Basis
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.rules import INDICATORS, Indicator, IndicatorCode
from volunteer.web.addresses import public_address


def table_title(area: Area, facts: TableFacts | ListFacts) -> str:
    """Return what a table is called: area, what, by which areas or of which themes."""
    if isinstance(facts, ListFacts):
        return list_title(area, facts)
    what = INDICATORS[facts.indicator].name if facts.indicator else "志愿服务四项指标"
    return f"{area.name}{what}（分{_LEVEL_WORDS[facts.level]}）"


_LEVEL_WORDS = {AreaLevel.DISTRICT: "县市区", AreaLevel.STREET: "街道乡镇", AreaLevel.COMMUNITY: "社区村"}


def table_of(area: Area, facts: TableFacts | ListFacts, *, today: date) -> Statistics | Listing:
    """Return a table as figures and records stand now. Raises Invalid for a day or level that makes no sense."""
    if isinstance(facts, ListFacts):
        return listing_of(area, facts, today=today)
    return statistics_of(area, facts, today=today)


def statistics_of(area: Area, facts: TableFacts, *, today: date) -> Statistics:
    """Return the table of an area as the figures stand now. Raises Invalid for a day or level that makes no sense."""
    if facts.level not in LEVELS_BELOW.get(area.level, ()):
        raise Invalid(N_("请选这个区划下面的一级"), field="level")
    basis = queries.basis_for(facts.as_of, facts.window, facts.total, today=today, area=area)
    whole, rows = _at_level(area, basis, facts.level)
    codes = [facts.indicator] if facts.indicator else list(INDICATORS)
    discreet = discretion(basis)
    return Statistics(
        title=table_title(area, facts),
        level_label=_LEVEL_WORDS[facts.level],
        as_of=facts.as_of,
        read_on=basis.window.last_on,
        basis=_basis_pairs(basis, version()),
        sheets=[
            Sheet(
                INDICATORS[code],
                [_row(one, code, discreet) for one in rows],
                _row(whole, code, discreet),
                _derivation(whole, code, basis),
            )
            for code in codes
        ],
    )


def version() -> Version:
    """Return which state of the figures is read."""
    state, fresh = db.session.get(FigureState, 1), queries.freshness()
    return Version(state.version if state else 0, fresh.applied_at, fresh.waiting)


def _at_level(area: Area, basis: Basis, level: AreaLevel) -> tuple[AreaReport, Sequence[AreaReport]]:
    """Return the report of an area, and those of all areas of a level below it."""
    top = queries.report(area, basis)
    rows = list(top.children)
    while rows and rows[0].area.level is not level:
        rows = [child for one in rows for child in queries.report(one.area, basis).children]
    return top.whole, rows


def _row(one: AreaReport, code: IndicatorCode, discreet: Discretion) -> Row:
    registered, active = one.area.id in discreet.registered, one.area.id in discreet.active
    by_code = {
        IndicatorCode.REGISTERED_SHARE: (registered, False),
        IndicatorCode.ACTIVE_SHARE: (active, registered),
        IndicatorCode.HOURS_PER_HEAD: (active, registered),
        IndicatorCode.SUPPORT_SHARE: (False, False),
    }
    return Row(one.area.name, one.measurements[code], *by_code[code])


def _derivation(whole: AreaReport, code: IndicatorCode, basis: Basis) -> list[Pair]:
    """Return how an indicator comes about: rule, formula, standard with its clause, sources, what is left out."""
    one = INDICATORS[code]
    pairs = [("指标含义", one.question), ("计算公式", one.formula), ("标准", _standard(whole, one, basis))]
    pairs += [("分子来源", one.numerator_source), ("分母来源", _denominator_source(whole, one, basis))]
    pairs += [("不计入", "；".join(one.left_out)), ("在线核对", _address(whole.area, code, basis))]
    return [(term, said) for term, said in pairs if said]


def _standard(whole: AreaReport, one: Indicator, basis: Basis) -> str:
    standard = basis.edition.standards.get(one.code) if basis.edition else None
    if basis.edition is None or standard is None:
        return "所选日期没有有效的测评体系，只列数字"
    return f"{threshold_words(whole.measurements[one.code])}；{basis.edition.name}；{standard.clause}"


def _denominator_source(whole: AreaReport, one: Indicator, basis: Basis) -> str:
    if one.code is not IndicatorCode.REGISTERED_SHARE:
        return one.denominator_source
    sources = queries.population_sources(whole.area, basis.window.last_on)
    return f"{one.denominator_source}（{'；'.join(sources)}）" if sources else one.denominator_source


def _basis_pairs(basis: Basis, read: Version) -> list[Pair]:
    pairs = [
        ("统计期", f"{basis.window.kind.label}，{basis.window.words}"),
        ("所选日期", f"{basis.as_of.isoformat()}，数字截至 {basis.window.last_on.isoformat()}"),
        ("口径", str(basis.total.explanation)),
    ]
    if read.applied_at is not None:
        at = to_local(read.applied_at)
        waiting = f"，另有 {read.waiting} 项变动还没有算进来" if read.waiting else ""
        pairs.append(("数据版本", f"第 {read.number} 版，{at:%Y-%m-%d %H:%M} 更新{waiting}"))
    return pairs


def _address(area: Area, code: IndicatorCode, basis: Basis) -> str:
    """Return where a reader with the right to it sees the same figure explained."""
    page = public_address("metrics.explain", code=area.code, indicator=code.value)
    asked = {"as_of": basis.as_of.isoformat(), "window": basis.window.kind.value, "total": basis.total.value}
    return f"{page}?{urlencode(asked)}"
