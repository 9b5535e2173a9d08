"""Cities made by hypothesis, each read on one basis and held against the second count in plain SQL.

In CI these are few and always the same. Many others: see "Tests" in docs/house.md.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime

import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from models.base import db
from tests.cast import Cast
from tests.client import Browser
from tests.every_paper import PaperReader
from tests.factories.city_at_random import RandomCity
from tests.printed import CODES
from tests.recount import WINDOWS
from volunteer.kernel.categories import CATEGORY_LABELS

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
TODAY = date(2026, 7, 1)
DAYS = (TODAY, date(2026, 6, 15), date(2026, 5, 31), date(2025, 12, 31), date(2025, 3, 1), date(2024, 2, 29))
# Of these days an area can be read in parts by every window.
WHOLE_DAYS = (date(2026, 5, 31), date(2025, 12, 31), date(2024, 2, 29))
MANY = "ZHIYUANTAI_RANDOM_CITIES"
THEMES = {one.value: label for one, label in CATEGORY_LABELS.items()}
PARTS = ("organization", "theme", "age", "cohort")


@settings(
    max_examples=int(os.environ.get(MANY, "1")),
    derandomize=MANY not in os.environ,
    database=None,
    deadline=None,
    # A city of a smaller seed is no simpler, so that nothing is won by looking for one.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**32),
    day=st.sampled_from(DAYS),
    window=st.sampled_from(WINDOWS),
    total=st.sampled_from(("inclusive", "strict")),
)
# Where a community had stood in another street the year before, its residents of then were missing from the file.
@example(seed=54_916, day=date(2025, 12, 31), window="material", total="inclusive")
def test_every_figure_of_a_city_made_by_hypothesis(
    app: Flask, anew: Callable[[], None], seed: int, day: date, window: str, total: str
) -> None:
    anew()
    with time_machine.travel(NOW, tick=False):
        cast = Cast(app)
        with app.app_context():
            city = RandomCity.alive(cast, seed, people=30)
            engine = db.engine
        browser = Browser(app).sign_in(cast.office())
        reads_city(PaperReader(browser.client, engine, day, window, total, step=5), city)


def reads_city(reader: PaperReader, city: RandomCity) -> None:
    """Read some pages and files of each kind, drawn by the city's own dice."""
    dice, names = city.dice, {code: area.name for code, area in city.areas.items()}
    below = [dice.choice([code for code in sorted(city.areas) if len(code) == size]) for size in (6, 9, 12)]
    for code in ("420600", *below):
        indicator = dice.choice(CODES)
        reader.reads_area(code, indicator)
        reader.reads_why(code, indicator)
        reader.reads_day(code)
    code = dice.choice(("420600", *below))
    reader.reads_why(code, "hours_per_head")
    reader.reads_map(code, dice.choice(CODES))
    reader.reads_files(dice.choice(below), names)
    reader.reads_ranking("420600", dice.choice(("district", "street", "community")), dice.choice(CODES), names)
    if reader.as_of in WHOLE_DAYS or (reader.as_of == TODAY and reader.window == "calendar_year"):
        reader.reads_parts(code, dice.choice(PARTS), THEMES)
    reader.reads_screen("420600", TODAY, names)
    reader.reads_wall_now("420600", TODAY, NOW)
    reader.reads_front("420600", TODAY, reader.client.application.test_client())
    assert reader.held > 50
