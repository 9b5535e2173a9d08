"""The marks in numbers: whose a number is, without two offices of one list sharing one."""

import pytest

from volunteer.areas.rules import AreaLevel
from volunteer.supervision.marks import LONGEST, mark_for

CITY, DISTRICT, STREET, COMMUNITY = AreaLevel.CITY, AreaLevel.DISTRICT, AreaLevel.STREET, AreaLevel.COMMUNITY


@pytest.mark.parametrize(
    ("level", "names", "mark"),
    [
        (CITY, ["襄阳市"], "襄阳文明督"),
        (DISTRICT, ["襄阳市", "襄城区"], "襄城文明督"),
        (DISTRICT, ["襄阳市", "襄州区"], "襄州文明督"),
        (DISTRICT, ["襄阳市", "老河口市"], "老河口文明督"),
        (DISTRICT, ["襄阳市", "谷城县"], "谷城文明督"),
        (DISTRICT, ["抚顺市", "抚顺县"], "抚顺县文明督"),
        (DISTRICT, ["宜昌市", "长阳土家族自治县"], "长阳土家族自治县文明督"),
        (DISTRICT, ["晋城市", "城区"], "城区文明督"),
        (STREET, ["襄阳市", "谷城县", "城关镇"], "谷城城关镇督"),
        (STREET, ["襄阳市", "南漳县", "城关镇"], "南漳城关镇督"),
        (COMMUNITY, ["襄阳市", "樊城区", "汉江街道", "高庄社区"], "樊城汉江街道高庄社区督"),
    ],
)
def test_a_mark_begins_with_the_offices_area(level: AreaLevel, names: list[str], mark: str) -> None:
    assert mark_for(level, names, "市文明办", "督") == mark


@pytest.mark.parametrize(
    ("office_name", "mark"),
    [
        ("襄阳市文明办公室", "襄阳文明通报"),
        ("市社工部", "襄阳通报"),
        ("市精神文明建设指导委员会办公室", "襄阳通报"),
        ("", "襄阳通报"),
    ],
)
def test_what_an_office_is_for_stands_in_it_where_its_name_says_it_shortly(office_name: str, mark: str) -> None:
    assert mark_for(CITY, ["襄阳市"], office_name, "通报") == mark


def test_a_mark_fits_its_column() -> None:
    mark = mark_for(COMMUNITY, ["襄阳市", "樊" * 50, "汉" * 50, "高" * 50], "市文明办", "督")
    assert len(mark) == LONGEST
    assert mark.endswith("督")
