"""An area tree and its populations stored: the whole file or nothing."""

import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.areas import Area, AreaPopulation
from models.audit import AuditEvent
from models.base import db
from tests.cast import Cast
from volunteer.areas import operations, overview, plans
from volunteer.areas.population_operations import import_populations, plan_population, set_populations
from volunteer.areas.rules import AreaLevel
from volunteer.areas.tables import RowErrors
from volunteer.kernel.errors import Conflict, Invalid

HEADING = "代码,名称,级别,上级代码\n"
POPULATION_HEADING = "代码,年份,常住人口,来源\n"


def load_areas(text: str, lineages: tuple[str, ...] | None = None) -> plans.AreaPlan:
    return operations.import_areas(plans.read_area_file((HEADING + text).encode(), lineages), account_id=None)


def load_populations(text: str, lineages: tuple[str, ...] | None = None) -> plans.PopulationPlan:
    plan = plans.read_population_file((POPULATION_HEADING + text).encode(), lineages)
    return import_populations(plan, account_id=None)


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_shipped_tree_is_stored_whole_and_quickly(context: Flask):
    began = time.perf_counter()
    operations.import_shipped_tree()
    db.session.commit()
    assert time.perf_counter() - began < 2
    levels = dict(db.session.execute(select(Area.level, func.count()).group_by(Area.level)).all())
    assert levels == {AreaLevel.CITY: 1, AreaLevel.DISTRICT: 9, AreaLevel.STREET: 130, AreaLevel.COMMUNITY: 2817}
    child = db.session.scalars(select(Area).where(Area.code == "420684103229")).one()
    assert child.lineage == "420600/420684/420684103/420684103229"
    assert child.name.startswith("高𡐓")
    assert child.parent is not None
    assert child.parent.code == "420684103"


def test_the_shipped_tree_twice_changes_nothing(context: Flask):
    operations.import_shipped_tree()
    again = operations.import_shipped_tree()
    assert (again.touched, again.unchanged_count) == ((), 2957)
    assert count(AuditEvent) == 1


def test_a_file_renames_and_adds_and_leaves_the_rest(context: Flask, cast: Cast):
    cast.city()
    load_areas("420602001,真武山新街道,街道,420602\n420602001003,庞公社区,社区,420602001\n")
    assert count(Area) == 11
    names = dict(db.session.execute(select(Area.code, Area.name)).all())
    assert names["420602001"] == "真武山新街道"
    assert names["420602001001"] == "周公庙社区"
    added = db.session.scalars(select(Area).where(Area.code == "420602001003")).one()
    assert added.lineage == "420600/420602/420602001/420602001003"
    trail = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.lineage) for event in trail] == [
        ("areas.rename", "420600/420602/420602001"),
        ("areas.import", "420600/420602/420602001"),
    ]
    assert trail[0].details == {"before": "真武山街道", "after": "真武山新街道"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("420602003,庞公街道,街道,420602\n420602003,庞公街道,街道,420602\n", "第 3 行，代码：和第 2 行重复"),
        ("420602009001,孤儿社区,社区,420602009\n", "第 2 行，上级代码：找不到上级“420602009”"),
        ("420602003,庞公街道,社区,420602\n", "第 2 行，代码：社区（村）的代码是 12 位数字，不是“420602003”"),
        ("420602003,,街道,420602\n", "第 2 行，名称：没有填名称"),
        ("420606003,庞公街道,街道,420602\n", "第 2 行，代码：代码要以 420602 开头，才归“420602”管"),
    ],
)
def test_one_bad_row_keeps_the_whole_file_out(context: Flask, cast: Cast, text: str, words: str):
    cast.city()
    with pytest.raises(RowErrors) as caught:
        load_areas(text + "420602008,好好街道,街道,420602\n")
    assert words in [str(error) for error in caught.value.errors]
    assert count(Area) == 10


def test_full_width_digits_and_padded_codes_are_understood(context: Flask, cast: Cast):
    cast.city()
    load_areas("４２０６０２００３０００,庞公街道,街道,420602000000\n")
    assert db.session.scalar(select(Area.name).where(Area.code == "420602003")) == "庞公街道"


def test_a_file_without_its_heading_says_which_columns_are_missing(context: Flask):
    with pytest.raises(RowErrors) as caught:
        plans.read_area_file("420600,襄阳市,市,\n420602,襄城区,区县,420600\n".encode())
    assert [str(error) for error in caught.value.errors] == ["第 1 行：表头里缺少这些列：代码、名称、级别、上级代码"]


def test_a_district_cannot_touch_another_district(context: Flask, cast: Cast):
    cast.city()
    own = ("420600/420602",)
    assert load_areas("420602003,庞公街道,街道,420602\n", own).added
    with pytest.raises(Invalid) as caught:
        load_areas("420606001,改了名的街道,街道,420606\n", own)
    assert str(caught.value) == "文件里有 1 个区划不归您管，比如“改了名的街道”（420606001）"


def test_a_population_is_stored_and_replaced_and_its_former_value_is_kept_in_the_trail(context: Flask, cast: Cast):
    cast.city()
    load_populations("420602001001,2025,3000,统计台账\n420602001002,2025,0,整村拆迁\n")
    plan = load_populations("420602001001,2025,3200,普查\n420602001002,2025,0,整村拆迁\n")
    assert (len(plan.changes), plan.unchanged_count) == (1, 1)
    assert (plan.totals[0].residents_before, plan.totals[0].residents_after) == (3000, 3200)
    kept = db.session.scalars(select(AreaPopulation).order_by(AreaPopulation.area_id)).all()
    assert [(row.residents, row.source) for row in kept] == [(3200, "普查"), (0, "整村拆迁")]
    trail = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    imported, last = "areas.import_population", trail[1]
    assert [event.action for event in trail] == [imported, "areas.set_population", imported]
    assert trail[2].details == {"year": 2025, "before": 3000, "after": 3200, "added": 0}
    assert (last.subject_id, last.lineage) == ("420602001001", "420600/420602/420602001/420602001001")
    assert last.details == {"year": 2025, "before": 3000, "after": 3200, "source": "普查", "source_before": "统计台账"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("420602001001,2025,-3,台账\n", "第 2 行，常住人口：人数不能是负数"),
        ("420602001001,2025,,台账\n", "第 2 行，常住人口：没有填人数；不知道人数的社区不要放进文件"),
        ("420602001001,2025,3000,台账\n420602001001,2025,6000,台账\n", "第 3 行，代码：和第 2 行重复"),
        ("420602001001,1025,3000,台账\n", None),
        ("420602001,2025,3000,台账\n", "第 2 行，代码：社区（村）的代码是 12 位数字，不是“420602001”"),
        ("420602001009,2025,3000,台账\n", "第 2 行，代码：没有代码是 420602001009 的社区（村）"),
    ],
)
def test_a_bad_figure_keeps_the_whole_file_out(context: Flask, cast: Cast, text: str, words: str | None):
    cast.city()
    with pytest.raises(RowErrors) as caught:
        load_populations(text + "420602001002,2025,800,台账\n")
    assert words is None or words in [str(error) for error in caught.value.errors]
    assert count(AreaPopulation) == 0


def test_a_community_elsewhere_is_unknown_to_a_district(context: Flask, cast: Cast):
    cast.city()
    with pytest.raises(RowErrors) as caught:
        load_populations("420606001001,2025,3000,台账\n", ("420600/420602",))
    assert [str(error) for error in caught.value.errors] == ["第 2 行，代码：没有代码是 420606001001 的社区（村）"]


def test_the_same_file_stored_by_two_at_once_is_a_conflict_and_no_fault(context: Flask, cast: Cast):
    cast.city()
    areas = plans.read_area_file((HEADING + "420602003,庞公街道,街道,420602\n").encode())
    operations.import_areas(areas, account_id=None)
    with pytest.raises(Conflict, match="有人刚刚改过"):
        operations.import_areas(areas, account_id=None)
    db.session.rollback()
    figures = plans.read_population_file((POPULATION_HEADING + "420602001001,2025,3000,台账\n").encode())
    import_populations(figures, account_id=None)
    with pytest.raises(Conflict, match="有人刚刚改过"):
        import_populations(figures, account_id=None)


def test_a_single_figure_lands_its_fault_on_its_field(context: Flask, cast: Cast):
    area = cast.area()
    for typed, field in (
        ({"year": 2025, "residents": "三千", "source": "台账"}, "residents"),
        ({"year": 2025, "residents": "3000", "source": ""}, "source"),
        ({"year": 1, "residents": "3000", "source": "台账"}, "year"),
    ):
        with pytest.raises(Invalid) as caught:
            plan_population(area, **typed)  # type: ignore[arg-type]
        assert caught.value.field == field
    set_populations(plan_population(area, year=2025, residents="３，０００", source="台账"), account_id=None)
    assert db.session.scalars(select(AreaPopulation.residents)).all() == [3000]


def test_branches_count_what_is_below_them_and_what_is_known(context: Flask, cast: Cast):
    city = cast.area("420600")
    load_populations("420602001001,2025,3000,台账\n420602001002,2024,999,台账\n")
    branches = overview.branches_of(city, 2025)
    assert [(row.code, row.streets, row.communities, row.known, row.residents) for row in branches] == [
        ("420602", 2, 3, 1, 3000),
        ("420606", 1, 1, 0, 0),
    ]
    assert tuple(overview.population_sum(city, 2025)) == (4, 1, 3000, 0)
    missing = db.session.execute(overview.population_rows(city, 2025, only_missing=True)).all()
    assert [area.code for area, _ in missing] == ["420602001002", "420602002001", "420606001001"]


def test_the_commands_load_files_or_say_every_fault(app: Flask, cast: Cast, tmp_path: Path):
    runner = app.test_cli_runner()
    result = runner.invoke(args=["areas", "import"])
    assert (result.exit_code, result.output) == (0, "2,957 added, 0 renamed, 0 unchanged.\n")
    file = tmp_path / "populations.csv"
    file.write_text(POPULATION_HEADING + "420602001008,2025,3000,统计台账\n", encoding="gbk")
    result = runner.invoke(args=["areas", "population", str(file)])
    assert result.output == "1 changed, 0 unchanged.\n2025: 0 -> 3,000 residents, 0 -> 1 communities\n"
    file.write_text(POPULATION_HEADING + "420602001008,2025,-1,统计台账\n999999999999,2025,3,x\n", encoding="utf-8")
    result = runner.invoke(args=["areas", "population", str(file)])
    assert result.exit_code == 1
    assert "第 2 行，常住人口：人数不能是负数" in result.output
    assert "第 3 行，代码：没有代码是 999999999999 的社区（村）" in result.output
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert "这不是表格文件" in runner.invoke(args=["areas", "import", str(file)]).output
