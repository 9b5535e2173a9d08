"""Editions of the 测评体系: the thresholds in force for a kind of city, and since when. Data, with one shipped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.periods import ONE_DAY
from volunteer.kernel.text import N_
from volunteer.metrics.rules import INDICATORS, PLAN_CLAUSE, IndicatorCode, Unit


class CityKind(StrEnum):
    """Which cities an edition speaks of."""

    PREFECTURE_AND_ABOVE = "prefecture_and_above"
    COUNTY = "county"

    @property
    def label(self) -> str:
        """Return the kind's name, a Chinese msgid."""
        return N_("地级以上") if self is CityKind.PREFECTURE_AND_ABOVE else N_("县级")


@dataclass(frozen=True, slots=True)
class Standard:
    """What an edition asks of one indicator; the threshold in the indicator's unit, a percentage as a share of one."""

    label: str
    clause: str
    threshold: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A named set of standards, in force from `effective_from` to `effective_to`, both inside; None while it lasts."""

    name: str
    city_kind: CityKind
    effective_from: date
    effective_to: date | None = None
    standards: Mapping[IndicatorCode, Standard]

    def is_in_force(self, on: date) -> bool:
        """Say whether the edition holds on that day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def threshold(self, code: IndicatorCode) -> Fraction | None:
        """Return the indicator's threshold; None where the edition does not ask for it."""
        standard = self.standards.get(code)
        return standard.threshold if standard else None

    def overlaps(self, other: "Edition") -> bool:
        """Say whether both would be in force for the same kind of city on some day."""
        return (
            self.city_kind is other.city_kind
            and self.effective_from <= (other.effective_to or date.max)
            and other.effective_from <= (self.effective_to or date.max)
        )


def edition_in_force(editions: Iterable[Edition], on: date, city_kind: CityKind) -> Edition | None:
    """Return the edition for that kind of city on that day; None where there is none, and then no verdict is shown."""
    fitting = (edition for edition in editions if edition.city_kind is city_kind and edition.is_in_force(on))
    return max(fitting, key=lambda edition: edition.effective_from, default=None)


def check_edition(edition: Edition, others: Iterable[Edition]) -> None:
    """Raise Invalid or Conflict, on its field, where an edition cannot stand beside the others."""
    if not edition.name.strip():
        raise Invalid(N_("请填写测评体系的名称"), field="name")
    if edition.effective_to is not None and edition.effective_to < edition.effective_from:
        raise Invalid(N_("截止日期不能早于生效日期"), field="effective_to")
    if not edition.standards:
        raise Invalid(N_("至少要有一项指标的标准"), field="standards")
    for code, standard in edition.standards.items():
        if not 0 < standard.threshold <= _largest(code):
            raise Invalid(N_("“%(label)s”的标准超出了范围"), field="standards", label=standard.label)
    for other in others:
        if edition.overlaps(other):
            raise _overlap(edition, other)


def _largest(code: IndicatorCode) -> Fraction:
    unit = INDICATORS[code].unit
    return Fraction(unit.largest, 100 if unit is Unit.PERCENT else 1)


def _overlap(edition: Edition, other: Edition) -> Conflict:
    if other.effective_from < edition.effective_from:
        latest = (edition.effective_from - ONE_DAY).isoformat()
        return Conflict(
            N_("与“%(name)s”的有效期重叠，请先把它的截止日期改到 %(latest)s 或更早"),
            field="effective_from",
            name=other.name,
            latest=latest,
        )
    return Conflict(
        N_("与“%(name)s”的有效期重叠，它从 %(since)s 起生效"),
        field="effective_to",
        name=other.name,
        since=other.effective_from.isoformat(),
    )


def _shipped(code: IndicatorCode, threshold: Fraction) -> Standard:
    return Standard(label=INDICATORS[code].name, clause=PLAN_CLAUSE, threshold=threshold)


# The edition names a year, no day: in force from that year's first day, until the office closes it (our decision).
SHIPPED_EDITION = Edition(
    name="2017 版《全国文明城市测评体系（地级以上）》",
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
