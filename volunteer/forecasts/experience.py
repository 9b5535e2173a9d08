"""What whole past years taught about how far off forecasts are, kept as long as those years stay the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.areas import Area
from models.base import db
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts import records
from volunteer.forecasts.backtests import Ranges, Score, Trial, ranges_by_year, run, scores
from volunteer.forecasts.forest import complete_years
from volunteer.forecasts.rolling import run_rolling
from volunteer.kernel.periods import WindowKind
from volunteer.metrics.facts import Total
from volunteer.metrics.queries import city


@dataclass(frozen=True, slots=True)
class Experience:
    """The back-test over whole years of the whole city, and what is made from it."""

    trials: Sequence[Trial]
    ranges: Ranges
    by_year: Mapping[int, Ranges]
    communities: Sequence[Score]


_kept: dict[tuple[object, ...], Experience] = {}
_MOST_KEPT = 8
_YEARS_TRIED = 3


def experience_before(year: int, total: Total) -> Experience:
    """Return the back-test over the whole years before `year`; empty before a tree is there.

    It takes some seconds for thousands of communities, so each process keeps it as long as those years' figures are
    the same.
    """
    return _kept_for(year, total, None)


def rolling_experience_before(year: int, total: Total, months: int) -> Experience:
    """Return the back-test of the last twelve months, so many months ahead, within the whole years before `year`."""
    return _kept_for(year, total, months)


def _kept_for(year: int, total: Total, months: int | None) -> Experience:
    whole = city()
    if whole is None:
        return _learned_from((), {})
    key = (str(db.engine.url), whole.id, year, total, months, *records.history_mark(year, total))
    if key not in _kept:
        found = _tried(whole, year, total) if months is None else _rolled(whole, year, total, months)
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = found
    return _kept[key]


def _tried(whole: Area, year: int, total: Total) -> Experience:
    known = records.known_of(whole, date(year - 1, 12, 31), total)
    trials = run(known.nodes, complete_years(known.nodes, known.origin)) if known.nodes else []
    return _learned_from(trials, ranges_by_year(trials))


def _rolled(whole: Area, year: int, total: Total, months: int) -> Experience:
    day = date(year - 1, 12, 31)
    known = records.known_of(whole, day, total)
    if not known.nodes:
        return _learned_from((), {})
    of_twelve = records.known_of(whole, day, total, WindowKind.ROLLING_YEAR)
    rolled = {node.id: node.record for node in of_twelve.nodes}
    nodes = [node for node in known.nodes if node.id in rolled]
    years = list(complete_years(nodes, known.origin))[-_YEARS_TRIED:]
    trials = run_rolling(nodes, rolled, years, months)
    # A forecast made in a year could only know the errors of those that had ended before it.
    by_year = {made: Ranges(one for ended, one in trials if ended < made) for made in {one.year for _, one in trials}}
    return _learned_from([one for _, one in trials], by_year)


def _learned_from(trials: Sequence[Trial], by_year: Mapping[int, Ranges]) -> Experience:
    communities = [one for one in trials if one.level is AreaLevel.COMMUNITY]
    return Experience(trials, Ranges(trials), by_year, scores(communities, by_year))
