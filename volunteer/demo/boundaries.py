"""Invented boundaries for the demonstration: districts and streets as plausible patches, like no real ones.

The tree is laid out in a square, each area as large as the number of communities in it, and the square is then bent:
one smooth bend for all, so that neighbours keep the border between them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil, floor, pi, sin

from sqlalchemy import func, select

from models.areas import Area
from models.base import db
from volunteer.areas.overview import city_lineage
from volunteer.areas.rules import AreaLevel
from volunteer.maps import geojson, operations

NAME = "演示用示意边界.geojson"
SOURCE = "演示用示意边界，为演示编造，不是真实边界"
WEST, SOUTH, WIDE, HIGH = 111.2, 31.3, 1.9, 1.3
_MESH = 96

Box = tuple[float, float, float, float]  # left, bottom, right, top
Weighed = Sequence[tuple[Area, int]]


def draw_boundaries(account_id: int) -> None:
    """Keep invented boundaries of the city's districts and streets."""
    content = json.dumps(_collection(), ensure_ascii=False).encode()
    told = geojson.read(content)
    names = {"name": NAME, "source": SOURCE, "code_key": "", "name_key": ""}
    lineages = [city_lineage()]
    file = operations.draft(told, content, **names, lineages=lineages, account_id=account_id)
    operations.save(file, lineages=lineages, account_id=account_id)


def _collection() -> dict[str, object]:
    features = [
        {
            "type": "Feature",
            "properties": {"code": area.code, "name": area.name, "note": SOURCE},
            "geometry": {"type": "Polygon", "coordinates": [_border(box)]},
        }
        for area, box in _boxes()
    ]
    return {"type": "FeatureCollection", "features": features}


def _boxes() -> Iterator[tuple[Area, Box]]:
    """Yield each district and street with its place in the square."""
    counts = _communities()
    for district, box in _split(_below(AreaLevel.DISTRICT, counts), (0.0, 0.0, 1.0, 1.0)):
        yield district, box
        streets = [one for one in _below(AreaLevel.STREET, counts) if one[0].parent_id == district.id]
        yield from _split(streets, box) if streets else ()


def _communities() -> dict[str, int]:
    """Return by area code how many communities lie at or below it."""
    counts: dict[str, int] = {}
    for lineage in db.session.scalars(select(Area.lineage).where(Area.level == AreaLevel.COMMUNITY)):
        for code in lineage.split("/"):
            counts[code] = counts.get(code, 0) + 1
    return counts


def _below(level: AreaLevel, counts: dict[str, int]) -> Weighed:
    areas = db.session.scalars(select(Area).where(Area.level == level).order_by(func.length(Area.code), Area.code))
    return [(area, counts.get(area.code, 1)) for area in areas]


def _split(areas: Weighed, box: Box) -> Iterator[tuple[Area, Box]]:
    """Yield the areas with a part of the box each, as large as they weigh, cut across its longer side over and over."""
    if len(areas) == 1:
        yield areas[0][0], box
        return
    total, first, so_far = sum(weight for _, weight in areas), 1, areas[0][1]
    while first < len(areas) - 1 and so_far + areas[first][1] / 2 < total / 2:
        so_far += areas[first][1]
        first += 1
    left, bottom, right, top = box
    share = min(max(so_far / total, 0.12), 0.88)
    if (right - left) * WIDE > (top - bottom) * HIGH:
        middle = left + (right - left) * share
        halves: tuple[Box, Box] = ((left, bottom, middle, top), (middle, bottom, right, top))
    else:
        middle = bottom + (top - bottom) * share
        halves = ((left, bottom, right, middle), (left, middle, right, top))
    yield from _split(areas[:first], halves[0])
    yield from _split(areas[first:], halves[1])


def _border(box: Box) -> list[list[float]]:
    left, bottom, right, top = box
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    points = [point for start, end in pairwise(corners) for point in _along(start, end)]
    bent = [_bent(x, y) for x, y in points]
    return [*bent, bent[0]]


def _along(start: tuple[float, float], end: tuple[float, float]) -> Iterable[tuple[float, float]]:
    """Yield a side from its start to before its end, with the points of one mesh that all share."""
    (ax, ay), (bx, _) = start, end
    yield start
    axis = 0 if ax != bx else 1
    low, high = sorted((start[axis], end[axis]))
    marks = [step / _MESH for step in range(floor(low * _MESH) + 1, ceil(high * _MESH))]
    for mark in marks if start[axis] < end[axis] else reversed(marks):
        yield (mark, ay) if axis == 0 else (ax, mark)


def _bent(x: float, y: float) -> list[float]:
    """Return longitude and latitude of a place in the square: corners rounded off, lines waved, nothing folded."""
    across, down = 2 * x - 1, 2 * y - 1
    u = across * (1 - 0.15 * down * down) + 0.04 * sin(3.1 * pi * y + 0.6) + 0.012 * sin(9 * pi * y + 5 * x)
    v = down * (1 - 0.13 * across * across) + 0.05 * sin(2.6 * pi * x + 1.1) + 0.012 * sin(8 * pi * x - 6 * y)
    u += 0.0035 * sin(31 * pi * y + 17 * x)
    v += 0.0035 * sin(29 * pi * x + 13 * y)
    return [round(WEST + WIDE * (u + 1) / 2, 6), round(SOUTH + HIGH * (v + 1) / 2, 6)]
