"""Editions of the 测评体系: thresholds, grades and clauses, in force since when. Data, with one shipped.

Editions of one series follow each other; several series stand side by side, and an area chooses one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.periods import FIRST_YEAR, LAST_YEAR, ONE_DAY
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, PLAN_CLAUSE, IndicatorCode, Unit


class CityKind(StrEnum):
    """Which cities an edition speaks of."""

    PREFECTURE_AND_ABOVE = "prefecture_and_above"
    COUNTY = "county"

    @property
    def label(self) -> str:
        """Return the kind's name, a Chinese msgid."""
        return N_("地级以上") if self is CityKind.PREFECTURE_AND_ABOVE else N_("县级")


class MaterialKind(StrEnum):
    """What assessors want to see for a clause; the kinds are those of the plan's collection of materials."""

    DOCUMENT = "document"
    NOTE = "note"
    PICTURE = "picture"
    TABLE = "table"

    @property
    def label(self) -> str:
        """Return the kind's name, a Chinese msgid."""
        return _MATERIAL_LABELS[self]


_MATERIAL_LABELS = {
    MaterialKind.DOCUMENT: N_("规范文件"),
    MaterialKind.NOTE: N_("情况说明"),
    MaterialKind.PICTURE: N_("实景图片"),
    MaterialKind.TABLE: N_("统计表格"),
}


@dataclass(frozen=True, slots=True)
class Clause:
    """What an edition asks to be proved; `wants` in the order of MaterialKind, `indicator` where it names a figure."""

    code: str
    title: str
    words: str
    wants: tuple[MaterialKind, ...]
    indicator: IndicatorCode | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and the value from which it is given, in the indicator's unit, a percentage as a share of one."""

    name: str
    floor: Fraction


GRADE_NAMES = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Standard:
    """What an edition asks of one indicator; the threshold in the indicator's unit, a percentage as a share of one.

    `grades` are the best first; none where the edition knows only met and not met.
    """

    label: str
    clause: str
    threshold: Fraction
    grades: tuple[Grade, ...] = ()

    def grade(self, value: Fraction) -> str | None:
        """Return the best grade that a value reaches; None below all of them."""
        return next((grade.name for grade in self.grades if value >= grade.floor), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A named set of standards, in force from `effective_from` to `effective_to`, both inside; None while it lasts."""

    name: str
    series: str
    city_kind: CityKind
    effective_from: date
    effective_to: date | None = None
    standards: Mapping[IndicatorCode, Standard]

    def is_in_force(self, on: date) -> bool:
        """Say whether the edition holds on that day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def threshold(self, code: IndicatorCode) -> Fraction | None:
        """Return the indicator's threshold; None where the edition does not ask for it, or cannot be named."""
        standard = self.standards.get(code)
        return standard.threshold if standard and self.name.strip() else None

    def grade(self, code: IndicatorCode, value: Fraction | None) -> str | None:
        """Return the grade of a value; None without data, below all grades, or where the edition has none."""
        standard = self.standards.get(code)
        return standard.grade(value) if standard and value is not None else None

    def grade_words(self, code: IndicatorCode, value: Fraction | None) -> Words | None:
        """Return the grade of a value as the page says it; None without data or where the edition has no grades."""
        standard = self.standards.get(code)
        if standard is None or not standard.grades or value is None:
            return None
        reached = standard.grade(value)
        if reached is None:
            return Words(N_("不到 %(grade)s 级"), {"grade": standard.grades[-1].name})
        return Words(N_("%(grade)s 级"), {"grade": reached})

    def overlaps(self, other: "Edition") -> bool:
        """Say whether both would be in force in one series on some day."""
        return (
            self.series == other.series
            and self.effective_from <= (other.effective_to or date.max)
            and other.effective_from <= (self.effective_to or date.max)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """An area, by its lineage, is measured by a series from a day on; `number` grows with every choice made."""

    lineage: str
    series: str
    effective_from: date
    number: int


def edition_in_force(editions: Iterable[Edition], on: date, series: str) -> Edition | None:
    """Return the edition of a series on a day; None where there is none, and then no verdict is shown."""
    fitting = (edition for edition in editions if edition.series == series and edition.is_in_force(on))
    return max(fitting, key=lambda edition: edition.effective_from, default=None)


def chosen_series(choices: Iterable[Choice], lineage: str, on: date) -> str:
    """Return by which series an area is measured: its own choice or that of the nearest area above (our decision).

    Of one area's choices the latest in effect on the day counts, of equal ones the newest; without any the shipped one.
    """
    fitting = [
        choice for choice in choices if choice.effective_from <= on and f"{lineage}/".startswith(f"{choice.lineage}/")
    ]
    nearest = max(fitting, key=lambda one: (len(one.lineage), one.effective_from, one.number), default=None)
    return nearest.series if nearest else SHIPPED_SERIES


def check_edition(edition: Edition, others: Iterable[Edition]) -> None:
    """Raise Invalid or Conflict, on its field, where an edition cannot stand beside the others."""
    if not edition.name.strip():
        raise Invalid(N_("请填写测评体系的名称"), field="name")
    if not edition.series.strip():
        raise Invalid(N_("请填写测评体系的系列"), field="series")
    _check_days(edition)
    if not edition.standards:
        raise Invalid(N_("至少要有一项指标的标准"), field="standards")
    for code, standard in edition.standards.items():
        if not 0 < standard.threshold <= _largest(code):
            raise Invalid(N_("“%(label)s”的标准超出了范围"), field="standards", label=standard.label)
        check_grades(code, standard.grades)
    for other in others:
        if edition.overlaps(other):
            raise _overlap(edition, other)


def _check_days(edition: Edition) -> None:
    for day, field in ((edition.effective_from, "effective_from"), (edition.effective_to, "effective_to")):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Invalid(N_("年份要在 %(first)s 到 %(last)s 之间"), field=field, first=FIRST_YEAR, last=LAST_YEAR)
    if edition.effective_to is not None and edition.effective_to < edition.effective_from:
        raise Invalid(N_("截止日期不能早于生效日期"), field="effective_to")


def check_grades(code: IndicatorCode, grades: Iterable[Grade]) -> None:
    """Raise Invalid on the grade's field unless grades go A, B, C, each within range and below the one before."""
    above: Grade | None = None
    for name, grade in zip(GRADE_NAMES, grades, strict=False):
        field = f"{code}_grade_{grade.name.lower()}"
        if grade.name != name:
            raise Invalid(N_("要先填 %(name)s 级，等级从高到低排"), field=field, name=name)
        if not 0 < grade.floor <= _largest(code):
            raise Invalid(N_("%(name)s 级的起点超出了范围"), field=field, name=name)
        if above and grade.floor >= above.floor:
            raise Invalid(N_("%(name)s 级的起点要比 %(above)s 级低"), field=field, name=name, above=above.name)
        above = grade


def check_clause(clause: Clause, others: Iterable[Clause]) -> None:
    """Raise Invalid or Conflict, on its field, where a clause cannot stand in its edition."""
    if not clause.code.strip():
        raise Invalid(N_("请填写条款编号"), field="code")
    if not clause.title.strip():
        raise Invalid(N_("请填写条款标题"), field="title")
    if not clause.wants:
        raise Invalid(N_("请选择要交哪几类材料"), field="wants")
    if any(other.code == clause.code for other in others):
        raise Conflict(N_("编号 %(code)s 已经用在另一条上"), field="code", code=clause.code)


def _largest(code: IndicatorCode) -> Fraction:
    unit = INDICATORS[code].unit
    return Fraction(unit.largest, 100 if unit is Unit.PERCENT else 1)


def _overlap(edition: Edition, other: Edition) -> Conflict:
    if other.effective_from < edition.effective_from:
        latest = say_date(edition.effective_from - ONE_DAY)
        return Conflict(
            N_("与“%(name)s”的有效期重叠，请先把它的截止日期改到 %(latest)s或更早"),
            field="effective_from",
            name=other.name,
            latest=latest,
        )
    return Conflict(
        N_("与“%(name)s”的有效期重叠，它从 %(since)s起生效"),
        field="effective_to",
        name=other.name,
        since=say_date(other.effective_from),
    )


def _shipped(code: IndicatorCode, threshold: Fraction) -> Standard:
    return Standard(label=INDICATORS[code].name, clause=PLAN_CLAUSE, threshold=threshold)


SHIPPED_SERIES = "全国文明城市测评体系（地级以上）"

# The edition names a year, no day: in force from that year's first day, until the office closes it (our decision).
SHIPPED_EDITION = Edition(
    name="2017 版《全国文明城市测评体系（地级以上）》",
    series=SHIPPED_SERIES,
    city_kind=CityKind.PREFECTURE_AND_ABOVE,
    effective_from=date(2017, 1, 1),
    standards={
        code: _shipped(code, threshold)
        for code, threshold in (
            (IndicatorCode.REGISTERED_SHARE, Fraction(10, 100)),
            (IndicatorCode.ACTIVE_SHARE, Fraction(70, 100)),
            (IndicatorCode.HOURS_PER_HEAD, Fraction(25)),
            (IndicatorCode.SUPPORT_SHARE, Fraction(90, 100)),
        )
    },
)

_DOCUMENT, _NOTE, _PICTURE, _TABLE = MaterialKind
_SHOWN = (_NOTE, _PICTURE, _TABLE)

# The plan's part four (九)4: five mechanisms, four indicators, service themes and selections. The codes are ours, since
# the plan gives none; which materials a clause wants is our decision after the plan's list of materials.
SHIPPED_CLAUSES = (
    Clause(
        "1.1",
        "组织协调机制",
        "有志愿服务的领导和协调机构，职责分明，定期研究，各社区有志愿服务组织。",
        (_DOCUMENT, _NOTE),
    ),
    Clause("1.2", "注册培训机制", "志愿者实名注册，上岗前培训，有培训计划和记录。", tuple(MaterialKind)),
    Clause("1.3", "活动运行机制", "活动有发布、招募、组织和安全保障的规定，按计划经常开展。", tuple(MaterialKind)),
    Clause(
        "1.4",
        "服务记录机制",
        "服务时间如实记录、可以查证，志愿服务记录证明按规定免费出具。",
        (_DOCUMENT, _NOTE, _TABLE),
    ),
    Clause("1.5", "回馈激励机制", "有星级认定、嘉许和回馈的办法，并已兑现。", tuple(MaterialKind)),
    Clause(
        "2.1",
        "注册志愿者占建成区常住人口的比例",
        "注册志愿者人数不少于建成区常住人口的 10%。",
        (_NOTE, _TABLE),
        IndicatorCode.REGISTERED_SHARE,
    ),
    Clause(
        "2.2",
        "参加志愿服务活动的人数占注册志愿者的比例",
        "一年内参加过志愿服务活动的人数不少于注册志愿者的 70%。",
        _SHOWN,
        IndicatorCode.ACTIVE_SHARE,
    ),
    Clause(
        "2.3",
        "注册志愿者人均年服务时间",
        "注册志愿者人均每年服务不少于 25 小时。",
        (_NOTE, _TABLE),
        IndicatorCode.HOURS_PER_HEAD,
    ),
    Clause(
        "2.4",
        "市民对志愿服务活动的认同和支持率",
        "市民对志愿服务活动的认同和支持率不低于 90%。",
        (_NOTE, _TABLE),
        IndicatorCode.SUPPORT_SHARE,
    ),
    Clause("3.1", "关爱服务", "为空巢老人、留守儿童、困难职工、残疾人开展志愿服务。", _SHOWN),
    Clause("3.2", "党员志愿服务", "党员带头参加志愿服务，到社区报到服务。", _SHOWN),
    Clause("3.3", "文明旅游、文明交通、文明上网", "围绕文明旅游、文明交通、文明上网开展志愿服务。", _SHOWN),
    Clause("3.4", "专业志愿服务队伍", "有文化、医疗卫生、法律、环保、消防等专业队伍，并开展服务。", _SHOWN),
    Clause("3.5", "学雷锋志愿服务", "学雷锋志愿服务活动经常开展。", _SHOWN),
    Clause("3.6", "文明劝导", "在街道、广场、车站、市场等处开展文明劝导。", _SHOWN),
    Clause("4.1", "社区志愿服务方案", "社区有志愿服务方案，并照着开展。", (_DOCUMENT, _NOTE, _PICTURE)),
    Clause("4.2", "评选表彰", "评选最佳志愿服务组织、最美志愿服务社区。", (_DOCUMENT, _NOTE, _PICTURE)),
)
