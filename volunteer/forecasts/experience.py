"""What whole past years taught about how far off forecasts are, kept as long as those years stay the same.

A city's trials are some hundred thousand. What is kept of them are the scores of each area and the ranges, about two
megabytes for three thousand areas, so that every distance ahead that a page can ask for has room.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from flask import current_app

from models.areas import Area
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts import records
from volunteer.forecasts.backtests import Ranges, Score, Trial, merged, ranges_by_year, run, scores
from volunteer.forecasts.courses import MONTHS
from volunteer.forecasts.forest import complete_years
from volunteer.forecasts.rolling import run_rolling
from volunteer.kernel.periods import WindowKind
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import city

MOST_KEPT = 26
"""A year and twelve distances, by two totals."""
_KEPT = "forecasts_experience"
_YEARS_TRIED = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """The back-test over whole years of the whole city, trial by trial, and the ranges known at each year's time."""

    trials: Sequence[Trial]
    by_year: Mapping[int, Ranges]


@dataclass(frozen=True, slots=True)
class Experience:
    """What is kept of a back-test: the years tried, the ranges, and how far off it was by area id and by level."""

    years: Sequence[int]
    ranges: Ranges
    by_area: Mapping[int, Sequence[Score]]
    by_level: Mapping[AreaLevel, Sequence[Score]]

    @property
    def communities(self) -> Sequence[Score]:
        """Return how far off it was over all communities."""
        return self.by_level.get(AreaLevel.COMMUNITY, ())


_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What one process has learned, the last used last; the longest unused is put away, and nothing is made twice."""

    kept: OrderedDict[_Key, Experience] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)
    making: Lock = field(default_factory=Lock)

    def find(self, key: _Key) -> Experience | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def keep(self, key: _Key, found: Experience) -> None:
        with self.lock:
            self.kept[key] = found
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)


def experience_before(year: int, total: Total) -> Experience:
    """Return the back-test over the whole years before `year`; empty before a tree is there.

    It takes some seconds for thousands of communities, so each process keeps it as long as those years' figures,
    residents and moves are the same.
    """
    return _kept_for(year, total, None)


def rolling_experience_before(year: int, total: Total, months: int) -> Experience:
    """Return the back-test of the last twelve months, so many months ahead, within the whole years before `year`."""
    return _kept_for(year, total, months)


def tried_before(year: int, total: Total) -> Tried:
    """Return the back-test over the whole years before `year` trial by trial, made anew."""
    whole = city()
    return _tried(whole, year, total) if whole else Tried((), {})


def _kept_for(year: int, total: Total, months: int | None) -> Experience:
    whole = city()
    if whole is None:
        return learned_from(Tried((), {}), ())
    if months is None:
        return _found((whole.id, year, total, months), year, total, lambda: _learned(whole, year, total))
    return _found((whole.id, year, total, months), year, total, lambda: _learned_ahead(whole, year, total, months))


def _found(of: _Key, year: int, total: Total, make: Callable[[], Experience]) -> Experience:
    shelf: _Shelf = current_app.extensions.setdefault(_KEPT, _Shelf())
    key = (*of, *records.history_mark(year, total))
    found = shelf.find(key)
    if found is not None:
        return found
    with shelf.making:
        found = shelf.find(key)
        if found is None:
            found = make()
            # What was made while somebody wrote may be of neither state.
            if (*of, *records.history_mark(year, total)) == key:
                shelf.keep(key, found)
    return found


def _learned(whole: Area, year: int, total: Total) -> Experience:
    return learned_from(_tried(whole, year, total), range(1, MONTHS + 1))


def _tried(whole: Area, year: int, total: Total) -> Tried:
    known = records.known_of(whole, date(year - 1, 12, 31), total)
    trials = run(known.nodes, complete_years(known.nodes, known.origin)) if known.nodes else []
    return Tried(trials, ranges_by_year(trials))


def _learned_ahead(whole: Area, year: int, total: Total, months: int) -> Experience:
    day = date(year - 1, 12, 31)
    known = records.known_of(whole, day, total)
    if not known.nodes:
        return learned_from(Tried((), {}), ())
    of_twelve = records.known_of(whole, day, total, WindowKind.ROLLING_YEAR)
    rolled = {node.id: node.record for node in of_twelve.nodes}
    nodes = [node for node in known.nodes if node.id in rolled]
    years = list(complete_years(nodes, known.origin))[-_YEARS_TRIED:]
    trials = run_rolling(nodes, rolled, years, months)
    # A forecast made in a year could only know the errors of those that had ended before it.
    by_year = {made: Ranges(one for ended, one in trials if ended < made) for made in {one.year for _, one in trials}}
    return learned_from(Tried([one for _, one in trials], by_year), (months,))


def learned_from(tried: Tried, months: Sequence[int]) -> Experience:
    """Return what is kept of a back-test, its ranges for so many months ahead."""
    by_area: defaultdict[int, list[Trial]] = defaultdict(list)
    for one in tried.trials:
        by_area[one.area_id].append(one)
    own = {area_id: scores(trials, tried.by_year) for area_id, trials in by_area.items()}
    by_level: defaultdict[AreaLevel, list[Score]] = defaultdict(list)
    for area_id, trials in by_area.items():
        by_level[trials[0].level].extend(own[area_id])
    levels = {level: merged(found) for level, found in by_level.items()}
    return Experience(sorted(tried.by_year), Ranges(tried.trials).settled(months), own, levels)
