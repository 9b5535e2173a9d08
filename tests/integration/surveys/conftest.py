"""A city with residents and a survey that is under way."""

from datetime import timedelta

import pytest
from flask import Flask

from models.areas import AreaPopulation
from models.base import db
from models.surveys import SurveyCampaign
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock
from volunteer.surveys import answering, campaigns
from volunteer.surveys.questions import NEWEST, QUESTION_SETS
from volunteer.surveys.sampling import Plan

RESIDENTS = {"420602001001": 5_000, "420602001002": 3_000, "420602002001": 1_500, "420606001001": 500}


def self_test(title: str) -> Plan:
    """Return the plan of a self-test of forty answers that began five days ago and lasts five more."""
    today = clock.today()
    return Plan(
        title=title,
        is_official=False,
        conducted_by="",
        opens_on=today - timedelta(days=5),
        closes_on=today + timedelta(days=5),
        population_year=today.year,
        wanted=40,
        margin=None,
        communities=None,
        least=1,
        reserve_percent=50,
    )


class Survey:
    """A published self-test of the whole city, and what can be done to it."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast, self.areas = app, cast, cast.city()
        for code, residents in RESIDENTS.items():
            row = {"year": clock.today().year, "residents": residents, "source": "公安", "recorded_at": clock.now()}
            cast.add(AreaPopulation(area_id=self.areas[code].id, **row))
        with app.app_context():
            made = campaigns.create_campaign(self.areas["420600"], self_test("秋季支持率调查"), account_id=None)
            campaigns.publish(made, account_id=None)
            self.id, self.public_id = made.id, made.public_id
            db.session.commit()

    @property
    def keys(self) -> object:
        return self.app.config["SETTINGS"].keys["index"]

    def change(self, **values: object) -> None:
        """Set columns of the campaign."""
        with self.app.app_context():
            for name, value in values.items():
                setattr(db.session.get_one(SurveyCampaign, self.id), name, value)
            db.session.commit()

    def tickets(self, code: str = "420602001001") -> list[str]:
        """Print the tickets of a community; return their codes."""
        with self.app.app_context():
            campaign = db.session.get_one(SurveyCampaign, self.id)
            made = answering.make_tickets(campaign, self.areas[code], self.keys, account_id=None)
            db.session.commit()
            return [one for _area, codes in made for one in codes]

    def link(self, code: str = "420602001001", name: str = "小陈") -> str:
        """Make an interviewer's link; return its address here."""
        with self.app.app_context():
            campaign = db.session.get_one(SurveyCampaign, self.id)
            secret = answering.make_pass(campaign, self.areas[code], name, self.keys, account_id=None)
            db.session.commit()
            return f"/surveys/interview/{secret}"


def ticks(support: str = "strongly", **more: str) -> dict[str, str]:
    """Return a whole answer sheet."""
    first = {one.code: one.choices[0].code for one in QUESTION_SETS[NEWEST].questions if one.is_required}
    return {**first, "support": support, **more}


@pytest.fixture
def survey(app: Flask, cast: Cast) -> Survey:
    """Return a survey of the whole city that is open today."""
    return Survey(app, cast)


@pytest.fixture
def office(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city."""
    return browser.sign_in(cast.office())
