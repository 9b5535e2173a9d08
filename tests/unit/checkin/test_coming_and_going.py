"""Who may check in and out, and at what moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import PlannedShift, ShiftStatus
from volunteer.checkin.rules import (
    Direction,
    Method,
    OpenPresence,
    PresenceState,
    ShiftFacts,
    check_out_closes_at,
    may_check_in,
    may_check_out,
    must_auto_close,
    to_organizer,
)
from volunteer.kernel.decisions import Refusal
from volunteer.signups.rules import SignupStatus

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
PLAN = PlannedShift(START, START + timedelta(hours=2))
EXTENDED = PlannedShift(START, PLAN.ends_at, extended_until=START + timedelta(hours=3), extension_reason="雨停得晚")
SHIFT = ShiftFacts("a", PLAN)
PLACED = PresenceState(SignupStatus.PLACED)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def in_at(minutes: float, shift: str = "a", plan: PlannedShift = PLAN) -> PresenceState:
    return PresenceState(SignupStatus.PLACED, OpenPresence(shift, "清理河岸", at(minutes), plan), last_at=at(minutes))


class TestCheckingIn:
    @pytest.mark.parametrize("minutes", [-30, 0, 119.99])
    def test_it_is_open_from_half_an_hour_before_to_the_end(self, minutes: float) -> None:
        assert may_check_in(PLACED, SHIFT, at(minutes)).rule == "check_in"

    def test_thirty_one_minutes_before_is_too_early_and_says_when(self) -> None:
        refused = may_check_in(PLACED, SHIFT, at(-31))
        assert (refused.rule, str(refused.reason)) == ("too_early", "还没到签到时间，今天 13:30 起可以签到")

    def test_after_the_end_it_is_too_late(self) -> None:
        assert may_check_in(PLACED, SHIFT, at(120)).rule == "too_late"
        assert may_check_in(PLACED, ShiftFacts("a", EXTENDED), at(120)).allowed

    def test_in_twice_is_told_since_when(self) -> None:
        refused = may_check_in(in_at(2), SHIFT, at(30))
        assert refused.rule == "already_in"
        assert str(refused.reason) == "14:02 已经签到，不用再扫；16:00 结束时扫签退码"

    def test_an_open_presence_elsewhere_is_named(self) -> None:
        refused = may_check_in(in_at(-20, "b"), SHIFT, at(0))
        assert refused.rule == "in_elsewhere"
        assert str(refused.reason) == "13:40 在“清理河岸”签到后还没有签退，请先到那里签退"

    def test_a_forgotten_presence_elsewhere_is_closed_first(self) -> None:
        yesterday = PlannedShift(START - timedelta(days=1), PLAN.ends_at - timedelta(days=1))
        assert may_check_in(in_at(-1440, "b", yesterday), SHIFT, at(0)).rule == "after_forgotten"

    def test_who_left_may_come_back(self) -> None:
        state = PresenceState(SignupStatus.PLACED, left_at=at(30), last_at=at(30))
        assert may_check_in(state, SHIFT, at(60)).allowed

    def test_a_scan_that_arrives_after_a_later_one_is_refused(self) -> None:
        state = PresenceState(SignupStatus.PLACED, left_at=at(30), last_at=at(30))
        assert may_check_in(state, SHIFT, at(20)).rule == "out_of_order"

    @pytest.mark.parametrize(
        ("shift", "rule"),
        [
            (ShiftFacts("a", PLAN, ActivityStatus.DRAFT), "not_published"),
            (ShiftFacts("a", PLAN, ActivityStatus.CANCELLED), "cancelled"),
            (ShiftFacts("a", PLAN, ActivityStatus.CLOSED), "activity_closed"),
            (ShiftFacts("a", PLAN, shift_status=ShiftStatus.CANCELLED), "cancelled"),
        ],
    )
    def test_a_shift_that_does_not_run_refuses(self, shift: ShiftFacts, rule: str) -> None:
        assert may_check_in(PLACED, shift, at(0)).rule == rule

    def test_a_shift_that_takes_no_more_signups_runs(self) -> None:
        assert may_check_in(PLACED, ShiftFacts("a", PLAN, shift_status=ShiftStatus.CLOSED), at(0)).allowed

    @pytest.mark.parametrize(
        ("signup", "rule"),
        [
            (None, "not_signed_up"),
            (SignupStatus.WAITING, "still_waiting"),
            (SignupStatus.CANCELLED, "signup_cancelled"),
        ],
    )
    def test_without_a_place_only_a_shift_for_walk_ins_lets_in(self, signup: SignupStatus | None, rule: str) -> None:
        assert may_check_in(PresenceState(signup), SHIFT, at(0)).rule == rule
        assert may_check_in(PresenceState(signup), ShiftFacts("a", PLAN, allows_walk_in=True), at(0)).rule == "walk_in"

    @pytest.mark.parametrize("signup", [None, SignupStatus.WAITING, SignupStatus.CANCELLED])
    def test_who_was_there_already_may_come_again_without_walk_ins(self, signup: SignupStatus | None) -> None:
        assert may_check_in(PresenceState(signup, left_at=at(30), last_at=at(30)), SHIFT, at(60)).rule == "walk_in"
        elsewhere = PresenceState(signup, last_at=at(30))
        assert not may_check_in(elsewhere, SHIFT, at(60)).allowed

    def test_without_a_place_the_way_is_said_that_is_still_open(self) -> None:
        nobody = PresenceState(None)
        early, late = may_check_in(nobody, SHIFT, at(-1)), may_check_in(nobody, SHIFT, at(0))
        assert (early.rule, str(early.reason)) == ("not_signed_up", "没有报这个班次，请先报名，或找现场的组织者")
        assert (late.rule, str(late.reason)) == (
            "not_signed_up",
            "这个班次要先报名，现在报不了了，请找现场的组织者",
        )
        cancelled = may_check_in(PresenceState(SignupStatus.CANCELLED), SHIFT, at(0))
        assert str(cancelled.reason) == "这个班次的报名已经取消，现在报不了了，请找现场的组织者"

    def test_an_organizer_is_told_what_to_open(self) -> None:
        refused = to_organizer(may_check_in(PresenceState(None), SHIFT, at(0)))
        assert refused.rule == "not_signed_up"
        assert "先在活动里打开“没报名的人到现场也可以参加”" in str(refused.reason)
        assert to_organizer(may_check_in(PLACED, SHIFT, at(0))).allowed


class TestCheckingOut:
    @pytest.mark.parametrize("minutes", [1, 119, 120, 180])
    def test_who_is_in_may_leave_until_an_hour_after_the_end(self, minutes: float) -> None:
        assert may_check_out(in_at(0), SHIFT, at(minutes)).rule == "check_out"

    def test_later_it_is_closed_and_says_what_to_do(self) -> None:
        refused = may_check_out(in_at(0), SHIFT, at(180.01))
        assert refused.rule == "check_out_closed"
        assert str(refused.reason) == "签退 17:00 截止了，请到“我的记录”填离开的时间，由组织者确认"

    def test_who_forgot_and_scans_the_next_day_is_sent_to_where_the_end_is_told(self) -> None:
        state = PresenceState(SignupStatus.PLACED, left_at=at(180), last_at=at(180), is_closed=True)
        refused = may_check_out(state, SHIFT, at(1440))
        assert refused.rule == "check_out_closed"
        assert "请到“我的记录”填离开的时间" in str(refused.reason)

    def test_an_extension_moves_the_closing_hour(self) -> None:
        assert check_out_closes_at(EXTENDED) == at(240)
        assert may_check_out(in_at(0, plan=EXTENDED), ShiftFacts("a", EXTENDED), at(240)).allowed

    def test_out_before_in_is_refused(self) -> None:
        refused = may_check_out(PLACED, SHIFT, at(10))
        assert (refused.rule, str(refused.reason)) == ("not_in", "还没有签到，请先扫签到码")
        assert "补录" in str(may_check_out(PLACED, SHIFT, at(130)).reason)

    def test_out_twice_is_told_when(self) -> None:
        refused = may_check_out(PresenceState(SignupStatus.PLACED, left_at=at(125)), SHIFT, at(130))
        assert (refused.rule, str(refused.reason)) == ("already_out", "今天 16:05 已经签退，不用再扫")

    def test_out_at_another_shift_names_where_to_go(self) -> None:
        refused = may_check_out(in_at(0, "b"), SHIFT, at(60))
        assert (refused.rule, str(refused.reason)) == (
            "in_elsewhere",
            "14:00 是在“清理河岸”签到的，请扫那里的签退码",
        )

    def test_a_going_never_lies_before_its_coming(self) -> None:
        assert may_check_out(in_at(10), SHIFT, at(5)).rule == "out_of_order"

    def test_who_is_in_may_leave_a_cancelled_activity(self) -> None:
        assert may_check_out(in_at(0), ShiftFacts("a", PLAN, ActivityStatus.CANCELLED), at(30)).allowed


class TestAnyDay:
    @given(st.lists(st.tuples(st.booleans(), st.integers(-90, 300)), max_size=30))
    def test_however_people_scan_comings_and_goings_alternate_in_time(self, scans: list[tuple[bool, int]]) -> None:
        state, told = PLACED, []
        for is_coming, minute in scans:
            now = at(minute)
            decision = (may_check_in if is_coming else may_check_out)(state, SHIFT, now)
            if not decision.allowed:
                continue
            if decision.rule == "after_forgotten":
                told.append((Direction.OUT, now))
            told.append((Direction.IN if is_coming else Direction.OUT, now))
            here = OpenPresence("a", "清理河岸", now, PLAN) if is_coming else None
            left_at = state.left_at if is_coming else now
            state = PresenceState(SignupStatus.PLACED, here, left_at, now)
        assert [direction for direction, _ in told] == [(Direction.IN, Direction.OUT)[n % 2] for n in range(len(told))]
        assert [moment for _, moment in told] == sorted(moment for _, moment in told)

    @given(st.integers(-300, 600))
    def test_what_the_system_closes_can_no_longer_be_left_and_the_other_way_round(self, minute: int) -> None:
        state = in_at(-300)
        assert state.open is not None
        assert must_auto_close(state.open, at(minute)) != may_check_out(state, SHIFT, at(minute)).allowed

    def test_a_refusal_can_be_raised_with_its_rule(self) -> None:
        with pytest.raises(Refusal, match="还没有签到") as refused:
            may_check_out(PLACED, SHIFT, at(10)).require(field="code")
        assert (refused.value.rule, refused.value.field, refused.value.status) == ("not_in", "code", 409)
        may_check_in(PLACED, SHIFT, at(0)).require()

    def test_every_method_and_direction_has_its_word(self) -> None:
        assert all(method.label for method in Method)
        assert [direction.label for direction in Direction] == ["签到", "签退"]
