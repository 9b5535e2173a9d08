"""Whoever chose English finds every page in English, but for the words that people typed."""

import json
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask

from models.base import db
from tests.client import Browser
from tests.databases import prepared
from tests.house.test_access import address
from tests.house.world import World, build
from volunteer.web.catalogue import compile_all

CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
SPOKEN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt")
READERS = ("visitor", "resident", "organization_owner", "city office_admin")


@pytest.fixture(scope="module")
def app(worker_id: str) -> Iterator[Flask]:
    compile_all()
    with prepared("sqlite", f"english-{worker_id}") as (app, _database):
        yield app


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    return build(app)


@pytest.mark.parametrize("who", READERS)
def test_every_page_is_in_english(app: Flask, world: World, who: str) -> None:
    browser = Browser(app)
    if account_id := world.principals[who]:
        browser.sign_in(account_id)
    browser.post("/accounts/display", {"locale": "en"})
    typed = _typed(app)
    pages, left = 0, []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        with browser.client.get(address(rule, world)) as answer:
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            root = html5lib.parse(answer.get_data(as_text=True))
        pages += 1
        left += [f"{rule.rule}: {run}" for run in sorted(_chinese(root)) if run not in typed]
    assert left == [], "\n".join(left)
    assert pages > {"visitor": 10}.get(who, 30)


def _chinese(root: Element) -> set[str]:
    """Return every stretch of Chinese that a reader of the page sees or hears."""
    said = []
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag.endswith(("}script", "}style")):
            continue
        said += [element.text or "", *(child.tail or "" for child in element)]
        said += [element.attrib.get(name, "") for name in SPOKEN_ATTRIBUTES]
    return {run for text in said for run in CHINESE.findall(text)}


def _typed(app: Flask) -> str:
    """Return all that people typed: what the database holds, the names of this installation, and of our language."""
    settings = app.config["SETTINGS"]
    with app.app_context():
        rows = [row for table in db.metadata.sorted_tables for row in db.session.execute(table.select())]
    kept = [value for row in rows for value in row if isinstance(value, str)]
    frozen = [json.dumps(value, ensure_ascii=False) for row in rows for value in row if isinstance(value, dict | list)]
    # A paper is quoted by its number as it is printed.
    numbers = "督办〔2026〕1 号 通报〔2026〕1 号"
    return "\n".join([settings.product_name, settings.office_name, "中文", numbers, *kept, *frozen])
