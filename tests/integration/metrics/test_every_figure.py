"""Every figure on every page of a random city equals the second count, on pages, in files and through the interface.

Read are, on bases that go through all windows and both totals: the dashboard of every level with its tiles, the areas
below, the people of a community and the thirteen days of its trend; what explains each indicator with the areas it is
made of and both totals; the ranking with the places of the month before; the parts by organization, theme, age and
first year; a past day as it is counted now, with what has changed since; the table beside the map; the wall; what has
come so far on the page of forecasts; the files of the table, the trends, the people, the rankings and the parts; the
interface; a bulletin as it is kept and as its file; a dossier's table; what residents' numbers become before they are
saved. The demo city's pages are read in `tests/integration/demo`; the packed dossier in `tests/integration/evidence`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import cycle, islice, product

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, select

from models.areas import Area
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from tests.every_figure import Reader
from tests.factories.city_at_random import RandomCity
from tests.printed import CODES, NONE, Page, own_words
from tests.proofreading import text_of
from tests.recount import WINDOWS
from volunteer.api.operations import make_token
from volunteer.areas.rules import AreaLevel
from volunteer.evidence.operations import add_table, open_dossier
from volunteer.evidence.rules import TableFacts
from volunteer.kernel.categories import CATEGORY_LABELS
from volunteer.kernel.periods import WindowKind
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.facts import Total
from volunteer.metrics.operations import take_in_changes
from volunteer.supervision import bulletins
from volunteer.supervision.drafting import content_of
from volunteer.tasks.jobs import run_waiting

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
TODAY = date(2026, 7, 1)
LEAP_DAY, END_OF_MONTH, MIDDLE = date(2024, 2, 29), date(2026, 5, 31), date(2026, 6, 15)
BASES = list(product((TODAY, MIDDLE, LEAP_DAY), WINDOWS, ("inclusive", "strict")))
DIMENSIONS = ("organization", "theme", "age", "cohort")
THEMES = {one.value: label for one, label in CATEGORY_LABELS.items()}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def city(cast: Cast, app: Flask, request: pytest.FixtureRequest) -> RandomCity:
    """Return a city whose figures were kept while it lived; each test asks for another by its seed."""
    with app.app_context():
        city = RandomCity(cast, request.param, people=60)
        ensure_shipped_edition()
        connection = db.session.connection()
        city.populate(connection)
        for number, _ in enumerate(city.live(connection)):
            if number % 150 == 0:
                take_in_changes()
        while take_in_changes():
            pass
        db.session.commit()
    return city


@pytest.fixture
def office(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of the city's office."""
    return browser.sign_in(cast.office())


@pytest.fixture
def names(city: RandomCity) -> dict[str, str]:
    """Return the areas' names by code."""
    return {code: area.name for code, area in city.areas.items()}


@pytest.fixture
def engine(app: Flask) -> Engine:
    """Return the engine of the database, for counting apart from the pages."""
    with app.app_context():
        return db.engine


@pytest.fixture
def reading(engine: Engine, office: Browser) -> Iterator[Reader]:
    """Return who reads, on one basis after the other, without end."""
    return cycle([Reader(office.client, engine, *basis) for basis in BASES])


@pytest.mark.parametrize("city", [11], indirect=True)
def test_pages_of_every_area(city: RandomCity, reading: Iterator[Reader]) -> None:
    seen = set()
    for number, (code, reader) in enumerate(zip(sorted(city.areas), reading, strict=False)):
        seen.add(id(reader))
        reader.reads_area(code, CODES[number % 4])
        reader.reads_day(code)
        reader.reads_map(code, CODES[number % 4])
        for indicator in CODES:
            reader.reads_why(code, indicator)
        assert reader.held > 15
    assert len(seen) == min(len(BASES), len(city.areas))


@pytest.mark.parametrize("city", [12], indirect=True)
def test_every_other_basis_on_the_dashboard_of_the_city(city: RandomCity, reading: Iterator[Reader]) -> None:
    for number, reader in enumerate(islice(reading, len(BASES))):
        if number % 2:
            reader.reads_area("420600", CODES[number // 2 % 4])
            assert reader.held > 30


@pytest.mark.parametrize("city", [13], indirect=True)
def test_files_and_rankings(city: RandomCity, reading: Iterator[Reader], names: dict[str, str]) -> None:
    for code in ("420600", "420602", "420606", "420602001", "420602001001"):
        next(reading).reads_files(code, names)
    for level, indicator in product(("district", "street", "community"), CODES):
        next(reading).reads_ranking("420600", level, indicator, names)
    next(reading).reads_ranking("420602", "community", "active_share", names)


@pytest.mark.parametrize("city", [14], indirect=True)
def test_parts(city: RandomCity, engine: Engine, office: Browser) -> None:
    # Parts are kept for the end of each month, and for today in the running year.
    exact = cycle([(END_OF_MONTH, *one[1:]) for one in BASES[:6]] + [BASES[0], BASES[1]])
    held = 0
    for code, dimension in product(("420600", "420602", "420607001", "420602001001"), DIMENSIONS):
        reader = Reader(office.client, engine, *next(exact))
        reader.reads_parts(code, dimension, THEMES)
        held += reader.held
    assert held > 40


@pytest.mark.parametrize("city", [15], indirect=True)
def test_the_wall_the_forecast_and_the_interface(
    app: Flask, cast: Cast, city: RandomCity, office: Browser, engine: Engine, names: dict[str, str]
) -> None:
    maker = cast.office()
    with app.app_context():
        area = db.session.scalars(select(Area).where(Area.code == "420600")).one()
        _, token = make_token(area, "市数据平台", ends_on=date(2026, 12, 31), account_id=maker.id)
        db.session.commit()
    for code in ("420600", "420606"):
        Reader(office.client, engine, TODAY).reads_screen(code, TODAY, names)
    bases = [Reader(office.client, engine, *basis) for basis in BASES[::5]]
    asked = zip(("420600", "420602", "420606", "420602001"), bases, strict=True)
    assert sum(reader.reads_interface(code, token) for code, reader in asked) > 0
    for day, code in ((TODAY, "420600"), (MIDDLE, "420602")):
        reader = Reader(office.client, engine, day)
        for indicator in CODES[:3]:
            reader.reads_forecast(code, indicator)
        assert reader.held > 10


@pytest.mark.parametrize("city", [24], indirect=True)
def test_a_bulletin(app: Flask, city: RandomCity, office: Browser, engine: Engine) -> None:
    with app.app_context():
        area = db.session.scalars(select(Area).where(Area.code == "420600")).one()
        bulletin = bulletins.keep_draft(area, content_of(area, date(2026, 5, 1), lambda *_: None))
        kept, path = bulletin.content, f"/supervision/bulletins/{bulletin.public_id}"
        db.session.commit()
        run_waiting()
    reader = Reader(office.client, engine, date(2026, 5, 31))
    assert reader.reads_bulletin(kept, path) > 0
    assert reader.held > 40


@pytest.mark.parametrize("city", [17], indirect=True)
def test_a_table_of_a_dossier(
    app: Flask, city: RandomCity, office: Browser, engine: Engine, names: dict[str, str]
) -> None:
    tables = ((AreaLevel.DISTRICT, "rolling_year", "strict"), (AreaLevel.STREET, "material", "inclusive"))
    with app.app_context():
        area = db.session.scalars(select(Area).where(Area.code == "420600")).one()
        dossier = open_dossier(area, 2026, account_id=None)
        kinds = [(level, MIDDLE, WindowKind(window), Total(total)) for level, window, total in tables]
        items = [add_table(dossier, "2.1", TableFacts(None, *kind), account_id=None).public_id for kind in kinds]
        db.session.commit()
    for item_id, (_, window, total) in zip(items, tables, strict=True):
        reader = Reader(office.client, engine, MIDDLE, window, total)
        reader.reads_dossier_table(f"/evidence/items/{item_id}", names)
        assert reader.held > 10


@pytest.mark.parametrize("city", [18], indirect=True)
def test_what_shares_become_before_residents_are_saved(
    city: RandomCity, engine: Engine, office: Browser, names: dict[str, str]
) -> None:
    code, last_on = "420602001001", date(2025, 12, 31)
    path = f"/admin/areas/{code}/population?year=2025&at=420600"
    sent = {"residents": "4321", "source": "公安户籍", "is_built_up": "yes"}
    page = Page(office.post(path, sent, expect=200).get_data(as_text=True))
    codes = {name: code for code, name in names.items()}
    foretold = {codes[text_of(row[0])]: row for row in page.rows(page.table("注册占比会变成"))}
    assert "420600" in foretold
    before, after = Reader(office.client, engine, last_on), Reader(office.client, engine, last_on)
    for which, (_, now, _then) in foretold.items():
        one = before.expected(which)["registered_share"]
        before.holds(own_words(now), one.value or NONE, which)
    confirm = {one.get("name"): one.get("value") for one in page.all("input") if one.get("type") == "hidden"}
    (form,) = [one for one in page.all("form") if "/confirm" in one.get("action", "")]
    office.post(form.get("action", ""), {name: value for name, value in confirm.items() if name})
    for which, (_, _now, then) in foretold.items():
        one = after.expected(which)["registered_share"]
        after.holds(own_words(then), one.value or NONE, which)
        assert one != before.expected(which)["registered_share"]
