"""A small edition of the day, over HTTP against a real server: every minute is explained, nobody sneaks in."""

import pytest

from tests.databases import KINDS
from tests.day.model import HOUR, MINUTE, Fate, Plan, minutes
from tests.day.play import play
from tests.day.reckoning import Found, unexplained
from tests.day.town import Person
from tests.phones import Phone

STATIONS = ("an open station", "a stopped station", "a new station", "an old station")
SHIFTS, PEOPLE = 10, 120


@pytest.mark.parametrize("database", KINDS)
def test_every_minute_of_a_small_day_is_explained(database: str) -> None:
    outcome = play(database, SHIFTS, PEOPLE, tell=lambda _words: None)
    assert outcome.unexplained == []
    assert outcome.honest_people > PEOPLE * 0.8
    assert outcome.honest_held <= outcome.honest_people * 0.005
    assert outcome.rows["screenshot club"].refusals > 0, "they did try"
    assert outcome.screenshots_accepted == 0
    typed, counted = outcome.sold_minutes
    assert typed > 0, "the seller did sell"
    assert counted == 0
    assert all(outcome.rows[f"code sent to {station}"].kept for station in STATIONS), "whatever is not held is kept"
    waited, confirmed = outcome.by_rule
    assert waited > 0
    assert confirmed > 0, "what waits by rule counts once a second person has looked"
    unseen, unseen_minutes = outcome.unseen
    assert unseen > 0, "what the product cannot see is counted, not left out"
    assert unseen_minutes > 0


def test_a_minute_more_a_refusal_less_and_a_stranger_are_noticed() -> None:
    honest, cheat = _person(1, "honest"), _person(2, "screenshot club")
    honest.fate.credited, cheat.fate.refused["stale_code"] = 120, 1
    found = Found()
    found.fates[1].credited, found.refused[2]["stale_code"] = 120, 1
    assert unexplained([honest, cheat], found) == []
    found.fates[1].credited = 121
    found.refused[2].clear()
    found.fates[2].wait("by_hand", 60)
    found.fates[2].kept["before_opening"] = 1
    found.fates[3].credited = 60
    told = unexplained([honest, cheat], found)
    assert len(told) == 5, told


def _person(number: int, kind: str) -> Person:
    return Person(number, "", "", number, "", "", "李晓梅", kind, Phone())


def test_the_model_reads_a_presence_as_the_plan_says() -> None:
    plan = Plan(14 * HOUR, 16 * HOUR, rest=30)
    assert minutes(13 * HOUR, 17 * HOUR, plan) == 90, "inside the plan, without the break"
    assert minutes(14 * HOUR, 15 * HOUR, plan) == 45, "the break begins at a quarter to three"
    assert minutes(14 * HOUR + 59, 14 * HOUR + 2 * MINUTE, plan) == 1, "whole minutes"
    assert minutes(14 * HOUR, 17 * HOUR, Plan(14 * HOUR, 16 * HOUR, extended_to=16 * HOUR + 40 * MINUTE)) == 160


def test_the_model_lets_wait_what_is_long_or_called_off() -> None:
    fate = Fate()
    fate.serve(7 * HOUR, 12 * HOUR, Plan(7 * HOUR, 12 * HOUR))
    fate.serve(13 * HOUR, 17 * HOUR, Plan(13 * HOUR, 17 * HOUR))
    fate.serve(19 * HOUR, 20 * HOUR, Plan(19 * HOUR, 20 * HOUR, cancelled_at=18 * HOUR))
    assert (fate.credited, dict(fate.held)) == (
        300,
        {("awaiting", "long_day"): 240, ("awaiting", "cancelled_shift"): 60},
    )
