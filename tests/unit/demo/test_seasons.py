"""The invented year has the shape of a real one, and communities lag for different reasons."""

import random
from datetime import date, timedelta
from statistics import mean

from volunteer.demo import habits
from volunteer.demo.seasons import is_spring_festival, registration_weight, service_weight


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(365)]


def mean_of(year: int, *months: int) -> float:
    return mean(service_weight(day) for day in days_of(year) if day.month in months)


def test_march_is_the_peak_and_the_cold_is_quiet_and_the_year_is_about_one() -> None:
    for year in (2023, 2024, 2025, 2026):
        assert mean_of(year, 3) > mean_of(year, 7) > mean_of(year, 6) > mean_of(year, 12)
        assert 0.9 < mean_of(year, *range(1, 13)) < 1.1
        assert 0.9 < mean(map(registration_weight, days_of(year))) < 1.1


def test_weekends_are_busier_and_the_spring_festival_is_empty() -> None:
    assert service_weight(date(2026, 5, 16)) > 2 * service_weight(date(2026, 5, 15))
    assert is_spring_festival(date(2026, 2, 17))
    assert not is_spring_festival(date(2026, 3, 1))
    assert service_weight(date(2026, 2, 17)) < service_weight(date(2026, 2, 3)) / 3


def test_a_seed_always_draws_the_same_communities_and_they_differ() -> None:
    def drawn() -> list[habits.Habits]:
        characters = habits.Characters(random.Random(7), services=10)
        return [characters.habits(f"4206{number % 5:02d}", 40) for number in range(60)]

    first = drawn()
    assert first == drawn()
    assert len({one.members for one in first}) > 20
    assert min(one.registered_share for one in first) < 0.085 < max(one.registered_share for one in first)
    assert max(one.idle for one in first) > 0.45
    assert {one.longest for one in first} == {2, 4}
    assert {one.starts_late for one in first} == {0, 1}
    assert min(one.drift for one in first) < 0.9 < max(one.drift for one in first)
