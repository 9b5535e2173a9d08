"""From which numbers on something is odd, each beside a control just below, and how it is said."""

from dataclasses import fields
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.signals import rules
from volunteer.signals.rules import (
    FreshActivity,
    ManyByHand,
    MissedSpotCheck,
    Oddity,
    OneDevice,
    OutsideCircle,
    SameSeconds,
    SignalKind,
    TwoPlaces,
    Verdict,
    oddity_of,
    same_seconds,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)

EACH = [
    OneDevice(3),
    TwoPlaces(NOON, NOON + 10 * MINUTE, 42_300),
    SameSeconds(4, NOON, NOON + 2 * HOUR),
    OutsideCircle(1_240, 30),
    ManyByHand(24, 60),
    FreshActivity(NOON - MINUTE, NOON, NOON + 12 * MINUTE, NOON + HOUR),
    MissedSpotCheck(NOON, NOON + 10 * MINUTE),
]


class TestThresholds:
    def test_two_accounts_on_one_telephone_are_a_family_and_three_are_odd(self) -> None:
        assert not OneDevice(2).is_odd
        assert OneDevice(3).is_odd

    def test_as_fast_as_a_car_is_possible_and_faster_is_odd(self) -> None:
        assert not TwoPlaces(NOON, NOON + HOUR, 120_999).is_odd
        assert TwoPlaces(NOON, NOON + HOUR, 121_000).is_odd

    def test_a_kilometre_is_never_two_places_however_soon(self) -> None:
        assert not TwoPlaces(NOON, NOON, 1_000).is_odd
        assert TwoPlaces(NOON, NOON, 1_001).is_odd
        assert TwoPlaces(NOON, NOON - MINUTE, 1_001).is_odd

    def test_a_place_is_outside_only_when_its_error_is_taken_off(self) -> None:
        assert not OutsideCircle(530, 30).is_odd
        assert OutsideCircle(531, 30).is_odd

    def test_a_place_known_worse_than_two_kilometres_says_nothing(self) -> None:
        assert OutsideCircle(90_000, 2_000).is_odd
        assert not OutsideCircle(90_000, 2_001).is_odd

    def test_three_at_the_same_seconds_happen_and_four_do_not(self) -> None:
        assert not SameSeconds(3, NOON, NOON).is_odd
        assert SameSeconds(4, NOON, NOON).is_odd

    @pytest.mark.parametrize(("by_hand", "total", "is_odd"), [(19, 19, False), (20, 67, False), (20, 66, True)])
    def test_many_by_hand_are_twenty_and_more_than_three_in_ten(self, by_hand: int, total: int, is_odd: bool) -> None:
        assert ManyByHand(by_hand, total).is_odd is is_odd

    def test_time_within_half_an_hour_of_publishing_is_odd_and_later_is_not(self) -> None:
        def first(after: timedelta) -> FreshActivity:
            return FreshActivity(NOON - HOUR, NOON, NOON + after, NOON + 3 * HOUR)

        assert first(30 * MINUTE - SECOND).is_odd
        assert not first(30 * MINUTE).is_odd
        assert not first(-SECOND).is_odd

    def test_a_shift_that_was_over_before_its_activity_existed_is_odd_whenever_its_time_is_typed_in(self) -> None:
        assert FreshActivity(NOON, NOON, NOON + 30 * HOUR, NOON).is_odd
        assert not FreshActivity(NOON, NOON, NOON + 30 * HOUR, NOON + SECOND).is_odd

    def test_who_left_before_a_spot_check_was_due_did_not_miss_it(self) -> None:
        due = NOON + 10 * MINUTE
        assert MissedSpotCheck(NOON, due).is_odd
        assert MissedSpotCheck(NOON, due, left_at=due).is_odd
        assert not MissedSpotCheck(NOON, due, left_at=due - SECOND).is_odd


class TestSameSeconds:
    def test_four_accounts_that_come_and_go_in_one_second_are_found_once(self) -> None:
        visits = [(NOON + SECOND / 5 * one, NOON + HOUR + SECOND / 5 * one, one) for one in range(4)]
        assert same_seconds(visits) == [(SameSeconds(4, NOON, NOON + HOUR), frozenset(range(4)))]

    def test_leaving_together_alone_is_not_odd(self) -> None:
        visits = [(NOON + one * SECOND, NOON + HOUR, one) for one in range(40)]
        assert same_seconds(visits) == []

    def test_one_account_with_four_of_a_family_is_one_account(self) -> None:
        assert same_seconds([(NOON, NOON + HOUR, 7)] * 4) == []


class TestWords:
    @pytest.mark.parametrize("oddity", EACH, ids=lambda one: one.kind.value)
    def test_what_is_stored_reads_the_same(self, oddity: Oddity) -> None:
        assert oddity.is_odd
        assert oddity_of(oddity.kind, {**oddity.to_json(), "volunteers": ["a"]}) == oddity

    def test_every_kind_has_a_value_words_a_rule_and_an_innocent_reading(self) -> None:
        assert {one.kind for one in EACH} == set(SignalKind)
        assert set(rules.RULE_WORDS) == set(rules.INNOCENT_WORDS) == set(rules.SIGNAL_LABELS) == set(SignalKind)

    @pytest.mark.parametrize(
        ("oddity", "said"),
        [
            (EACH[0], "同一部手机在这个班次签了 3 个账号"),
            (EACH[1], "12:00 还在上一处，12:10 就在这里签到，两处至少相隔 42.3 公里"),
            (EACH[2], "4 个人在同一秒签到（12:00:00），又在同一秒签退（14:00:00）"),
            (EACH[3], "手机报的位置离现场 1,240 米，误差 30 米"),
            (EACH[4], "7 天里手工登记 24 人次，占全组织 60 人次的 40%"),
            (EACH[5], "活动 11 月 20 日 12:00 发布，11 月 20 日 12:12 就有了第一条记录"),
            (FreshActivity(NOON, NOON, NOON, NOON), "班次 11 月 20 日 12:00 就结束了，活动 11 月 20 日 12:00 才建好"),
            (EACH[6], "12:00 抽到现场复核，到 12:10 没有再扫现场的码"),
        ],
    )
    def test_it_is_said_with_its_numbers(self, oddity: Oddity, said: str) -> None:
        assert str(oddity.words) == said

    def test_only_what_concerns_one_presence_holds_its_minutes(self) -> None:
        held = {SignalKind.ONE_DEVICE, SignalKind.TWO_PLACES, SignalKind.OUTSIDE_CIRCLE}
        assert {kind for kind in SignalKind if kind.holds_minutes} == held

    def test_no_value_holds_more_than_numbers_and_moments(self) -> None:
        kinds = {one.type for oddity in EACH for one in fields(oddity)}
        assert kinds <= {int, datetime, datetime | None}


class TestJudging:
    def test_going_on_asks_what_for_and_a_fine_one_does_not(self) -> None:
        rules.check_verdict(Verdict.FINE, "")
        rules.check_verdict(Verdict.FOLLOW_UP, "问一问队长")
        with pytest.raises(Invalid):
            rules.check_verdict(Verdict.FOLLOW_UP, " ")

    @pytest.mark.parametrize(
        ("judge", "documents", "account_ids", "is_refused"),
        [
            ("a", ["a", "b"], [1], True),
            ("c", ["a", "b"], [1], False),
            ("c", ["a"], [9], True),
            (None, [None, "a"], [1, None], False),
        ],
    )
    def test_nobody_judges_what_is_about_themselves(
        self, judge: str | None, documents: list[str | None], account_ids: list[int | None], is_refused: bool
    ) -> None:
        told = {"judge": judge, "judge_id": 9, "documents": documents, "account_ids": account_ids}
        if is_refused:
            with pytest.raises(Conflict):
                rules.check_not_concerned(**told)  # type: ignore[arg-type]
        else:
            rules.check_not_concerned(**told)  # type: ignore[arg-type]


@given(st.integers(0, 10**7), st.integers(1, 10**6))
def test_the_speed_never_makes_a_near_place_odd(metres: int, seconds: int) -> None:
    found = TwoPlaces(NOON, NOON + timedelta(seconds=seconds), metres)
    assert found.is_odd == (metres > 1_000 and metres * 18 // (5 * seconds) > 120)
