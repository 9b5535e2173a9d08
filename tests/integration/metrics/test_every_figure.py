"""Every figure on every page of a random city equals the second count, on pages, in files and through the interface.

Read are, on bases that go through all windows and both totals: the dashboard of every level with its tiles, the year
before, the areas below, the people of a community and the thirteen days of its trend; what explains each indicator
with the areas it is made of and both totals; the ranking with the places of the month before; the parts by
organization, theme, age and first year; a past day as it was known then and is counted now, with the causes that add
up; the table beside the map; the wall with who serves now and today's hours; the page that everybody sees; English
pages; what has come so far on the page of forecasts; the files, as text and as Excel, of the table, the trends, the
people, the rankings and the parts; the interface; a bulletin as it is kept, on its page, on paper and as its files,
scored and placed anew; a dossier's table; what residents' numbers become before they are saved. Cities made by
hypothesis are read in `test_random_cities.py`, the demo city's pages in `tests/integration/demo`, the packed dossier
in `tests/integration/evidence`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import cycle, product

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, select, update

from models.accounts import Account
from models.areas import Area
from models.base import db
from tests.cast import Cast
from tests.client import Browser
from tests.every_paper import PaperReader
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
from volunteer.metrics.facts import Total
from volunteer.supervision import bulletins
from volunteer.supervision.drafting import content_of
from volunteer.tasks.jobs import run_waiting

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
TODAY = date(2026, 7, 1)
LEAP_DAY, END_OF_MONTH, MIDDLE = date(2024, 2, 29), date(2026, 5, 31), date(2026, 6, 15)
BASES: list[tuple[date, str, str]] = list(product((TODAY, MIDDLE, LEAP_DAY), WINDOWS, ("inclusive", "strict")))
Basis = tuple[date, str, str]
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
        return RandomCity.alive(cast, request.param)


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


@pytest.mark.parametrize("city", [11], indirect=True)
def test_every_page_and_file_of_a_city(
    app: Flask, cast: Cast, city: RandomCity, office: Browser, engine: Engine, names: dict[str, str]
) -> None:
    readers = {basis: PaperReader(office.client, engine, *basis) for basis in BASES}
    reading = cycle(readers.values())
    for number, (code, reader) in enumerate(zip(sorted(city.areas), reading, strict=False)):
        reader.reads_area(code, CODES[number % 4])
        reader.reads_day(code)
        reader.reads_map(code, CODES[number % 4])
        for indicator in CODES:
            reader.reads_why(code, indicator)
    for code in ("420600", "420602", "420602001", "420602001001"):
        next(reading).reads_files(code, names)
    for number, level in enumerate(("district", "street", "community")):
        next(reading).reads_ranking("420600", level, CODES[number], names)
    next(reading).reads_ranking("420602", "community", "support_share", names)
    assert min(reader.held for reader in readers.values()) > 15
    reads_parts(PaperReader(office.client, engine, END_OF_MONTH), PaperReader(office.client, engine, TODAY))
    reads_today(PaperReader(office.client, engine, TODAY), names)
    reads_what_comes(readers)
    reads_by_interface(app, cast, readers)
    with app.app_context():
        db.session.execute(update(Account).values(locale="en"))
        db.session.commit()
    for code, reader in zip(("420600", "420606", "420602001"), reading, strict=False):
        reader.reads_in_english(code)


def reads_parts(*readers: PaperReader) -> None:
    """Read areas in parts on days that parts are kept for: the end of each month, and today in the running year."""
    for (code, dimension), reader in zip(product(("420600", "420607001"), DIMENSIONS), cycle(readers), strict=False):
        reader.reads_parts(code, dimension, THEMES)
    assert all(reader.held > 10 for reader in readers)


def reads_today(reader: PaperReader, names: dict[str, str]) -> None:
    """Read the wall with the day that is under way, and the page that everybody sees."""
    for code in ("420600", "420606"):
        reader.reads_screen(code, TODAY, names)
        reader.reads_wall_now(code, TODAY, NOW)
    reader.reads_front("420600", TODAY, reader.client.application.test_client())


def reads_what_comes(readers: dict[Basis, PaperReader]) -> None:
    """Read what has come so far on the page of forecasts."""
    for day, code in ((TODAY, "420600"), (MIDDLE, "420602")):
        reader = readers[day, "calendar_year", "inclusive"]
        for indicator in CODES[:3]:
            reader.reads_forecast(code, indicator)


def reads_by_interface(app: Flask, cast: Cast, readers: dict[Basis, PaperReader]) -> None:
    """Read what the interface tells on several bases, of which something is too small to be told."""
    maker = cast.office()
    with app.app_context():
        area = db.session.scalars(select(Area).where(Area.code == "420600")).one()
        _, token = make_token(area, "市数据平台", ends_on=date(2026, 12, 31), account_id=maker.id)
        db.session.commit()
    asked = zip(("420600", "420602", "420606", "420602001"), list(readers.values())[::5], strict=False)
    assert sum(reader.reads_interface(code, token) for code, reader in asked) > 0


@pytest.mark.parametrize("city", [24], indirect=True)
def test_a_bulletin_on_its_page_on_paper_and_as_files_and_a_table_of_a_dossier(
    app: Flask, city: RandomCity, office: Browser, engine: Engine, names: dict[str, str]
) -> None:
    with app.app_context():
        area = db.session.scalars(select(Area).where(Area.code == "420600")).one()
        bulletin = bulletins.keep_draft(area, content_of(area, date(2026, 5, 1), lambda *_: None))
        kept, path = bulletin.content, f"/supervision/bulletins/{bulletin.public_id}"
        db.session.commit()
        run_waiting()
    reader = PaperReader(office.client, engine, END_OF_MONTH)
    assert reader.reads_bulletin(kept, path) > 0
    reader.reads_bulletin_page(kept, path)
    reader.reads_bulletin_paper(kept, path)
    assert reader.held > 80
    reads_dossier(app, office, engine, names)


def reads_dossier(app: Flask, office: Browser, engine: Engine, names: dict[str, str]) -> None:
    """Read tables of a dossier, each on a basis of its own."""
    tables = ((AreaLevel.DISTRICT, "rolling_year", "strict"), (AreaLevel.STREET, "material", "inclusive"))
    with app.app_context():
        area = db.session.scalars(select(Area).where(Area.code == "420600")).one()
        dossier = open_dossier(area, 2026, account_id=None)
        kinds = [(level, MIDDLE, WindowKind(window), Total(total)) for level, window, total in tables]
        items = [add_table(dossier, "2.1", TableFacts(None, *kind), account_id=None).public_id for kind in kinds]
        db.session.commit()
    for item_id, (_, window, total) in zip(items, tables, strict=True):
        reader = PaperReader(office.client, engine, MIDDLE, window, total)
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
    before, after = PaperReader(office.client, engine, last_on), PaperReader(office.client, engine, last_on)
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
