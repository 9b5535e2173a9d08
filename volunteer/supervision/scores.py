"""Scores: what an area's indicators and its improvement weigh, and the place that this gives, exactly. Pure.

No document says how to score; all of it is our decision (docs/decisions/0020) and is printed in every bulletin:

- A part of the score for each indicator: min(value / threshold, 1), times its weight.
- A part for improvement: of what was missing to the thresholds a month ago, how much was made up for; weighted like the
  indicators. In January it is left out, since the yearly figures begin anew.
- A part without data is left out and the rest counts as 100: only the support rate may be missing, since few areas have
  a survey of their own. Who has no data for another indicator is not ranked.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import reduce
from typing import Any

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import decimal_down, percent
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement, rank
from volunteer.notices.rules import packed, unpacked

ALL = 100
OPTIONAL = frozenset({IndicatorCode.SUPPORT_SHARE})
FULL, NONE = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each indicator and the improvement count, in points of 100."""

    indicators: Mapping[IndicatorCode, int]
    improvement: int

    def to_json(self) -> dict[str, int]:
        """Return the points by name."""
        return {**{code.value: points for code, points in self.indicators.items()}, "improvement": self.improvement}

    def only(self, codes: Collection[IndicatorCode]) -> "Weights":
        """Return the weights without those of indicators that are not asked for."""
        return replace(
            self, indicators={code: points if code in codes else 0 for code, points in self.indicators.items()}
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, int]) -> "Weights":
        """Return the weights that `to_json` gave."""
        return cls({code: kept[code.value] for code in IndicatorCode}, kept["improvement"])


USUAL_WEIGHTS = Weights(
    {
        IndicatorCode.REGISTERED_SHARE: 25,
        IndicatorCode.ACTIVE_SHARE: 25,
        IndicatorCode.HOURS_PER_HEAD: 25,
        IndicatorCode.SUPPORT_SHARE: 15,
    },
    improvement=10,
)


def check_weights(weights: Weights) -> None:
    """Raise Invalid unless the points are whole, none below 0, together 100, and something must have data counts."""
    points = [*weights.indicators.values(), weights.improvement]
    if any(one < 0 or one > ALL for one in points):
        raise Invalid(N_("每项权重在 0 到 100 之间"))
    if sum(points) != ALL:
        raise Invalid(N_("各项权重加起来要等于 100，现在是 %(sum)s"), sum=sum(points))
    if not any(points for code, points in weights.indicators.items() if code not in OPTIONAL):
        raise Invalid(N_("注册占比、参加活动占比、人均服务时间里，至少有一项的权重大于 0"))


# --- scores ---


def achievement(value: Fraction, threshold: Fraction) -> Fraction:
    """Return how far a threshold is reached, 1 at most."""
    return min(value / threshold, FULL)


def made_up(now: Fraction, before: Fraction) -> Fraction:
    """Return which part of what was missing a month ago has been made up for; 1 where nothing is and was missing."""
    if before >= FULL:
        return FULL if now >= FULL else NONE
    return max(now - before, NONE) / (FULL - before)


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator of one area, frozen; `reached` is None without data, `is_small` where too few people stand in it.

    A self-test and too small a sample (`remark`) are shown, and neither judged nor scored (our decision). `gap` says
    what is missing, to the threshold or at all.
    Numerator and denominator are in persons, answers or minutes; value in the indicator's unit.
    """

    code: IndicatorCode
    numerator: int | None
    denominator: int | None
    value: Fraction | None
    reached: Fraction | None
    is_met: bool | None
    gap: Words | None
    is_small: bool = False
    remark: Words | None = None

    @classmethod
    def of(cls, measurement: Measurement) -> "Part":
        """Return what is frozen of a measurement."""
        value, threshold = measurement.value, measurement.threshold
        counts = value is not None and threshold is not None and not measurement.remarks
        return cls(
            code=measurement.indicator.code,
            numerator=measurement.numerator,
            denominator=measurement.denominator,
            value=value,
            reached=achievement(value, threshold) if counts and value is not None and threshold is not None else None,
            is_met=measurement.is_met if counts else None,
            gap=None if measurement.is_met else measurement.gap or measurement.explanation,
            remark=reduce(_joined, measurement.remarks) if measurement.remarks else None,
        )

    def hidden(self) -> "Part":
        """Return the part without anything that tells how many people there are."""
        return Part(self.code, None, None, None, None, None, None, is_small=True)

    @property
    def value_text(self) -> str:
        """Return the value as shown: rounded down, a dash without data, a sign where it speaks of too few people."""
        if self.is_small or self.value is None:
            return "*" if self.is_small else "—"
        shown = INDICATORS[self.code].unit.value_text(self.value)
        return f"{shown} △" if self.remark else shown

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": _text(self.value),
            "reached": _text(self.reached),
            "is_met": self.is_met,
            "gap": kept_words(self.gap),
            "is_small": self.is_small,
            "remark": kept_words(self.remark),
        }

    @classmethod
    def from_json(cls, code: IndicatorCode, kept: Mapping[str, Any], now: datetime) -> "Part":
        """Return the part that `to_json` gave; its words speak of days as at `now`."""
        numbers = {name: _fraction(kept[name]) for name in ("value", "reached")}
        return cls(code, **{**kept, **numbers, **{name: read_words(kept[name], now) for name in ("gap", "remark")}})


Parts = Mapping[IndicatorCode, Part]


def improvement_of(now: Parts, before: Parts | None, weights: Weights) -> Fraction | None:
    """Return the improvement since a month ago, from 0 to 1; None where nothing can be compared."""
    if before is None:
        return None
    compared = [
        (made_up(part.reached, earlier), weights.indicators[code])
        for code, part in now.items()
        if part.reached is not None and code in before and (earlier := before[code].reached) is not None
    ]
    points = sum(weight for _gain, weight in compared)
    return sum((gain * weight for gain, weight in compared), NONE) / points if points else None


def score_of(parts: Parts, improvement: Fraction | None, weights: Weights) -> Fraction | None:
    """Return the score from 0 to 100; None where an indicator that must be there has no data."""
    counted = [(part.reached, weights.indicators[code]) for code, part in parts.items() if code in weights.indicators]
    if any(
        parts[code].reached is None for code, points in weights.indicators.items() if points and code not in OPTIONAL
    ):
        return None
    amounts = [(reached, points) for reached, points in counted if reached is not None]
    if improvement is not None:
        amounts.append((improvement, weights.improvement))
    points = sum(weight for _reached, weight in amounts)
    return ALL * sum((reached * weight for reached, weight in amounts), NONE) / points if points else None


@dataclass(frozen=True, slots=True)
class Row:
    """One area in a bulletin; `place` is None where it is not ranked, `moved` by how many places it rose since."""

    code: str
    name: str
    level: AreaLevel
    above: str
    parts: Parts
    improvement: Fraction | None
    score: Fraction | None
    place: int | None = None
    moved: int | None = None

    @property
    def score_text(self) -> str:
        """Return the score as shown, rounded down."""
        return "—" if self.score is None else decimal_down(self.score)

    @property
    def called(self) -> str:
        """Return the name in prose, with what the area lies in where others may be called the same."""
        return self.name if self.level is AreaLevel.DISTRICT else self.above.replace(" ", "") + self.name

    @property
    def improvement_text(self) -> str:
        """Return the improvement as shown, rounded down."""
        return "—" if self.improvement is None else percent(self.improvement)

    @property
    def met_count(self) -> int:
        """Return how many indicators are met."""
        return sum(part.is_met is True for part in self.parts.values())

    @property
    def is_small(self) -> bool:
        """Return whether something of it is not shown, since it speaks of too few people."""
        return any(part.is_small for part in self.parts.values())

    @property
    def why_not_ranked(self) -> Words:
        """Return which data is missing, or that it would tell of too few people."""
        if self.is_small:
            return Words(N_("人数太少"))
        missing = [code for code, part in self.parts.items() if part.value is None and code not in OPTIONAL]
        if not missing:
            return Words(N_("没有单独调查支持率"))
        if missing == [IndicatorCode.REGISTERED_SHARE]:
            return Words(N_("没有建成区常住人口数据，或在建成区以外"))
        return Words(N_("没有注册志愿者"))

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        return {
            "code": self.code,
            "name": self.name,
            "level": self.level.value,
            "above": self.above,
            "parts": {code.value: part.to_json() for code, part in self.parts.items()},
            "improvement": _text(self.improvement),
            "score": _text(self.score),
            "place": self.place,
            "moved": self.moved,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], now: datetime) -> "Row":
        """Return the row that `to_json` gave; its words speak of days as at `now`."""
        parts = {
            IndicatorCode(code): Part.from_json(IndicatorCode(code), one, now) for code, one in kept["parts"].items()
        }
        return cls(
            **{
                **kept,
                "level": AreaLevel(kept["level"]),
                "parts": parts,
                "improvement": _fraction(kept["improvement"]),
                "score": _fraction(kept["score"]),
            }
        )


def scored(row: Row, before: Parts | None, weights: Weights) -> Row:
    """Return a row with its improvement and its score; one that hides something has neither, as they would tell it."""
    if row.is_small:
        return replace(row, improvement=None, score=None)
    improvement = improvement_of(row.parts, before, weights)
    return replace(row, improvement=improvement, score=score_of(row.parts, improvement, weights))


def ranked(rows: Iterable[Row], places_before: Mapping[str, int | None]) -> list[Row]:
    """Return rows by place, equal scores sharing one; those without a score last. Movement is against the last month.

    All rows are of one level; `places_before` are the places by code in the bulletin before, empty without one.
    """
    by_code = {row.code: row for row in rows}
    places = rank({code: row.score for code, row in by_code.items()})
    ordered = sorted(by_code.values(), key=lambda row: (places[row.code] is None, places[row.code] or 0, row.code))
    return [
        replace(row, place=places[row.code], moved=_moved(places_before.get(row.code), places[row.code]))
        for row in ordered
    ]


def _moved(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else before - now


def kept_words(words: Words | None) -> dict[str, Any] | None:
    """Return words as they are kept, to be read in any language."""
    return None if words is None else {"text": words.msgid, "params": packed(words.params)}


def read_words(kept: Mapping[str, Any] | None, now: datetime) -> Words | None:
    """Return the words that `kept_words` gave; they speak of days as at `now`."""
    return None if kept is None else unpacked(kept["text"], kept["params"], now)


def _joined(one: Words, other: Words) -> Words:
    return Words(N_("%(one)s；%(two)s"), {"one": one, "two": other})


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
