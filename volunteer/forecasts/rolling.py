"""The twelve months up to a month's end, which a material period is: how they go on, and whether that was right before.

The material period is the year back from the month before the test (the plan's words), so that its end is the end of a
month that the office chooses. Up to 31 December it is the calendar year and forecast as such. Up to any other month:

- minutes: what the twelve months hold now, less what will have dropped out of them, which is known, and more by what
  the season says will come (`courses`);
- active: the share of the registered who served within twelve months hardly knows a season: it stays as it is. Drawing
  it on as it moved within the last year was further off in every city that was tried;
- registered: as in `courses`.
"""

from collections.abc import Iterable, Mapping, Sequence

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.backtests import Trial, values
from volunteer.forecasts.courses import MONTHS, Habit, Origin, Record, Standing, Upper, gains_of, lend
from volunteer.forecasts.forest import Ahead, Habits, Node, added, habits, has_enough, standings
from volunteer.forecasts.rules import CODES


def roll_on(
    node: Node, twelve: Standing, habit: Habit, origin: Origin, now: Standing, own: Upper, last: int
) -> list[Standing]:
    """Return what twelve months are expected to hold up to the end of each month from the current one to `last`.

    `twelve` is what the last ones hold, `now` how the area stands in the calendar year.
    """
    share = twelve.active / twelve.registered if twelve.registered else 0.0
    minutes, course = float(twelve.minutes), []
    for month, registered, gained in gains_of(node.record, habit, origin, now, own, last):
        part = 1 - origin.passed if month == origin.month else 1.0
        minutes = max(0.0, minutes + gained - part * _served_in(node.record, month - MONTHS))
        people = round(registered)
        course.append(Standing(people, min(people, round(share * registered)), round(minutes)))
    return course


def _served_in(record: Record, month: int) -> int:
    begun = record.at(month - 1).minutes if month % MONTHS else 0
    return max(0, record.at(month).minutes - begun)


def look_round(
    nodes: Sequence[Node],
    twelve: Mapping[int, Standing],
    learned: Habits,
    origin: Origin,
    nows: Mapping[int, Standing],
    last: int,
) -> dict[int, Ahead]:
    """Return by area id the courses to the month `last`, of communities by their own and of areas above as their sums.

    `twelve` holds how each area stands in the last twelve months, `nows` how in the calendar year.
    Nothing after `origin` is read from the records.
    """
    lent: dict[int, Upper] = {}
    sums: dict[int, list[Standing]] = {}
    parents = {node.id: node.parent_id for node in nodes}
    for node in nodes:
        now = nows[node.id]
        lent[node.id] = lend(node.record, origin, now, lent.get(node.parent_id or 0))
        if node.level is AreaLevel.COMMUNITY:
            course = roll_on(node, twelve[node.id], learned[node.id], origin, now, lent[node.id], last)
            upper: int | None = node.id
            while upper is not None:
                sums[upper] = added(sums.get(upper), course)
                upper = parents.get(upper)
    return {area_id: Ahead(course) for area_id, course in sums.items()}


def run_rolling(
    nodes: Sequence[Node], records: Mapping[int, Record], years: Iterable[int], months: int
) -> list[tuple[int, Trial]]:
    """Return the trials that look so many whole months ahead, each with the year that it ended in.

    Made at each month's end of some whole years, of which the last one also holds every end. Beside the forecast stand
    the twelve months of a year before the end, and a straight line from a year ago through the day.
    """
    whole_years = sorted(years)
    trials: list[tuple[int, Trial]] = []
    for year in whole_years:
        learned = habits(nodes, year)
        if learned is None:
            continue
        for month in range(year * MONTHS, year * MONTHS + MONTHS):
            if (month + months) // MONTHS <= whole_years[-1]:
                trials.extend(_try_all(nodes, records, learned, Origin(month), months))
    return trials


def _try_all(
    nodes: Sequence[Node], records: Mapping[int, Record], learned: Habits, origin: Origin, months: int
) -> Iterable[tuple[int, Trial]]:
    end, nows = origin.month + months, standings(nodes, origin.month)
    twelve = {node.id: records[node.id].at(origin.month) for node in nodes}
    ahead = look_round(nodes, twelve, learned, origin, nows, end)
    for node in nodes:
        if node.id not in ahead or not has_enough(node, origin, nows[node.id]):
            continue
        # Who stood there knew how many people lived there that year, not how many would the next.
        record, residents = records[node.id], node.residents.get(origin.year)
        before = values(record.at(end - MONTHS), node.residents.get(end // MONTHS - 1))
        then, now = record.at(origin.month - MONTHS), record.at(origin.month)
        told = (
            values(ahead[node.id].end, residents),
            before,
            values(_straight_on(then, now, months), residents),
            values(record.at(end), node.residents.get(end // MONTHS)),
        )
        for code in CODES:
            if all(code in one for one in told):
                numbers = [one[code] for one in told]
                yield end // MONTHS, Trial(node.id, node.level, code, origin.year, months, *numbers)


def _straight_on(then: Standing, now: Standing, months: int) -> Standing:
    """Return where a straight line from a year ago through now leads, nothing below nobody."""
    on = [max(0, new + round((new - old) * months / MONTHS)) for old, new in zip(then, now, strict=True)]
    return Standing(on[0], min(on[0], on[1]), on[2])
