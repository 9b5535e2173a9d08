"""How an area's year goes on from where it stands: learned from its own years and from those of the areas above it.

The method is ours, chosen to be explained in a few sentences, and judged by its back-test (`backtests.py`):

- What a month is like is learned from whole years before the one asked about: how a year's minutes and a year's new
  registrations spread over its months, and of those who had not served yet, how many did in each month. A small area
  says little about that, so it leans on the street, district and city above it, the more the smaller it is.
- How much there is comes from the area's own last twelve months, the latest most: minutes a head with the season taken
  out, and net registrations a head.
- Minutes and people of a community are whole numbers; of any area above they are the sums of its communities. People
  are registered in one community each, so active people add up, too.

Years and months are counted from 0: month 12 × year + (month of the year − 1). Nothing here reads the clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MONTHS = 12
YEARS_LEARNED = 5
# The constants were set once, on three invented cities drawn from other seeds than the one that is shown.
_MEMORY = 0.97  # what a month counts beside the one after it
_MINUTES_OF_ITS_OWN = 20_000 * 60  # with so many an area's own season weighs as much as that above it
_GAINS_OF_ITS_OWN = 200
_GAINS_OF_THE_CITY = 50
_PERSON_MONTHS_OF_ITS_OWN = 40
_PERSONS_OF_ITS_OWN = 40
_PERSONS_OF_LAST_YEAR = 10
_LAST_YEAR = 0.6  # what last year's share weighs on 1 January; less with every month


class Standing(NamedTuple):
    """The figures of one area as of one day, in the calendar-year window: persons, persons, whole minutes."""

    registered: int = 0
    active: int = 0
    minutes: int = 0


NOTHING = Standing()


@dataclass(frozen=True, slots=True)
class Record:
    """How one area stood at the ends of months, without a gap from the month `first` on."""

    first: int
    ends: Sequence[Standing]

    def at(self, month: int) -> Standing:
        """Return how it stood at the end of a month, nothing before the first; IndexError for one that is not in it."""
        return self.ends[month - self.first] if month >= self.first else NOTHING

    def until(self, month: int) -> "Record":
        """Return the record as it was known at the end of a month."""
        return Record(self.first, self.ends[: max(0, month - self.first + 1)])

    def months_with_people(self, month: int) -> int:
        """Return for how many month ends up to one there was anybody."""
        begin = next((index for index, one in enumerate(self.ends) if one.registered), len(self.ends))
        return max(0, month - self.first - begin + 1)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one stands: in a month of which the share `passed` (above 0, at most 1) is over."""

    month: int
    passed: float = 1.0

    @property
    def year(self) -> int:
        """Return the year that is forecast."""
        return self.month // MONTHS

    @property
    def last_month(self) -> int:
        """Return the year's last month."""
        return self.year * MONTHS + MONTHS - 1

    @property
    def months_left(self) -> float:
        """Return the months to the year's end, a part of one included."""
        return self.last_month - self.month + 1 - self.passed


@dataclass(frozen=True, slots=True)
class Habit:
    """What years before taught about an area's months, January first.

    `minutes` and `gains` are about 1 on average; `starts` are the shares of those not yet active who become it.
    """

    minutes: Sequence[float]
    gains: Sequence[float]
    starts: Sequence[float]


class Point(NamedTuple):
    """The expected figures at the end of a month."""

    registered: float
    active: float
    minutes: float


def learned_years(root: Record, year: int) -> list[int]:
    """Return the whole years before `year` that have something to teach: those in which the whole city served."""
    years = range(year - YEARS_LEARNED, year)
    return [one for one in years if root.at(one * MONTHS).registered and root.at(one * MONTHS + MONTHS - 1).minutes]


def learn(record: Record, years: Sequence[int], above: Habit | None) -> Habit:
    """Return what whole years taught about an area, leaning on the habit of the area above it.

    The whole city leans on an even year instead: a season seen once is half chance.
    """
    seen = _Seen(*([0.0] * MONTHS for _ in _Seen._fields))
    minutes = sum(_look_at(record, year, seen) for year in years)
    gains, starts = sum(seen.gains), list(zip(seen.started, seen.waiting, strict=True))
    if above is None:
        even, trust = [1.0] * MONTHS, len(years) / (len(years) + 1)
        return Habit(
            _leaning(seen.minutes, even, trust),
            _leaning(seen.gains, even, gains / (gains + _GAINS_OF_THE_CITY)),
            [came / waited if waited else 0.0 for came, waited in starts],
        )
    lean = _PERSON_MONTHS_OF_ITS_OWN
    return Habit(
        _leaning(seen.minutes, above.minutes, minutes / (minutes + _MINUTES_OF_ITS_OWN)),
        _leaning(seen.gains, above.gains, gains / (gains + _GAINS_OF_ITS_OWN)),
        [(came + lean * usual) / (waited + lean) for (came, waited), usual in zip(starts, above.starts, strict=True)],
    )


class _Seen(NamedTuple):
    """What years showed, month by month: minutes a head, net registrations, newly active, not active before."""

    minutes: list[float]
    gains: list[float]
    started: list[float]
    waiting: list[float]


def _look_at(record: Record, year: int, seen: _Seen) -> int:
    """Add one year to what was seen and return its minutes."""
    before = record.at(year * MONTHS - 1)._replace(active=0, minutes=0)
    for place in range(MONTHS):
        end = record.at(year * MONTHS + place)
        seen.minutes[place] += max(0, end.minutes - before.minutes) / max(1, end.registered)
        seen.gains[place] += max(0, end.registered - before.registered)
        seen.started[place] += max(0, end.active - before.active)
        seen.waiting[place] += max(0, end.registered - before.active)
        before = end
    return before.minutes


def _leaning(own: Sequence[float], above: Sequence[float], trust: float) -> list[float]:
    """Return a season of mean 1: the share `trust` is the area's own, the rest that above it."""
    total = sum(own)
    if not total:
        return list(above)
    return [trust * one * MONTHS / total + (1 - trust) * usual for one, usual in zip(own, above, strict=True)]


class Upper(NamedTuple):
    """What an area lends to those below it at one origin: its growth a head and year, and last year's active share."""

    growth: float
    share: float


def lend(record: Record, origin: Origin, now: Standing, above: Upper | None) -> Upper:
    """Return an area's growth over the last twelve months and its share of last year, leaning on the area above."""
    whole_year, part = record.at(origin.month - MONTHS - 1), record.at(origin.month - MONTHS)
    before = whole_year.registered + origin.passed * (part.registered - whole_year.registered)
    last_year = record.at(origin.year * MONTHS - 1)
    gained = now.registered - before
    if above is None:
        return Upper(gained / (now.registered or 1), last_year.active / (last_year.registered or 1))
    return Upper(
        (gained + _PERSONS_OF_ITS_OWN * above.growth) / (now.registered + _PERSONS_OF_ITS_OWN),
        (last_year.active + _PERSONS_OF_LAST_YEAR * above.share) / (last_year.registered + _PERSONS_OF_LAST_YEAR),
    )


def go_on(record: Record, habit: Habit, origin: Origin, now: Standing, own: Upper) -> list[Point]:
    """Return the expected figures at the end of each month from the current one to the year's last.

    `now` is how the area stands; of `record` only month ends before the current month are read. What has happened
    stays: neither minutes nor active people fall below `now`.
    """
    active, minutes = float(now.active), float(now.minutes)
    course = []
    for month, registered, gained in gains_of(record, habit, origin, now, own, origin.last_month):
        share = 1 - origin.passed if month == origin.month else 1.0
        minutes += gained
        active += max(0.0, registered - active) * (1 - (1 - min(1.0, habit.starts[month % MONTHS])) ** share)
        course.append(Point(registered, active, minutes))
    return _towards_last_year(course, origin, now, own.share)


def gains_of(
    record: Record, habit: Habit, origin: Origin, now: Standing, own: Upper, last: int
) -> Iterator[tuple[int, float, float]]:
    """Yield the months from the current one to `last` with the registered at their ends and the minutes that come."""
    level, registered = _minutes_a_head(record, habit, origin, now), float(now.registered)
    for month in range(origin.month, last + 1):
        share, place = (1 - origin.passed if month == origin.month else 1.0), month % MONTHS
        then = max(0.0, registered + now.registered * own.growth * habit.gains[place] / MONTHS * share)
        yield month, then, level * habit.minutes[place] * (registered + then) / 2 * share
        registered = then


def _towards_last_year(course: Sequence[Point], origin: Origin, now: Standing, share: float) -> list[Point]:
    """Draw the course of the active towards last year's share, the more the longer the year still is."""
    last = course[-1]
    trust = _LAST_YEAR * origin.months_left / MONTHS
    aim = max(now.active, min(last.registered, trust * share * last.registered + (1 - trust) * last.active))
    way = last.active - now.active
    stretch = (aim - now.active) / way if way > 0 else 0.0
    return [Point(one.registered, now.active + (one.active - now.active) * stretch, one.minutes) for one in course]


def _minutes_a_head(record: Record, habit: Habit, origin: Origin, now: Standing) -> float:
    """Return the minutes a head and month with the season taken out, over the last twelve months."""
    weight, served, expected = 1.0, 0.0, 0.0
    for month in range(origin.month, origin.month - MONTHS, -1):
        end, part = (now, origin.passed) if month == origin.month else (record.at(month), 1.0)
        begun = record.at(month - 1).minutes if month % MONTHS else 0
        served += weight * max(0, end.minutes - begun)
        expected += weight * part * habit.minutes[month % MONTHS] * end.registered
        weight *= _MEMORY
    return served / expected if expected else 0.0


def whole(point: Point, now: Standing) -> Standing:
    """Return expected figures as whole persons and minutes, nobody more active than registered, none undone."""
    registered = round(point.registered)
    active = max(now.active, round(point.active))
    return Standing(registered, min(active, registered), max(now.minutes, round(point.minutes)))
