"""What happens when many do the same at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from models.base import db
from tests.integration.checkin.conftest import Venue
from volunteer.checkin.operations import Asked, record_presence
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError
from volunteer.kernel.ids import new_public_id


def ask(venue: Venue, **changes: object) -> Asked:
    asked = Asked(
        volunteer=venue.volunteer.public_id,
        shift=venue.shift.public_id,
        direction=Direction.IN,
        happened_at=clock.now(),
        method=Method.VENUE_CODE,
        account_id=venue.account.id,
        request_key=new_public_id(),
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def try_it(venue: Venue, asked: Asked) -> str:
    """Record in a transaction of one's own, as a request does; return "ok" or the rule that refused."""
    with venue.app.app_context():
        try:
            record_presence(asked)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            return getattr(refusal, "rule", type(refusal).__name__)
        finally:
            db.session.remove()
    return "ok"


def at_once(venue: Venue, asked: list[Asked]) -> list[str]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda one: try_it(venue, one), asked))


def test_fifty_taps_of_one_person_begin_one_interval(venue: Venue) -> None:
    now = clock.now()
    told = at_once(venue, [ask(venue, happened_at=now) for _ in range(50)])
    assert sorted(set(told)) == ["already_in", "ok"]
    assert told.count("ok") == 1
    assert [event.ordinal for event in venue.events()] == [1]


def test_fifty_times_the_same_request_give_fifty_times_the_same_answer(venue: Venue) -> None:
    asked = ask(venue)
    assert set(at_once(venue, [asked] * 50)) == {"ok"}
    assert [event.ordinal for event in venue.events()] == [1]


def test_fifty_taps_to_leave_end_one_interval(venue: Venue) -> None:
    now = clock.now()
    assert try_it(venue, ask(venue, happened_at=now)) == "ok"
    later = now + timedelta(seconds=5)
    told = at_once(venue, [ask(venue, direction=Direction.OUT, happened_at=later) for _ in range(50)])
    assert told.count("ok") == 1
    assert set(told) == {"ok", "already_out"}
    assert [event.direction for event in venue.events()] == [Direction.IN, Direction.OUT]


def test_two_shifts_at_once_leave_one_open(venue: Venue) -> None:
    other = venue.cast.shift(venue.cast.activity(venue.organization, title="同时的另一个"), venue.shift.starts_at)
    venue.sign_up(venue.volunteer, other)
    now = clock.now()
    asked = [ask(venue, shift=shift.public_id, happened_at=now) for shift in (venue.shift, other) for _ in range(10)]
    told = at_once(venue, asked)
    assert told.count("ok") == 1
    assert set(told) <= {"ok", "already_in", "in_elsewhere"}
    assert len(venue.events()) == 1


def test_fifty_people_at_one_shift_all_get_in(venue: Venue) -> None:
    people = [venue.cast.volunteer(venue.account, name=f"志愿者{number}") for number in range(50)]
    for person in people:
        venue.sign_up(person)
    assert set(at_once(venue, [ask(venue, volunteer=person.public_id) for person in people])) == {"ok"}
    assert len(venue.events()) == 50
