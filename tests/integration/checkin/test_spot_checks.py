"""Spot checks: who is drawn, what answers, and what is missed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from models.audit import AuditEvent
from models.base import db
from models.checkin import SpotCheck
from models.volunteers import Volunteer
from tests.client import Browser
from tests.databases import TEST_KEYS
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_at_once import ask, try_it
from tests.integration.checkin.test_resident_refusals import refusals
from volunteer.checkin import codes, spot_checks
from volunteer.checkin.rules import Direction, Method
from volunteer.checkin.spot_check_rules import SpotCheckState
from volunteer.checkin.spot_checks import Drawn
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Invalid, NotFound

MINUTE = timedelta(minutes=1)


@pytest.fixture
def crowd(venue: Venue) -> list[Volunteer]:
    """Return six people who are in; the seventh has a place and did not come, the eighth has left."""
    people = [venue.cast.volunteer(name=f"志愿者{number}") for number in range(8)]
    for person in people:
        venue.sign_up(person)
    for person in [*people[:6], people[7]]:
        assert come(venue, person) == "ok"
    assert come(venue, people[7], direction=Direction.OUT) == "ok"
    return people[:6]


def come(venue: Venue, person: Volunteer, **changes: Any) -> str:
    return try_it(venue, ask(venue, volunteer=person.public_id, account_id=person.account_id, **changes))


def draw(venue: Venue, count: int) -> list[Drawn]:
    with venue.app.app_context():
        try:
            drawn = spot_checks.draw(venue.shift.public_id, count=count, account_id=venue.organizer.id)
            db.session.commit()
        finally:
            db.session.remove()
    return drawn


def answer(venue: Venue, person: Volunteer, scanned_at: datetime, **changes: Any) -> str:
    asked: dict[str, Any] = {
        "volunteer": person.public_id,
        "shift": venue.shift.public_id,
        "scanned_at": scanned_at,
        "method": Method.VENUE_CODE,
        "account_id": person.account_id,
        **changes,
    }
    with venue.app.app_context():
        try:
            name = spot_checks.answer(**asked)
            db.session.commit()
        finally:
            db.session.remove()
    return name


def rule_of(venue: Venue, person: Volunteer, scanned_at: datetime, **changes: Any) -> str:
    with pytest.raises(Refusal) as refused:
        answer(venue, person, scanned_at, **changes)
    return refused.value.rule


def states(venue: Venue, now: datetime) -> Counter[SpotCheckState]:
    with venue.app.app_context():
        rows = spot_checks.spot_checks_at(venue.shift.id, now)
        db.session.rollback()
    return Counter(row.state for row in rows)


def missed(venue: Venue, now: datetime) -> list[int]:
    with venue.app.app_context():
        rows = spot_checks.missed_spot_checks(venue.shift.starts_at, now)
        db.session.rollback()
    return [row.volunteer_id for row in rows]


def test_only_who_is_in_can_be_drawn_and_nobody_twice(venue: Venue, crowd: list[Volunteer]) -> None:
    first = draw(venue, 4)
    second = draw(venue, 20)
    assert (len(first), len(second)) == (4, 2)
    assert {one.volunteer for one in first + second} == {person.public_id for person in crowd}
    with pytest.raises(Refusal) as refused:
        draw(venue, 1)
    assert refused.value.rule == "nobody_in"
    with venue.app.app_context():
        assert [row.details for row in db.session.query(AuditEvent).filter_by(action="checkin.draw")] == [
            {"added": 4},
            {"added": 2},
        ]
        db.session.rollback()


@pytest.mark.parametrize("method", [Method.BY_HAND, Method.PAPER, Method.KIOSK])
def test_who_came_without_a_phone_is_not_drawn(venue: Venue, crowd: list[Volunteer], method: Method) -> None:
    venue.cast.presence(venue.shift, venue.volunteer, method=method)
    drawn = draw(venue, 20)
    assert {one.volunteer for one in drawn} == {person.public_id for person in crowd}
    assert {one.out_of for one in drawn} == {len(crowd)}


@pytest.mark.parametrize(
    "method", [Method.VENUE_CODE, Method.TYPED_CODE, Method.POSTER, Method.ORGANIZER_SCAN, Method.OFFLINE]
)
def test_who_came_by_a_phone_or_an_own_code_can_be_drawn(venue: Venue, method: Method) -> None:
    """The control."""
    venue.cast.presence(venue.shift, venue.volunteer, method=method)
    assert [(one.volunteer, one.out_of) for one in draw(venue, 20)] == [(venue.volunteer.public_id, 1)]


def test_the_draw_says_of_how_many(venue: Venue, crowd: list[Volunteer], desk: Browser) -> None:
    path = f"/checkin/shifts/{venue.shift.public_id}"
    desk.post(f"{path}/spot-checks", {}, expect=302)
    assert "能抽的 6 人里抽到" in desk.get(f"{path}/roster").text


def test_after_half_an_hour_the_same_may_be_drawn_again(venue: Venue, crowd: list[Volunteer]) -> None:
    draw(venue, 6)
    with time_machine.travel(clock.now() + 31 * MINUTE, tick=False):
        assert len(draw(venue, 6)) == 6


def test_the_draw_is_left_to_chance(venue: Venue, crowd: list[Volunteer], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the draw takes what the dice say, whatever the order of the pool."""
    asked: list[tuple[int, int]] = []

    def last_ones(_: Any, pool: list[Any], count: int) -> list[Any]:
        asked.append((len(pool), count))
        return pool[-count:]

    monkeypatch.setattr("volunteer.checkin.spot_checks.SystemRandom.sample", last_ones)
    assert [one.name for one in draw(venue, 2)] == ["志愿者4", "志愿者5"]
    assert asked == [(6, 2)]


@pytest.mark.parametrize("count", [0, -1, 21, 10**9])
def test_a_number_out_of_range_is_refused(venue: Venue, crowd: list[Volunteer], count: int) -> None:
    with pytest.raises(Invalid) as refused:
        draw(venue, count)
    assert refused.value.field == "count"


def test_a_shift_that_is_none_is_not_found(venue: Venue) -> None:
    with venue.app.app_context(), pytest.raises(NotFound):
        spot_checks.draw("nosuchshift000000000", count=1, account_id=venue.organizer.id)


def test_two_who_draw_at_once_draw_nobody_twice(venue: Venue, crowd: list[Volunteer]) -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = [one.volunteer for some in pool.map(lambda _: draw(venue, 1), range(4)) for one in some]
    assert len(drawn) == len(set(drawn)) == 4


def test_a_scan_after_the_draw_and_within_ten_minutes_answers(venue: Venue, crowd: list[Volunteer]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        draw(venue, 6)
    early, at_once, at_last, late, poster, twice = crowd
    assert rule_of(venue, early, now - timedelta(seconds=1)) == "scanned_before_draw"
    assert answer(venue, at_once, now) == at_once.name
    assert answer(venue, at_last, now + 10 * MINUTE, method=Method.TYPED_CODE) == at_last.name
    assert rule_of(venue, late, now + 10 * MINUTE + timedelta(microseconds=1)) == "spot_check_over"
    assert rule_of(venue, poster, now + MINUTE, method=Method.POSTER) == "proves_nothing"
    for minutes in (1, 2):
        answer(venue, twice, now + minutes * MINUTE)
    with venue.app.app_context():
        shown = {row.volunteer_id: row for row in db.session.query(SpotCheck).filter(SpotCheck.shown_at.is_not(None))}
        assert set(shown) == {at_once.id, at_last.id, twice.id}
        assert shown[twice.id].shown_at == now + MINUTE
        assert (shown[at_last.id].method, shown[at_last.id].shown_by) == (Method.TYPED_CODE, None)
        db.session.rollback()
    assert states(venue, now + 5 * MINUTE) == {SpotCheckState.SHOWN: 3, SpotCheckState.OPEN: 3}
    assert states(venue, now + 11 * MINUTE) == {SpotCheckState.SHOWN: 3, SpotCheckState.MISSED: 3}
    assert missed(venue, now + 10 * MINUTE) == []
    assert missed(venue, now + 11 * MINUTE) == [early.id, late.id, poster.id]


def test_nobody_answers_for_another_account(venue: Venue, crowd: list[Volunteer]) -> None:
    draw(venue, 6)
    assert rule_of(venue, crowd[0], clock.now(), account_id=crowd[1].account_id) == "no_spot_check"


def test_whoever_was_not_drawn_has_nothing_to_answer(venue: Venue, crowd: list[Volunteer]) -> None:
    assert rule_of(venue, crowd[0], clock.now()) == "no_spot_check"


def test_an_organizers_scan_of_the_personal_code_answers_and_a_written_line_does_not(
    venue: Venue, crowd: list[Volunteer]
) -> None:
    draw(venue, 6)
    by_organizer = {"account_id": venue.organizer.id, "is_own": False}
    assert rule_of(venue, crowd[0], clock.now(), method=Method.BY_HAND, **by_organizer) == "proves_nothing"
    answer(venue, crowd[0], clock.now(), method=Method.ORGANIZER_SCAN, **by_organizer)
    with venue.app.app_context():
        [row] = db.session.query(SpotCheck).filter(SpotCheck.shown_at.is_not(None))
        assert (row.volunteer_id, row.shown_by) == (crowd[0].id, venue.organizer.id)
        db.session.rollback()


def test_who_checks_out_by_the_venues_code_meanwhile_was_there(venue: Venue, crowd: list[Volunteer]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        draw(venue, 6)
    scanned, written = crowd[:2]
    later = {"direction": Direction.OUT, "happened_at": now + 5 * MINUTE}
    assert come(venue, scanned, **later) == "ok"
    by_hand = {"is_own": False, "method": Method.BY_HAND, "reason": "没带手机"}
    asked = ask(venue, volunteer=written.public_id, account_id=venue.organizer.id, **later, **by_hand)
    assert try_it(venue, asked) == "ok"
    assert missed(venue, now + 11 * MINUTE) == [person.id for person in crowd[1:]]


def test_a_genuine_scan_that_finds_them_in_already_shows_them_too(venue: Venue, crowd: list[Volunteer]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        draw(venue, 6)
    desk = Browser(venue.app).sign_in(venue.organizer)
    path = f"/checkin/shifts/{venue.shift.public_id}/scan"
    by_code, by_number, by_own_scan, too_late = crowd[:4]
    with time_machine.travel(now + 5 * MINUTE, tick=False):
        code = codes.make_personal_code(TEST_KEYS["code"], by_code.public_id, clock.now())
        desk.post(path, {"phase": "in", "code": code}, expect=302)
        desk.post(path, {"phase": "in", "code": f"/volunteers/{by_number.public_id}/badge"}, expect=422)
        tap(venue, by_own_scan)
    with time_machine.travel(now + 11 * MINUTE, tick=False):
        tap(venue, too_late)
    seen = {by_code.id, by_own_scan.id}
    assert missed(venue, now + 11 * MINUTE) == [person.id for person in crowd if person.id not in seen]


def tap(venue: Venue, person: Volunteer) -> None:
    """Scan the venue's code and press, while in already."""
    venue.tap(Browser(venue.app).sign_in(person.account_id), volunteer=person.public_id, expect=409)


def test_who_was_drawn_is_told_until_the_time_is_up(venue: Venue, crowd: list[Volunteer]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        draw(venue, 6)
    with venue.app.app_context():
        for minutes, expected in ((10, [crowd[0].public_id]), (11, [])):
            found = spot_checks.open_spot_checks_of(crowd[0].account_id, now + minutes * MINUTE)
            assert [one.volunteer for one in found] == expected
            assert {(one.shift, one.title) for one in found} <= {(venue.shift.public_id, "周末清洁护城河")}
        db.session.rollback()
    answer(venue, crowd[0], now + MINUTE)
    with venue.app.app_context():
        assert spot_checks.open_spot_checks_of(crowd[0].account_id, now) == []
        db.session.rollback()


def test_a_refused_answer_is_kept_at_its_shift(venue: Venue, resident: Browser) -> None:
    resident.post("/checkin/spot-check", venue.scan(resident), expect=409)
    [row] = refusals(venue)
    assert (row.rule, row.shift_id, row.volunteer_id) == ("no_spot_check", venue.shift.id, venue.volunteer.id)
