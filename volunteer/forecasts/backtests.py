"""Was it right before? Standing at each past month's end, forecasting that year's end, and looking at what came.

Each trial knows only what was known at its month's end. Beside the forecast two simple ones are judged: "same as last
year", and a straight line from the year's beginning through where the area stands. The errors are printed, and they are
what a forecast's range is made of: the range of an area comes from how far forecasts of areas of its level were off,
with as many months left.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import NamedTuple

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.courses import MONTHS, Origin, Standing
from volunteer.forecasts.forest import Node, habits, has_enough, look_ahead, standings
from volunteer.forecasts.rules import CODES
from volunteer.metrics.rules import IndicatorCode

COVERED = 0.8  # of the trials lie inside a range
_FEWEST_COURSES = 12  # an area's year: its months' ends are off together
_YEARS_TRIED = 3
# What a year to come may be of another kind, beside what errors of one year tell of each other. With 1 ranges held 92
# of 100 on three invented cities of other seeds, with 0 they held 82, with this 86; 80 are promised.
_ANOTHER_KIND = 0.25
_LEVELS = (AreaLevel.CITY, AreaLevel.DISTRICT, AreaLevel.STREET, AreaLevel.COMMUNITY)


class Trial(NamedTuple):
    """One forecast of the past: shares of one or hours a head, and what came."""

    area_id: int
    level: AreaLevel
    code: IndicatorCode
    year: int
    months_left: int
    ours: float
    last_year: float
    line: float
    came: float


def values(standing: Standing, residents: int | None) -> dict[IndicatorCode, float]:
    """Return the indicators of a standing: shares of one, hours a head; one that cannot be computed is absent."""
    found = {}
    if residents:
        found[IndicatorCode.REGISTERED_SHARE] = standing.registered / residents
    if standing.registered:
        found[IndicatorCode.ACTIVE_SHARE] = standing.active / standing.registered
        found[IndicatorCode.HOURS_PER_HEAD] = standing.minutes / 60 / standing.registered
    return found


def run(nodes: Sequence[Node], years: Iterable[int]) -> list[Trial]:
    """Return the trials of whole past years, of every area that was large and old enough at the time.

    A year without a whole year before it to learn from has none; of more years the last three are tried.
    """
    trials: list[Trial] = []
    for year in sorted(years)[-_YEARS_TRIED:]:
        learned = habits(nodes, year)
        if learned is None:
            continue
        for place in range(MONTHS - 1):
            origin = Origin(year * MONTHS + place)
            ahead = look_ahead(nodes, learned, origin, standings(nodes, origin.month), ends_only=True)
            for node in nodes:
                if node.id in ahead:
                    trials.extend(_try(node, origin, ahead[node.id].end))
    return trials


def _try(node: Node, origin: Origin, expected: Standing) -> Iterable[Trial]:
    now, last_year = node.record.at(origin.month), node.record.at(origin.year * MONTHS - 1)
    came = node.record.at(origin.last_month)
    if not has_enough(node, origin, now) or not last_year.registered:
        return
    residents = node.residents.get(origin.year)
    ours, reality = values(expected, residents), values(came, residents)
    before = values(last_year, node.residents.get(origin.year - 1))
    line = values(_straight_on(origin, now, last_year), residents)
    for code in CODES:
        if code in ours and code in before and code in line and code in reality:
            told = (ours[code], before[code], line[code], reality[code])
            yield Trial(node.id, node.level, code, origin.year, int(origin.months_left), *told)


def _straight_on(origin: Origin, now: Standing, last_year: Standing) -> Standing:
    """Return the year's end on a straight line from its beginning; no more are active than are registered."""
    times = MONTHS / (MONTHS - origin.months_left)
    registered = last_year.registered + round((now.registered - last_year.registered) * times)
    return Standing(registered, min(registered, round(now.active * times)), round(now.minutes * times))


@dataclass(frozen=True, slots=True)
class Score:
    """How far off forecasts were on average, in shares of one or hours a head; `inside` of the tested ranges held."""

    code: IndicatorCode
    trials: int
    ours: float
    last_year: float
    line: float
    tested: int = 0
    inside: int = 0

    @property
    def is_best(self) -> bool:
        """Return whether ours was nearer than both simple ones."""
        return self.ours < min(self.last_year, self.line)


def ranges_by_year(trials: Sequence[Trial]) -> dict[int, "Ranges"]:
    """Return by year of a trial the ranges that could be made at the time, from the trials of years before."""
    return {year: Ranges(one for one in trials if one.year < year) for year in {one.year for one in trials}}


def scores(of: Sequence[Trial], ranges: Mapping[int, "Ranges"]) -> list[Score]:
    """Return the mean absolute errors of trials by indicator, and how often the range known at the time held.

    A trial of a year that had no ranges yet tests none.
    """
    return [found for code in CODES if (found := _score(code, [one for one in of if one.code is code], ranges))]


def merged(found: Iterable[Score]) -> list[Score]:
    """Return the scores of several areas as those of all their trials together, by indicator."""
    by_code: defaultdict[IndicatorCode, list[Score]] = defaultdict(list)
    for one in found:
        by_code[one.code].append(one)
    return [_merged(code, by_code[code]) for code in CODES if code in by_code]


def _merged(code: IndicatorCode, found: Sequence[Score]) -> Score:
    trials = sum(one.trials for one in found)
    return Score(
        code,
        trials,
        sum(one.ours * one.trials for one in found) / trials,
        sum(one.last_year * one.trials for one in found) / trials,
        sum(one.line * one.trials for one in found) / trials,
        sum(one.tested for one in found),
        sum(one.inside for one in found),
    )


def _score(code: IndicatorCode, trials: Sequence[Trial], ranges: Mapping[int, "Ranges"]) -> Score | None:
    if not trials:
        return None

    def mean(errors: Iterable[float]) -> float:
        return sum(map(abs, errors)) / len(trials)

    tested = inside = 0
    for one in trials:
        if not ranges[one.year].is_empty:
            low, high = ranges[one.year].around(one.level, code, one.ours, one.months_left)
            tested, inside = tested + 1, inside + (low <= one.came <= high)
    return Score(
        code,
        len(trials),
        mean(one.ours - one.came for one in trials),
        mean(one.last_year - one.came for one in trials),
        mean(one.line - one.came for one in trials),
        tested,
        inside,
    )


class Ranges:
    """Ranges in which at least 80 of 100 trials ended, by level of area, indicator and months left."""

    def __init__(self, trials: Iterable[Trial]) -> None:
        self._errors: defaultdict[tuple[AreaLevel, IndicatorCode, int], list[tuple[float, int, int]]] = defaultdict(
            list
        )
        self._years: set[int] = set()
        self._found: dict[tuple[AreaLevel, IndicatorCode, int], tuple[float, float] | None] = {}
        for one in trials:
            self._errors[one.level, one.code, one.months_left].append((_error(one), one.area_id, one.year))
            self._years.add(one.year)

    @property
    def is_empty(self) -> bool:
        """Return whether there was nothing to make ranges from."""
        return not self._years

    def settled(self, months: Iterable[int]) -> "Ranges":
        """Return the same ranges for so many months ahead alone, without the errors they are made from."""
        found, wanted = Ranges(()), {max(1, one) for one in months}
        found._years = set(self._years)
        found._found = {
            (level, code, ahead): self._quantiles(level, code, ahead)
            for level in _LEVELS
            for code in CODES
            for ahead in wanted
        }
        return found

    def around(
        self, level: AreaLevel, code: IndicatorCode, expected: float, months_left: float, *, wider: float = 1.0
    ) -> tuple[float, float]:
        """Return the range around an expected value, in its unit; from 0 to 1, or to twice it, where nothing is known.

        Errors grow with the root of the time that is left. A year to come may be of another kind than those tried, so
        that fewer years tried make a wider range. Where too few areas and years of a level were tried, those of the
        smaller areas below speak, whose errors are larger.
        """
        months = max(1, ceil(months_left))
        for one in _LEVELS[_LEVELS.index(level) :]:
            found = self._quantiles(one, code, months)
            if found:
                wide = wider * sqrt(1 + _ANOTHER_KIND / len(self._years))
                scale = wide * sqrt(months_left / months) * (expected if code is IndicatorCode.HOURS_PER_HEAD else 1)
                return expected + min(0.0, found[0]) * scale, expected + max(0.0, found[1]) * scale
        return 0.0, 2 * expected if code is IndicatorCode.HOURS_PER_HEAD else 1.0

    def _quantiles(self, level: AreaLevel, code: IndicatorCode, months: int) -> tuple[float, float] | None:
        key = (level, code, months)
        if key not in self._found:
            self._found[key] = self._look_up(level, code, months)
        return self._found[key]

    def _look_up(self, level: AreaLevel, code: IndicatorCode, months: int) -> tuple[float, float] | None:
        """Return the errors that 10 in 100 lie below and above, of the months nearest to `months` that suffice."""
        for reach in range(MONTHS):
            found = [
                (error * sqrt(months / left), (area_id, year))
                for left in range(max(1, months - reach), min(MONTHS, months + reach) + 1)
                for error, area_id, year in self._errors.get((level, code, left), ())
            ]
            if len({course for _, course in found}) >= _FEWEST_COURSES:
                # Ranks as of one more error than there are, so that few errors make a wider range.
                near = sorted(error for error, _ in found)
                tail = (len(near) + 1) * (1 - COVERED) / 2
                return near[max(0, floor(tail) - 1)], near[min(len(near) - 1, ceil(len(near) + 1 - tail) - 1)]
        return None


def _error(one: Trial) -> float:
    """Return by how much what came lay above the forecast; of hours as a share of the forecast."""
    error = one.came - one.ours
    if one.code is IndicatorCode.HOURS_PER_HEAD:
        return error / one.ours if one.ours else 0.0
    return error
