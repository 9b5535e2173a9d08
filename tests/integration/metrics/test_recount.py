"""Every figure of the dashboard against a recount by independent SQL, over a city that is hard to count."""

from datetime import date
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from models.areas import Area
from models.base import db
from models.metrics import FigureDelta, PartDelta
from models.volunteers import FigureChange
from tests.cast import Cast
from tests.factories.city_at_random import RandomCity
from tests.recount import WINDOWS, Recounted, recount
from volunteer.kernel.periods import WindowKind
from volunteer.metrics import queries
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.facts import Total
from volunteer.metrics.operations import rebuild_figures, take_in_changes
from volunteer.metrics.queries import AreaReport

DAYS = (date(2024, 2, 29), date(2025, 2, 28), date(2026, 1, 31), date(2026, 6, 15))
TODAY = date(2026, 7, 1)


@pytest.fixture(params=(1, 2))
def city(request: pytest.FixtureRequest, cast: Cast, context: Flask) -> RandomCity:
    """Return a city whose figures were kept while it lived, in batches of every size."""
    city = RandomCity(cast, request.param)
    ensure_shipped_edition()
    connection = db.session.connection()
    city.populate(connection)
    for _ in city.live(connection):
        if city.dice.random() < 0.2:
            take_in_changes(limit=city.dice.choice((1, 3, 1000)))
    while take_in_changes():
        pass
    return city


def as_recounted(report: AreaReport) -> Recounted:
    figures = report.figures
    return Recounted(
        figures.registered,
        figures.active,
        figures.minutes,
        figures.population,
        figures.missing_population_areas,
        figures.supporting,
        figures.valid_answers,
    )


def test_every_figure_at_every_level_equals_the_recount(city: RandomCity) -> None:
    for as_of, kind, total in product(DAYS, WINDOWS, Total):
        expected = recount(db.session.connection(), as_of, kind, strict=total is Total.STRICT)
        basis = queries.basis_for(as_of, WindowKind(kind), total, today=TODAY)
        for area in db.session.scalars(select(Area)).all():
            report = queries.report(area, basis)
            found = {one.area.code: as_recounted(one) for one in (report.whole, *report.children)}
            assert found == {code: expected[code] for code in found}, (area.code, as_of, kind, total)
        assert expected["420600"].minutes > 0


def test_the_trend_shows_on_each_day_what_the_recount_of_that_day_finds(city: RandomCity) -> None:
    for kind in WindowKind:
        basis = queries.basis_for(date(2026, 6, 15), kind, Total.INCLUSIVE, today=TODAY)
        for code in ("420600", "420606", "420602001001"):
            area = city.stands(code)
            series = queries.series(area, basis)
            assert len(series) == 13
            for day, counted in series:
                figures = counted.figures(kind, Total.INCLUSIVE)
                # The material window of a later day is the rolling one of its own last day.
                same = "rolling_year" if kind is WindowKind.MATERIAL else kind.value
                expected = recount(db.session.connection(), day, same, strict=False)[code]
                assert (figures.registered, figures.active, figures.minutes, figures.population) == (
                    expected.registered,
                    expected.active,
                    expected.minutes,
                    expected.residents,
                )


def stored() -> dict[tuple[object, ...], tuple[int, ...]]:
    """Return every figure and every part of one that is kept, by its key."""
    rows = db.session.execute(select(*FigureDelta.__table__.columns))
    parts = db.session.execute(select(*PartDelta.__table__.columns))
    kept = {tuple(row[:3]): tuple(row[3:]) for row in rows if any(row[3:])}
    return kept | {tuple(row[:5]): tuple(row[5:]) for row in parts if any(row[5:])}


def test_a_rebuild_stores_what_was_kept_change_by_change(city: RandomCity) -> None:
    kept = stored()
    heard: list[int] = []
    rebuild_figures(heard.append)
    assert stored() == kept
    assert sum(heard) >= len(city.volunteers)

    rebuild_figures()
    assert stored() == kept


def test_a_rebuild_takes_in_what_waited_in_the_outbox(city: RandomCity) -> None:
    kept = stored()
    for volunteer_id in city.volunteers:
        city.serve(db.session.connection(), volunteer_id)
    rebuild_figures()
    assert db.session.scalar(select(FigureChange.id).limit(1)) is None
    assert stored() != kept
    expected = recount(db.session.connection(), TODAY, "rolling_year", strict=False)["420600"]
    basis = queries.basis_for(TODAY, WindowKind.ROLLING_YEAR, Total.INCLUSIVE, today=TODAY)
    assert as_recounted(queries.report(city.areas["420600"], basis).whole) == expected
