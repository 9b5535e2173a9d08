"""Where the invented city's people live: communities side by side in streets of each district, and their residents."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.orm import aliased

from models.areas import Area, AreaPopulation
from volunteer.areas.rules import AreaLevel
from volunteer.demo.days import morning
from volunteer.demo.habits import Characters
from volunteer.demo.rows import Place
from volunteer.demo.sizes import Size
from volunteer.kernel import clock

SOURCE = "演示数据：人口为虚构"
OUTSIDE = "演示数据：人口为虚构，不在演示的建成区"
# A street that people are told of has this many communities of townspeople at least.
_TOWN = 3
_TOWN_STREETS = ("街道", "城关镇")
# What a place is besides its name; the longest first.
_KINDS = ("居民委员会", "居民委会", "居委会", "村委会")
_VILLAGE = (70, 260)
_GROWTH = 0.006
_RECORDED = (1, 12)

Community = Row[int, str, str, str]


def choose_places(connection: Connection, size: Size) -> list[Place]:
    """Return the communities that people are told of, by their codes, each with its habits."""
    dice = random.Random(7)
    street = aliased(Area)
    rows: Sequence[Community] = connection.execute(
        select(Area.id, Area.code, Area.name, street.name.label("street"))
        .join(street, street.id == Area.parent_id)
        .where(Area.level == AreaLevel.COMMUNITY)
        .order_by(Area.code)
    ).all()
    bearers = Counter(name for row in rows for name in _names(row))
    if size.communities < len(rows) // 10:
        rows = _neighbours(rows, size.communities)
    chosen = rows[:: max(1, len(rows) // size.communities)][: size.communities]
    each, characters = size.volunteers / len(chosen), Characters(dice, size.services)
    return [
        Place(
            row.id,
            row.code,
            # Organizations are named after their place, and no two in a city bear one name.
            next((name for name in _names(row) if bearers[name] == 1), row.street + row.name),
            characters.habits(row.code[:6], round(each)),
        )
        for row in chosen
    ]


def _names(row: Community) -> tuple[str, str]:
    """Return what a place is called, alone and where there are others of that name."""
    spoken = next((row.name.removesuffix(kind) for kind in _KINDS if row.name.endswith(kind)), row.name)
    return spoken, row.street + spoken


def _neighbours(rows: Sequence[Community], count: int) -> list[Community]:
    """Return about `count` communities of towns, as many from each district, lying side by side in two streets of it.

    The first street has one more where they do not come out even; a district has one street where that is enough.
    """
    districts: dict[str, dict[str, list[Community]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if not row.name.endswith("村委会"):
            districts[row.code[:6]][row.code[:9]].append(row)
    each = max(1, count // len(districts))
    chosen: list[Community] = []
    for _, streets in sorted(districts.items()):
        towns = sorted((found for found in streets.values() if len(found) >= _TOWN), key=_by_town)
        first, second = towns[0][: -(-each // 2)], towns[1][: each // 2]
        chosen += first + second
    return sorted(chosen, key=lambda row: str(row.code))


def _by_town(street: list[Community]) -> tuple[bool, str]:
    return not street[0].street.endswith(_TOWN_STREETS), street[0].code


def populate(connection: Connection, places: Sequence[Place], begins_on: date, today: date) -> None:
    """Give every community residents for each year of the story, recorded in its January.

    The told ones are the built-up area; all others lie outside it, so that they are known and do not count.
    """
    told = {place.id: round(place.habits.members / place.habits.registered_share) for place in places}
    communities = connection.scalars(select(Area.id).where(Area.level == AreaLevel.COMMUNITY).order_by(Area.id)).all()
    dice = random.Random(11)
    living = {area_id: told.get(area_id) or dice.randint(*_VILLAGE) for area_id in communities}
    rows = [
        {
            "area_id": area_id,
            "year": year,
            "residents": round(residents * (1 - _GROWTH * (today.year - year))),
            "is_built_up": area_id in told,
            "source": SOURCE if area_id in told else OUTSIDE,
            "recorded_at": min(morning(date(year, *_RECORDED)), clock.now() - timedelta(minutes=1)),
        }
        for year in range(begins_on.year, today.year + 1)
        for area_id, residents in living.items()
    ]
    connection.execute(insert(AreaPopulation), rows)
