"""A map as accessible SVG: every area a link with its name and figure, told by pattern as well as by colour. Pure.

Longitudes are shortened by the cosine of the middle latitude (an equirectangular map): over a city nobody can tell it
from a conformal one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

from markupsafe import Markup

from volunteer.maps.geojson import SCALE
from volunteer.maps.rings import Point, area_of
from volunteer.maps.rules import Standing
from volunteer.maps.thinning import Polygon, Ring, Shape

_MARGIN = 8.0
_LETTER, _LINE = 15.0, 1.27
_SCANS = 9
_FEW = 12
"""So few that a phone shows their names, larger."""
_EMPTY = Markup()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One area on the map: its shape, how it stands, its figure in words, and where its link leads ("": nowhere).

    `label` is written on it in place of name and figure; "" is nothing.
    """

    name: str
    value: str
    verdict: str
    standing: Standing
    shape: Shape
    href: str = ""
    label: str | None = None

    @property
    def words(self) -> str:
        """Return what is said of it: 樊城区：62.40%，未达标."""
        return " ".join(part for part in (self.name, self.value, self.verdict) if part)


@dataclass(frozen=True, slots=True)
class Sheet:
    """How degrees become places on a sheet of `width` by `height`."""

    west: float
    north: float
    across: float
    down: float
    width: float
    height: float

    def place(self, point: Point) -> tuple[float, float]:
        """Return where a point lies on the sheet."""
        return (point[0] - self.west) * self.across + _MARGIN, (self.north - point[1]) * self.down + _MARGIN


Box = tuple[float, float, float, float]


def draw(
    areas: Sequence[Drawn],
    *,
    title: str,
    desc: str,
    key: str = "map",
    letter: float = _LETTER,
    width: float = 960,
    height: float = 640,
) -> Markup:
    """Return a map of areas that fits into `width` by `height`; empty where there is nothing to draw.

    `key` begins every id, so that two maps can stand on one page. Labels are `letter` units high.
    The table with the same figures belongs under it.
    """
    if not areas:
        return _EMPTY
    sheet = _sheet([point for area in areas for point in _points(area.shape)], width, height)
    placed = [
        (area, [[[sheet.place(point) for point in ring] for ring in polygon] for polygon in area.shape])
        for area in areas
    ]
    shapes = _EMPTY.join(_area(area, polygons, key) for area, polygons in placed)
    return Markup(
        '<svg class="map{}" viewBox="0 0 {} {}" role="group" aria-labelledby="{key}-title {key}-desc">'
        '<title id="{key}-title">{}</title><desc id="{key}-desc">{}</desc>{}{}'
        '<g class="map-labels" aria-hidden="true">{}</g></svg>'
    ).format(
        " map-few" if len(areas) <= _FEW else "",
        *(_number(sheet.width), _number(sheet.height), title, desc, _patterns(key), shapes, _labels(placed, letter)),
        key=key,
    )


def swatch(standing: Standing, key: str) -> Markup:
    """Return a little square in the colour and pattern of a standing, for the legend of the map called `key`."""
    return Markup(
        '<svg class="map-swatch" viewBox="0 0 28 18" aria-hidden="true">'
        '<rect class="map-edge" width="28" height="18" {}></rect></svg>'
    ).format(_fill(standing, key))


def _points(shape: Shape) -> Iterable[Point]:
    return (point for polygon in shape for ring in polygon for point in ring)


def _sheet(points: Sequence[Point], width: float, height: float) -> Sheet:
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    shrink = cos(radians((south + north) / 2 / SCALE))
    wide, high = max((east - west) * shrink, 1.0), max(float(north - south), 1.0)
    scale = min((width - 2 * _MARGIN) / wide, (height - 2 * _MARGIN) / high)
    return Sheet(west, north, scale * shrink, scale, wide * scale + 2 * _MARGIN, high * scale + 2 * _MARGIN)


Placed = list[list[list[tuple[float, float]]]]


def _area(area: Drawn, polygons: Placed, key: str) -> Markup:
    path = Markup('<title>{}</title><path class="map-edge" {} fill-rule="evenodd" d="{}"></path>').format(
        area.words, _fill(area.standing, key), _way(polygons)
    )
    if not area.href:
        return Markup('<g class="map-area">{}</g>').format(path)
    return Markup('<a class="map-area" href="{}" aria-label="{}">{}</a>').format(area.href, area.words, path)


def _fill(standing: Standing, key: str) -> Markup:
    return Markup('fill="url(#{}-{})"').format(key, standing.value)


def _way(polygons: Placed) -> str:
    """Return the rings as one path, each point relative to the last, in tenths of a unit."""
    steps: list[str] = []
    for ring in (ring for polygon in polygons for ring in polygon):
        tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
        way, last = [f"M{tenths[0][0] / 10:g} {tenths[0][1] / 10:g}"], tenths[0]
        for point in tenths[1:]:
            if point != last:
                way.append(f"l{(point[0] - last[0]) / 10:g} {(point[1] - last[1]) / 10:g}")
            last = point
        steps.append("".join(way) + "z")
    return "".join(steps)


# A colour by its class and lines upon it: dense where it is far, sparse where it is near, dots where nothing is known.
_HATCHES = {
    Standing.MET: "",
    Standing.NEAR: "M-2 12L12 -2M4 18L18 4",
    Standing.FAR: "M-2 6L6 -2M-2 14L14 -2M6 14L14 6M0 0L14 14",
    Standing.PLAIN: "",
    Standing.NONE: "M3 3h1M9 9h1",
}


def _patterns(key: str) -> Markup:
    return Markup("<defs>{}</defs>").format(
        _EMPTY.join(
            Markup(
                '<pattern id="{}-{}" width="12" height="12" patternUnits="userSpaceOnUse">'
                '<rect class="map-{}" width="12" height="12"></rect>{}</pattern>'
            ).format(
                key,
                standing.value,
                standing.value,
                Markup('<path class="map-hatch map-hatch-{}" d="{}"></path>').format(standing.value, hatch)
                if hatch
                else "",
            )
            for standing, hatch in _HATCHES.items()
        )
    )


# Labels


def _labels(placed: Sequence[tuple[Drawn, Placed]], letter: float) -> Markup:
    """Return the names and figures that fit, the largest areas first, none upon another."""
    taken: list[Box] = []
    found: list[Markup] = []
    for area, polygons in sorted(placed, key=lambda one: -_size(one[1])):
        x, y, room = _middle(max(polygons, key=lambda polygon: area_of(polygon[0])))  # type: ignore[arg-type]
        lines = [line for line in ((area.name, area.value) if area.label is None else (area.label,)) if line]
        if not lines:
            continue
        for shown in (lines, lines[:1]):
            wide, high = max(map(_breadth, shown)) * letter, len(shown) * letter * _LINE
            box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            if room >= wide * 0.75 and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append(_label(shown, x, box[1], letter))
                break
    return _EMPTY.join(found)


def _label(lines: Sequence[str], x: float, top: float, letter: float) -> Markup:
    return _EMPTY.join(
        Markup('<text class="map-{}" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            "name" if place == 0 else "value", _number(x), _number(top + letter * _LINE * (place + 0.78)), line
        )
        for place, line in enumerate(lines)
    )


def _breadth(text: str) -> float:
    """Return how wide a text is, in heights of its letters."""
    return sum(1 if ord(sign) > 0x2E7F else 0.58 for sign in text)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _size(polygons: Placed) -> float:
    return max(area_of(polygon[0]) for polygon in polygons)  # type: ignore[arg-type]


def _middle(polygon: Polygon) -> tuple[float, float, float]:
    """Return the middle of the widest stretch within a polygon along a few level lines, and how wide it is."""
    outer = polygon[0]
    top, bottom = min(y for _, y in outer), max(y for _, y in outer)
    best = (float(outer[0][0]), float(outer[0][1]), 0.0)
    for scan in range(1, _SCANS + 1):
        # A line off the middle counts for less: a name in the middle is found sooner.
        y = top + (bottom - top) * scan / (_SCANS + 1) + 1e-7
        weight = 1 - abs(scan / (_SCANS + 1) - 0.5) * 0.6
        crossings = sorted(x for ring in polygon for x in _crossings(ring, y))
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            if (right - left) * weight > best[2]:
                best = ((left + right) / 2, y, (right - left) * weight)
    return best


def _crossings(ring: Ring, y: float) -> Iterable[float]:
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ay > y) != (by > y):
            yield ax + (bx - ax) * (y - ay) / (by - ay)


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
