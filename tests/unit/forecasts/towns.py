"""Small towns for forecasts: a city, two streets and four communities whose months somebody can check."""

import random
from collections.abc import Callable

from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.courses import MONTHS, NOTHING, Record, Standing
from volunteer.forecasts.forest import Node

FIRST = 2023 * MONTHS
SEASON = (1, 1, 4, 2, 1, 1, 3, 3, 1, 2, 1, 1)
Month = Callable[[int, int], tuple[int, int, int]]
"""Of a community and a month: persons registered at its end, newly active, minutes served."""


def town(month: Month, months: int = 47) -> list[Node]:
    """Return the nodes of a town, the city first, each upper area the sum of those below."""
    communities = {number: _ends(month, number, months) for number in range(4)}
    streets = {number: _sum(communities[2 * number], communities[2 * number + 1]) for number in range(2)}
    city = _sum(streets[0], streets[1])
    residents = dict.fromkeys(range(2023, 2028), 1000)
    return [
        Node(1, None, AreaLevel.CITY, Record(FIRST, city), {year: 4 * n for year, n in residents.items()}),
        *(
            Node(10 + one, 1, AreaLevel.STREET, Record(FIRST, ends), {year: 2 * n for year, n in residents.items()})
            for one, ends in streets.items()
        ),
        *(
            Node(100 + one, 10 + one // 2, AreaLevel.COMMUNITY, Record(FIRST, ends), residents)
            for one, ends in communities.items()
        ),
    ]


def even(_community: int, place: int) -> tuple[int, int, int]:
    """Nobody comes or leaves, half become active in the first month, and every month is alike."""
    return 100, 50 if place % MONTHS == 0 else 0, 6_000


def seasonal(community: int, place: int) -> tuple[int, int, int]:
    """Each year is like the last, and has a season."""
    return 100, SEASON[place % MONTHS] * (community + 1), 1_000 * (community + 1) * SEASON[place % MONTHS]


def rough(seed: int = 1) -> Month:
    """Return months with a season, growth that differs, and chance."""
    dice = random.Random(seed)
    known: dict[tuple[int, int], tuple[int, int, int]] = {}

    def month(community: int, place: int) -> tuple[int, int, int]:
        if (community, place) not in known:
            registered = 60 + 20 * community + place * (community + 1) // 2
            minutes = round(registered * 100 * SEASON[place % MONTHS] * dice.uniform(0.6, 1.4))
            known[community, place] = registered, dice.randint(0, 2 * SEASON[place % MONTHS]), minutes
        return known[community, place]

    return month


def _ends(month: Month, community: int, months: int) -> list[Standing]:
    ends, before = [], NOTHING
    for place in range(months):
        registered, newly, minutes = month(community, place)
        if place % MONTHS == 0:
            before = NOTHING
        before = Standing(registered, min(registered, before.active + newly), before.minutes + minutes)
        ends.append(before)
    return ends


def _sum(one: list[Standing], other: list[Standing]) -> list[Standing]:
    return [Standing(*map(sum, zip(a, b, strict=True))) for a, b in zip(one, other, strict=True)]
