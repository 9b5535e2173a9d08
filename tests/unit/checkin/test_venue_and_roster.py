"""What a venue shows by itself, where somebody on the roster is, who may walk in, and places that are none."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.activities.rules import RiskLevel
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.codes import (
    VenueCode,
    make_claim,
    make_code,
    read_any_short_code,
    read_claim,
    short_code,
    step_at,
)
from volunteer.checkin.rules import (
    Attendance,
    Direction,
    Location,
    Method,
    PresenceState,
    ShiftFacts,
    attendance,
    is_late,
    person_may_check_in,
    phase_at,
    read_location,
    venue_notice,
)
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.keys import Key, KeyRing
from volunteer.signups.rules import Offer, Person, SignupStatus

START = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = PlannedShift(START, START + 120 * MINUTE)
RING = KeyRing((Key("k1", b"k" * 32),))
GROWN_UP = Person(date(1990, 5, 1))


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


@pytest.mark.parametrize(("minutes", "phase"), [(-30, "in"), (60, "in"), (104.9, "in"), (105, "out"), (200, "out")])
def test_a_venue_turns_to_going_fifteen_minutes_before_the_end(minutes: float, phase: str) -> None:
    assert phase_at(PLAN, at(minutes)) == phase


def test_a_short_shift_shows_the_code_for_coming_through_its_first_half() -> None:
    plan = PlannedShift(START, at(20))
    assert phase_at(plan, at(9.9)) is Direction.IN
    assert phase_at(plan, at(10)) is Direction.OUT


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-31, "还没到签到时间，今天 13:30 起可以签到"),
        (-30, None),
        (180, None),
        (180.1, "签退已经截止，这个码不再有用"),
    ],
)
def test_a_venue_says_when_its_code_is_of_no_use(minutes: float, words: str | None) -> None:
    notice = venue_notice(PLAN, START + minutes * MINUTE)
    assert (notice and str(notice)) == words


def test_an_extended_shift_turns_later() -> None:
    plan = PlannedShift(START, at(120), extended_until=at(180), extension_reason="下雨")
    assert phase_at(plan, at(164)) is Direction.IN
    assert phase_at(plan, at(165)) is Direction.OUT


@pytest.mark.parametrize(
    ("arrived", "left", "method", "now", "expected"),
    [
        (None, None, None, -1, Attendance.EXPECTED),
        (None, None, None, 0, Attendance.MISSING),
        (3, None, None, 10, Attendance.IN),
        (3, None, None, 180, Attendance.IN),
        (3, None, None, 180.1, Attendance.FORGOTTEN),
        (3, 118, Method.VENUE_CODE, 119, Attendance.LEFT),
        (3, 180, Method.AUTO_CLOSE, 200, Attendance.FORGOTTEN),
    ],
)
def test_where_somebody_on_the_roster_is(
    arrived: int | None, left: int | None, method: Method | None, now: float, expected: Attendance
) -> None:
    came = None if arrived is None else at(arrived)
    went = None if left is None else at(left)
    assert attendance(PLAN, came, went, method, at(now)) is expected


def test_five_minutes_are_not_late() -> None:
    assert not is_late(PLAN, at(5))
    assert is_late(PLAN, at(5) + timedelta(microseconds=1))
    assert not is_late(PLAN, None)


def offer(**changes: object) -> Offer:
    return Offer("here", START, at(120), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "signup", "needs", "rule"),
    [
        (GROWN_UP, SignupStatus.PLACED, {}, "check_in"),
        (GROWN_UP, None, {}, "walk_in"),
        (GROWN_UP, SignupStatus.WAITING, {}, "walk_in"),
        (Person(date(1990, 5, 1), is_active=False), SignupStatus.PLACED, {}, "not_active"),
        (Person(date(2015, 5, 1), has_guardian_consent=True), None, {"minimum_age": 14}, "too_young"),
        (Person(date(2015, 5, 1)), None, {}, "no_guardian_consent"),
        (Person(date(2015, 5, 1), has_guardian_consent=True), None, {"risk": RiskLevel.DANGEROUS}, "minor_in_danger"),
        # Who has a place was asked all this when signing up.
        (Person(date(2015, 5, 1)), SignupStatus.PLACED, {"minimum_age": 14}, "check_in"),
    ],
)
def test_who_walks_in_is_asked_what_a_signup_asks(
    person: Person, signup: SignupStatus | None, needs: dict[str, object], rule: str
) -> None:
    shift = ShiftFacts("here", PLAN, allows_walk_in=True)
    decision = person_may_check_in(person, offer(**needs), PresenceState(signup=signup), shift, at(0))
    assert decision.rule == rule


def test_a_claim_remembers_how_the_code_was_read() -> None:
    code = VenueCode("0a1b2c3d4e5f6g7h8j9k", Direction.OUT, "1", START)
    for method in (Method.VENUE_CODE, Method.TYPED_CODE):
        claim = read_claim(RING, make_claim(RING, code, START, "browser", method), START, "browser")
        assert (claim.method, claim.phase, claim.scanned_at) == (method, Direction.OUT, START)


@pytest.mark.parametrize("phase", list(Direction))
def test_digits_are_read_for_coming_and_for_going(phase: Direction) -> None:
    shift = "0a1b2c3d4e5f6g7h8j9k"
    digits = short_code(RING, shift=shift, phase=phase, step=step_at(START))
    assert read_any_short_code(RING, digits, START, shift=shift).phase is phase
    with pytest.raises(Refusal):
        read_any_short_code(RING, digits, START + timedelta(seconds=31), shift=shift)


def test_a_code_fits_into_a_small_picture() -> None:
    token = make_code(RING, shift="0a1b2c3d4e5f6g7h8j9k", phase=Direction.OUT, step=step_at(START))
    assert len(f"https://zhiyuan.example.gov.cn/c/{token}") < 106


@pytest.mark.parametrize("wrong", ["", "nan", "inf", "-inf", "1e309", "91", "-90.01", "0x10", "北纬", "1" * 400])
def test_a_latitude_that_is_none_gives_no_place(wrong: str) -> None:
    assert read_location(wrong, "112.1", "10") is None


@pytest.mark.parametrize("wrong", ["", "nan", "-1", "1e309", "1e7"])
def test_an_accuracy_that_is_none_gives_no_place(wrong: str) -> None:
    assert read_location("32.0", "112.1", wrong) is None


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 1e6))
def test_every_place_on_earth_is_read_back(latitude: float, longitude: float, accuracy: float) -> None:
    assert read_location(repr(latitude), repr(longitude), repr(accuracy)) == Location(latitude, longitude, accuracy)


@given(st.text(), st.text(), st.text())
def test_whatever_is_sent_as_a_place_raises_nothing(latitude: str, longitude: str, accuracy: str) -> None:
    read_location(latitude, longitude, accuracy)
