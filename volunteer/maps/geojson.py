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


MOST_FAULTS = 10


class Fault(Exception):
    """What makes a file one that cannot be drawn: `kind`, and where in a feature."""

    def __init__(self, kind: str, place: Sequence[float] = (), typed: object = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.told = {"fault": kind, "place": list(place), "typed": _sound(str(typed))}


class FaultyFeatures(Exception):
    """The features that cannot be drawn, at most `MOST_FAULTS`: what is wrong and which they are in the file."""

    def __init__(self, faults: Sequence[Mapping[str, object]]) -> None:
        super().__init__()
        self.told = {"faults": list(faults)}


def read(content: bytes) -> dict[str, Any]:
    """Return the features of a file, each with its properties and its thinned shape.

    Raises Fault, FaultyFeatures or ValueError.
    """
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
    read_ones = _read_all(features, budget)
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


def _read_all(features: Sequence[object], budget: list[int]) -> list[tuple[dict[str, str | int], Polygons]]:
    found, faults = [], []
    for number, one in enumerate(features, start=1):
        try:
            found.append(_feature(one, budget))
        except Fault as fault:
            if fault.kind == "many_points":
                raise
            faults.append({**fault.told, "number": number, **_known_of(one)})
        if len(faults) == MOST_FAULTS:
            break
    if faults:
        raise FaultyFeatures(faults)
    return found


def _known_of(one: object) -> dict[str, str]:
    """Return by what people know a feature, so far as the file says it."""
    given = one.get("properties") if isinstance(one, dict) else None
    properties = _scalars(given if isinstance(given, dict) else {})
    return {"name": _held(properties, _NAMES), "code": _held(properties, _CODES)}


def _held(properties: Mapping[str, str | int], usual: Sequence[str]) -> str:
    return next((f"{held}" for key, held in properties.items() if key.lower() in usual), "")


_NAMES = ("name", "名称", "fullname", "xzqmc", "mc")
_CODES = ("code", "adcode", "区划代码", "代码", "xzqdm", "dm", "gb")


def _feature(one: object, budget: list[int]) -> tuple[dict[str, str | int], Polygons]:
    if not isinstance(one, dict):
        raise Fault("no_feature")
    given = one.get("properties")
    properties = _scalars(given if isinstance(given, dict) else {})
    if isinstance(one.get("id"), str | int) and "id" not in properties:
        properties["id"] = _sound(str(one["id"]))
    geometry = one.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise Fault("no_polygon", typed=kind or "")
    held = geometry.get("coordinates")
    polygons = [held] if kind == "Polygon" else held
    if not isinstance(polygons, list) or not polygons:
        raise Fault("no_coordinates")
    return properties, [_polygon(polygon, budget) for polygon in polygons]


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


def _polygon(polygon: object, budget: list[int]) -> list[Ring]:
    if not isinstance(polygon, list) or not polygon:
        raise Fault("no_coordinates")
    return [_ring(ring, budget) for ring in polygon]


def _ring(ring: object, budget: list[int]) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4:
        raise Fault("short_ring")
    budget[0] -= len(ring)
    if budget[0] < 0:
        raise Fault("many_points")
    points = [_point(one) for one in ring]
    if points[0] != points[-1]:
        raise Fault("open_ring", _degrees(points[0]))
    open_ring = [point for place, point in enumerate(points[:-1]) if point != points[place - 1 if place else -2]]
    if len(open_ring) < 3:
        raise Fault("short_ring", _degrees(points[0]))
    if max(longitude for longitude, _ in open_ring) - min(longitude for longitude, _ in open_ring) > WIDEST:
        raise Fault("too_wide", typed=WIDEST // SCALE)
    place = fault_of(open_ring)
    if place is not None:
        raise Fault("crossing", _degrees(place))
    return open_ring


def _point(one: object) -> Point:
    if not isinstance(one, list) or len(one) < 2 or not all(_is_number(part) for part in one[:2]):
        raise Fault("no_number", typed=one)
    longitude, latitude = one[:2]
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise Fault("out_of_range", typed=f"{longitude}, {latitude}")
    return round(longitude * SCALE), round(latitude * SCALE)


def _is_number(part: object) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool) and (isinstance(part, int) or isfinite(part))


def _degrees(point: Point) -> tuple[float, float]:
    return round(point[0] / SCALE, 6), round(point[1] / SCALE, 6)
