"""Who gets a place, who waits, who moves up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from volunteer.activities.rules import ActivityStatus, RiskLevel
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signups.rules import (
    Held,
    Offer,
    Person,
    SignupStatus,
    Waiting,
    eligibility,
    may_cancel,
    overlaps,
    person_eligibility,
    place,
    promote,
)

START = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)  # Saturday 9:00 in Shanghai
END = START + timedelta(hours=2)
NOW = START - timedelta(days=6)
ADULT = Person(date(1990, 5, 1))
OFFER = Offer("a", START, END)


def held(shift: str = "b", after: float = 0, status: SignupStatus = SignupStatus.PLACED) -> Held:
    starts_at = START + timedelta(hours=after)
    return Held(shift, "清理河岸", starts_at, starts_at + timedelta(hours=2), status)


class TestEligibility:
    def test_an_adult_may_sign_up_for_an_open_shift(self) -> None:
        assert eligibility(ADULT, OFFER, [], NOW).allowed

    @pytest.mark.parametrize(
        ("offer", "rule"),
        [
            (Offer("a", START, END, activity_status=ActivityStatus.CANCELLED), "cancelled"),
            (Offer("a", START, END, shift_status=ShiftStatus.CANCELLED), "cancelled"),
            (Offer("a", START, END, activity_status=ActivityStatus.DRAFT), "not_published"),
            (Offer("a", START, END, activity_status=ActivityStatus.CLOSED), "not_published"),
            (Offer("a", START, END, shift_status=ShiftStatus.CLOSED), "closed"),
            (Offer("a", START, END, organization_status=OrganizationStatus.SUSPENDED), "organization_suspended"),
        ],
    )
    def test_a_shift_that_takes_nobody_refuses(self, offer: Offer, rule: str) -> None:
        assert eligibility(ADULT, offer, [], NOW).rule == rule

    def test_signing_up_ends_when_the_shift_starts(self) -> None:
        assert eligibility(ADULT, OFFER, [], START - timedelta(seconds=1)).allowed
        assert eligibility(ADULT, OFFER, [], START).rule == "started"

    def test_a_volunteer_who_is_not_active_is_refused(self) -> None:
        assert eligibility(Person(date(1990, 5, 1), is_active=False), OFFER, [], NOW).rule == "not_active"

    def test_age_is_that_on_the_day_of_the_shift(self) -> None:
        offer = Offer("a", START, END, minimum_age=16)
        turns_sixteen_that_day = Person(date(2010, 11, 28), has_guardian_consent=True)
        a_day_too_late = Person(date(2010, 11, 29), has_guardian_consent=True)
        assert eligibility(turns_sixteen_that_day, offer, [], NOW).allowed
        refused = eligibility(a_day_too_late, offer, [], NOW)
        assert (refused.rule, str(refused.reason)) == ("too_young", "这个活动要年满 16 岁")

    def test_a_minor_needs_the_guardians_consent(self) -> None:
        assert eligibility(Person(date(2010, 1, 1)), OFFER, [], NOW).rule == "no_guardian_consent"
        assert eligibility(Person(date(2010, 1, 1), has_guardian_consent=True), OFFER, [], NOW).allowed

    def test_consent_does_not_open_dangerous_work_to_a_minor(self) -> None:
        offer = Offer("a", START, END, risk=RiskLevel.DANGEROUS)
        minor = Person(date(2008, 11, 29), has_guardian_consent=True)
        assert person_eligibility(minor, offer).rule == "minor_in_danger"
        assert person_eligibility(Person(date(2008, 11, 28)), offer).allowed

    def test_signing_up_twice_is_refused_whether_placed_or_waiting(self) -> None:
        for status in (SignupStatus.PLACED, SignupStatus.WAITING):
            assert eligibility(ADULT, OFFER, [held("a", status=status)], NOW).rule == "already_signed_up"

    def test_a_cancelled_signup_stands_in_nobodys_way(self) -> None:
        cancelled = [held("a", status=SignupStatus.CANCELLED), held("b", status=SignupStatus.CANCELLED)]
        assert eligibility(ADULT, OFFER, cancelled, NOW).allowed

    def test_a_place_elsewhere_at_that_time_is_named(self) -> None:
        refused = eligibility(ADULT, OFFER, [held(after=1.5)], NOW)
        assert refused.rule == "overlapping"
        assert str(refused.reason) == "这个时间已经报了“清理河岸”（下周六 10:30–12:30），先取消那一个才能报这个"

    def test_a_wait_elsewhere_at_that_time_is_no_hindrance(self) -> None:
        assert eligibility(ADULT, OFFER, [held(status=SignupStatus.WAITING)], NOW).allowed

    @pytest.mark.parametrize("after", [2, -2, 24])
    def test_shifts_that_only_touch_do_not_overlap(self, after: float) -> None:
        assert eligibility(ADULT, OFFER, [held(after=after)], NOW).allowed

    @given(st.integers(0, 10), st.integers(1, 10), st.integers(0, 10), st.integers(1, 10))
    def test_overlap_is_mutual_and_means_a_common_moment(self, a: int, long: int, b: int, wide: int) -> None:
        hour = timedelta(hours=1)
        one, other = (
            Offer(1, START + a * hour, START + (a + long) * hour),
            Offer(2, START + b * hour, START + (b + wide) * hour),
        )
        assert overlaps(one, other) == overlaps(other, one)
        assert overlaps(one, other) == bool(set(range(a, a + long)) & set(range(b, b + wide)))


class TestCancelling:
    def test_cancelling_is_a_right_until_the_start(self) -> None:
        for status in (SignupStatus.PLACED, SignupStatus.WAITING):
            assert may_cancel(status, START, START - timedelta(seconds=1)).allowed
            assert may_cancel(status, START, START).rule == "started"

    def test_cancelling_twice_is_told(self) -> None:
        assert may_cancel(SignupStatus.CANCELLED, START, NOW).rule == "already_cancelled"


class TestTheLine:
    def test_a_free_place_is_given_and_a_full_shift_makes_one_wait(self) -> None:
        assert place(2, 1, 0) is SignupStatus.PLACED
        assert place(2, 2, 0) is SignupStatus.WAITING

    def test_nobody_passes_those_who_wait(self) -> None:
        assert place(2, 1, 1) is SignupStatus.WAITING

    def test_who_cannot_come_is_passed_over(self) -> None:
        assert promote([Waiting(1, can_come=False), Waiting(2)], 1) == [Waiting(2)]

    def test_no_free_place_moves_nobody(self) -> None:
        assert promote([Waiting(1)], 0) == []
        assert promote([Waiting(1)], -1) == []

    @given(st.lists(st.integers(1, 1000), unique=True), st.integers(0, 50))
    def test_the_earliest_move_up_whatever_order_they_are_read_in(self, ordinals: list[int], free: int) -> None:
        moved = [one.ordinal for one in promote([Waiting(ordinal) for ordinal in ordinals], free)]
        assert moved == sorted(ordinals)[:free]


class AShift(RuleBasedStateMachine):
    """People come, go and the capacity changes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.capacity, self.joined = 2, 0
        self.placed: list[int] = []
        self.waiting: list[int] = []
        self.given: list[int] = []

    @rule()
    def join(self) -> None:
        self.joined += 1
        if place(self.capacity, len(self.placed), len(self.waiting)) is SignupStatus.PLACED:
            self._give(self.joined)
        else:
            self.waiting.append(self.joined)

    @precondition(lambda self: self.placed)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.placed.remove(data.draw(st.sampled_from(self.placed)))
        self._move_up()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def stop_waiting(self, data: st.DataObject) -> None:
        self.waiting.remove(data.draw(st.sampled_from(self.waiting)))

    @rule(more=st.integers(0, 3))
    def enlarge(self, more: int) -> None:
        self.capacity += more
        self._move_up()

    def _move_up(self) -> None:
        for one in promote([Waiting(o) for o in self.waiting], self.capacity - len(self.placed)):
            self.waiting.remove(one.ordinal)
            self._give(one.ordinal)

    def _give(self, ordinal: int) -> None:
        self.placed.append(ordinal)
        self.given.append(ordinal)

    @invariant()
    def capacity_holds(self) -> None:
        assert len(self.placed) <= self.capacity

    @invariant()
    def nobody_waits_beside_a_free_place(self) -> None:
        assert not self.waiting or len(self.placed) == self.capacity

    @invariant()
    def places_are_given_in_the_order_of_joining(self) -> None:
        assert self.given == sorted(self.given)


TestAnyDayOfAShift = AShift.TestCase
