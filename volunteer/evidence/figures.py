"""Making a 统计表格: every figure comes from metrics.queries, on the basis that the item names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from flask import current_app

from models.areas import Area
from models.base import db
from models.metrics import FigureState
from volunteer.areas.rules import AreaLevel
from volunteer.evidence.rules import LEVELS_BELOW, TableFacts
from volunteer.evidence.statistics import Pair, Row, Sheet, Statistics, Version, threshold_words
from volunteer.kernel.clock import to_local
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.metrics import queries
from volunteer.metrics.documents import Basis
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.rules import INDICATORS, Indicator, IndicatorCode
from volunteer.metrics.small_cells import hide_in_tree, is_small


@dataclass(slots=True)
class _Branches:
    """The areas from one down to a level, each with its report, and who stands right below whom."""

    whole: AreaReport
    rows: Sequence[AreaReport]
    every: dict[str, AreaReport] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)


def table_title(area: Area, facts: TableFacts) -> str:
    """Return what a table is called: area, what, by which areas."""
    what = INDICATORS[facts.indicator].name if facts.indicator else "志愿服务四项指标"
    return f"{area.name}{what}（分{_LEVEL_WORDS[facts.level]}）"


_LEVEL_WORDS = {AreaLevel.DISTRICT: "县市区", AreaLevel.STREET: "街道乡镇", AreaLevel.COMMUNITY: "社区村"}


def statistics_of(area: Area, facts: TableFacts, *, today: date) -> Statistics:
    """Return the table of an area as the figures stand now. Raises Invalid for a day or level that makes no sense."""
    if facts.level not in LEVELS_BELOW.get(area.level, ()):
        raise Invalid(N_("请选这个区划下面的一级"), field="level")
    basis = queries.basis_for(facts.as_of, facts.window, facts.total, today=today, area=area)
    found = _branches(area, basis, facts.level)
    codes = [facts.indicator] if facts.indicator else list(INDICATORS)
    hides_registered, hides_active = _hidden(found, "registered"), _hidden(found, "active")
    return Statistics(
        title=table_title(area, facts),
        level_label=_LEVEL_WORDS[facts.level],
        as_of=facts.as_of,
        read_on=basis.window.last_on,
        basis=_basis_pairs(basis, version()),
        sheets=[
            Sheet(
                INDICATORS[code],
                [_row(one, code, hides_registered, hides_active) for one in found.rows],
                _row(found.whole, code, hides_registered, hides_active),
                _derivation(found.whole, code, basis),
            )
            for code in codes
        ],
    )


def version() -> Version:
    """Return which state of the figures is read."""
    state, fresh = db.session.get(FigureState, 1), queries.freshness()
    return Version(state.version if state else 0, fresh.applied_at, fresh.waiting)


def _branches(area: Area, basis: Basis, level: AreaLevel) -> _Branches:
    top = queries.report(area, basis)
    found = _Branches(top.whole, list(top.children), {area.code: top.whole})
    found.children[area.code] = [one.area.code for one in top.children]
    found.every |= {one.area.code: one for one in top.children}
    while found.rows and found.rows[0].area.level is not level:
        deeper: list[AreaReport] = []
        for one in found.rows:
            below = queries.report(one.area, basis).children
            found.children[one.area.code] = [child.area.code for child in below]
            deeper += below
        found.every |= {one.area.code: one for one in deeper}
        found.rows = deeper
    return found


def _hidden(found: _Branches, what: str) -> frozenset[str]:
    """Return the codes of the areas whose count of people is not shown outside the house."""
    counts = {code: int(getattr(one.figures, what)) for code, one in found.every.items()}
    try:
        return hide_in_tree(counts, found.children, found.whole.area.code)
    except ValueError:
        # Where the parts do not make the whole nothing can be computed from it: the small cells alone are hidden.
        return frozenset(code for code, count in counts.items() if is_small(count))


def _row(one: AreaReport, code: IndicatorCode, registered: frozenset[str], active: frozenset[str]) -> Row:
    here = one.area.code
    by_code = {
        IndicatorCode.REGISTERED_SHARE: (here in registered, False),
        IndicatorCode.ACTIVE_SHARE: (here in active, here in registered),
        IndicatorCode.HOURS_PER_HEAD: (here in active, here in registered),
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
    path = current_app.url_map.bind("").build("metrics.explain", {"code": area.code, "indicator": code.value})
    asked = {"as_of": basis.as_of.isoformat(), "window": basis.window.kind.value, "total": basis.total.value}
    return f"{current_app.config['SETTINGS'].public_url}{path}?{urlencode(asked)}"
