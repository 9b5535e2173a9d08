from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from volunteer.api.answers import AreaAnswer, as_json, exact
from volunteer.api.documents import openapi
from volunteer.api.doors import DOORS, PREFIX
from volunteer.areas.rules import AreaLevel
from volunteer.metrics.rules import INDICATORS, Unit

DOCUMENT = openapi("https://example.org")
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_every_door_is_described_with_each_of_its_parameters():
    assert set(DOCUMENT["paths"]) == {PREFIX + door.path for door in DOORS}
    for door in DOORS:
        told = DOCUMENT["paths"][PREFIX + door.path]["get"]["parameters"]
        assert [one["name"] for one in told] == [one.name for one in door.parameters]
        assert all(one["required"] is (f"{{{one['name']}}}" in door.path) for one in told)


def test_the_indicators_are_those_that_are_declared():
    assert SCHEMAS["IndicatorAnswer"]["properties"]["code"]["enum"] == [code.value for code in INDICATORS]


def test_every_part_of_every_answer_is_required_and_said():
    for name, schema in SCHEMAS.items():
        assert schema["required"] == list(schema["properties"]), name
        assert schema["description"], name
        assert schema["additionalProperties"] is False


def test_every_reference_leads_somewhere():
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            for one in part.values():
                yield from references(one)
        elif isinstance(part, list):
            for one in part:
                yield from references(one)

    for reference in references(DOCUMENT):
        target = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_the_whole_interface_asks_for_a_bearer_token():
    assert DOCUMENT["security"] == [{"token": []}]
    assert DOCUMENT["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert not any("security" in path["get"] for path in DOCUMENT["paths"].values())


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        (Unit.PERCENT, Fraction(89_999, 900_000), ("89999/900000", "0.0999988888", "9.99%")),
        (Unit.PERCENT, Fraction(90_000, 900_000), ("1/10", "0.1000000000", "10.00%")),
        (Unit.HOURS, Fraction(25), ("25/1", "25.0000000000", "25.00")),
        (Unit.PERCENT, Fraction(0), ("0/1", "0.0000000000", "0.00%")),
    ],
)
def test_a_value_is_told_exactly_and_never_rounded_up(unit: Unit, value: Fraction, expected: tuple[str, ...]):
    told = exact(unit, value)
    assert (told.fraction, told.decimal, told.shown) == expected


def test_an_answer_becomes_json():
    told = as_json((AreaAnswer("420600", "襄阳市", AreaLevel.CITY, None), date(2026, 2, 28)))
    assert told == [{"code": "420600", "name": "襄阳市", "level": "city", "parent": None}, "2026-02-28"]
    assert as_json(datetime(2026, 2, 28, 1, 2, tzinfo=UTC)) == "2026-02-28T01:02:00+00:00"
