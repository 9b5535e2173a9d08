"""Areas of which nothing was recorded are not measured, and nobody's place depends on it."""

from datetime import date

import pytest
from flask import Flask

from models.areas import Area
from tests.factories.ledger import Ledger
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.periods import WindowKind
from volunteer.metrics import lagging_queries, queries, ranking_queries
from volunteer.metrics.documents import Basis
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

DAY = date(2026, 6, 15)


@pytest.fixture
def basis(ledger: Ledger, context: Flask) -> Basis:
    """Return this year until the day, all service."""
    return queries.basis_for(DAY, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=DAY)


@pytest.fixture
def city(basis: Basis) -> Area:
    """Return the whole city, read in the test's own transaction."""
    found = queries.city()
    assert found is not None
    return found


@pytest.mark.parametrize("code", list(IndicatorCode))
@pytest.mark.parametrize("level", [AreaLevel.DISTRICT, AreaLevel.COMMUNITY])
def test_leaving_out_those_without_data_changes_nothing_else(
    city: Area, basis: Basis, code: IndicatorCode, level: AreaLevel
) -> None:
    whole = ranking_queries.ranking(city, level, code, basis)
    known = ranking_queries.ranking(city, level, code, basis, only_known=True)
    with_data = [one.standing for one in whole.rows if one.standing.now.value is not None]
    assert [one.standing for one in known.rows if one.standing.now.value is not None] == with_data
    assert known.before_on == whole.before_on


def test_those_behind_are_the_same_without_those_of_whom_nothing_is_known(city: Area, basis: Basis) -> None:
    whole = lagging_queries.lagging(city, AreaLevel.COMMUNITY, basis)
    known = lagging_queries.lagging(city, AreaLevel.COMMUNITY, basis, only_known=True)
    placed = [(one.area.code, one.standing, one.measurements) for one in whole.rows if one.standing.place]
    assert [(one.area.code, one.standing, one.measurements) for one in known.rows if one.standing.place] == placed
    assert placed


def test_nobody_is_measured_who_has_no_data(
    city: Area, basis: Basis, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []
    measure = queries.measured
    monkeypatch.setattr(queries, "measured", lambda area, *more: measured.append(area.code) or measure(area, *more))
    ranking_queries.ranking(city, AreaLevel.COMMUNITY, IndicatorCode.ACTIVE_SHARE, basis, only_known=True)
    assert "420602001002" not in measured
    ranking_queries.ranking(city, AreaLevel.COMMUNITY, IndicatorCode.ACTIVE_SHARE, basis)
    assert "420602001002" in measured
