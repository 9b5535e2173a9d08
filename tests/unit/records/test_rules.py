"""What may be recorded beside service, of whom, and how lists of people are read."""

from datetime import date

import pytest

from volunteer.kernel.errors import Invalid
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.records.rules import (
    MOST_PEOPLE,
    CommendationTyped,
    Keeper,
    LinesRefused,
    TrainingTyped,
    read_numbers,
    why_not_about,
)

TODAY = date(2026, 11, 22)


def number(serial: int) -> str:
    return make_volunteer_number("420602", TODAY, serial)


def training(minutes: int = 90, held_on: date = TODAY) -> TrainingTyped:
    return TrainingTyped("急救", "心肺复苏", minutes, "红十字会", held_on)


@pytest.mark.parametrize("minutes", [1, 60_000])
def test_a_training_lasts_from_a_minute_to_a_thousand_hours(minutes: int) -> None:
    training(minutes).check(TODAY)


@pytest.mark.parametrize("minutes", [-1, 0, 60_001, 999_999])
def test_other_lengths_are_refused_on_their_field(minutes: int) -> None:
    with pytest.raises(Invalid) as refused:
        training(minutes).check(TODAY)
    assert refused.value.field == "minutes"


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(1989, 12, 31), date(9999, 12, 31)])
def test_a_day_to_come_or_before_any_register_is_refused_on_its_field(day: date) -> None:
    with pytest.raises(Invalid) as held:
        training(held_on=day).check(TODAY)
    with pytest.raises(Invalid) as given:
        CommendationTyped("优秀志愿者", "市文明办", day).check(TODAY)
    assert (held.value.field, given.value.field) == ("held_on", "given_on")


def test_the_first_day_of_1990_and_today_will_do() -> None:
    training(held_on=date(1990, 1, 1)).check(TODAY)
    training(held_on=TODAY).check(TODAY)


def test_numbers_are_read_one_or_several_a_line_with_their_lines() -> None:
    lines = read_numbers(f"{number(1)}\n\n {number(2)}，{number(3)}\n{number(4).lower()}")
    assert [(one.line, one.number) for one in lines] == [
        (1, number(1)),
        (3, number(2)),
        (3, number(3)),
        (4, number(4)),
    ]


def test_every_wrong_line_is_named_and_one_person_twice_too() -> None:
    with pytest.raises(LinesRefused) as refused:
        read_numbers(f"{number(1)}\n张三\n{number(1)}\n{number(2)[:-1]}#")
    assert [error.line for error in refused.value.errors] == [2, 3, 4]
    assert str(refused.value.errors[1].words) == "和第 1 行是同一个人"


@pytest.mark.parametrize("typed", ["", " \n ，； \n"])
def test_no_number_at_all_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        read_numbers(typed)


def test_more_people_than_one_list_holds_are_refused_before_they_are_read() -> None:
    with pytest.raises(Invalid) as refused:
        read_numbers("x\n" * (MOST_PEOPLE + 1))
    assert not isinstance(refused.value, LinesRefused)


def test_nobody_records_about_themselves_whatever_account_they_use() -> None:
    keeper = Keeper(7, "d" * 64)
    assert why_not_about(keeper, account_id=8, document="d" * 64) is not None
    assert why_not_about(keeper, account_id=7, document="e" * 64) is not None
    assert why_not_about(keeper, account_id=8, document="e" * 64) is None
