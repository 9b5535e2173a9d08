"""Everybody at once: by hand, with a reason, each for themselves, and nobody for their own family."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from models.base import db
from models.checkin import PresenceRefusal
from models.hours import Proposal
from models.volunteers import Volunteer
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.rules import Cause
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.volunteers.rules import Relation, VolunteerStatus


def path(venue: Venue, what: str = "came") -> str:
    return f"/checkin/shifts/{venue.shift.public_id}/everybody-{what}"


@pytest.fixture
def crowd(venue: Venue) -> list[Volunteer]:
    """Return five people with a place, 李晓梅 among them."""
    others = [venue.cast.volunteer(name=f"志愿者{number}") for number in range(4)]
    for one in others:
        venue.sign_up(one)
    return [venue.volunteer, *others]


def form(page: str, **changes: object) -> dict[str, object]:
    """Return what a page's form would send."""
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', page)
    assert key is not None
    ticked = re.findall(r'name="people"[^>]*value="([^"]+)" checked', page)
    return {"form_key": key[1], "people": ticked, "reason": "crowd", **changes}


def test_the_page_lists_whom_before_anything_is_written(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    page = desk.get(path(venue)).get_data(as_text=True)
    assert "登记签到的 5 人" in page
    assert "第二个人确认" in page
    assert all(one.name in page for one in crowd)
    assert venue.events() == []


def test_all_are_written_in_by_hand_and_marked_as_many(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    sent = form(desk.get(path(venue)).get_data(as_text=True))
    page = desk.submit(path(venue), sent).get_data(as_text=True)
    assert "已手工签到 5 人" in page
    events = venue.events()
    assert {event.volunteer_id for event in events} == {one.id for one in crowd}
    assert {event.method for event in events} == {Method.BY_HAND}
    assert {event.reason for event in events} == {"名单上的人都到了：人太多，来不及一个个扫"}
    assert {event.recorded_by for event in events} == {venue.organizer.id}


def test_who_left_at_once_waits_for_a_second_person(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    desk.submit(path(venue), form(desk.get(path(venue)).get_data(as_text=True)))
    with time_machine.travel(clock.now() + timedelta(minutes=90)):
        page = desk.get(path(venue, "left")).get_data(as_text=True)
        assert "登记签退的 5 人" in page
        desk.submit(path(venue, "left"), form(page, reason="other", note="统一收队"))
    goings = [event for event in venue.events() if event.direction is Direction.OUT]
    assert {event.reason for event in goings} == {"在场的人都走了：统一收队"}
    with venue.app.app_context():
        assert [one.cause for one in db.session.query(Proposal)] == [Cause.ALL_BY_HAND] * 5


def test_whoever_is_unticked_is_left_out(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    sent = form(desk.get(path(venue)).get_data(as_text=True), people=[crowd[2].public_id])
    desk.submit(path(venue), sent)
    assert [event.volunteer_id for event in venue.events()] == [crowd[2].id]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "请选一个原因"),
        ({"reason": "nonsense"}, "为什么一起登记"),
        ({"reason": "other"}, "请写明是什么原因"),
        ({"people": []}, "请至少选一个人"),
        ({"form_key": "!"}, ""),
    ],
)
def test_without_a_reason_or_people_nothing_is_written(
    venue: Venue, desk: Browser, crowd: list[Volunteer], changes: dict[str, object], words: str
) -> None:
    sent = form(desk.get(path(venue)).get_data(as_text=True), **changes)
    page = desk.post(path(venue), sent, expect=422).get_data(as_text=True)
    assert words in page
    assert venue.events() == []


def test_ones_own_family_is_left_out_and_named(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    child = venue.cast.volunteer(venue.organizer, "王小宝", relation=Relation.CHILD)
    venue.sign_up(child)
    page = desk.get(path(venue)).get_data(as_text=True)
    assert "王小宝 是您自己或家人，要另一位组织者登记" in page
    assert child.public_id not in page
    sent = form(page, people=[child.public_id, venue.volunteer.public_id])
    answer = desk.post(path(venue), sent, expect=200).get_data(as_text=True)
    assert "自己和家人请扫现场的签到码" in answer
    assert [event.volunteer_id for event in venue.events()] == [venue.volunteer.id]
    with venue.app.app_context():
        assert [row.rule for row in db.session.query(PresenceRefusal)] == ["own_family"]
        db.session.rollback()


def test_who_is_refused_keeps_nobody_else_out_and_the_refusal_is_kept(
    venue: Venue, desk: Browser, crowd: list[Volunteer]
) -> None:
    with venue.app.app_context():
        db.session.get_one(Volunteer, crowd[1].id).status = VolunteerStatus.SUSPENDED
        db.session.commit()
    sent = form(desk.get(path(venue)).get_data(as_text=True))
    page = desk.post(path(venue), sent, expect=200).get_data(as_text=True)
    assert "有 1 人没有登记上" in page
    assert crowd[1].name in page
    assert "已手工签到 4 人" in page
    assert len(venue.events()) == 4
    with venue.app.app_context():
        [refusal] = db.session.query(PresenceRefusal).all()
        assert (refusal.volunteer_id, refusal.method) == (crowd[1].id, Method.BY_HAND)


def test_sent_twice_it_is_written_once(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    sent = form(desk.get(path(venue)).get_data(as_text=True))
    desk.submit(path(venue), sent)
    desk.submit(path(venue), sent)
    assert len(venue.events()) == 5


def test_nobody_outside_the_roster_is_written_in(venue: Venue, desk: Browser, crowd: list[Volunteer]) -> None:
    outsider = venue.cast.volunteer(name="外人")
    sent = form(desk.get(path(venue)).get_data(as_text=True), people=[outsider.public_id])
    desk.submit(path(venue), sent)
    assert venue.events() == []


def test_when_all_are_here_the_page_says_so(venue: Venue, desk: Browser, resident: Browser) -> None:
    venue.tap(resident)
    assert "有名额的人都已经签到" in desk.get(path(venue)).get_data(as_text=True)
    venue.tap(resident, Direction.OUT)
    assert "现在没有人在场" in desk.get(path(venue, "left")).get_data(as_text=True)


def test_a_resident_writes_nobody_in(venue: Venue, resident: Browser) -> None:
    resident.post(path(venue), {"reason": "crowd"}, expect=403)


def test_two_organizers_at_the_same_moment_write_everybody_once_and_never_wait_for_each_other(
    venue: Venue, crowd: list[Volunteer]
) -> None:
    colleague = venue.cast.account("同事")
    venue.cast.grant(colleague, Role.ORGANIZER, organization=venue.organization)
    browsers = [Browser(venue.app).sign_in(one) for one in (venue.organizer, colleague)]
    forms = [form(browser.get(path(venue)).get_data(as_text=True)) for browser in browsers]
    # Ticked in another order by each: what counts is the order of writing.
    forms[1]["people"] = list(reversed(forms[1]["people"]))  # type: ignore[call-overload]
    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(one.client.post, path(venue), data=typed) for one, typed in zip(browsers, forms, strict=True)
        ]
    answers = [one.result() for one in sent]
    assert {answer.status_code for answer in answers} <= {200, 302}
    assert sorted(event.volunteer_id for event in venue.events()) == sorted(one.id for one in crowd)
