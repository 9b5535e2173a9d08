"""Which results can be, and which one counts."""

from dataclasses import dataclass
from datetime import date

import pytest

from volunteer.kernel.errors import Invalid
from volunteer.surveys.rules import check_result, result_that_counts


@dataclass(frozen=True)
class Held:
    held_on: date
    is_official: bool


@pytest.mark.parametrize(
    ("supporting", "valid_answers", "field"),
    [(0, 0, "valid_answers"), (3, -1, "valid_answers"), (1_001, 1_000, "supporting"), (-1, 1_000, "supporting")],
)
def test_a_survey_result_that_cannot_be_is_refused_on_its_field(supporting, valid_answers, field):
    with pytest.raises(Invalid) as refusal:
        check_result(supporting, valid_answers)

    assert refusal.value.field == field


@pytest.mark.parametrize("supporting", [0, 900, 1_000])
def test_a_survey_result_from_nobody_to_everybody_is_taken(supporting):
    check_result(supporting, 1_000)


OFFICIAL, SELF_TEST = Held(date(2025, 6, 20), True), Held(date(2026, 3, 1), False)


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        (date(2025, 6, 19), None),
        (date(2025, 6, 20), OFFICIAL),
        (date(2026, 12, 31), OFFICIAL),
        (date(2027, 1, 1), SELF_TEST),
        (date(2028, 1, 1), None),
    ],
)
def test_the_latest_official_one_of_two_years_counts_before_any_self_test(on: date, counts: Held | None):
    assert result_that_counts([SELF_TEST, OFFICIAL], on) == counts
