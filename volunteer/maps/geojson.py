"""Reading a FeatureCollection of areas (RFC 7946): shapes in whole ten-millionths of a degree, or what is wrong where.

Pure; runs in the process of `reading.py`, since a file comes from a stranger.
"""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any
from unicodedata import category

from volunteer.maps.rings import Point, fault_of
from volunteer.maps.thinning import Ring, thinned

SCALE = 10_000_000
WIDEST = 20 * SCALE
"""No city of ours is half as wide; a ring across the 180th meridian would go round the whole world (our decision)."""
MOST_FEATURES, MOST_POINTS = 5_000, 400_000
POINTS_A_FEATURE, FEWEST_KEPT, MOST_KEPT = 600, 4_000, 100_000
_MOST_PROPERTIES, _LONGEST = 40, 100
_WGS84 = ("crs84", "4326", "4490")  # CGCS2000 differs from WGS 84 by centimetres


class Fault(Exception):
    """What makes a file one that cannot be drawn: `kind`, the feature it is in, and where."""

    def __init__(self, kind: str, feature: str = "", place: Sequence[float] = (), typed: object = "") -> None:
        super().__init__(kind)
        self.told = {"fault": kind, "feature": _sound(feature), "place": list(place), "typed": _sound(str(typed))}


def read(content: bytes) -> dict[str, Any]:
    """Return the features of a file, each with its properties and its thinned shape; raise Fault or ValueError."""
    try:
        held = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Fault("unreadable") from None
    if (
        not isinstance(held, dict)
        or held.get("type") != "FeatureCollection"
        or not isinstance(held.get("features"), list)
    ):
        raise Fault("no_collection")
    _check_system(held.get("crs"))
    features = held["features"]
    if not features:
        raise Fault("no_features")
    if len(features) > MOST_FEATURES:
        raise Fault("many_features", typed=len(features))
    budget = [MOST_POINTS]
    read_ones = [_feature(one, number, budget) for number, one in enumerate(features, start=1)]
    most = min(MOST_KEPT, max(FEWEST_KEPT, POINTS_A_FEATURE * len(features)))
    shapes = thinned([shape for _, shape in read_ones], most)
    return {
        "features": [
            {"properties": properties, "shape": shape} for (properties, _), shape in zip(read_ones, shapes, strict=True)
        ],
        "points": MOST_POINTS - budget[0],
    }


def _no_number(name: str) -> float:
    raise ValueError(name)


def _check_system(system: object) -> None:
    """Refuse a file that says itself that its coordinates are no longitudes and latitudes."""
    if isinstance(system, dict):
        properties = system.get("properties")
        name = str(properties.get("name", "")).lower() if isinstance(properties, dict) else ""
        if name and not any(name.endswith(known) for known in _WGS84):
            raise Fault("other_system", typed=name)


Polygons = list[list[Ring]]


def _feature(one: object, number: int, budget: list[int]) -> tuple[dict[str, str | int], Polygons]:
    if not isinstance(one, dict):
        raise Fault("no_feature", f"{number}")
    given = one.get("properties")
    properties = _scalars(given if isinstance(given, dict) else {})
    if isinstance(one.get("id"), str | int) and "id" not in properties:
        properties["id"] = _sound(str(one["id"]))
    name = _name(properties, number)
    geometry = one.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise Fault("no_polygon", name, typed=kind or "")
    held = geometry.get("coordinates")
    polygons = [held] if kind == "Polygon" else held
    if not isinstance(polygons, list) or not polygons:
        raise Fault("no_coordinates", name)
    return properties, [_polygon(polygon, name, budget) for polygon in polygons]


def _scalars(properties: Mapping[str, object]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for key, held in list(properties.items())[:_MOST_PROPERTIES]:
        if isinstance(held, float) and isfinite(held) and held == int(held):
            held = int(held)
        if isinstance(held, str | int) and not isinstance(held, bool):
            found[_sound(key)] = _sound(str(held))
    return found


def _sound(text: str) -> str:
    """Return the beginning of a text without halves of characters and NULs, which no database and no page takes."""
    cut = text[:_LONGEST].replace("\0", "\ufffd")
    return "".join("\ufffd" if category(one) == "Cs" else one for one in cut)


def _name(properties: Mapping[str, str | int], number: int) -> str:
    for key, held in properties.items():
        if key.lower() in ("name", "名称", "fullname", "xzqmc", "mc"):
            return f"{held}"
    return f"{number}"


def _polygon(polygon: object, name: str, budget: list[int]) -> list[Ring]:
    if not isinstance(polygon, list) or not polygon:
        raise Fault("no_coordinates", name)
    return [_ring(ring, name, budget) for ring in polygon]


def _ring(ring: object, name: str, budget: list[int]) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4:
        raise Fault("short_ring", name)
    budget[0] -= len(ring)
    if budget[0] < 0:
        raise Fault("many_points", name)
    points = [_point(one, name) for one in ring]
    if points[0] != points[-1]:
        raise Fault("open_ring", name, _degrees(points[0]))
    open_ring = [point for place, point in enumerate(points[:-1]) if point != points[place - 1 if place else -2]]
    if len(open_ring) < 3:
        raise Fault("short_ring", name, _degrees(points[0]))
    if max(longitude for longitude, _ in open_ring) - min(longitude for longitude, _ in open_ring) > WIDEST:
        raise Fault("too_wide", name, typed=WIDEST // SCALE)
    place = fault_of(open_ring)
    if place is not None:
        raise Fault("crossing", name, _degrees(place))
    return open_ring


def _point(one: object, name: str) -> Point:
    if not isinstance(one, list) or len(one) < 2 or not all(_is_number(part) for part in one[:2]):
        raise Fault("no_number", name, typed=one)
    longitude, latitude = one[:2]
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise Fault("out_of_range", name, typed=f"{longitude}, {latitude}")
    return round(longitude * SCALE), round(latitude * SCALE)


def _is_number(part: object) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool) and (isinstance(part, int) or isfinite(part))


def _degrees(point: Point) -> tuple[float, float]:
    return round(point[0] / SCALE, 6), round(point[1] / SCALE, 6)
