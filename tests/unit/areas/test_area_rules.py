"""Area trees and populations read from tables."""

import csv
import io
from collections import Counter
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.areas import rules
from volunteer.areas.population_rules import POPULATION_COLUMNS, PopulationRow, read_population_rows
from volunteer.areas.rules import AREA_COLUMNS, AreaLevel, AreaRow, lineage, read_area_rows
from volunteer.areas.tables import RowErrors

TODAY = date(2026, 11, 22)
SHIPPED = Path(rules.__file__).with_name("areas-420600.csv")
GOOD = """\
420600,襄阳市,city,
420602,襄城区,district,420600
420602001,真武山街道,street,420602
420602001001,庞公社区居委会,community,420602001
"""


def areas(text: str) -> list[dict[str, object]]:
    return list(csv.DictReader(io.StringIO("code,name,level,parent_code\n" + text)))


def populations(text: str) -> list[dict[str, object]]:
    return list(csv.DictReader(io.StringIO("code,year,residents,source\n" + text)))


def faults_of(text: str) -> list[str]:
    with pytest.raises(RowErrors) as caught:
        read_area_rows(areas(text))
    return [str(error) for error in caught.value.errors]


def population_faults_of(text: str, known: set[str] | None = None) -> list[str]:
    with pytest.raises(RowErrors) as caught:
        read_population_rows(populations(text), TODAY, known)
    return [str(error) for error in caught.value.errors]


def test_a_tree_is_read_parents_first_whatever_the_order_of_its_rows():
    rows = areas(GOOD)
    assert read_area_rows(rows) == read_area_rows(reversed(rows))
    assert read_area_rows(rows)[0] == AreaRow("420600", "襄阳市", AreaLevel.CITY, None)
    assert [row.code for row in read_area_rows(rows)] == ["420600", "420602", "420602001", "420602001001"]


def test_the_lineage_leads_from_the_city_down():
    assert [lineage(row) for row in read_area_rows(areas(GOOD))] == [
        "420600",
        "420600/420602",
        "420600/420602/420602001",
        "420600/420602/420602001/420602001001",
    ]


def test_the_tree_of_the_city_that_ships_is_read_whole():
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = read_area_rows(csv.DictReader(file))
    assert Counter(row.level for row in rows) == {
        AreaLevel.CITY: 1,
        AreaLevel.DISTRICT: 9,
        AreaLevel.STREET: 130,
        AreaLevel.COMMUNITY: 2817,
    }
    by_code = {row.code: row for row in rows}
    assert by_code["420684103229"].name == "高𡐓村委会"
    assert all(
        row.parent_code is None or lineage(row) == f"{lineage(by_code[row.parent_code])}/{row.code}" for row in rows
    )


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("420602,", "４２０６０２,"),
        GOOD.replace("district", "区县").replace("community", "社区").replace("street", "街道").replace("city", "市"),
        GOOD.replace("\n420602,襄城区,district,420600", "\n420602000000,襄城区,district,420600000000"),
        GOOD.replace("420602001,", "420602001000,"),
        GOOD.replace("襄城区", "  襄城区 "),
        GOOD + ",,,\n",
    ],
)
def test_other_ways_of_writing_the_same_tree_are_taken(text):
    assert read_area_rows(areas(text)) == read_area_rows(areas(GOOD))


def test_codes_that_a_spreadsheet_made_numbers_are_taken():
    rows = areas(GOOD)
    for row in rows:
        row["code"] = float(str(row["code"]))
    assert read_area_rows(rows) == read_area_rows(areas(GOOD))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["第 1 行：文件里没有数据"]),
        (GOOD + "420602,又一个,district,420600\n", ["第 6 行，代码：和第 3 行重复"]),
        (
            GOOD.replace("001,420602\n", "001,420699\n").replace("street,420602", "street,420699"),
            ["第 4 行，上级代码：找不到上级“420699”"],
        ),
        (GOOD.replace("street,420602", "street,"), ["第 4 行，上级代码：没有填上级代码"]),
        (GOOD.replace("city,", "city,420000"), ["第 2 行，上级代码：市没有上级，请把上级代码留空"]),
        (GOOD.replace("street,420602", "street,420600"), ["第 4 行，上级代码：街道乡镇的上级应是区县，“420600”是市"]),
        (GOOD + "420606001,王寨街道,street,420602\n", ["第 6 行，代码：代码要以 420602 开头，才归“420602”管"]),
        (GOOD + "420702,别的市的区,district,420600\n", ["第 6 行，代码：代码要以 4206 开头，才归“420600”管"]),
        (GOOD + "420602002,,street,420602\n", ["第 6 行，名称：没有填名称"]),
        (GOOD + f"420602002,{'长' * 51},street,420602\n", ["第 6 行，名称：名称最多 50 个字，现在是 51 个"]),
        (
            GOOD + "420602002,高\ue171村,street,420602\n",
            ["第 6 行，名称：名称里有显示不出来的字（U+E171），请换成正式的字"],
        ),
        (GOOD + "420602002,大青?村,street,420602\n", ["第 6 行，名称：名称里不能有 ?"]),
        (GOOD + "420602002,<b>,street,420602\n", ["第 6 行，名称：名称里不能有 <"]),
        (GOOD + "420602002,甲,省,420602\n", ["第 6 行，级别：级别只有市、区县、街道乡镇、社区（村），没有“省”"]),
        (GOOD + "420602002,甲,,420602\n", ["第 6 行，级别：没有填级别"]),
        (GOOD + ",甲,street,420602\n", ["第 6 行，代码：没有填代码"]),
        (GOOD + "42060200,甲,street,420602\n", ["第 6 行，代码：街道乡镇的代码是 9 位数字，不是“42060200”"]),
        (
            GOOD + "4.20602E+11,甲,community,420602001\n",
            ["第 6 行，代码：代码被表格软件改成了 4.20602E+11，请把这一列设成文本再填"],
        ),
        (GOOD + "420700,另一个市,city,\n", ["第 6 行，级别：一个文件里只能有一个市，第 2 行已经有了"]),
        (GOOD.replace("420600", "420601"), ["第 2 行，代码：市的代码以 00 结尾，不是“420601”"]),
        (GOOD + "420602002,甲,street,420602,多的\n", ["第 6 行：这一行比表头多出几格，可能多了逗号或少了引号"]),
        (GOOD + "420602002\n", ["第 6 行，名称：没有填名称", "第 6 行，级别：没有填级别"]),
    ],
)
def test_each_fault_is_told_with_its_row(text, faults):
    assert faults_of(text) == faults


def test_areas_that_are_each_others_parents_are_found():
    circle = GOOD + "420606,樊城区,district,420607\n420607,襄州区,district,420606\n"
    assert faults_of(circle) == [
        "第 6 行，上级代码：上级绕成了圈，最后又回到自己",
        "第 7 行，上级代码：上级绕成了圈，最后又回到自己",
    ]
    assert faults_of(GOOD + "420606,樊城区,district,420606\n") == ["第 6 行，上级代码：上级绕成了圈，最后又回到自己"]


def test_all_faults_of_a_file_are_told_at_once_and_nothing_is_taken():
    with pytest.raises(RowErrors) as caught:
        read_area_rows(areas(GOOD + "1,,x,\n42060200,甲,street,420602\n420602,乙,district,420600\n"))
    assert [(error.row_number, error.column) for error in caught.value.errors] == [
        (6, "name"),
        (6, "level"),
        (7, "code"),
        (8, "code"),
    ]
    assert str(caught.value) == "文件里有 4 处要改，一行也没有导入"
    assert caught.value.field == "file"


def test_a_file_without_a_column_says_which():
    with pytest.raises(RowErrors) as caught:
        read_area_rows([{"code": "420600", "name": "襄阳市"}])
    assert [str(error) for error in caught.value.errors] == ["第 1 行：表头里缺少这些列：级别、上级代码"]


def test_a_table_may_add_under_areas_that_exist():
    street = areas("420602002,古隆中街道,street,420602\n")
    assert read_area_rows(street, {"420602": AreaLevel.DISTRICT})[0].code == "420602002"
    with pytest.raises(RowErrors):
        read_area_rows(street)


CELLS = st.one_of(
    st.none(), st.text(max_size=15), st.floats(), st.integers(), st.sampled_from(["420600", "city", "街道"])
)
TABLES = st.lists(st.fixed_dictionaries(dict.fromkeys({*AREA_COLUMNS, *POPULATION_COLUMNS}, CELLS)), max_size=6)


@given(TABLES)
def test_any_table_at_all_is_either_read_or_told_its_faults(rows):
    for read in (lambda: read_area_rows(rows), lambda: read_population_rows(rows, TODAY)):
        with suppress(RowErrors):
            assert len(read()) <= len(rows)


@given(TABLES)
def test_a_refused_table_names_at_least_one_fault_in_a_row_that_exists(rows):
    try:
        read_area_rows(rows)
    except RowErrors as refused:
        numbers = [fault.row_number for fault in refused.errors]
        told = [str(fault) for fault in refused.errors]
    else:
        return
    assert numbers == sorted(numbers)
    assert set(numbers) <= set(range(1, len(rows) + 2))
    assert all("行" in words for words in told)


def test_populations_are_read_by_community_and_year():
    text = '420602001002,2025,"12,345",台账\n420602001001,２０２５年,３４５６,户籍 加 流动人口\n'
    text += "420602001001,2024,0,台账\n"
    assert read_population_rows(populations(text), TODAY) == [
        PopulationRow("420602001001", 2024, 0, "台账", None),
        PopulationRow("420602001001", 2025, 3456, "户籍 加 流动人口", None),
        PopulationRow("420602001002", 2025, 12345, "台账", None),
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("420602001001,2025,,台账", "常住人口：没有填人数；不知道人数的社区不要放进文件"),
        ("420602001001,2025,-5,台账", "常住人口：人数不能是负数"),
        ("420602001001,2025,１２３人,台账", "常住人口：人数要填整数，比如 12345，不是“１２３人”"),
        ("420602001001,2025,1.5,台账", "常住人口：人数要填整数，比如 12345，不是“1.5”"),
        ('420602001001,2025,"1,23",台账', "常住人口：人数要填整数，比如 12345，不是“1,23”"),
        ("420602001001,2025,1000001,台账", "常住人口：一个社区（村）最多 1,000,000 人，请再核对一遍"),
        (f"420602001001,2025,{'9' * 5000},台账", "常住人口：一个社区（村）最多 1,000,000 人，请再核对一遍"),
        ("420602001001,,5,台账", "年份：没有填年份"),
        ("420602001001,1989,5,台账", "年份：年份要在 1990 到 2027 之间，不是“1989”"),
        ("420602001001,2028,5,台账", "年份：年份要在 1990 到 2027 之间，不是“2028”"),
        ("420602001001,去年,5,台账", "年份：年份要在 1990 到 2027 之间，不是“去年”"),
        ("420602001001,2025,5,", "来源：没有填来源，比如“2025 年社区统计台账”"),
        (f"420602001001,2025,5,{'长' * 301}", "来源：来源最多 300 个字，现在是 301 个"),
        ("420602001,2025,5,台账", "代码：社区（村）的代码是 12 位数字，不是“420602001”"),
        ("420602001999,2025,5,台账", "代码：没有代码是 420602001999 的社区（村）"),
    ],
)
def test_a_wrong_population_is_told_with_its_row(row, fault):
    assert population_faults_of(row + "\n", {"420602001001"}) == [f"第 2 行，{fault}"]


def test_a_community_and_year_stand_in_a_file_once():
    text = "420602001001,2025,5,台账\n420602001001,2024,5,台账\n420602001001,2025,6,台账\n"
    assert population_faults_of(text) == ["第 4 行，代码：和第 2 行重复"]


def test_every_level_has_a_label_and_knows_the_one_above():
    assert [level.label for level in AreaLevel] == ["市", "区县", "街道乡镇", "社区（村）"]
    assert [level.above for level in AreaLevel] == [None, AreaLevel.CITY, AreaLevel.DISTRICT, AreaLevel.STREET]
