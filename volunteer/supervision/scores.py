"""Scores: what an area's indicators and its improvement weigh, and the place that this gives, exactly. Pure.

No document says how to score; all of it is our decision (docs/decisions/0020) and is printed in every bulletin:

- A part of the score for each indicator: min(value / threshold, 1), times its weight.
- A part for improvement: of what was missing to the thresholds a month ago, how much was made up for; weighted like the
  indicators. In January it is left out, since the yearly figures begin anew.
- A part without data is left out and the rest counts as 100: only the support rate may be missing, since few areas have
  a survey of their own. Who has no data for another indicator is not ranked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.errors import Invalid
from volunteer.kernel.ratio import decimal_down, percent
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, IndicatorCode, Measurement, rank
from volunteer.metrics.small_cells import hide_in_tree

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

    A self-test and too small a sample (`remark`) are shown, and neither judged nor scored (our decision).
    Numerator and denominator are in persons, answers or minutes; value in the indicator's unit.
    """

    code: IndicatorCode
    numerator: int | None
    denominator: int | None
    value: Fraction | None
    reached: Fraction | None
    is_met: bool | None
    gap: str
    is_small: bool = False
    remark: str = ""

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
            gap=str(measurement.gap or measurement.explanation if not measurement.is_met else ""),
            remark="；".join(map(str, measurement.remarks)),
        )

    def hidden(self) -> "Part":
        """Return the part without what tells how many people there are."""
        return replace(self, numerator=None, denominator=None, gap="", is_small=True)

    @property
    def value_text(self) -> str:
        """Return the value as shown: rounded down, a dash without data, a sign where it speaks of too few people."""
        if self.value is None:
            return "—"
        shown = "*" if self.is_small else INDICATORS[self.code].unit.value_text(self.value)
        return f"{shown} △" if self.remark else shown

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": _text(self.value),
            "reached": _text(self.reached),
            "is_met": self.is_met,
            "gap": self.gap,
            "is_small": self.is_small,
            "remark": self.remark,
        }

    @classmethod
    def from_json(cls, code: IndicatorCode, kept: Mapping[str, Any]) -> "Part":
        """Return the part that `to_json` gave."""
        return cls(code, **{**kept, "value": _fraction(kept["value"]), "reached": _fraction(kept["reached"])})


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
    def improvement_text(self) -> str:
        """Return the improvement as shown, rounded down."""
        return "—" if self.improvement is None else percent(self.improvement)

    @property
    def met_count(self) -> int:
        """Return how many indicators are met."""
        return sum(part.is_met is True for part in self.parts.values())

    @property
    def why_not_ranked(self) -> Words:
        """Return which data is missing."""
        missing = [code for code, part in self.parts.items() if part.reached is None and code not in OPTIONAL]
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
    def from_json(cls, kept: Mapping[str, Any]) -> "Row":
        """Return the row that `to_json` gave."""
        parts = {IndicatorCode(code): Part.from_json(IndicatorCode(code), one) for code, one in kept["parts"].items()}
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
    """Return a row with its improvement and its score."""
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


def without_small_cells(rows: Sequence[Row], children: Mapping[str, Sequence[str]], top: str) -> list[Row]:
    """Return rows in which no value tells of one to four people: too few registered, active, or not active.

    `children` are the codes right below each code, `top` the whole; all of them stand in `rows`. Where the registered
    are hidden nothing but the score is shown; where those active are, or those who are not, neither is their share nor,
    since hours would tell the same, the hours a head.
    """
    registered = {row.code: row.parts[IndicatorCode.REGISTERED_SHARE].numerator or 0 for row in rows}
    active = {row.code: row.parts[IndicatorCode.ACTIVE_SHARE].numerator or 0 for row in rows}
    idle = {code: max(count - active[code], 0) for code, count in registered.items()}
    few = hide_in_tree(registered, children, top)
    few_active = few | hide_in_tree(active, children, top) | hide_in_tree(idle, children, top)
    return [_without(row, is_few=row.code in few, is_few_active=row.code in few_active) for row in rows]


def _without(row: Row, *, is_few: bool, is_few_active: bool) -> Row:
    hidden = {IndicatorCode.REGISTERED_SHARE} if is_few else set()
    if is_few_active:
        hidden |= {IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD}
    parts = {code: part.hidden() if code in hidden else part for code, part in row.parts.items()}
    return replace(row, parts=parts)


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
