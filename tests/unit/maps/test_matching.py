"""Shapes find their areas by code or by name; what is in doubt is listed and not drawn."""

import re
from fractions import Fraction

import pytest

from volunteer.maps.documents import Drawn, draw
from volunteer.maps.rules import Named, Standing, match, standing
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, measure

AREAS = [
    Named("420602", "襄城区", "襄城区"),
    Named("420606", "樊城区", "樊城区"),
    Named("420606001", "城关镇", "樊城区城关镇"),
    Named("420602001", "城关镇", "襄城区城关镇"),
]


@pytest.mark.parametrize(
    "properties, code",
    [
        ({"code": "420602"}, "420602"),
        ({"adcode": "420602"}, "420602"),
        ({"ADCODE": "420602000000"}, "420602"),
        ({"code": "420606001000"}, "420606001"),
        ({"code": "420606001001"}, None),
        ({"code": "x", "name": "樊城区"}, "420606"),
        ({"name": "襄城区 城关镇"}, "420602001"),
        ({"name": "城关镇"}, None),
        ({"name": "别处"}, None),
        ({}, None),
    ],
)
def test_a_shape_is_matched_by_code_or_by_a_name_that_one_area_bears(properties: dict[str, str], code: str | None):
    found = match([properties], AREAS)
    assert list(found.by_code) == ([code] if code else [])
    assert len(found.unmatched) == (0 if code else 1)


def test_other_properties_are_taken_where_they_are_named():
    assert match([{"BM": "420602"}], AREAS).by_code == {}
    assert match([{"BM": "420602"}], AREAS, code_key="BM").by_code == {"420602": 0}
    assert match([{"MINGCHENG": "樊城区"}], AREAS, name_key="MINGCHENG").by_code == {"420606": 0}


def test_two_shapes_of_one_area_are_both_left_out():
    found = match([{"code": "420602", "name": "甲"}, {"name": "襄城区"}, {"code": "420606"}], AREAS)
    assert found.by_code == {"420606": 2}
    assert found.doubled == {"420602": ["甲", "襄城区"]}


@pytest.mark.parametrize(
    "registered, found",
    [(0, Standing.FAR), (79, Standing.FAR), (80, Standing.NEAR), (99, Standing.NEAR), (100, Standing.MET)],
)
def test_an_area_stands_by_its_value_against_the_threshold(registered: int, found: Standing):
    figures = Figures(population=1_000, registered=registered)
    assert standing(measure(INDICATORS[IndicatorCode.REGISTERED_SHARE], figures, Fraction(1, 10))) is found


def test_without_data_or_without_a_threshold_there_is_no_verdict():
    indicator = INDICATORS[IndicatorCode.REGISTERED_SHARE]
    assert standing(measure(indicator, Figures(), Fraction(1, 10))) is Standing.NONE
    assert standing(measure(indicator, Figures(population=10, registered=1), None)) is Standing.PLAIN


def square(left: int, size: int) -> list[list[list[tuple[int, int]]]]:
    return [[[(left, 0), (left + size, 0), (left + size, size), (left, size)]]]


def test_every_area_is_a_link_with_its_name_and_figure_and_a_pattern():
    met = Drawn("<襄城区>", "12%", "达标", Standing.MET, square(0, 1_000_000), "/metrics/areas/420602?a=1&b=2")
    none = Drawn("樊城区", "暂无数据", "", Standing.NONE, square(1_000_000, 1_000_000))
    svg = str(draw([met, none], title="图", desc="两个", key="m"))
    assert 'href="/metrics/areas/420602?a=1&amp;b=2" aria-label="&lt;襄城区&gt; 12% 达标"' in svg
    assert "<title>樊城区 暂无数据</title>" in svg
    assert 'fill="url(#m-met)"' in svg
    assert 'fill="url(#m-none)"' in svg
    assert "style=" not in svg
    assert len(re.findall('<pattern id="m-', svg)) == len(Standing)


def test_names_that_would_lie_upon_each_other_give_way_to_the_larger_area():
    small = [Drawn(f"很长很长的名字{number}", "", "", Standing.PLAIN, square(number * 10, 10)) for number in range(3)]
    large = Drawn("大区", "", "", Standing.PLAIN, square(30, 400))
    svg = str(draw([*small, large], title="图", desc=""))
    labels = svg[svg.index('<g class="map-labels"') :]
    assert "大区" in labels
    assert "很长" not in labels


def test_nothing_is_drawn_of_nothing():
    assert draw([], title="图", desc="") == ""
