"""How an organization records, beside its peers; the ranking; and what is overdue."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.audit import AuditEvent
from models.base import db
from models.notices import Notice
from models.organizations import Organization
from tests.client import Browser
from tests.integration.integrity.conftest import Scene
from volunteer.hours.minutes import Source
from volunteer.integrity import behind as lists
from volunteer.integrity import exports, queries
from volunteer.integrity.queries import Days
from volunteer.integrity.rules import MEASURES, Behind, MeasureCode, Span
from volunteer.kernel import clock
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Role
from volunteer.kernel.workdays import working_days_after
from volunteer.tasks.jobs import run_waiting


def own_page(scene: Scene, **asked: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return f"/integrity/organizations/{scene.team.public_id}?{query}"


def text_of(browser: Browser, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


def cells(page: str) -> list[str]:
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", page, re.S)]


@pytest.fixture
def peers(scene: Scene) -> None:
    for name, scanned, manual in (("甲队", 900, 100), ("乙队", 800, 200), ("丙队", 400, 600)):
        scene.peer(name, scanned, manual)


def test_minutes_are_counted_net_of_what_was_taken_back(scene: Scene) -> None:
    shift = scene.shift(scene.team)
    scene.credit(shift, scene.team, 300)
    scene.credit(shift, scene.team, 120, Source.PAPER)
    scene.reverse(scene.credit(shift, scene.team, 60, Source.MANUAL), scene.team, shift)
    with scene.cast.app.app_context():
        counts = queries.count([scene.team.id], Days.of(Span.MONTH, clock.today()))[scene.team.id]
    assert counts.minutes == {Source.SCAN: 300, Source.PAPER: 120, Source.MANUAL: 0}
    assert (counts.credits, counts.reversals) == (3, 1)
    assert MEASURES[MeasureCode.SCANNED].text(MEASURES[MeasureCode.SCANNED].value(counts)) == "71.4%"


def test_what_is_older_than_the_span_is_not_counted(scene: Scene) -> None:
    scene.credit(scene.shift(scene.team, 29), scene.team, 100)
    scene.credit(scene.shift(scene.team, 30), scene.team, 10)
    with scene.cast.app.app_context():
        month, quarter = (
            queries.count([scene.team.id], Days.of(span, clock.today()))[scene.team.id].total
            for span in (Span.MONTH, Span.QUARTER)
        )
    assert (month, quarter) == (100, 110)


@pytest.mark.usefixtures("peers")
def test_an_organization_reads_its_numbers_beside_the_median_of_its_district(scene: Scene, browser: Browser) -> None:
    scene.credit(scene.shift(scene.team), scene.team, 600)
    scene.credit(scene.shift(scene.team, 21), scene.team, 200, Source.MANUAL)
    page = text_of(browser.sign_in(scene.owner), own_page(scene))
    scanned = cells(page)[:3]
    assert scanned[0].startswith("75.0%")
    assert scanned[1:] == ["80.0%", "80.0%"]
    assert "在襄城区 4 个组织里从高到低排第 3" in page
    assert "甲队" not in page


def test_too_few_peers_are_not_compared_with(scene: Scene, browser: Browser) -> None:
    scene.credit(scene.shift(scene.team), scene.team, 600)
    scene.peer("甲队", 900, 100)
    scene.peer("乙队", 900, 100)
    page = text_of(browser.sign_in(scene.owner), own_page(scene))
    assert "暂时没有可比的" in page
    assert cells(page)[1:3] == ["—", "—"]


def test_the_list_behind_a_number_holds_what_it_counts(scene: Scene, browser: Browser) -> None:
    shift = scene.shift(scene.team)
    scene.credit(shift, scene.team, 300)
    scene.credit(shift, scene.team, 45, Source.MANUAL)
    page = text_of(browser.sign_in(scene.owner), f"/integrity/organizations/{scene.team.public_id}/manual")
    assert "45 分钟" in page
    assert "300 分钟" not in page


@pytest.mark.parametrize(
    "behind",
    ["scanned", "poster", "paper", "imported", "objections", "corrections", "reversals", "overdue", "signals"],
)
def test_every_list_behind_a_number_opens(scene: Scene, browser: Browser, behind: str) -> None:
    shift = scene.shift(scene.team)
    scene.reverse(scene.credit(shift, scene.team, 60), scene.team, shift)
    scene.overdue(scene.team, clock.today() - timedelta(days=2))
    browser.sign_in(scene.owner).get(f"/integrity/organizations/{scene.team.public_id}/{behind}?span=365")


def test_the_list_behind_a_number_is_taken_away_with_names_as_the_reader_may_see_them(
    scene: Scene, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.credit(scene.shift(scene.team), scene.team, 300)
    path = f"/integrity/organizations/{scene.team.public_id}/scanned"
    assert "Excel" in browser.sign_in(scene.owner).get(path).text
    whole = browser.post(f"{path}.csv", expect=200).data.decode("utf-8-sig")
    assert scene.volunteer.name in whole
    assert ",300" in whole
    assert browser.post(f"{path}.xlsx", expect=200).data.startswith(b"PK")
    monkeypatch.setattr(exports, "sees_names_at", lambda who, scope: False)
    masked = browser.post(f"{path}.csv", expect=200).data.decode("utf-8-sig")
    assert scene.volunteer.name not in masked
    assert mask_name(scene.volunteer.name) in masked
    with scene.cast.app.app_context():
        assert db.session.query(AuditEvent).filter_by(action="integrity.take").count() == 3
    monkeypatch.undo()
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    task = browser.post(f"{path}.xlsx", expect=302).headers["Location"]
    with scene.cast.app.app_context():
        run_waiting()
    assert "已完成" in browser.get(task).text
    assert browser.get(f"{task}/file").data.startswith(b"PK")
    # Whoever lost the right to names does not fetch those that were written down while they had it.
    monkeypatch.setattr(exports, "sees_names_at", lambda who, scope: False)
    assert "不能看全名" in browser.get(f"{task}/file", expect=403).text
    task = browser.post(f"{path}.xlsx", expect=302).headers["Location"]
    with scene.cast.app.app_context():
        run_waiting()
    assert browser.get(f"{task}/file").data.startswith(b"PK")


@pytest.mark.parametrize("behind", Behind)
def test_a_list_is_read_row_by_row_though_rows_are_added_meanwhile(scene: Scene, behind: Behind) -> None:
    shift = scene.shift(scene.team)
    for minutes in (60, 70, 80):
        scene.reverse(scene.credit(shift, scene.team, minutes), scene.team, shift)
    for back in (2, 3, 4):
        scene.overdue(scene.team, clock.today() - timedelta(days=back))
    with scene.cast.app.app_context():
        team = db.session.get_one(Organization, scene.team.id)
        days = Days.of(Span.YEAR, clock.today())
        expected = list(lists.page_of(behind, team, days, 1).items)
        assert expected or behind not in (Behind.SCANNED, Behind.REVERSALS, Behind.OVERDUE)
        assert list(lists.rows_of(behind, team, days, step=2)) == expected
        reading = lists.rows_of(behind, team, days, step=1)
        first = next(reading, None)
        if behind is Behind.SCANNED:
            scene.credit(shift, scene.team, 90)
        assert ([first] if first else []) + list(reading) == expected


def test_strangers_find_nothing_and_other_districts_neither(scene: Scene, browser: Browser) -> None:
    stranger = scene.cast.account("别人")
    scene.cast.grant(stranger, Role.ORGANIZATION_OWNER, organization=scene.peer("别队", 600, 0))
    browser.sign_in(stranger).get(own_page(scene), expect=404)
    there = scene.cast.office(Role.OFFICE_STAFF, "420606", "樊城的小赵")
    Browser(scene.cast.app).sign_in(there).get(own_page(scene), expect=404)


@pytest.mark.usefixtures("peers")
def test_the_office_ranks_by_any_number_and_leaves_out_who_recorded_little(scene: Scene, browser: Browser) -> None:
    scene.credit(scene.shift(scene.team), scene.team, 60)
    browser.sign_in(scene.office)
    names = r'<th scope="row"><a[^>]*>([^<]+)</a>'
    page = text_of(browser, "/integrity/?least=10")
    assert re.findall(names, page) == ["丙队", "乙队", "甲队"]
    assert "另有 1 个组织时长不到 10 小时" in page
    assert re.findall(names, text_of(browser, "/integrity/?least=10&sort=manual")) == ["甲队", "乙队", "丙队"]
    assert re.findall(names, text_of(browser, "/integrity/?least=10&sort=-name"))[0] == "甲队"
    assert "没有时长够多的组织" in text_of(browser, "/integrity/?least=10&area=420606")


@pytest.mark.usefixtures("peers")
def test_an_office_of_a_district_sees_that_district_alone(scene: Scene, browser: Browser) -> None:
    scene.peer("樊城队", 900, 0, "420606001001")
    there = scene.cast.office(Role.OFFICE_STAFF, "420606", "樊城的小赵")
    page = text_of(browser.sign_in(there), "/integrity/?least=10")
    assert "樊城队" in page
    assert "甲队" not in page
    browser.get("/integrity/?area=420602", expect=404)


@pytest.mark.usefixtures("peers")
def test_the_ranking_is_taken_away_as_it_stands(scene: Scene, browser: Browser) -> None:
    browser.sign_in(scene.office)
    lines = browser.get("/integrity/organizations.csv?least=10").get_data().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("组织,区划,时长（小时）,扫码")
    assert [line.split(",")[0] for line in lines[1:4]] == ["丙队", "乙队", "甲队"]
    assert browser.get("/integrity/organizations.xlsx?least=10").data[:2] == b"PK"


@pytest.mark.parametrize("query", ["span=7", "sort=scanned%27", "least=-1", "least=１０", "span=&sort=&least="])
def test_what_makes_no_sense_in_the_address_is_as_if_it_were_not_there(
    scene: Scene, browser: Browser, query: str
) -> None:
    browser.sign_in(scene.office).get(f"/integrity/?{query}")


def test_an_area_that_is_none_is_not_found(scene: Scene, browser: Browser) -> None:
    for code in ("x", "999999", "４２０６０２"):
        browser.sign_in(scene.office).get(f"/integrity/?area={code}", expect=404)


def overdue_since(days: int) -> str:
    """Return what is said of a shift whose last day was so many days ago, whatever day it is."""
    today = clock.today()
    working = working_days_after(today - timedelta(days=days), today)
    return f"超期 {working} 个工作日" if working else "超期"


def test_what_is_overdue_is_listed_and_urged_once_a_day(scene: Scene, browser: Browser) -> None:
    scene.overdue(scene.team, clock.today() - timedelta(days=3))
    scene.overdue(scene.team, clock.today())
    browser.sign_in(scene.office)
    page = text_of(browser, "/integrity/overdue")
    assert "1 个组织，1 个班次" in page
    assert overdue_since(3) in page
    urge = f"/integrity/organizations/{scene.team.public_id}/urge"
    assert "已提醒 1 人" in browser.submit(urge).get_data(as_text=True)
    assert "今天已催办" in text_of(browser, "/integrity/overdue")
    browser.post(urge, expect=409)
    with scene.cast.app.app_context():
        told = db.session.execute(select(Notice.account_id, Notice.params)).all()
        urged = db.session.scalar(select(func.count()).where(AuditEvent.action == "integrity.urge"))
    assert [row.account_id for row in told] == [scene.owner.id]
    assert urged == 1


def test_nobody_is_urged_who_is_in_time(scene: Scene, browser: Browser) -> None:
    scene.overdue(scene.team, clock.today())
    browser.sign_in(scene.office).post(f"/integrity/organizations/{scene.team.public_id}/urge", expect=404)


def test_only_the_office_urges(scene: Scene, browser: Browser) -> None:
    scene.overdue(scene.team, clock.today() - timedelta(days=3))
    browser.sign_in(scene.owner).post(f"/integrity/organizations/{scene.team.public_id}/urge", expect=403)


def test_the_overdue_table_is_taken_away(scene: Scene, browser: Browser) -> None:
    scene.overdue(scene.team, clock.today() - timedelta(days=3))
    text = browser.sign_in(scene.office).get("/integrity/overdue.csv").get_data().decode("utf-8-sig")
    assert overdue_since(3) in text.splitlines()[1]
