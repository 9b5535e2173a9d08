"""The wrong person chosen: put right within minutes, leaving a trace."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from models.audit import AuditEvent
from models.base import db
from models.hours import Entry, Proposal
from models.volunteers import Volunteer
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_at_once import ask, try_it
from volunteer.checkin import jobs, mending
from volunteer.checkin.operations import Recorded
from volunteer.checkin.queries import count_present, shift_card
from volunteer.checkin.roster import roster
from volunteer.checkin.rules import Attendance, Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.text import Words

MINUTE = timedelta(minutes=1)
KEY = "firstscan0"


def mend(venue: Venue, right: str, key: str = KEY, account_id: int | None = None) -> Recorded:
    """Put right in a transaction of its own, as a request does."""
    account_id = account_id or venue.account.id
    return _write(venue, lambda: mending.mend(key, right_volunteer=right, account_id=account_id))


def take_back(venue: Venue, key: str, reason: str = "扫错了人", account_id: int | None = None) -> Recorded:
    account_id = account_id or venue.organizer.id
    shift_id = venue.shift.id
    return _write(venue, lambda: mending.take_back(key, shift_id=shift_id, account_id=account_id, reason=reason))


def _write(venue: Venue, act: Any) -> Recorded:
    with venue.app.app_context():
        try:
            recorded: Recorded = act()
            db.session.commit()
        finally:
            db.session.remove()
    return recorded


def rule_of(act: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.rule


def shape(venue: Venue, person: Volunteer) -> list[tuple[str, str]]:
    return [(event.direction, event.method) for event in venue.events() if event.volunteer_id == person.id]


def at(venue: Venue, minutes: float) -> datetime:
    return venue.shift.starts_at + minutes * MINUTE


def step(venue: Venue, minutes: float, **changes: Any) -> None:
    """Record something at a minute of the shift."""
    with time_machine.travel(at(venue, minutes), tick=False):
        assert try_it(venue, ask(venue, happened_at=clock.now(), **changes)) == "ok"


def test_a_wrong_coming_ends_where_it_began_and_the_right_person_came_then(venue: Venue, child: Volunteer) -> None:
    step(venue, 10, request_key=KEY, method=Method.TYPED_CODE, station="2", device="d" * 32)
    with time_machine.travel(at(venue, 19), tick=False):
        recorded = mend(venue, child.public_id)
    assert (recorded.name, recorded.direction, recorded.happened_at) == ("李小宝", Direction.IN, at(venue, 10))
    assert shape(venue, venue.volunteer) == [("in", "typed_code"), ("out", "mended")]
    came = venue.events()[-1]
    assert (came.volunteer_id, came.method, came.station, came.device) == (child.id, "typed_code", "2", "d" * 32)
    assert {event.happened_at for event in venue.events()} == {at(venue, 10)}
    with venue.app.app_context():
        assert db.session.query(Entry).count() == db.session.query(Proposal).count() == 0
        trail = [row.action for row in db.session.query(AuditEvent).order_by(AuditEvent.id)]
        assert trail == ["checkin.check_in", "checkin.check_in", "checkin.mend"]
        db.session.rollback()


def test_nobody_counts_the_wrong_person_as_having_been_there(venue: Venue, child: Volunteer) -> None:
    passer = venue.cast.volunteer(venue.account, name="没报名的")
    open_shift = venue.cast.shift(venue.activity, venue.shift.starts_at, allows_walk_in=True)
    step(venue, 10, request_key=KEY, shift=open_shift.public_id, volunteer=passer.public_id)
    with time_machine.travel(at(venue, 11), tick=False):
        mend(venue, venue.volunteer.public_id)
        with venue.app.app_context():
            card = shift_card(open_shift.public_id)
            assert card is not None
            assert [(row.name, row.attendance) for row in roster(card, clock.now()).rows] == [("李晓梅", Attendance.IN)]
            assert count_present(card.id) == 1
            db.session.rollback()


def test_the_wrong_person_may_really_come_later(venue: Venue, child: Volunteer) -> None:
    step(venue, 10, request_key=KEY)
    with time_machine.travel(at(venue, 11), tick=False):
        mend(venue, child.public_id)
    with time_machine.travel(at(venue, 12), tick=False):
        assert try_it(venue, ask(venue, direction=Direction.OUT)) == "not_in"
    step(venue, 13)
    step(venue, 73, direction=Direction.OUT)
    with venue.app.app_context():
        assert [(row.volunteer_id, row.minutes) for row in db.session.query(Entry)] == [(venue.volunteer.id, 60)]
        db.session.rollback()


def test_a_wrong_going_is_followed_by_a_coming_as_the_arrival_was(venue: Venue, child: Volunteer) -> None:
    for person in (venue.volunteer, child):
        step(venue, 0, volunteer=person.public_id, method=Method.TYPED_CODE, station="3", device="d" * 32)
    step(venue, 60, direction=Direction.OUT, request_key=KEY)
    with time_machine.travel(at(venue, 65), tick=False):
        recorded = mend(venue, child.public_id)
    assert (recorded.name, recorded.arrived_at, recorded.happened_at) == ("李小宝", at(venue, 0), at(venue, 60))
    assert "60 分钟" in str(recorded.derivation)
    again = [event for event in venue.events() if event.volunteer_id == venue.volunteer.id][-1]
    assert (again.direction, again.method, again.station, again.device) == ("in", "typed_code", "3", "d" * 32)
    step(venue, 100, direction=Direction.OUT)
    with venue.app.app_context():
        credited = [(row.volunteer_id, row.minutes) for row in db.session.query(Entry).order_by(Entry.id)]
        db.session.rollback()
    assert credited == [(venue.volunteer.id, 60), (child.id, 60), (venue.volunteer.id, 40)]


def test_weak_evidence_does_not_turn_strong_on_the_way(venue: Venue, child: Volunteer) -> None:
    written = {"is_own": False, "account_id": venue.organizer.id, "method": Method.BY_HAND, "reason": "没带手机"}
    step(venue, 0, **written)
    step(venue, 0, volunteer=child.public_id)
    step(venue, 60, direction=Direction.OUT, request_key=KEY)
    with time_machine.travel(at(venue, 61), tick=False):
        mend(venue, child.public_id)
    step(venue, 100, direction=Direction.OUT)
    again = [event for event in venue.events() if event.volunteer_id == venue.volunteer.id][2]
    assert (again.method, again.recorded_by, again.reason) == (Method.BY_HAND, venue.organizer.id, "没带手机")
    with venue.app.app_context():
        held = [(row.volunteer_id, row.minutes, row.cause) for row in db.session.query(Proposal).order_by(Proposal.id)]
        assert held == [(venue.volunteer.id, 60, "by_hand"), (venue.volunteer.id, 40, "by_hand")]
        assert [row.volunteer_id for row in db.session.query(Entry)] == [child.id]
        db.session.rollback()


def test_after_ten_minutes_it_is_too_late(venue: Venue, child: Volunteer) -> None:
    step(venue, 10, request_key=KEY)
    with time_machine.travel(at(venue, 20) + timedelta(microseconds=1), tick=False):
        assert rule_of(lambda: mend(venue, child.public_id)) == "mend_too_late"
    assert len(venue.events()) == 1


def test_once_something_follows_it_stays(venue: Venue, child: Volunteer) -> None:
    step(venue, 10, request_key=KEY)
    step(venue, 12, direction=Direction.OUT)
    with time_machine.travel(at(venue, 13), tick=False):
        assert rule_of(lambda: mend(venue, child.public_id)) == "moved_on"
    assert shape(venue, child) == []


def test_when_the_right_person_is_refused_nothing_changes(venue: Venue) -> None:
    stranger = venue.cast.volunteer(venue.account, name="没报名的")
    step(venue, 10, request_key=KEY)
    with time_machine.travel(at(venue, 11), tick=False):
        assert rule_of(lambda: mend(venue, stranger.public_id)) == "not_signed_up"
    assert shape(venue, venue.volunteer) == [("in", "venue_code")]
    with venue.app.app_context():
        assert db.session.query(AuditEvent).filter(AuditEvent.action == "checkin.mend").count() == 0
        db.session.rollback()


def test_only_who_scanned_may_put_it_right_and_only_for_their_own(venue: Venue, child: Volunteer) -> None:
    foreign = venue.cast.volunteer(name="别人家的")
    venue.sign_up(foreign)
    step(venue, 10, request_key=KEY)
    with time_machine.travel(at(venue, 11), tick=False):
        with pytest.raises(NotFound):
            mend(venue, foreign.public_id, account_id=foreign.account_id)
        with pytest.raises(NotFound):
            mend(venue, foreign.public_id)
        with pytest.raises(NotFound):
            mend(venue, child.public_id, key="nosuchkey00")
        with pytest.raises(NotFound):
            take_back(venue, KEY)
        with pytest.raises(Invalid):
            mend(venue, venue.volunteer.public_id)
    assert len(venue.events()) == 1


def test_what_the_system_closed_or_mending_added_is_nobodys_slip(venue: Venue, child: Volunteer) -> None:
    for person in (venue.volunteer, child):
        step(venue, 10, volunteer=person.public_id)
    with time_machine.travel(venue.shift.ends_at + 76 * MINUTE, tick=False), venue.app.app_context():
        jobs.close_forgotten()
        db.session.commit()
        db.session.remove()
        closed = [event.request_key for event in venue.events() if event.method is Method.AUTO_CLOSE]
        assert len(closed) == 2
        with pytest.raises(NotFound):
            mend(venue, child.public_id, closed[0])
    other = venue.cast.shift(venue.activity, venue.shift.starts_at + timedelta(days=1))
    for person in (venue.volunteer, child):
        venue.sign_up(person, other)
    step(venue, 1440, shift=other.public_id, request_key=KEY)
    with time_machine.travel(at(venue, 1441), tick=False):
        mend(venue, child.public_id)
        added = next(event.request_key for event in venue.events() if event.method is Method.MENDED)
        with pytest.raises(NotFound):
            mend(venue, child.public_id, added)


def test_the_same_again_gives_the_same_answer_and_another_name_is_refused(venue: Venue, child: Volunteer) -> None:
    third = venue.cast.volunteer(venue.account, name="李奶奶")
    venue.sign_up(third)
    step(venue, 10, request_key=KEY)
    with time_machine.travel(at(venue, 11), tick=False):
        first = mend(venue, child.public_id)
        assert mend(venue, child.public_id) == first
        assert rule_of(lambda: mend(venue, third.public_id)) == "other_body"
    assert len(venue.events()) == 3


def test_who_was_put_in_by_mending_can_be_put_right_too(venue: Venue, child: Volunteer) -> None:
    third = venue.cast.volunteer(venue.account, name="李奶奶")
    venue.sign_up(third)
    step(venue, 10, request_key=KEY)
    with time_machine.travel(at(venue, 11), tick=False):
        key = mend(venue, child.public_id).request_key
        mend(venue, third.public_id, key)
    assert shape(venue, child) == [("in", "venue_code"), ("out", "mended")]
    assert shape(venue, third) == [("in", "venue_code")]


def at_once(acts: list[Any]) -> list[str]:
    def run(act: Any) -> str:
        try:
            act()
        except DomainError as refusal:
            return getattr(refusal, "rule", type(refusal).__name__)
        return "ok"

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, acts))


def test_twenty_at_once_put_it_right_once(venue: Venue, child: Volunteer) -> None:
    assert try_it(venue, ask(venue, request_key=KEY)) == "ok"
    assert set(at_once([lambda: mend(venue, child.public_id)] * 20)) == {"ok"}
    assert shape(venue, venue.volunteer) == [("in", "venue_code"), ("out", "mended")]
    assert shape(venue, child) == [("in", "venue_code")]
    with venue.app.app_context():
        assert db.session.query(AuditEvent).filter(AuditEvent.action == "checkin.mend").count() == 1
        db.session.rollback()


def test_leaving_and_putting_right_at_once_leave_one_story(venue: Venue, child: Volunteer) -> None:
    now = clock.now()
    assert try_it(venue, ask(venue, request_key=KEY, happened_at=now)) == "ok"
    going = ask(venue, direction=Direction.OUT, happened_at=now + timedelta(seconds=1))

    def go() -> None:
        told = try_it(venue, going)
        if told != "ok":
            raise Refusal(told, Words(told))

    told = at_once([go, lambda: mend(venue, child.public_id)])
    assert sorted(told) in (["moved_on", "ok"], ["not_in", "ok"], ["ok", "out_of_order"])
    assert len([event for event in venue.events() if event.volunteer_id == venue.volunteer.id]) == 2
