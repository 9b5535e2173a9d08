"""Places among areas, how they moved, and in words why an area lags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from volunteer.kernel.ratio import decimal_up, ratio, thousands
from volunteer.kernel.speech import say_last_day
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, Measurement, rank

Key = TypeVar("Key")

# What a community can do something about; support is asked in surveys, elsewhere.
ACTED_UPON = (IndicatorCode.REGISTERED_SHARE, IndicatorCode.ACTIVE_SHARE, IndicatorCode.HOURS_PER_HEAD)
# What a page is about where nothing lags.
IN_TURN = (
    IndicatorCode.ACTIVE_SHARE,
    IndicatorCode.HOURS_PER_HEAD,
    IndicatorCode.REGISTERED_SHARE,
    IndicatorCode.SUPPORT_SHARE,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One area's place by an indicator, now and at the end of the month before; None without data."""

    place: int | None
    place_before: int | None
    now: Measurement
    before: Measurement | None

    @property
    def rise(self) -> int | None:
        """Return by how many places the area rose, negative where it fell; None where either is not known."""
        if self.place is None or self.place_before is None:
            return None
        return self.place_before - self.place

    @property
    def movement(self) -> Words | None:
        """Return the movement as the page says it; None where there is nothing to compare."""
        return _movement(self.rise)

    @property
    def change(self) -> Fraction | None:
        """Return by how much the value changed, in the indicator's unit; None where either is not known."""
        if self.now.value is None or self.before is None or self.before.value is None:
            return None
        return self.now.value - self.before.value


@dataclass(frozen=True, slots=True)
class Lag:
    """One area's place by what is missing of three indicators together, now and at the end of the month before.

    `missing` is the mean of the three shares: 0 where none is missing, 1 where there is nothing at all; None without
    data.
    """

    place: int | None
    place_before: int | None
    missing: Fraction | None
    missing_before: Fraction | None

    @property
    def movement(self) -> Words | None:
        """Return the movement as the page says it; None where there is nothing to compare."""
        if self.place is None or self.place_before is None:
            return None
        return _movement(self.place_before - self.place)

    @property
    def missing_text(self) -> str | None:
        """Return what is missing as shown, rounded up, since a little is something; None without data."""
        return None if self.missing is None else f"{decimal_up(self.missing * 100)}%"


def _movement(rise: int | None) -> Words | None:
    if rise is None:
        return None
    if rise == 0:
        return Words(N_("没有变"))
    return Words(N_("升 %(count)s 位") if rise > 0 else N_("降 %(count)s 位"), {"count": thousands(abs(rise))})


def lags(now: Mapping[Key, Fraction | None], before: Mapping[Key, Fraction | None]) -> dict[Key, Lag]:
    """Return areas by what `lag` says of them, the least behind first, those without data last."""
    places = rank({key: None if missing is None else -missing for key, missing in now.items()})
    former = rank({key: None if missing is None else -missing for key, missing in before.items()})
    return {key: Lag(place, former.get(key), _mean(now[key]), _mean(before.get(key))) for key, place in places.items()}


def _mean(missing: Fraction | None) -> Fraction | None:
    return None if missing is None else missing / len(ACTED_UPON)


def weakest(measurements: Iterable[Measurement]) -> Measurement | None:
    """Return the indicator that is farthest below its threshold, as a part of it; None where none is below."""
    below = [one for one in measurements if one.is_met is False]
    return min(below, key=lambda one: (one.value or 0) / (one.threshold or 1), default=None)


def subject(measurements: Mapping[IndicatorCode, Measurement]) -> IndicatorCode:
    """Return which indicator a page opens on: the weakest, else the first of `IN_TURN` that has data."""
    worst = weakest(measurements.values())
    if worst is not None:
        return worst.indicator.code
    return next((code for code in IN_TURN if measurements[code].value is not None), IN_TURN[0])


def standings(now: Mapping[Key, Measurement], before: Mapping[Key, Measurement]) -> dict[Key, Standing]:
    """Return areas in the order of their places, the best first, those without data last."""
    places = rank({key: measurement.value for key, measurement in now.items()})
    former = rank({key: measurement.value for key, measurement in before.items()})
    return {key: Standing(place, former.get(key), now[key], before.get(key)) for key, place in places.items()}


def lag(figures: Figures, thresholds: Mapping[IndicatorCode, Fraction]) -> Fraction:
    """Return how far an area is behind: of registered, active and hours, what share of the three thresholds is missing.

    0 where all three are met, 3 where there is nothing at all. Where nobody is registered nobody serves either; what
    has no data for another reason, as a missing population, does not count (our decision).
    """
    missing = Fraction()
    for code in ACTED_UPON:
        indicator, threshold = INDICATORS[code], thresholds.get(code)
        if threshold is None:
            continue
        value = ratio(indicator.numerator(figures), indicator.denominator(figures))
        if value is not None:
            missing += max(Fraction(), 1 - value / indicator.per / threshold)
        elif code is not IndicatorCode.REGISTERED_SHARE and figures.registered == 0:
            missing += 1
    return missing


def reasons(
    figures: Figures, measurements: Mapping[IndicatorCode, Measurement], last_served_on: date | None, on: date
) -> list[Words]:
    """Return why an area lags, in words: what is not met and what stands behind it, then when somebody last served."""
    if figures.registered == 0:
        return [Words(N_("还没有注册志愿者"))]
    said: list[Words] = []
    registered, active, hours = (measurements[code] for code in ACTED_UPON)
    if registered.gap:
        said.append(_with_gap(N_("注册的人少：占常住人口 %(value)s，%(gap)s"), registered))
    if active.gap:
        idle = figures.registered - figures.active
        params = {"registered": thousands(figures.registered), "idle": thousands(idle)}
        said.append(Words(N_("来的人少：%(registered)s 人里有 %(idle)s 人统计期内没有服务过"), params))
    if hours.gap:
        said.append(_with_gap(N_("时间少：人均 %(value)s 小时，%(gap)s"), hours))
    said.append(_last_served(last_served_on, on))
    return said


def _with_gap(msgid: str, measurement: Measurement) -> Words:
    return Words(msgid, {"value": measurement.value_text, "gap": measurement.short_gap})


def _last_served(last_on: date | None, on: date) -> Words:
    if last_on is None:
        return Words(N_("这里的人还没有服务记录"))
    days = (on - last_on).days
    if days == 0:
        return Words(N_("最近一次服务就在这一天"))
    return Words(
        N_("最近一次服务在 %(days)s 天前（%(day)s）"), {"days": thousands(days), "day": say_last_day(last_on, on)}
    )
