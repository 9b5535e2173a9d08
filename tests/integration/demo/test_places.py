"""The demo tells of two streets of each district; who lives elsewhere is known and does not count."""

from collections import defaultdict
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from models.areas import Area, AreaPopulation
from models.base import db
from models.surveys import SurveyCampaign, SurveyResult
from models.volunteers import Volunteer
from tests.client import Browser
from tests.printed import Page, own_words
from tests.proofreading import text_of
from volunteer.areas.operations import import_shipped_tree
from volunteer.areas.rules import AreaLevel
from volunteer.demo import operations
from volunteer.demo.places import OUTSIDE, choose_places
from volunteer.demo.sizes import SMALL, Size
from volunteer.kernel import clock

TINY = Size("tiny", communities=9, volunteers=160, years=2, services=5, people_a_shift=6)


def test_each_district_has_two_streets_with_three_communities_or_four(context: Flask) -> None:
    import_shipped_tree()
    db.session.flush()
    places = choose_places(db.session.connection(), SMALL)
    streets: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for place in places:
        streets[place.code[:6]][place.code[:9]] += 1
    assert len(streets) == db.session.scalar(select(func.count()).where(Area.level == AreaLevel.DISTRICT))
    assert {tuple(found.values()) for found in streets.values()} == {(4, 3)}
    assert len({place.name for place in places}) == len(places)
    assert not [place.name for place in places if "居委会" in place.name or "委员会" in place.name]
    assert len({place.habits.members for place in places}) > 15


def test_who_lives_elsewhere_is_known_and_does_not_count_and_what_was_found_was_recorded_then(app: Flask) -> None:
    with app.app_context():
        operations.fill(TINY, app.config["SETTINGS"].keys)
        db.session.commit()
        told = set(db.session.scalars(select(Volunteer.community_id)))
        kept = db.session.scalars(select(AreaPopulation)).all()
        assert all(one.residents > 0 and one.is_built_up == (one.area_id in told) for one in kept)
        assert {one.source for one in kept if not one.is_built_up} == {OUTSIDE}
        assert all("演示" in one.source for one in kept)
        years = {one.year for one in kept}
        communities = db.session.scalar(select(func.count()).where(Area.level == AreaLevel.COMMUNITY)) or 0
        assert len(kept) == communities * len(years)
        for result in db.session.scalars(select(SurveyResult)):
            assert result.held_on < clock.to_local(result.recorded_at).date() < result.held_on + timedelta(days=9)
        frozen = db.session.scalars(select(SurveyCampaign).where(SurveyCampaign.frozen_at.is_not(None))).one()
        assert frozen.result is not None
        assert frozen.frozen_at == frozen.result.recorded_at
    yesterday = clock.today() - timedelta(days=1)
    browser = Browser(app)
    browser.submit("/accounts/sign-in", {"phone": operations.SIGN_INS[3].phone, "password": operations.PASSWORD})
    page = Page(browser.get(f"/metrics/areas/420600/shown?as_of={yesterday}").get_data(as_text=True))
    *_, (head, then, now, _same) = page.rows(page.table("的四项指标"))
    assert "支持率" in text_of(head)
    assert own_words(then) == own_words(now)
    assert own_words(then).endswith("%")
    area = browser.get("/admin/areas/420600/population").text
    assert "都填了" in area
