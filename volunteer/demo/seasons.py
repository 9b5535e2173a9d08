"""When people serve and when they register: the seasons of a year of volunteering, as weights of days.

Our reading of how volunteering goes through a year: 学雷锋 month in March, students in the summer holidays, the day of
volunteers on 5 December, little at the Spring Festival and in the cold, more on days off. Nothing of a forecast is in
here, and a forecast knows nothing of it.
"""

from datetime import date

SPRING_FESTIVALS = {
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
}
_SERVICE = (0.72, 0.8, 1.55, 1.1, 1.02, 0.92, 1.2, 1.12, 0.95, 1.05, 0.95, 0.78)
_REGISTRATION = (0.6, 0.6, 2.2, 1.1, 1.0, 0.9, 1.3, 0.9, 1.4, 0.9, 0.7, 0.7)
_SATURDAY = 5


def service_weight(day: date) -> float:
    """Return how much service a day sees beside an average one, about 1 over a year."""
    weight = _SERVICE[day.month - 1] * (1.9 if day.weekday() >= _SATURDAY else 0.65)
    if is_spring_festival(day):
        return weight * 0.2
    if (day.month, day.day) in ((3, 4), (3, 5), (3, 6), (12, 4), (12, 5), (12, 6)):
        return weight * 1.8
    return weight


def registration_weight(day: date) -> float:
    """Return how many register on a day beside an average one, about 1 over a year."""
    return _REGISTRATION[day.month - 1] * (0.2 if is_spring_festival(day) else 1)


def is_campaign(day: date) -> bool:
    """Return whether the day lies in the month in which those are called up, too, who otherwise stay away."""
    return day.month == 3


def is_spring_festival(day: date) -> bool:
    """Return whether the day lies in the week before New Year's Day of the lunar calendar or the ten days from it."""
    new_year = SPRING_FESTIVALS.get(day.year)
    return new_year is not None and -7 <= (day - new_year).days < 10
