"""Measuring the indicators: exact values, verdicts and the words for both, thresholds, trends, places. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from typing import TypeVar

from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import ratio, thousands
from volunteer.kernel.speech import say_date, say_minutes
from volunteer.kernel.text import N_, Words
from volunteer.metrics.indicators import (
    INDICATORS,
    PLAN_CLAUSE,
    CountUnit,
    Figures,
    Indicator,
    IndicatorCode,
    Unit,
    figures,
)
from volunteer.metrics.small_cells import WHY
from volunteer.surveys.rules import SELF_TEST, TOO_FEW, TOO_FEW_WITHIN, wilson

# Whoever measures finds the indicators here too.
__all__ = [
    "INDICATORS",
    "PLAN_CLAUSE",
    "CountUnit",
    "Figures",
    "Indicator",
    "IndicatorCode",
    "Measurement",
    "TrendPoint",
    "Unit",
    "figures",
    "measure",
    "rank",
    "threshold_from",
    "trend",
]

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One indicator of one area: exact, with its verdict and the words for both.

    `numerator` is in persons, answers or minutes; `value` is exact in the indicator's unit, None where there is no
    data. `is_met` is None without data, without a threshold, on too few answers, or of a self-test. `gap` is what is
    missing, only where a threshold is not met. `is_self_test` marks what is no official survey, `surveyed_on` its day,
    `interval` is where a sample leaves the value (Wilson, 95 %).
    """

    indicator: Indicator
    numerator: int | None
    denominator: int | None
    value: Fraction | None
    threshold: Fraction | None
    is_met: bool | None
    gap: Words | None
    explanation: Words
    is_self_test: bool = False
    interval: tuple[Fraction, Fraction] | None = None
    is_hidden: bool = False
    surveyed_on: date | None = None

    def hidden(self) -> "Measurement":
        """Return the measurement as it is shown where so few people were counted that one could be recognized."""
        why = Words(WHY)
        return Measurement(self.indicator, None, None, None, self.threshold, None, None, why, is_hidden=True)

    @property
    def is_too_small(self) -> bool:
        """Return whether too few were asked for a verdict."""
        return self.value is not None and (self.denominator or 0) < self.indicator.least

    @property
    def remarks(self) -> tuple[Words, ...]:
        """Return what must be said wherever the value shows: that it is a self-test, or how wide too few leave it."""
        return (*([Words(SELF_TEST)] if self.is_self_test else []), *([self._too_few()] if self.is_too_small else []))

    def _too_few(self) -> Words:
        if self.interval is None:
            return Words(TOO_FEW)
        low, high = map(self.indicator.unit.value_text, self.interval)
        return Words(TOO_FEW_WITHIN, {"low": low, "high": high})

    @property
    def survey_words(self) -> Words | None:
        """Return when the survey behind the value was held, to stand beside the value; None of what is no survey."""
        if self.surveyed_on is None or self.value is None:
            return None
        words = N_("%(day)s自测") if self.is_self_test else N_("%(day)s调查")
        return Words(words, {"day": say_date(self.surveyed_on)})

    @property
    def told(self) -> Words:
        """Return the explanation with the day of the survey in it, for prose."""
        if self.survey_words is None:
            return self.explanation
        return Words(N_("%(sentence)s（%(survey)s）"), {"sentence": self.explanation, "survey": self.survey_words})

    @property
    def interval_words(self) -> Words | None:
        """Return the interval as shown; None of what is no sample."""
        if self.interval is None:
            return None
        low, high = map(self.indicator.unit.value_text, self.interval)
        return Words(N_("95%% 的把握在 %(low)s 到 %(high)s 之间"), {"low": low, "high": high})

    @property
    def value_text(self) -> str | None:
        """Return the value as shown, rounded down; None without data."""
        return None if self.value is None else self.indicator.unit.value_text(self.value)

    @property
    def short_gap(self) -> Words | None:
        """Return what is missing in few words, for a cell of a table: of hours, those a head."""
        if self.gap is None or self.indicator.unit is not Unit.HOURS:
            return self.gap
        return Words(N_("人均还差 %(each)s 小时"), {"each": self.gap.params["each"]})

    @property
    def threshold_text(self) -> str | None:
        """Return the threshold as shown; None without one."""
        return None if self.threshold is None else self.indicator.unit.threshold_text(self.threshold)

    @property
    def numerator_text(self) -> str | None:
        """Return the numerator as shown: persons and answers whole, minutes as hours."""
        return None if self.numerator is None else self.indicator.count_text(self.numerator)

    @property
    def denominator_text(self) -> str | None:
        """Return the denominator as shown."""
        return None if self.denominator is None else thousands(self.denominator)


def measure(indicator: Indicator, figures: Figures, threshold: Fraction | None) -> Measurement:
    """Return the indicator for these figures against a threshold in its unit (10 % is 1/10), exactly.

    A missing population gives no value, never 0; so does a denominator of zero.
    """
    numerator, denominator = indicator.numerator(figures), indicator.denominator(figures)
    quotient = ratio(numerator, denominator)
    if quotient is None or numerator is None or denominator is None:
        return Measurement(
            indicator, numerator, denominator, None, threshold, None, None, explanation=indicator.no_data(figures)
        )
    value = quotient / indicator.per
    is_self_test = indicator.sampled and figures.is_self_test
    is_judged = threshold is not None and denominator >= indicator.least and not is_self_test
    is_met = value >= threshold if threshold is not None and is_judged else None
    gap = None
    if threshold is not None and is_met is False:
        gap = indicator.gap(threshold * indicator.per * denominator - numerator, denominator)
    explanation = Words(
        indicator.sentence,
        {
            "numerator": say_minutes(numerator) if indicator.unit is Unit.HOURS else indicator.count_text(numerator),
            "denominator": thousands(denominator),
            "value": indicator.unit.value_text(value),
        },
    )
    return Measurement(
        indicator,
        numerator,
        denominator,
        value,
        threshold,
        is_met,
        gap,
        explanation,
        is_self_test=is_self_test,
        interval=wilson(numerator, denominator) if indicator.sampled else None,
        surveyed_on=figures.surveyed_on if indicator.sampled else None,
    )


def threshold_from(unit: Unit, typed: Decimal, *, field: str = "threshold") -> Fraction:
    """Return a threshold typed in percent or hours as an exact fraction, to be stored as its two integers.

    Raises Invalid on the field unless it is above 0, at most the unit's largest, with at most four decimals.
    """
    exact = Fraction(typed) if typed.is_finite() else Fraction(0)
    if not 0 < exact <= unit.largest:
        msgid = _OUT_OF_RANGE[unit]
        raise Invalid(msgid, field=field, largest=thousands(unit.largest))
    if (exact * 10_000).denominator != 1:
        raise Invalid(N_("标准最多填四位小数"), field=field)
    return exact / 100 if unit is Unit.PERCENT else exact


_OUT_OF_RANGE = {
    Unit.PERCENT: N_("标准要大于 0%%，不超过 %(largest)s%%"),
    Unit.HOURS: N_("标准要大于 0 小时，不超过 %(largest)s 小时"),
}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """An indicator as of one day."""

    day: date
    measurement: Measurement


def trend(
    indicator: Indicator, series: Iterable[tuple[date, Figures]], threshold: Fraction | None
) -> tuple[TrendPoint, ...]:
    """Return the indicator over (as-of day, figures), ascending, each against the threshold that is shown."""
    return tuple(
        TrendPoint(day, measure(indicator, figures, threshold)) for day, figures in sorted(series, key=itemgetter(0))
    )


def rank(values: Mapping[Key, Fraction | None]) -> dict[Key, int | None]:
    """Return places from 1, the largest value first, in that order, those without data last and without a place.

    Equal values share a place and the next ones skip it: 1, 2, 2, 4.
    """
    known = sorted(
        ((value, key) for key, value in values.items() if value is not None), key=itemgetter(0), reverse=True
    )
    first_place: dict[Fraction, int] = {}
    for place, (value, _) in enumerate(known, start=1):
        first_place.setdefault(value, place)
    places: dict[Key, int | None] = {key: first_place[value] for value, key in known}
    return places | {key: None for key in values if key not in places}
