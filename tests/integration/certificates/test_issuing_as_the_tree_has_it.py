"""Nothing is certified that the tree does not stand behind."""

import pytest
from flask import Flask
from sqlalchemy import update

from models.base import db
from models.hours import Entry
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.factories.tree import grow_tree
from tests.integration.certificates.test_certificates import credit, form_for, issue
from tests.integration.certificates.test_issuing import certificates
from tests.integration.integrity.raw import unguarded


@pytest.fixture
def opened_tree(app: Flask, cast: Cast, holder: Volunteer, organization: Organization) -> Entry:
    """Return an entry that is older than the tree, which took it in."""
    kept = credit(cast, holder, organization, 60, days_ago=5)
    with app.app_context():
        grow_tree()
    return kept


IN_DOUBT = "有 1 条服务记录和账本的存证对不上，查清以前不能开证明"


def refused(browser: Browser, holder: Volunteer, organization: Organization) -> str:
    form = form_for(holder, organization)
    return browser.sign_in(holder.account_id).post("/certificates/new", form, expect=422).text


def test_what_the_tree_took_in_is_certified(
    app: Flask, browser: Browser, holder: Volunteer, organization: Organization, opened_tree: Entry
) -> None:
    issue(browser, holder, organization)
    assert [one.minutes for one in certificates(app)] == [60]


@pytest.mark.usefixtures("opened_tree")
def test_a_row_that_was_written_past_the_program_is_not_certified(
    app: Flask, browser: Browser, cast: Cast, holder: Volunteer, organization: Organization
) -> None:
    credit(cast, holder, organization, 300, days_ago=3)
    assert IN_DOUBT in refused(browser, holder, organization)
    with app.app_context():
        grow_tree()
    assert IN_DOUBT in refused(browser, holder, organization)
    assert certificates(app) == []


def test_a_row_that_was_altered_after_its_leaf_is_not_certified(
    app: Flask, browser: Browser, holder: Volunteer, organization: Organization, opened_tree: Entry
) -> None:
    with app.app_context():
        with unguarded():
            db.session.execute(update(Entry).where(Entry.id == opened_tree.id).values(minutes=360))
        db.session.commit()
    assert IN_DOUBT in refused(browser, holder, organization)
    assert certificates(app) == []
