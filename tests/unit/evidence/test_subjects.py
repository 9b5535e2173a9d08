"""Which tables answer which clause, and what is hidden of sums."""

import pytest

from volunteer.evidence.hiding import hidden_in_grid
from volunteer.evidence.subjects import Subject, subjects_for, themes_of
from volunteer.kernel.categories import ServiceCategory
from volunteer.metrics.editions import SHIPPED_CLAUSES, MaterialKind

ANSWERS = {
    "1.2": {Subject.REGISTRATIONS, Subject.TRAININGS},
    "1.3": {Subject.ACTIVITIES},
    "1.4": {Subject.RECORDS, Subject.CERTIFICATES},
    "1.5": {Subject.STARS, Subject.COMMENDATIONS},
    "3.1": {Subject.ACTIVITIES},
    "3.2": {Subject.ACTIVITIES},
    "3.3": {Subject.ACTIVITIES},
    "3.4": {Subject.ORGANIZATIONS, Subject.ACTIVITIES},
    "3.5": {Subject.ACTIVITIES},
    "3.6": {Subject.ACTIVITIES},
}
THEMES = {
    "3.1": ("elders", "children", "hardship", "disability"),
    "3.2": ("party",),
    "3.3": ("traffic", "tourism", "online"),
    "3.4": ("culture", "health", "law", "environment", "safety"),
    "3.5": ("lei_feng",),
    "3.6": ("civility",),
}


@pytest.mark.parametrize("clause", SHIPPED_CLAUSES, ids=lambda clause: clause.code)
def test_each_shipped_clause_that_wants_a_table_is_answered_from_the_data(clause):
    answers = set(subjects_for(clause))
    assert answers == ANSWERS.get(clause.code, set())
    wants_a_table = MaterialKind.TABLE in clause.wants
    assert wants_a_table == bool(answers or clause.indicator)
    assert themes_of(clause) == tuple(map(ServiceCategory, THEMES.get(clause.code, ())))


def test_a_small_month_of_one_district_takes_others_along_until_no_sum_gives_it_away():
    months = {"1": {1: 43, 2: 3, 3: 40}, "2": {1: 60, 2: 30, 3: 30}, "3": {1: 90, 2: 20, 3: 70}}
    hidden = hidden_in_grid(months, 1, (2, 3))
    assert ("1", 2) in hidden
    for line in months:
        assert sum((line, area) in hidden for area in (1, 2, 3)) != 1
    for area in (1, 2, 3):
        assert sum((line, area) in hidden for line in months) != 1
    assert hidden_in_grid({"1": {1: 10, 2: 5, 3: 5}}, 1, (2, 3)) == frozenset()
