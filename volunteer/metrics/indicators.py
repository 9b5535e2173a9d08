"""The four indicators, each declared once: the page, the tables, the API and the docs read these declarations. Pure.

Source: 襄阳市创建全国文明城市三年行动计划（2018—2020）, part four (九)4, after the 2017 edition of the 测评体系.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from volunteer.kernel.periods import WindowKind
from volunteer.kernel.ratio import MINUTES_PER_HOUR, decimal_down, decimal_up, hours, percent, plain, thousands
from volunteer.kernel.text import N_, Words
from volunteer.metrics.facts import Deltas, Total
from volunteer.surveys.rules import LEAST_ANSWERS

PLAN_CLAUSE = N_("三年行动计划（2018—2020）第四部分（九）4")


class IndicatorCode(StrEnum):
    """The indicators, by what addresses and tables call them."""

    REGISTERED_SHARE = "registered_share"
    ACTIVE_SHARE = "active_share"
    HOURS_PER_HEAD = "hours_per_head"
    SUPPORT_SHARE = "support_share"


class Unit(StrEnum):
    """What a value counts: a share of one, or hours a head."""

    PERCENT = "percent"
    HOURS = "hours"

    @property
    def suffix(self) -> str:
        """Return what follows a value on the page, a Chinese msgid; a percentage has its sign already."""
        return "" if self is Unit.PERCENT else N_("小时")

    @property
    def largest(self) -> int:
        """Return the largest threshold as typed: 100 %, or the hours of a leap year."""
        return 100 if self is Unit.PERCENT else 366 * 24

    def value_text(self, value: Fraction) -> str:
        """Return a measured value, rounded down: 9.99% or 24.83."""
        return percent(value) if self is Unit.PERCENT else decimal_down(value)

    def threshold_text(self, threshold: Fraction) -> str:
        """Return a threshold as it is written in an edition: 10% or 25."""
        return plain(threshold * 100) + "%" if self is Unit.PERCENT else plain(threshold)


class CountUnit(StrEnum):
    """What a numerator or denominator counts, always in whole numbers; time is counted in minutes."""

    PEOPLE = "people"
    ANSWERS = "answers"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is counted for an area, as of a day, in a window, by one total.

    `population` is None where no figure is known; `missing_population_areas` counts the communities without one,
    `outside_areas` those that are known to lie outside the built-up area and do not count.
    Minutes are whole effective minutes of registered volunteers. `supporting` and `valid_answers` are None where there
    is no survey held on `surveyed_on`; `is_self_test` says that it was not an official one.
    """

    population: int | None = None
    missing_population_areas: int = 0
    outside_areas: int = 0
    registered: int = 0
    active: int = 0
    minutes: int = 0
    supporting: int | None = None
    valid_answers: int | None = None
    is_self_test: bool = False
    surveyed_on: date | None = None


def figures(
    facts: Deltas,
    kind: WindowKind,
    total: Total,
    *,
    population: int | None = None,
    missing_population_areas: int = 0,
    outside_areas: int = 0,
    supporting: int | None = None,
    valid_answers: int | None = None,
    is_self_test: bool = False,
    surveyed_on: date | None = None,
) -> Figures:
    """Return the figures of one window and total out of all that the facts hold for the day."""
    return Figures(
        population=population,
        missing_population_areas=missing_population_areas,
        outside_areas=outside_areas,
        registered=facts.registered,
        active=facts.active(kind, total),
        minutes=facts.minutes(kind, total),
        supporting=supporting,
        valid_answers=valid_answers,
        is_self_test=is_self_test,
        surveyed_on=surveyed_on,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A ratio with its meaning; all texts are Chinese msgids.

    `value` of a measurement is numerator / denominator / `per`, in the unit: `per` turns minutes into hours.
    Below a denominator of `least` there is no verdict. A `sampled` one is measured on some people for all.
    """

    code: IndicatorCode
    name: str
    short_name: str
    question: str
    clause: str
    unit: Unit
    numerator_unit: CountUnit
    denominator_unit: CountUnit
    numerator_name: str
    denominator_name: str
    numerator_source: str
    denominator_source: str
    left_out: tuple[str, ...]
    formula: str
    sentence: str
    is_windowed: bool
    numerator: Callable[[Figures], int | None]
    denominator: Callable[[Figures], int | None]
    count_text: Callable[[int], str]
    gap: Callable[[Fraction, int], Words]
    no_data: Callable[[Figures], Words]
    per: int = 1
    least: int = 0
    sampled: bool = False


def _persons_gap(missing: Fraction, _denominator: int) -> Words:
    return Words(N_("还差 %(count)s 人"), {"count": decimal_up(missing, 0)})


def _minutes_gap(missing: Fraction, registered: int) -> Words:
    return Words(
        N_("还差 %(hours)s 小时（人均还差 %(each)s 小时）"),
        {
            "hours": decimal_up(missing / MINUTES_PER_HOUR),
            "each": decimal_up(missing / MINUTES_PER_HOUR / registered),
        },
    )


def _share_gap(missing: Fraction, denominator: int) -> Words:
    # Nobody can go and get answers: what is missing is told as a share.
    return Words(N_("比标准低 %(points)s 个百分点"), {"points": decimal_up(missing / denominator * 100)})


def _known_population(figures: Figures) -> int | None:
    # A sum over some of the communities would make the share look larger than it is.
    return None if figures.missing_population_areas else figures.population


def _without_population(figures: Figures) -> Words:
    if figures.missing_population_areas:
        count = thousands(figures.missing_population_areas)
        return Words(N_("%(count)s 个社区没有常住人口数据，补齐后才能算"), {"count": count})
    if figures.population is None:
        return Words(N_("不在建成区，不计算") if figures.outside_areas else N_("还没有建成区常住人口数据"))
    return Words(N_("建成区常住人口是 0，算不出比例"))


def _without_volunteers(_figures: Figures) -> Words:
    return Words(N_("还没有注册志愿者，算不出来"))


def _without_answers(figures: Figures) -> Words:
    return Words(N_("还没有调查结果") if figures.valid_answers is None else N_("这次调查没有有效答卷，算不出支持率"))


_REGISTER = N_("注册台账：这一天在册、居住在这里的志愿者，一个证件只算一人")
_LEDGER = N_("时长台账：统计期内已生效的服务记录，按志愿者这一天居住的社区归集")
# What is counted kind by kind stands in left_out_queries.
_NOT_REGISTERED = (N_("居住在其他区划的人；中途搬家的，算在这一天居住的社区"),)
_NOT_SERVED = (N_("统计期以外的服务"),)
_NOT_ANSWERED = (
    N_("无效答卷"),
    N_("更早的调查；上级和下级区划各有各的调查，不相加"),
)

INDICATORS: Mapping[IndicatorCode, Indicator] = {
    indicator.code: indicator
    for indicator in (
        Indicator(
            code=IndicatorCode.REGISTERED_SHARE,
            name=N_("注册志愿者占常住人口比例"),
            short_name=N_("注册占比"),
            question=N_("建成区每一百位常住居民里，有多少位注册志愿者"),
            clause=PLAN_CLAUSE,
            unit=Unit.PERCENT,
            numerator_unit=CountUnit.PEOPLE,
            denominator_unit=CountUnit.PEOPLE,
            numerator_name=N_("注册志愿者人数"),
            denominator_name=N_("建成区常住人口"),
            numerator_source=_REGISTER,
            denominator_source=N_("区划与人口：各社区（村）按年录入的建成区常住人口"),
            left_out=_NOT_REGISTERED,
            formula=N_("截至所选日期的注册志愿者人数 ÷ 建成区常住人口"),
            sentence=N_("注册志愿者 %(numerator)s 人 ÷ 建成区常住人口 %(denominator)s 人 = %(value)s"),
            is_windowed=False,
            numerator=lambda figures: figures.registered,
            denominator=_known_population,
            count_text=thousands,
            gap=_persons_gap,
            no_data=_without_population,
        ),
        Indicator(
            code=IndicatorCode.ACTIVE_SHARE,
            name=N_("参加活动的志愿者占比"),
            short_name=N_("参加活动占比"),
            question=N_("每一百位注册志愿者里，有多少位参加过志愿服务活动"),
            clause=PLAN_CLAUSE,
            unit=Unit.PERCENT,
            numerator_unit=CountUnit.PEOPLE,
            denominator_unit=CountUnit.PEOPLE,
            numerator_name=N_("参加过活动的注册志愿者人数"),
            denominator_name=N_("注册志愿者人数"),
            numerator_source=_LEDGER,
            denominator_source=_REGISTER,
            left_out=_NOT_SERVED,
            formula=N_("统计期内至少有一条有效服务记录的注册志愿者人数 ÷ 注册志愿者人数"),
            sentence=N_("参加过活动的 %(numerator)s 人 ÷ 注册志愿者 %(denominator)s 人 = %(value)s"),
            is_windowed=True,
            numerator=lambda figures: figures.active,
            denominator=lambda figures: figures.registered,
            count_text=thousands,
            gap=_persons_gap,
            no_data=_without_volunteers,
        ),
        Indicator(
            code=IndicatorCode.HOURS_PER_HEAD,
            name=N_("注册志愿者人均服务时间"),
            short_name=N_("人均服务时间"),
            question=N_("平均每位注册志愿者服务了多少小时"),
            clause=PLAN_CLAUSE,
            unit=Unit.HOURS,
            numerator_unit=CountUnit.MINUTES,
            denominator_unit=CountUnit.PEOPLE,
            numerator_name=N_("有效服务时间（小时）"),
            denominator_name=N_("注册志愿者人数"),
            numerator_source=_LEDGER,
            denominator_source=_REGISTER,
            left_out=_NOT_SERVED,
            formula=N_("统计期内注册志愿者的有效服务分钟数 ÷ 60 ÷ 注册志愿者人数"),
            sentence=N_("有效服务 %(numerator)s ÷ 注册志愿者 %(denominator)s 人 = 人均 %(value)s 小时"),
            is_windowed=True,
            numerator=lambda figures: figures.minutes,
            denominator=lambda figures: figures.registered,
            count_text=hours,
            gap=_minutes_gap,
            no_data=_without_volunteers,
            per=MINUTES_PER_HOUR,
        ),
        Indicator(
            code=IndicatorCode.SUPPORT_SHARE,
            name=N_("市民认同和支持率"),
            short_name=N_("支持率"),
            question=N_("受访市民里，有多少认同和支持志愿服务活动"),
            clause=PLAN_CLAUSE,
            unit=Unit.PERCENT,
            numerator_unit=CountUnit.ANSWERS,
            denominator_unit=CountUnit.ANSWERS,
            numerator_name=N_("支持的答卷数"),
            denominator_name=N_("有效答卷数"),
            numerator_source=N_(
                "支持率调查：这个区划当年或上一年最近一次正式测评的结果；没有正式测评的，看最近一次自测"
            ),
            denominator_source=N_("支持率调查：同一次调查的有效答卷"),
            left_out=_NOT_ANSWERED,
            formula=N_("一次调查中表示支持的答卷数 ÷ 有效答卷数"),
            sentence=N_("支持的答卷 %(numerator)s 份 ÷ 有效答卷 %(denominator)s 份 = %(value)s"),
            is_windowed=False,
            numerator=lambda figures: figures.supporting,
            denominator=lambda figures: figures.valid_answers,
            count_text=thousands,
            gap=_share_gap,
            no_data=_without_answers,
            least=LEAST_ANSWERS,
            sampled=True,
        ),
    )
}
