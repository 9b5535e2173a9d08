"""Which tables answer which clause, and what is hidden of sums."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from volunteer.evidence.subjects import Subject, subjects_for, themes_of
from volunteer.evidence.tens import FEW, STEP, UNTOLD, hours_in_tens, in_tens
from volunteer.kernel.categories import ServiceCategory
from volunteer.metrics.editions import SHIPPED_CLAUSES, MaterialKind
from volunteer.metrics.small_cells import SMALLEST_SHOWN

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


def between(cell) -> tuple[int, int]:
    """Return what a cell leaves open, from and to."""
    return (0, STEP - 1) if cell == FEW else (cell, cell + STEP - 1)


@given(lists(integers(0, 60), min_size=2, max_size=6))
def test_no_exact_sum_tells_a_line_of_few(counts):
    """Whatever exact sum stands elsewhere, what the other lines leave of it never is one count alone."""
    told = [between(in_tens(count)) for count in counts]
    for place, count in enumerate(counts):
        if 0 < count < SMALLEST_SHOWN:
            others = [one for at, one in enumerate(told) if at != place]
            least = max(told[place][0], sum(counts) - sum(to for _, to in others))
            most = min(told[place][1], sum(counts) - sum(since for since, _ in others))
            assert least < most


def test_hours_do_not_tell_how_few_served():
    assert in_tens(0) == in_tens(9) == FEW
    assert (in_tens(10), in_tens(37)) == (10, 30)
    assert hours_in_tens(16 * 60, 2) == UNTOLD  # two people, eight hours each
    assert (hours_in_tens(599, 12), hours_in_tens(1_199, 12)) == (FEW, 10)
