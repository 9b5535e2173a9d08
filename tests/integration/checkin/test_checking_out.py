"""Going, and what was forgotten."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from models.audit import AuditEvent
from models.base import db
from models.hours import Entry
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_at_once import ask, try_it
from volunteer.checkin import jobs, operations
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock

HOUR = timedelta(hours=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect what the rooms above are told."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(operations, "after_check_out", [lambda **what: heard.append(what)])
    return heard


def test_going_shows_the_minutes_and_how_they_came_about(venue: Venue, resident: Browser) -> None:
    with time_machine.travel(venue.shift.starts_at, tick=False):
        venue.tap(resident)
    with time_machine.travel(venue.shift.starts_at + timedelta(minutes=90), tick=False):
        said = venue.tap(resident, Direction.OUT)
    assert "签退成功" in said
    assert "90 分钟" in said
    with venue.app.app_context():
        [entry] = db.session.query(Entry).all()
        assert (entry.minutes, entry.volunteer_id) == (90, venue.volunteer.id)
        assert db.session.query(AuditEvent).filter(AuditEvent.action == "checkin.check_out").count() == 1
        db.session.rollback()


def test_going_sent_twice_is_settled_once(venue: Venue, resident: Browser, told: list[dict[str, Any]]) -> None:
    venue.tap(resident)
    sent = venue.scan(resident, Direction.OUT)
    for _ in range(2):
        assert "签退成功" in resident.post("/checkin/record", sent, expect=200).get_data(as_text=True)
    assert len(told) == 1
    came, went = venue.events()
    assert told[0] == {
        "volunteer_id": venue.volunteer.id,
        "shift_id": venue.shift.id,
        "arrived_at": came.happened_at,
        "left_at": went.happened_at,
        "method_in": Method.VENUE_CODE,
        "method_out": Method.VENUE_CODE,
        "check_out_event_id": went.id,
    }


def test_what_fails_above_leaves_no_going_behind(
    venue: Venue, resident: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from volunteer.kernel.errors import Conflict

    def fail(**_: Any) -> None:
        raise Conflict("时长没有记上")

    venue.tap(resident)
    monkeypatch.setattr(operations, "after_check_out", [fail])
    venue.tap(resident, Direction.OUT, expect=409)
    assert [event.direction for event in venue.events()] == [Direction.IN]


def test_going_twice_is_refused(venue: Venue, resident: Browser) -> None:
    venue.tap(resident)
    venue.tap(resident, Direction.OUT)
    assert "已经签退，不用再扫" in venue.tap(resident, Direction.OUT, expect=409)


def test_one_may_come_back_after_going(venue: Venue, resident: Browser) -> None:
    for phase in (Direction.IN, Direction.OUT, Direction.IN, Direction.OUT):
        venue.tap(resident, phase)
    assert [event.ordinal for event in venue.events()] == [1, 2, 3, 4]


def test_somebody_in_elsewhere_is_told_where(venue: Venue, resident: Browser) -> None:
    other = venue.cast.shift(venue.cast.activity(venue.organization, title="图书馆引导"), venue.shift.starts_at)
    venue.sign_up(venue.volunteer, other)
    resident.post("/checkin/record", venue.scan(resident, shift=other), expect=200)
    assert "“图书馆引导”签到后还没有签退" in venue.tap(resident, expect=409)
    assert "是在“图书馆引导”签到的" in venue.tap(resident, Direction.OUT, expect=409)


def test_a_cancelled_activity_still_lets_people_go(venue: Venue, resident: Browser) -> None:
    from sqlalchemy import update

    from models.activities import Activity
    from volunteer.activities.rules import ActivityStatus

    venue.tap(resident)
    with venue.app.app_context():
        db.session.execute(update(Activity).values(status=ActivityStatus.CANCELLED))
        db.session.commit()
    venue.tap(resident, Direction.OUT)


@pytest.mark.parametrize(("minutes", "expect"), [(180, 200), (181, 409)])
def test_going_ends_an_hour_after_the_shift(venue: Venue, resident: Browser, minutes: int, expect: int) -> None:
    venue.tap(resident)
    with time_machine.travel(venue.shift.starts_at + timedelta(minutes=minutes), tick=False):
        venue.tap(resident, Direction.OUT, expect=expect)


# --- forgotten


def test_a_forgotten_interval_is_closed_by_the_system_once_and_credits_nothing(venue: Venue) -> None:
    assert try_it(venue, ask(venue)) == "ok"
    closes_at = venue.shift.ends_at + HOUR
    for later in (timedelta(minutes=14), timedelta(minutes=16), timedelta(days=1)):
        with time_machine.travel(closes_at + later, tick=False), venue.app.app_context():
            jobs.close_forgotten()
            db.session.commit()
            count = len(venue.events())
        assert count == (1 if later < timedelta(minutes=15) else 2)
    event = venue.events()[-1]
    assert (event.method, event.direction, event.happened_at) == (Method.AUTO_CLOSE, Direction.OUT, closes_at)
    with venue.app.app_context():
        assert db.session.query(Entry).count() == 0
        db.session.rollback()


def test_who_forgot_to_go_may_come_again_the_next_day(venue: Venue, told: list[dict[str, Any]]) -> None:
    assert try_it(venue, ask(venue)) == "ok"
    tomorrow = venue.shift.starts_at + timedelta(days=1)
    other = venue.cast.shift(venue.activity, tomorrow)
    venue.sign_up(venue.volunteer, other)
    with time_machine.travel(tomorrow, tick=False):
        assert try_it(venue, ask(venue, shift=other.public_id, happened_at=clock.now())) == "ok"
    events = venue.events()
    assert [(event.ordinal, event.shift_id) for event in events] == [
        (1, venue.shift.id),
        (2, venue.shift.id),
        (3, other.id),
    ]
    assert events[1].method is Method.AUTO_CLOSE
    assert [what["method_out"] for what in told] == [Method.AUTO_CLOSE]
