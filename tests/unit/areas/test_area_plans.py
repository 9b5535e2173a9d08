"""What a file of areas or populations changes."""

import pytest

from volunteer.areas.population_rules import PopulationRow, YearTotal, plan_populations
from volunteer.areas.rules import AreaLevel, AreaRow, plan_areas
from volunteer.kernel.errors import Invalid

CITY = AreaRow("420600", "襄阳市", AreaLevel.CITY, None)
DISTRICT = AreaRow("420602", "襄城区", AreaLevel.DISTRICT, "420600")
CODE = "420602001001"


def population(residents: int, year: int = 2025, source: str = "统计台账") -> PopulationRow:
    return PopulationRow(CODE, year, residents, source)


def test_a_plan_tells_new_renamed_and_unchanged_areas_apart():
    renamed = AreaRow("420602", "襄城新区", AreaLevel.DISTRICT, "420600")
    street = AreaRow("420602001", "真武山街道", AreaLevel.STREET, "420602")
    plan = plan_areas([CITY, renamed, street], {"420600": CITY, "420602": DISTRICT})
    assert (plan.added, plan.renamed, plan.unchanged_count) == ((street,), (renamed,), 1)
    assert plan.before == {"420602": "襄城区"}


def test_a_second_city_is_refused():
    with pytest.raises(Invalid, match="这里已经有") as caught:
        plan_areas([AreaRow("420700", "鄂州市", AreaLevel.CITY, None)], {"420600": CITY})
    assert str(caught.value) == "这里已经有襄阳市（420600），不能再导入另一个市"


def test_an_empty_installation_takes_any_city():
    assert plan_areas([CITY], {}).added == (CITY,)


def test_totals_say_what_a_file_adds_and_replaces():
    known = {(CODE, 2025): population(3000)}
    other = PopulationRow("420602001002", 2025, 500, "统计台账")
    plan = plan_populations([population(3100), other], known, {2025: (1, 3000)})
    assert plan.totals == (YearTotal(2025, 1, 3000, 2, 3600),)
    assert [change.difference for change in plan.changes] == [100, 500]


def test_a_file_that_repeats_what_is_kept_changes_nothing():
    plan = plan_populations([population(3000)], {(CODE, 2025): population(3000)}, {2025: (1, 3000)})
    assert (plan.changes, plan.unchanged_count) == ((), 1)


def test_another_source_alone_is_a_change():
    plan = plan_populations([population(3000, source="普查")], {(CODE, 2025): population(3000)}, {})
    assert [change.difference for change in plan.changes] == [0]


@pytest.mark.parametrize(
    ("residents", "known", "is_jump"),
    [
        (6000, population(3000), True),
        (5999, population(3000), False),
        (1500, population(3000), True),
        (1501, population(3000), False),
        (0, population(3000), True),
        (6000, population(3000, year=2024), True),
        (6000, population(3000, year=2023), False),
        (0, population(0), False),
    ],
)
def test_a_figure_that_doubles_or_halves_is_pointed_out(residents: int, known: PopulationRow, is_jump: bool):
    plan = plan_populations([population(residents, source="新")], {(CODE, known.year): known}, {})
    assert [change.is_jump for change in plan.changes] == [is_jump]
