"""The shape of every answer, each declared once with what its parts mean; the description is made from them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.rules import Verdict
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.ratio import decimal_down
from volunteer.kernel.text import N_
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import CountUnit, IndicatorCode, Unit

DECIMAL_PLACES = 10
Kind = TypeVar("Kind", bound=type)

SAID: dict[type, str] = {}
"""What each answer is, a Chinese msgid, for the description."""


def said(words: str) -> Callable[[Kind], Kind]:
    """Say of a dataclass what it is, for the description."""

    def note(kind: Kind) -> Kind:
        SAID[kind] = words
        return kind

    return note


@said(N_("精确数：分数、小数和页面上的写法。比例是 1 的几分之几（10% 是 1/10），人均时间的单位是小时。"))
@dataclass(frozen=True, slots=True)
class Exact:
    """A number exactly, as a fraction, as a decimal, and as the page writes it."""

    fraction: Annotated[str, N_("约分后的分数，比如 7/10；整数也写成 25/1")]
    decimal: Annotated[str, N_("向下取到小数点后 10 位，比如 0.7000000000")]
    shown: Annotated[str, N_("页面上的写法，向下取整到两位，比如 70.00% 或 24.83")]


@said(N_("一个区划。"))
@dataclass(frozen=True, slots=True)
class AreaAnswer:
    """One area."""

    code: Annotated[str, N_("统计用区划代码，6、9 或 12 位")]
    name: Annotated[str, N_("名称")]
    level: Annotated[AreaLevel, N_("级别：市、区（县）、街道（乡镇）、社区（村）")]
    parent: Annotated[str | None, N_("现在的上级代码；全市没有上级")]


@said(N_("一页区划，按代码排列。"))
@dataclass(frozen=True, slots=True)
class AreaPage:
    """One page of areas, by code."""

    total: Annotated[int, N_("一共多少个")]
    page: Annotated[int, N_("第几页，从 1 起")]
    pages: Annotated[int, N_("一共几页")]
    size: Annotated[int, N_("每页多少个")]
    areas: Annotated[tuple[AreaAnswer, ...], N_("这一页的区划")]


@said(N_("统计期，两头都算在内。"))
@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """A window of time, both days inside."""

    kind: Annotated[WindowKind, N_("统计期的种类")]
    first_on: Annotated[date, N_("第一天")]
    last_on: Annotated[date, N_("最后一天；所有数字都读到这一天")]


@said(N_("数字的依据：截至哪天、哪段时间、什么口径、数据到哪一版。"))
@dataclass(frozen=True, slots=True)
class BasisAnswer:
    """What figures rest on: day, window, total, and how far the data are."""

    as_of: Annotated[date, N_("所问的日期")]
    window: WindowAnswer
    total: Annotated[Total, N_("口径：strict 只算扫码证明的服务，inclusive 加上审核通过的补录和导入")]
    figures_version: Annotated[int, N_("数据版本；有新记录计入就加一")]
    applied_at: Annotated[datetime | None, N_("上次计入记录的时间（UTC）")]
    waiting: Annotated[int, N_("还没计入的记录条数，0 表示全部计入")]


@said(N_("对照的测评体系版本。"))
@dataclass(frozen=True, slots=True)
class EditionAnswer:
    """The edition compared with."""

    name: Annotated[str, N_("名称")]
    series: Annotated[str, N_("系列")]
    effective_from: Annotated[date, N_("生效日期")]
    effective_to: Annotated[date | None, N_("截止日期；一直有效时为空")]


# One indicator at a time, and its trend, say alike what their numbers are in.
UNIT_WORDS = N_("指标值的单位：percent 是比例，hours 是人均小时")
NUMERATOR_UNIT_WORDS = N_("分子的单位：people 人，answers 份答卷，minutes 分钟；是分钟的，指标值 = 分子 ÷ 60 ÷ 分母")
DENOMINATOR_UNIT_WORDS = N_("分母的单位：people 人，answers 份答卷")


@said(N_("一个区划的一项指标。人数太少、可能认出个人的，不给数字，is_suppressed 为真。"))
@dataclass(frozen=True, slots=True)
class IndicatorAnswer:
    """One indicator of one area; nothing is told where so few were counted that one could be recognized."""

    code: Annotated[IndicatorCode, N_("指标代码")]
    name: Annotated[str, N_("指标名称")]
    unit: Annotated[Unit, UNIT_WORDS]
    numerator: Annotated[int | None, N_("分子，单位见 numerator_unit")]
    numerator_unit: Annotated[CountUnit, NUMERATOR_UNIT_WORDS]
    denominator: Annotated[int | None, N_("分母，单位见 denominator_unit")]
    denominator_unit: Annotated[CountUnit, DENOMINATOR_UNIT_WORDS]
    value: Annotated[Exact | None, N_("指标值；没有数据或不给数字时为空")]
    threshold: Annotated[Exact | None, N_("标准；版本不考核这一项时为空")]
    is_met: Annotated[bool | None, N_("是否达标；没有数据、没有标准或样本太少时为空")]
    year_before: Annotated[
        Exact | None, N_("去年同日的值，同样的统计期和口径；没有数据、那时没有人注册或不给数字时为空")
    ]
    grade: Annotated[str | None, N_("达到的等级；版本不分等级或没到最低一级时为空")]
    clause: Annotated[str | None, N_("依据条款")]
    is_suppressed: Annotated[bool, N_("是否因为人数太少不给数字")]
    note: Annotated[str | None, N_("要一起说明的话：为什么没有数据、是不是自测、样本够不够")]


@said(N_("一个区划的各项指标，和它对照的版本。"))
@dataclass(frozen=True, slots=True)
class AreaIndicators:
    """The indicators of one area with the edition that it is measured by."""

    area: AreaAnswer
    edition: Annotated[EditionAnswer | None, N_("对照的版本；这一天没有有效的版本时为空，也就没有标准")]
    indicators: tuple[IndicatorAnswer, ...]


@said(N_("一个区划和（需要时）它下一级各区划的指标。"))
@dataclass(frozen=True, slots=True)
class IndicatorsAnswer:
    """The indicators of an area and, where asked for, of those right below it."""

    basis: BasisAnswer
    whole: AreaIndicators
    children: Annotated[tuple[AreaIndicators, ...], N_("下一级各区划；没有要求时为空")]


@said(N_("走势上的一天。"))
@dataclass(frozen=True, slots=True)
class TrendPointAnswer:
    """One day of a trend."""

    as_of: Annotated[date, N_("截至哪天")]
    numerator: Annotated[int | None, N_("分子，单位见走势的 numerator_unit")]
    denominator: Annotated[int | None, N_("分母，单位见走势的 denominator_unit")]
    value: Annotated[Exact | None, N_("指标值")]


@said(N_("一项指标的走势：前 12 个月的月底和所问的那天。"))
@dataclass(frozen=True, slots=True)
class TrendAnswer:
    """One indicator on thirteen days: the ends of twelve months, then the day asked for."""

    basis: BasisAnswer
    area: AreaAnswer
    code: Annotated[IndicatorCode, N_("指标代码")]
    name: Annotated[str, N_("指标名称")]
    unit: Annotated[Unit, UNIT_WORDS]
    numerator_unit: Annotated[CountUnit, NUMERATOR_UNIT_WORDS]
    denominator_unit: Annotated[CountUnit, DENOMINATOR_UNIT_WORDS]
    edition: EditionAnswer | None
    threshold: Annotated[Exact | None, N_("标准")]
    is_suppressed: Annotated[bool, N_("是否因为人数太少不给数字；是的话没有点")]
    points: tuple[TrendPointAnswer, ...]


@said(N_("一个估计的数：没有精确值，只有小数和页面上的写法。"))
@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is estimated, never exact."""

    decimal: Annotated[str, N_("向下取到小数点后 4 位，比例是 1 的几分之几，人均时间的单位是小时")]
    shown: Annotated[str, N_("页面上的写法")]


@said(N_("一项指标到年底的预测。"))
@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """What one indicator is expected to be at the year's end."""

    code: Annotated[IndicatorCode, N_("指标代码")]
    name: Annotated[str, N_("指标名称")]
    expected: Annotated[Estimate | None, N_("预计值；不预测时为空")]
    low: Annotated[Estimate | None, N_("区间下限；100 次里有 80 次落在区间里")]
    high: Annotated[Estimate | None, N_("区间上限")]
    threshold: Annotated[Exact | None, N_("标准")]
    verdict: Annotated[Verdict, N_("will_meet 预计达标，will_miss 预计不达标，open 看不准，none 不预测")]
    is_suppressed: Annotated[bool, N_("是否因为人数太少不给数字")]
    note: Annotated[str | None, N_("为什么不预测，或者区间为什么宽")]


@said(N_("一个区划三项指标到年底的预测，支持率不预测。"))
@dataclass(frozen=True, slots=True)
class ForecastsAnswer:
    """The forecasts of one area, as seen from the end of a day to the year's end."""

    area: AreaAnswer
    as_of: Annotated[date, N_("从哪天看")]
    ends_on: Annotated[date, N_("预测到哪天")]
    total: Annotated[Total, N_("口径")]
    forecasts: tuple[ForecastAnswer, ...]


@said(N_("一次支持率调查的结果。"))
@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """The result of one survey on support."""

    held_on: Annotated[date, N_("调查日期")]
    is_official: Annotated[bool, N_("是否正式测评；否就是自测，不作正式依据")]
    supporting: Annotated[int | None, N_("支持的答卷")]
    valid_answers: Annotated[int | None, N_("有效答卷")]
    share: Annotated[Exact | None, N_("支持率")]
    low: Annotated[Exact | None, N_("95% 置信区间的下限（威尔逊法）")]
    high: Annotated[Exact | None, N_("95% 置信区间的上限（威尔逊法）")]
    is_suppressed: Annotated[bool, N_("是否因为人数太少不给数字")]
    source: Annotated[str, N_("来源")]


@said(N_("一个区划的支持率调查，最近的在前。"))
@dataclass(frozen=True, slots=True)
class SurveysAnswer:
    """The surveys of one area, the latest first."""

    area: AreaAnswer
    surveys: tuple[SurveyAnswer, ...]


@said(N_("一个填错的参数。"))
@dataclass(frozen=True, slots=True)
class WrongParameter:
    """A parameter that is wrong."""

    parameter: Annotated[str, N_("参数名")]
    detail: Annotated[str, N_("哪里不对，怎么改")]


@said(N_("为什么没有办成（RFC 9457）。"))
@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was refused (RFC 9457)."""

    type: Annotated[str, N_("问题的种类，是说明页上的地址")]
    title: Annotated[str, N_("这一类问题是什么")]
    status: Annotated[int, N_("状态码")]
    detail: Annotated[str, N_("这一次是怎么回事，该怎么改")]
    errors: Annotated[tuple[WrongParameter, ...], N_("填错的参数；不是参数的问题时为空")]


def exact(unit: Unit, value: Fraction) -> Exact:
    """Return a value of 0 or more in all three ways."""
    scaled = value.numerator * 10**DECIMAL_PLACES // value.denominator
    whole, rest = divmod(scaled, 10**DECIMAL_PLACES)
    return Exact(f"{value.numerator}/{value.denominator}", f"{whole}.{rest:0{DECIMAL_PLACES}d}", unit.value_text(value))


def estimate(unit: Unit, value: Fraction) -> Estimate:
    """Return a value of 0 or more as an estimate."""
    return Estimate(decimal_down(value, 4, separator=""), unit.value_text(value))


def as_json(answer: Any) -> Any:
    """Return an answer as JSON takes it: days as ISO texts, moments in UTC."""
    if is_dataclass(answer) and not isinstance(answer, type):
        return {field.name: as_json(getattr(answer, field.name)) for field in fields(answer)}
    if isinstance(answer, tuple | list):
        return [as_json(one) for one in answer]
    if isinstance(answer, StrEnum):
        return answer.value
    return answer.isoformat() if isinstance(answer, date) else answer
