"""A file of boundaries is read, or it is said what is wrong in which feature and where."""

import json
from typing import Any

import pytest

from volunteer.maps.geojson import MOST_FEATURES, Fault, FaultyFeatures, read

SQUARE = [[112, 32], [112.1, 32], [112.1, 32.1], [112, 32.1], [112, 32]]

KNOT = [[112, 32], [112.2, 32.2], [112.2, 32], [112, 32.2], [112, 32]]


def collection(*geometries: Any, **more: Any) -> bytes:
    features = [
        {"type": "Feature", "properties": {"code": 420602, "name": "襄城区"}, "geometry": geometry}
        for geometry in geometries
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_polygons_are_read_as_whole_numbers_without_the_closing_point():
    (feature,) = read(b"\xef\xbb\xbf" + collection(polygon(SQUARE)))["features"]
    assert feature["properties"] == {"code": "420602", "name": "襄城区"}
    assert feature["shape"][0][0][:2] == [(1_120_000_000, 320_000_000), (1_121_000_000, 320_000_000)]
    assert len(feature["shape"][0][0]) == 4


def test_many_polygons_and_holes_are_kept_apart():
    hole = [[112.02, 32.02], [112.02, 32.05], [112.05, 32.05], [112.02, 32.02]]
    shape = {
        "type": "MultiPolygon",
        "coordinates": [[SQUARE, hole], [[[113, 32], [113.1, 32], [113, 32.1], [113, 32]]]],
    }
    (feature,) = read(collection(shape))["features"]
    assert [len(rings) for rings in feature["shape"]] == [2, 1]


@pytest.mark.parametrize(
    "content, kind",
    [
        (b"", "unreadable"),
        (b"\xff\xfe{", "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (b'{"type":"FeatureCollection","features":[{"id":' + b"9" * 5_000 + b"}]}", "unreadable"),
        (b'{"type":"FeatureCollection","features":[NaN]}', "unreadable"),
        (b"[]", "no_collection"),
        (b'{"type":"Feature"}', "no_collection"),
        (b'{"type":"FeatureCollection","features":[]}', "no_features"),
        (json.dumps({"type": "FeatureCollection", "features": [0] * (MOST_FEATURES + 1)}).encode(), "many_features"),
        (b'{"type":"FeatureCollection","features":[7]}', "no_feature"),
        (collection({"type": "Point", "coordinates": [112, 32]}), "no_polygon"),
        (collection(None), "no_polygon"),
        (collection(polygon()), "no_coordinates"),
        (collection(polygon([[112, 32], [113, 32], [112, 32]])), "short_ring"),
        (collection(polygon([[112, 32], [112, 32], [112, 32], [112, 32]])), "short_ring"),
        (collection(polygon(SQUARE[:-1])), "open_ring"),
        (collection(polygon([[500_000, 3_500_000], *SQUARE])), "out_of_range"),
        (collection(polygon([["112", 32], *SQUARE])), "no_number"),
        (collection(polygon([[112], *SQUARE])), "no_number"),
        (collection(polygon([[112, True], *SQUARE])), "no_number"),
        (collection(polygon(SQUARE)).replace(b"112.1", b"1e999"), "no_number"),
        (collection(polygon(SQUARE), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4527"}}), "other_system"),
    ],
)
def test_what_cannot_be_drawn_is_told(content: bytes, kind: str):
    with pytest.raises((Fault, FaultyFeatures)) as told:
        read(content)
    (fault,) = told.value.told.get("faults", [told.value.told])
    assert fault["fault"] == kind


def test_a_border_that_crosses_itself_is_told_with_its_name_and_place():
    with pytest.raises(FaultyFeatures) as told:
        read(collection(polygon(SQUARE), polygon(KNOT)))
    called = {"number": 2, "name": "襄城区", "code": "420602"}
    assert told.value.told["faults"] == [{"fault": "crossing", "place": [112.1, 32.1], "typed": "", **called}]


def test_the_first_ten_that_cannot_be_drawn_are_told_at_once():
    with pytest.raises(FaultyFeatures) as told:
        read(collection(polygon(SQUARE), *[polygon(KNOT)] * 12))
    assert [fault["number"] for fault in told.value.told["faults"]] == list(range(2, 12))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"])
def test_longitudes_and_latitudes_by_any_of_their_names_are_taken(name: str):
    assert read(collection(polygon(SQUARE), crs={"type": "name", "properties": {"name": name}}))["features"]
