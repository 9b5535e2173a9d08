"""What was recorded by mistake: taken back within minutes, with a reason, by who recorded it."""

import re
from typing import Any

import pytest
import time_machine

from models.audit import AuditEvent
from models.base import db
from models.hours import Entry, Proposal
from models.volunteers import Volunteer
from tests.client import Browser
from tests.integration.checkin.conftest import Venue
from tests.integration.checkin.test_at_once import ask, try_it
from tests.integration.checkin.test_mending import KEY, MINUTE, _write, at, mend, rule_of, shape, step, take_back
from tests.integration.checkin.test_resident_refusals import refusals
from volunteer.checkin import mending
from volunteer.checkin.operations import Recorded
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.ids import new_public_id


def by_organizer(venue: Venue, minutes: float, **changes: Any) -> str:
    key = new_public_id()
    step(venue, minutes, is_own=False, account_id=venue.organizer.id, request_key=key, **changes)
    return key


def test_an_organizer_takes_back_what_they_recorded_for_somebody(venue: Venue) -> None:
    key = by_organizer(venue, 10, method=Method.ORGANIZER_SCAN)
    with time_machine.travel(at(venue, 12), tick=False):
        with venue.app.app_context():
            [shown] = mending.mendable_at(venue.shift.id, venue.organizer.id, clock.now())
            assert (shown.request_key, shown.name, shown.until) == (key, "李晓梅", at(venue, 20))
            assert mending.mendable_at(venue.shift.id, venue.account.id, clock.now()) == []
            db.session.rollback()
        first = take_back(venue, key)
        assert take_back(venue, key) == first
        with venue.app.app_context():
            assert mending.mendable_at(venue.shift.id, venue.organizer.id, clock.now()) == []
            db.session.rollback()
    undone = venue.events()[-1]
    assert (undone.method, undone.recorded_by, undone.reason) == (Method.MENDED, venue.organizer.id, "扫错了人")
    assert undone.happened_at == at(venue, 10)
    with venue.app.app_context():
        [row] = db.session.query(AuditEvent).filter(AuditEvent.action == "checkin.take_back")
        assert row.details == {"volunteer": venue.volunteer.public_id, "direction": "in", "reason": "扫错了人"}
        db.session.rollback()


def test_a_going_taken_back_leaves_the_person_in_and_the_first_part_credited(venue: Venue) -> None:
    step(venue, 0)
    key = by_organizer(venue, 50, method=Method.ORGANIZER_SCAN, direction=Direction.OUT)
    with time_machine.travel(at(venue, 55), tick=False):
        take_back(venue, key)
        with venue.app.app_context():
            assert mending.mendable_at(venue.shift.id, venue.organizer.id, clock.now()) == []
            db.session.rollback()
    step(venue, 120, direction=Direction.OUT)
    assert shape(venue, venue.volunteer)[2] == ("in", "venue_code")
    with venue.app.app_context():
        assert [row.minutes for row in db.session.query(Entry).order_by(Entry.id)] == [50, 70]
        db.session.rollback()


@pytest.mark.parametrize("reason", ["", "  ", "长" * 301])
def test_taking_back_needs_a_reason(venue: Venue, reason: str) -> None:
    key = by_organizer(venue, 10, method=Method.BY_HAND, reason="没带手机")
    with time_machine.travel(at(venue, 11), tick=False), pytest.raises(Invalid) as refused:
        take_back(venue, key, reason)
    assert refused.value.field == "reason"
    assert len(venue.events()) == 1


def test_another_organizer_cannot_take_it_back_and_nobody_after_ten_minutes(venue: Venue) -> None:
    key = by_organizer(venue, 10, method=Method.ORGANIZER_SCAN)
    with time_machine.travel(at(venue, 11), tick=False), pytest.raises(NotFound):
        take_back(venue, key, account_id=venue.account.id)
    with time_machine.travel(at(venue, 21), tick=False):
        assert rule_of(lambda: take_back(venue, key)) == "mend_too_late"


class TestNobody:
    """The scan was of somebody who is not there, nor is anybody else of the account."""

    def withdraw(self, venue: Venue, account_id: int | None = None) -> Recorded:
        account_id = account_id or venue.account.id
        return _write(venue, lambda: mending.withdraw(KEY, account_id=account_id))

    def test_a_coming_of_nobody_ends_where_it_began_and_says_the_same_again(self, venue: Venue) -> None:
        step(venue, 10, request_key=KEY)
        with time_machine.travel(at(venue, 19), tick=False):
            assert self.withdraw(venue) == self.withdraw(venue)
        assert shape(venue, venue.volunteer) == [("in", "venue_code"), ("out", "mended")]
        assert {event.happened_at for event in venue.events()} == {at(venue, 10)}
        with venue.app.app_context():
            assert db.session.query(Entry).count() == db.session.query(Proposal).count() == 0
            assert [row.action for row in db.session.query(AuditEvent)].count("checkin.mend") == 1
            db.session.rollback()

    def test_a_going_of_nobody_is_followed_by_the_same_coming(self, venue: Venue) -> None:
        step(venue, 10)
        step(venue, 40, request_key=KEY, direction=Direction.OUT)
        with time_machine.travel(at(venue, 41), tick=False):
            self.withdraw(venue)
        assert shape(venue, venue.volunteer)[-1] == ("in", "venue_code")
        assert venue.events()[-1].happened_at == at(venue, 40)

    def test_only_for_ten_minutes_and_only_by_whose_scan_it_was(self, venue: Venue) -> None:
        step(venue, 10, request_key=KEY)
        with time_machine.travel(at(venue, 15), tick=False), pytest.raises(NotFound):
            self.withdraw(venue, venue.organizer.id)
        with time_machine.travel(at(venue, 20.1), tick=False):
            assert rule_of(lambda: self.withdraw(venue)) == "mend_too_late"
        assert len(venue.events()) == 1

    def test_what_was_nobodys_never_becomes_somebodys(self, venue: Venue, child: Volunteer) -> None:
        step(venue, 10, request_key=KEY)
        with time_machine.travel(at(venue, 11), tick=False):
            self.withdraw(venue)
        for minute in (12, 80):
            with time_machine.travel(at(venue, minute), tick=False):
                assert rule_of(lambda: mend(venue, child.public_id)) == "moved_on"
        assert shape(venue, child) == []

    def test_what_became_somebodys_is_no_longer_nobodys(self, venue: Venue, child: Volunteer) -> None:
        step(venue, 10, request_key=KEY)
        with time_machine.travel(at(venue, 11), tick=False):
            mend(venue, child.public_id)
            assert rule_of(lambda: self.withdraw(venue)) == "moved_on"
        assert shape(venue, child) == [("in", "venue_code")]

    def test_the_page_offers_it_and_says_what_was_taken_back(self, venue: Venue, resident: Browser) -> None:
        said = venue.tap(resident)
        path = _mend_path(said)
        assert "都不在现场，撤回这次签到" in resident.get(path).text
        assert "签到已撤回" in resident.post(path, {"nobody": "yes"}, expect=200).text
        assert shape(venue, venue.volunteer) == [("in", "venue_code"), ("out", "mended")]

    def test_a_refused_mending_is_kept_at_its_shift(self, venue: Venue, resident: Browser) -> None:
        path = _mend_path(venue.tap(resident))
        with time_machine.travel(clock.now() + 11 * MINUTE, tick=False):
            resident.get(path, expect=409)
            resident.post(path, {"nobody": "yes"}, expect=409)
            resident.post("/checkin/mend/nosuchscan0", {"nobody": "yes"}, expect=404)
        [row] = refusals(venue)
        assert (row.rule, row.shift_id, row.volunteer_id) == ("mend_too_late", venue.shift.id, venue.volunteer.id)


def _mend_path(page: str) -> str:
    found = re.search(r'href="(/checkin/mend/[^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_record_is_taken_back_at_its_own_shift_alone(venue: Venue, desk: Browser) -> None:
    other = venue.cast.shift(venue.activity, venue.shift.starts_at)
    key = "byhandrecord0"
    with time_machine.travel(at(venue, 10), tick=False):
        asked = ask(venue, request_key=key, method=Method.BY_HAND, account_id=venue.organizer.id, is_own=False)
        assert try_it(venue, asked) == "ok"
        for shift, expect in ((other, 422), (venue.shift, 302)):
            path = f"/checkin/shifts/{shift.public_id}/records/{key}/take-back"
            desk.post(path, {"reason": "扫错了人"}, expect=expect)
            assert len(venue.events()) == (2 if shift is venue.shift else 1)
