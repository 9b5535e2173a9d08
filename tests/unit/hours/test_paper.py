"""Wall times on a paper sheet."""

from datetime import datetime, time

import pytest

from tests.unit.hours.test_minutes import AFTERNOON, NIGHT, at
from volunteer.hours.paper_rules import PaperRow, RowsRefused, moments_of
from volunteer.kernel.errors import Invalid


def row(arrived: str, left: str) -> PaperRow:
    return PaperRow(0, "V1", time.fromisoformat(arrived), time.fromisoformat(left))


def test_times_of_an_afternoon_are_of_its_day() -> None:
    assert moments_of(row("14:05", "15:30"), AFTERNOON) == (at("14:05"), at("15:30"))


def test_times_before_the_start_stay_on_the_day_where_the_shift_does_not_pass_midnight() -> None:
    assert moments_of(row("13:50", "01:00"), AFTERNOON) == (at("13:50"), at("1:00"))


@pytest.mark.parametrize(
    ("arrived", "left", "came", "went"),
    [
        ("22:10", "23:30", at("22:10"), at("23:30")),
        ("22:00", "02:00", at("22:00"), at("2:00", 21)),
        ("00:00", "01:00", at("0:00", 21), at("1:00", 21)),
        ("21:59", "22:30", at("21:59", 21), at("22:30")),
    ],
)
def test_times_before_the_start_belong_to_the_next_day_of_a_night(
    arrived: str, left: str, came: datetime, went: datetime
) -> None:
    assert moments_of(row(arrived, left), NIGHT) == (came, went)


def test_a_refusal_of_rows_says_the_first() -> None:
    refused = RowsRefused([(2, Invalid("名额至少 1 人", field="capacity"))])
    assert str(refused) == "名额至少 1 人"
    assert refused.problems[0][0] == 2
