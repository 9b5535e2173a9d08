"""The forecast is nearer than "same as last year" and a straight line, on the city that everybody may look at."""

import pytest
import time_machine
from flask import Flask

from models.base import db
from volunteer.areas.rules import AreaLevel
from volunteer.demo import operations
from volunteer.demo.sizes import SMALL
from volunteer.forecasts.backtests import scores
from volunteer.forecasts.experience import experience_before, rolling_experience_before, tried_before
from volunteer.forecasts.queries import outlook_of, whole_city
from volunteer.forecasts.rules import CODES
from volunteer.forecasts.urging import urged
from volunteer.kernel import clock
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

# What is reckoned is the same on both databases; filling the city takes long enough once.
pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


# The city ends today, so that each day's is another: here it is always the same one.
@time_machine.travel("2026-11-22T04:00:00+00:00", tick=True)
def test_on_the_demo_city_it_beats_both_simple_ones_for_every_indicator(context: Flask) -> None:
    operations.fill(SMALL, context.config["SETTINGS"].keys)
    db.session.commit()
    year = clock.today().year
    found, tried = experience_before(year, Total.INCLUSIVE), tried_before(year, Total.INCLUSIVE)
    communities = [one for one in tried.trials if one.level is AreaLevel.COMMUNITY]
    assert {one.year for one in communities} == {year - 2, year - 1}
    assert {one.months_left for one in communities} == set(range(1, 12))
    assert len({one.area_id for one in communities}) >= SMALL.communities - 2
    assert [score.code for score in found.communities] == list(CODES)
    for score in found.communities:
        assert score.is_best, score
    assert sum(score.inside for score in found.communities) / sum(score.tested for score in found.communities) > 0.65
    for months in (1, 6):
        rolling = rolling_experience_before(year, Total.INCLUSIVE, months)
        assert [score.code for score in rolling.communities] == list(CODES)
        for score in rolling.communities:
            assert score.ours < score.last_year, (months, score)
    for soon in (True, False):
        for score in scores([one for one in communities if (one.months_left <= 6) is soon], tried.by_year):
            assert score.is_best, (soon, score)
    first = urged(outlook_of(whole_city(), clock.today()), IndicatorCode.HOURS_PER_HEAD, None)[:3]
    assert len(first) == 3
    for one in first:
        # Where a community is urged first, the city's page asks of it what its own page asks.
        assert one.need in outlook_of(one.area, clock.today()).needs[IndicatorCode.HOURS_PER_HEAD]
