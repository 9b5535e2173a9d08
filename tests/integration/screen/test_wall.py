"""The wall's page says in one sentence how an area stands, to who is signed in and to who has a pass."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select, update

from models.accounts import RoleGrant
from models.base import db
from models.metrics import FigureState
from models.screen import ScreenPass
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.permissions import Role
from volunteer.metrics import queries as metrics
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.facts import Total
from volunteer.metrics.jobs import take_in_changes
from volunteer.screen import queries

WALL = "/screen/420600"
PASSES = "/screen/420600/passes"


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city."""
    return browser.sign_in(cast.office())


def make_pass(browser: Browser, days: int = 30, **options: int) -> str:
    ends_on = clock.today() + timedelta(days=days)
    page = browser.post(
        PASSES, {"name": "三楼值班室", "ends_on": ends_on.isoformat()}, **{"expect": 200, **options}
    ).text
    found = re.search(r'value="http://[^/"]*(/screen/wall/[^"]+)"', page)
    return found.group(1) if found else page


def test_an_empty_city_says_that_there_is_no_data(city: Browser):
    page = city.get(WALL).text
    assert "全市志愿服务四项指标，都还没有数据。" in read_aloud(page)
    assert page.count("暂无数据") == 4


def read_aloud(page: str) -> str:
    """Return a page without the marks that keep phrases on one line."""
    return re.sub(r'<span class="phrase">([^<]*)</span>', r"\1", page)


def test_figures_make_the_sentence_and_nobody_is_named(city: Browser, cast: Cast):
    people = [cast.volunteer(name="欧阳不现") for _ in range(6)]
    shift = cast.shift(starts_at=clock.now() - timedelta(minutes=30))
    for person in people:
        cast.presence(shift, person)
    with city.app.app_context():
        ensure_shipped_edition()
        take_in_changes()
        db.session.commit()
    page = city.get(WALL).text
    said = read_aloud(page)
    assert "全市志愿服务四项指标，两项未达标，两项还没有结论。" in said
    assert "差得最多的是参加活动占比 0.00%，现在还差 5 人。" in said
    assert "6 人" in page
    assert "欧阳" not in page


def test_few_people_on_a_shift_are_not_counted_out(city: Browser, cast: Cast):
    shift = cast.shift(starts_at=clock.now() - timedelta(minutes=30))
    for person in [cast.volunteer() for _ in range(3)]:
        cast.presence(shift, person)
    with city.app.app_context():
        found = queries.live(cast.area("420600"), clock.now(), clock.today())
        assert found.present is None
    assert "不足 5 人" in city.get(WALL).text


def test_those_who_left_and_other_districts_are_not_counted(city: Browser, cast: Cast):
    shift = cast.shift(starts_at=clock.now() - timedelta(minutes=30))
    people = [cast.volunteer() for _ in range(6)]
    for person in people:
        cast.presence(shift, person)
    cast.presence(shift, people[0], 2)
    with city.app.app_context():
        now, today = clock.now(), clock.today()
        assert queries.live(cast.area("420600"), now, today).present == 5
        assert queries.live(cast.area("420606"), now, today).present == 0


def test_changes_that_nobody_counts_are_told(city: Browser, cast: Cast):
    cast.volunteer()
    with city.app.app_context():
        take_in_changes()
        db.session.commit()
    cast.volunteer()
    assert "还没有计入" not in city.get(WALL).text
    with city.app.app_context():
        db.session.get_one(FigureState, 1).applied_at = clock.now() - timedelta(minutes=11)
        db.session.commit()
    assert "之后的 1 条记录还没有计入" in city.get(WALL).text


def test_the_page_renews_itself_also_without_a_script(city: Browser):
    page = city.get(WALL)
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "wall-light" in city.get(f"{WALL}?look=light").text


def test_a_pass_opens_the_page_without_an_account_and_leads_nowhere(city: Browser):
    place = make_pass(city)
    visitor = Browser(city.app)
    page = visitor.get(place)
    assert "全市志愿服务四项指标" in page.text
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    assert "href=" not in main.replace("<use href=", "")
    assert page.headers["Cache-Control"] == "no-store"
    visitor.get(WALL, expect=302)
    with city.app.app_context():
        kept = db.session.scalars(select(ScreenPass)).one()
        assert place.rpartition("/")[2] not in (kept.digest, kept.public_id)


def test_a_pass_ends_on_its_day_and_when_it_is_revoked(city: Browser):
    place, visitor = make_pass(city, days=3), Browser(city.app)
    with time_machine.travel(clock.now() + timedelta(days=4)):
        visitor.get(place, expect=404)
    visitor.get(place)
    with city.app.app_context():
        held = db.session.scalars(select(ScreenPass)).one().public_id
    city.submit(f"/screen/passes/{held}/revoke")
    visitor.get(place, expect=404)
    city.post(f"/screen/passes/{held}/revoke", expect=409)
    visitor.get(f"/screen/wall/{'x' * 43}", expect=404)


@pytest.mark.parametrize("days", [-1, 400])
def test_a_pass_lasts_a_year_at_most(city: Browser, days: int):
    assert "最长一年" in make_pass(city, days, expect=422)


def test_passes_are_made_by_who_manages_staff_there(browser: Browser, cast: Cast):
    cast.city()
    browser.sign_in(cast.office(Role.OFFICE_STAFF))
    browser.get(PASSES, expect=403)
    assert "给大屏电脑的链接" not in browser.get(WALL).text
    district = Browser(browser.app).sign_in(cast.office(code="420606"))
    district.get(PASSES, expect=404)
    district.get(WALL, expect=404)
    district.get("/screen/420606/passes")


def test_a_pass_ends_with_the_right_of_who_made_it(cast: Cast, browser: Browser):
    keeper = cast.account("要走的人")
    grant = cast.grant(keeper, Role.OFFICE_ADMIN, area=cast.area("420600"))
    link = make_pass(browser.sign_in(keeper))
    Browser(browser.app).get(link)
    with browser.app.app_context():
        db.session.execute(update(RoleGrant).where(RoleGrant.id == grant.id).values(revoked_at=clock.now()))
        db.session.commit()
    Browser(browser.app).get(link, expect=404)


def test_streets_take_as_many_statements_as_one_district(city: Browser, cast: Cast):
    top, one_district, one_street = map(cast.area, ("420600", "420602", "420602001"))
    with city.app.app_context():
        basis = metrics.basis_for(
            clock.today(), WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=clock.today(), area=top
        )
        report, asked = metrics.report(top, basis), []
        few = metrics.report(one_district, basis)
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        below = queries.two_below(few, basis)
        of_one = len(asked)
        assert {one.area.code for one in below} == {"420602001001", "420602001002", "420602002001"}
        asked.clear()
        assert {one.area.code[:6] for one in queries.two_below(report, basis)} == {"420602", "420606"}
        assert len(asked) == of_one
        street = metrics.report(one_street, basis)
        assert queries.two_below(street, basis) == list(street.children)
